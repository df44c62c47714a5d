# SPDX-License-Identifier: MIT
"""The manifest: the guests, their back ends, and the expected results.

A row has the guest, its arguments and input, and the result: exit status, stdout (a string:
exactly that; a list: parts that it must contain), parts of stderr, and a budget of exits, the
largest number that the guest may make.
"""

import dataclasses
import pathlib
import shutil

from statuses import DIED, MAX_EXITS, REBOOT, TIMEOUT

# A back end's guests.
ARCH = {"kvm-x86": "x86_64", "soft": "riscv64", "kvm-riscv": "riscv64"}

ALL = ("kvm-x86", "soft", "kvm-riscv")
X86 = ("kvm-x86",)
RISCV = ("soft", "kvm-riscv")
# On kvm-riscv the kernel handles everything but the console, the end, and LAB. Rows that depend on
# labvisor's way are not for kvm-riscv; nor are harts that sleep for ever: the kernel reports nothing.
SOFT = ("soft",)
NOT_IN_KERNEL = ("kvm-x86", "soft")


@dataclasses.dataclass
class Row:
    guest: str
    status: int = 0
    stdout: "str | list" = ""
    stderr: tuple = ()
    budget: int = 0  # exits; 0: the guest runs without a limit
    args: tuple = ()
    stdin: bytes = b""
    options: tuple = ()
    backends: tuple = ALL
    trace_differs: str = ""  # why the exits are others on another back end
    skip: "callable" = lambda: None  # why this row cannot run here, or None

    def __str__(self):
        return "-".join((self.guest, *(o for o in self.options if o.startswith("-c")), *self.args))


def file_name(guest):
    """Returns the file name of a guest's image in build/guests/ARCH."""
    return guest + (".bin" if guest.startswith("real/") else ".elf")


def command(row, backend, image):
    """Returns the words after `labvisor` on the command line."""
    options = [f"--backend={backend}", *row.options]
    if not any(o.startswith("--timeout") for o in row.options):
        options.append("--timeout=30")
    if row.budget:
        options.append(f"--max-exits={row.budget}")
    return [*options, str(image), *row.args]


def mismatch(row, status, stdout, stderr):
    """Returns the differences between a run and its row, or None."""
    wrong = []
    if status != row.status:
        wrong.append(f"status {status}, not {row.status}")
    if isinstance(row.stdout, str) and stdout != row.stdout:
        wrong.append(f"stdout is not {row.stdout!r}")
    parts = row.stdout if isinstance(row.stdout, list) else []
    wrong += [f"not in stdout: {part!r}" for part in parts if part not in stdout]
    wrong += [f"not in stderr: {part!r}" for part in row.stderr if part not in stderr]
    if bool(stderr) != bool(row.stderr):
        wrong.append("there should be words on stderr, or none")
    return "\n".join([*wrong, f"stdout: {stdout!r}", f"stderr: {stderr}"]) if wrong else None


# Why exits differ between architectures.
DUMP = "the dump shows the architecture's registers"
CXX = "+first\n+second\n+of_function\n{} harts\n-of_function\nbye\n-second\n-first\n"


def no_cxx():
    missing = [tool for tool in ("g++", "riscv64-linux-gnu-g++") if not shutil.which(tool)]
    return f"{missing[0]} is not installed" if missing else None


REAL_TIME = "the exits depend on how long things take"


PVM = pathlib.Path("/sys/module/kvm_pvm").exists()


def no_int3():
    return "kvm_pvm cannot run int3 at CPL 0" if PVM else None


def no_iret():
    return "kvm_pvm cannot run iret in protected mode" if PVM else None


def no_paging_of_32():
    return "kvm_pvm has no 32-bit paging" if PVM else None


def no_cr0_ts():
    return "kvm_pvm lets CPL 3 use SSE whatever CR0.TS says" if PVM else None


def labos(script, *parts, status=0, budget=800, **fields):
    """A session of labos: the keys, and the screen's output."""
    return Row("labos", status, list(parts), (), budget, stdin=script, trace_differs=REAL_TIME, **fields)


def dies(guest, *words, **fields):
    return Row(guest, DIED, [], ("labvisor: the guest died: ", *words), 20, **fields)


def dies_of_trap(guest, *words, **fields):
    return Row(
        guest,
        DIED,
        ["*** "],
        ("labvisor: the guest died of a trap it does not handle: ", "the page walk for", *words),
        40,
        trace_differs=DUMP,
        **fields,
    )


def errors(how, said, *words, options=(), args=(), **fields):
    """Deaths of tests/errors: what stdout has, and what stderr has beside the callers."""
    return Row(
        "tests/errors",
        DIED,
        [said],
        ("labvisor: the guest died", *words),
        options=options,
        args=(how, *args),
        trace_differs=DUMP,
        **fields,
    )


ABORTED = "labvisor: the guest died: it called abort; its output may say why\n  at 0x"
FULL_STACK = "likely: the stack is full, and nothing is mapped below it"
NULL_POINTER = "likely: a NULL pointer was used"

MANIFEST = [
    Row(
        "minimal",
        TIMEOUT,
        "",
        ("--timeout: 0.2 s", "_start+0x", "vCPU 0\n", "0000000000000042", "1337133713371337", "00000000deadbeef"),
        options=("--timeout=0.2", "--dump-regs"),
        trace_differs="it makes no exit",
    ),
    Row("hello", 0, "Hello from inside a virtual machine!\n", budget=3),
    Row("echo", 0, "1: one\n2: two", budget=14, stdin=b"one\ntwo"),
    Row("echo", 0, "", budget=7),
    Row("args", 2, ["argv[1] = a\n", "argv[2] = b c\n"], budget=5, args=("a", "b c")),
    Row("args", 1, ["argv[1] = \n"], budget=4, args=("",)),
    Row("clock", 0, "5 ticks while the guest counted\nslept at least 100 ms\n", budget=20),
    Row("primes", 0, "168 primes up to 1000\n", budget=3),
    Row("primes", 0, "25 primes up to 100\n", budget=3, args=("100",)),
    dies_of_trap("fault", "page fault", "store+0x", "main+0x", "(fault.c:18)", NULL_POINTER),
    Row("programs/lisp", 0, "fact\n720\n", budget=20, stdin=b"(define (fact n) (if (< n 2) 1 (* n (fact (- n 1))))) (fact 6)"),
    Row("programs/json", 1, "line 1, column 5: expected an element after the comma\n", budget=20, stdin=b"[1, ]"),
    Row("programs/sha2", 0, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", budget=20, stdin=b"abc"),
    Row(
        "programs/aes",
        0,
        "69c4e0d86a7b0430d8cdb78070b4c55a\n",
        budget=20,
        args=("encrypt", "000102030405060708090a0b0c0d0e0f"),
        stdin=b"00112233445566778899aabbccddeeff",
    ),
    Row("programs/lz", 0, "text, text and text\n", budget=20, args=("unpack",), stdin=b"\x40text, \x05\x01 \x08and\x08\x02\n"),
    Row("programs/untar", 1, "untar: the archive has no end\n", budget=20, stdin=b"no archive"),
    Row("programs/coroutines", 0, "1 1\n2 2\n3 3\n4 4\n- -\nthe same\n", budget=8),
    Row("programs/fibers", 0, "2\n3\n5\n7\n11\n", budget=7, args=("12",)),
    Row(
        "programs/tetris",
        0,
        ["\033[2J\033[H|", "score 80, lines 2 \nthe end\n"],
        args=("203", "1000000"),
        stdin=b"aaa a dd wdddd  aaa  wdd q",
        trace_differs=REAL_TIME,
    ),
    Row("sum", 0, ["1 + 2 + ... + 20000 = 200010000\n"], options=("-c4",), trace_differs=REAL_TIME),
    Row("lost", 0, "4000 of 4000\n", args=("lock",), options=("-c4",), trace_differs=REAL_TIME),
    Row("lost", 0, "1000 of 1000\n", budget=3),
    labos(b"", "labos$ \n", budget=20),
    labos(
        b"about\ntable 4\ncounter 5\necho a  b c\nfib 12\nfib 0\nprimes 30\nfact 20\nfact 21\n"
        b"gcd 84 36\ncalc 2*(3+4)\n sleep 0\nnope x\n\nexit 7\n",
        "labos is a small operating system",
        "\n   1   2   3   4\n   2   4   6   8\n   3   6   9  12\n   4   8  12  16\n",
        "\n1 2 3 4 5\n",
        "\na b c\n",
        "\n0 1 1 2 3 5 8 13 21 34 55 89\n",
        "fib: how many numbers? 1 to 93\n(status 2)\n",
        "\n2 3 5 7 11 13 17 19 23 29\n10 primes up to 30\n",
        "\n20! = 2432902008176640000\n",
        "fact: of what number? 0 to 20\n(status 2)\n",
        "\n12\n",
        "\n14\n",
        "nope: there is no such program: `help` lists them\n(status 127)\n",
        status=7,
    ),
    labos(
        b"calc\n1 + 2 * (3 - 4) / 2\n-(2-5)*-7\n1/0\n(1\n2 3\n4*\n99999999999999999999\n"
        b"9223372036854775807+1\n3037000500*3037000500\n(0-9223372036854775807-1)/-1\n\x04"
        b"calc 1/(2-2)\necho\none line\n\x04echo done\n",
        "\ncalc> 1 + 2 * (3 - 4) / 2\n0\n",
        "\n-21\n",
        "\ncalc: division by zero\n",
        "\ncalc: a ) is missing\n",
        "\ncalc: this is not understood, before `3`\n",
        "\ncalc: there should be a number\n",
        "\ncalc: the number is too large\n",
        "+1\ncalc: the result is too large\n",
        "*3037000500\ncalc: the result is too large\n",
        "/-1\ncalc: the result is too large\n",
        "1/(2-2)\ncalc: division by zero\n(status 1)\n",
        "\none line\none line\n",
        "\ndone\n",
    ),
    labos(
        b"crash\npriv\npriv 1\npriv 2\nwild\nwild read\nwild jump\nwild data\nwild call\neat\nkill 1\necho alive\n",
        "labos: crash (pid 2) is killed at pc 0x4000",
        "page fault, write to 0x0\n(status 139)\n",
        "labos: priv (pid 3) is killed at pc 0x4000",
        "labos: priv 1 (pid 4) is killed at pc 0x4000",
        "labos: priv 2 (pid 5) is killed at pc 0x",
        "labos: wild (pid 6) is killed at pc 0x4000",
        "page fault, write to 0x",
        "labos: wild read (pid 7) is killed at pc 0x4000",
        "page fault, read from 0x",
        "labos: wild jump (pid 8) is killed at pc 0x",
        ": page fault, jump to 0x",
        "labos: wild data (pid 9) is killed at pc 0x4000",
        ": page fault, jump to 0x4000",
        "write: Bad address\nread: Bad address\nread to code: Bad address\nspawn: Bad address\n"
        "number: Function not implemented\ninfo: Bad address\nfar: Bad address\nlabos$ ",
        "labos: eat (pid 11) is killed at pc 0x4000",
        ": no page is left for the stack\n(status 139)\n",
        "shell: kill: 1: Operation not permitted\n",
        "\nalive\n",
    ),
    labos(b"priv 3\n", "labos: priv 3 (pid 2) is killed at pc 0x", skip=no_cr0_ts),
    labos(
        b"spin\n\x03spin &\ncounter 4\nspin &\nspin\n\x03kill 3\nkill 5\nkill 5\nfg 9\necho alive\n",
        "labos$ spin\n^C\n(status 130)\nlabos$ spin &\n[3] spin\n",
        "\n1 2 3 4\n",
        "[5] spin\nlabos$ spin\n^C\n(status 130)\n",
        "[3] ended with status 143\n",
        "[5] ended with status 143\n",
        "shell: kill: 5: No such process\n",
        "shell: 9: No child processes\n",
        "\nalive\n",
        budget=2000,
    ),
    labos(
        b"sleep 4 &\nbomb &\nfg 2\nkill 3\nsleep 4 &\nbomb &\nfg 33\necho alive\nkill 34\n",
        "bomb: no more: Resource temporarily unavailable\n",
        "[3] ended with status 143\nlabos$ sleep 4 &\n[33] sleep 4\n",
        "\nalive\n",
        "[34] ended with status 143\n",
        budget=2000,
    ),
    labos(
        b"sleep 4 &\nbomb &\nfg 2\nkill 3\neat\necho alive\n",
        "bomb: no more: Cannot allocate memory\n",
        "[3] ended with status 143\n",
        ": no page is left for the stack\n",
        "\nalive\n",
        budget=2000,
        options=("-m4",),
    ),
    Row("tests/language", 0, "1 harts\nbye\ndestructor\n"),
    Row("tests/language", 0, "4 harts\nbye\ndestructor\n", options=("-c4",), trace_differs=REAL_TIME),
    Row("tests/system", 0, ["right\n"], trace_differs=REAL_TIME),
    Row("tests/read_and_race", 0, [" after one\n", " after two\n"], stdin=b"one\ntwo\n", options=("-c4",), trace_differs=REAL_TIME),
    Row("tests/keys", 0, ["4: abcd\n", "2: ef\n", "the end\n"], budget=20, stdin=b"abcdef"),
    Row("tests/keys", 0, ["4: abcd\n", "2: ef\n", "the end\n"], stdin=b"abcdef", options=("-c4",), trace_differs=REAL_TIME),
    Row("tests/jumps", 0, ["jumps are right\n"], trace_differs=REAL_TIME),
    Row("tests/jumps", 0, ["jumps are right\n"], options=("-c4",), trace_differs=REAL_TIME),
    Row("tests/cxx", 0, CXX.format(1), trace_differs=REAL_TIME, skip=no_cxx),
    Row("tests/cxx", 0, CXX.format(4), options=("-c4",), trace_differs=REAL_TIME, skip=no_cxx),
] + [
    Row(
        "tests/lines",
        0,
        f"{sum(n % 40 + 1 for n in range(300))} letters\n",
        stdin=b"".join(b"%c" % (97 + n % 26) * (n % 40 + 1) + b"\n" for n in range(300)),
        options=options,
        trace_differs=REAL_TIME,
    )
    for options in ((), ("-c4",))
] + [
    Row("tests/allocate", 0, "1 harts allocated\n", trace_differs=REAL_TIME),
    Row("tests/allocate", 0, "4 harts allocated\n", options=("-c4",), trace_differs=REAL_TIME),
    Row("tests/x86_64/spec", 7, "hello\nechoed\n", stdin=b"echoed\n", backends=X86, options=("--transport=pio",)),
    Row("tests/riscv64/spec", 7, "hello\nechoed\n", stdin=b"echoed\n", backends=RISCV),
    Row("tests/full_stacks", 0, "4 stacks are full\n", options=("-c4",), backends=RISCV),
    Row("tests/harts", 0, ["1 harts are right\n"], trace_differs=REAL_TIME),
    Row("tests/unseen", 6, ["cell 6, factorial 120, parts 210\nticks 3, code "], trace_differs=REAL_TIME),
    Row("tests/harts", 0, ["4 harts are right\n"], options=("-c4",), trace_differs=REAL_TIME),
    Row(
        "tests/harts",
        0,
        ["3 harts are right\n"],
        options=("-c3", "--real-time"),
        trace_differs=REAL_TIME,
    ),
    Row("tests/abi", 0, "ok\n", budget=200),
    Row("tests/attack", 2, "this VMM has no hole\n", budget=10, args=("39",)),
    Row(
        "tests/buffers",
        0,
        "the end\nall answered\n",
        budget=60,
        trace_differs="RAM begins elsewhere, so other sizes make its end overflow",
    ),
    Row("tests/timer", 0, "time is right\n", budget=2000, trace_differs=REAL_TIME),
    Row("tests/dropped", 0, "none is missing\n", budget=5000, trace_differs=REAL_TIME),
    Row("tests/libc", 0, ["libc is right\n"], budget=40),
    Row("tests/status", 42, "returnatexit\n", args=("return",), budget=4),
    Row("tests/status", 7, "exitatexit\n", args=("exit",), budget=4),
    Row("tests/status", 3, "", args=("_Exit",), budget=3),
    Row("tests/status", DIED, "abort", ("it called abort", "main+0x", "(status.c:28)"), args=("abort",), budget=4),
    Row("tests/status", 9, "", args=("vm_exit",), budget=3),
    Row("tests/status", 0, "", args=("shutdown",), budget=3),
    Row("tests/status", 1, "", args=("failure",), budget=3),
    Row("tests/status", REBOOT, "", ("has asked for a reboot", "--reboot lets it begin again"), args=("reboot",), budget=3),
    Row("tests/status", 0, "", args=("legacy",), budget=3, backends=NOT_IN_KERNEL),
    Row(
        "tests/traps",
        DIED,
        ["handled\n", "*** page fault"],
        (NULL_POINTER, "the page walk for 0x18"),
        40,
        trace_differs=DUMP,
    ),
    Row("tests/x86_64/breakpoint", 0, "1 hit\n", budget=3, backends=X86, skip=no_int3),
    Row("tests/x86_64/calls", 0, backends=X86),
    Row("tests/riscv64/calls", 0, backends=RISCV),
    Row("tests/riscv64/entry", 0, backends=RISCV),
    Row("tests/riscv64/counters", 0, "hart 0: cycle, time, instret: 7\nhart 1: cycle, time, instret: 7\n", options=("-c2",), backends=RISCV),
    Row("tests/riscv64/breakpoint", 0, "2 hits\n", budget=3, backends=RISCV),
    Row("tests/riscv64/illegal_forms", 0, "13 illegal instructions\n", budget=3, backends=RISCV),
    Row("tests/riscv64/misaligned", 0, "aligned or not\n", budget=3, backends=SOFT),
    Row("tests/riscv64/satp", 0, "translation follows satp\n", budget=3, backends=RISCV),
    Row("tests/riscv64/split", 0, "", budget=2, backends=RISCV),
    Row("tests/riscv64/code_pages", 42, backends=RISCV),
    Row("tests/riscv64/remap_code", 1, backends=RISCV),
    Row("tests/riscv64/rewrite_other", 0x21, options=("-c2",), backends=RISCV),
    Row("tests/riscv64/sfence_views", 0, backends=RISCV),
    Row("tests/riscv64/table_is_code", 0, backends=SOFT),
    Row("tests/riscv64/timer_exact", 0, backends=SOFT),
    dies("tests/riscv64/table_circle", "it read 8 bytes from address 0xe0000000", backends=RISCV),
    dies(
        "tests/riscv64/no_handler",
        "a trap, illegal instruction (2), and no code where stvec points, at 0x0",
        "_text+0x4",
        backends=SOFT,
    ),
    Row("tests/riscv64/harts", 0, "1 harts\n", args=("1",), backends=RISCV),
    Row("tests/riscv64/harts", 0, "4 harts\n", args=("4",), options=("-c4",), backends=SOFT),
    Row("tests/riscv64/harts", 0, "32 harts\n", args=("32",), options=("-c32",), backends=SOFT),
    Row(
        "tests/riscv64/machine",
        DIED,
        ["*** protection fault (cause 1) at pc 0xe0000000\n"],
        ("the guest died of a trap it does not handle: instruction access fault (1)",),
        40,
        ("jump",),
        backends=SOFT,
    ),
    Row("tests/x86_64/registers", 0, "kept\n", budget=80, backends=X86),
    Row("tests/sleep_in_tick", 0, "slept\n", budget=40, trace_differs=REAL_TIME),
    Row("tests/sleep", TIMEOUT, "", ("--timeout: 0.3 s",), options=("--timeout=0.3", "--real-time")),
    Row(
        "tests/sleep",
        TIMEOUT,
        "",
        ("--timeout: 0.3 s",),
        args=("forever",),
        options=("--timeout=0.3", "--real-time"),
    ),
    Row("tests/ticker", TIMEOUT, "", ("--timeout: 0.3 s",), options=("--timeout=0.3",), trace_differs=REAL_TIME),
    dies_of_trap("tests/jump_to_heap", "likely: a jump to an address without code", "called from"),
    dies_of_trap(
        "tests/jump_nowhere",
        "at 0x1234567000,",
        "likely: a jump to an address without code",
        "inner+0x",
        "outer+0x",
        "main+0x",
        "(jump_nowhere.c:19)",
    ),
    dies_of_trap("tests/frames", "called from", args=("down",)),
    dies_of_trap("tests/null_write", "main+0x", "rt_start+0x", "(entry.S:", NULL_POINTER),
    dies_of_trap("tests/wild_write", "main+0x", "likely: a pointer that leads outside RAM"),
    dies_of_trap("tests/wild_write", "main+0x", "likely: a pointer that leads outside RAM", args=("near",)),
    dies_of_trap("tests/jump_to_data", "code+0x0", "likely: a jump into data"),
    dies_of_trap("tests/write_to_code", "r-x", "likely: a write to code"),
    dies_of_trap("tests/stack_overflow", "recurse+0x", "likely: the stack is full"),
    dies_of_trap("tests/large_array", "main+0x", "likely: the stack is full"),
    dies("tests/x86_64/triple_fault", "triple fault", "registers", "idt 0+", backends=X86),
    Row("tests/spin", TIMEOUT, "", ("--timeout: 0.3 s", "main+0x"), options=("--timeout=0.3",)),
    Row("tests/spin", TIMEOUT, "", ("--timeout: 0.3 s", "vCPU 0 was at", "main+0x"), options=("--timeout=0.3", "-c3")),  # vCPU 1 never ran
    Row(
        "tests/chatter",
        MAX_EXITS,
        "",
        ("--max-exits: 99 exits are used up; the guest was at 0x",),
        options=("--max-exits=99",),
        trace_differs="on RISC-V one of the exits asks for the ABI version",
    ),
] + [
    errors(how, said, *words, *at, args=hart, options=options, backends=backends)
    for options, hart, at in (((), (), ("rt_start+0x",)), (("-c4",), ("3",), ("hart_main+0x", "vCPU 3")))
    for how, said, words, backends in (
        ("abort", "", (ABORTED, "fail+0x", "(errors.c:"), ALL),
        ("assert", ": fail: assertion `zero == 1' failed.\n", (ABORTED, "__assert_fail+0x", "fail+0x"), ALL),
        ("free-twice", "malloc: freed or reallocated what is freed already\n", (ABORTED, "free+0x", "free_twice+0x"), ALL),
        ("overrun", "malloc: a program wrote beyond an allocated block\n", (ABORTED, "free+0x", "overrun+0x"), ALL),
        ("overrun-seen-later", "malloc: a program wrote beyond an allocated block\n", (ABORTED, "malloc+0x", "fail+0x"), ALL),
        ("foreign", "malloc: freed or reallocated what is not allocated, or no longer\n", (ABORTED, "free+0x", "fail+0x"), ALL),
        ("string", "*** page fault", ("strlen+0x", "printf+0x", "fail+0x", NULL_POINTER), ALL),
        ("divide", "*** divide error", ("fail+0x", "likely: a division by zero"), X86),
        ("fault-in-handler", "in the handler\n\n*** page fault", ("store_again+0x", "trap_handle+0x", "fail+0x", NULL_POINTER), ALL),
    )
] + [
    errors(how, said, *words, args=hart, options=options, backends=backends)
    for options, hart in (((), ()), (("-c4",), ("3",)))
    for how, said, words, backends in (
        ("deep", "*** ", ("deep+0x", FULL_STACK), ALL),
        ("deep-tick", "*** ", ("deep+0x", FULL_STACK), ALL),
        ("deep-in-handler", "*** unexpected trap (cause 8)", ("deep+0x", FULL_STACK), X86),
        ("deep-in-handler", ", in the handler of such traps\n", ("deep+0x", FULL_STACK), RISCV),
        ("handler-of-deep", ", in the handler of such traps\n", ("deep+0x", FULL_STACK), RISCV),
        ("tick", "*** page fault", ("null_tick+0x", "interrupt_handle+0x", NULL_POINTER), ALL),
    )
] + [
    errors("all", "prints\n", "strlen+0x", "print_until_death+0x", NULL_POINTER, options=("-c4",)),
] + [
    dies("tests/x86_64/machine", words, "main+0x", args=(how,), backends=X86)
    for how, words in (
        ("port-write", "it wrote 0x4c (1 bytes) to I/O port 0x80"),
        ("port-read", "it read 4 bytes from I/O port 0x80"),
        ("doorbell-byte", "it wrote 0x4c (1 bytes) to I/O port 0x4c"),
        ("doorbell-read", "it read 4 bytes from I/O port 0x4c"),
        ("mmio-write", "it wrote 0x4c (4 bytes) to address 0xe0000000"),
        ("mmio-read", "it read 4 bytes from address 0xe0000000"),
        ("halt-off", "halted with interrupts off"),
        ("halt-no-timer", "halted with no timer set"),
    )
] + [
    dies("tests/riscv64/machine", words, args=(how,), backends=backends)
    for how, words, backends in (
        ("mmio-write", "it wrote 0x4c (4 bytes) to address 0xe0000000", RISCV),
        ("mmio-read", "it read 4 bytes from address 0xe0000000", RISCV),
        ("atomic", "an instruction that is atomic accessed address 0xe0000000, where no RAM is", SOFT),
        ("reserved", "an instruction that is atomic accessed address 0xe0000000, where no RAM is", SOFT),
        ("across", "an instruction that crosses into another page accessed address 0x84000000", SOFT),
        ("bad-stack", "(8 bytes) to address 0xe0000000", SOFT),
        ("bad-vector", "breakpoint (3), and no code where stvec points, at 0xe0000000", SOFT),
        ("halt-off", "halted with interrupts off", SOFT),
        ("halt-no-timer", "halted with no timer set", SOFT),
        ("hart-stop", "it stopped its only hart", SOFT),
        ("0x10000004", "where nothing is: QEMU's board has its UART there: call DBCN.console_write", RISCV),
        ("0x200bff8", "where nothing is: QEMU's board has its CLINT there: call TIME.set_timer", RISCV),
        ("0xc000000", "where nothing is: QEMU's board has its PLIC there", RISCV),
        ("0x10008000", "where nothing is: QEMU's board has virtio devices there", RISCV),
        ("0x100000", "where nothing is: QEMU's board has its switch there: call SRST.system_reset", RISCV),
        ("0x101000", "where nothing is: QEMU's board has its clock there", RISCV),
        ("0x10009000", "where nothing is: RAM begins at 0x80000000", RISCV),
    )
] + [
    Row("tests/riscv64/machine", DIED, ["*** "], ("likely: mhartid is a CSR of M-mode",), args=("m-mode",), backends=RISCV),
    Row(
        "tests/x86_64/machine",
        DIED,
        ["*** ", "likely: rax is no pointer"],
        ("likely: a pointer whose upper 17 bits",),
        args=("not-canonical",),
        backends=X86,
    ),
] + [
    dies(
        "tests/riscv64/machine",
        "all its harts wait or are stopped",
        args=(how,),
        options=("-c2",),
        backends=SOFT,
    )
    for how in ("halt-off", "halt-no-timer", "hart-stop")
] + [
    Row(f"real/{guest}", status, stdout, backends=X86, options=("--transport=pio",))
    for guest, status, stdout in (
        ("hello", 0, "Hello from real mode!\n"),
        ("counter", 0, "".join(f"{i}\n" for i in range(1, 11))),
        ("table", 0, "".join("".join(f"{i * j:3}" for j in range(1, 10)) + "\n" for i in range(1, 10))),
        ("fibonacci", 0, ["0 1 1 2 3 5 8 13 21 34 ", " 17711 28657 46368\n"]),
        ("matrix", 0, "   30   24   18\n   84   69   54\n  138  114   90\n"),
        ("climb", 0, ["16 bits: real", "\n32 bits: protected", "\n32 bits: compat", "\n64 bits: long mode\n"]),
    )
] + [
    dies("real/minimal", "halted with interrupts off", "at 0x7c01", backends=X86, options=("--transport=pio",)),
    Row("real/tour", 42, "legacy console\ndebug console\n!", budget=40, stdin=b"!", backends=X86, options=("--transport=pio",)),
    Row(
        "protected/traps",
        0,
        ["a GDT of its own\n", "a divide error: ", "an interrupt of the timer\n"],
        backends=X86,
        options=("--transport=pio",),
        skip=no_iret,
    ),
    Row(
        "protected/paging",
        0,
        "paging is on\na page fault at 0x40000000: mapped\none page at two addresses\n",
        backends=X86,
        options=("--transport=pio",),
        skip=no_paging_of_32,
    ),
]

# SPDX-License-Identifier: MIT
"""gdb on a guest, in batch mode: what a student types, on each back end that works here."""

import os
import re
import shutil
import subprocess
import time

import pytest

from conftest import DIED, LABVISOR, MAX_EXITS, PATIENCE, ROOT, USAGE, guest, run, why_no_riscv

pytestmark = pytest.mark.usefixtures("machine")

GDB = {"x86_64": "gdb", "riscv64": "gdb-multiarch"}
PROMPT = ["-q", "-batch", "-nx", "-ex", "set pagination off", "-ex", "set width 0", "-ex", "set confirm off"]


@pytest.fixture(autouse=True)
def have_gdb(machine):
    if shutil.which(GDB[machine]) is None:
        pytest.skip(f"{GDB[machine]} is not installed")


@pytest.fixture
def behind_a_trap(machine):
    """Needs a backtrace that goes on behind a trap's frame."""
    version = subprocess.run([GDB[machine], "--version"], capture_output=True, text=True).stdout
    if machine == "riscv64" and int(re.search(r"(\d+)\.\d", version)[1]) < 13:
        pytest.skip("gdb before 13 does not read the pc that a trap's frame saves on RISC-V")


class Session:
    """A guest after a session with gdb: its status, stdout and stderr, and gdb's output."""

    def __init__(self, folder, image, *commands, options=(), args=(), stdin=b"", wait=True, mode="remote"):
        self.socket = folder / "gdb"
        command = [LABVISOR, f"--gdb={self.socket}", f"--timeout={20 * PATIENCE}", *options, guest(image), *args]
        pipe = subprocess.PIPE
        source = pipe if isinstance(stdin, bytes) else open(stdin)  # bytes, or a file
        self.process = subprocess.Popen([*map(str, command)], stdin=source, stdout=pipe, stderr=pipe, cwd=ROOT)
        if source is pipe:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
            self.process.stdin = None
        wait_for(self.socket.exists, self.process)
        if commands[-1:] == ("continue",):  # the guest stops at its exit, and has to go on to its end
            commands += ("continue",)
        self.text = gdb(self.socket, image, *commands, mode=mode)
        if wait:
            self.finish()

    def finish(self):
        self.out, self.err = self.process.communicate(timeout=40)
        self.status = self.process.returncode

    def has(self, *patterns):
        """Checks that gdb has printed these, in this order."""
        at = 0
        for pattern in patterns:
            found = re.compile(pattern, re.M).search(self.text, at)
            assert found, f"not there: {pattern}\n{self.text}\n{getattr(self, 'err', b'').decode()}"
            at = found.end()


def wait_for(condition, process):
    end = time.monotonic() + 10 * PATIENCE
    while not condition():
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.01)


def gdb(socket, image, *commands, mode="remote"):
    arguments = [word for line in (f"target {mode} {socket}", *commands) for word in ("-ex", line)]
    result = subprocess.run(
        [GDB[LABVISOR.arch], *PROMPT, "-x", "debug/labvisor.py", *arguments, guest(image)],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=40,
    )  # fmt: skip
    return result.stdout.decode()


@pytest.fixture
def session(tmp_path):
    started = []

    def start(*args, **kwargs):
        started.append(Session(tmp_path, *args, **kwargs))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()


# ---- As with any program ----


def test_breakpoints_steps_and_backtraces(session):
    s = session(
        "tests/debug", "break add", "continue", "backtrace", "print n", "finish", "tbreak factorial if n == 1",
        "delete 1", "continue", "backtrace", "up 2", "print n", "step", "continue",
    )  # fmt: skip
    s.has(
        r"Breakpoint 1 at 0x\w+: file guests/tests/debug.c, line 14",
        r"Breakpoint 1, add \(n=(n@entry=)?1\) at guests/tests/debug.c:14",
        r"#0 +add \(n=",
        r"#1 .* main \(argc=",
        r"\$1 = 1\n",
        r"Value returned is \$2 = 1",
        r"Temporary breakpoint 2, factorial \(n=(n@entry=)?1\)",
        r"#0 +factorial",
        r"#4 .*factorial",
        r"#5 .* main \(",
        r"\$3 = 3\n",
        r"exited with code 06",
    )
    assert (s.status, s.out) == (6, b"total 6\nfactorial 120\n")


def test_watchpoint(session):
    s = session("tests/debug", "break main", "continue", "watch total", *["continue"] * 3, "info watchpoints")
    for old, new in ((0, 1), (1, 3), (3, 6)):
        s.has(rf"Old value = {old}\nNew value = {new}\n.*guests/tests/debug.c:\d+")
    s.has(f"breakpoint already hit 3 times")


def test_watchpoint_and_breakpoint(session):
    """kvm-x86 makes steps for the watchpoint, and they come to the breakpoint."""
    s = session("tests/debug", "break add", "watch total", *["continue"] * 6, "delete", "continue")
    for value in (0, 1, 3):
        s.has(r"Breakpoint 1, add", rf"Old value = {value}\n")
    assert (s.status, s.out) == (6, b"total 6\nfactorial 120\n")


def test_read_and_access_watchpoints(session, machine):
    s = session("tests/debug", "break add", "continue", "rwatch total", "continue", "delete", "awatch total", "continue")
    if machine == "riscv64":
        s.has(r"Hardware read watchpoint 2: total\n\nValue = 0", r"Hardware access .*watchpoint 3: total\n\nOld value = 0\nNew value = 1")
    else:  # not by steps, which show what has changed alone
        s.has("Could not insert hardware|Expression cannot be implemented")


def test_registers_and_memory(session, machine):
    pc, control = ("rip", "cr0") if machine == "x86_64" else ("pc", "satp")
    s = session(
        "tests/debug", "break add", "continue", f"info registers {pc} {control}", "set var total = 100",
        "print total", "x/2i $pc", "delete", "continue",
    )  # fmt: skip
    s.has(rf"^{pc} +0x", rf"^{control} +", r"\$1 = 100", "=> 0x")
    assert s.status == 106


def test_memory_without_a_page(session):
    s = session("tests/debug", "break main", "continue", "print *(int *) 0", "print *(int *) 0x7fff00000000")
    assert len(re.findall("Cannot access memory at address", s.text)) == 2


def test_writes_across_a_breakpoint(session):
    """Memory under a breakpoint shows the guest's own code, also after a write."""
    s = session(
        "tests/debug", "break factorial", "continue", "set $old = *(unsigned char *) factorial",
        "set var *(unsigned char *) factorial = $old ^ 1", "print *(unsigned char *) factorial == ($old ^ 1)",
        "set var *(unsigned char *) factorial = $old", "delete", "continue",
    )  # fmt: skip
    s.has(r"\$\d = 1$")
    assert s.status == 6


def test_many_breakpoints(session):
    commands = ["break main", "break add", "break factorial", "break printf", "break exit", "break console_write"]
    s = session("tests/debug", *commands, *["continue"] * 4, "info breakpoints")
    s.has("Breakpoint 1,", "Breakpoint 2, add", "Breakpoint 2, add", "Breakpoint 2, add")


def test_threads_are_vcpus(session):
    s = session(
        "sum", "info threads", "break add_part", "continue", "info threads", "thread apply all -q backtrace 1",
        "delete", "continue", options=("-c4",),
    )  # fmt: skip
    s.has(r'\* 1 +Thread 1 "vCPU 0" \(running\)', r'  4 +Thread 4 "vCPU 3" \(stopped\)')
    s.has(r'Thread \d "vCPU \d" hit Breakpoint 1(\.\d)?, add_part')
    assert s.status == 0 and b"= 200010000\n" in s.out


def test_a_step_of_one_hart_among_four(session):
    s = session("sum", "break add_part", "continue", "stepi", "stepi", "next", "delete", "continue", options=("-c4",))
    assert s.status == 0 and b"= 200010000\n" in s.out


def test_steps_do_not_wander_into_interrupts(session):
    """clock counts until its timer has come five times; steps in that loop stay in it."""
    steps = ["next", "set var ticks = 0"] * 40
    s = session("clock", "break main", "continue", *steps, "info symbol $pc", "delete", "continue")
    assert "trap_entry" not in s.text and "vector" not in s.text
    s.has(r"main \+ \d+|main in section")
    assert s.status == 0


def test_next_over_a_loop_that_waits_for_interrupts(session):
    """Its range of instructions is left after three of them. A step by one instruction holds them."""
    source = (ROOT / "guests/tests/harts.c").read_text().splitlines()
    line = source.index("    while (ticks[id] < 3)") + 1
    s = session("tests/harts", f"tbreak harts.c:{line}", "continue", "next", "continue", options=("-c2",))
    s.has(rf"{line}.*while \(ticks", r"timer_stop\(\);", "exited normally")


def test_timeout_stands_still(session):
    s = session("tests/debug", "break main", "continue", "shell sleep 1.2", "continue", options=("--timeout=1",))
    assert s.status == 6


def test_detach_lets_the_guest_go(session):
    s = session("tests/debug", "break add", "continue", "detach")
    assert (s.status, s.out) == (6, b"total 6\nfactorial 120\n")


def test_kill(session):
    s = session("tests/debug", "break add", "continue", "kill")
    assert s.status == 137 and s.out == b""


def test_interrupt(session, tmp_path):
    """^C stops a guest that makes no exit."""
    script = (
        "python import threading, os, signal",
        "python threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()",
        "continue",
        "backtrace",
        "kill",
    )
    s = session("tests/spin", *script)
    s.has("received signal SIGINT", "#0 .*main")


def test_interrupt_of_a_guest_that_sleeps(session):
    script = (
        "python import threading, os, signal",
        "python threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()",
        "continue",
        "vmexit-info",
        "kill",
    )
    s = session("tests/sleep", *script, options=("--real-time",), args=("forever",))
    s.has("received signal SIGINT", "exit #")


def test_memory_map(session):
    s = session("tests/debug", "info mem")
    s.has("rw")


# ---- Exits ----


def test_exits_are_stepped_and_named(session):
    s = session(
        "hello", "break main", "continue", "vmexit-step", "print $exit_reason", "print $exit_state", "print/x $exit_eid",
        "print $exit_a0", "vmexit-info", "vmexit-finish", "print $exit_value", "print $exit_state", "vmexit-step", "vmexit-list",
        "continue",
    )  # fmt: skip
    call = r"DBCN\.console_write\(num_bytes=37, base_addr_lo=0x\w+\)"
    place = r"  at 0x\w+ console_write\+0x\w+ \(\w+\.[ch]:\d+\)"
    author = r" for main \(hello\.c:\d+\)"
    s.has(
        rf"^exit #\d: {call}{place}{author}$",
        r"\$1 = hypercall",
        r"\$2 = pending",
        r"\$3 = 0x4442434e",
        r"\$4 = 37",
        rf"^exit #\d: {call}{place}{author}  \(not handled yet\)$",
        r"EID 0x4442434e \(DBCN\), FID 0 \(console_write\)",
        r"\$exit_a0  num_bytes +0x25",
        rf"^exit #\d: {call} = 37{place}$",
        r"\$5 = 37",
        r"\$6 = handled",
        r"^exit #\d: LAB\.exit\(status=0\)  at ",
        rf"^exit #\d: {call} = 37",
        r"^exit #\d: LAB\.exit.*\(not handled yet\)$",
        "exited normally",
    )
    assert s.out == b"Hello from inside a virtual machine!\n"


def test_monitor_lists_its_commands(session):
    s = session("hello", "monitor nonsense", "monitor walks 0", "monitor stats 1", "monitor help", "kill")
    s.has("unknown command 'nonsense'", "unknown command 'walks 0'", "unknown command 'stats 1'", r"monitor walk ADDRESS \[TABLE\]")


def test_commands_that_cannot_run(session):
    """The guest does not move, and gdb says why."""
    s = session("hello", "break main", "continue", "vmexit-finish", "vmexit-next nonsense", "info symbol $pc", "kill")
    s.has("vCPU 0 is not at a pending exit", "no exit kind, call or extension has that name", "^main")


def test_exits_by_name_and_condition(session):
    s = session(
        "clock", "vmexit-next set_timer", "vmexit-next LAB.exit", "kill",
    )  # fmt: skip
    s.has(r"^exit #\d+: TIME\.set_timer\(", r"^exit #\d+: LAB\.exit\(")
    s = session(
        "echo", "vmexit-break console_write if a0 > 6 and a0 < 8", "continue", "print $exit_a0", "vmexit-delete 1", "continue",
        stdin=b"one\nthree\nfourteen\n",
    )  # fmt: skip
    s.has("1: stops at console_write if a0 > 6 and a0 < 8", r"^exit #\d+: DBCN", r"\$1 = 7", "exited normally")


@pytest.mark.parametrize(
    "what, answer",
    [
        ("nonsense", "no exit kind, call or extension has that name"),
        ("DBCN if", "a condition begins with"),
        ("DBCN if a0", "a condition compares with == !="),
        ("DBCN if a0 > x", "a condition ends with a number"),
        ("DBCN a0 > 1", "NAME, or NAME if FIELD OP NUMBER, was expected"),
    ],
)
def test_bad_exit_breaks(session, what, answer):
    session("hello", f"vmexit-break {what}", "continue").has(answer, "exited normally")


def test_arguments_can_be_changed_before_the_vmm_sees_them(session):
    s = session("hello", "vmexit-next console_write", "set var $exit_a0 = 5", "vmexit-finish", "kill")
    s.has(r"console_write\(num_bytes=5, .*\) = 5")
    assert s.out == b"Hello"


def test_results_are_not_faked(session):
    """What cannot be changed is refused with the reason, and stays."""
    s = session("hello", "vmexit-step", "set var $exit_value = 7", "set var $exit_count = 7", "print $exit_value", "vmexit-finish", "set var $exit_value = 7", "continue")
    s.has("no result yet: use vmexit-finish", "exit_a0 to exit_a4 can be set", r"\$1 = 0", "only a hypercall that is pending", "exited normally")


def test_exit_breaks_are_enabled_and_ignored(session):
    s = session(
        "echo", "vmexit-break console_write", "vmexit-break if a0 == 1", "vmexit-ignore 1 1", "vmexit-condition 2 a0 == 31337",
        "continue", "print $exit_a0", "vmexit-info", "vmexit-disable", "vmexit-enable 2", "vmexit-delete 1", "vmexit-break halt",
        "vmexit-condition 2", "vmexit-disable 2", "vmexit-ignore 2", "vmexit-ignore 9 1", "vmexit-delete 1", "vmexit-info", "continue",
        stdin=b"a\nbcd\n",
    )  # fmt: skip
    s.has(
        "^1: stops at console_write$", "^2: stops at if a0 == 1$", "^1: stops at console_write, ignored next: 1$",
        "^2: stops at any if a0 == 31337$", r"\$1 = 7", "^1: stops at console_write, hits: 2$",
        "^2: stops at any if a0 == 31337", "^3: stops at halt$", "^2: stops at any", "a count was expected",
        "there is no number '9 1'", "there is no number '1'", "^2: stops at any, disabled", "^3: stops at halt$", "exited normally",
    )  # fmt: skip
    assert s.out.count(b"\n") == 2 and b"bcd" in s.out


def test_exit_commands_complete_names(session):
    s = session("hello", "vmexit-break DBCN", *(f"complete vmexit-{text}" for text in ("next console_w", "break DBCN.console_w", "next DBC", "trace o", "delete ")), "kill", "complete vmexit-next D")
    s.has(
        "^vmexit-next console_write$", "^vmexit-next console_write_byte$", r"^vmexit-break DBCN\.console_write$",
        "^vmexit-next DBCN$", r"^vmexit-next DBCN\.console_read$", "^vmexit-trace off$", "^vmexit-delete 1$",
    )  # fmt: skip
    assert "Exception" not in s.text and "vmexit-next D\n" not in s.text


def test_exit_commands_without_a_guest(session):
    """And with `set trace-commands on`, which prints the command that each of them makes."""
    s = session("hello", "set trace-commands on", "vmexit-step", "vmexit-info", "vmexit-next halt", "continue", "set trace-commands off", "vmexit-step", "walk 0")
    s.has(r"^exit #1: ", r"^exit #1: .*not handled yet", "exited normally", "^vmexit-step: no guest is connected", "^walk: no guest is connected")
    assert "Exception" not in s.text and "+monitor" not in s.text
    arguments = [word for line in ("vmexit-step", "vmexit-break", "walk 0") for word in ("-ex", line)]
    before = subprocess.run(["gdb", *PROMPT, "-x", "debug/labvisor.py", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert before.stderr.count(": no guest is connected: `make debug`") == 3 and "Exception" not in before.stderr


def test_a_flat_binary_has_symbols(tmp_path):
    """Beside it is an ELF file, which make debug gives to gdb."""
    if LABVISOR.arch != "x86_64":
        pytest.skip("flat binaries are for x86")
    command = ["make", "-s", "debug", "GUEST=real/tour", "ARCH=x86_64", f"GDB_SOCKET={tmp_path}/gdb", "GDB_OPTIONS=-nx -batch -ex 'break probe' -ex continue -ex x/2i\\ 0x7c00 -ex kill"]
    shown = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stdout
    assert re.search(r"^Breakpoint 1, probe \(\) at guests/real/tour.S:\d+$", shown, re.M) and re.search("mov +\\$0x7c.*,%si", shown), shown


def test_trace_of_exits(session):
    s = session("hello", "vmexit-trace on", "continue")
    s.has(r"^exit #\d: LAB\.get_args.* = \d+  at", r"^exit #\d: DBCN.* = 37  at", "exited normally")


def test_walks_both_stages(session, machine):
    s = session("tests/debug", "break main", "continue", "monitor walk 0", f"monitor walk {LINKED[machine]:#x}", f"monitor mem {LINKED[machine]:#x} 20", "monitor stats", "kill")
    s.has(r"first stage, the guest's tables at 0x\w+: GVA 0x0", "not present|not valid", "it is mapped to no GPA")
    s.has(r"page 0x\w+ r-x", "second stage", rf"GPA {LINKED[machine]:#x} is byte 0x\w+ of slot 0")
    s.has(rf"0x0*{LINKED[machine]:x}:( [0-9a-f]{{2}}){{16}}\n", r"LAB\.get_args +1")


def test_walk_takes_expressions(session, machine):
    """Of gdb, and the tables by another value of the register; it draws the bits of addresses and entries."""
    register = {"x86_64": "$cr3", "riscv64": "$satp"}[machine]
    s = session("tests/debug", "break main", "continue", "walk $pc", "walk &total+1", f"walk &total {register}", f"walk $pc {0x7000:#x}", "walk", "walk nope", "walk 0 nope", "monitor walk 1x", "kill")
    pc = int(re.search(r": GVA 0x(\w+)$", s.text, re.M)[1], 16)
    s.has(rf"bits 20-12 {pc >> 12 & 511:09b}$", rf"offset +bits 11-0  {pc & 4095:012b}$", {"x86_64": r"XD G PS D A PCD PWT U/S R/W P$(?s:.*?)^ +PT +0 .* 0 +0 1$", "riscv64": r"D A G U X W R V$(?s:.*?)^ +level 0  . . 0 0 1 0 1 1$"}[machine])
    s.has(r"GPA 0x\w+ is byte", "GVA .*", "rw-", "GVA .*", "rw-", "tables at 0x7000: GVA", "is mapped to no GPA")
    s.has("walk EXPRESSION .TABLE.: an address", '^walk: No symbol "nope"', '^walk: .*', "^walk ADDRESS .TABLE.: an address")
    assert "Python Exception" not in s.text


LINKED = {"x86_64": 0x100000, "riscv64": 0x80200000}

# ---- The end ----


def test_a_guest_that_dies_can_be_looked_at(behind_a_trap, session):
    s = session("fault", "continue", "backtrace", "frame function store", "print address", "continue")
    s.has("the guest died of a trap it does not handle", "SIGSEGV", "<signal handler called>", "store", "main")
    s.has(r"address=0x0|\$1 = .*0x0", "exited with code 0164")
    assert s.status == DIED and b"likely: a NULL pointer" in s.err


def test_limits_can_be_looked_at(session):
    s = session("tests/chatter", "continue", "vmexit-info", "continue", options=("--max-exits=9",))
    s.has("--max-exits: 9 exits are used up", "SIGXCPU", "exit #9")
    assert s.status == MAX_EXITS


def test_core(behind_a_trap, machine, tmp_path):
    core = tmp_path / "core"
    result = run(f"--core={core}", guest("fault"))
    assert result.returncode == DIED and f"a core is in {core}".encode() in result.stderr
    shown = subprocess.run(
        [GDB[machine], *PROMPT, guest("fault"), core, "-ex", "backtrace", "-ex", "frame function store", "-ex", "print address", "-ex", "info registers pc", "-ex", "x/s argv"],
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert re.search(r"<signal handler called>\n#\d+ .*store \(address=0x0\)", shown), shown
    assert re.search(r"#\d+ .* main \(\)", shown), shown
    assert os.stat(core).st_blocks * 512 < 1 << 20


def test_no_core_of_a_guest_that_ends(machine, tmp_path):
    assert run(f"--core={tmp_path}/core", guest("hello")).returncode == 0
    assert not (tmp_path / "core").exists()
    assert run(f"--core={tmp_path}/no/core", guest("hello")).returncode == USAGE


def test_core_of_several_harts(machine, tmp_path):
    core = tmp_path / "core"
    run(f"--core={core}", "-c3", "--max-exits=8", guest("sum"))
    shown = subprocess.run([GDB[machine], *PROMPT, guest("sum"), core, "-ex", "info threads"], capture_output=True, text=True).stdout
    assert len(re.findall(r"LWP \d", shown)) >= 3, shown


def test_core_without_paging(tmp_path):
    """All of RAM, as it lies."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    core = tmp_path / "core"
    run(f"--core={core}", "--max-exits=1", guest("tests/riscv64/no_handler", "riscv64"))
    headers = subprocess.run(["readelf", "-lW", core], capture_output=True, text=True).stdout
    assert re.findall(r"LOAD +0x\w+ (0x\w+) (0x\w+) (0x\w+) (0x\w+) (\w+)", headers) == [
        ("0x0000000080000000", "0x0000000080000000", "0x4000000", "0x4000000", "RWE")
    ]


def test_core_of_a_table_in_circles(tmp_path):
    """The search of an endless tree of tables stops."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    core = tmp_path / "core"
    result = run(f"--core={core}", guest("tests/riscv64/table_circle", "riscv64"), timeout=20)
    assert result.returncode == DIED and core.read_bytes()[:4] == b"\x7fELF"


# ---- What has gone wrong before ----


def test_halts_are_stepped_over(session):
    """No halt stays for later."""
    s = session("clock", "vmexit-next halt", "vmexit-finish", *["stepi"] * 12, "continue")
    assert s.status == 0 and b"slept at least 100 ms" in s.out
    s = session("clock", "break arch_irq_wait", "continue", "delete", *["stepi"] * 40, "continue")
    assert s.status == 0 and b"slept at least 100 ms" in s.out


def test_detach_from_exits_lets_the_guest_go(session):
    s = session("hello", "vmexit-break any", "monitor exit-next", "detach")
    assert (s.status, s.out) == (0, b"Hello from inside a virtual machine!\n")


def test_kill_of_a_guest_that_has_died(session):
    assert session("fault", "continue", "kill").status == 137


def test_step_of_a_hart_that_sleeps(session):
    """Alone, while the others are paused."""
    s = session("lost", "vmexit-next halt", "set scheduler-locking on", "stepi", "set scheduler-locking off", "continue", options=("-c2",), args=("lock",))
    assert s.status == 0


def test_watchers_see_each_exit_once(session):
    alone = run("--trace", guest("hello")).stderr.decode()
    s = session("hello", "break main", "continue", "vmexit-step", "vmexit-finish", "stepi", "continue", options=("--trace",))
    exits = lambda text: re.findall(r"vcpu0 #\d+ (\S+?)\(", text)
    assert exits(s.err.decode()) == exits(alone)


def test_words_that_are_not_understood(session):
    s = session("hello", "vmexit-step 3", "vmexit-list abc", "kill")
    s.has("vmexit-step takes no argument", "a number was expected")


# ---- The end ----


def test_a_stop_at_the_exit(session, machine):
    """There the guest can still be inspected; the next continue ends it."""
    s = session("tests/debug", "continue", "backtrace -3", "print total", "vmexit-info", "continue", "print total")
    s.has(
        "labvisor: the guest has exited with status 6", r"#\d+ .*exit \(status=", r"\$1 = 6\n",
        r"^exit #\d+: LAB\.exit\(status=6\)  at 0x\w+ vm_exit\+0x\w+ \(start\.c:\d+\)$", "exited with code 06",
    )  # fmt: skip
    assert (s.status, s.out) == (6, b"total 6\nfactorial 120\n")
    if machine == "riscv64":
        s = session(
            "tests/debug", "continue", "break factorial", "reverse-continue", "print n", "print total", "delete",
            "continue", "continue",
        )  # fmt: skip
        s.has(
            "gdb can go back from here", r"Breakpoint 1, factorial \(n=(n@entry=)?1\)", r"\$2 = 6\n", "exited with status 6",
            "exited with code 06",
        )  # fmt: skip
        assert (s.status, s.out) == (6, b"total 6\nfactorial 120\n")


def test_going_to_exits_and_marks(session, machine):
    s = session("hello", "vmexit-goto 2", "when", "vmexit-goto 2", "vmexit-goto there", "vmexit-mark here", "continue", "vmexit-goto here", "when")
    s.has(r"^exit #2: ", r"^exit #2", "the guest is at exit #2", "there is no mark 'there'")
    if machine == "riscv64":
        s.has("exited with status 0", "Program stopped", r"^exit #2, \d+ instructions\nmark here: \d+ instructions$")
    else:
        s.has("cannot go back: only soft without --real-time can; starti begins the guest again", "exited with status 0", "there is no mark 'here'")

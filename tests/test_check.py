# SPDX-License-Identifier: MIT
"""Guests with checks (docs/check.md): each fault that is planted is told, with its line; and guests
without a fault are as they are without checks."""

import dataclasses
import re
import shutil
import subprocess

import pytest

from conftest import MISSING, ROOT, run, why_no_kvm, why_no_riscv
from manifest import ARCH, MANIFEST, PVM, command, mismatch
from statuses import DIED

# Each fault: its code, in which a comment marks the line to be told; and the words for it.
FAULTS = {
    "heap overrun": ("char *p = malloc(20);\np[i + 20] = 1; // HERE", "write of 1 byte .* just past the 20 bytes that malloc gave at faults.c:"),
    "heap overread": ("int *p = calloc(5, 4);\nsink = p[i + 6]; // HERE", "read of 4 bytes .* 4 bytes past the 20 bytes that malloc gave"),
    "heap underrun": ("long *p = malloc(40);\np[i - 1] = 1; // HERE", "write of 8 bytes .* 8 bytes before the 40 bytes"),
    "overrun of a grown block": ("char *p = realloc(malloc(10), 30);\np[i + 33] = 1; // HERE", "3 bytes past the 30 bytes"),
    "overrun of an aligned block": ("char *p = aligned_alloc(256, 70);\np[i + 70] = 1; // HERE", "just past the 70 bytes"),
    "use after free": ("char *p = malloc(20);\nfree(p);\nsink = p[i + 3]; // HERE", r"in the 20 bytes that malloc gave at faults.c:\d+, freed at faults.c:\d+"),
    "double free": ("char *p = malloc(20);\nfree(p);\nfree(p); // HERE", "free of 20 bytes that faults.c:.* has freed already"),
    "free of the middle": ("char *p = malloc(20);\nfree(p + 8 + i); // HERE", "free of 0x.*: in the 20 bytes"),
    "free of a variable": ("char a[8];\nfree(a + i); // HERE", "free of 0x.*: malloc did not give it"),
    "memset": ("char *p = malloc(20);\nmemset(p, 1, i + 24); // HERE", "write of 24 bytes .* just past the 20 bytes"),
    "strcpy": ("char a[8];\nstrcpy(a, text); // HERE\nsink = a[i];", "write of 12 bytes .* just past the 8 bytes of a on the stack"),
    "strlen": ("char *p = malloc(4);\nmemset(p, 1, 4);\nsink = (int)strlen(p); // HERE", "read of 1 byte .* just past the 4 bytes"),
    "stack overrun": ("char a[8], *p = a;\np[i + 11] = 1; // HERE\nsink = a[3];", "write of 1 byte .* 3 bytes past the 8 bytes of a on the stack"),
    "stack underrun": ("int a[8], *p = a;\np[i - 2] = 1; // HERE\nsink = a[3];", "8 bytes before the 32 bytes of a on the stack"),
    "use after the block": ("int *volatile p;\n{\nint a = i;\np = &a;\nsink = *p;\n}\nsink = *p; // HERE", "in the 4 bytes of a on the stack, after the end of its block"),
    "use after the block of a large array": ("char *volatile p;\n{\nchar a[2000];\np = a;\np[i] = 1;\n}\nsink = p[i + 9]; // HERE", "in the 2000 bytes of a on the stack, after the end of its block"),
    "overrun by code without checks": ("char a[8];\nunchecked(a, (char *)__builtin_frame_address(0) - SAVED);\nsink = a[i];\n} // HERE", "this function wrote beyond an array on its stack"),
    "overrun of a VLA": ("char a[i + 9], *p = a;\np[i + 9] = 1; // HERE\nsink = a[3];", "beyond an array of variable size"),
    "global overrun": ("char *p = global;\np[i + 13] = 1; // HERE", "3 bytes past the 10 bytes of the global global"),
    "shift too far": ("sink = (i + 1) << (i + 40); // HERE", "shift by 40 of a 32-bit int"),
    "signed overflow": ("sink = 0x7fffffff;\nsink = sink + i + 1; // HERE", r"2147483647 \+ 1 does not fit in a 32-bit int"),
    "product": ("sink = 1 << 20;\nsink = sink * sink; // HERE", r"1048576 \* 1048576 does not fit in a 32-bit int"),
    "negation": ("sink = -0x7fffffff - 1 + i;\nsink = -sink; // HERE", r"-\(-2147483648\) does not fit"),
    "division by zero": ("sink = 7 / i; // HERE", "division of 7 by zero"),
    "NULL": ("int *p = (int *)(long)i;\n*p = 1; // HERE", "store to int at NULL"),
    "misaligned": ("static long two[2];\nsink = *(int *)((char *)two + i + 1); // HERE", "misaligned load of int at .* no multiple of 4"),
    "index": ("static int a[10];\nsink = a[i + 12]; // HERE", r"index 12 is out of the bounds of int ?\[10\]"),
    "unreachable": ("if (i == 0)\n__builtin_unreachable(); // HERE\nsink = 1;", "__builtin_unreachable was reached"),
    "size of a VLA": ("char a[i - 1]; // HERE\nsink = a[0];", "an array of -1 elements"),
    "bool": ("static char seven = 7;\nsink = *(bool *)(&seven + i); // HERE", "load of a (_B|b)ool that has the value 7"),
    "deadlock": ("spin_lock(&one);\nspin_lock(&one); // HERE", "deadlock: .* holds already, taken at faults.c:"),
    "unlock of a free lock": ("spin_unlock(&one); // HERE", "spin_unlock of a lock that is free"),
    "lock order": (
        "spin_lock(&one);\nspin_lock(&two);\nspin_unlock(&two);\nspin_unlock(&one);\nspin_lock(&two);\nspin_lock(&one); // HERE",
        "lock order: this hart holds the lock it took at faults.c:",
    ),
}
HARTS = {
    "unlock by another hart": ("hart_start(1, take, &one);\nhart_join(1);\nspin_unlock(&one); // HERE", "a lock that hart 1 holds, taken at faults.c:"),
    "lock order of two harts": (
        "hart_start(1, take_both, NULL);\nhart_join(1);\nspin_lock(&two);\nspin_lock(&one); // HERE",
        "lock order: .* two harts could wait",
    ),
}
BOTH = {**FAULTS, **HARTS}

START = """
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int i, sink;
static char global[10], text[] = "eleven text";
static struct spinlock one, two;

/* As a function in assembler would: up to a frame's saved registers, which a backtrace needs. */
#ifdef __riscv
#define SAVED 16
#else
#define SAVED 0
#endif
__attribute__((noinline, no_sanitize_address)) static void unchecked(volatile char *from, volatile char *to)
{
    while (from < to)
        *from++ = 1;
}

static int deep(int n)
{
    volatile char a[500];
    a[n % 500] = 1;
    return deep(n + 1) + a[1]; // DEEP
}

static void take(void *lock)
{
    spin_lock(lock);
}

static void take_both(void *unused)
{
    (void)unused;
    spin_lock(&one);
    spin_lock(&two);
    spin_unlock(&two);
    spin_unlock(&one);
}
"""


def source():
    """Returns a program whose argument is the number of a fault, and the line of each."""
    text, lines = START, []
    for number, (code, _) in enumerate(BOTH.values()):
        text += f"\nstatic void fault{number}(void)\n{{\n"
        at = [n for n, line in enumerate(code.splitlines()) if "// HERE" in line]
        lines.append(text.count("\n") + at[0] + 1)
        text += code + ("\n" if code.endswith("} // HERE") else "\n}\n")
    text += "\nint main(int argc, char **argv)\n{\n    (void)global, (void)text, (void)take, (void)take_both, (void)two;\n"
    text += "    static void (*const faults[])(void) = {" + ", ".join(f"fault{n}" for n in range(len(BOTH))) + "};\n"
    text += "    if (argc == 1)\n        return deep(0);\n    faults[atoi(argv[argc - 1])]();\n    puts(\"nothing was found\");\n    return 0;\n}\n"
    return text, lines


def skip_unless(arch, compiler):
    why = why_no_kvm() if arch == "x86_64" else why_no_riscv()
    if why:
        pytest.skip(why)
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")


def make(folder, *words):
    return subprocess.run(["make", "-s", *words], cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Returns a function that builds a program with checks, once, and returns its image."""
    images = {}

    def build(name, text, check, arch, compiler, flags="-O2"):
        key = (name, check, arch, compiler, flags)
        if key not in images:
            skip_unless(arch, compiler)
            folder = tmp_path_factory.mktemp(name)
            (folder / f"{name}.c").write_text(text)
            (folder / "Makefile").write_text(f"GUEST = g\nSRCS = {name}.c\ninclude {ROOT}/guest-rt/guest.mk\n")
            words = [f"CHECK={check}", f"ARCH={arch}", f"CC={compiler}", f"CFLAGS=-w {flags}", "NO_LISTINGS=1"]
            result = make(folder, *words)
            assert result.returncode == 0 and result.stderr == "", result
            images[key] = folder / f"build/check-{check}/{arch}/g.elf"
        return images[key]

    return build


def compilers():
    yield "riscv64", "gcc", "-O2"
    yield "riscv64", "gcc", "-O0"
    yield "x86_64", "gcc", "-O2"
    yield "x86_64", "clang", "-O2"


@pytest.mark.parametrize("arch, compiler, flags", compilers())
@pytest.mark.parametrize("name", BOTH)
def test_fault(built, name, arch, compiler, flags):
    text, lines = source()
    number = list(BOTH).index(name)
    image = built("faults", text, 1, arch, compiler, flags)
    for harts in (4,) if name in HARTS else (1, 4):
        result = run("-c", harts, image, number)
        output = result.stdout.decode()
        assert result.returncode == DIED, result
        assert re.search(rf"\*\*\* check: faults\.c:{lines[number]}: .*{BOTH[name][1]}", output), output
        for function in (f"fault{number}", "main", "rt_start"):
            assert f" {function}" in result.stderr.decode(), result


STACK_FULL = "likely: the stack is full, and nothing is mapped below it"


@pytest.mark.parametrize("arch, compiler, flags", compilers())
def test_stack_overflow(built, arch, compiler, flags):
    """A page fault, in the function or in the check that it calls."""
    text, _ = source()
    line = text.split("// DEEP")[0].count("\n") + 1
    result = run(built("faults", text, 1, arch, compiler, flags))
    assert result.returncode == DIED and STACK_FULL in result.stderr.decode(), result
    callers = re.findall(r"called from 0x\w+ deep\+0x\w+ \(faults\.c:(\d+)\)", result.stderr.decode())
    assert len(callers) > 3 and set(callers[1:]) == {str(line)}, result


def test_document_has_each_fault():
    table = (ROOT / "docs/check.md").read_text()
    rows = dict(re.findall(r"^\| ([^|`]+) \| (.+) \|$", table, re.M))
    assert STACK_FULL in rows["stack overflow"]
    assert {name for name in BOTH if not re.search(BOTH[name][1], rows.get(name, ""))} == set()


# What two harts do to `data`, and whether it is a race. `HERE` and `THERE` are the two lines.
RACES = {
    "two writes": ("data = 1; // THERE", "data = 2; // HERE", True),
    "a write and a read": ("data = 1; // THERE", "sink = data; // HERE", True),
    "two reads": ("(void)data;", "(void)data;", False),
    "a byte of it": ("data = 1; // THERE", "((volatile char *)&data)[3] = 1; // HERE", True),
    "other bytes": ("((volatile char *)&data)[0] = 1;", "((volatile char *)&data)[3] = 1;", False),
    "different locks": (
        "spin_lock(&one);\ndata = 1; // THERE\nspin_unlock(&one);",
        "spin_lock(&two);\ndata = 2; // HERE\nspin_unlock(&two);",
        True,
    ),
    "one lock": (
        "spin_lock(&one);\ndata = 1;\nspin_unlock(&one);",
        "spin_lock(&one);\ndata = 2;\nspin_unlock(&one);",
        False,
    ),
    "atomic additions": (
        "__atomic_fetch_add(&data, 1, __ATOMIC_RELAXED);",
        "__atomic_fetch_add(&data, 1, __ATOMIC_RELAXED);",
        False,
    ),
    "atomic and plain": ("__atomic_fetch_add(&data, 1, __ATOMIC_SEQ_CST); // THERE", "data = 2; // HERE", True),
    "a flag": (
        "data = 1;\n__atomic_store_n(&flag, 1, __ATOMIC_RELEASE);",
        "while (!__atomic_load_n(&flag, __ATOMIC_ACQUIRE)) {}\nsink = data;",
        False,
    ),
    "a relaxed flag": (
        "data = 1; // THERE\n__atomic_store_n(&flag, 1, __ATOMIC_RELAXED);",
        "while (!__atomic_load_n(&flag, __ATOMIC_RELAXED)) {}\nsink = data; // HERE",
        True,
    ),
    "a byte as a flag": (
        "data = 1;\n__atomic_exchange_n(&small, 1, __ATOMIC_ACQ_REL);",
        "while (!__atomic_load_n(&small, __ATOMIC_ACQUIRE)) {}\nsink = data;",
        False,
    ),
    "a barrier": ("data = 1;\nbarrier_wait(&both);", "barrier_wait(&both);\nsink = data;", False),
    "after the barrier": ("barrier_wait(&both);\ndata = 1; // THERE", "barrier_wait(&both);\nsink = data; // HERE", True),
    "hart_join": ("data = 1;", "hart_join(1);\nsink = data;", False),
    "a block of malloc": ("*(int *)block = 1; // THERE", "*(int *)block = 2; // HERE", True),
    "a freed block": ("int *p = malloc(64);\np[3] = 1;\nfree(p);", "hart_join(1);\nint *p = malloc(64);\np[3] = 2;\nfree(p);", False),
}

RACE_START = """
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int data, sink, flag;
static volatile unsigned char small;
static struct spinlock one, two;
static struct barrier both = {.count = 2};
static void *volatile block;
"""


def races():
    """Returns a program whose argument is the number of a race, and both lines of each."""
    text, lines = RACE_START, []
    for number, (there, here, _) in enumerate(RACES.values()):
        at = {}
        for name, body in (("there", there), ("here", here)):
            text += f"\nstatic void {name}{number}(void *unused)\n{{\n(void)unused;\n"
            for line in body.splitlines():
                text += line + "\n"
                if "HERE" in line:
                    at[name] = text.count("\n")
            text += "}\n"
        lines.append(at)
    for name in ("there", "here"):
        text += f"\nstatic void (*const {name}[])(void *) = {{" + ", ".join(f"{name}{n}" for n in range(len(RACES))) + "};\n"
    text += "\nint main(int argc, char **argv)\n{\n    int n = atoi(argv[argc - 1]);\n    block = malloc(8);\n"
    text += "    (void)flag, (void)small, (void)one, (void)two, (void)both;\n"
    text += "    hart_start(1, there[n], NULL);\n    here[n](NULL);\n    hart_join(1);\n    puts(\"the end\");\n    return 0;\n}\n"
    return text, lines


@pytest.mark.parametrize("arch, compiler", [("riscv64", "gcc"), ("x86_64", "gcc"), ("x86_64", "clang")])
@pytest.mark.parametrize("name", RACES)
def test_race(built, name, arch, compiler):
    """Both lines are told, whichever hart is the second; where there is no race, nothing is found."""
    text, lines = races()
    number = list(RACES).index(name)
    image = built("races", text, "race", arch, compiler)
    for options in (["-c4"],) if arch == "x86_64" else [["-c4", f"--seed={seed}"] for seed in (1, 2, 3)]:
        result = run(*options, "--timeout=30", image, number)
        output = result.stdout.decode()
        if not RACES[name][2]:
            assert (result.returncode, output) == (0, "the end\n"), result
            continue
        told = re.search(r"\*\*\* check: races\.c:(\d+): data race at .* by hart \d, and .* by hart \d at races\.c:(\d+)", output)
        assert result.returncode == DIED and told, result
        assert sorted(map(int, told.groups())) == sorted(lines[number].values()), output


# Guests without a fault: their rows of the manifest hold with checks. Not here: guests whose fault is
# the purpose, those in assembler, and those that measure themselves.
SHORT = "hello args clock primes sum tests/status tests/bytes tests/sleep_in_tick".split()
LONG = (
    "echo lost tests/libc tests/timer tests/harts tests/language tests/cxx tests/print_in_tick tests/questions tests/abi"
).split()
CLEAN = SHORT + LONG
# In C these have data races: harts wait for volatile variables of others.
RACY = ("tests/harts", "tests/questions")
CLEAN_ROWS = [
    pytest.param(row, backend, check, id=f"{backend}-{check}-{row}")
    for row in MANIFEST
    for backend in row.backends
    for check in ("1", "race")
    if row.guest in CLEAN and backend in MISSING
    if not (check == "race" and row.guest in RACY)
]


def too_long(arch, name):
    return PVM and arch == "x86_64" and name in LONG


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Returns a function that builds the guests without a fault for a machine with checks, once."""
    folder = tmp_path_factory.mktemp("clean")

    def images(arch, check):
        top = folder / f"check-{check}/guests/{arch}"
        names = [name for name in CLEAN if not too_long(arch, name)]
        paths = [str(top / f"{name}.elf") for name in names]
        if not (top / f"{names[-1]}.elf").exists():
            result = make(ROOT, f"ARCH={arch}", f"CHECK={check}", f"BUILD={folder}", "NO_LISTINGS=1", *paths)
            assert result.returncode == 0 and result.stderr == "", result
        return top

    return images


@pytest.mark.parametrize("row, backend, check", CLEAN_ROWS)
def test_no_finding(clean, row, backend, check):
    """The exits are not counted: a check of the machine's clock takes longer."""
    reason = MISSING[backend] or row.skip()
    if reason:
        pytest.skip(reason)
    if too_long(ARCH[backend], row.guest):
        pytest.skip("kvm_pvm emulates each instruction at CPL 0: this guest would take minutes")
    row = dataclasses.replace(row, budget=0)
    image = clean(ARCH[backend], check) / f"{row.guest}.elf"
    result = run(*command(row, backend, image), stdin=row.stdin)
    wrong = mismatch(row, result.returncode, result.stdout.decode(), result.stderr.decode())
    assert wrong is None, wrong


@pytest.mark.parametrize("check", ["1", "race"])
def test_no_finding_in_benchmarks(tmp_path, check):
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    names = ("integer", "memory", "hypercall", "compare")
    top = tmp_path / f"check-{check}/guests/riscv64/bench"
    words = ("ARCH=riscv64", f"CHECK={check}", f"BUILD={tmp_path}", "NO_LISTINGS=1")
    assert make(ROOT, *words, *(str(top / f"{name}.elf") for name in names)).returncode == 0
    for name in names:
        result = run(top / f"{name}.elf")
        assert result.returncode == 0 and b"***" not in result.stdout, result


def test_lost(clean):
    """The race of guests/lost.c is told with both lines, whatever the order of the harts."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    image = clean("riscv64", "race") / "lost.elf"
    at = (ROOT / "guests/lost.c").read_text().split("counter = counter + 1;")[0].count("\n") + 1
    for seed in range(1, 6):
        result = run("-c4", f"--seed={seed}", image)
        words = rf"\*\*\* check: lost\.c:{at}: data race at .* by hart \d, and .* by hart \d at lost\.c:{at}: "
        assert result.returncode == DIED and re.search(words, result.stdout.decode()), result
        assert "count+0x" in result.stderr.decode() and f"(lost.c:{at})" in result.stderr.decode()


def test_words_of_check_mk(tmp_path):
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = g.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    (tmp_path / "g.c").write_text("int main(void)\n{ return 0; }\n")
    for check in ("1", "race"):
        words = f"CHECK={check}: only the C library here has checks, not LIBC=picolibc: leave one of them out."
        assert words in make(tmp_path, "ARCH=riscv64", f"CHECK={check}", "LIBC=picolibc").stderr
    assert "CHECK=yes: 1 or race expected" in make(tmp_path, "ARCH=x86_64", "CHECK=yes").stderr
    assert "CHECK=1 cannot check it" in make(ROOT, "CHECK=1", f"BUILD={tmp_path}", f"{tmp_path}/check-1/guests/x86_64/labos.elf").stderr
    if shutil.which("clang") and shutil.which("ld.lld") and shutil.which("llvm-ar"):
        result = make(tmp_path, "ARCH=riscv64", "CC=clang", "CHECK=1")
        assert result.returncode == 0 or "cannot check guests for riscv64: use gcc" in result.stderr, result


def test_more_memory_than_the_shadow(built):
    image = built("faults", source()[0], 1, "riscv64", "gcc")
    result = run("-m", 256, image, 0)
    assert (result.returncode, result.stdout) == (1, b"CHECK=1 checks at most 128 MiB of RAM: run labvisor with -m 128\n")
    assert run("-m", 128, image, 0).returncode == DIED


def test_builds_do_not_mix(tmp_path):
    """A guest with checks and one without stand side by side; neither is linked from the other's objects."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = g.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    (tmp_path / "g.c").write_text("#include <stdio.h>\nint main(int argc, char **argv)\n{ (void)argv; printf(\"%d\\n\", 1 << (argc + 30)); return 0; }\n")
    for words, folder, status in (([], "build", 0), (["CHECK=1"], "build/check-1", DIED), ([], "build", 0)):
        assert make(tmp_path, "ARCH=riscv64", *words).returncode == 0
        assert run(tmp_path / folder / "riscv64/g.elf", "a").returncode == status

# SPDX-License-Identifier: MIT
"""Floating point in guests."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from conftest import BACKEND, DIED, IMAGE, ROOT, needs_kvm, run, why_no_qemu

COMPILERS = ["gcc", "clang"]
pytestmark = pytest.mark.skipif(
    not (ROOT / "build/guests/riscv64/hello.elf").exists(), reason="no compiler for RISC-V guests here"
)


def make(folder, *args):
    return subprocess.run(["make", *args], cwd=folder, capture_output=True, text=True, timeout=300)


def try_build(folder, source, compiler, *args, arch, sources=()):
    if compiler == "clang" and not all(map(shutil.which, ["clang", "ld.lld", "llvm-ar"])):
        pytest.skip("clang for RISC-V is not installed")
    (folder / "g.c").write_text(source)
    names = " ".join(["g.c", *sources])
    (folder / "Makefile").write_text(f"GUEST = g\nSRCS = {names}\ninclude {ROOT}/guest-rt/guest.mk\n")
    return make(folder, f"ARCH={arch}", f"CC={compiler}", *args)


def build(folder, source, compiler, *args, arch="riscv64", sources=()):
    """Builds a guest as in a folder of its own. Returns the image."""
    result = try_build(folder, source, compiler, *args, arch=arch, sources=sources)
    assert (result.returncode, result.stderr) == (0, ""), result
    return folder / f"build/{arch}/g.elf"


def series(terms):
    total = 0.0
    for i in range(1, terms + 1):
        total += 1.0 / (float(i) * i)
    return total


GUEST = """
#include <guest.h>
#include <setjmp.h>
#include <stdio.h>

static double in_ticks;
static volatile int ticks;

static double series(int terms)
{
    double sum = 0;

    for (int i = 1; i <= terms; i++)
        sum += 1.0 / ((double)i * i);
    return sum;
}

/* Changes what belongs to the code that it interrupts: the rounding mode, the flags. */
static void tick(void)
{
    in_ticks += series(100 + ticks);
    __asm__ volatile("csrwi frm, 3; csrwi fflags, 31");
    ticks++;
}

/* A register that calls preserve. */
static double after_longjmp(double value)
{
    jmp_buf back;

    __asm__ volatile("fmv.d fs3, %0" : : "f"(value) : "fs3");
    if (setjmp(back) == 0) {
        __asm__ volatile("fmv.d.x fs3, zero" : : : "fs3");
        longjmp(back, 1);
    }
    __asm__ volatile("fmv.d %0, fs3" : "=f"(value));
    return value;
}

static void on_another_hart(void *sum)
{
    *(double *)sum = series(1000);
}

int main(void)
{
    double first = series(1000), second = 0;
    unsigned long flags;
    int different = 0;

    timer_every(100 * NS_PER_US, tick);
    while (ticks < 20)
        different += series(1000) != first;
    timer_stop();
    hart_start(1, on_another_hart, &second);
    hart_join(1);
    different += second != first;
    __asm__ volatile("csrr %0, fcsr" : "=r"(flags));
    printf("%ld %ld %ld %d %lx\\n", (long)(first * 1e12), (long)(in_ticks * 1e12),
           (long)(after_longjmp(2) * 1e12), different, flags);
    return 0;
}
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_harts_ticks_and_longjmp(tmp_path, compiler):
    """In main, in a tick that interrupts it, and on another hart."""
    image = build(tmp_path, GUEST, compiler)
    assert "fdiv.d" in image.with_suffix(".asm").read_text()
    in_ticks = 0.0
    for tick in range(20):
        in_ticks += series(100 + tick)
    values = [int(v * 1e12) for v in (series(1000), in_ticks, 2)]
    expected = f"{values[0]} {values[1]} {values[2]} 0 1\n"  # the flag is main's: inexact
    assert run("-c", 2, image).stdout.decode() == expected


FIRST_USE = """
#include <guest.h>
#include <stdio.h>

static volatile int ticks;

static void tick(void)
{
    __asm__ volatile("fmv.d.x fa0, %0; csrwi frm, 3; csrwi fflags, 31" ::"r"(-1l) : "fa0");
    ticks++;
}

/* Returns sstatus' field for floating point. */
static unsigned state(void)
{
    unsigned long sstatus;

    __asm__ volatile("csrr %0, sstatus" : "=r"(sstatus));
    return sstatus >> 13 & 3;
}

static bool on_trap(struct trap *trap)
{
    __asm__ volatile("fmv.d.x fa0, zero" ::: "fa0");
    trap->pc += 4;
    return true;
}

int main(void)
{
    unsigned before = state(), after, used;
    unsigned long fcsr, value;

    timer_every(100 * NS_PER_US, tick);
    while (ticks < 3)
        irq_wait();
    timer_stop();
    after = state();
    __asm__ volatile("csrr %0, fcsr" : "=r"(fcsr));
    trap_set_handler(TRAP_ILLEGAL_INSTRUCTION, on_trap);
    __asm__ volatile("fmv.d.x fa0, %1; .word 0; fmv.x.d %0, fa0" : "=r"(value) : "r"(123l) : "fa0");
    used = state();
    printf("%u %u %lx %ld %u\\n", before, after, fcsr, value, used);
    trap_set_handler(TRAP_ILLEGAL_INSTRUCTION, NULL);
    __asm__ volatile("fmv.d.x ft11, %0; .word 0" ::"r"(0x1234567812345678));
    return 0;
}
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_registers_are_saved_from_their_first_use_on(tmp_path, compiler):
    """A tick that uses them does not make the code that it interrupts pay. A dying guest shows them."""
    result = run(build(tmp_path, FIRST_USE, compiler))
    first, *rest = result.stdout.decode().splitlines()
    assert first == "1 1 0 123 3"  # 1: initial; 3: dirty
    assert any(re.search(r"f31 1234567812345678$", line) for line in rest), rest


def test_without_floating_point(tmp_path):
    """A guest may choose a hart that has none."""
    source = '#include <stdio.h>\nint main(void)\n{ printf("%d\\n", 7); return 0; }\n'
    image = build(tmp_path, source, "gcc", "CFLAGS=-march=rv64imac_zicsr_zifencei -mabi=lp64")
    assert not re.search(r"^ +[0-9a-f]+:.*\t(fsd|fscsr)\t", image.with_suffix(".asm").read_text(), re.M)
    assert run(image).stdout == b"7\n"


SWITCH = """
#include "tasks.h"
#include <stdio.h>

static struct context first, second;
static unsigned char stack[8192] __attribute__((aligned(16)));

static void other(void)
{
    for (;;) {
        __asm__ volatile("fmv.d.x fs0, zero; fmv.d.x fs11, zero" ::: "fs0", "fs11");
        context_switch(&second, &first);
    }
}

int main(void)
{
    unsigned long a, b;

    second.ra = (unsigned long)other;
    second.sp = (unsigned long)(stack + sizeof(stack));
    __asm__ volatile("fmv.d.x fs0, %0; fmv.d.x fs11, %1" ::"r"(5l), "r"(6l) : "fs0", "fs11");
    context_switch(&first, &second);
    __asm__ volatile("fmv.x.d %0, fs0; fmv.x.d %1, fs11" : "=r"(a), "=r"(b));
    printf("%ld %ld\\n", a, b);
    return 0;
}
"""


def test_tasks_of_a_lab(tmp_path):
    folder = ROOT / "labs/08-timers/guest"
    for name in ("tasks.h", "shared/context.c"):
        shutil.copy(folder / name, tmp_path)
    image = build(tmp_path, SWITCH, "gcc", sources=["context.c"])
    assert run(image).stdout == b"5 6\n"


PROGRAM = """
#include <stdio.h>
#include <stdlib.h>

/* Adds up the same sum again and again, while the other process does so with another step. */
int main(int argc, char **argv)
{
    int step = argc > 1 ? atoi(argv[1]) : 0;
    double sum = 0, first = 0;
    unsigned long at_start, fcsr;
    int different = 0;

    __asm__ volatile("fmv.x.d %0, fs5" : "=r"(at_start));
    __asm__ volatile("csrw frm, %0" ::"r"(step));
    for (int round = 0; round < 60; round++) {
        sum = 0;
        for (int i = 1; i < 20000; i++)
            sum += 1.0 / (i * step);
        if (round == 0)
            first = sum;
        different += sum != first;
    }
    __asm__ volatile("csrr %0, frm" : "=r"(fcsr));
    __asm__ volatile("fmv.d.x fs5, %0" ::"r"(-1l));
    printf("program %d: %d %lx %lu\\n", step, different, at_start, fcsr);
    return 0;
}
"""


def test_processes_of_labos(tmp_path):
    """Each has its own registers, which are 0 at its start."""
    shutil.copytree(ROOT / "guests/labos", tmp_path / "labos")
    (tmp_path / "labos/programs/fact.c").write_text(PROGRAM)
    image = tmp_path / "build/guests/riscv64/labos.elf"
    result = make(ROOT, "-s", "NO_LISTINGS=1", "ARCH=riscv64", f"BUILD={tmp_path}/build", f"LABOS={tmp_path}/labos", image)
    assert result.returncode == 0, result
    screen = run(image, stdin=b"fact 1 &\nfact 2\nfact 3\nps\n").stdout.decode()
    for step in (1, 2, 3):
        assert f"program {step}: 0 0 {step}" in screen, screen


CASES = ROOT / "tests/float/cases.c"
KINDS = ("printf", "strtod", "scanf", "math", "integers", "malloc")
CASE_COUNT = int(os.environ.get("FLOAT_CASES", 2000))  # 100000: the whole


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Returns what the host's C library prints."""
    program = tmp_path_factory.mktemp("host") / "cases"
    subprocess.run(["cc", "-std=gnu11", "-O1", "-Wno-format", "-o", program, CASES, "-lm"], check=True)
    return lambda *args: subprocess.run([program, *map(str, args)], capture_output=True, check=True).stdout


@pytest.fixture(scope="module", params=COMPILERS)
def cases(request, tmp_path_factory):
    return build(tmp_path_factory.mktemp("cases"), CASES.read_text(), request.param, "CFLAGS=-Wno-format")


@pytest.mark.parametrize("kind", KINDS)
def test_as_the_host(cases, expected, kind):
    """Random calls return, to the bit, what those of the host's C library return."""
    args = (kind, 20261127, CASE_COUNT)
    wanted = expected(*args)
    assert wanted.count(b"\n") >= CASE_COUNT
    got = run(cases, *args, timeout=600).stdout
    for line, (ours, theirs) in enumerate(zip(got.split(b"\n"), wanted.split(b"\n"), strict=True)):
        assert ours == theirs, f"line {line + 1}"


X86_GUEST = """
#include <guest.h>
#include <math.h>
#include <stdio.h>

static volatile double in_ticks;
static volatile int ticks;

static void tick(void)
{
    in_ticks += sqrt(ticks);
    __asm__ volatile("fninit; fld1; movq %0, %%xmm7" ::"r"(-1l) : "xmm7");
    ticks++;
}

static double series(void)
{
    double sum = 0;

    for (int i = 1; i <= 1000; i++)
        sum += 1.0 / ((double)i * i);
    return sum;
}

static void on_another_hart(void *sum)
{
    *(double *)sum = series();
}

int main(void)
{
    double first = series(), second = 0;
    long double third = 1;
    int different = 0;

    timer_every(NS_PER_MS, tick);
    while (ticks < 20) {
        different += series() != first;
        third = third * 3 / 3;
    }
    timer_stop();
    hart_start(1, on_another_hart, &second);
    hart_join(1);
    different += second != first;
    printf("%.17g %d %d %Lg\\n", first, different, in_ticks > 57, third);
    return 0;
}
"""


def of_x86(folder, source, compiler="gcc"):
    if not (ROOT / "build/guests/x86_64/hello.elf").exists():
        pytest.skip("no compiler for x86-64 guests here")
    return build(folder, source, compiler, "FLOAT=1", "CFLAGS=-Wno-format", arch="x86_64")


@needs_kvm
@pytest.mark.parametrize("compiler", COMPILERS)
def test_x86(tmp_path, compiler):
    """It runs, or this KVM cannot run SSE at CPL 0, and labvisor says so before the guest starts."""
    image = of_x86(tmp_path, X86_GUEST, compiler)
    result = run("-c", 2, image)
    if result.returncode == BACKEND:
        assert b"g.elf: built with FLOAT=1, but this machine's KVM does not run SSE at CPL 0" in result.stderr, result
        assert result.stdout == b""
    else:
        assert result.stdout.decode() == f"{series(1000):.17g} 0 1 1\n", result


@pytest.fixture
def on_stock_kvm(tmp_path):
    """Returns a function that runs an image on a KVM that can run SSE in a guest's kernel mode."""
    if why_no_qemu("stock"):
        pytest.skip(why_no_qemu("stock"))
    shipped = ROOT / "build/qemu/x86_64"
    folder = tmp_path / "build/guests/x86_64"
    machine = tmp_path / "build/qemu/x86_64"
    folder.mkdir(parents=True)
    machine.mkdir(parents=True)
    shutil.copy(shipped / "initramfs", machine)

    def run_there(image, *args, options=(), timeout=120):
        shutil.copy(image, folder / "g.elf")
        boot = [sys.executable, ROOT / "qemu/boot.py", "x86_64", shipped / "kernel", machine / "initramfs", "guest"]
        words = [*boot, "g", *options, "--", *map(str, args)]
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)

    return run_there


def test_x86_on_stock_kvm(tmp_path, on_stock_kvm):
    """In ticks, and on another hart."""
    shown = on_stock_kvm(of_x86(tmp_path, X86_GUEST), options=("-c", "2"))
    assert shown.stdout.decode() == f"{series(1000):.17g} 0 1 1\n", shown


@pytest.mark.parametrize("kind", KINDS)
def test_as_the_host_on_stock_kvm(tmp_path, on_stock_kvm, expected, kind):
    args = (kind, 20261128, CASE_COUNT)
    shown = on_stock_kvm(of_x86(tmp_path, CASES.read_text(), "clang"), *args, timeout=1200)
    assert (shown.returncode, shown.stdout.split(b"\n")) == (0, expected(*args).split(b"\n")), shown.stderr


READS_NONE = "scanf: a guest reads no long double: use %lf and a double"

CHECKED = """
#include <math.h>
#include <stdio.h>

static volatile int by = %d;

int main(void)
{
    double a[4] = {1, 2, 3, 4};
    volatile double *p = a;

    printf("%%.3f\\n", sqrt(p[by])); // HERE
    return 0;
}
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_x86_with_checks(tmp_path, on_stock_kvm, compiler):
    line = CHECKED.split("// HERE")[0].count("\n") + 1
    for by, status, words in ((1, 0, "^1.414\n$"), (5, DIED, f"check: g.c:{line}: read of 8 bytes .* 8 bytes past the 32 bytes of a on the stack")):
        result = try_build(tmp_path, CHECKED % by, compiler, "FLOAT=1", "CHECK=1", arch="x86_64")
        assert (result.returncode, result.stderr) == (0, ""), result
        shown = on_stock_kvm(tmp_path / "build/check-1/x86_64/g.elf")
        assert shown.returncode == status and re.search(words, shown.stdout.decode()), shown


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("body", ["v = v * 2;", "v = strtod(argv[0], 0);", "v = argc;"])
def test_x86_without_it(tmp_path, compiler, body):
    """The use of a double is an error that names FLOAT=1."""
    source = "#include <stdlib.h>\nstatic volatile double v = 1.5;\nint main(int argc, char **argv)\n"
    source += f"{{ (void)argc, (void)argv; {body} return v > 1; }}\n"
    result = try_build(tmp_path, source, compiler, arch="x86_64")
    assert result.returncode != 0
    assert re.search(r"^(g\.c|build/x86_64/g\.elf): floating point on x86: build the guest with make FLOAT=1$", result.stderr, re.M), result
    result = try_build(tmp_path, source.replace("double", "nothing"), compiler, arch="x86_64")
    assert result.returncode != 0 and "FLOAT=1" not in result.stderr  # another error


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(
    "body",
    [
        'printf("%f", 1.5)',
        'printf("%g", v)',
        'say("%g %d", 1, flag ? 1.5 : v, 2)',
        'printf("%Lf", 1.5L)',
        'say("%Lg %d", 1, great, 2)',
        "(great = 2, 1)",
        'sscanf(*argv, "%lf", &v)',
        'sscanf(*argv, "%d %f", &flag, &some->small)',
        'sscanf(*argv, "%Lf", &great)',
    ],
)
def test_x86_passes_it_on_without(tmp_path, compiler, body):
    """Compilers pass such numbers to such functions without a word."""
    source = "#include <stdio.h>\n__attribute__((noinline)) int say(const char *format, int n, ...);\nint say(const char *format, int n, ...) { return format[n]; }\n"
    source += "double v = 1.5;\nlong double great;\nstruct { float small; } some[1];\n"
    source += "int main(int flag, char **argv)\n{ (void)argv; return flag + " + body + "; }\n"
    result = try_build(tmp_path, source, compiler, arch="x86_64")
    assert result.returncode != 0
    assert re.search(f"^g.c: (floating point on x86: build the guest with make FLOAT=1|{READS_NONE})$", result.stderr, re.M), result
    assert not (tmp_path / "build/x86_64/g.c.o").exists()
    assert (try_build(tmp_path, source, compiler, "FLOAT=1", arch="x86_64").returncode == 0) == ("&great" not in body)
    # A constant of the compiler's, and words.
    whole = source.replace(body, 'printf("%d 1.5e+0 double", (int)(0.5 * 100)) + sscanf("1", "%d", &flag)')
    assert try_build(tmp_path, whole, compiler, arch="x86_64").returncode == 0


@needs_kvm
@pytest.mark.parametrize("compiler", COMPILERS)
def test_x86_prints_without_it(tmp_path, compiler):
    """A directive without such an argument, which no compiler needs to know."""
    source = '#include <stdio.h>\nint main(int n, char **argv)\n{ const char *volatile form = "a %d %f\\n"; (void)argv; printf(form, n, 2l); return 0; }\n'
    result = run(build(tmp_path, source, compiler, arch="x86_64"))
    assert b"printf: a floating-point number, but the guest is built without: on x86, make FLOAT=1\n" in result.stdout
    assert result.returncode == DIED


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_long_double_is_read(tmp_path, compiler):
    """Neither by strtold nor by scanf, as make says."""
    source = "#include <stdio.h>\nlong double strtold(const char *, char **);\nint main(void)\n{ long double n = 0; long i = 0; double d = 0; %s; return i && d; }\n"
    result = try_build(tmp_path, source % 'n = strtold("1", 0)', compiler, arch="riscv64")
    assert result.returncode != 0 and "\nstrtold: a guest reads no long double: use strtod\n" in result.stderr, result
    result = try_build(tmp_path, source % 'sscanf("1", "%ld %Lf", &i, &n)', compiler, arch="riscv64")
    assert result.returncode != 0 and f"g.c: {READS_NONE}\n" in result.stderr, result
    result = try_build(tmp_path, source % 'sscanf("1", "%ld %lf", &i, &d), printf("%Lf", n)', compiler, arch="riscv64")
    assert result.returncode == 0, result


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(
    "body, words",
    [
        ("long double n = argc; return n / 3 > 1;", "a guest does not compute with long double on RISC-V, whose CPU cannot: use double"),
        ("long double n = argc; return n * n > 1;", "a guest does not compute with long double on RISC-V, whose CPU cannot: use double"),
        ("_Complex double n = argc; return n * n / 3 == 1;", "a guest does not multiply or divide complex numbers: compute with their parts"),
    ],
)
def test_what_the_linker_misses(tmp_path, compiler, body, words):
    result = try_build(tmp_path, "int main(int argc, char **argv)\n{ (void)argv; %s }\n" % body, compiler, arch="riscv64")
    assert result.returncode != 0 and re.search(f"^__\\w+: {words}$", result.stderr, re.M), result


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_format_reads_one(tmp_path, compiler):
    """A directive that no compiler sees."""
    source = '#include <stdio.h>\nint main(void)\n{ const char *volatile form = "%Lf"; long double n; return sscanf("1", form, &n); }\n'
    result = run(build(tmp_path, source, compiler))
    assert result.returncode == DIED and f"{READS_NONE}\n".encode() in result.stdout, result


def test_an_unknown_need(tmp_path):
    """A guest that needs what a newer labvisor has."""
    image = of_x86(tmp_path, "int main(void)\n{ return 0; }\n")
    data = image.read_bytes()
    note = b"\x02\0\0\0Labvisor\0\0\0\0" + b"\x01\0\0\0"
    assert data.count(note) == 1
    image.write_bytes(data.replace(note, note[:-4] + b"\x05\0\0\0"))
    result = run(image)
    assert result.returncode == IMAGE and b"(bits 0x4 of its note): use a newer one" in result.stderr

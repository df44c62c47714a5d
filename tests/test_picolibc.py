# SPDX-License-Identifier: MIT
"""LIBC=picolibc: another C library for a guest, with this runtime's timers, harts and traps."""

import pathlib
import shutil
import subprocess

import pytest

from conftest import DIED, LABVISOR, ROOT, guest, run, why_no_riscv
from test_compilers import make
from test_console import read_until

PICOLIBC = pathlib.Path("/usr/lib/picolibc/riscv64-unknown-elf/include/stdio.h")

# Its expected output is the host's for the same conversions.
TEXT = r"""
#include <errno.h>
#include <guest.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile unsigned ticks;
static jmp_buf back;
static int *volatile nowhere = (int *)8;

static void tick(void)
{
    ticks++;
}

static void bye(void)
{
    printf("bye\n");
}

__attribute__((destructor)) static void drop(void)
{
    printf("destructor\n");
}

static void square(void *number)
{
    *(double *)number *= *(double *)number;
}

int main(int argc, char **argv)
{
    volatile double two = 2;
    double other = 1.5;
    char line[100];

    atexit(bye);
    printf("%s %d %.3f %.6e %g\n", argv[argc - 1], argc, pow(two, 0.5), sin(two), log10(two));
    while (fgets(line, sizeof(line), stdin))
        printf("%f\n", strtod(line, NULL));
    for (int i = 0; i < 100; i++) {
        char *block = malloc(1 << 20);

        memset(block, 1, 1 << 20);
        free(block);
    }
    printf("%d %d\n", malloc((size_t)1 << 40) == NULL, errno == ENOMEM);
    if (setjmp(back) == 0)
        longjmp(back, 1);
    timer_every(NS_PER_MS, tick);
    sleep_ns(5 * NS_PER_MS + NS_PER_US);
    timer_stop();
    hart_start(1, square, &other);
    hart_join(1);
    printf("%d %.2f\n", ticks >= 4, other);
    return argc == 3 ? *nowhere : 3;
}
"""


def build(folder, *words, text=TEXT):
    (folder / "g.c").write_text(text)
    (folder / "Makefile").write_text(f"GUEST = g\nSRCS = g.c\nLIBC ?= picolibc\ninclude {ROOT}/guest-rt/guest.mk\n")
    return make("-s", *words, cwd=folder)


def skip_without(cc="gcc"):
    if why_no_riscv() or not PICOLIBC.exists():
        pytest.skip(why_no_riscv() or "picolibc-riscv64-unknown-elf is not installed")
    if not shutil.which(cc) or (cc == "clang" and not shutil.which("ld.lld")):
        pytest.skip(f"{cc} and its linker are not installed")


@pytest.mark.parametrize("flags", ["-O0", "-O2", "-march=rv64gc -mabi=lp64d"])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_picolibc(tmp_path, cc, flags):
    skip_without(cc)
    result = build(tmp_path, "ARCH=riscv64", f"CC={cc}", f"CFLAGS={flags}")
    assert result.returncode == 0 and result.stderr == "", result
    command = ["--backend=soft", "-c2", tmp_path / "build/riscv64/g.elf", "last"]
    result = run(*command, stdin=b"1.5\n-2e3\n")
    expected = "last 2 1.414 9.092974e-01 0.30103\n1.500000\n-2000.000000\n1 1\n1 2.25\nbye\ndestructor\n"
    assert (result.returncode, result.stdout.decode()) == (3, expected), result
    result = run(*command, "dies")
    assert result.returncode == 116 and b"*** page fault (cause 13)" in result.stdout and b"main+" in result.stderr, result


def test_keys_with_a_time_limit(tmp_path):
    skip_without()
    for name in ("keys.c", "check.h"):
        shutil.copy(ROOT / "guests/tests" / name, tmp_path)
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = keys.c\nLIBC = picolibc\ninclude {ROOT}/guest-rt/guest.mk\n")
    assert make("-s", "ARCH=riscv64", cwd=tmp_path).returncode == 0
    command = [LABVISOR, "--backend=soft", tmp_path / "build/riscv64/g.elf", "wait"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        read_until(process.stdout.fileno(), b"ready\n")
        process.stdin.write(b"a")
        read_until(process.stdout.fileno(), b"1: a\n")
        process.stdin.close()
        assert process.stdout.read() == b"the end\n" and process.wait() == 0


SMALL = """
#include <stdio.h>
#include <time.h>
int main(void)
{
    time_t now = time(NULL);
    printf("%d %s", clock() < CLOCKS_PER_SEC, asctime(gmtime(&now)));
    return 0;
}
"""


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_clocks_without_atexit(tmp_path, cc):
    """On soft a VM starts in the year 2000."""
    skip_without(cc)
    result = build(tmp_path, "ARCH=riscv64", f"CC={cc}", text=SMALL)
    assert result.returncode == 0 and result.stderr == "", result
    assert run("--backend=soft", tmp_path / "build/riscv64/g.elf").stdout == b"1 Sat Jan  1 00:00:00 2000\n"


AT_ONCE = """
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile unsigned wrong;

static void work(void *unused)
{
    unsigned char *blocks[16] = {0}, mine = (unsigned char)(hart_id() + 1);

    (void)unused;
    for (int i = 0; i < 2000; i++) {
        size_t size = (size_t)(i * 7 % 200 + 1);
        unsigned char *old = blocks[i % 16], *new = malloc(size);

        if (old && *old != mine)
            wrong = 1;
        free(old);
        memset(new, mine, size);
        blocks[i % 16] = new;
    }
}

int main(void)
{
    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, work, NULL);
    work(NULL);
    for (unsigned i = 1; i < hart_count(); i++)
        hart_join(i);
    puts(wrong ? "wrong" : "right");
    abort();
}
"""


def test_malloc_of_harts(tmp_path):
    """At once. abort ends the guest as a trap does."""
    skip_without()
    assert build(tmp_path, "ARCH=riscv64", text=AT_ONCE).returncode == 0
    for seed in range(1, 6):
        result = run("--backend=soft", "-c4", f"--seed={seed}", "--timeout=30", tmp_path / "build/riscv64/g.elf")
        assert (result.returncode, result.stdout) == (DIED, b"right\n") and b"it called abort" in result.stderr, result


def test_refused_in_words(tmp_path):
    if guest("hello", "x86_64").exists():
        result = build(tmp_path, "ARCH=x86_64")
        assert result.returncode == 2 and "LIBC=picolibc: picolibc is only for RISC-V here: give ARCH=riscv64." in result.stderr, result
        result = build(tmp_path, "ARCH=x86_64", "LIBC=glibc")
        assert result.returncode == 2 and "LIBC=glibc: picolibc expected, or nothing." in result.stderr, result
    if not why_no_riscv():
        result = build(tmp_path, "ARCH=riscv64", "PICOLIBC=/nowhere")
        assert result.returncode == 2 and "/nowhere is missing: install picolibc-riscv64-unknown-elf." in result.stderr, result


def test_two_libraries_in_one_folder(tmp_path):
    """Everything is built again, with the other headers."""
    skip_without()
    (tmp_path / "g.c").write_text('#include <stdio.h>\nint main(void)\n{\n    printf("%d\\n", (int)sizeof(FILE *) + BUFSIZ);\n    return 0;\n}\n')
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = g.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    seen = []
    for libc in ("", "picolibc", ""):
        assert make("-s", "ARCH=riscv64", f"LIBC={libc}", cwd=tmp_path).returncode == 0
        seen.append(run("--backend=soft", tmp_path / "build/riscv64/g.elf").stdout)
    assert seen[0] == seen[2] == b"4104\n" and seen[1] not in (b"", seen[0])

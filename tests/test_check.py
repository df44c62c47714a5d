# SPDX-License-Identifier: MIT
"""Guests with checks (docs/check.md): each fault that is planted is told, with its line; and guests
without a fault are as they are without checks."""

import re
import shutil
import subprocess

import pytest

from conftest import ROOT, run, why_no_kvm, why_no_riscv
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
        text += code + "\n}\n"
    text += "\nint main(int argc, char **argv)\n{\n    (void)global, (void)text, (void)take, (void)take_both, (void)two;\n"
    text += "    static void (*const faults[])(void) = {" + ", ".join(f"fault{n}" for n in range(len(BOTH))) + "};\n"
    text += "    faults[atoi(argv[argc - 1])]();\n    puts(\"nothing was found\");\n    return 0;\n}\n"
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

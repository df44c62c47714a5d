# SPDX-License-Identifier: MIT
"""
The figures of the runtime: guest instructions, counted on soft. They are the same in each run.

Beside them, if it is installed, those of picolibc, a C library for small machines.
"""

import ctypes
import subprocess

from measure import BUILD, LABVISOR, add_figure

GUESTS = BUILD / "guests"
RUNTIME = GUESTS / "riscv64/bench/riscv64/runtime.elf"
PICOLIBC = BUILD / "bench/picolibc.elf"
ITEMS = 10000  # guests/bench/riscv64/runtime.c

TARGETS = {
    "rt_memcpy_64": ("<=", 0.5 * 64),
    "rt_memcpy_4096": ("<=", 0.5 * 4096),
    "rt_memcpy_unaligned_64": ("<=", 0.5 * 64),
    "rt_memcpy_unaligned_4096": ("<=", 0.5 * 4096),
    "rt_memset_64": ("<=", 0.5 * 64),
    "rt_memset_4096": ("<=", 0.5 * 4096),
    "rt_memset_unaligned_64": ("<=", 0.5 * 64),
    "rt_memset_unaligned_4096": ("<=", 0.5 * 4096),
    "rt_memcmp_64": ("<=", 64),
    "rt_memcmp_4096": ("<=", 4096),
    "rt_strlen_4096": ("<=", 0.5 * 4096),
    "rt_malloc_holes": ("<=", 200),
    "rt_start": ("<=", 2000),
    "rt_exits_x86_64": ("<=", 3),
    "rt_exits_riscv64": ("<=", 3),
}

UNITS = {"qsort_compares": "compares"}


def why_not():
    """Why this cannot be measured here, or None."""
    return None if RUNTIME.exists() else "no RISC-V guests were built: no compiler for them"


def counts(image):
    """Returns the numbers that the guest prints, by name."""
    command = [LABVISOR, image.name]  # the runtime reads this name when it starts
    output = subprocess.run(command, cwd=image.parent, capture_output=True, text=True, check=True).stdout
    return {name: int(count) for name, count in map(str.split, output.splitlines())}


def glibc_compares():
    """Returns how often the host's qsort compares the numbers of runtime.c."""
    items, random, compares = (ctypes.c_int * ITEMS)(), 1, 0
    for i in range(ITEMS):
        random = (random * 1664525 + 1013904223) % 2**32
        items[i] = random >> 8

    def compare(a, b):
        nonlocal compares
        compares += 1
        return (a[0] > b[0]) - (a[0] < b[0])

    pointer = ctypes.POINTER(ctypes.c_int)
    ctypes.CDLL(None).qsort(items, ITEMS, ctypes.sizeof(ctypes.c_int), ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer)(compare))
    assert list(items) == sorted(items)
    return compares


def exits(machine):
    """Returns how many exits hello makes; None if it cannot run here."""
    command = [LABVISOR, "--trace", GUESTS / machine / "hello.elf"]
    result = subprocess.run(command, capture_output=True, text=True)
    return None if result.returncode else result.stderr.count(" vcpu0 #")


def size(image):
    """Returns the bytes of an image that the VMM loads."""
    lines = subprocess.run(["readelf", "-lW", image], capture_output=True, text=True, check=True).stdout.splitlines()
    return sum(int(line.split()[4], 16) for line in lines if line.split()[:1] == ["LOAD"])


def measure():
    TARGETS["rt_qsort_compares"] = ("<=", glibc_compares())
    for name, count in counts(RUNTIME).items():
        add_figure(f"rt_{name}", [count], UNITS.get(name, "insns"), name)
    for machine in ("x86_64", "riscv64"):
        if (GUESTS / machine / "hello.elf").exists() and exits(machine):
            add_figure(f"rt_exits_{machine}", [exits(machine)], "exits", f"hello, {machine}")
        empty = GUESTS / machine / "bench/empty.elf"
        if empty.exists():
            add_figure(f"rt_empty_{machine}", [size(empty)], "bytes", f"an empty guest, {machine}")
    if not PICOLIBC.exists():
        print("skipped: the runtime beside picolibc: no picolibc for RISC-V is installed")
        return
    for name, count in counts(PICOLIBC).items():
        if name != "start":
            add_figure(f"picolibc_{name}", [count], UNITS.get(name, "insns"), f"{name} of picolibc")

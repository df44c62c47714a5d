# SPDX-License-Identifier: MIT
"""The runtime's speed in guest instructions, counted on soft: the targets of `make bench`."""

import shutil
import subprocess
import sys

import pytest

from conftest import ARCHS, ROOT, why_no_riscv

sys.path.insert(0, str(ROOT / "bench"))

import runtime
from test_missing import skip_without

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


# clang's code for RISC-V takes more instructions, up to a fifth for malloc.
@pytest.mark.parametrize("compiler, factor", [("gcc", 1), ("clang", 1.2)])
def test_instructions(tmp_path, compiler, factor):
    image = build(tmp_path, compiler)
    if compiler == "gcc" and b"GNU C11 12." not in image.read_bytes():
        factor = 1.05  # the targets are gcc 12's; gcc 14 takes 2 % more for malloc with holes
    counts = runtime.counts(image)
    targets = {name: limit for name, (_, limit) in runtime.TARGETS.items() if name[3:] in counts}
    assert len(targets) > 10
    missed = {name: counts[name[3:]] for name, limit in targets.items() if counts[name[3:]] > limit * factor}
    assert not missed


def test_comparisons_of_qsort(tmp_path):
    """A merge sort's worst case is the sum of the logarithms, rounded up."""
    counts = runtime.counts(build(tmp_path, "gcc"))
    worst = sum((i - 1).bit_length() for i in range(2, runtime.ITEMS + 1))
    assert counts["qsort_compares"] <= worst


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("isa", ARCHS)
def test_an_empty_guest(tmp_path, isa, cc):
    """It links no stdio and no malloc, though it can tell of a trap."""
    skip_without(isa, cc)
    (tmp_path / "g.c").write_text("int main(void)\n{\n    return 0;\n}\n")
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = g.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    subprocess.run(["make", "-s", f"ARCH={isa}", f"CC={cc}", "all"], cwd=tmp_path, check=True, capture_output=True)
    image = tmp_path / f"build/{isa}/g.elf"
    symbols = subprocess.run(["nm", image], capture_output=True, text=True, check=True).stdout.split()
    assert "rt_start" in symbols and "trap_handle" in symbols
    assert not {"printf", "vsnprintf", "format", "fputs", "__stdout", "rt_lock", "malloc"} & set(symbols)
    code = next(line for line in subprocess.run(["readelf", "-lW", image], capture_output=True, text=True).stdout.splitlines() if "R E" in line)
    assert int(code.split()[4], 16) < 12 << 10


@pytest.mark.parametrize("isa", ["x86_64", "riscv64"])
def test_exits_of_hello(isa):
    assert runtime.exits(isa) in ((3,) if isa == "riscv64" else (3, None))

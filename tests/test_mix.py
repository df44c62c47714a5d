# SPDX-License-Identifier: MIT
"""guests/bench/mix: what results.txt has, on the host and in guests of both compilers."""

import shutil
import subprocess

import pytest

from conftest import ROOT, run, why_no_riscv

FOLDER = ROOT / "guests/bench/mix"
RESULTS = dict(line.split() for line in (FOLDER / "results.txt").read_text().splitlines() if line[0] != "#")
MAKEFILE = f"include {ROOT}/guest-rt/guest.mk\n"


def test_all_are_there():
    assert sorted(RESULTS) == sorted(path.stem for path in FOLDER.glob("*.c"))


@pytest.mark.parametrize("name", RESULTS)
def test_on_the_host(tmp_path, name):
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover"]
    subprocess.run(["cc", *flags, "-o", tmp_path / name, FOLDER / f"{name}.c"], check=True)
    assert subprocess.run([tmp_path / name, "100"], capture_output=True).stdout == f"{RESULTS[name]}\n".encode()


@pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_on_soft(tmp_path, compiler):
    missing = [tool for tool in ("clang", "ld.lld", "llvm-ar") if compiler == "clang" and not shutil.which(tool)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    for path in FOLDER.iterdir():
        shutil.copy(path, tmp_path)
    for name, result in RESULTS.items():
        (tmp_path / "Makefile").write_text(f"GUEST = {name}\nSRCS = {name}.c\n{MAKEFILE}")
        subprocess.run(["make", "-s", "ARCH=riscv64", f"CC={compiler}", "NO_LISTINGS=1"], cwd=tmp_path, check=True, capture_output=True)
        shown = run("--backend=soft", tmp_path / f"build/riscv64/{name}.elf", 100)
        assert (shown.stdout, shown.stderr) == (f"{result}\n".encode(), b""), name

# SPDX-License-Identifier: MIT
"""Unit tests, fuzzers, and guests in their own directories."""

import os
import re
import shutil
import struct
import subprocess

import pytest

from conftest import BUILDS, IMAGE, NO_KVM, ROOT, needs_kvm, run, why_no_riscv

UNIT_TESTS = sorted(
    p for b in BUILDS for p in (ROOT / b / "tests/unit").glob("test_*") if p.is_file()
)
FUZZERS = sorted(p for p in (ROOT / "build/fuzz").glob("fuzz_*") if p.is_file())


def test_unit_tests_were_built():
    if not os.path.exists("/usr/include/cmocka.h"):
        pytest.skip("cmocka is not installed: no unit tests were built")
    assert len(UNIT_TESTS) == len(BUILDS) * len(list((ROOT / "tests/unit").glob("test_*.c")))


@pytest.mark.parametrize("program", UNIT_TESTS, ids=[str(p.relative_to(ROOT)) for p in UNIT_TESTS])
def test_unit(program):
    result = subprocess.run([program], capture_output=True, timeout=300, cwd=ROOT)
    assert result.returncode == 0, (result.stdout + result.stderr).decode()


def test_fuzzers_were_built():
    if subprocess.run([ROOT / "tools/have-fuzzer.sh"]).returncode:
        pytest.skip("clang cannot link libFuzzer here: no fuzzers were built")
    assert len(FUZZERS) == len(list((ROOT / "tests/fuzz").glob("fuzz_*.c")))


@pytest.mark.parametrize("fuzzer", FUZZERS, ids=[p.name for p in FUZZERS])
def test_fuzz(fuzzer, tmp_path):
    """A short run; `make fuzz` is the long one."""
    if fuzzer.name == "fuzz_image":
        (tmp_path / "found/fuzz_image").mkdir(parents=True)
        hello = ROOT / "build/guests/x86_64/hello.elf"
        (tmp_path / "found/fuzz_image/hello").write_bytes(hello.read_bytes())
    result = subprocess.run(
        [ROOT / "tests/fuzz/run.sh", fuzzer, tmp_path / "found", "-max_total_time=10"],
        capture_output=True,
        timeout=200,
    )
    assert result.returncode == 0, result.stderr.decode(errors="replace")[-4000:]


STUDENT_MAKEFILE = f"""GUEST = mine
SRCS = a.c sub/b.c
include {ROOT}/guest-rt/guest.mk
"""


@pytest.fixture
def student(tmp_path):
    """A guest in a directory outside this repository, whose name has a space. Returns it and its make."""
    directory = tmp_path / "my guest"
    (directory / "sub").mkdir(parents=True)
    (directory / "Makefile").write_text(STUDENT_MAKEFILE)
    (directory / "a.c").write_text(
        "#include <stdio.h>\nint b(void);\nint main(int argc, char **argv)\n"
        '{ printf("%s %d\\n", argv[argc - 1], b()); return 5; }\n'
    )
    (directory / "sub/b.c").write_text("int b(void)\n{ return 41; }\n")

    def make(*words):
        return subprocess.run(["make", *words], cwd=directory, capture_output=True, text=True, timeout=300)

    return directory, make


@needs_kvm
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_guest_of_ones_own(student, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    directory, make = student
    result = make("ARCH=x86_64", f"CC={compiler}")
    assert result.returncode == 0 and result.stderr == "", result
    assert (directory / "build/x86_64/mine.elf").exists() and (directory / "build/x86_64/mine.asm").exists()

    (directory / "sub/b.c").write_text("int b(void)\n{ return 42; }\n")
    result = make("run", "ARGS=answer", f"CC={compiler}")
    assert "answer 42\n" in result.stdout  # make has rebuilt the changed file
    assert "Error 5" in result.stderr  # and make shows the guest's status

    if compiler == "gcc":  # also reads older line tables
        result = make("trace", "CFLAGS=-gdwarf-4", "OPTIONS=-c1")
        assert "(console.c:" in result.stderr

    assert make("clean").returncode == 0
    assert sorted(p.name for p in directory.iterdir()) == ["Makefile", "a.c", "sub"]


def test_guest_of_ones_own_on_each_machine(student):
    """Without ARCH, the machine is that of the best back end. An image of the other one is not run."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    directory, make = student
    assert make("ARCH=riscv64").returncode == 0
    best = run("doctor", "best").stdout.decode()
    result = make("trace")
    assert result.stderr.startswith(best)
    assert "mine.elf 41\n" in result.stdout
    assert ("  at 0x80" in result.stderr) != best.startswith("kvm-x86")  # where RAM begins on RISC-V
    assert "DBCN.console_write" in result.stderr
    result = make("trace", "ARCH=riscv64")
    assert result.stdout == "mine.elf 41\n" and "  at 0x80" in result.stderr and "LAB.exit(status=5)" in result.stderr


def test_words_of_guest_mk(student, tmp_path):
    directory, make = student
    assert "make debug " in make("help").stdout
    assert "ARCH=arm: x86_64 or riscv64 expected" in make("ARCH=arm").stderr
    assert "one name, and SRCS" in make("GUEST=two words").stderr
    assert "one name, and SRCS" in make("SRCS=").stderr
    assert not (directory / "build").exists()
    shutil.copytree(ROOT / "guest-rt", tmp_path / "a checkout/guest-rt")
    (tmp_path / "a checkout/x").mkdir()
    (tmp_path / "a checkout/x/Makefile").write_text("GUEST = g\nSRCS = g.c\ninclude ../guest-rt/guest.mk\n")
    result = subprocess.run(["make"], cwd=tmp_path / "a checkout/x", capture_output=True, text=True)
    assert result.returncode == 2 and "a checkout: make cannot use a path with a space" in result.stderr


def test_build_folder(tmp_path):
    """SAN=1 and clean follow BUILD."""

    def make(*words):
        command = ["make", f"BUILD={tmp_path}/b", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    make("-n", "vmm")  # -n writes the files of flags, too
    assert f"{tmp_path}/b/san/labvisor" in make("-n", "SAN=1", "vmm")
    make("SAN=1", "clean")
    assert list((tmp_path / "b").iterdir()) and not (tmp_path / "b/san").exists()
    make("clean")
    assert list(tmp_path.iterdir()) == []


def undefined(archive):
    """Returns the symbols that an archive's objects need and none of them defines."""
    listing = subprocess.run(["nm", archive], capture_output=True, text=True, check=True).stdout
    symbols = [line.split()[-2:] for line in listing.splitlines() if line and line[-1] != ":"]
    return {name for kind, name in symbols if kind in "Uw"} - {
        name for kind, name in symbols if kind not in "Uw"
    }


# main, and the symbols of the linker scripts.
OF_BOTH = "main|_end|tls_(image|image_end|end)|(init|fini)_array(_end)?"
FROM_OUTSIDE = {
    # The assembler names the table where code uses fs.
    "x86_64": re.compile(f"{OF_BOTH}|_GLOBAL_OFFSET_TABLE_|tls_room|trap_vectors_.*|tss_.*|sbi_traps(_end)?"),
    "riscv64": re.compile(f"{OF_BOTH}|_text|_rodata|_data"),
}


@pytest.mark.parametrize("arch", FROM_OUTSIDE)
def test_runtime_needs_no_library(arch):
    """Not even the compiler's own. Checks the whole runtime, also the parts that no guest here uses."""
    archive = ROOT / "build" / arch / "librt.a"
    if not archive.exists():
        pytest.skip(f"no compiler for {arch} guests here")
    assert [n for n in undefined(archive) if not FROM_OUTSIDE[arch].fullmatch(n)] == []


def test_riscv_guest_by_clang(tmp_path):
    """gcc built the guests of guests/; clang does it without another tool for RISC-V."""
    if not (shutil.which("clang") and shutil.which("ld.lld") and shutil.which("llvm-ar")):
        pytest.skip("clang, lld and LLVM's binutils are not installed")
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = hello.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    shutil.copy(ROOT / "guests/hello.c", tmp_path)
    result = subprocess.run(
        ["make", "ARCH=riscv64", "CC=clang"], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 0 and result.stderr == "", result
    archive = tmp_path / "build/riscv64/librt.a"
    assert [n for n in undefined(archive) if not FROM_OUTSIDE["riscv64"].fullmatch(n)] == []
    assert "<main>:" in (tmp_path / "build/riscv64/g.asm").read_text()
    assert run(tmp_path / "build/riscv64/g.elf").stdout == b"Hello from inside a virtual machine!\n"
    minimal = tmp_path / "top/guests/riscv64/minimal.elf"
    build = ["make", "CC=clang", f"BUILD={tmp_path}/top", "ARCH=riscv64", str(minimal)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    assert b"1337133713371337" in run("--dump-regs", "--timeout=0.2", minimal).stderr


@pytest.mark.parametrize("isa", ["x86_64", "riscv64"])
def test_abi_versions(tmp_path, isa):
    """The VMM refuses a guest of another ABI version; such a guest also refuses to run."""
    if NO_KVM if isa == "x86_64" else why_no_riscv():
        pytest.skip(NO_KVM if isa == "x86_64" else why_no_riscv())
    for folder in ("abi", "guest-rt"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    header = tmp_path / "abi/sbi.h"
    text = header.read_text()
    assert "LAB_ABI_VERSION 0x00010002" in text
    header.write_text(text.replace("LAB_ABI_VERSION 0x00010002", "LAB_ABI_VERSION 0x00020000"))
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest/Makefile").write_text("GUEST = g\nSRCS = g.c\ninclude ../guest-rt/guest.mk\n")
    (tmp_path / "guest/g.c").write_text("int main(void)\n{ return 0; }\n")
    build = {"args": ["make", "-s", f"ARCH={isa}"], "cwd": tmp_path / "guest", "check": True, "capture_output": True}
    subprocess.run(**build)
    image = tmp_path / f"guest/build/{isa}/g.elf"

    refused = run("--timeout=5", image)
    assert refused.returncode == IMAGE
    assert b"built for ABI version 2.0, but this labvisor has 1.2" in refused.stderr

    note, other = (struct.pack("<4s4sI", b"isor", b"", version) for version in (0x20000, 0x10000))
    assert image.read_bytes().count(note) == 1
    image.write_bytes(image.read_bytes().replace(note, other))  # a note that lies
    result = run("--timeout=5", image)
    assert (result.returncode, result.stdout) == (
        1,
        b"this guest was built for another version of the ABI\n",
    )

    header.write_text(text.replace("LAB_ABI_VERSION 0x00010002", "LAB_ABI_VERSION 0x00010000"))
    subprocess.run(**build)  # an older guest runs
    assert run("--timeout=5", image).returncode == 0

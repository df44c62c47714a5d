# SPDX-License-Identifier: MIT
"""How make chooses compilers, and what their kinds and versions must not change."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import ARCHS, DIED, MISSING, ROOT, run, why_no_gdb_calls

GCC = r"(.*-)?(gcc|g\+\+|cpp|cc|c89|c99)(-.*)?"
CLANG = r"(.*-)?(clang|lld|llvm).*|ld\.lld.*"


def path_without(folder, *names):
    """Makes a folder with this machine's programs, except those of which a pattern matches the name."""
    folder.mkdir()
    for directory in reversed(os.environ["PATH"].split(":")):
        for program in os.scandir(directory) if os.path.isdir(directory) else ():
            if not any(re.fullmatch(name, program.name) for name in names):
                link = folder / program.name
                link.unlink(missing_ok=True)
                link.symlink_to(program.path)
    return dict(os.environ, PATH=str(folder))


def make(*words, cwd=ROOT, env=None):
    env = {k: v for k, v in (env or os.environ).items() if k not in ("CC", "CFLAGS")}
    return subprocess.run(["make", *map(str, words)], cwd=cwd, env=env, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("missing, left", [(GCC, "clang"), (CLANG, "gcc")], ids=["gcc", "clang"])
def test_one_compiler_alone(tmp_path, missing, left):
    """Builds a guest of one's own for each machine, and a part of the VMM."""
    for tool in (left, *(["ld.lld", "llvm-ar"] if left == "clang" else ["riscv64-linux-gnu-gcc"])):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    env = path_without(tmp_path / "bin", missing)
    folder = tmp_path / "my guest"  # a space does no harm
    folder.mkdir()
    (folder / "Makefile").write_text(f"GUEST = g\nSRCS = hello.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    shutil.copy(ROOT / "guests/hello.c", folder)
    for arch in ARCHS:
        if left == "gcc" and os.uname().machine != "x86_64" and arch == "x86_64" and not shutil.which("x86_64-linux-gnu-gcc"):
            continue  # gcc is for one machine; clang is for each
        result = make("V=1", f"ARCH={arch}", cwd=folder, env=env)
        assert result.returncode == 0 and result.stderr == "", result
        assert re.search(rf"^\S*{left}( --target=\S+)? .*hello\.c( \|\| .*)?$", result.stdout, re.M), result.stdout
    assert run("--backend=soft", folder / "build/riscv64/g.elf").stdout == b"Hello from inside a virtual machine!\n"
    result = make("V=1", f"BUILD={tmp_path}/build", tmp_path / "build/vmm/core/status.c.o", env=env)
    assert result.returncode == 0 and re.search(rf"^{left} .*status\.c$", result.stdout, re.M), result


def test_no_riscv_compiler(tmp_path):
    """Then make skips RISC-V guests, and complains only if the user asks for one."""
    env = path_without(tmp_path / "bin", "riscv.*", CLANG)
    build = [f"BUILD={tmp_path}/build", "ARCH=riscv64"]
    result = make(*build, "arch-guests", env=env)
    assert (result.returncode, result.stderr) == (0, "")
    words = "no compiler for riscv64 here: install gcc-riscv64-linux-gnu, or clang, lld and llvm"
    assert result.stdout == f"skipped: guests for riscv64: {words}\n"
    result = make(*build, tmp_path / "build/guests/riscv64/hello.elf", env=env)
    assert result.returncode == 2 and words in result.stderr, result
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = g.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    result = make("ARCH=riscv64", cwd=tmp_path, env=env)
    assert result.returncode == 2 and words in result.stderr, result


SHOW = f"""
LABVISOR := {ROOT}
OBJ := obj
all:
	@echo '$(GUEST_CC)'
include {ROOT}/guest-rt/rt.mk
"""


@pytest.mark.parametrize(
    "host, cc, arch, expected",
    [
        ("x86_64", "gcc", "x86_64", "gcc"),
        ("x86_64", "gcc", "riscv64", "riscv64-linux-gnu-gcc"),
        ("x86_64", "clang", "riscv64", "clang --target=riscv64"),
        ("aarch64", "gcc", "x86_64", "x86_64-linux-gnu-gcc"),
        ("aarch64", "gcc", "riscv64", "riscv64-linux-gnu-gcc"),
        ("aarch64", "clang", "x86_64", "clang --target=x86_64-linux-gnu"),
        ("riscv64", "gcc", "riscv64", "gcc"),
    ],
)
def test_compiler_of_guests(tmp_path, host, cc, arch, expected):
    """By the machine and CC. Each program that is named here exists, and is no more than a name."""
    (tmp_path / "bin").mkdir()
    for name in ("gcc", "clang", "ld.lld", "llvm-ar", "x86_64-linux-gnu-gcc", "riscv64-linux-gnu-gcc"):
        (tmp_path / "bin" / name).symlink_to("/bin/true")
    for name in ("sh", "make", "mkdir", "uname", "echo"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    (tmp_path / "Makefile").write_text(SHOW)
    result = make("-s", f"HOST_ARCH={host}", f"CC={cc}", f"ARCH={arch}", cwd=tmp_path, env={"PATH": str(tmp_path / "bin")})
    assert (result.stdout, result.stderr) == (f"{expected}\n", "")


def test_warnings_are_errors_only_on_request(tmp_path):
    """A newer compiler warns about more. That must not keep users from building."""
    source = tmp_path / "hello.c"
    source.write_text("int main(void)\n{ int unused; return 0; }\n")
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = hello.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    result = make("-s", cwd=tmp_path)
    assert result.returncode == 0 and "unused" in result.stderr, result
    flags = ["-n", "V=1", "-W", "vmm/core/status.c", "-W", "guest-rt/printf.c", "-W", "guests/hello.c"]
    for arch in ARCHS:
        targets = ["build/labvisor", f"build/guests/{arch}/hello.elf", f"build/guests/{arch}/labos.elf"]
        assert "-Werror" not in make(*flags, f"ARCH={arch}", *targets, env=dict(os.environ, WERROR="")).stdout
        commands = make(*flags, f"ARCH={arch}", *targets, "WERROR=1").stdout
        compiled = [line for line in commands.splitlines() if re.search(r" -c .*\.c$", line)]
        assert len(compiled) >= 2 and all("-Werror" in line for line in compiled), compiled


OVERRUN = """
#include <string.h>
static __attribute__((noinline)) void fill(volatile char *to, int n) { for (int i = 0; i < n; i++) to[i] = 1; }
int main(int argc, char **argv) { char small[8]; fill(small, argc * 40); return small[7] + (argv[0] == 0); }
"""


@pytest.mark.parametrize("flags", ["-O0", "-O1", "-O3", "-Os", "-flto", "-fstack-protector-all"])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("backend", MISSING)
def test_language(tmp_path, backend, cc, flags):
    """guests/tests/language.c, with each compiler and its options, in a folder of its own."""
    arch = {"soft": "riscv64", "kvm-x86": "x86_64"}[backend]
    if MISSING[backend]:
        pytest.skip(MISSING[backend])
    if not shutil.which(cc) or not (ROOT / f"build/guests/{arch}/hello.elf").exists():
        pytest.skip(f"no {cc} for {arch} guests here")
    if cc == "clang" and flags == "-flto" and not shutil.which("ld.lld"):
        pytest.skip("ld.lld is not installed")
    for name in ("language.c", "check.h"):
        shutil.copy(ROOT / "guests/tests" / name, tmp_path)
    (tmp_path / "over.c").write_text(OVERRUN)
    include = f"include {ROOT}/guest-rt/guest.mk\n"
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = language.c\n{include}")
    words = ("-s", f"ARCH={arch}", f"CC={cc}", f"CFLAGS={flags}")
    result = make(*words, cwd=tmp_path)
    assert result.returncode == 0 and result.stderr == "", result
    result = run(f"--backend={backend}", "-c2", tmp_path / f"build/{arch}/g.elf")
    assert (result.returncode, result.stdout) == (0, b"2 harts\nbye\ndestructor\n"), result
    if flags == "-fstack-protector-all":
        (tmp_path / "Makefile").write_text(f"GUEST = over\nSRCS = over.c\n{include}")
        assert make(*words, cwd=tmp_path).returncode == 0
        result = run(f"--backend={backend}", tmp_path / f"build/{arch}/over.elf")
        assert (result.returncode, result.stdout) == (DIED, b"a function wrote beyond an array on its stack\n"), result


@pytest.mark.parametrize("arch", ARCHS)
def test_frame_information(arch):
    """gdb takes it from .debug_frame, which takes no room in the guest. A trap's frame alone is in
    .eh_frame: there each assembler can say that it is one."""
    archive = ROOT / "build" / arch / "librt.a"
    if not archive.exists():
        pytest.skip(f"no compiler for {arch} guests here")
    for file in (ROOT / "build" / arch).rglob("*.c.o"):
        sections = subprocess.run(["readelf", "-SW", file], capture_output=True, text=True, check=True).stdout
        has_functions = ".text." in sections
        assert (".debug_frame" in sections) == has_functions and ".eh_frame" not in sections, file
    image = ROOT / "build/guests" / arch / "fault.elf"
    frames = subprocess.run(["readelf", "--debug-dump=frames", image], capture_output=True, text=True).stdout
    functions = set(re.findall(r"FDE .*pc=0*([0-9a-f]+)\.\.", frames))
    assert re.search(r'Augmentation: +"zRS"', frames)
    symbols = subprocess.run(["readelf", "-sW", image], capture_output=True, text=True).stdout
    for name in ("main", "store", "trap_handle"):
        start = re.search(rf": 0*([0-9a-f]+) .* {name}$", symbols, re.M)[1]
        assert start in functions, name


@pytest.mark.parametrize("flags, refused", [([], False), (["-m32"], True), (["-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"], True)])
@pytest.mark.skipif(os.uname().machine != "x86_64" or not shutil.which("gcc"), reason="needs gcc for x86-64, which knows -m32")
def test_hosts_that_are_refused(flags, refused):
    command = ["gcc", "-ffreestanding", "-fsyntax-only", *flags]
    result = subprocess.run([*command, "-x", "c", "vmm/core/memory.h"], cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode != 0) == refused == ("needs a 64-bit little-endian host" in result.stderr), result.stderr


@pytest.mark.skipif(not shutil.which("musl-gcc"), reason="musl-gcc is not installed")
def test_musl(tmp_path):
    """Another C library than glibc: the VMM builds without a warning, and runs soft."""
    result = make("-s", "-j2", "CC=musl-gcc", "CFLAGS=-O0 -g0", f"BUILD={tmp_path}", tmp_path / "labvisor")
    assert result.returncode == 0 and result.stderr == "", result
    image = ROOT / "build/guests/riscv64/tests/libc.elf"
    if not image.exists():
        pytest.skip("no compiler for riscv64 guests here")
    command = [tmp_path / "labvisor", "--backend=soft", image]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


@pytest.mark.skipif(not shutil.which("gdb-multiarch"), reason="gdb-multiarch is not installed")
def test_gdb_on_the_vmm_and_a_riscv_guest(tmp_path):
    """The core of the guest stays until gdb ends, because gdb 16 reads it again."""
    if why_no_gdb_calls():
        pytest.skip(why_no_gdb_calls())
    if not (ROOT / "build/guests/riscv64/hello.elf").exists():
        pytest.skip("no compiler for riscv64 guests here")
    commands = ["guest", "backtrace", f"shell ls {tmp_path}/labvisor-*", "inferior 1", "continue", "guest", f"shell ls {tmp_path}/labvisor-*"]
    options = " ".join(f"-ex '{command}'" for command in commands)
    result = make("debug-vmm", "ARCH=riscv64", f"GDB_OPTIONS=-batch {options}", env=dict(os.environ, TMPDIR=str(tmp_path), NO_INSTALL="1"))
    assert result.returncode == 0 and "rt_start ()" in result.stdout, result
    assert re.findall(r"guest-\d\.core", result.stdout) == ["guest-0.core", "guest-1.core"]
    assert list(tmp_path.iterdir()) == []

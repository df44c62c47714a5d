# SPDX-License-Identifier: MIT
"""What `make install` installs works without the checkout, and its page and completion are true."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import HOST, MISSING, ROOT, guest, why_no_repository, why_no_riscv
from test_cxx import why_not as why_no_cxx
from test_picolibc import skip_without as skip_without_picolibc

ENVIRONMENT = {"HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8"}


def files(folder):
    """Returns the files below a folder: name to mode and time."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): (p.stat().st_mode & 0o777, p.stat().st_mtime_ns) for p in paths}


def make_install(target, destdir):
    command = ["make", "-s", target, f"DESTDIR={destdir}", "PREFIX=/usr"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    destdir = tmp_path_factory.mktemp("root")
    make_install("install", destdir)
    return destdir / "usr"


def in_path(installed, command, cwd, **kwargs):
    """Runs a command with the installed labvisor in PATH."""
    environment = {**ENVIRONMENT, "PATH": f"{installed}/bin:{os.environ['PATH']}"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, **kwargs
    )


def test_files_and_modes(installed):
    found = files(installed)
    assert "share/man/man1/labvisor.1" in found and "share/labvisor/abi/calls.def" in found
    for name, (mode, _) in found.items():
        runs = name in ("bin/labvisor", "share/labvisor/debug/session.py")
        assert mode == (0o755 if runs else 0o644), name
        assert str(installed).encode() not in (installed / name).read_bytes(), name
    runtime = {n.removeprefix("share/labvisor/") for n in found if n.startswith("share/labvisor/guest-rt/")}
    assert runtime == {f"guest-rt/{name}" for name in files(ROOT / "guest-rt")}


def test_uninstall(tmp_path):
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/other").write_text("")
    make_install("install", tmp_path)
    make_install("uninstall", tmp_path)
    assert list(files(tmp_path)) == ["usr/bin/other"]


GUEST = r"""
#include <stdio.h>

int main(int argc, char **argv)
{
    printf("Hello, %s!\n", argv[argc - 1]);
    return 0;
}
"""


@pytest.mark.parametrize("arch, backend", [("x86_64", "kvm-x86"), ("riscv64", "soft")])
def test_a_guest_without_the_checkout(installed, tmp_path, arch, backend):
    """Three lines of Makefile build, run, trace and debug it, and write nothing into the installation."""
    if MISSING[backend]:
        pytest.skip(MISSING[backend])
    before = files(installed)
    (tmp_path / "Makefile").write_text("GUEST = mine\nSRCS = mine.c\ninclude $(shell labvisor --guest-mk)\n")
    (tmp_path / "mine.c").write_text(GUEST)
    commands = installed / "share/gdb/auto-load/labvisor.py"

    def make(*words):
        return in_path(installed, ["make", "-s", f"ARCH={arch}", f"AUTO_LOAD={commands}", *words], tmp_path)

    assert make().returncode == 0
    result = make("run", "ARGS=you")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Hello, you!\n", "")
    assert "LAB.exit" in make("trace").stderr
    needed = "".join(path.read_text() for path in tmp_path.rglob("*.d"))
    assert f"{installed}/share/labvisor/guest-rt/printf.c" in needed and str(ROOT) not in needed

    gdb = "gdb" if arch == os.uname().machine else "gdb-multiarch"
    if not shutil.which(gdb):
        pytest.skip(f"{gdb} is not installed")
    result = make("debug", "GDB_OPTIONS=-batch -nx -ex 'break main' -ex continue -ex vmexit-step -ex kill")
    assert "main (argc=1" in result.stdout
    assert "DBCN.console_write(num_bytes=" in result.stdout + result.stderr

    # A gdb that trusts the folder has the commands without an option.
    trust = ["gdb", "-batch", "-iex", f"add-auto-load-safe-path {commands.parent}", "-ex", "help vmexit-step"]
    result = in_path(installed, [*trust, f"build/{arch}/mine.elf"], tmp_path)
    assert "Run to the next VM exit" in result.stdout
    assert files(installed) == before


CXX_GUEST = r"""
#include <stdio.h>

struct greeting {
    virtual ~greeting() { printf("bye\n"); }
    virtual const char *text() { return "hello"; }
};

int main()
{
    static greeting one;
    greeting *other = new greeting;

    printf("%s\n", other->text());
    delete other;
}
"""


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize(
    "arch, backend, libc", [("x86_64", "kvm-x86", ""), ("riscv64", "soft", ""), ("riscv64", "soft", "picolibc")]
)
def test_cxx_without_the_checkout(installed, tmp_path, arch, backend, libc, cc):
    if libc:
        skip_without_picolibc(cc)
    if MISSING[backend] or why_no_cxx(arch, cc):
        pytest.skip(MISSING[backend] or why_no_cxx(arch, cc))
    (tmp_path / "Makefile").write_text("GUEST = mine\nSRCS = mine.cc\ninclude $(shell labvisor --guest-mk)\n")
    (tmp_path / "mine.cc").write_text(CXX_GUEST)
    result = in_path(installed, ["make", "-s", "run", f"ARCH={arch}", f"CC={cc}", f"LIBC={libc}"], tmp_path)
    assert (result.returncode, result.stderr) == (0, "") and result.stdout.endswith("hello\nbye\nbye\n"), result


def test_guest_mk_is_refused_in_words(installed, tmp_path):
    (tmp_path / "bin").mkdir()
    shutil.copy(installed / "bin/labvisor", tmp_path / "bin")
    result = in_path(tmp_path, ["labvisor", "--guest-mk"], tmp_path)
    assert result.returncode == HOST and "guest.mk was not found from this program's folder: use " in result.stderr
    spaced = tmp_path / "with space"
    shutil.copytree(installed, spaced)
    result = in_path(spaced, ["labvisor", "--guest-mk"], tmp_path)
    assert result.returncode == HOST and "make cannot use a path with a space" in result.stderr
    result = in_path(installed, "labvisor --guest-mk >/dev/full", tmp_path, shell=True)
    assert result.returncode == HOST


def help_text(installed):
    return subprocess.run([installed / "bin/labvisor", "--help"], capture_output=True, text=True).stdout


def option_lines(text):
    """Returns the options, each with its value, that begin a line."""
    return re.findall(r"^ +((?:-\w, )?--[a-z-]+(?:=\w+|\[=\w+\])?)", text, re.M)


def test_man_page(installed, tmp_path):
    """The page has the options of --help, with their values, in the same order; and the statuses."""
    if not shutil.which("man") or not shutil.which("groff"):
        pytest.skip("man and groff are not installed")
    page = installed / "share/man/man1/labvisor.1"
    command = ["man", "--warnings=w", "-E", "ascii", "-l", page]
    result = in_path(installed, command, tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    options = result.stdout.split("\nOPTIONS\n")[1].split("\nEXIT STATUS\n")[0]
    assert option_lines(options) == option_lines(help_text(installed))
    assert len(option_lines(options)) > 15
    statuses = result.stdout.split("\nEXIT STATUS\n")[1].split("\nENVIRONMENT\n")[0]
    source = re.findall(r"STATUS_\w+ = (\d+)", (ROOT / "vmm/core/status.h").read_text())
    assert re.findall(r"^ +(\d+) +\w", statuses, re.M) == source[1:]


def complete(installed, cwd, *words):
    """Returns what bash offers for the last word."""
    script = """source "$1/share/bash-completion/completions/labvisor"
    compopt() { :; }
    shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _labvisor; printf '%s\\n' "${COMPREPLY[@]}" """
    result = in_path(installed, ["bash", "-c", script, "bash", installed, "labvisor", *words], cwd)
    assert result.stderr == ""
    return result.stdout.split()


def test_completion(installed, tmp_path):
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    (tmp_path / "doc.elf").write_text("")
    of_help = {re.sub(r".*(--[a-z-]+)(=?).*", r"\1\2", o) for o in option_lines(help_text(installed))}
    assert set(complete(installed, tmp_path, "--")) == {o.replace("[", "") for o in of_help}
    assert complete(installed, tmp_path, "--ba") == ["--backend="]
    assert complete(installed, tmp_path, "--backend", "=", "s") == ["soft"]
    assert complete(installed, tmp_path, "--backend", "s") == ["soft"]
    assert complete(installed, tmp_path, "--stats", "=") == ["json"]
    assert complete(installed, tmp_path, "--sandbox", "=") == ["log"]
    assert complete(installed, tmp_path, "--core", "=", "d") == ["doc.elf"]
    assert set(complete(installed, tmp_path, "d")) == {"diff", "doc.elf", "doctor"}
    assert "--trace" in complete(installed, tmp_path, "-m", "64", "--timeout", "5", "--tr")
    assert complete(installed, tmp_path, "doc.elf", "--tr") == []  # the guest's own argument
    for option in ("--backend", "--transport"):
        for value in complete(installed, tmp_path, option, ""):
            described = help_text(installed).split(f"{option}=NAME ")[1].split("\n      --")[0]
            assert re.search(rf"\b{value}\b", described), value


def version():
    return re.search('VERSION +"(.*)"', (ROOT / "vmm/core/version.h").read_text())[1]


def make(*words):
    result = subprocess.run(["make", "-s", *words], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]


def test_dist():
    """The archive has every committed file; test_readme_in_order builds such a tree."""
    if why_no_repository():
        pytest.skip(why_no_repository())
    make("dist")
    archive = ROOT / f"build/labvisor-{version()}.tar.gz"
    listed = subprocess.run(["tar", "-tzf", archive], capture_output=True, text=True, check=True).stdout
    names = {n.removeprefix(f"labvisor-{version()}/") for n in listed.splitlines() if not n.endswith("/")}
    committed = subprocess.run(["git", "ls-tree", "-r", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    assert names == set(committed.stdout.splitlines())


def test_release():
    """Static programs; the one for arm64 runs a guest in qemu-user. The sums are theirs."""
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[os.uname().machine]
    static = f"echo 'int main(void) {{ return 0; }}' | {other}-linux-gnu-gcc -static -x c -o /dev/null -"
    if subprocess.run(static, shell=True, capture_output=True).returncode:
        pytest.skip(f"no compiler and static C library for {other} Linux here")
    make("release")
    folder = ROOT / "build/release"
    programs = [f"labvisor-{version()}-{arch}" for arch in ("x86_64", "aarch64")]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*programs, "SHA256SUMS"])
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    for program in programs:
        assert b"INTERP" not in subprocess.run(["readelf", "-lW", folder / program], capture_output=True).stdout
    if why_no_riscv() or not shutil.which(f"qemu-{other}-static"):
        pytest.skip(why_no_riscv() or f"qemu-{other}-static is not installed")
    command = [f"qemu-{other}-static", folder / f"labvisor-{version()}-{other}", guest("hello", "riscv64")]
    assert subprocess.run(command, capture_output=True).stdout == b"Hello from inside a virtual machine!\n"


def test_release_is_reproducible(tmp_path):
    """The same sources and compiler make the same bytes, in whatever folder and at whatever time."""
    if why_no_repository():
        pytest.skip(why_no_repository())
    arch = os.uname().machine
    sums = []
    for name in ("one", "another folder"):
        (tmp_path / name).mkdir()
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", tmp_path / name], input=archive, check=True)
        subprocess.run(
            ["make", "-s", "NO_INSTALL=1", f"RELEASE_ARCHS={arch}", "release"],
            cwd=tmp_path / name, capture_output=True, check=True,
        )  # fmt: skip
        sums.append((tmp_path / name / "build/release/SHA256SUMS").read_text())
    assert sums[0] == sums[1] and f"labvisor-{version()}-{arch}" in sums[0]


def test_debian_package_has_this_version():
    """`make deb`, which takes a minute, is part of `make nightly`."""
    assert (ROOT / "debian/changelog").read_text().startswith(f"labvisor ({version()}) ")

# SPDX-License-Identifier: MIT
"""Guests in C++, and in C of 1989: the headers, what the compiler calls, what it refuses."""

import os
import re
import shutil

import pytest

from conftest import ARCHS, DIED, MISSING, ROOT, run
from manifest import ARCH, CXX
from statuses import DIED
from test_compilers import make, path_without
from test_picolibc import skip_without as skip_without_picolibc


def why_not(arch, cc="gcc"):
    """Returns why there is no C++ for a machine here, or None."""
    if not (ROOT / f"build/guests/{arch}/hello.elf").exists():
        return f"no compiler for {arch} guests here"
    prefix = "" if cc == "clang" or arch == os.uname().machine else f"{arch}-linux-gnu-"
    for tool in (prefix + {"gcc": "g++", "clang": "clang++"}[cc], *(["ld.lld", "llvm-ar"] if cc == "clang" else [])):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    return None


def build(folder, arch, text, *words, name="g.cc", env=None):
    """Makes a guest of one file in a folder of its own."""
    (folder / name).write_text(text)
    (folder / "Makefile").write_text(f"GUEST = g\nSRCS = {name}\ninclude {ROOT}/guest-rt/guest.mk\n")
    return make("-s", f"ARCH={arch}", *words, cwd=folder, env=env)


def run_on(backend, folder, *options):
    return run(f"--backend={backend}", *options, folder / f"build/{ARCH[backend]}/g.elf")


@pytest.mark.parametrize("flags", ["-O0", "-O1", "-O2", "-O3", "-Os", "-flto", "-fstack-protector-all -std=gnu89"])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("backend", MISSING)
def test_cxx(tmp_path, backend, cc, flags):
    """guests/tests/cxx.cc. A -std in CFLAGS is for C alone."""
    if MISSING[backend] or why_not(ARCH[backend], cc):
        pytest.skip(MISSING[backend] or why_not(ARCH[backend], cc))
    shutil.copy(ROOT / "guests/tests/check.h", tmp_path)
    text = (ROOT / "guests/tests/cxx.cc").read_text()
    result = build(tmp_path, ARCH[backend], text, f"CC={cc}", f"CFLAGS={flags}")
    assert result.returncode == 0 and result.stderr == "", result
    for harts in (1, 4):
        result = run_on(backend, tmp_path, f"-c{harts}")
        assert (result.returncode, result.stdout.decode()) == (0, CXX.format(harts)), result


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_cxx_with_picolibc(tmp_path, cc):
    """The same, with another C library below."""
    skip_without_picolibc(cc)
    if why_not("riscv64", cc):
        pytest.skip(why_not("riscv64", cc))
    shutil.copy(ROOT / "guests/tests/check.h", tmp_path)
    text = (ROOT / "guests/tests/cxx.cc").read_text()
    result = build(tmp_path, "riscv64", text, f"CC={cc}", "LIBC=picolibc")
    assert result.returncode == 0 and result.stderr == "", result
    for harts in (1, 4):
        result = run_on("soft", tmp_path, f"-c{harts}")
        assert (result.returncode, result.stdout.decode()) == (0, CXX.format(harts)), result


REFUSED = {
    "throw 1;": r"exception handling disabled|cannot use 'throw' with exceptions disabled",
    "try { main(); } catch (int) { }": r"exception handling disabled|cannot use 'try' with exceptions disabled",
    "struct a { virtual void f() {} } x; struct b : a {}; return !dynamic_cast<b *>(static_cast<a *>(&x));": r"-fno-rtti|use of dynamic_cast requires -frtti",
}


@pytest.mark.parametrize("statement", REFUSED)
@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("arch", ARCHS)
def test_refused_by_the_compiler(tmp_path, arch, cc, statement):
    if why_not(arch, cc):
        pytest.skip(why_not(arch, cc))
    result = build(tmp_path, arch, f"int main()\n{{\n    {statement}\n}}\n", f"CC={cc}", name="g.cpp")
    assert result.returncode == 2 and re.search(rf"g\.cpp:3:.*error:.*({REFUSED[statement]})", result.stderr), result


DEATHS = {
    "struct a { a() { call(); } __attribute__((noinline)) void call() { f(); } virtual void f() = 0; };"
    "struct b : a { void f() override {} }; int main() { b x; }": "a pure virtual function was called",
    "int f(int n) { static int x = n + f(n + 1); return x; } int main() { return f(0); }": "static object is used while",
    "char *volatile p; int main() { for (;;) p = new char[1 << 20]; }": "operator new: no memory is left",
}


@pytest.mark.parametrize("text", DEATHS)
@pytest.mark.parametrize("backend", MISSING)
def test_deaths(tmp_path, backend, text):
    if MISSING[backend] or why_not(ARCH[backend]):
        pytest.skip(MISSING[backend] or why_not(ARCH[backend]))
    assert build(tmp_path, ARCH[backend], text).returncode == 0
    result = run_on(backend, tmp_path)
    assert result.returncode == DIED and DEATHS[text] in result.stdout.decode(), result


OWN_NEW = """
#include <new>
#include <stdio.h>
#include <stdlib.h>
static int taken, given;
void *operator new(size_t size) { taken++; return malloc(size); }
void operator delete(void *p) noexcept { given++; free(p); }
int main()
{
    delete new int;
    delete[] new long[3];
    printf("%d %d\\n", taken, given);
}
"""


@pytest.mark.parametrize("backend", MISSING)
def test_own_new(tmp_path, backend):
    """The forms for arrays, and those with a size, call the guest's own."""
    if MISSING[backend] or why_not(ARCH[backend]):
        pytest.skip(MISSING[backend] or why_not(ARCH[backend]))
    result = build(tmp_path, ARCH[backend], OWN_NEW, "CFLAGS=-O0 -Wno-sized-deallocation")
    assert result.returncode == 0, result
    assert run_on(backend, tmp_path).stdout == b"2 2\n"


@pytest.mark.parametrize("arch", ARCHS)
def test_no_cxx_compiler(tmp_path, arch):
    """One line says so; C guests build."""
    if why_not(arch):
        pytest.skip(why_not(arch))
    env = path_without(tmp_path / "bin", r"(.*-)?(g\+\+|clang).*")
    result = build(tmp_path, arch, "int main() { }\n", env=env)
    prefix = "" if arch == os.uname().machine else f"{arch}-linux-gnu-"
    package = f"g++{prefix and '-' + prefix[:-1]}"
    assert result.returncode == 2
    assert f"no {prefix}g++ here, for C++: install {package}." in result.stderr and result.stderr.count("\n") == 1, result
    assert build(tmp_path, arch, "int main(void) { return 0; }\n", name="g.c", env=env).returncode == 0
    result = make("-n", f"ARCH={arch}", f"BUILD={tmp_path}/build", "arch-guests", env=env)
    assert result.returncode == 0 and "hello" in result.stdout and "cxx.cc" not in result.stdout, result


C89 = """
#include <assert.h>
%s
int main(void)
{
    int n = isdigit('7') ? (int)strlen("five5") : 0;

    assert(n == 5);
    printf("%%d\\n", n);
    return 0;
}
"""


@pytest.mark.parametrize("std", ["gnu89", "c89", "gnu99", "gnu17"])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("backend", MISSING)
def test_old_c(tmp_path, backend, cc, std):
    """Every header, also the compiler's, and the contract's, in two files."""
    if MISSING[backend] or not shutil.which(cc):
        pytest.skip(MISSING[backend] or f"{cc} is not installed")
    names = sorted(p.relative_to(ROOT / "guest-rt/include") for p in (ROOT / "guest-rt/include").rglob("*.h") if p.parent.name != "gcc")
    includes = "".join(f"#include <{name}>\n" for name in [*names, "stdarg.h", "stddef.h", "stdbool.h", "float.h"])
    (tmp_path / "other.c").write_text(includes + "int other(int c);\nint other(int c) { return isalpha(c); }\n")
    (tmp_path / "g.c").write_text(C89 % includes)
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = g.c other.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    strict = "-Wdeclaration-after-statement -Wno-long-long -Wno-variadic-macros -Werror"
    result = make("-s", f"ARCH={ARCH[backend]}", f"CC={cc}", f"CFLAGS=-std={std} {strict}", cwd=tmp_path)
    assert result.returncode == 0 and result.stderr == "", result
    assert run_on(backend, tmp_path).stdout == b"5\n"

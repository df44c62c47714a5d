# SPDX-License-Identifier: MIT
"""guest-rt/missing.txt: what a guest does not have is named when it is compiled or linked."""

import re
import shutil
import subprocess

import pytest

from conftest import ARCHS, ROOT
from test_cxx import build, why_not

LINES = [line for line in (ROOT / "guest-rt/missing.txt").read_text().splitlines() if line and line[0] != "#"]
REASON = {name: line.split(": ", 1)[1] for line in LINES for name in line.split(": ", 1)[0].split()}


def is_function(name):
    return re.fullmatch(r"[a-z_]\w*", name) and not why_a_header(name)


def why_a_header(name):
    """C++'s headers have no `.h`; a line has either functions or headers of these."""
    return name.endswith(".h") or "library of C++" in REASON[name]



def skip_without(arch, cc):
    if not (ROOT / f"build/guests/{arch}/hello.elf").exists() or not shutil.which(cc):
        pytest.skip(f"no {cc} for {arch} guests here")
    if cc == "clang" and not shutil.which("ld.lld"):
        pytest.skip("ld.lld is not installed")


def test_none_is_there():
    """A name that the runtime has, must not be in the list."""
    if not (ROOT / "build/x86_64/librt.a").exists():
        pytest.skip("no compiler for x86_64 guests here")
    for arch in ARCHS:
        archive = ROOT / f"build/{arch}/librt.a"
        symbols = subprocess.run(["nm", "--defined-only", archive], capture_output=True, text=True).stdout
        assert not set(re.findall(r" [TDBWVR] (\S+)$", symbols, re.M)) & set(REASON)
    assert not [name for name in REASON if (ROOT / "guest-rt/include" / name).exists()]
    assert len(REASON) > 250 and len(REASON) == sum(len(line.split(": ", 1)[0].split()) for line in LINES)


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("arch", ARCHS)
def test_functions(tmp_path, arch, cc):
    """Declared by the guest itself. lld stops after 20 errors."""
    skip_without(arch, cc)
    names = [name for name in REASON if is_function(name)]
    names = names[:: len(names) // 15] if cc == "clang" else names
    text = "".join(f"extern char {name}[];\n" for name in names)
    text += "int main(int n, char **v)\n{\n    char *all[] = {" + ", ".join(names) + "};\n    return all[n] == v[0];\n}\n"
    result = build(tmp_path, arch, text, f"CC={cc}", "CFLAGS=-fno-builtin", name="g.c")
    assert result.returncode == 2
    for name in names:
        assert f"\n{name}: {REASON[name]}\n" in result.stderr, name


@pytest.mark.parametrize("name", ["pthread.h", "sys/stat.h", "iostream", "cstdio"])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_headers(tmp_path, cc, name):
    arch = ARCHS[0]
    skip_without(arch, cc)
    language = "g.c" if name.endswith(".h") else "g.cc"
    if language == "g.cc" and why_not(arch, cc):
        pytest.skip(why_not(arch, cc))
    result = build(tmp_path, arch, f"#include <{name}>\nint main(void) {{ return 0; }}\n", f"CC={cc}", name=language)
    assert result.returncode == 2 and f"\n{name}: {REASON[name]}\n" in result.stderr, result


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("language", ["g.c", "g.cc"])
def test_not_declared(tmp_path, language, cc):
    """Whether the compiler refuses the call (C++, gcc 14, clang 16) or the linker."""
    arch = ARCHS[0]
    skip_without(arch, cc)
    if language == "g.cc" and why_not(arch, cc):
        pytest.skip(why_not(arch, cc))
    result = build(tmp_path, arch, 'int main(void)\n{\n    return system("ls");\n}\n', f"CC={cc}", name=language)
    assert result.returncode == 2 and f"\nsystem: {REASON['system']}\n" in result.stderr, result
    assert re.search(r"g\.cc?:3", result.stderr), result


def test_other_errors_are_not_explained(tmp_path):
    """Nor are a guest's own functions of such names."""
    arch = ARCHS[0]
    skip_without(arch, "gcc")
    result = build(tmp_path, arch, "void mine(void);\nint main(void)\n{\n    mine();\n    return 0;\n}\n", name="g.c")
    assert result.returncode == 2 and result.stderr.rstrip().endswith("Error 1") and ": a guest has no" not in result.stderr
    result = build(tmp_path, arch, "int open(int n);\nint open(int n)\n{\n    return n;\n}\nint main(void)\n{\n    return open(0);\n}\n", name="g.c")
    assert result.returncode == 0 and result.stderr == "", result

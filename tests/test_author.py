# SPDX-License-Identifier: MIT
"""The source line of an exit is the guest author's: not that of the stub which was inlined there."""

import json
import re
import shutil
import subprocess

import pytest

from conftest import ARCHS, LABVISOR, NO_KVM, ROOT, guest, run, why_no_riscv

SOURCE = """\
#include <guest.h>
#include <sbi.h>

static volatile int counter;

static inline void tick(void)
{
    counter++;
    sbi_probe_extension(EID_DBCN);          // probe_extension
}

static void spare(unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        sbi_console_write_byte('0' + i);    // console_write_byte
}

int main(void)
{
    counter = 1;
    sbi_get_spec_version();                 // get_spec_version
    sbi_get_impl_id();                      // get_impl_id
    if (sbi_get_mvendorid().value == 12345) // get_mvendorid
        spare(100);
    tick();
    spare(3);
    return counter - 2;
}
"""
LINES = {call: n for n, line in enumerate(SOURCE.splitlines(), 1) for call in re.findall(r"// (\w+)$", line)}


def flags():
    """Yields each machine, compiler, version of DWARF and level of optimisation that keeps stubs inline."""
    for arch in ARCHS:
        for compiler in ("gcc", "clang"):
            for option in ("", "-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-O3"):
                yield pytest.param(arch, compiler, option, id=f"{arch}-{compiler}{option}")


@pytest.mark.parametrize("arch, compiler, option", flags())
def test_lines_of_calls(tmp_path, arch, compiler, option):
    if arch == "x86_64" and NO_KVM or arch == "riscv64" and why_no_riscv():
        pytest.skip(NO_KVM if arch == "x86_64" else why_no_riscv())
    if compiler == "clang" and not shutil.which("ld.lld"):
        pytest.skip("ld.lld is not installed")
    (tmp_path / "mine.c").write_text(SOURCE)
    (tmp_path / "Makefile").write_text(f"GUEST = g\nSRCS = mine.c\ninclude {ROOT}/guest-rt/guest.mk\n")
    build = ["make", f"ARCH={arch}", *(["CC=clang"] if compiler == "clang" else []), f"CFLAGS={option}"]
    subprocess.run(build, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    image = tmp_path / "build" / arch / "g.elf"
    words = run("--trace", image).stderr.decode()
    found = [(call, int(line)) for call, line in re.findall(r"\.(\w+)\(.*\(mine\.c:(\d+)\)$", words, re.M)]
    calls = ["get_spec_version", "get_impl_id", "get_mvendorid", "probe_extension"] + 3 * ["console_write_byte"]
    assert found == [(call, LINES[call]) for call in calls], words
    assert not re.search(r"\((trap|call)\.h:", words), words
    events = tmp_path / "events"
    run(f"--trace={events}", image)
    places = [event["args"]["pc"] for event in json.loads(events.read_text()) if event["ph"] == "X"]
    assert [re.search(r"mine\.c:(\d+)", place)[1] for place in places if "mine.c" in place] == [str(LINES[c]) for c in calls]


@pytest.mark.parametrize("arch", ARCHS)
def test_a_stub_of_the_runtime(arch):
    """Its line is the runtime's, in the function that the runtime's user has called."""
    if arch == "x86_64" and NO_KVM or arch == "riscv64" and why_no_riscv():
        pytest.skip(NO_KVM if arch == "x86_64" else why_no_riscv())
    words = run("--trace", ROOT / f"build/guests/{arch}/hello.elf").stderr.decode()
    text = (ROOT / "guest-rt/start.c").read_text().splitlines()
    line = int(re.search(r"LAB\.exit\(status=0\)  at 0x[0-9a-f]+ vm_exit\+0x[0-9a-f]+ \(start\.c:(\d+)\)", words)[1])
    assert "sbi_exit(" in text[line - 1]
    line = int(re.search(r"DBCN\.console_write.* console_write\+0x[0-9a-f]+ \(console\.c:(\d+)\)", words)[1])
    assert "sbi_console_write(" in text_of("guest-rt/console.c")[line - 1]


def text_of(name):
    return (ROOT / name).read_text().splitlines()

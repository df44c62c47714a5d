# SPDX-License-Identifier: MIT
"""tools/layers.py: the folders of vmm/ stand on each other, and the tool sees it if they do not."""

import shutil
import subprocess

import pytest
from conftest import ROOT


def layers(folder):
    return subprocess.run([ROOT / "tools/layers.py", folder], capture_output=True, text=True)


def test_the_house_stands():
    result = layers(ROOT / "vmm")
    assert (result.returncode, result.stdout) == (0, "")


FAULTS = (
    ("core/vm.c", '#include "gdb/debugger.h"', "core must not include gdb/debugger.h: it leads up or sideways"),
    ("core/vm.c", '#include "../image/image.h"', "core must not include image/image.h"),
    ("replay/record.c", '#include "watch/labels.h"', "replay must not include watch/labels.h"),
    ("backends/soft/soft.c", '#include "backends/kvm/kvm.h"', "backends/soft must not include backends/kvm/kvm.h"),
    ("isa/riscv/fdt.c", '#include "backends/soft/hart.h"', "isa/riscv must not include backends/soft/hart.h"),
    ("image/image.c", "#include <elf.h>", "<elf.h> belongs to host/ and backends/kvm*/"),
    ("gdb/link.c", "#  include <poll.h>", "<poll.h> belongs to host/ and backends/kvm*/"),
    ("services/harts.c", "#ifdef __x86_64__", "an #if about the machine belongs to its own folder"),
    ("core/run.c", "/* for the Debugger */", "core/ knows no debugger"),
)


@pytest.mark.parametrize("path, line, message", FAULTS, ids=[fault[1] for fault in FAULTS])
def test_a_fault_is_seen(tmp_path, path, line, message):
    shutil.copytree(ROOT / "vmm", tmp_path / "vmm")
    file = tmp_path / "vmm" / path
    file.write_text(f"{line}\n{file.read_text()}")
    result = layers(tmp_path / "vmm")
    assert result.returncode == 1
    assert f"{path}:1: {message}" in result.stdout and result.stdout.count("\n") == 1


ALLOWED = (
    ("backends/kvm-x86/exits.c", '#include "backends/kvm/kvm.h"'),
    ("host/posix/host.c", "#include <poll.h>"),
    ("gdb/link.c", '#include "sbi.h"'),
    ("main/main.c", '#include "gdb/debugger.h"'),
)


@pytest.mark.parametrize("path, line", ALLOWED, ids=[line for _, line in ALLOWED])
def test_what_is_allowed(tmp_path, path, line):
    shutil.copytree(ROOT / "vmm", tmp_path / "vmm")
    file = tmp_path / "vmm" / path
    file.write_text(f"{line}\n{file.read_text()}")
    assert layers(tmp_path / "vmm").stdout == ""

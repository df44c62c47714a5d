# SPDX-License-Identifier: MIT
"""abi/README.md: the guests without the runtime, built and run word for word."""

import re
import shutil
import subprocess

import pytest

from conftest import LABVISOR, ROOT, why_no_kvm, why_no_riscv

README = (ROOT / "abi/README.md").read_text()
COMMANDS = re.search(r"```sh\n(riscv64-linux-gnu-gcc .*?)```", README, re.DOTALL)[1].splitlines()


@pytest.mark.parametrize("command", COMMANDS, ids=["riscv64", "x86_64"])
def test_a_guest_without_the_runtime(tmp_path, command):
    compiler, *_, image, source = command.split()
    reason = why_no_riscv() if "riscv64" in image else why_no_kvm()
    if reason or shutil.which(compiler) is None:
        pytest.skip(reason or f"{compiler} is not installed")
    text = re.search(rf"```asm\n# {re.escape(source)}\n(.*?)```", README, re.DOTALL)[1]
    (tmp_path / source).write_text(text)
    subprocess.run(command, shell=True, cwd=tmp_path, check=True)
    result = subprocess.run([LABVISOR, tmp_path / image], capture_output=True, timeout=30)
    assert (result.returncode, result.stdout, result.stderr) == (7, b"hello\n", b"")

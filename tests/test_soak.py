# SPDX-License-Identifier: MIT
"""A short soak.py: `make soak` runs the whole."""

import subprocess
import sys

import pytest

from conftest import NO_KVM, ROOT, why_no_riscv


@pytest.mark.parametrize("part", ["minutes", "at-once", "starts", "host"])
def test_soak(part):
    if why_no_riscv() or (part == "minutes" and NO_KVM):
        pytest.skip(why_no_riscv() or NO_KVM)
    command = [sys.executable, "-B", ROOT / "tests/soak.py", "--minutes=0.3", "--starts=50", "--at-once=8", part]
    result = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert result.returncode == 0 and result.stdout.startswith(f"{part}: "), result

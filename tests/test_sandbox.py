# SPDX-License-Identifier: MIT
"""The VMM confines itself (docs/security.md)."""

import re
import shutil
import subprocess

import pytest

from conftest import LABVISOR


def readelf(*options):
    if shutil.which("readelf") is None:
        pytest.skip("readelf is not installed")
    return subprocess.run(["readelf", *options, LABVISOR], capture_output=True, text=True, check=True).stdout


def test_program_is_hardened():
    """Its addresses are random, what points to functions is read-only, and an overrun of the stack is detected."""
    assert re.search(r"Type:\s+DYN", readelf("-h"))
    headers = readelf("-lW")
    assert "GNU_RELRO" in headers and re.search(r"GNU_STACK.* RW ", headers)
    assert "BIND_NOW" in readelf("-dW")
    assert "__stack_chk_fail" in readelf("-sW")

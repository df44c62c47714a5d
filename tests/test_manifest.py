# SPDX-License-Identifier: MIT
"""Every row of the manifest on every back end it names."""

import pytest

from conftest import MISSING, guest, run
from manifest import ARCH, MANIFEST, command, mismatch

CASES = [
    pytest.param(row, backend, id=f"{backend}-{row}")
    for row in MANIFEST
    for backend in row.backends
    if backend in MISSING
]


@pytest.mark.parametrize("backend", [backend for backend in ARCH if backend in MISSING])
@pytest.mark.parametrize("how, callers", [("down", 1), ("circle", 1), ("up", 12)])
def test_callers(how, callers, backend):
    """Frame pointers are followed only while they lead up the stack, and not for ever."""
    if MISSING[backend]:
        pytest.skip(MISSING[backend])
    stderr = run(f"--backend={backend}", guest("tests/frames", ARCH[backend]), how).stderr.decode()
    assert stderr.count("  called from ") == callers
    assert ("  and so on\n" in stderr) == (how == "up")


@pytest.mark.parametrize("row, backend", CASES)
def test_guest(row, backend):
    reason = MISSING[backend] or row.skip()
    if reason:
        pytest.skip(reason)
    result = run(*command(row, backend, guest(row.guest, ARCH[backend])), stdin=row.stdin)
    wrong = mismatch(row, result.returncode, result.stdout.decode(), result.stderr.decode())
    assert wrong is None, wrong

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


@pytest.mark.parametrize("row, backend", CASES)
def test_guest(row, backend):
    reason = MISSING[backend] or row.skip()
    if reason:
        pytest.skip(reason)
    result = run(*command(row, backend, guest(row.guest, ARCH[backend])), stdin=row.stdin)
    wrong = mismatch(row, result.returncode, result.stdout.decode(), result.stderr.decode())
    assert wrong is None, wrong

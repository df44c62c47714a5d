"""Every row of the manifest on every back end it names."""

import pytest

from conftest import guest, run
from manifest import ARCH, MANIFEST, MISSING

CASES = [
    pytest.param(row, backend, id=f"{backend}-{row}")
    for row in MANIFEST
    for backend in row.backends
]


@pytest.mark.parametrize("row, backend", CASES)
def test_guest(row, backend):
    reason = MISSING[backend] or row.skip()
    if reason:
        pytest.skip(reason)
    options = [f"--backend={backend}", *row.options]
    if not any(o.startswith("--timeout") for o in row.options):
        options.append("--timeout=30")
    if row.budget:
        options.append(f"--max-exits={row.budget + (backend == 'soft')}")

    result = run(*options, guest(row.guest, ARCH[backend]), *row.args, stdin=row.stdin)

    stdout, stderr = result.stdout.decode(), result.stderr.decode()
    assert result.returncode == row.status, stdout + stderr
    if isinstance(row.stdout, str):
        assert stdout == row.stdout
    for part in row.stdout if isinstance(row.stdout, list) else ():
        assert part in stdout
    for part in row.stderr:
        assert part in stderr
    assert bool(stderr) == bool(row.stderr), stderr

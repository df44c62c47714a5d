# SPDX-License-Identifier: MIT
"""The interpreter and the translator: the same guest, the same run to the byte.

DENSE translates at the second visit, has room for six pages, and makes many snapshots.
"""

import subprocess

import pytest

from conftest import BACKEND, ROOT, guest, run, why_no_riscv
from manifest import MANIFEST, command

ENGINES = ("interpreter", "translator")
DENSE = ROOT / "build/dense/labvisor"


def why_not():
    if why_no_riscv():
        return why_no_riscv()
    result = run("--engine=translator", guest("hello", "riscv64"))
    return result.stderr.decode() if result.returncode else None


WHY_NOT = why_not()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))

ROWS = [row for row in MANIFEST if "soft" in row.backends and "--real-time" not in row.options]


def both(*options, stdin=b"", program=None):
    """Returns what the engines' runs leave: status, output, trace and registers."""
    words = [(f"--engine={engine}", *options) for engine in ENGINES]
    if program:
        results = [subprocess.run([program, *w], input=stdin, capture_output=True, timeout=60) for w in words]
    else:
        results = [run(*w, stdin=stdin) for w in words]
    return [(result.returncode, result.stdout, result.stderr) for result in results]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_manifest(row, tmp_path):
    """Recorded on one engine, each run repeats on both, with all its exits and their times."""
    if row.skip():
        pytest.skip(row.skip())
    image = guest(row.guest, "riscv64")
    words = command(row, "soft", image)
    recording = f"--record={tmp_path}/recording"
    if any(o.startswith("--timeout") for o in row.options):  # the host's time ends it
        pytest.skip("it ends by time")
    first = run("--engine=translator", recording, *words, stdin=row.stdin)
    shaped = [o for o in words if not o.startswith(("-m", "-c", "--seed"))][: -1 - len(row.args)]
    replay = (f"--replay={tmp_path}/recording", "--trace", "--stats", "--dump-regs", *shaped, image)
    interpreted, translated = both(*replay)
    assert interpreted == translated
    assert (translated[0], translated[1]) == (first.returncode, first.stdout)
    dense, translated = both(*replay, program=DENSE)
    assert dense == translated


@pytest.mark.parametrize("seed", (1, 2, 3, 4, 5))
@pytest.mark.parametrize("image", ("lost", "sum", "tests/harts"))
@pytest.mark.parametrize("program", (None, DENSE), ids=("as-built", "dense"))
def test_harts_take_the_same_turns(program, image, seed):
    options = ("-c4", f"--seed={seed}", "--trace", "--stats", "--dump-regs", "--timeout=60", "--max-exits=20000")
    interpreted, translated = both(*options, guest(image, "riscv64"), program=program)
    assert interpreted == translated


@pytest.mark.parametrize("insns", (1, 999, 2500, 54321, 400000))
def test_a_limit_ends_both_at_the_same_instruction(insns):
    interpreted, translated = both(f"--max-insns={insns}", "--dump-regs", "--stats", guest("primes", "riscv64"), "20000")
    assert interpreted == translated


def test_each_stencil_has_code():
    """The compiler made all of them in the shape that the translator needs."""
    folder = ROOT / "build/vmm/stencils"
    made = subprocess.run([folder / "table", folder / "stencils.o"], capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == (folder / "stencils.inc").read_text()


def test_other_hosts_have_the_interpreter():
    posix = ROOT / "build/posix/labvisor"
    if not posix.exists():
        pytest.skip("libbsd is not installed")
    image = guest("hello", "riscv64")
    refused = subprocess.run([posix, "--engine=translator", image], capture_output=True, text=True)
    assert refused.returncode == BACKEND
    assert refused.stderr == "labvisor: --engine: no translator here: it makes code of x86-64 alone, on Linux\n"
    assert subprocess.run([posix, image], capture_output=True, text=True).stdout.startswith("Hello")

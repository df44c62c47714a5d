# SPDX-License-Identifier: MIT
"""Exit traces: a second run repeats them, and another machine gives the same."""

import itertools
import re
from pathlib import Path

import pytest

from conftest import MISSING, guest, run
from manifest import ARCH, MANIFEST


def cases(*backends):
    """The rows that run on all of these back ends."""
    return [
        pytest.param(row, id=str(row))
        for row in MANIFEST
        if all(backend in row.backends for backend in backends)
    ]


def skip_missing(row, *backends):
    for reason in [*(MISSING[backend] for backend in backends), row.skip()]:
        if reason:
            pytest.skip(reason)


@pytest.fixture
def observe(tmp_path):
    """Runs a row's guest, each time in a folder with a longer path. Its input is a file, so it is there at
    once. Its file name is the same on every machine."""
    folders = itertools.accumulate(itertools.repeat(Path("folder")), Path.joinpath)

    def run_row(backend, row, *options):
        folder = tmp_path / next(folders)
        folder.mkdir()
        image, stdin = folder / "guest.elf", folder / "stdin"
        image.symlink_to(guest(row.guest, ARCH[backend]))
        stdin.write_bytes(row.stdin)
        with stdin.open("rb") as file:
            return run(f"--backend={backend}", *options, image, *row.args, stdin=file)

    return run_row


@pytest.mark.parametrize("row", cases("soft"))
def test_same_again(row, observe):
    """On soft, output, trace with its times, and counts are equal to the byte, wherever the image lies. Instead
    of the host's clock, an instruction budget ends the run."""
    skip_missing(row, "soft")
    options = [o for o in row.options if not o.startswith(("--timeout", "--real-time"))]
    options += ["--max-insns=3000000", "--trace", "--stats=json", "--seed=7"]
    first, second = (observe("soft", row, *options) for _ in range(2))
    assert first.returncode == second.returncode
    assert first.stdout == second.stdout
    assert first.stderr == second.stderr
    assert b"vcpu0 #1 " in first.stderr or row.guest == "minimal"
    assert b'"count":' in first.stderr


def exits(result):
    """Returns a guest's exits, without what depends on the architecture or on time: addresses, the clock,
    the numbers of traps. Leaves out exits that the VMM causes."""
    lines = re.findall(r"^\[.*\] vcpu\d+ #\d+ (.*)  at 0x.*$", result.stderr.decode(), re.M)
    for pattern, instead in (
        (r"0x[0-9a-f]+", "ADDRESS"),
        (r"stime_value=\d+", "stime_value=TIME"),
        (r"get_timebase\(\) = \d+", "get_timebase() = FREQUENCY"),
        (r"(get_exit_count\(.*\)) = \d+", r"\1 = COUNT"),
        (r"(get_wall_clock|get_random)\(\) = -?\d+", r"\1() = NUMBER"),
    ):
        lines = [re.sub(pattern, instead, line) for line in lines]
    own = ("kick", "irq-window")
    return [line for line in lines if not line.startswith(own)]


SAME = [case for case in cases("kvm-x86", "soft") if not case.values[0].trace_differs]


@pytest.mark.parametrize("row", SAME)
def test_same_on_both(row, observe):
    skip_missing(row, "kvm-x86", "soft")
    x86, riscv = (observe(b, row, "--trace", *row.options) for b in ("kvm-x86", "soft"))
    assert exits(x86) == exits(riscv) != []

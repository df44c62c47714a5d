# SPDX-License-Identifier: MIT
"""Several harts on soft: turns by a seed, budgets, and clocks."""

import json
import re
import time

import pytest

from conftest import MAX_INSNS, USAGE, guest, needs_kvm, run, why_no_riscv

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))

HARTS = guest("tests/riscv64/harts", "riscv64")
SPIN = guest("tests/spin", "riscv64")
CLOCK = guest("clock", "riscv64")


def count(how, seed, harts=4):
    """Returns what the harts have counted, and what they should have."""
    result = run(f"-c{harts}", f"--seed={seed}", "--timeout=30", HARTS, harts, how)
    assert (result.returncode, result.stderr) == (0, b"")
    counted, wanted = re.fullmatch(rb"(\d+) of (\d+)\n", result.stdout).groups()
    return int(counted), int(wanted)


@pytest.mark.parametrize("how", ["add", "lock", "reserve"])
def test_right_with_every_seed(how):
    for seed in range(1, 41):
        counted, wanted = count(how, seed)
        assert counted == wanted, seed


def test_a_race_found_once_is_found_again():
    lost = {seed: count("race", seed) for seed in range(1, 21)}
    assert all(counted <= wanted for counted, wanted in lost.values())
    assert len({counted for counted, _ in lost.values()}) > 10  # the seed matters
    assert {seed: count("race", seed) for seed in lost} == lost


def test_turns_end_anywhere():
    """A hart can lose its turn between any two instructions. The loop of 'race' is one block without a
    jump, and yet it loses an update soon."""
    assert min(count("race", seed, harts=2)[0] for seed in range(1, 6)) < 4000


@pytest.mark.parametrize("harts", [1, 2])
def test_instruction_budget(harts):
    """The run ends at the same instruction each time, for one hart or several."""
    results = [
        run(f"-c{harts}", "--max-insns=1234567", "--stats=json", SPIN) for _ in range(2)
    ]
    assert results[0].stderr == results[1].stderr
    assert results[0].returncode == MAX_INSNS
    assert re.search(rb"--max-insns: 1234567 instructions are used up; (the guest|vCPU [01]) was at 0x", results[0].stderr)
    found = re.search(rb'"instructions":(\d+)', results[0].stderr)
    assert 1234567 <= int(found[1]) < 1234567 + 100


def test_a_budget_that_is_enough():
    result = run("--max-insns=100000", guest("hello", "riscv64"))
    assert (result.returncode, result.stderr) == (0, b"")


def test_clocks():
    """Virtual time skips the guest's sleep (0.1 s, and 0.1 s of counting); real time does not."""
    start = time.monotonic()
    result = run("--real-time", CLOCK)
    assert time.monotonic() - start >= 0.2
    assert result.stdout == run(CLOCK).stdout
    trace = run("--trace", CLOCK).stderr.decode().splitlines()
    assert 200 < float(trace[-1].split()[1]) < 210  # ms, of the guest's own


def test_the_time_of_a_round_begins_with_its_first_entry():
    """An instruction is 10 ns of virtual time, with any number of turns until the exit."""
    summary = json.loads(run("-c2", "--stats=json", guest("primes", "riscv64"), "1000000").stderr)
    total = next(row for row in summary["rows"] if row["group"] == "total")
    assert total["guest_ns"] > 9.9 * summary["instructions"]


@needs_kvm
@pytest.mark.parametrize("option", ["--seed=3", "--max-insns=5"])
def test_refused_where_the_host_schedules(option):
    result = run(option, guest("hello"))
    assert result.returncode == USAGE
    assert result.stderr.startswith(b"labvisor: " + option.split("=")[0].encode() + b": ")


def test_too_many():
    result = run("-c33", HARTS)
    assert result.returncode == USAGE
    assert b"-c: 33 vCPUs given, soft runs at most 32" in result.stderr

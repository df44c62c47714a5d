# SPDX-License-Identifier: MIT
"""labvisor diff: the first exit at which two runs part."""

import re

import pytest

from conftest import ROOT, USAGE, run, why_no_riscv


@pytest.fixture(autouse=True)
def riscv():
    if why_no_riscv():
        pytest.skip(why_no_riscv())


LOST = ROOT / "build/guests/riscv64/lost.elf"


def diff(one, two):
    result = run("diff", one, two)
    return result.returncode, result.stdout.decode().splitlines(), result.stderr.decode()


def traces(folder, seed):
    """Returns a run in three forms: a command line, the lines of --trace, the events of --trace=FILE."""
    log, events = folder / f"log{seed}", folder / f"events{seed}"
    for option in (["--trace", f"--log={log}"], [f"--trace={events}"]):
        run("-c4", f"--seed={seed}", *option, LOST)
    return f"-c4 --seed={seed} {LOST}", log, events


@pytest.mark.parametrize("form", range(3), ids=["command", "lines", "events"])
def test_two_seeds(tmp_path, form):
    """It is compared with Python's own search in the traces."""
    for seed in range(2, 40):  # compilers differ in when times differ before the exits do
        runs = traces(tmp_path, 1), traces(tmp_path, seed)
        lines = [re.findall(r"^\[ *([\d.]+) ms\] vcpu(\d) #\d+ (.*)  at", r[1].read_text(), re.M) for r in runs]
        part = next((n for n, (x, y) in enumerate(zip(*lines)) if x[1:] != y[1:]), 0)
        timely = next((n for n, (x, y) in enumerate(zip(*lines)) if x != y), 0)
        if 0 < timely < part:
            break
    assert 0 < timely < part
    status, out, err = diff(runs[0][form], runs[1][form])
    assert (status, err) == (1, "")
    field, words = (2, "it is {} in run 1, {} in run 2") if lines[0][part][1] == lines[1][part][1] else (1, "vCPU {} makes it in run 1, vCPU {} in run 2")
    assert out[0] == f"the runs part at exit #{part + 1}: {words.format(*(line[part][field] for line in lines))}"
    times = [f"{lines[n][timely][0]} ms in run {n + 1}" for n in (0, 1)]
    assert out[1] == f"before, at exit #{timely + 1}, their times differ: {', '.join(times)}"
    shown = [(line[0], int(re.search(r"#(\d+)", line)[1]) - 1) for line in out[2:]]
    assert shown == [(mark, part + n) for mark, ns in ((" ", (-3, -2, -1)), ("1", (0, 1, 2)), ("2", (0, 1, 2))) for n in ns]
    for mark, n in ((" ", part - 1), ("1", part), ("2", part)):
        assert lines[mark == "2"][n][2] in out[2 + shown.index((mark, n))]


def test_the_same_run_in_its_forms(tmp_path):
    forms = traces(tmp_path, 1)
    exits = len(forms[1].read_text().splitlines())
    for one in forms:
        for two in forms:
            assert diff(one, two) == (0, [f"the runs make the same {exits} exits"], "")


def test_a_run_that_ends_before_and_another_call(tmp_path):
    log = traces(tmp_path, 1)[1]
    lines = log.read_text().splitlines(keepends=True)
    (tmp_path / "shorter").write_text("".join(lines[:-1]))
    assert diff(log, tmp_path / "shorter")[:2][1][0] == f"the runs part at exit #{len(lines)}: run 2 ends before it"
    assert diff(tmp_path / "shorter", log)[1][0] == f"the runs part at exit #{len(lines)}: run 1 ends before it"
    (tmp_path / "other").write_text(re.sub(r"exit\(status=\d", "exit(status=\x1b7", "".join(lines)))
    words = f"the runs part at exit #{len(lines)}: it is {re.search(r'LAB.exit.*?[)]', lines[-1])[0]} in run 1, LAB.exit(status="
    status, out, _ = diff(log, tmp_path / "other")
    assert status == 1 and out[0].startswith(words) and "\x1b" not in "".join(out)


def test_what_is_no_run(tmp_path):
    (tmp_path / "empty").write_text("nothing\n")
    for arguments in ((), ("a",), ("a", "b", "c")):
        result = run("diff", *arguments)
        assert result.returncode == USAGE and b"diff: two runs were expected" in result.stderr
    for wrong in (tmp_path / "empty", tmp_path / "missing", "--nonsense x"):
        status, out, err = diff(wrong, f"-c4 {LOST}")
        assert (status, out) == (USAGE, []) and f"diff: {wrong}: no exits are there" in err

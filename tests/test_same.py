# SPDX-License-Identifier: MIT
"""The same points everywhere: a part of `make labs-same` (same_points.py), and its own checks."""

import copy
import shutil

import pytest

from conftest import why_no_riscv

import same_points
import varied
from handed import solution

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))


# Newer compilers refuse it, and older ones only with the flags of labs/handout.mk.
UNDECLARED = ("handlers.c", "    char text[32];", "    char text[32] = {(char)getppid()};")


def test_two_compilers(tmp_path):
    """Mistakes whose effect C leaves to the compiler, or that only newer ones refuse: the same points and words."""
    missing = [tool for tool in ("riscv64-linux-gnu-gcc", "clang", "ld.lld", "llvm-ar") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    slips = [slip for slip in varied.SLIPS[2] if slip[0] == "handlers.c" or "+r" in slip[1] or "memory" in slip[1]]
    found = [(new, varied.changed(solution(2), (end, old, new))) for end, old, new in (*slips, UNDECLARED)]
    told = same_points.hand_in(tmp_path / "in", {2: found})
    same_points.grade_all(tmp_path / "in", tmp_path / "out")
    places = {compiler: same_points.read_results(tmp_path / "out" / compiler) for compiler in same_points.COMPILERS}
    assert list(same_points.differences(told, places)) == []
    assert all(compiler in places[compiler][key]["toolchain"][0] for compiler in places for key in told)
    points = [result["points"] for result in places["gcc"].values()]
    assert len(points) == len(found) and len(set(points)) >= 4 and points[-1] == 20


ROW = {"name": "one", "points": 5, "words": ""}
RESULT = {"points": 5, "not_submitted": [], "checks": [ROW]}
BROKEN = {**RESULT, "checks": [{"name": "one", "points": 5, "words": "it does not build: as one compiler says"}]}


@pytest.mark.parametrize(
    "other, differs",
    [
        (RESULT, False),
        ({**RESULT, "points": 6}, True),
        ({**RESULT, "checks": [{**ROW, "points": 4}]}, True),
        ({**RESULT, "checks": [{**ROW, "words": "not that"}]}, True),
        ({**RESULT, "not_submitted": ["a.c"]}, True),
        (BROKEN, True),
        (None, True),
    ],
)
def test_a_difference_is_told(other, differs):
    places = {"here": {(2, "s000"): RESULT}, "there": {(2, "s000"): other}}
    assert bool(list(same_points.differences({(2, "s000"): "solution"}, places))) == differs


def test_what_a_compiler_says_is_its_own():
    other = copy.deepcopy(BROKEN)
    other["checks"][0]["words"] = "it does not build: as another says"
    places = {"here": {(2, "s000"): BROKEN}, "there": {(2, "s000"): other}}
    assert list(same_points.differences({(2, "s000"): "broken"}, places)) == []


@pytest.mark.parametrize("number", varied.SLIPS)
def test_submissions_are_varied_and_the_same_every_time(number):
    files = solution(number)
    for slip in varied.SLIPS[number]:
        assert varied.changed(files, slip) != files, slip
    found = [varied.vary(number, seed) for seed in range(50)]
    assert found == [varied.vary(number, seed) for seed in range(50)]
    assert len({str(files) for _, files in found}) > 40


def test_the_students_report(tmp_path):
    """A handout does not know the answers of questions with two: then their row says that, and has no points."""
    lab = same_points.handout.load(8)
    rows = [{"name": check.name, "points": check.points, "max": check.points, "words": ""} for check in lab.checks]
    files = {name: text.encode() for name, text in solution(8).items()}
    ours = {"checks": rows, "points": 100, "later": 0}
    theirs = same_points.in_a_handout(lab, files, ours)
    assert (theirs["points"], theirs["later"]) == (95, 5)
    assert [row["name"] for row in theirs["checks"] if row["points"] == 0] == ["wfi_ends"]

# SPDX-License-Identifier: MIT
"""Hints that never lie: each known mistake gets its own one and no other, and garbage gets none."""

import json
import random
import re
import subprocess

import pytest

from conftest import ROOT, why_no_riscv
from handed import LABS, hand_in, handed_in, result_of, solution, sown, warm  # noqa: F401

import checks
import handout
import hints
import report
import told

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))

# ---- Each mistake, and each hint ----


def words_about(result, check):
    """What the grader says of a check at the last level."""
    hint = next(row for row in result["checks"] if row["name"] == check).get("hint") or {}
    return f"{hint.get('look')} {hint.get('concept')}"


@pytest.mark.parametrize("number", LABS)
def test_each_mistake_gets_its_own_hint_and_no_other(number, tmp_path):
    """The table of `make hints`. README.md has the words, and no hint is without a mistake, or the starter, that
    gets it."""
    lab = handout.load(number)
    runs = {check.name for check in told.runs_of(lab)}
    text = " ".join((handout.folders()[number] / "README.md").read_text(encoding="utf-8").split())
    files, shown = handout.files(number), []
    result_of_mutant = told.grader(number)
    for mutant in told.mutants_of(number):
        result = result_of_mutant(told.changed(told.solution(number), mutant))
        words = {words for _, words in told.hints_in(result)}
        assert words == ({mutant.says} if mutant.check in runs else set()), mutant.what
        assert mutant.says in words_about(result, mutant.check), mutant.what
        assert mutant.says in text, mutant.what
        shown += words
    starter = result_of(number, hand_in(tmp_path, {name: files[name] for name in lab.files}))
    assert set(told.hints_of(lab)) == {*shown, *(words for _, words in told.hints_in(starter))}


def test_the_table_as_a_command():
    """It fails for a mistake without its own hint."""
    result = subprocess.run([ROOT / "labs/tools/told.py", "0"], capture_output=True, text=True)
    assert result.returncode == 0 and result.stdout.endswith("0 mistakes do not get their own hint alone\n"), result.stdout
    assert re.search(r"^no newline +\.\.X$", result.stdout, re.M)


# ---- Garbage ----

ENDS = ("status 77", "status 116: the guest died: zzz", "more than 1000 exits, at last LAB.shutdown()", "more than 9 instructions, at last in zzz")
ENDS += ("SIGILL", "no end", "too much output")
TEXTS = ("zzz", "", "the end, at last LAB.shutdown()", "no more exits", "LAB.shutdown()", "nothing of it", "-77", "999999999")


def garbage(expected, others, rng):
    """Texts that no known mistake writes in place of the expected one."""
    yield from TEXTS
    yield f"{expected[::-1]}!"
    yield "".join(rng.choices("abcXYZ ()=%,:'", k=rng.randrange(1, 60)))
    yield re.sub(r"\d+", lambda _: str(rng.randrange(10**8, 10**9)), f"{expected} 1")
    yield re.sub(r"0x\w+|\d+", lambda _: hex(rng.randrange(2**40, 2**50)), f"{expected} 1")
    yield rng.choice(others)


def differences_of(check, rng):
    lines = [*(check.stdout or "").splitlines(), "the end"]
    trace = [*checks.START, *(check.trace or ()), "no more exits"]
    nexts = [*lines, *trace, f"status {check.status}"]
    for what, expected in (("line", lines), ("exit", trace)):
        for number, text in enumerate(expected, 1):
            yield from ((f"{what} {number}", text, wrong) for wrong in garbage(text, ["zzz", *lines[number + 3 :]], rng))
    yield from (("the end", text, wrong) for text in nexts for wrong in (*ENDS, *TEXTS))
    yield from (("the VMM's words", text, wrong) for text in check.stderr for wrong in garbage(text, ["zzz"], rng))
    yield from ((place, "", "zzz") for place in ("the execution", "the file zzz", "the source", ""))


@pytest.mark.parametrize("number", LABS)
def test_garbage_gets_no_hint(number):
    rng, given, count = random.Random(f"garbage {number}"), [], 0
    for check in told.runs_of(handout.load(number)):
        for seed in range(5):
            drawn = check.for_seed(f"seed {seed}")
            for where, expected, got in differences_of(drawn, rng):
                found = hints.find(drawn.hints, hints.Difference(where, expected, got, "")) if got != expected else None
                given += [(check.name, where, expected, got, found.words)] if found else []
                count += 1
    assert given == [] and count > 500


def test_two_hints_are_none():
    one, other = (hints.Hint(words, "", "line *", "#", "# of #", lambda a, b, c: (a, b) == (2, -3)) for words in ("one", "other"))
    difference = hints.Difference("line 7", "2", "-3 of 0x10", "")
    assert hints.find([one, one], difference) is one and hints.find([one, other], difference) is None
    assert hints.find([one], hints.Difference("line 7", "2", "-4 of 0x10", "")) is None
    assert hints.find([one], hints.Difference("exit 7", "2", "-3 of 0x10", "")) is None


# ---- What is not handed in ----


@pytest.mark.parametrize("number", LABS)
def test_what_is_not_handed_in_gets_no_hint(number, tmp_path):
    """The starter's files are there in its place: a hint about them would be about nobody's work."""
    answers = {name: text for name, text in solution(number).items() if name.endswith("answers.txt")}
    assert told.hints_in(result_of(number, hand_in(tmp_path, answers))) == []


def test_a_part_that_is_not_handed_in(tmp_path):
    directory = handed_in(tmp_path)
    (directory / "labs/02-hypercalls/vmm/handlers.c").unlink()
    assert told.hints_in(result_of(2, directory)) == []


# ---- Levels ----

NUL = ("strlen(text), (uintptr_t)", "strlen(text) + 1, (uintptr_t)")


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """A handout of lab 2, with a solution that prints the NUL, too."""
    tree = tmp_path_factory.mktemp("handout") / "lab"
    handout.write(handout.files(2), tree)
    warm(2, tree)
    files = solution(2)
    files["labs/02-hypercalls/guest/stubs.h"] = files["labs/02-hypercalls/guest/stubs.h"].replace(*NUL)
    return hand_in(tree, files)


def make_hint(tree, *words):
    result = subprocess.run(["make", "-s", "hint", *words], cwd=tree, capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else result.stderr


def test_levels_on_request(handed_out):
    """First what was observed; asked again, where to look; then the concept. Another difference begins anew."""
    one, two, three, four = (make_hint(handed_out, "CHECK=strings") for _ in range(4))
    assert re.search(r"^  exit 2\n  expected  LAB2.put_string\(num_bytes=(\d+), .*\n  got       LAB2.put_string\(num_bytes=\d+, ", one, re.M)
    assert re.search(r"the exits there\n +1  LAB.get_args.*\n +2  LAB2.put_string.*\n +3  LAB2.put_string", one)
    look, concept = "look at   labs/02-hypercalls/guest/stubs.h: put_string\n", "concept   is it the length of the string, without its NUL?\n"
    assert [look in text for text in (one, two, three)] == [False, True, True]
    assert [concept in text for text in (one, two, three)] == [False, False, True] and four == three
    assert one.endswith("for where to look, ask again\n") and two.endswith("for the concept, ask again\n")
    assert make_hint(handed_out, "CHECK=strings", "LEVEL=1") == one and make_hint(handed_out, "CHECK=strings") == two
    assert make_hint(handed_out, "CHECK=numbers") == "numbers: it has all its points\n"


def test_a_hint_for_a_check_that_does_not_exist(handed_out):
    assert "has no check 'zzz': give one of numbers, strings," in make_hint(handed_out, "CHECK=zzz")
    assert "has no check ''" in make_hint(handed_out)


def test_an_answer_has_one_level_more(handed_out):
    name = "labs/02-hypercalls/answers.txt"
    (handed_out / name).write_text(solution(2)[name].replace("pc_advance=4", "pc_advance=8"))
    texts = [make_hint(handed_out, "CHECK=pc_advance") for _ in range(3)]
    assert "pc_advance=8 is not right\n" in texts[0] and "look at" not in texts[0]
    assert texts[1] == texts[2] and texts[1].endswith("look at   vmm/backends/soft/soft.c: apply_result\n")


def test_the_report_has_expected_and_got_side_by_side(handed_out):
    result = result_of(2, handed_out)
    row = next(row for row in result["checks"] if row["name"] == "strings")
    assert row["where"] == "exit 2" and [number for number, _ in row["around"]] == [1, 2, 3]
    assert row["hint"] == {"look": "labs/02-hypercalls/guest/stubs.h: put_string", "concept": "is it the length of the string, without its NUL?"}
    lines = report.terminal(result).splitlines()
    at = lines.index("FAIL   0 of  20  strings")
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["exit", "expected", "got"]
    assert f"expected  {row['expected']}" in lines[at + 2] and lines[-2] == "for a hint: make hint CHECK=strings"
    assert json.loads(json.dumps(result)) == result


def test_what_hint_has_said_may_be_anything(handed_out):
    for text in ("[]", "{", '{"strings": 3}', '{"strings": ["x"]}', "\0"):
        (handed_out / "build/hinted.json").write_text(text)
        assert make_hint(handed_out, "CHECK=strings").endswith("for where to look, ask again\n")

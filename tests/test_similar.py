# SPDX-License-Identifier: MIT
"""Copies are named, independent solutions are not."""

import os
import random
import re
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "labs/tools"))
import handout
import similar

SIMILAR = ROOT / "labs/tools/similar.py"
FILE = "labs/06-files/vmm/files.c"
SOLUTION = (ROOT / FILE).read_text()
STARTER = handout.files(6)[FILE]
OTHER = (ROOT / "tests/submissions/files.c").read_text()
LABS = sorted(handout.folders())


def renamed(text):
    """Gives every name and number another value."""
    words = "|".join([*similar.WORDS, *filter(str.isalpha, similar.IGNORED)])
    text = re.sub(rf"\b(?!(?:{words}|define|include)\b)([A-Za-z_]\w*)\b", r"my_\1", re.sub(r"#include.*", "", text))
    return re.sub(r"\b\d+\b", "77", text)


def reordered(text):
    first, *functions = re.split(r"^(?=/\*\n)", text, flags=re.M)
    assert len(functions) > 3
    return first + "".join(reversed(functions))


def commented(text):
    """Adds comments and qualifiers, and lays the lines out anew."""
    text = re.sub(r"//.*|/\*(?s:.*?)\*/", "", text)
    return re.sub(r";\n", ' ; // "if" is a remark\n\n', text.replace("    int ", "\tconst volatile int "))


# Order changes only the grams between functions.
COPIES = (
    (renamed, 100),
    (commented, 100),
    (reordered, 95),
    (lambda text: renamed(commented(reordered(text))), 95),
)


def alike(one, other, starter=STARTER):
    """Returns the percentage of two texts."""
    known = {mark for mark, _ in similar.grams(starter)}
    prints = {name: similar.fingerprints({"file.c": text}, known) for name, text in (("one", one), ("other", other))}
    return next(similar.pairs(prints, 0), (0,))[0]


@pytest.mark.parametrize("how, least", COPIES, ids=("renamed", "commented", "reordered", "all"))
def test_a_copy_is_named(how, least):
    copy = how(SOLUTION)
    assert copy != SOLUTION and alike(SOLUTION, copy) >= least


def test_an_independent_solution_is_not():
    assert alike(SOLUTION, OTHER) <= 20
    assert alike(renamed(OTHER), OTHER) == 100


def solved(number):
    return "".join((ROOT / name).read_text() for name in handout.load(number).files if not name.endswith("answers.txt"))


@pytest.mark.parametrize("number", LABS)
def test_the_starter_has_nothing_of_its_own(number):
    texts = handout.files(number)
    starter = {name: texts[name] for name in handout.load(number).files if not name.endswith("answers.txt")}
    known = {mark for text in starter.values() for mark, _ in similar.grams(text)}
    assert similar.fingerprints(starter, known) == {}
    assert len(similar.fingerprints({"file.c": solved(number)}, known)) >= similar.FEW or number == 0


def test_solutions_of_other_labs_are_not_alike():
    texts = [solved(number) for number in LABS if number not in (1, 7, 8)]  # these have the VMM's files
    assert max(alike(one, other) for one in texts for other in texts if one is not other) <= 30


def test_what_many_have_is_common():
    """A class whose solutions have much in common: only the two that share more are told."""
    signs = "a + - * / % ^ | & ; [ ] , ? : < > = ! ~".split()
    lone = [" ".join(random.Random(seed).choices(signs, k=300)) for seed in range(16)]
    texts = [SOLUTION + text for text in lone] + [SOLUTION + renamed(OTHER), SOLUTION + commented(OTHER)]
    prints = {n: similar.fingerprints({"file.c": text}, set()) for n, text in enumerate(texts)}
    assert len(list(similar.pairs(prints, 60))) > 100
    found = [pair[1:3] for pair in similar.pairs(similar.without_common(prints), 60)]
    assert found == [(len(texts) - 2, len(texts) - 1)]


def test_the_command(tmp_path):
    """Pairs with their lines; and the export, whose base is the starter."""
    texts = {"ada": SOLUTION, "bób\n": renamed(SOLUTION), "eve": OTHER, "none": STARTER}
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "files.c").write_text(text)
    (tmp_path / "two/a").mkdir(parents=True)
    (tmp_path / "two/b").mkdir()
    for folder in "ab":
        (tmp_path / "two" / folder / "answers.txt").touch()
    command = [SIMILAR, "6", *sorted(tmp_path.iterdir())]
    ascii = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=ascii)
    pair, total = result.stdout.splitlines()
    assert re.fullmatch(r"100%  ada files.c:\d+-\d+ = b\\xf3b\\n files.c:\d+-\d+", pair)
    assert total == "4 compared, 1 with too little of their own"
    assert re.fullmatch(r"similar: not compared: \S+/two: a and b hold files of the lab: keep one of them\n", result.stderr)

    out = tmp_path / "out"
    subprocess.run([*command, "--jplag", out], capture_output=True, check=True)
    assert (out / "base" / FILE).read_text() == STARTER
    exported = {path.name.rpartition("-")[0]: (path / FILE).read_text() for path in (out / "submissions").iterdir()}
    assert exported == {"ada": SOLUTION, "b_b_n": texts["bób\n"], "eve": OTHER, "none": STARTER}
    assert subprocess.run([*command, "--jplag", out], capture_output=True).returncode == 1

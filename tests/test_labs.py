"""The labs, and the grader: it knows right from wrong, and comes to no harm."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT, why_no_riscv

sys.path.insert(0, str(ROOT / "labs/tools"))
import checks
import grade
import handout
import report
import sandbox

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))
GRADE = ROOT / "labs/labvisor-grade"
LABS = sorted(handout.folders())


def solution(number):
    """The files of a lab's solution, as a student who has written it hands them in."""
    folder = handout.folders()[number]
    return {name: (ROOT / name).read_text() for name in handout.load(number).files}


def hand_in(directory, files):
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def result_of(number, directory):
    return grade.grade(handout.load(number), directory, os.cpu_count())


def failed(result):
    return {row["name"]: row["words"] for row in result["checks"] if row["points"] < row["max"]}


def mutants():
    for number in LABS:
        path = handout.folders()[number] / "mutants.py"
        spec = importlib.util.spec_from_file_location(f"mutants{number}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for mutant in module.MUTANTS:
            yield pytest.param(number, mutant, id=f"{number}-{mutant.what.replace(' ', '-')}")


@pytest.mark.parametrize("number", LABS)
def test_solution_gets_all(number, tmp_path):
    result = result_of(number, hand_in(tmp_path, solution(number)))
    assert failed(result) == {}
    assert result["points"] == result["max"] == 100


@pytest.mark.parametrize("number", LABS)
def test_starter_fails_its_checks(number, tmp_path):
    """In a handout of its own: it builds, and every check fails but those that were given."""
    handout.write(handout.files(number), tmp_path)
    result = result_of(number, tmp_path)
    assert set(failed(result)) == {check.name for check in handout.load(number).checks if not check.given}
    assert not any("does not build" in words for words in failed(result).values())


@pytest.mark.parametrize("number", LABS)
def test_handout_has_no_trace_of_the_solution(number, tmp_path):
    """Where it has been taken out, and in all that is about labs."""
    files = handout.files(number)
    sources = {name: (ROOT / name).read_text() for name in files if (ROOT / name).exists()}
    taken = {name: handout.split(text, number)[1] for name, text in sources.items()}
    lines = {line.strip() for part in taken.values() for line in part if len(line.strip()) > 24}
    assert lines
    watched = [text for name, text in files.items() if taken.get(name) or name[:5] in ("labs/", "READM")]
    assert [line for line in lines if line in "\n".join(watched)] == []
    assert not [name for name in files if "mutants" in name]
    for text in files.values():
        assert not re.search(r"^\s*(//|#) LAB \d+: \w+$", text, re.M)


@pytest.mark.parametrize("number, mutant", mutants())
def test_mutant_is_told(number, mutant, tmp_path):
    folder = handout.folders()[number]
    files = solution(number)
    (name,) = (name for name in files if name.endswith(mutant.file))
    assert files[name].count(mutant.old) == 1, mutant.old
    files[name] = files[name].replace(mutant.old, mutant.new)
    wrong = failed(result_of(number, hand_in(tmp_path, files)))
    assert mutant.says in wrong.get(mutant.check, ""), wrong
    text = " ".join((folder / "README.md").read_text().split())
    assert mutant.says in text

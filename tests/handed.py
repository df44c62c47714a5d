# SPDX-License-Identifier: MIT
"""Submissions for the tests of labs and grader."""

import fcntl
import os
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "labs/tools"))
import grade
import handout
import sandbox
from told import mutants_of, solution  # noqa: F401

GRADE = ROOT / "labs/labvisor-grade"
LABS = sorted(handout.folders())


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


def sow(number):
    """Gives the grader's tree of a lab, if there is none yet, what it has in common with this
    repository, with its times, and what is built of that: make builds the rest. Of a lab with
    calls.def that is nothing, for it has other flags."""
    folder = ROOT / "build/grader" / handout.folders()[number].name
    base, texts = folder / "base", handout.files(number)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if base.exists() or any(name.endswith("/calls.def") for name in texts if name.startswith("labs/")):
            return
        for name, text in texts.items():
            if (ROOT / name).is_file() and (ROOT / name).read_text() == text:
                (base / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, base / name)
        (base / "build/riscv64").mkdir(parents=True)
        for built in ("vmm", "riscv64/rt", "riscv64/flags"):
            subprocess.run(["cp", "-a", ROOT / "build" / built, base / "build" / built], check=True)


@pytest.fixture(scope="module", autouse=True)
def sown():
    for number in LABS:
        sow(number)


def warm(number, tree):
    """Gives a handout what is built already of its lab: so it is quicker, and else the same."""
    folder = grade.prepare(handout.load(number), os.cpu_count())[0].parent
    (tree / "build/grader").mkdir(parents=True)
    subprocess.run(["cp", "-a", folder, tree / "build/grader"], check=True)


def handed_in(tmp_path, number=2, **changes):
    """Lab 2's solution, with text put in front of the files that are named by their last word."""
    files = solution(number)
    for name in files:
        files[name] += changes.get(name.rsplit("/")[-1].partition(".")[0], "")
    return hand_in(tmp_path / "work", files)


# Where nothing confines, the grader has to be told that the submissions are harmless, as ours are.
UNSAFE = () if sandbox.is_closed() else ("--unsafe",)


def run_grade(*args, **kwargs):
    return subprocess.run([GRADE, *UNSAFE, *map(str, args)], capture_output=True, text=True, timeout=300, **kwargs)

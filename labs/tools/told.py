#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""For authors of labs; not in a handout: which hints the known mistakes get.

    told.py LAB...   a row for each mistake of mutants.py, a column for each hint: X is its own, ! is not
"""

import importlib.util
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import checks
import grade
import handout


def mutants_of(number):
    spec = importlib.util.spec_from_file_location(f"mutants{number}", handout.folders()[number] / "mutants.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MUTANTS


def solution(number):
    """Returns the files of a lab's solution: path to text."""
    return {name: (handout.ROOT / name).read_text(encoding="utf-8") for name in handout.load(number).files}


def changed(files, mutant):
    """Returns the solution's files with the mistake."""
    (name,) = (name for name in files if name.endswith(mutant.file))
    if files[name].count(mutant.old) != 1:
        sys.exit(f"mutants.py: {mutant.what}: its old text has to be in {name} once: {mutant.old}")
    return {**files, name: files[name].replace(mutant.old, mutant.new)}


def grader(number):
    """Returns a function from a submission's files to its result."""
    lab = handout.load(number)
    prepared = grade.prepare(lab, os.cpu_count())

    def result_of(files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return grade.grade(lab, pathlib.Path(folder), prepared=prepared)

    return result_of


def hints_in(result):
    """Returns the hints of a result's runs: (check, concept). A question's says where to look, and claims nothing."""
    rows = ((row["name"], row.get("hint") or {}) for row in result["checks"])
    return [(name, hint["concept"]) for name, hint in rows if "concept" in hint]


def runs_of(lab):
    return [check for check in lab.checks if isinstance(check, checks.Run)]


def hints_of(lab):
    """Returns the words of all hints of a lab, each once."""
    return list(dict.fromkeys(hint.words for run in runs_of(lab) for hint in run.for_seed("any").hints))


def main():
    numbers = [int(number) for number in sys.argv[1:] if number.isdigit()]
    if not numbers:
        sys.exit("usage: told.py LAB...; make hints LAB=2 does it")
    wrong = 0
    for number in numbers:
        columns, runs = hints_of(handout.load(number)), {check.name for check in runs_of(handout.load(number))}
        print(*(f"{column:3}  {words}" for column, words in enumerate(columns, 1)), sep="\n")
        result_of = grader(number)
        for mutant in mutants_of(number):
            told = {words for _, words in hints_in(result_of(changed(solution(number), mutant)))}
            cells = ["." if words not in told else "X" if words == mutant.says else "!" for words in columns]
            wrong += "!" in cells or ("X" not in cells and mutant.check in runs)
            print(f"{mutant.what[:52]:52} {''.join(cells)}", flush=True)
    print(f"{wrong} mistakes do not get their own hint alone")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Grades varied submissions (varied.py) with two compilers, here and in Debian 13, and in a
student's own folder, and compares points and words.

    tests/same_points.py [--count N] [--seed N] [--labs 2,3,6,8] [--mutants] [--distro NAME]
    tests/same_points.py --grade SUBMISSIONS OUT      this machine's part, for a chroot

What a compiler itself says of a text that does not build differs; that it does not build, does not.
"""

import argparse
import concurrent.futures
import fcntl
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "labs/tools"), str(ROOT / "tools")]

import handed
import varied

import checks
import distros
import grade
import handout
import report

HERE = ROOT / "build/same"
COMPILERS = ("gcc", "clang")  # the first one is make's own choice
BUILD_ERROR = "it does not build: "


def hand_in(folder, found):
    """Writes submissions to folder/LAB/NAME. found: lab to (what it is, files) of each. Returns what each is."""
    shutil.rmtree(folder, ignore_errors=True)
    told = {}
    for number, submissions in found.items():
        for i, (words, files) in enumerate(submissions):
            name = f"s{i:03}"
            (folder / str(number) / name).mkdir(parents=True)
            handed.hand_in(folder / str(number) / name, files)
            told[number, name] = words
    return told


def submissions_of(options):
    labs = [int(number) for number in options.labs.split(",")]
    if options.mutants:
        return {number: varied.mistakes(number) for number in labs}
    return {number: [varied.vary(number, f"{options.seed} {i}") for i in range(options.count)] for number in labs}


def environment(compiler):
    """Returns the environment in which the grader takes a compiler."""
    others = {name: value for name, value in os.environ.items() if name != "CC"}
    return others if compiler == COMPILERS[0] else {**others, "CC": compiler}


def grade_all(submissions, out, compilers=COMPILERS):
    """Grades each submission with each compiler, by the command: results go to out/COMPILER/LAB."""
    for compiler, folder in itertools.product(compilers, sorted(submissions.iterdir())):
        results = out / compiler / folder.name
        command = [handed.GRADE, *handed.UNSAFE, "--lab", folder.name, "--results", results, *sorted(folder.iterdir())]
        done = subprocess.run(command, env=environment(compiler), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"same_points: lab {folder.name}, {compiler}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def read_results(out):
    """Returns a place's results: (lab, submission) to result."""
    found = {}
    for path in sorted(out.glob("*/*.json")):
        found[int(path.parent.name), path.name.partition("-")[0]] = json.loads(path.read_text())
    return found


def rows_of(result):
    """Returns what has to be the same everywhere."""
    rows = [(row["name"], row["points"], BUILD_ERROR if row["words"].startswith(BUILD_ERROR) else row["words"]) for row in result["checks"]]
    return [*rows, ("in all", result["points"], " ".join(result["not_submitted"]))]


# ---- A student's own folder ----


def in_a_handout(lab, files, result):
    """Returns a result of the instructor's as a handout gives it: it does not have the answers of questions
    with two."""
    text = handout.files(lab.number)[f"{handout.folders()[lab.number].relative_to(ROOT)}/lab.py"]
    module = types.ModuleType("theirs")
    exec(text, module.__dict__)
    answers, seed = grade.answers_of(lab, files)
    rows, later = [], 0
    for row, check in zip(result["checks"], module.LAB.checks, strict=True):
        if isinstance(check, checks.Answer) and check.later:
            row = grade.row_of(check, grade.answered(check, lab, seed, answers, None), known=True)
            later += check.points if answers.get(check.name) else 0
        rows.append(row)
    return {**result, "checks": rows, "later": later, "points": sum(row["points"] for row in rows)}


def make_grade(tree, lab, directory):
    """Returns what make grade prints in a student's folder with the submission's files."""
    for name in lab.files:
        (tree / name).unlink(missing_ok=True)
        if (directory / name).exists():
            shutil.copy(directory / name, tree / name)
    return subprocess.run(["make", "-s", "grade"], cwd=tree, env=environment(COMPILERS[0]), capture_output=True, text=True)


def grade_as_students(submissions, results, jobs=os.cpu_count()):
    """Compares each submission's make grade with the instructor's result. Returns the differences in words."""
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for folder in sorted(submissions.iterdir()):
            lab = handout.load(int(folder.name))
            trees = [HERE / "handouts" / f"{lab.number}-{job}" for job in range(jobs)]
            for tree in trees:
                handout.write(handout.files(lab.number), tree)
            paths = sorted(folder.iterdir())
            for done in pool.map(compare_with_student, trees, (paths[job::jobs] for job in range(jobs)), itertools.repeat(lab), itertools.repeat(results)):
                wrong += done
    return wrong


def compare_with_student(tree, paths, lab, results):
    wrong = []
    for path in paths:
        own = make_grade(tree, lab, path)
        expected = report.terminal(in_a_handout(lab, grade.submitted(lab, path), results[lab.number, path.name]))
        if own.stdout != expected:
            wrong.append(f"lab {lab.number} {path.name}: make grade says\n{own.stdout}{own.stderr}and the instructor's tree\n{expected}")
    return wrong


# ---- Another Linux ----


def grade_in(distro, submissions, out):
    """Grades the submissions in a chroot of tools/distros.py."""
    layer = distros.HERE / f"{distro}-same.layer"
    distros.HERE.mkdir(parents=True, exist_ok=True)
    with open(distros.HERE / "lock", "w") as lock, open(distros.HERE / f"{distro}-same.log", "w+b", buffering=0) as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        distros.make_chroot(distro, log)
        shutil.rmtree(layer, ignore_errors=True)
        upper = layer / "upper/labvisor"
        distros.copy_checkout(upper)
        shutil.copytree(submissions, upper / "build/submissions")
        command = "apt-get install -y -qq --no-install-recommends lld llvm && cd /labvisor && tests/same_points.py --grade build/submissions build/out"
        status, text = distros.enter(distro, layer, "root", command, log)
        if status:
            sys.exit(f"same_points: {distro}: {text[-3000:]}")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(upper / "build/out", out)
    shutil.rmtree(layer, ignore_errors=True)


# ---- The comparison ----


def differences(told, places):
    """Returns each difference from the first place, in words."""
    first, *others = places
    for key, words in told.items():
        for other in others:
            one, two = (places[place].get(key) for place in (first, other))
            if not one or not two:
                yield f"lab {key[0]} {key[1]}: no result in {other if one else first}"
                continue
            for have, want in zip(rows_of(two), rows_of(one), strict=True):
                if have != want:
                    yield f"lab {key[0]} {key[1]} ({words}):\n  {first}: {want}\n  {other}: {have}"


def table(told, places):
    """Returns how varied the submissions were: by lab their number, that of different points, and of all words."""
    lines = ["lab  submissions  points  words  do not build"]
    first = next(iter(places.values()))
    for number in sorted({lab for lab, _ in told}):
        rows = [rows_of(result) for (lab, _), result in first.items() if lab == number]
        points = {row[-1][1] for row in rows}
        words = {line for row in rows for line in row[:-1]}
        broken = sum(any(line[2] == BUILD_ERROR for line in row) for row in rows)
        lines.append(f"{number:3}  {len(rows):11}  {len(points):6}  {len(words):5}  {broken:12}")
    return "\n".join(lines)


def options_of(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=50, help="submissions of each lab (50)")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--labs", default="2,3,6,8")
    parser.add_argument("--mutants", action="store_true", help="each known mistake of the labs instead")
    parser.add_argument("--distro", action="append", default=[], help="also in this chroot of tools/distros.py")
    parser.add_argument("--students", action="store_true", help="also by make grade in a handout")
    parser.add_argument("--grade", nargs=2, type=pathlib.Path, metavar=("SUBMISSIONS", "OUT"))
    return parser.parse_args(words)


def main(words):
    options = options_of(words)
    if options.grade:
        return grade_all(*options.grade)
    if options.distro and os.geteuid() != 0:
        sys.exit("same_points: a chroot takes root: type sudo make labs-same, or leave out --distro")
    submissions = HERE / "submissions"
    told = hand_in(submissions, submissions_of(options))
    shutil.rmtree(HERE / "here", ignore_errors=True)
    grade_all(submissions, HERE / "here")
    for distro in options.distro:
        grade_in(distro, submissions, HERE / distro)
    places = {f"{place}, {compiler}": read_results(HERE / place / compiler) for place in ("here", *options.distro) for compiler in COMPILERS}
    wrong = list(differences(told, places))
    if options.students:
        wrong += grade_as_students(submissions, next(iter(places.values())))
    print(table(told, places))
    for place, results in places.items():
        tools = next(iter(results.values()))["toolchain"]
        print(f"{place}: {', '.join(tools)}")
        wrong += [f"{place}: compiled by {tool}" for tool in tools if place.split()[-1] not in tool]
    print("\n".join([*wrong, f"{len(wrong)} differences"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

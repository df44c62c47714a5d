# SPDX-License-Identifier: MIT
"""Grades one submission: builds it in a tree of its own and runs the lab's checks.

It uses only the submission's files that lab.py names; all other files of the tree are the grader's
own. The verdicts come from the grader, which observes the guests.
"""

import contextlib
import fcntl
import hashlib
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import checks
import differences
import handout
import sandbox

SIZE_MAX = 256 << 10  # bytes of a submitted file, or of a file that a guest has written
FILES_MAX = 200  # files that a guest has written


def prepare(lab, jobs):
    """Returns the lab's built starter tree, and its digest. The tree of each submission is a copy."""
    folder = handout.folders()[lab.number]
    work = handout.ROOT / "build/grader" / folder.name
    base, stamp = work / "base", work / "stamp"
    work.mkdir(parents=True, exist_ok=True)
    texts = handout.files(lab.number)
    digest = handout.digest(texts)
    with open(work / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == digest):
            stamp.unlink(missing_ok=True)
            remove_others(base, texts)
            handout.write(texts, base)
            result = subprocess.run(
                ["make", "-s", f"-j{jobs}", "programs"], cwd=base, env=plain_environment(), capture_output=True, text=True
            )
            if result.returncode:
                sys.exit(f"labs: lab {lab.number}: the starter does not build:\n{result.stderr}")
            stamp.write_text(digest)
    return base, digest


def plain_environment():
    """Returns an environment without the variables of a make that runs the grader."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"LC_ALL": "C"}


def remove_others(base, texts):
    """Removes files that the sources no longer have."""
    for path in base.rglob("*") if base.exists() else ():
        name = path.relative_to(base)
        if path.is_file() and name.parts[0] != "build" and name.as_posix() not in texts:
            path.unlink()


def submitted(lab, directory):
    """Returns a submission's files: at the paths of the handout or, in an upload without its outer folders,
    at the ends of these paths. Ignores links, which may point anywhere."""
    found = {}
    for name in lab.files:
        parts = pathlib.Path(name).parts
        for path in (directory.joinpath(*parts[start:]) for start in range(len(parts))):
            inside = path.resolve().is_relative_to(directory.resolve())
            if path.is_file() and not path.is_symlink() and inside:
                found[name] = path.read_bytes()[: SIZE_MAX + 1]
                break
    return found


def digest_of(files, base_digest):
    """Returns a digest of everything on which the points depend."""
    total = hashlib.sha256(base_digest.encode())
    for name, data in sorted(files.items()):
        total.update(f"{name} {len(data)} ".encode() + data)
    return total.hexdigest()[:16]


@contextlib.contextmanager
def tree_of(base, files):
    """Makes a copy of the starter with the submission's files, and removes it afterwards."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="labvisor-"))
    try:
        tree, output = scratch / "tree", scratch / "output"
        scratch.chmod(0o711)
        output.mkdir(0o700)
        subprocess.run(["cp", "-a", str(base), str(tree)], check=True)
        for name, data in files.items():
            if (tree / name).read_bytes() != data:
                (tree / name).write_bytes(data)
        sandbox.own(tree)
        yield tree, output
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def build(tree, output, jobs):
    """Builds the changed files. Returns an error in words, or None."""
    outcome = sandbox.run(["make", "-s", f"-j{jobs}", "programs"], tree, sandbox.BUILD, output)
    if outcome.status == 0:
        return None
    words = outcome.stderr.decode(errors="replace").splitlines()
    errors = [line for line in words if re.search(r"error|undefined reference|multiple definition", line)]
    return "it does not build: " + differences.printable((errors or words or ["make gave up"])[0])


def other_version(directory):
    """Returns a hint if another version of labvisor made the submitted folder; else ""."""
    ours = (handout.ROOT / "vmm/core/version.h").read_bytes()
    paths = [directory / name for name in ("vmm/core/version.h", "vmm/version.h")]  # 0.1.0 had the second
    theirs = [path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()]
    if not theirs or theirs[0] == ours:
        return ""
    return "; this folder was handed out by another version of labvisor: use its own grader, or move to a new handout"


def lay_out(files, folder):
    """Makes a folder with exactly these files. The run before may have replaced the folder by a link."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text[3:])
        else:
            path.write_text(text)
    if files:
        sandbox.own(folder)


def found_in(folder):
    """Returns the files of a folder, in the form that lay_out takes; at most FILES_MAX, cut at SIZE_MAX."""
    found = {}
    paths = [] if folder.is_symlink() else itertools.islice(folder.rglob("*"), FILES_MAX)
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            with open(path, errors="replace") as file:
                found[name] = file.read(SIZE_MAX)
    return found


def command(check, options):
    limits = [f"--max-exits={check.max_exits}", f"--max-insns={check.max_insns}"]
    return ["build/labvisor", "--backend=soft", "--trace", *limits, *options, f"build/{check.guest}.elf", *check.args]


def play(check, tree, output):
    """Runs a check's guest. Returns the first difference in words, or None."""
    lay_out(check.files, tree / sandbox.FILES)
    stdin = check.stdin
    if check.first:
        sandbox.run(command(check, check.first), tree, sandbox.RUN, output, stdin)
        stdin = b""
    outcome = sandbox.run(command(check, check.options), tree, sandbox.RUN, output, stdin)
    return differences.mismatch(check, outcome, found_in(tree / sandbox.FILES))


def answered(check, lab, seed, answers):
    text = answers.get(check.name, "")
    if not text:
        return f"answers.txt: {check.name} has no value yet"
    if check.is_right(text, lab.number, seed):
        return None
    return f"answers.txt: {check.name}={differences.printable(text)} is not right: {check.hint}"


def answers_of(lab, files):
    """Returns the answers of a submission, and the seed for the student's id."""
    name = next(name for name in lab.files if name.endswith("answers.txt"))
    answers = checks.read_answers(files.get(name, b"").decode(errors="replace"))
    term = (handout.ROOT / "labs/term.txt").read_text().strip()
    return answers, f"{term} {lab.number} {answers.get('id', '')}"


def grade(lab, directory, jobs=1):
    """Returns the result of a submission, from which all reports are made."""
    base, base_digest = prepare(lab, jobs)
    files = submitted(lab, directory)
    large = [name for name, data in files.items() if len(data) > SIZE_MAX]
    for name in large:
        del files[name]
    answers, seed = answers_of(lab, files)
    rows = []
    with tree_of(base, files) as (tree, output):
        broken = build(tree, output, jobs)
        if broken:
            broken += other_version(directory)
        for check in lab.checks:
            if isinstance(check, checks.Answer):
                wrong = answered(check, lab, seed, answers)
            else:
                wrong = broken or play(check.for_seed(seed), tree, output)
            points = 0 if wrong else check.points
            rows.append({"name": check.name, "points": points, "max": check.points, "words": wrong or ""})
    return {
        "lab": lab.number,
        "title": lab.title,
        "id": differences.printable(answers.get("id", "")),
        "points": sum(row["points"] for row in rows),
        "max": lab.points,
        "not_submitted": [name for name in lab.files if name not in files],
        "digest": digest_of(files, base_digest),
        "checks": rows,
    }

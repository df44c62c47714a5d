# SPDX-License-Identifier: MIT
"""Grades one submission: builds it in a tree of its own and runs the lab's checks.

It uses only the submission's files that lab.py names; all other files of the tree are the grader's
own. Inputs are drawn when grading, and verdicts come from this process: what a student has written
is neither run nor read in it, and sees nothing of what is expected (sandbox.py, seal.py).
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

import checks
import differences
import forms
import handout
import hints
import kit
import memory
import sandbox
import seal

SIZE_MAX = 256 << 10  # bytes of a submitted file, or of a file that a guest has written
PROGRAMS = ("SEALED=1", "NO_LISTINGS=1", "programs")  # for make
PINNED = handout.ROOT / "labs/toolchain.txt"  # the compilers for marks, if an instructor says so


def is_built(name):
    """Returns whether a file of a handout is needed for building. The others say what is expected."""
    return not name.endswith((".py", ".md", "labvisor-grade", ".txt", ".yml")) or name.endswith("answers.txt")


def make_command(*words):
    """Returns a command line. CC of the environment, also by `make grade CC=clang`, names the compiler."""
    compiler = [f"CC={os.environ['CC']}"] if "CC" in os.environ else []
    return ["make", "-s", *compiler, *words]


def make(base, *words):
    """Runs make in a tree that has nothing of a student."""
    command = make_command(*words)
    return subprocess.run(command, cwd=base, env=plain_environment(), capture_output=True, encoding="utf-8", errors="replace")


def base_of(lab):
    """Returns the folder of a lab's starter tree; each compiler has its own."""
    compiler = re.sub(r"\W+", "_", os.environ.get("CC", ""))
    return handout.ROOT / "build/grader" / compiler / handout.folders()[lab.number].name


def kit_of(base):
    """Returns the place of the kit of a lab's tree."""
    return base.parent / "kit"


def prepare(lab, jobs):
    """Returns the lab's built starter tree, and its digest. Beside it is its kit (kit.py)."""
    work = base_of(lab)
    base, stamp = work / "base", work / "stamp"
    work.mkdir(parents=True, exist_ok=True)
    texts = handout.files(lab.number)
    built = {name: text for name, text in texts.items() if is_built(name)}
    with open(work / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_others(base, built)
        handout.write(built, base)
        tools = make(base, "toolchain")
        if PINNED.exists() and PINNED.read_text(encoding="utf-8") != tools.stdout:
            here, pinned = (", ".join(text.splitlines()) for text in (tools.stdout, PINNED.read_text(encoding="utf-8")))
            sys.exit(f"labs: here is {here}, but marks are for {pinned}: install that, or change {PINNED}")
        digest = handout.digest({**texts, "toolchain": tools.stdout})
        if not (stamp.exists() and stamp.read_text(encoding="utf-8") == digest):
            stamp.unlink(missing_ok=True)
            remember_toolchain(base, tools.stdout)
            result = tools if tools.returncode else make(base, f"-j{jobs}", *PROGRAMS)
            if result.returncode:
                sys.exit(f"labs: lab {lab.number}: the starter does not build:\n{result.stderr}")
            changes = (word for name in lab.files if not name.endswith("answers.txt") for word in ("-W", name))
            kit.make(base, kit_of(base), lab, make(base, "-n", "V=1", *changes, *PROGRAMS).stdout)
            stamp.write_text(digest, encoding="utf-8")
    return base, digest


def remember_toolchain(base, tools):
    """Writes the compilers' versions to the tree. What another one has built is removed."""
    file = base / "build/toolchain"
    if not file.exists() or file.read_text(encoding="utf-8") != tools:
        shutil.rmtree(base / "build", ignore_errors=True)
        file.parent.mkdir(parents=True)
        file.write_text(tools, encoding="utf-8")


def plain_environment():
    """Returns an environment without the variables of a make that runs the grader."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"LC_ALL": "C"}


def remove_others(base, texts):
    """Removes files that the sources no longer have."""
    for path in base.rglob("*") if base.exists() else ():
        name = path.relative_to(base)
        if path.is_file() and name.parts[0] != "build" and name.as_posix() not in texts:
            path.unlink()


def read(path, most=SIZE_MAX):
    """Returns the start of a file, or None. It is a student's: it may be anything, of any size."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            return file.read(most + 1) if path.is_file() else None
    except OSError:
        return None


def submitted(lab, directory):
    """Returns a submission's files: at the paths of the handout or, in an upload without its outer folders,
    at the ends of these paths. Ignores links, which may point anywhere."""
    found = {}
    for name in lab.files:
        parts = pathlib.Path(name).parts
        for path in (directory.joinpath(*parts[start:]) for start in range(len(parts))):
            data = read(path) if path.resolve().is_relative_to(directory.resolve()) else None
            if data is not None:
                found[name] = data
                break
    return found


def changed(lab, directory, texts):
    """Returns the files of a submitted folder that differ from the handout's and are not handed in: they
    are not used. A handout of another version says nothing."""
    pristine = texts[handout.PRISTINE].encode()
    if read(directory / handout.PRISTINE, len(pristine)) != pristine:
        return []
    watched = (name for name in sorted(texts) if name not in lab.files and name != handout.PRISTINE)
    return [name for name in watched if read(directory / name) != texts[name].encode()]


def digest_of(files, base_digest):
    """Returns a digest of everything on which the points depend."""
    total = hashlib.sha256(base_digest.encode())
    for name, data in sorted(files.items()):
        total.update(f"{name} {len(data)} ".encode() + data)
    return total.hexdigest()[:16]


@contextlib.contextmanager
def tree_of(base, files):
    """Makes a copy of the starter's kit with the submission's files, and removes it afterwards."""
    scratch, lock = sandbox.scratch()
    try:
        tree, output = scratch / "tree", scratch / "output"
        output.mkdir(0o700)
        subprocess.run(["cp", "-a", str(kit_of(base)), str(tree)], check=True)
        for name, data in files.items():
            if read(tree / name) != data:
                (tree / name).write_bytes(data)
        sandbox.own(tree)
        yield tree, output
    finally:
        sandbox.remove(scratch)
        os.close(lock)


def build(tree, output, deadline=None):
    """Builds what depends on the submission's files. Returns an error in words, or None."""
    outcome = sandbox.build(["sh", kit.SCRIPT], tree, output, deadline or sandbox.Deadline())
    if outcome.status == 0:
        return None
    if outcome.signal:
        return "it does not build: the compiler used up its time or memory"
    words = outcome.stderr[:SIZE_MAX].decode(errors="replace").splitlines()
    errors = [line for line in words if re.search(r"error|undefined reference|multiple definition", line[:1000])]
    return "it does not build: " + differences.printable((errors or words or ["the build gave up"])[0])


def other_version(directory):
    """Returns a hint if another version of labvisor made the submitted folder; else ""."""
    ours = (handout.ROOT / "vmm/core/version.h").read_bytes()
    found = (read(directory / name) for name in ("vmm/core/version.h", "vmm/version.h"))  # 0.1.0 had the second
    if next((data for data in found if data is not None), ours) == ours:
        return ""
    return "; this folder was handed out by another version of labvisor: use its own grader, or move to a new handout"


def lay_out(files, folder):
    """Makes a folder with these files, which a run may change."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text[3:])
        else:
            path.write_text(text, encoding="utf-8")
    sandbox.own(folder)


def found_in(folder):
    """Returns the files of a folder, in the form that lay_out takes; at most sandbox.FILES_MAX, cut at SIZE_MAX."""
    found = {}
    paths = itertools.islice(folder.rglob("*"), sandbox.FILES_MAX)
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            data = read(path)
            found[name] = "(a file that cannot be read)" if data is None else data.decode(errors="replace")
    return found


def command(check, args):
    seen = [f"--memory-file={sandbox.RAM}", "--trace", f"--log={sandbox.TRACE}"]
    limits = [f"-m{check.memory}", f"--max-exits={check.max_exits}", f"--max-insns={check.max_insns}"]
    seen += ["--dump-regs"] if check.effects else []
    return ["build/labvisor", "--backend=soft", *seen, *limits, *check.options, f"build/{check.guest}.elf", *args]


def make_root(check, built, output, image):
    """Makes the root of a run: the static VMM and its guest, and what they leave for the grader. Returns
    it, and the guest's memory."""
    root = output.parent / "run"
    (root / "build").mkdir(parents=True)
    shutil.copy(built / "build/labvisor", root / "build/labvisor", follow_symlinks=False)
    (root / f"build/{check.guest}.elf").write_bytes(image)
    if check.files:
        sandbox.limit(root / sandbox.FILES)
        lay_out(check.files, root / sandbox.FILES)
    (root / sandbox.TRACE).touch()
    ram = memory.Memory(root / sandbox.RAM, check.memory << 20)
    for name in (sandbox.TRACE, sandbox.RAM):
        sandbox.own(root / name)
    return root, ram


def trace_in(root):
    return read(root / sandbox.TRACE, sandbox.RUN.file) or b""


def play(check, draw, base, tree, output, deadline):
    """Runs a check's guest. Returns the first difference, or None."""
    sealed = seal.Seal(draw)
    image = sealed.image((tree / f"build/{check.guest}.elf").read_bytes(), check.args)
    if image is None:
        return hints.plain(f"{check.guest}.elf has no place for the grader's part: is there a second copy of it?")
    root, ram = make_root(check, base if check.starter_vmm else tree, output, image)
    outcome = sandbox.play(command(check, check.vmm_args), root, output, check.stdin, deadline)
    try:
        source = differences.source_difference(check, lambda name: forms.decoded(read(tree / name) or b"")[0])
        wrong = source or differences.difference(check, outcome, trace_in(root), found_in(root / sandbox.FILES))
        wrong = wrong or differences.memory_difference(check, outcome, sealed, image, ram)
    except Exception as error:  # it judges what a student's program has left, which may be anything
        wrong = hints.plain(f"what the run has left cannot be judged: {type(error).__name__}")
    ram.close()
    sandbox.remove(root)
    return wrong


def answered(check, lab, seed, answers, seen):
    """Returns why an answer has no points, or None."""
    text = answers.get(check.name, "")
    if not text:
        return hints.plain(f"answers.txt: {check.name} has no value yet")
    normal = forms.normal(check.form, text)
    told = f"answers.txt: {check.name}={differences.printable(text)}"
    if normal is None:
        return hints.plain(f"{told} is not understood: give {forms.in_words(check.form)}")
    if check.later:
        return hints.plain(f"answers.txt: {check.name} is answered: right or wrong is told after the deadline")
    if check.is_right(normal, lab.number, lambda: seen(check, seed)):
        return None
    return hints.plain(f"{told} is not right", "answers.txt")


class Observer:
    """What guests of the starter do with a student's number: the right answers come from there."""

    def __init__(self, base, output, deadline):
        self.base, self.output, self.deadline = base, output, deadline
        self.seen = {}

    def __call__(self, check, seed):
        key = (check.guest, seed)
        if key not in self.seen:
            run = checks.Run("observed", 0, check.guest, options=("--dump-regs",), max_exits=10_000)
            image = (self.base / f"build/{check.guest}.elf").read_bytes()
            words = command(run, (str(checks.number_of(seed)),))
            root, ram = make_root(run, self.base, self.output, image)
            outcome = sandbox.play(words, root, self.output, b"", self.deadline)
            exits = differences.exits(trace_in(root))
            ram.close()
            sandbox.remove(root)
            self.seen[key] = (exits, differences.lines(outcome.stderr), outcome.status)
        return check.value(*self.seen[key])


def answers_of(lab, files):
    """Returns the answers of a submission, and the seed for the student's id."""
    name = next(name for name in lab.files if name.endswith("answers.txt"))
    answers = forms.read_answers(forms.decoded(files.get(name, b""))[0])
    term = (handout.ROOT / "labs/term.txt").read_text(encoding="utf-8").strip()
    return answers, f"{term} {lab.number} {answers.get('id', '')}"


def remarks_on(files):
    """Returns words about files that are not what an editor should write."""
    found = ((name, forms.decoded(data)[1]) for name, data in sorted(files.items()))
    return [f"{name}: its text is {encoding}, not UTF-8: save it as UTF-8" for name, encoding in found if encoding]


def secret():
    """Returns what the inputs are drawn with: a file that no handout has or, without it, the term."""
    for name in ("labs/secret.txt", "labs/term.txt"):
        if (handout.ROOT / name).exists():
            return (handout.ROOT / name).read_bytes()
    return b""


def row_of(check, wrong, known):
    """Returns a check's part of the result. known: whether hints are sure, as all of the student's code is there."""
    row = {"name": check.name, "points": 0 if wrong else check.points, "max": check.points, "words": ""}
    if not wrong:
        return row
    if isinstance(check, checks.Run):
        hint = hints.find(check.hints, wrong) if known else None
        told = {"look": hint.look, "concept": hint.words} if hint else None
    else:
        told = {"look": check.look} if wrong.where else None
    shown = {name: differences.shown(getattr(wrong, name)) for name in ("words", "where", "expected", "got")}
    return {**row, **shown, "around": [list(exit) for exit in wrong.around], "hint": told}


def grade(lab, directory, jobs=1, prepared=None, only=None):
    """Returns the result of a submission, from which all reports are made. prepared: of prepare(), if the
    caller has called it. only: the name of a single check."""
    base, base_digest = prepared or prepare(lab, jobs)
    files = submitted(lab, directory)
    large = [name for name, data in files.items() if len(data) > SIZE_MAX]
    for name in large:
        del files[name]
    answers, seed = answers_of(lab, files)
    submission, deadline = digest_of(files, ""), sandbox.Deadline()
    known = all(name in files for name in lab.files if not name.endswith("answers.txt"))
    rows = []
    with tree_of(base, files) as (tree, output):
        seen = Observer(base, output, deadline)
        broken = build(tree, output, deadline)
        if broken:
            broken = hints.plain(broken + other_version(directory))
        for check in lab.checks:
            if only not in (None, check.name):
                continue
            if isinstance(check, checks.Answer):
                wrong = answered(check, lab, seed, answers, seen)
            else:
                draw = seal.draw(secret(), submission, check.name)
                check = check.for_seed(draw)
                wrong = broken or play(check, draw, base, tree, output, deadline)
            rows.append(row_of(check, wrong, known))
    open_questions = [check for check in lab.checks if isinstance(check, checks.Answer) and check.later]
    return {
        "lab": lab.number,
        "title": lab.title,
        "id": differences.printable(answers.get("id", "")),
        "points": sum(row["points"] for row in rows),
        "later": sum(check.points for check in open_questions if forms.normal(check.form, answers.get(check.name, ""))),
        "max": lab.points,
        "not_submitted": [name for name in lab.files if name not in files],
        "changed": changed(lab, directory, handout.files(lab.number)),
        "remarks": remarks_on(files),
        "toolchain": (base / "build/toolchain").read_text(encoding="utf-8").splitlines(),
        "digest": digest_of(files, base_digest),
        "checks": rows,
    }

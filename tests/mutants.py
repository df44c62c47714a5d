#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Mutation tests: does a test fail when a line of the program is wrong?

Draws mutants (mutants_lines.py), compiles each into a copy of the checkout, and runs the tests
nearest to its file (mutants_nearest.py) there. Prints each mutant with the test that killed it, a
table of the folders, and the survivors. The draw goes over all functions, by a seed: each folder gets
a mutant, and no function gets a second one before all have got their first.

Not drawn: a mutant that does not compile, one whose object is the same to the byte, and those that
mutants_nearest.py argues to be equivalent; nor a free() that is missing, which the builds with
sanitizers would find. vmm/backends/kvm-riscv is left out: it is not compiled
for this machine, and its tests are in QEMU (test_qemu.py).
"""

import argparse
import collections
import fnmatch
import itertools
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import mutants_lines
from mutants_nearest import EQUIVALENT, NEAREST

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED = 12
COUNT = 300
FILES = ["vmm/core", "vmm/services", "vmm/image", "vmm/replay", "vmm/backends"]
NOT_COMPILED = "vmm/backends/kvm-riscv/"
BASELINES = {}  # stage: how many seconds it takes without a mutant
PYTEST = "/usr/bin/python3 -B -m pytest -q -x -p no:cacheprovider -p no:xdist --tb=no"


class Broken(Exception):
    """The tool cannot go on."""


def stages_of(path):
    return next(stages for pattern, stages in NEAREST if fnmatch.fnmatch(path, pattern))


def command_of(stage):
    if stage.startswith("unit "):
        program = f"build/tests/unit/{stage[5:]}"
        return ["sh", "-c", f"make -s {program} && {program}"]
    files, _, expression = stage.partition(" -k ")
    one_build = "not build/san" + (f" and ({expression})" if expression else "")
    names = files.split()
    target = names[1] if names[0] == "make" else ""
    tests = [*PYTEST.split(), "-k", one_build, *(f"tests/{name}" for name in names[2 * bool(target) :])]
    return ["sh", "-c", f"make -s {target} && {shlex.join(tests)}"] if target else tests


def exists(stage):
    if stage.startswith("unit "):
        return (ROOT / "tests/unit" / f"{stage[5:]}.c").exists()
    return True


def run_limited(command, folder, limit):
    """Its status and output; status None: it took too long, and is ended with all that it started."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    try:
        out, _ = process.communicate(timeout=limit)
        return process.returncode, out
    except subprocess.TimeoutExpired:
        return None, ""
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


class Program:
    """How the VMM is built, as its Makefile says it."""

    def __init__(self, folder):
        self.folder = folder
        rule = "mutants-show: ; @echo '$(VMM_CC) $(VMM_CFLAGS)'; echo '$(VMM_OBJS)'; echo '$(VMM_LDFLAGS)'"
        shown = subprocess.run(
            ["make", "-s", f"--eval={rule}", "mutants-show"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        # Without -g: lines that only move would make another object.
        self.compiler = [word for word in shlex.split(shown[0]) if word != "-g"]
        self.objects, self.link = shown[1].split(), shlex.split(shown[2])
        self.originals = {}

    def compile(self, path):
        """The object's bytes, or None."""
        out = self.folder / "build/mutant.o"
        done = subprocess.run([*self.compiler, "-c", "-o", out, path], cwd=self.folder, capture_output=True)
        return out.read_bytes() if done.returncode == 0 else None

    def original(self, path):
        if path not in self.originals:
            self.originals[path] = self.compile(path)
            if self.originals[path] is None:
                raise Broken(f"{path} does not compile")
        return self.originals[path]

    def install(self, path, code):
        (self.folder / next(o for o in self.objects if o.endswith(f"/{path}.o"))).write_bytes(code)
        command = [self.compiler[0], *self.link, "-o", "build/labvisor.new", *self.objects]
        subprocess.run(command, cwd=self.folder, check=True)
        os.replace(self.folder / "build/labvisor.new", self.folder / "build/labvisor")


class Guests:
    """The runtime is in every guest and in the unit tests; make knows which."""

    def __init__(self, folder):
        self.folder = folder

    def make(self):
        done = subprocess.run(["make", "-s", "guests", "unit-tests"], cwd=self.folder, capture_output=True)
        return done.returncode == 0


class Worker:
    """A copy of the checkout and its build, in which mutants are compiled and tested one by one."""

    def __init__(self, folder):
        shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", "mutants*.txt"))
        self.folder = folder
        self.program = Program(folder)
        self.guests = Guests(folder)

    def baseline(self, stage):
        start = time.monotonic()
        if run_limited(command_of(stage), self.folder, 600)[0] == 0:
            BASELINES[stage] = time.monotonic() - start
        else:
            print(f"left out, because it fails without a mutant: {stage}", flush=True)

    def killer(self, stage):
        """What of a stage has failed, or None. A test has to fail twice: some depend on the time. If it does not,
        the stage runs again, because it ended at that test."""
        limit = 3 * BASELINES[stage] + 10
        for _ in range(3):
            status, out = run_limited(command_of(stage), self.folder, limit)
            if status == 0:
                return None
            if status is None or stage.startswith("unit "):
                return stage if status else f"time: {stage}"
            found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", out, re.M)
            if not found:
                raise Broken(f"{stage}: pytest ended with {status}\n{out[-3000:]}")
            if run_limited([*PYTEST.split(), found[1]], self.folder, limit)[0] != 0:
                return found[1]
        return None

    def try_mutant(self, mutant):
        """Whether it counts, and its killer."""
        path = self.folder / mutant.path
        text = path.read_text()
        in_guest = mutant.path.startswith("guest-rt/")
        original = None if in_guest else self.program.original(mutant.path)
        path.write_text(mutants_lines.apply(text, mutant))
        try:
            if in_guest:
                if not self.guests.make():
                    return False, None
            else:
                code = self.program.compile(mutant.path)
                if code is None or code == original:
                    return False, None
                self.program.install(mutant.path, code)
            return True, next(filter(None, map(self.killer, filter(BASELINES.get, stages_of(mutant.path)))), None)
        finally:
            path.write_text(text)
            if in_guest:
                self.guests.make()
            else:
                self.program.install(mutant.path, original)


class Draw:
    """The mutants in the order in which they are tried, for several workers to take from."""

    def __init__(self, paths, seed, count):
        self.lock = threading.Lock()
        self.count, self.counted = count, 0
        functions = collections.defaultdict(list)
        for path in paths:
            for mutant in mutants_lines.mutants(path, (ROOT / path).read_text()):
                if mutant.key not in EQUIVALENT:
                    functions[path, mutant.function].append(mutant)
        self.decks = {key: self.shuffled(random.Random(f"{seed} {key}"), deck) for key, deck in functions.items()}
        order = sorted(self.decks)
        random.Random(seed).shuffle(order)
        first = {os.path.dirname(path): (path, function) for path, function in reversed(order)}
        self.order = [*first.values(), *(key for key in order if key not in first.values())]
        self.turns = itertools.cycle(self.order)

    @staticmethod
    def shuffled(chance, deck):
        """By kind, so that a function's many constants do not outweigh its one call."""
        kinds = collections.defaultdict(list)
        for mutant in deck:
            kinds[mutant.kind].append(mutant)
        for one in kinds.values():
            chance.shuffle(one)
        deck = []
        while kinds:
            kind = chance.choice(sorted(kinds))
            deck.append(kinds[kind].pop())
            if not kinds[kind]:
                del kinds[kind]
        return deck

    def turn(self):
        """A function whose mutants are to be tried until one counts; None: there are enough."""
        with self.lock:
            if self.counted >= self.count or not any(self.decks.values()):
                return None
            self.counted += 1
            return next(key for key in self.turns if self.decks[key])

    def again(self):
        """None of that function's counted."""
        with self.lock:
            self.counted -= 1

    def take(self, key):
        with self.lock:
            return self.decks[key].pop(0) if self.decks[key] else None


class Report:
    def __init__(self, path):
        self.lock = threading.Lock()
        self.file = path.open("w") if path else None
        self.results = []

    def say(self, text):
        print(text, flush=True)
        if self.file:
            print(text, file=self.file, flush=True)

    def add(self, mutant, killer):
        with self.lock:
            self.results.append((mutant, killer))
            verdict = f"killed by {killer}" if killer else "SURVIVED"
            self.say(
                f"{len(self.results):4} {mutant.path}:{mutant.line + 1} {mutant.function}: {verdict}\n"
                f"       - {mutant.before.strip()}\n       + {mutant.after.strip()}"
            )

    def table(self):
        folders = collections.defaultdict(lambda: [0, 0])
        for mutant, killer in self.results:
            for folder in (os.path.dirname(mutant.path), "all"):
                folders[folder][killer is None] += 1
        self.say(f"\n{'folder':24} {'killed':>7} {'survived':>9} {'killed':>8}")
        for folder, (killed, survived) in sorted(folders.items(), key=lambda item: (item[0] == "all", item[0])):
            self.say(f"{folder:24} {killed:7} {survived:9} {100 * killed / (killed + survived):7.1f}%")
        for mutant, killer in sorted(self.results):
            if not killer:
                self.say(f"\nsurvived: {mutant.path} {mutant.function}\n  - {mutant.before.strip()}\n  + {mutant.after.strip()}")


def work(worker, draw, report):
    while key := draw.turn():
        while mutant := draw.take(key):
            counts, killer = worker.try_mutant(mutant)
            if counts:
                report.add(mutant, killer)
                break
        else:
            draw.again()


def in_threads(jobs):
    """Runs them all; the first one's exception is raised when all have ended."""
    failures = []

    def guarded(job):
        try:
            job()
        except Exception as failure:  # in any case the others' folders are to be taken away
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def find_files(names):
    found = []
    for name in names:
        path = ROOT / name
        found += sorted(path.rglob("*.c")) if path.is_dir() else [path]
    paths = [str(path.relative_to(ROOT)) for path in found]
    return [path for path in paths if not path.startswith(NOT_COMPILED)]


def measure(workers, paths):
    """How long each stage takes without a mutant, and that it passes then."""
    stages = iter(sorted({stage for path in paths for stage in stages_of(path) if exists(stage)}))
    lock = threading.Lock()

    def some(worker):
        while True:
            with lock:
                stage = next(stages, None)
            if stage is None:
                return
            worker.baseline(stage)

    in_threads([lambda worker=worker: some(worker) for worker in workers])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="mutants to try")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=pathlib.Path, help="a file for the same text")
    parser.add_argument("files", nargs="*", help="files or folders, from the root of the checkout")
    options = parser.parse_args()
    paths = find_files(options.files or FILES)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored, by the tests too
    report = Report(options.report)
    draw = Draw(paths, options.seed, options.count)
    report.say(f"seed {options.seed}: {options.count} mutants of {len(draw.decks)} functions in {len(paths)} files")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        workers = [Worker(pathlib.Path(folder) / str(i)) for i in range(options.jobs)]
        try:
            measure(workers, paths)
            in_threads([lambda worker=worker: work(worker, draw, report) for worker in workers])
        except Broken as failure:
            sys.exit(f"mutants: {failure}")
    report.table()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""
The figures of the grader: many submissions of lab 2, two at a time; each is the solution with another
comment. The grader's memory is watched all the time: it must not grow with the number of submissions. Then
the CPU time of a submission of each lab, after the first one, and what that has to build.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from measure import ROOT, add_figure

sys.path.insert(0, str(ROOT / "labs/tools"))
import grade
import handout

LAB = 2

# The targets: for each submission, the grader keeps only its path in memory.
TARGETS = {"labs_growth_kib": ("<=", 2048), "labs_cpu_s": ("<=", 0.20)}


def why_not():
    """Why this cannot be measured here, or None."""
    if not shutil.which("riscv64-linux-gnu-gcc") and not shutil.which("ld.lld"):
        return "no compiler for RISC-V guests here"
    return None


def submit(directory, lab, name):
    """Hands in the solution, under the reference's id, whose answers it has. No two have the same files."""
    for path in lab.files:
        text = (ROOT / path).read_text(encoding="utf-8")
        text += f"# {name}\n" if path.endswith(".txt") else f"/* {name} */\n"
        target = directory / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def cpu_meter():
    """Makes a control group. Yields its file of processes, and a function that returns the CPU seconds that
    these have used; or None twice. bubblewrap does not wait for what it starts, so the times of children are
    too small."""
    name = f"labvisor-bench-{os.getpid()}"
    for parent, file, pattern, unit in (("", "cpu.stat", r"usage_usec (\d+)", 1e6), ("cpuacct", "cpuacct.usage", r"(\d+)", 1e9)):
        group = pathlib.Path("/sys/fs/cgroup", parent, name)
        try:
            group.mkdir()
            if (group / file).exists():
                yield group / "cgroup.procs", lambda: int(re.search(pattern, (group / file).read_text())[1]) / unit
                return
        except OSError:
            continue
        finally:
            with contextlib.suppress(OSError):
                group.rmdir()
    yield None, None


def for_all_cpus(processes):
    """Undoes the priority for the grader's processes, and puts them into a control group."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.sched_setaffinity(0, range(os.cpu_count()))
    if processes:
        processes.write_text("0")


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0  # it has ended


def grader(lab, results, submissions, processes, jobs=2):
    """Starts a grader. Its words go to a file: what nobody reads from a pipe stops it after 64 KiB."""
    command = [ROOT / "labs/labvisor-grade", "--unsafe", "--lab", str(lab.number), f"-j{jobs}", "--results", results]
    words = tempfile.TemporaryFile("w+", encoding="utf-8")
    process = subprocess.Popen([*command, *submissions], stdout=words, preexec_fn=lambda: for_all_cpus(processes))
    return process, words


def end_of(process, words, count):
    """Waits for a grader. All that it has graded must have full marks."""
    process.wait()
    with words:
        words.seek(0)
        summary = words.read().splitlines()[-1]
    if process.returncode or summary != f"{count} graded, mean 100, full marks {count}":
        sys.exit(f"bench: labvisor-grade: status {process.returncode}, {summary}")


def measure_many(directory, count):
    lab, sizes, results = handout.load(LAB), [], directory / "results"
    names = [f"student{number:03}" for number in range(count)]
    for name in names:
        submit(directory, lab, name)
    grade.prepare(lab, 2)
    with cpu_meter() as (processes, used):
        start = time.monotonic()
        process, words = grader(lab, results, [directory / name for name in names], processes)
        while process.poll() is None:
            done = len(list(results.glob("*.json"))) if results.exists() else 0
            if done >= count // 10:
                sizes.append(resident_kib(process.pid))
            time.sleep(0.1)
        seconds = time.monotonic() - start
        end_of(process, words, count)
        if used:
            add_figure("labs_cpu_s", [used() / count], "s", f"CPU time of a submission of lab {LAB}")
    sizes = [size for size in sizes if size] or [0]
    add_figure("labs_per_minute", [60 * count / seconds], "", f"{count} submissions of lab {LAB}, two at once")
    add_figure("labs_peak_kib", [max(sizes)], "KiB", "peak resident size of labvisor-grade")
    add_figure("labs_growth_kib", [sizes[-1] - sizes[0]], "KiB", "its growth after the first tenth")


def measure_each(directory, count):
    """The CPU time of a submission of each lab, and of the first one, which builds what all share."""
    for number in sorted(handout.folders()):
        lab, place = handout.load(number), directory / f"lab{number}"
        with cpu_meter() as (processes, used):
            if not used:
                return
            shutil.rmtree(grade.base_of(lab), ignore_errors=True)
            times = []
            for names in (["first"], [f"student{i}" for i in range(count)]):
                before = used()
                for name in names:
                    submit(place, lab, name)
                end_of(*grader(lab, place / "results", [place / name for name in names], processes), len(names))
                times.append((used() - before) / len(names))
        add_figure(f"lab{number}_cpu_s", [times[1]], "s", f"CPU time of a submission of lab {number}")
        add_figure(f"lab{number}_first_s", [times[0]], "s", "the first one")


def measure(quick):
    with tempfile.TemporaryDirectory(prefix="labvisor-bench-") as place:
        measure_many(pathlib.Path(place), 20 if quick else 500)
        if not quick:
            measure_each(pathlib.Path(place), 20)

# SPDX-License-Identifier: MIT
"""
The figures of the grader: many submissions of lab 2, two at a time; each is the solution with another
id. The grader's memory is watched all the time: it must not grow with the number of submissions.
"""

import os
import pathlib
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
TARGETS = {"labs_growth_kib": ("<=", 2048)}


def why_not():
    """Why this cannot be measured here, or None."""
    if not shutil.which("riscv64-linux-gnu-gcc") and not shutil.which("ld.lld"):
        return "no compiler for RISC-V guests here"
    return None


def submit(directory, name):
    """Hands in the solution under some id; each submission builds everything, and shares nothing."""
    for path in handout.load(LAB).files:
        text = (ROOT / path).read_text().replace("id=reference", f"id={name}")
        if path.endswith(".c"):
            text += f"/* {name} */\n"
        target = directory / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def for_all_cpus():
    """Undoes the priority for the grader's processes."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.sched_setaffinity(0, range(os.cpu_count()))


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0  # it has ended


def measure(quick):
    count = 20 if quick else 500
    sizes = []
    with tempfile.TemporaryDirectory(prefix="labvisor-bench-") as place:
        directory = pathlib.Path(place)
        names = [f"student{number:03}" for number in range(count)]
        for name in names:
            submit(directory, name)
        grade.prepare(handout.load(LAB), 2)
        results = directory / "results"
        command = [ROOT / "labs/labvisor-grade", "--unsafe", "--lab", str(LAB), "-j2", "--results", results]
        command += [directory / name for name in names]
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=for_all_cpus)
        while process.poll() is None:
            done = len(list(results.glob("*.json"))) if results.exists() else 0
            if done >= count // 10:
                sizes.append(resident_kib(process.pid))
            time.sleep(0.1)
        seconds = time.monotonic() - start
        summary = process.stdout.read().splitlines()[-1]
    if process.returncode or summary != f"{count} graded, mean 100, full marks {count}":
        sys.exit(f"bench: labvisor-grade: status {process.returncode}, {summary}")
    sizes = [size for size in sizes if size] or [0]
    add_figure("labs_per_minute", [60 * count / seconds], "", f"{count} submissions of lab {LAB}, two at once")
    add_figure("labs_peak_kib", [max(sizes)], "KiB", "peak resident size of labvisor-grade")
    add_figure("labs_growth_kib", [sizes[-1] - sizes[0]], "KiB", "its growth after the first tenth")

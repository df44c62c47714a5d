# SPDX-License-Identifier: MIT
"""Limits for all processes of a run together: a cgroup (version 2), where this user may make one.

That is so for root, and in a folder that systemd has delegated; not in a container that gets its
cgroup for reading only.
"""

import contextlib
import functools
import itertools
import os
import pathlib
import signal
import subprocess
import time

NEEDED = {"memory", "pids"}
NUMBERS = itertools.count()


def folders():
    """Returns this process's cgroup, and those above it."""
    try:
        own = next(line[3:] for line in pathlib.Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines() if line.startswith("0::/"))
        mounts = (line.split()[1:3] for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines())
        root = pathlib.Path(next(path for path, kind in mounts if kind == "cgroup2"))
    except (OSError, StopIteration):
        return []
    place = root / own.lstrip("/")
    return [place, *(parent for parent in place.parents if parent.is_relative_to(root))]


def can_limit(folder):
    """Returns whether this user can limit a process below this cgroup, by trying it."""
    try:
        if not NEEDED <= set((folder / "cgroup.subtree_control").read_text(encoding="utf-8", errors="replace").split()):
            return False
        with made(folder, 16 << 20, 8) as join:
            return subprocess.run(["true"], preexec_fn=join).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


@functools.cache
def place():
    """Returns the cgroup below which a run gets its own, or None."""
    return next(filter(can_limit, folders()), None)


@contextlib.contextmanager
def made(folder, memory, processes):
    """Makes a cgroup, and gives the function by which a child joins it. Its processes end with it."""
    group = folder / f"labvisor-grade-{os.getpid()}-{next(NUMBERS)}"
    with contextlib.suppress(OSError):
        group.rmdir()  # of a grader of the same number that was killed
    group.mkdir()
    try:
        (group / "memory.max").write_text(str(memory), encoding="utf-8")
        (group / "pids.max").write_text(str(processes), encoding="utf-8")
        with contextlib.suppress(OSError):  # where there is no swap
            (group / "memory.swap.max").write_text("0", encoding="utf-8")
        yield lambda: (group / "cgroup.procs").write_text("0", encoding="utf-8")
    finally:
        end(group)


def end(group):
    """Kills what is left of a cgroup, and removes it."""
    patience = time.monotonic() + 10
    while group.exists() and time.monotonic() < patience:
        with contextlib.suppress(OSError):
            for word in (group / "cgroup.procs").read_text(encoding="utf-8", errors="replace").split():
                os.kill(int(word), signal.SIGKILL)
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.01)


def limited(memory, processes):
    """Limits a run, as made does; where that cannot be, the function does nothing."""
    return made(place(), memory, processes) if place() else contextlib.nullcontext(lambda: None)

# SPDX-License-Identifier: MIT
"""Runs a student's program confined, so that it can harm nothing.

Its stdout and stderr are files of limited size. It cannot write other files, start processes or use
a network, and its CPU time and memory are limited. With bubblewrap it has its own namespaces, in
which it sees only the tools and its tree. Without bubblewrap only the limits hold; if the grader is
root, the program also runs as another user. level() says which.
"""

import dataclasses
import functools
import os
import resource
import select
import shutil
import signal
import subprocess

MIB = 1 << 20
# If the grader is root: the user of the programs that it runs, a different one for each grader.
USER = 20000 + os.getpid() % 40000
TOOLS = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache")


@dataclasses.dataclass(frozen=True)
class Limits:
    cpu: int  # seconds
    wall: int  # seconds: the last resort
    memory: int  # bytes of address space
    file: int  # bytes of a file, also of stdout and stderr
    forks: bool  # whether it may start processes


BUILD = Limits(cpu=120, wall=600, memory=4096 * MIB, file=64 * MIB, forks=True)
RUN = Limits(cpu=3, wall=120, memory=1024 * MIB, file=4 * MIB, forks=False)


@dataclasses.dataclass(frozen=True)
class Outcome:
    status: int  # of the process
    signal: int  # the signal that ended it; 0: none
    stdout: bytes
    stderr: bytes


FILES = "files"  # the folder of a tree that a run may write to, if it exists


def bubble(tree, limits):
    """Returns the start of a command line: bwrap, with only the tools and the tree visible."""
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
    for path in TOOLS:
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            command += ["--ro-bind", path, path]
    bind = "--bind" if limits.forks else "--ro-bind"
    command += ["--proc", "/proc", "--dev", "/dev", bind, str(tree), "/lab", "--chdir", "/lab"]
    if limits.forks:
        command += ["--tmpfs", "/tmp"]
    elif os.path.isdir(f"{tree}/{FILES}"):
        command += ["--bind", f"{tree}/{FILES}", f"/lab/{FILES}"]
    return command + ["--remount-ro", "/", "--"]


def set_limits(limits):
    """Sets the limits, in the child before its exec."""
    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    if os.geteuid() == 0:  # root has no limit of processes
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)


@functools.cache
def has_bubble():
    """Returns whether bubblewrap works here: a container may have it and not allow it."""
    if not shutil.which("bwrap"):
        return False
    limits = Limits(cpu=5, wall=5, memory=1024 * MIB, file=MIB, forks=False)
    command = [*bubble("/usr", limits), "true"]
    try:
        return not subprocess.run(
            command, capture_output=True, preexec_fn=lambda: set_limits(limits), timeout=20
        ).returncode
    except subprocess.TimeoutExpired:
        return False


def level():
    """Returns how students' programs are confined here, in words."""
    if has_bubble():
        return "bubblewrap: a program sees only its own tree"
    user = ", and another user" if os.geteuid() == 0 else ""
    return f"limits of CPU time, memory, files and processes{user}; a program can read other files: install bubblewrap"


def own(tree):
    """Gives a tree to the user that runs programs in it."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{USER}:{USER}", str(tree)], check=True)


def run(command, tree, limits, output, stdin=b""):
    """Runs a command in a tree. output: a directory for its streams, which it does not see."""
    no_forks = [] if limits.forks else ["prlimit", "--nproc=0:0", "--"]
    front = bubble(tree, limits) if has_bubble() else []
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}
    (output / "stdin").write_bytes(stdin)
    with (
        open(output / "stdin", "rb") as source,
        open(output / "stdout", "wb+") as out,
        open(output / "stderr", "wb+") as err,
    ):
        process = subprocess.Popen(
            [*front, *no_forks, *command],
            cwd=tree,
            env=environment,
            stdin=source,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=lambda: set_limits(limits),
        )
        try:
            in_time = ends_within(process, limits.wall)
        finally:
            kill_group(process)
        status = process.wait() if in_time else -signal.SIGKILL
        out.seek(0)
        err.seek(0)
        ended_by = -status if status < 0 else status - 128 if 128 < status < 160 else 0
        return Outcome(status, ended_by, out.read(), err.read())


def ends_within(process, seconds):
    """Waits for the end of a process, without reaping it. Returns false after that many seconds."""
    descriptor = os.pidfd_open(process.pid)
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def kill_group(process):
    """Kills the processes that are left. bubblewrap's namespace ends with its first process."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass

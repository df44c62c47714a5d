# SPDX-License-Identifier: MIT
"""Runs what students have written confined, so that it can harm nothing and see nothing of the grader.

A build sees the compiler and its tree, which is without what the grader expects. A run sees a root
that holds the static VMM and one guest: no other program. stdout and stderr are files of limited
size; CPU time, memory, time, processes and a run's other files are limited, too. how() says which
means there are here.
"""

import contextlib
import dataclasses
import fcntl
import functools
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

import cgroup
import confine

MIB = 1 << 20
TOOLS = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache")
LABS = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}


@dataclasses.dataclass(frozen=True)
class Limits:
    cpu: int  # seconds
    wall: int  # seconds: the last resort
    memory: int  # bytes of address space, of each process
    file: int  # bytes of a file, also of stdout and stderr
    processes: int
    together: int  # bytes of memory of all processes and their files in memory, where there is a cgroup


BUILD = Limits(cpu=60, wall=200, memory=1024 * MIB, file=64 * MIB, processes=256, together=2048 * MIB)
RUN = Limits(cpu=3, wall=60, memory=1024 * MIB, file=4 * MIB, processes=8, together=1280 * MIB)
ALL_TOGETHER = 480  # seconds for a submission: less than services allow
TMP = 64 * MIB  # bytes in each file system that lies in memory
FILES_MAX, FILES_BYTES = 200, 64 * MIB  # in the folder that a run may write to
MEMORY, MEMORY_LEAST = "/dev/shm", 1024 * MIB  # for scratch folders
POLL = 0.2  # seconds between two looks at that folder


@dataclasses.dataclass(frozen=True)
class Outcome:
    status: int  # of the process
    signal: int  # the signal that ended it; 0: none
    stdout: bytes
    stderr: bytes
    overfull: bool = False  # it has left more files than it may


NOSUID, NODEV, DETACH = 2, 4, 2  # of mount and umount2
FILES = "files"  # the folder of a run's root that the run may write to, if it exists
RAM, TRACE = "ram", "trace"  # the files that the VMM writes there: the guest's memory, and the exits


def bubble(tree, builds):
    """Returns the start of a command line: bwrap, with only the tools and the tree, or with the root alone."""
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
    if not builds:
        command += ["--ro-bind", str(tree), "/"]
        for name in (FILES, RAM, TRACE):
            command += ["--bind-try", f"{tree}/{name}", f"/{name}"]
        return [*command, "--chdir", "/"]
    for path in TOOLS:
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            command += ["--ro-bind", path, path]
    command += ["--proc", "/proc", "--dev", "/dev", "--bind", str(tree), "/lab", "--chdir", "/lab"]
    for path in ("/dev/shm", "/tmp"):
        command += ["--size", str(TMP), "--tmpfs", path]
    return [*command, "--remount-ro", "/"]


def user():
    """Returns the user of the programs that are run, a different one for each grader, if that is root."""
    return 20000 + os.getpid() % 40000 if os.geteuid() == 0 else 0


@functools.cache
def has_bubble():
    """Returns whether bubblewrap works here: a container may have it and not allow it."""
    if not shutil.which("bwrap"):
        return False
    command, who = [*bubble("/usr", True), "--", "true"], user()
    try:
        return not subprocess.run(
            command, capture_output=True, preexec_fn=lambda: confine.enter(BUILD, who), timeout=20
        ).returncode
    except subprocess.TimeoutExpired:
        return False


def is_closed():
    """Returns whether a submission can be confined here. Where Linux has no Landlock, a build reads what
    all users may read: then the grader's folder must not be among that."""
    hidden = confine.has_landlock() or not LABS.stat().st_mode & 0o7
    return has_bubble() or (os.geteuid() == 0 and confine.FILTER != b"" and hidden)


def how():
    """Returns how students' programs are confined here, in words."""
    limits = "a cgroup limits memory and processes" if cgroup.place() else "limits of memory count for each process, because there is no cgroup"
    if has_bubble():
        return f"confined by bubblewrap: a program sees only its own tree; {limits}"
    if is_closed():
        landlock = "a program sees only its own tree" if confine.has_landlock() else "a build sees what all users may read"
        return f"confined by chroot, seccomp and another user: {landlock}; {limits}"
    return f"not confined: a program can read and change this user's files; {limits}"


def own(tree):
    """Gives a tree to the user that runs programs in it."""
    if os.geteuid() != 0:
        return
    who = user()
    os.lchown(tree, who, who)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.lchown(os.path.join(folder, name), who, who)


def limit(folder):
    """Makes the folder that a run may write to, of limited size where this user may mount; overfull() is told anyhow."""
    folder.mkdir()
    confine.LIBC.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", NOSUID | NODEV, f"size={2 * FILES_BYTES},nr_inodes={2 * FILES_MAX},mode=755".encode())


def overfull(folder):
    """Returns whether a run has left more files than it may, or larger ones, or some that cannot be counted."""
    count, size, left = 0, 0, [folder]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if count > FILES_MAX or size > FILES_BYTES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
        except FileNotFoundError:  # it has just been removed
            pass
        except OSError:
            return True
    return False


def remove(folder):
    """Removes a folder, whatever a student's program has made of it."""
    for path in (folder / FILES, folder / "run" / FILES):  # of a root, or of a submission's folder
        if path.is_mount():
            confine.LIBC.umount2(os.fsencode(path), DETACH)
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
        return
    subprocess.run(["chmod", "-R", "u+rwX", "--", str(folder)], stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["rm", "-rf", "--", str(folder)], stderr=subprocess.DEVNULL, check=False)


class Deadline:
    """The time that is left for a submission."""

    def __init__(self, seconds=ALL_TOGETHER):
        self.end = time.monotonic() + seconds

    def left(self, limits):
        return max(0, min(limits.wall, self.end - time.monotonic()))


def build(command, tree, output, deadline):
    """Runs a command in a tree that it may change."""
    who = user()
    if has_bubble():
        setup = lambda: confine.enter(BUILD, who)
        return run([*bubble(tree, True), "--", *command], BUILD, output, b"", deadline, cwd=tree, setup=setup)

    def setup():
        confine.enter(BUILD, who)
        confine.landlock(TOOLS, (str(tree), "/dev/null"))

    return run(command, BUILD, output, b"", deadline, cwd=tree, setup=setup, place={"TMPDIR": str(tree)})


def play(command, root, output, stdin, deadline):
    """Runs a program of a root that holds all it may see. It cannot start another one."""
    who = user()
    if has_bubble():
        with tempfile.TemporaryFile() as rules:
            rules.write(confine.FILTER)
            rules.seek(0)
            seccomp = ["--seccomp", str(rules.fileno())] if confine.FILTER else []
            front = [*bubble(root, False), *seccomp, "--"]
            limits = dataclasses.replace(RUN, processes=BUILD.processes)  # for bubblewrap; seccomp denies them later
            setup = lambda: confine.enter(limits, who)
            return run([*front, *command], RUN, output, stdin, deadline, cwd=root, setup=setup, descriptor=rules.fileno(), files=root / FILES)
    inside = root if os.geteuid() == 0 else None
    setup = lambda: confine.enter(RUN, who, inside, confine.FILTER != b"")
    return run(command, RUN, output, stdin, deadline, cwd=root, setup=setup, files=root / FILES)


def run(command, limits, output, stdin, deadline, cwd, setup, descriptor=None, place=None, files=None):
    """Runs a command. output: a directory for its streams, which it does not see; files: one that it may fill."""
    (output / "stdin").write_bytes(stdin)
    with (
        open(output / "stdin", "rb") as source,
        open(output / "stdout", "wb+") as out,
        open(output / "stderr", "wb+") as err,
        cgroup.limited(limits.together, limits.processes) as join,
    ):
        confine.adopt()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**ENVIRONMENT, **(place or {})},
            stdin=source,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=lambda: (join(), setup()),
            pass_fds=() if descriptor is None else (descriptor,),
        )
        try:
            in_time = ends_within(process, deadline.left(limits), files)
        finally:
            kill_group(process)
        status = process.wait() if in_time else -signal.SIGKILL
        if not in_time:
            process.wait()
        confine.bury(user())
        out.seek(0)
        err.seek(0)
        words = err.read(limits.file)
        if status == 1 and words.startswith(b"bwrap: "):  # the grader's failure is no mark
            raise RuntimeError(words[:500].decode(errors="replace"))
        ended_by = -status if status < 0 else status - 128 if 128 < status < 193 else 0
        return Outcome(status, ended_by, out.read(limits.file), words, files is not None and overfull(files))


def ends_within(process, seconds, files):
    """Waits for the end of a process, without reaping it. Returns false after that many seconds, or if it fills files."""
    descriptor, end = os.pidfd_open(process.pid), time.monotonic() + seconds
    try:
        while not select.select([descriptor], [], [], max(0, min(POLL, end - time.monotonic())))[0]:
            if time.monotonic() >= end or (files is not None and overfull(files)):
                return False
        return True
    finally:
        os.close(descriptor)


def kill_group(process):
    """Kills the processes that are left. bubblewrap's namespace ends with its first process."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def scratch_place():
    """Returns the folder for scratch folders: in memory, where a copy is ten times faster, if there is enough of it."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK):
        info = os.statvfs(MEMORY)
        if info.f_bavail * info.f_frsize >= MEMORY_LEAST and not info.f_flag & os.ST_NOEXEC:
            return pathlib.Path(MEMORY)
    return pathlib.Path(tempfile.gettempdir())


def scratch():
    """Makes a folder for a submission, which its process holds locked, and removes those whose process was killed."""
    place = scratch_place()
    for old in place.glob("labvisor-grade-*"):
        try:
            descriptor = os.open(old, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_uid == os.geteuid() and os.fstat(descriptor).st_mtime < time.time() - 60:
                remove(old)
        except OSError:
            pass
        finally:
            os.close(descriptor)
    made = pathlib.Path(tempfile.mkdtemp(prefix="labvisor-grade-", dir=place))
    made.chmod(0o711)
    descriptor = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return made, descriptor

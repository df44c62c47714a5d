# SPDX-License-Identifier: MIT
"""The system calls that a student's program may not make: a filter for seccomp, and what a process does before its exec.

A VMM on the back end `soft` computes, and reads and writes what is open or in its root. It has no use
for processes, sockets, mounts or other programs' memory.
"""

import contextlib
import ctypes
import glob
import os
import pathlib
import resource
import signal
import struct

# By machine: its name for seccomp, and the numbers of what is denied; arm64 and riscv64 share a table.
X86_64 = """29 shmget 41 socket 53 socketpair 56 clone 57 fork 58 vfork 64 semget 68 msgget 101 ptrace 133 mknod
    155 pivot_root 161 chroot 165 mount 166 umount2 248 add_key 249 request_key 250 keyctl 259 mknodat 272 unshare
    298 perf_event_open 304 open_by_handle_at 308 setns 310 process_vm_readv 311 process_vm_writev 321 bpf
    322 execveat 323 userfaultfd 425 io_uring_setup 434 pidfd_open 435 clone3"""
GENERIC = """33 mknodat 39 umount2 40 mount 41 pivot_root 51 chroot 97 unshare 117 ptrace 186 msgget 190 semget 194 shmget
    198 socket 199 socketpair 217 add_key 218 request_key 219 keyctl 220 clone 241 perf_event_open
    265 open_by_handle_at 268 setns 270 process_vm_readv 271 process_vm_writev 280 bpf 281 execveat 282 userfaultfd
    425 io_uring_setup 434 pidfd_open 435 clone3"""
DENIED = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, GENERIC), "riscv64": (0xC00000F3, GENERIC)}

LOAD, EQUAL, ABOVE, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: ld [k], jeq, jge, ret
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
NUMBER, MACHINE = 0, 4  # offsets in struct seccomp_data
X32 = 0x40000000  # of x86-64: the same calls under other numbers

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
LIBC = ctypes.CDLL(None, use_errno=True)


def filter_of(machine):
    """Returns the filter, as seccomp and bubblewrap take it; empty for an unknown machine."""
    if machine not in DENIED:
        return b""
    arch, table = DENIED[machine]
    numbers = [int(word) for word in table.split() if word.isdigit()]
    count = len(numbers)
    code = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, arch), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER), (ABOVE, count, 0, X32)]
    code += [(EQUAL, count - i - 1, 0, number) for i, number in enumerate(numbers)]
    code[-1] = (EQUAL, 0, 1, numbers[-1])
    code += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


SECCOMP = {"x86_64": 317}  # the call's number; elsewhere 277
SECCOMP_GET_ACTION_AVAIL = 2


def takes_filters():
    """Returns whether Linux takes filters: an emulator of its calls may not."""
    number = SECCOMP.get(os.uname().machine, 277)
    return LIBC.syscall(number, SECCOMP_GET_ACTION_AVAIL, 0, struct.pack("=I", KILL)) == 0


FILTER = filter_of(os.uname().machine) if takes_filters() else b""


def as_long(value):
    return ctypes.c_ulong(value) if isinstance(value, int) else value


def call(name, *args):
    if getattr(LIBC, name)(*map(as_long, args)):
        raise OSError(ctypes.get_errno(), name)


def set_filter():
    program = ctypes.create_string_buffer(FILTER, len(FILTER))
    fprog = struct.pack("HxxxxxxP" if ctypes.sizeof(ctypes.c_void_p) == 8 else "HxxP", len(FILTER) // 8, ctypes.addressof(program))
    call("prctl", PR_SET_SECCOMP, 2, ctypes.c_char_p(fprog), 0, 0)


LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # on every machine
READ, ALL = 0b1101, (1 << 13) - 1  # of Landlock's first version: execute, read a file, read a folder


def landlock(readable, writable):
    """Hides all other files from a build: what the grader expects, other submissions. Returns whether Linux can."""
    rules = LIBC.syscall(LANDLOCK_CREATE, ctypes.c_char_p(struct.pack("=Q", ALL)), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    for paths, access in ((readable, READ), (writable, ALL)):
        for path in filter(os.path.exists, paths):
            descriptor = os.open(path, os.O_PATH)
            allowed = access if os.path.isdir(path) else access & 0b111
            rule = struct.pack("=Qi", allowed, descriptor)
            if LIBC.syscall(LANDLOCK_ADD, rules, 1, ctypes.c_char_p(rule), 0):
                raise OSError(ctypes.get_errno(), "landlock")
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return LIBC.syscall(LANDLOCK_RESTRICT, rules, 0) == 0


def has_landlock():
    return LIBC.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1) > 0


def adopt():
    """Makes this process the parent of what its children leave: a container's first process may reap nothing."""
    call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def left_by_runs(user):
    """Returns this process's children that a run has left. user: the one of runs, if the grader is root; else
    they can be no more than the first processes of namespaces, which end after bubblewrap does."""
    for path in glob.glob("/proc/self/task/*/children"):
        for child in pathlib.Path(path).read_text(encoding="utf-8", errors="replace").split():
            with contextlib.suppress(OSError):
                status = pathlib.Path(f"/proc/{child}/status").read_text(encoding="utf-8", errors="replace")
                if (f"\nUid:\t{user}\t" if user else f"\nNSpid:\t{child}\t1\n") in status:
                    yield int(child)


def bury(user):
    """Ends what a run has left, and reaps it. What a child has left in turn becomes this process's child."""
    while left := list(left_by_runs(user)):
        for child in left:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def enter(limits, user, root=None, filtered=False):
    """Gives up what a student's program must not have, in the child before its exec. user: another
    one if the grader is root; root: the folder that becomes its whole file system."""
    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    if root:
        os.chroot(root)
        os.chdir("/")
    if user:  # root has no limit of processes
        resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if filtered:
        call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        set_filter()

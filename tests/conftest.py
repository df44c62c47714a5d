# SPDX-License-Identifier: MIT
"""Shared by all tests: the program under test, functions that run it, and the closing line."""

import fcntl
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from manifest import file_name
from rsp import PATIENCE, Stub
from statuses import *  # for the tests to import from here

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A make that a test starts is not part of the one that started the tests.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)

# nohup, and a shell's background, have these ignored; the programs that tests start would inherit it.
for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, signal.SIG_DFL)

if PATIENCE > 1:
    # One place for all limits of tests: of run(), of wait() and of communicate().
    wait, communicate = subprocess.Popen.wait, subprocess.Popen.communicate
    subprocess.Popen.wait = lambda self, timeout=None: wait(self, timeout and PATIENCE * timeout)
    subprocess.Popen.communicate = lambda self, input=None, timeout=None: communicate(self, input, timeout and PATIENCE * timeout)

# Every test of the program runs twice: with the users' build, and with sanitizers. Some do so for
# the guests of both machines.
BUILDS = ["build", "build/san"]
ARCHS = ["x86_64", "riscv64"]
# These also with the host's files for macOS and the BSDs, which have no KVM (vmm.mk, VMM_HOST=posix).
POSIX = "build/posix"
OF_THE_HOST = ("test_console", "test_gdb_protocol")
ONCE = ("test_build", "test_sandbox", "test_gdb_matrix", "test_places", "test_install", "test_compilers", "test_mutants", "test_snapshots", "test_labs", "test_limits", "test_hints", "test_answers", "test_marks", "test_attacks", "test_same", "test_submissions", "test_similar", "test_clusters", "test_compare", "test_docs", "test_opensbi", "test_qemu", "test_setup", "test_distros", "test_runtime", "test_cxx", "test_missing", "test_picolibc", "test_float", "test_check", "test_programs", "test_soak", "test_instructions", "test_engines", "test_linux", "test_page", "test_page_browser")
LONGEST = ("test_distros", "test_docs", "test_labs", "test_hints", "test_marks", "test_attacks", "test_same", "test_clusters", "test_compare", "test_qemu", "test_linux", "test_backwards", "test_build", "test_compilers")
ON_BOTH = ("test_console", "test_device", "test_gdb", "test_gdb_clients", "test_gdb_labos", "test_gdb_protocol", "test_gdb_unseen", "test_label", "test_labos", "test_lldb", "test_observe", "test_restart", "test_conditions", "test_culprits")


class Program:
    """The labvisor under test."""

    path = ROOT / BUILDS[0] / "labvisor"
    arch = ARCHS[0]  # of its guests

    def __fspath__(self):
        return str(self.path)

    __str__ = __fspath__


LABVISOR = Program()


def pytest_generate_tests(metafunc):
    module = metafunc.module.__name__
    archs = ARCHS if module in ON_BOTH else ARCHS[:1]
    if "machine" in metafunc.fixturenames:
        metafunc.parametrize("machine", archs, indirect=True)
    builds = BUILDS[:1] if module in ONCE else BUILDS
    if module in OF_THE_HOST and (ROOT / POSIX / "labvisor").exists():
        builds = [*builds, POSIX]
    metafunc.parametrize("build", builds, indirect=True)


def pytest_configure(config):
    config.addinivalue_line("markers", "xdist_group(name): tests of one process")


def group_of(item):
    """Returns the group of tests that share files which take long to make, or that run in order; or None."""
    module = item.module.__name__
    if module in ("test_docs", "test_compare", "test_install"):
        return module
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return f"lab {params['number']}" if module in ("test_labs", "test_marks", "test_attacks") and "number" in params else None


def needs_kvm_on_posix(item):
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return params.get("build") == POSIX and params.get("machine") == "x86_64"


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own
def pytest_collection_modifyitems(items):
    """Puts the longest tests first; otherwise one process would still run them after the others end."""
    items[:] = [item for item in items if not needs_kvm_on_posix(item)]
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.module.__name__, len(order)))
    for item in items:
        if group_of(item):
            item.add_marker(pytest.mark.xdist_group(group_of(item)))


@pytest.fixture(autouse=True)
def build(request):
    LABVISOR.path = ROOT / request.param / "labvisor"


@pytest.fixture
def machine(request):
    """The machine of the guests that guest() names. Skips if it is not available here."""
    reason = NO_KVM if request.param == "x86_64" else why_no_riscv()
    if reason:
        pytest.skip(reason)
    LABVISOR.arch = request.param
    yield request.param
    LABVISOR.arch = ARCHS[0]


@pytest.fixture
def stub(tmp_path):
    """Starts guests that wait for gdb; rsp.py plays gdb."""
    started = []

    def start(*args, **kwargs):
        started.append(Stub(tmp_path, *args, **kwargs))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()


def why_no_repository():
    """Returns the reason why git cannot archive this tree, or None."""
    command = ["git", "rev-parse", "--quiet", "--verify", "HEAD"]
    if (ROOT / ".git").exists() and subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0:
        return None
    return "this tree has no repository with a commit"


def source_files():
    """Returns the sources' names: what git knows, or in an unpacked archive all that make has not made."""
    if not (ROOT / ".git").exists():
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
        return sorted(str(n) for n in names if n.parts[0] != "build" and "__pycache__" not in n.parts)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [name for name in names.split("\0") if (ROOT / name).is_file()]


def run(*args, stdin=b"", timeout=60, **kwargs):
    """Runs labvisor. The result has its exit status, stdout and stderr. stdin: bytes, which go through
    a pipe; or a file."""
    kwargs.setdefault("cwd", ROOT)
    kwargs["input" if isinstance(stdin, bytes) else "stdin"] = stdin
    return subprocess.run(
        [LABVISOR, *map(str, args)], capture_output=True, timeout=timeout, **kwargs
    )


def guest(name, arch=None):
    return ROOT / "build/guests" / (arch or LABVISOR.arch) / file_name(name)


def symbol(image, name):
    """Returns the address of a guest's function or variable."""
    symbols = guest(image).with_suffix(".sym").read_text()
    return int(re.search(rf"^0*([0-9a-f]+) \w {name}\b", symbols, re.M)[1], 16)


def why_no_kvm():
    """Returns the reason why kvm-x86 cannot work here, or None. Does not ask labvisor, which is tested."""
    try:
        with open("/dev/kvm", "rb+", buffering=0) as kvm:
            os.close(fcntl.ioctl(kvm, 0xAE01, 0))  # KVM_CREATE_VM
    except OSError as error:
        return f"/dev/kvm: {error.strerror}"
    return None


def why_no_riscv():
    """Returns the reason why there are no RISC-V guests, or None."""
    return None if guest("hello", "riscv64").exists() else "no compiler for riscv64 guests here"


@functools.cache
def why_no_gdb_calls():
    """Returns why gdb cannot call a function of a program on this machine, or None: for that it writes all registers."""
    if not shutil.which("gdb"):
        return "gdb is not installed"
    words = ["-ex", "starti", "-ex", "print $xmm0.v4_int32[0] = 3"] if os.uname().machine == "x86_64" else []
    shown = subprocess.run(["gdb", "-q", "-batch", "-nx", *words, "/bin/true"], capture_output=True, text=True)
    return "this gdb cannot write the registers of this CPU" if "Couldn't write" in shown.stderr else None


@functools.cache
def why_no_qemu(prefix):
    """Returns the reason why a Linux in QEMU (qemu/qemu.mk) is not available here, or None. May fetch it
    first."""
    machine = {"stock": "x86_64", "riscv": "riscv64"}[prefix]
    for tool in (f"qemu-system-{machine}", "cpio", "xz"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    static = ["riscv64-linux-gnu-gcc", "-static", "-x", "c", "-o", "/dev/null", "-"]
    source = b"#include <stdio.h>\nint main(void) { return 0; }\n"
    if prefix == "riscv" and (
        shutil.which(static[0]) is None
        or subprocess.run(static, input=source, capture_output=True).returncode
    ):
        return "no compiler and static C library for riscv64 Linux here"
    result = subprocess.run(
        ["make", "-s", f"{prefix}-initramfs"], cwd=ROOT, capture_output=True, text=True
    )
    found = re.search("^not available here: (.*)", result.stderr, re.M)
    assert result.returncode == 0 or found, result.stdout + result.stderr
    return found[1] if found else None


@functools.cache
def why_no_linux():
    """Returns the reason why there is no Linux for soft (linux/linux.mk) here, or None. May fetch it first."""
    for tool in ("apt-get", "cpio", "xz"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    made = subprocess.run(["make", "-s", "linux-files"], cwd=ROOT, capture_output=True, text=True)
    found = re.search("^not available here: (.*)", made.stderr, re.M)
    assert made.returncode == 0 or found, made.stdout + made.stderr
    return found[1] if found else None


NO_KVM = why_no_kvm()
# Why a back end cannot run here, or None.
MISSING = {"kvm-x86": NO_KVM, "soft": why_no_riscv()}

# Runs a command without /dev/kvm.
WITHOUT_KVM = [
    "unshare",
    "-m",
    "sh",
    "-ec",
    """dir=$(mktemp -d)
    mount -t tmpfs none $dir
    cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx $dir
    mkdir $dir/pts $dir/shm
    mount --rbind /dev/pts $dir/pts
    mount -t tmpfs none $dir/shm
    ln -s /proc/self/fd $dir/fd
    mount --move $dir /dev
    rmdir $dir
    exec "$@" """,
    "sh",
]


def why_not_without_kvm():
    """Returns the reason why WITHOUT_KVM does not work here, or None."""
    if os.geteuid() != 0 or subprocess.run([*WITHOUT_KVM, "true"], capture_output=True).returncode:
        return "hiding /dev/kvm takes a mount namespace, which this user may not make"
    return None
needs_kvm = pytest.mark.skipif(NO_KVM is not None, reason=str(NO_KVM))


def pytest_unconfigure(config):
    """Prints the closing line, after everything that pytest prints itself."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    skipped = reporter.stats.get("skipped", [])
    for reason in sorted({report.longrepr[2] for report in skipped}):
        print(reason)
    passed, failed, errors = (len(reporter.stats.get(k, ())) for k in ("passed", "failed", "error"))
    print(f"{passed} passed, {failed + errors} failed, {len(skipped)} skipped")

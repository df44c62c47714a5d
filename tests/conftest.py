"""What all tests share: the program under test, running it, and the closing line."""

import fcntl
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A make that a test starts is not part of the one that started the tests.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)

# The VMM's own exit statuses (README.md, "Exit statuses").
USAGE, IMAGE, BACKEND, HOST, DIED, MAX_EXITS, TIMEOUT = 112, 113, 114, 115, 116, 117, 124


# Every test of the program runs twice: as users get it, and with sanitizers.
BUILDS = ["build", "build/san"]


class Program:
    """The labvisor under test."""

    path = ROOT / BUILDS[0] / "labvisor"

    def __fspath__(self):
        return str(self.path)

    __str__ = __fspath__


LABVISOR = Program()


def pytest_generate_tests(metafunc):
    once = metafunc.module.__name__ in ("test_build", "test_docs", "test_opensbi")
    metafunc.parametrize("build", BUILDS[:1] if once else BUILDS, indirect=True)


@pytest.fixture(autouse=True)
def build(request):
    LABVISOR.path = ROOT / request.param / "labvisor"


def run(*args, stdin=b"", timeout=60, **kwargs):
    """Runs labvisor; its exit status, stdout and stderr are in the result."""
    kwargs.setdefault("cwd", ROOT)
    return subprocess.run(
        [LABVISOR, *map(str, args)], input=stdin, capture_output=True, timeout=timeout, **kwargs
    )


def guest(name, arch="x86_64"):
    return ROOT / "build/guests" / arch / f"{name}.elf"


def why_no_kvm():
    """The reason why kvm-x86 cannot work here, or None: not asked of labvisor, which is tested."""
    try:
        with open("/dev/kvm", "rb+", buffering=0) as kvm:
            os.close(fcntl.ioctl(kvm, 0xAE01, 0))  # KVM_CREATE_VM
    except OSError as error:
        return f"/dev/kvm: {error.strerror}"
    return None


def why_no_riscv():
    """The reason why there are no RISC-V guests, or None."""
    return None if guest("hello", "riscv64").exists() else "no compiler for riscv64 guests here"


NO_KVM = why_no_kvm()
needs_kvm = pytest.mark.skipif(NO_KVM is not None, reason=str(NO_KVM))


def pytest_unconfigure(config):
    """The closing line, behind all that pytest prints itself."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    skipped = reporter.stats.get("skipped", [])
    for reason in sorted({report.longrepr[2] for report in skipped}):
        print(reason)
    passed, failed, errors = (len(reporter.stats.get(k, ())) for k in ("passed", "failed", "error"))
    print(f"{passed} passed, {failed + errors} failed, {len(skipped)} skipped")

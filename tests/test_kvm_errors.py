# SPDX-License-Identifier: MIT
"""A VMM whose calls of KVM fail, one at a time: it says which one, and ends."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import BACKEND, DIED, HOST, LABVISOR, guest, needs_kvm

IN_CONTAINER = os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv")
STRACE = shutil.which("strace")
pytestmark = [needs_kvm, pytest.mark.skipif(not STRACE, reason="strace is not installed")]


def under_strace(options, *command):
    env = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}  # LeakSanitizer cannot work under strace
    words = [STRACE, "-f", *options, LABVISOR, *command]
    return subprocess.run([*map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=60)


def trace(log, image, *options, fail=None):
    """Runs a guest. Returns its result and the names of KVM's calls in their order; call number `fail`, from 1,
    returns EIO instead of what KVM would."""
    inject = [f"--inject=ioctl:error=EIO:when={fail}"] if fail else []
    # strace makes call -1 instead of one that is to fail, and the sandbox would refuse that.
    command = ("--no-sandbox", "--timeout=20", *options, guest(image))
    result = under_strace([f"--output={log}", "--trace=ioctl", *inject], *command)
    return result, re.findall(r"ioctl\(\d+, (KVM_\w+)", log.read_text())


@pytest.mark.parametrize("image, options", [("hello", ()), ("real/hello", ()), ("protected/traps", ()), ("tests/harts", ("-c4",))])
def test_each_call_before_the_first_entry(tmp_path, image, options):
    """The guest does not run."""
    _, calls = trace(tmp_path / "log", image, *options)
    for number, name in enumerate(calls[: calls.index("KVM_RUN")], 1):
        result, _ = trace(tmp_path / "log", image, *options, fail=number)
        assert result.returncode in (BACKEND, HOST) and result.stdout == b"", (number, name)
        assert re.fullmatch(rb"labvisor: kvm-x86: [^\n]+\n", result.stderr), (name, result.stderr)


def test_each_call_of_a_guest_that_runs(tmp_path):
    """A failed entry is the guest's end; an interrupt that KVM did not take is injected later."""
    _, calls = trace(tmp_path / "log", "clock")
    first, failed = calls.index("KVM_RUN"), set()
    for number in range(first + 1, first + 60):
        if number > len(calls) or calls[number - 1] not in ("KVM_RUN", "KVM_INTERRUPT"):
            continue
        result, _ = trace(tmp_path / "log", "clock", fail=number)
        found = re.search(r"(KVM_\w+).*\(INJECTED\)", (tmp_path / "log").read_text())
        if found and found[1] == "KVM_INTERRUPT":  # no two runs are the same
            assert result.returncode == 0 and b"slept at least 100 ms" in result.stdout
        elif found and found[1] == "KVM_RUN":
            assert result.returncode == DIED and b"KVM_RUN: Input/output error" in result.stderr
        failed.add(found and found[1])
    assert {"KVM_RUN", "KVM_INTERRUPT"} <= failed


def test_a_hart_that_cannot_be_started(tmp_path):
    """The first harts that start set their mode at a call of the guest's."""
    _, calls = trace(tmp_path / "log", "tests/harts", "-c2")
    number = calls.index("KVM_SET_SREGS", calls.index("KVM_RUN")) + 1  # before it, hart 0 is alone
    result, _ = trace(tmp_path / "log", "tests/harts", "-c2", fail=number)
    assert result.returncode == HOST and b"the mode of a vCPU cannot be set: Input/output error" in result.stderr


@pytest.mark.parametrize(
    "error, words, advice",
    [
        ("EACCES", "this user may not open /dev/kvm", 'sudo usermod -aG kvm "$USER", then log in again'),
        ("EPERM", "/dev/kvm is there, but opening it is not permitted", "--device /dev/kvm" if IN_CONTAINER else "what confines this process"),
        ("EBUSY", "the CPU's virtualization is in use by another hypervisor", "VirtualBox"),
        ("EIO", "/dev/kvm: Input/output error", "dmesg"),
    ],
)
def test_the_doctor_names_the_error(error, words, advice):
    inject = ["--output=/dev/null", "--trace-path=/dev/kvm", f"--inject=open,openat:error={error}"]
    why, fix = under_strace(inject, "doctor").stdout.decode().splitlines()[:2]
    assert why == f"kvm-x86    no   {words}" and advice in fix

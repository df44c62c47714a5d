# SPDX-License-Identifier: MIT
"""Guests that make only standard SBI calls, under other firmware: OpenSBI, on QEMU's virt
machine. Compares their output. The status is only zero or not."""

import re
import shutil
import subprocess
import time

import differential
import pytest

from conftest import ROOT

GUESTS = ROOT / "build/guests/riscv64"
QEMU = "qemu-system-riscv64"


def why_not():
    if not (GUESTS / "hello.elf").exists():
        return "no RISC-V guests were built: no compiler for them"
    if shutil.which(QEMU) is None:
        return f"{QEMU} is not installed"
    return None


REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


def qemu(name, *args, memory="128M", harts=1):
    """Starts a guest."""
    command = ["timeout", "60", QEMU, "-machine", "virt", "-m", memory, "-nographic", "-no-reboot"]
    command += ["-smp", str(harts), "-kernel", GUESTS / f"{name}.elf"] + (["-append", " ".join(args)] if args else [])
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def firmware_end(process):
    """Reads the firmware's output before the guest's."""
    for line in process.stdout:
        if line.startswith("Boot HART MEDELEG"):
            return
    error = process.stderr.read()
    if "Unable to" in error:
        pytest.skip("OpenSBI is not installed")
    raise AssertionError(error)


def run_opensbi(name, *args, **machine):
    """Returns the guest's output."""
    with qemu(name, *args, **machine) as process:
        firmware_end(process)
        return process.stdout.read().replace(differential.REMARK.decode(), "")


@pytest.mark.parametrize(
    "guest, args, expected",
    [
        ("hello", (), "Hello from inside a virtual machine!\n"),
        ("args", (), "argv[0] = guest\n"),
        ("args", ("a", "", "b=c"), "argv[0] = guest\nargv[1] = a\nargv[2] = b=c\n"),
        ("primes", ("100",), "25 primes up to 100\n"),
        ("clock", (), "5 ticks while the guest counted\nslept at least 100 ms\n"),
        ("tests/libc", (), "libc is right\n"),
        ("tests/riscv64/breakpoint", (), "2 hits\n"),
        ("tests/riscv64/illegal_forms", (), "13 illegal instructions\n"),
        ("tests/riscv64/satp", (), "translation follows satp\n"),
        ("tests/riscv64/counters", (), "hart 0: cycle, time, instret: 7\n"),
    ],
)
def test_output(guest, args, expected):
    assert run_opensbi(guest, *args) == expected


@pytest.mark.parametrize(
    "guest, args, kind, function, address",
    [
        ("fault", (), "page fault (cause 15)", "store", 0),
        ("tests/jump_to_data", (), "page fault (cause 12)", "code", None),
        ("tests/write_to_code", (), "page fault (cause 15)", "main", None),
        ("tests/stack_overflow", (), "page fault (cause 15)", "recurse", range(0x87FBF000, 0x87FC0000)),
        ("tests/riscv64/machine", ("mmio-read",), "protection fault (cause 5)", "main", None),
        ("tests/riscv64/machine", ("bad-stack",), "protection fault (cause 7)", "trap_vector", None),
    ],
)
def test_death(guest, args, kind, function, address):
    """The runtime prints what happened, the function, and the registers."""
    output = run_opensbi(guest, *args)
    found = re.search(r"\*\*\* (.*) at pc 0x(\w+)(?:, address 0x(\w+))?\n  ra ", output)
    assert found and found[1] == kind and "stval" in output, output
    assert symbol_at(guest, int(found[2], 16)) == function
    if address is not None:
        assert int(found[3], 16) in (address if isinstance(address, range) else [address])


@pytest.mark.parametrize("harts", [1, 4])
def test_harts(harts):
    """HSM, IPI and RFENCE, and the runtime on top of them."""
    assert run_opensbi("tests/riscv64/harts", str(harts), harts=harts) == f"{harts} harts\n"
    output = run_opensbi("tests/harts", harts=harts)
    assert output.endswith(f"{harts} harts are right\n")


def symbol_at(guest, address):
    """The function, by the .sym file beside the image."""
    below = None
    for line in (GUESTS / f"{guest}.sym").read_text().splitlines():
        value, kind, name = line.split()
        if int(value, 16) <= address and kind in "tTdD" and not name.startswith((".", "$")):
            below = name
    return below


def test_input():
    """The guest polls for input, which has no end."""
    with qemu("echo") as process:
        firmware_end(process)
        process.stdin.write("one\ntwo\n")
        process.stdin.close()
        assert [process.stdout.readline() for _ in range(2)] == ["1: one\n", "2: two\n"]
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
        process.terminate()


def test_labos():
    """An operating system: user mode, the timer, and ^C. The end has no status."""
    with qemu("labos") as process:
        firmware_end(process)
        process.stdin.write("crash\nspin &\nspin\n")
        process.stdin.flush()
        time.sleep(2)
        process.stdin.write("\x03counter 3\nexit\n")
        process.stdin.flush()
        output = process.stdout.read()
    assert "page fault, write to 0x0\n(status 139)\n" in output
    assert "labos$ spin\n^C\n(status 130)\n" in output and "\n1 2 3\n" in output


@pytest.mark.parametrize("memory", ["8M", "1G", "3G"])
def test_memory_sizes(memory):
    """Page tables of other shapes: only megapages; and with gigapages."""
    assert run_opensbi("primes", "1000", memory=memory) == "168 primes up to 1000\n"

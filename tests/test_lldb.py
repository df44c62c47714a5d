# SPDX-License-Identifier: MIT
"""LLDB on a guest: registers, backtraces, expressions, watchpoints, exits."""

import re
import shutil
import socket
import subprocess

import pytest

from conftest import LABVISOR, ROOT, guest

pytestmark = pytest.mark.usefixtures("machine")

OLDEST = 19  # 14, of Debian 12, does not read a pc of RISC-V


@pytest.fixture(autouse=True)
def have_lldb():
    version = shutil.which("lldb") and subprocess.run(["lldb", "--version"], capture_output=True, text=True).stdout
    if not version:
        pytest.skip("lldb is not installed")
    if int(re.search(r"version (\d+)", version)[1]) < OLDEST:
        pytest.skip(f"lldb before {OLDEST} does not know RISC-V well")


def free_port():
    with socket.create_server(("localhost", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def lldb():
    """Starts a guest, and LLDB on it. Returns LLDB's output and the guest's; checks the guest's status."""
    started = []

    def start(image, *commands, status=0):
        port = free_port()
        started.append(
            subprocess.Popen([LABVISOR, f"--gdb={port}", "--timeout=20", guest(image)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )  # fmt: skip
        assert b"stopped" in started[-1].stderr.readline()
        words = [word for line in (f"gdb-remote {port}", *commands, "quit") for word in ("-o", line)]
        # Not -b: then LLDB would quit at an exit.
        result = subprocess.run(["lldb", "--no-lldbinit", *words, guest(image)], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        out, _ = started[-1].communicate(timeout=30)
        assert started[-1].returncode == status, result.stdout + result.stderr
        return result.stdout + result.stderr, out

    yield start
    for one in started:
        one.kill()


def has(text, *patterns):
    at = 0
    for pattern in patterns:
        found = re.compile(pattern, re.M).search(text, at)
        assert found, f"not there: {pattern}\n{text}"
        at = found.end()


def test_program(lldb, machine):
    """Breakpoints, registers by their roles, backtraces, expressions, steps, and memory."""
    text, out = lldb(
        "tests/debug", "breakpoint set -n add", "continue", "register read pc sp", "bt", "p total + n * 2", "finish",
        "p total = 5", "memory read -c 4 &total", "continue", "p n", "memory region $pc", "memory region 0", "breakpoint disable", "stepi", "next",
        "continue", "continue", status=10,
    )  # fmt: skip
    pc = {"riscv64": "pc", "x86_64": "rip"}[machine]
    has(
        text, r"add\(n=1\) at debug.c", rf" {pc} = 0x\w+ .*add", r"frame #0: .*`add", r"frame #1: .*`main", r"frame #2: .*`rt_start",
        r"\(int\) 2$", "stop reason = step out", r"\(volatile int\) 5", "05 00 00 00", r"add\(n=2\)", r"^\(int\) 2$", r"^\[0x\w+-0x\w+\) r-x", r"^\[0x0+-0x\w+\) ---",
        "instruction step into", "step over", "exited with status = 10",
    )  # fmt: skip
    assert b"total 10\n" in out


def test_watchpoint(lldb):
    text, _ = lldb("tests/debug", "breakpoint set -n main", "continue", "watchpoint set variable total", "continue", "continue", "watchpoint delete 1", "continue", "continue", status=6)
    has(text, "Watchpoint created", "new value: 1", "old value: 1\nnew value: 3", "exited with status = 6")


def test_exits(lldb):
    """The commands of monitor work, and LLDB stops at an exit."""
    monitor = "process plugin packet monitor"
    text, out = lldb("hello", f"{monitor} exit-next console_write", "continue", "register read exit_a0", f"{monitor} exit-finish", "continue", "register read exit_value", "continue", "continue")
    has(text, r"exit #\d+: DBCN\.console_write", "stop reason = VM exit", r"exit_a0 = 0x0+25$", r"exit_value = 0x0+25$", "exited with status = 0")
    assert out == b"Hello from inside a virtual machine!\n"

# SPDX-License-Identifier: MIT
"""--label: whole lines of output, with the hart's number; in color on a terminal."""

import contextlib
import os
import pty
import re
import subprocess

import pytest

from conftest import HOST, LABVISOR, guest, run

LINES = sorted(f"[{hart}] hart {hart} says as much as it can" for hart in range(4))


@pytest.fixture
def talk(machine):
    return guest("tests/bytes")


def test_whole_lines(talk):
    """In whatever pieces and order the harts write."""
    result = run("-c4", "--label", "--timeout=30", talk, stdin=b"x")
    lines = result.stdout.decode().splitlines()
    assert (result.returncode, result.stderr) == (0, b"")
    assert sorted(lines[:-1]) == LINES
    assert lines[-1] == "[0] well? good" and not result.stdout.endswith(b"\n")


def test_without_it_lines_are_mixed(talk):
    """Otherwise the test above would prove nothing."""
    result = run("-c4", "--timeout=30", talk, stdin=b"x")
    assert result.stdout.startswith(b"hhhhaaaarrrrtttt") and result.returncode == 0


def test_a_question_is_shown_before_the_answer(talk):
    with subprocess.Popen(
        [LABVISOR, "--label", "--timeout=30", talk], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        seen = b""
        while not seen.endswith(b"[0] well? "):
            byte = process.stdout.read(1)
            assert byte, seen
            seen += byte
        process.stdin.write(b"x")
        process.stdin.close()
        assert process.stdout.read() == b"good"


def test_a_line_that_another_hart_interrupts(machine):
    """A question is an unfinished line when another hart's line comes: that starts a new line."""
    result = run("-c2", "--label", "--timeout=30", guest("tests/questions"), stdin=b"")
    assert result.stdout == b"[0] one? \n[1] two\n[0] three"


def test_long_lines_are_cut(talk):
    result = run("--label", guest("args"), "x" * 3000)
    lines = result.stdout.decode().splitlines()
    assert all(line.startswith("[0] ") and len(line) <= 4 + 1024 for line in lines)
    assert "".join(line[4:] for line in lines).endswith("argv[1] = " + "x" * 3000)


@pytest.mark.parametrize("no_color", [None, "", "1"])
def test_colour_on_a_terminal(talk, no_color):
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    if no_color is not None:
        environment["NO_COLOR"] = no_color
    master, slave = pty.openpty()
    subprocess.run(
        [LABVISOR, "-c4", "--label", "--timeout=30", talk],
        input=b"x", stdout=slave, env=environment, check=True,
    )  # fmt: skip
    os.close(slave)
    seen = b""
    with open(master, "rb", buffering=0) as terminal, contextlib.suppress(OSError):
        while True:  # until there is no other end: EIO
            seen += terminal.read(4096)
    seen = seen.decode()
    colours = re.findall(r"\033\[(3\d)m\[(\d)\] hart \2 says as much as it can\033\[0m\r\n", seen)
    if no_color == "1":
        assert "\033" not in seen and "[3] hart 3" in seen
    else:
        assert len({colour for colour, _ in colours}) == 4


def test_a_line_that_just_fits(talk):
    result = run("--label", guest("args"), "x" * (1024 - len("argv[1] = ")))
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 2 and len(lines[1]) == len("[0] ") + 1024


def test_a_console_that_fails_at_the_end(talk):
    """The rest of a cut line is ordinary output."""
    with open("/dev/full", "wb") as full:
        process = subprocess.run(
            [LABVISOR, "--label", "--timeout=30", talk], input=b"x", stdout=full, stderr=subprocess.PIPE
        )
    assert process.returncode == HOST and b"the guest's output is lost" in process.stderr

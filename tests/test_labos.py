# SPDX-License-Identifier: MIT
"""labos, the operating system of guests/labos/, on a terminal. Its scripted sessions are in the
manifest."""

import codecs
import os
import re
import select
import signal
import time

import pytest

from conftest import run, guest
from test_console import Terminal, cpu_seconds, leave_none_running  # noqa: F401, a fixture

pytestmark = pytest.mark.usefixtures("machine")

LEFT, RIGHT, UP, DOWN = b"\x1b[D", b"\x1b[C", b"\x1b[A", b"\x1b[B"
HOME, END, DELETE = b"\x1b[H", b"\x1b[F", b"\x1b[3~"
PROMPT = "labos$ "


class Screen(Terminal):
    """A terminal with a screen, which interprets the control sequences that labos uses."""

    def __init__(self, *options, width=80):
        super().__init__(*options, guest("labos"))
        self.lines, self.column, self.rest = [""], 0, ""
        self.width, self.wraps, self.bells = width, True, 0
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.seen = 0
        self.prompt()

    def put(self, char):
        if self.column == self.width:
            if self.wraps:
                self.lines.append("")
            self.column = 0 if self.wraps else self.width - 1
        line = self.lines[-1].ljust(self.column)
        self.lines[-1] = line[: self.column] + char + line[self.column + 1 :]
        self.column += 1

    def control(self, count, final):
        if final == "C":
            self.column = min(self.column + int(count or 1), self.width - 1)
        elif count == "?7":
            self.wraps = final == "h"
        elif final == "n":
            self.type(f"\x1b[1;{self.column + 1}R".encode())
        elif final == "K":
            self.lines[-1] = self.lines[-1][: self.column]
        else:
            assert final in "HJ", f"an unknown control sequence: {final}"
            self.lines, self.column = [""], 0

    def show(self, text):
        for count, final, char in re.findall(r"\x1b\[(\??\d*)([A-Za-z])|([^\x1b])", text, re.S):
            if final:
                self.control(count, final)
            elif char == "\r":
                self.column = 0
            elif char == "\a":
                self.bells += 1
            elif char == "\n":
                self.lines.append("")
            else:
                self.put(char)

    def look(self):
        """Takes the next output, as far as it is complete."""
        ready, _, _ = select.select([self.master], [], [], 10)
        assert ready, "nothing more comes"
        text = self.rest + self.decoder.decode(os.read(self.master, 4096))
        complete = re.sub(r"\x1b(\[\??\d*)?$", "", text)
        self.show(complete)
        self.rest = text[len(complete) :]

    def wait(self, line, column=None):
        """Waits for this line to be the last, with the cursor in that column, or at its end."""
        wanted = (line, len(line) if column is None else column)
        while (self.lines[-1], self.column) != wanted:
            try:
                self.look()
            except AssertionError as error:
                raise AssertionError(f"{wanted} is not on the screen: {self.lines}") from error

    def prompt(self):
        """Waits for a prompt on a line that was not there at the last prompt."""
        while len(self.lines) <= self.seen or (self.lines[-1], self.column) != (PROMPT, len(PROMPT)):
            self.look()
        self.seen = len(self.lines)

    def command(self, text):
        """Types a command and waits for its end. Returns the lines that it has printed."""
        start = len(self.lines)
        self.type(text.encode() + b"\r")
        self.prompt()
        return self.lines[start:-1]


def free_pages(screen):
    return int(re.fullmatch(r"(\d+) pages are free", screen.command("ps")[-1])[1])


# ---- The line editor ----

EDITING = [
    (b"ac" + LEFT + b"b", "abc", 2),
    (b"acd" + LEFT + LEFT + b"b" + RIGHT, "abcd", 3),
    (b"bc" + HOME + b"a" + END + b"d", "abcd", 4),
    (b"b\x01\x01a\x05c\x02\x02\x06", "abc", 2),  # ^A ^A is one ^A, ^E, ^B, ^F
    (b"ab\x7fc\x08d", "ad", 2),
    (b"abxc" + LEFT + b"\x7f", "abc", 2),
    (b"abxc" + LEFT + LEFT + DELETE, "abc", 2),
    (b"abxc" + LEFT + LEFT + b"\x04", "abc", 2),  # ^D
    (b"abxx" + LEFT + LEFT + b"\x0b", "ab", 2),  # ^K
    (b"xxab" + LEFT + LEFT + b"\x15", "ab", 0),  # ^U
    (b"one two  three" + b"\x17\x17", "one ", 4),  # ^W
    (b"one two" + LEFT + b"\x17", "one o", 4),
    (LEFT + RIGHT + DELETE + b"\x7f" + UP + DOWN, "", 0),
    (b"a\xc3\xa9\xe2\x82\xacb" + LEFT + LEFT + b"\x7f", "a\u20acb", 1),
    (b"ab" + LEFT + b"\xc3\xa9", "a\u00e9b", 2),
    (b"\x1b[1~\x1b[4~\x1bOD\x1bOC\x1b[1;5D\x1b[15~\x1bxa\x1b[13~\x1b[3;5~b\x1b[11~\x0c", "ab", 2),
]


def test_editing():
    """Each line ends with the expected text and cursor."""
    screen = Screen()
    for keys, line, column in EDITING:
        screen.type(keys)
        screen.wait(PROMPT + line, len(PROMPT) + column)
        screen.type(b"\x05\x15")
        screen.wait(PROMPT)
    screen.type(b"\x04")
    assert screen.end() == 0


@pytest.mark.parametrize("width", [80, 50])
def test_a_line_longer_than_the_screen(width):
    """It scrolls, and leaves nothing on other lines; a line is run as a whole or not at all."""
    screen = Screen(width=width)
    start = len(screen.lines)
    room, text = width - len(PROMPT) - 1, "echo " + "".join(chr(ord("a") + i % 26) for i in range(122))
    screen.type(text.encode())
    screen.wait(PROMPT + text[-room:])
    screen.type(HOME)
    screen.wait(PROMPT + text[:room], len(PROMPT))
    assert len(screen.lines) == start and screen.bells == 0
    assert "".join(screen.command("")) == text[5:]
    screen.type(UP + b"!")
    while not screen.bells:
        screen.look()
    assert "".join(screen.command("")) == "this line is not run: it is longer than 127 bytes"
    assert screen.command("echo yes") == ["yes"]
    screen.type(b"x" * 200 + b"\x15")
    screen.wait(PROMPT)
    assert screen.command("echo " + "y" * 30) == ["y" * 30]


def test_tab():
    """It completes names of programs and of what is built in, and lists them if there are more."""
    screen = Screen()
    for typed, line in ((b"fi\t", "fib "), (b"\x15hel\t", "help "), (b"\x15cou\t4", "counter 4"), (b"\x15sp\t", "spin ")):
        screen.type(typed)
        screen.wait(PROMPT + line)
    screen.type(b"\x15s\t")
    screen.wait(PROMPT + "s")
    while screen.lines[-2:-1] != ["shell    sleep    spin    "]:
        screen.look()
    for typed in (b"\x15zz\t", b"\x15fib f\t"):
        bells = screen.bells
        screen.type(typed)
        while screen.bells == bells:
            screen.look()
    screen.wait(PROMPT + "fib f")


def test_help_fits():
    """On a screen of 80 columns, no line wraps."""
    lines = Screen(width=1000).command("help")
    assert len(lines) > 20 and max(map(len, lines)) < 80


def test_an_edited_line_is_what_is_run():
    screen = Screen()
    screen.type(b"ehco onx two" + HOME + RIGHT + DELETE + RIGHT + b"h" + END + LEFT * 4 + b"\x7fe")
    screen.wait(PROMPT + "echo one two", len(PROMPT) + 8)
    screen.type(b"\r")
    screen.prompt()
    assert screen.lines[-2] == "one two"


def test_history():
    screen = Screen()
    for number in range(10):
        screen.command(f"echo {number}")
    screen.command("echo 9")  # the same line again is not kept twice
    for wanted in ("echo 9", "echo 8", "echo 7"):
        screen.type(UP)
        screen.wait(PROMPT + wanted)
    for wanted in ("echo 8", "echo 9", "", ""):
        screen.type(DOWN)
        screen.wait(PROMPT + wanted)
    screen.type(UP * 20)
    screen.wait(PROMPT + "echo 2")
    screen.type(b"\x7f5\r")
    screen.prompt()
    assert screen.lines[-2] == "5"


def test_clear_the_screen():
    screen = Screen()
    screen.command("table 5")
    screen.type(b"ab" + LEFT + b"\x0c")
    while len(screen.lines) > 1:
        screen.look()
    screen.wait(PROMPT + "ab", len(PROMPT) + 1)


# ---- ^C, ^D, ^A x ----


@pytest.mark.parametrize("program", ["spin", "sleep 1000", "calc", "echo", "shell", "counter 1000"])
def test_interrupt_key(program):
    """It ends the program, whatever that does, and only that. Keys typed before are dropped."""
    screen = Screen()
    before = free_pages(screen)
    screen.command("spin &")
    screen.type(program.encode() + b"\r")
    if program == "shell":
        screen.prompt()
    time.sleep(0.3)  # for it to begin
    screen.type(b"abc\x03")
    screen.prompt()
    assert screen.lines[-2] == "(status 130)" and screen.lines[-3].endswith("^C")
    assert any(line.endswith(" spin") for line in screen.command("ps"))
    assert screen.command("kill 3") == ["[3] ended with status 143"]
    assert free_pages(screen) == before
    screen.type(b"exit 5\r")
    assert screen.end() == 5


def test_interrupt_key_at_the_prompt():
    screen = Screen()
    screen.type(b"echo no")
    screen.wait(PROMPT + "echo no")
    screen.type(b"\x03")
    screen.prompt()
    assert screen.lines[-2:] == [PROMPT + "echo no^C", PROMPT]
    assert screen.command("echo yes") == ["yes"]
    screen.type(b"\x03\x03\x04")
    assert screen.end() in (0, -signal.SIGINT)  # a second ^C that came before the first was read


@pytest.mark.parametrize("program", ["", "spin", "calc"])
def test_leave(program):
    screen = Screen()
    screen.type(program.encode() + b"\r")
    time.sleep(0.3)
    screen.type(b"\x01x")
    assert screen.end() == -signal.SIGINT


# ---- Processes ----


def test_commands_that_need_a_number():
    screen = Screen()
    screen.command("spin &")
    for command in ("fg", "fg x", "kill"):
        expected = f"shell: {command.split()[0]} PID: a process's number was expected: `ps` lists them"
        assert screen.command(command) == [expected]
    screen.type(b"fg 2\r")
    time.sleep(0.3)
    screen.type(b"\x03")
    screen.prompt()
    assert screen.lines[-2] == "(status 130)"


def test_idle_uses_no_cpu():
    screen = Screen("--real-time")
    screen.command("echo &")  # waits for a keyboard that it does not have
    assert screen.command("fib 5") == ["0 1 1 2 3"]
    before = cpu_seconds(screen.process)
    time.sleep(1)
    assert cpu_seconds(screen.process) - before <= 0.02
    screen.type(b"fg 2\rhello\r")
    while screen.lines[-3:] != ["hello", "hello", ""]:
        screen.look()


def test_bomb_in_the_foreground():
    """Its descendants end with it, and all memory is freed; twice."""
    screen = Screen()
    before = free_pages(screen)
    for _ in range(2):
        screen.type(b"bomb\r")
        while not screen.lines[-2:][0].startswith("bomb: no more: "):
            screen.look()
        screen.type(b"\x03")
        screen.prompt()
        assert screen.lines[-2] == "(status 130)"
        assert free_pages(screen) == before


def test_memory_comes_back(machine):
    """After each way to end, and each refusal."""
    screen = Screen()
    screen.command("ps")
    before = free_pages(screen)
    for command in ("table", "crash", "priv", "wild", "eat", "wild call", "nope", "calc 1/0"):
        screen.command(command)
        assert free_pages(screen) == before, command


def test_faults_are_told(machine):
    """The name of the fault, where, and whose; the status."""
    protection, segv = ("general protection fault", 139), ("illegal instruction", 132)
    told = {"x86_64": [protection, protection], "riscv64": [segv, segv]}[machine]
    screen = Screen()
    for number, (name, status) in enumerate(told):
        killed, line = screen.command(f"priv {number}")
        assert re.fullmatch(rf"labos: priv {number} \(pid \d+\) is killed at pc 0x4000\w+: {name}", killed)
        assert line == f"(status {status})"


@pytest.mark.parametrize("memory", ["4", "1024", "1500", "3072"])
def test_memory_sizes(memory):
    """On x86 user programs have the addresses from 1 GiB on."""
    result = run("-m", memory, "--timeout=30", guest("labos"), stdin=b"fib 3\ncrash\nexit 4\n")
    assert result.returncode == 4 and b"\n0 1 1\n" in result.stdout, result

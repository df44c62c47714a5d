# SPDX-License-Identifier: MIT
"""gdb knows labos' processes: debug/labos.py."""

import pytest

from test_gdb import have_gdb, session  # noqa: F401, fixtures

pytestmark = pytest.mark.usefixtures("machine")

INPUT = b"spin &\nfib 5\ncalc 1+1\nfib 3\nexit 3\n"


@pytest.fixture
def labos(session):  # noqa: F811
    def start(*commands):
        return session("labos", "source debug/labos.py", *commands, stdin=INPUT)

    return start


def test_processes(labos):
    """They are listed, and symbols and source lines are those of the program that runs."""
    seen = labos(
        "info processes",
        "break call_write if current->pid == 3", "continue", "info processes", "info symbol 0x40000000",
        "delete", "break call_exit if current->pid == 4", "continue", "info symbol 0x40000000", "info sources calc.c",
        "delete", "continue",
    )  # fmt: skip
    seen.has(
        "labos has no process yet",
        r"^ +pid parent state +pages page table  saved pc +command$",
        r"^ +1 +0 (?:waiting|ready  ) +\d+ 0x[0-9a-f]{9}  0x04000[0-9a-f]{4} shell$",
        r"^ +2 +1 ready +\d+ 0x[0-9a-f]{9}  0x04000[0-9a-f]{4} spin$",
        r"^\* +3 +1 ready +\d+ 0x[0-9a-f]{9}  0x04000[0-9a-f]{4} fib 5$",
        "^main in section .text of .*labos/fib.elf",
        r"labos/calc\.elf$",
        "programs/calc.c",
        r"exited with code 03",
    )
    assert "location number" not in seen.text
    assert seen.status == 3 and b"0 1 1 2 3\n" in seen.out and b"\n2\n" in seen.out


def test_breakpoints_in_programs(labos, machine):
    """Each stops in its program alone, though all have the same addresses; or is refused at once."""
    seen = labos(
        "break fib:main", "tbreak calc:main", "info breakpoints",
        "continue", "print argc", "info locals", "continue", "backtrace", "continue", "delete", "continue",
    )  # fmt: skip
    if machine == "riscv64" or "this KVM stops no code at CPL 3" not in seen.text:
        seen.has(
            r'only if \$_program\("fib"\)', r'only if \$_program\("calc"\)',
            r"^Breakpoint 2, main \(argc=2, .*programs/fib.c:\d", r"\$1 = 2", "^count = ",
            r"^Temporary breakpoint 4, main \(argc=2, .*programs/calc.c:\d", r"^#0  main .*calc.c:\d+\n#1 .* in _start .*start.c:\d+\n\n",
            r"^Breakpoint 2, main \(argc=2, .*programs/fib.c:\d", "exited with code 03",
        )  # fmt: skip
    else:
        seen.has(
            "^breakpoint 2 is disabled: at 0x4.*, this KVM stops no code at CPL 3",
            "^breakpoint 4 is disabled: at 0x4.*, this KVM stops no code at CPL 3",
            r"^2 +breakpoint +keep n +0x", "exited with code 03",
        )  # fmt: skip
    assert seen.status == 3 and b"\n0 1 1\n" in seen.out


def test_breakpoints_that_cannot_be_in_programs(labos):
    seen = labos("break fib:9999", "break fib:nope", "break nope:3", "kill")
    seen.has(
        r'^fib:9999: (No|Line 9999).*"?fib.c', r"^fib:nope: .*nope",
        r"nope:3\) pending",
    )  # fmt: skip
    assert "Traceback" not in seen.text


def test_conditions_in_programs(session, machine):  # noqa: F811
    """They have the variables of the program, though others run in turn and have the same addresses."""
    keys = b"calc 1+1\nfib 3\n" * 50 + b"fib 7\ncalc 2 * 3\nexit 5\n"
    commands = ('break fib:main if argc == 2 && *argv[1] == 55', 'break calc:main if argc == 4 && argv[2][0] == "*"[0]', "break calc:main if nope")
    seen = session("labos", "source debug/labos.py", *commands, "delete 6", "continue", "print argv[1]", "continue", "print argc", "continue", stdin=keys)
    if machine == "riscv64" or "this KVM stops no code at CPL 3" not in seen.text:
        seen.has(r"^Breakpoint 2, main .*fib.c", r'"7"$', r"^Breakpoint 4, main .*calc.c", r"\$2 = 4$", "exited with code 05")
    assert seen.status == 5 and seen.out.count(b"\n2\n") == 50 and "Traceback" not in seen.text


def test_other_breakpoints_are_not_refused(session):  # noqa: F811
    seen = session("hello", "break main", "hbreak *0x1234", "info breakpoints", "continue", "kill")
    seen.has("Breakpoint 1 at", r"^1 +breakpoint +keep y", "^Breakpoint 1, main")
    assert "is disabled" not in seen.text

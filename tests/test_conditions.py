# SPDX-License-Identifier: MIT
"""Conditions of breakpoints, which the stub evaluates."""

import re

import pytest

from conftest import symbol
from test_gdb import have_gdb, session  # noqa: F401: fixtures

pytestmark = pytest.mark.usefixtures("machine")

RUN = "vCont;c"
CONDITIONS = [
    "n == 7", "n * n > 50 && total % 3 == 1", "!(n & 3) && n > 5", "(n ^ 5) == 12 || n - 30 == -2", "-n < -15",
    "(unsigned) -n < 0xfffffff5u", "n / 4 == 3 && n % 4 != 0", "(n << 3) == 88", "(-n >> 1) == -10", "~n == -13",
    "(char) (n + 250) == 3", "*&total > 100", "$sp && (n, total) == 45", "n == 1 ? 0 : n == 17",
]  # fmt: skip


def test_conditions_stop_as_those_of_gdb(session, machine):
    """Where gdb stops if it evaluates each one itself. gdb asks the stub for all it can."""
    found = []
    for where in ("host", "target"):
        words = [f"set breakpoint condition-evaluation {where}"]
        for condition in CONDITIONS:
            words += [f"break add if {condition}", "run", "print n", "print total", "delete"]
        s = session("tests/debug", *words, "kill", args=("40",), mode="extended-remote")
        s.has(*[r"^\$\d+ = "] * 2 * len(CONDITIONS))
        found.append(re.findall(r"^\$\d+ = .*", s.text, re.M))
        s.socket.unlink(missing_ok=True)
    assert found[0] == found[1] and "$1 = 7" in found[0]


def is_equal(machine, variable, value):
    """Bytecode: whether the four bytes of a variable are a number."""
    code = f"24{variable:08x}1922{value:02x}1327"
    return f"X{len(code) // 2:x},{code}"


def test_gdb_hears_only_of_hits_that_stop(stub, machine):
    """Two conditions: any of them stops. Changed, and removed with the breakpoint."""
    client = stub("tests/debug", args=("500",)).client()
    add, total = symbol("tests/debug", "add"), symbol("tests/debug", "total")
    both = is_equal(machine, total, 3) + is_equal(machine, total, 45)
    assert client.ask(f"Z0,{add:x},1;{both}") == "OK"
    for wanted in ("03000000", "2d000000"):
        assert "swbreak" in client.ask(RUN) and client.ask(f"m{total:x},4") == wanted
    assert client.ask(f"Z0,{add:x},1;{is_equal(machine, total, 55)}") == "OK"
    assert "swbreak" in client.ask(RUN) and client.ask(f"m{total:x},4") == "37000000"
    assert client.ask(f"Z0,{add:x},1") == "OK"
    assert "swbreak" in client.ask(RUN) and client.ask(f"m{total:x},4") == "42000000"
    if machine == "riscv64":
        assert client.ask(f"Z0,{add:x},1;{is_equal(machine, total, 3)}") == "OK"
        assert "swbreak" in client.ask("bc") and client.ask(f"m{total:x},4") == "03000000"
        assert "replaylog" in client.ask("bc")


@pytest.mark.parametrize("code", ["", "27", "ff27", "2201", "22", "1927", "2827", "2133", "210000", "2200220105", "26ffff27", "3327", "2b27", "2201320927", "2529"])
def test_bytecode_that_is_wrong_stops(stub, code):
    """gdb then evaluates the condition itself."""
    client = stub("tests/debug").client()
    add = symbol("tests/debug", "add")
    assert client.ask(f"Z0,{add:x},1;X{len(code) // 2:x},{code}") == "OK"
    assert "swbreak" in client.ask(RUN)


@pytest.mark.parametrize("text", ["X", "X5,22", "Xfff,22", "Y1,22", "X" + "1,27" * 300])
def test_conditions_that_are_no_conditions(stub, text):
    client = stub("tests/debug").client()
    assert client.ask(f"Z0,{symbol('tests/debug', 'add'):x},1;{text}") == "OK"
    assert "swbreak" in client.ask(RUN)


def test_harts_at_a_condition(stub):
    """Those for which it does not hold pass; the output is as without gdb."""
    from conftest import guest, run

    s = stub("tests/harts", "-c", "4")
    client = s.client()
    code = "220027"
    assert client.ask(f"Z0,{symbol('tests/harts', 'spin_lock'):x},1;X3,{code}") == "OK"
    assert client.ask(RUN) == "W00"
    assert sorted(s.end()[1].splitlines()) == sorted(run("-c", "4", guest("tests/harts")).stdout.splitlines())

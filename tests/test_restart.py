# SPDX-License-Identifier: MIT
"""gdb's `run`, `start` and `starti`: the guest begins again, on each back end that works here."""

import pytest

from conftest import guest, run, symbol
from rsp import Gone
from test_gdb import have_gdb, session  # noqa: F401: fixtures

pytestmark = pytest.mark.usefixtures("machine")

OUTPUT = b"total 6\nfactorial 120\n"  # of tests/debug
RUN = "vCont;c"


def extended(session, *words, **options):
    return session(*words, mode="extended-remote", **options)


# ---- gdb's commands ----


def test_run_begins_again_with_gdbs_breakpoints(session):
    """From the middle, from the end, and after `kill`. The output appears again."""
    s = extended(
        session, "tests/debug", "break add if n == 2", "continue", "print n", "run", "print n", "print total", "kill",
        "run", "print n", "delete", "continue", "continue", "run", "continue",
    )  # fmt: skip
    s.has(
        r"Breakpoint 1, add", r"\$1 = 2", r"Breakpoint 1, add", r"\$2 = 2", r"\$3 = 1", r"killed", r"Breakpoint 1, add",
        r"\$4 = 2", r"exited with status 6", r"exited with code 06", r"exited with status 6", r"exited with code 06",
    )  # fmt: skip
    assert (s.status, s.out) == (6, 2 * OUTPUT)


def test_start_and_starti(session):
    s = extended(session, "tests/debug", "continue", "start", "print $exit_count > 0", "starti", "print $exit_count", "kill")
    s.has(r"Temporary breakpoint 1, main", r"\$1 = 1", r"Program stopped", r"entry.S:\d+", r"\$2 = 0", r"killed")
    assert (s.status, s.out) == (137, OUTPUT)


def test_vmexit_breaks_stay(session):
    s = extended(
        session, "tests/debug", "vmexit-break console_write", "continue", "run", "vmexit-list 1", "vmexit-delete",
        "continue",
    )  # fmt: skip
    s.has(*[r"exit #\d+: DBCN.console_write"] * 3, r"exited with code 06")
    assert (s.status, s.out) == (6, OUTPUT)


def test_memory_and_registers_are_those_of_a_new_guest(session):
    s = extended(
        session, "tests/debug", "break main", "continue", "set var total = 100", "tbreak add", "continue", "run",
        "print total", "delete", "continue",
    )  # fmt: skip
    s.has(r"Breakpoint 1, main", r"breakpoint 2, add", r"Breakpoint 1, main", r"\$1 = 0", r"exited with code 06")
    assert (s.status, s.out) == (6, OUTPUT)


def test_harts_begin_again(session):
    s = extended(
        session, "tests/harts", "continue", "run", "break main", "run", "info threads", "delete", "continue",
        options=("-c", "4"),
    )  # fmt: skip
    s.has(r"exited with status 0", r"exited with status 0", r"Breakpoint 1, main", r"vCPU 1. \(stopped\)", r"exited normally")
    assert s.status == 0
    lines = run("-c", "4", guest("tests/harts")).stdout.splitlines()
    assert sorted(s.out.splitlines()) == sorted(3 * lines)


def test_a_file_is_read_again(session, tmp_path):
    file = tmp_path / "input"
    file.write_bytes(b"one\ntwo\n")
    s = extended(session, "echo", "continue", "run", "break main", "run", "delete", "continue", stdin=file)
    assert s.status == 0 and s.out == 3 * b"1: one\n2: two\n"


def test_a_guest_that_has_died(session):
    s = extended(session, "fault", "continue", "run", "break main", "run", "kill")
    s.has(r"SIGSEGV", r"SIGSEGV", r"Breakpoint 1, main")
    assert s.status == 137 and s.err.decode().count("the guest died") == 2


def test_arguments_are_refused(session):
    s = extended(session, "tests/debug", "run 5", "show version")
    assert "command line: give none to gdb" in s.err.decode()


# ---- What repeats: soft ----


@pytest.fixture
def repeats(machine):
    if machine != "riscv64":
        pytest.skip("only runs on soft repeat")


@pytest.mark.usefixtures("repeats")
def test_back_after_run(session):
    s = extended(
        session, "tests/debug", "break add", "continue", "continue", "continue", "set var n = 50", "run", "continue",
        "print n", "reverse-continue", "print n", "reverse-continue", "delete", "continue",
    )  # fmt: skip
    s.has(r"\$1 = 2", r"\$2 = 1", r"No more reverse-execution history|Reached end of recorded history", r"exited with code 06")
    assert (s.status, s.out) == (6, OUTPUT)


@pytest.mark.usefixtures("repeats")
def test_a_recording_of_a_run_that_began_again(session, tmp_path):
    """The journal is that of one run; and a replayed run begins again, too."""
    file, record = tmp_path / "input", tmp_path / "run"
    file.write_bytes(b"one\ntwo\n")
    words = ("echo", "tbreak main", "continue", "run", "run", "continue")
    s = extended(session, *words, stdin=file, options=(f"--record={record}",))
    output = b"1: one\n2: two\n"
    assert (s.status, s.out) == (0, 2 * output)
    again = run(f"--replay={record}", guest("echo"))
    assert (again.returncode, again.stdout) == (0, output)
    (tmp_path / "gdb").unlink(missing_ok=True)
    s = extended(session, *words, options=(f"--replay={record}",))
    assert (s.status, s.out) == (0, 2 * output)


# ---- The protocol ----


def test_packets_after_the_end(stub):
    s = stub("tests/debug")
    client = s.client()
    assert client.ask("!") == "OK" and client.ask("qAttached") == "1"
    assert client.ask(RUN) == "W06"
    assert client.ask("?") == "W06" and client.ask("qfThreadInfo") == "l"
    assert client.ask(RUN).startswith("E.the guest has ended")
    assert client.ask("vRun;").startswith("T05") and client.ask("qAttached") == "0"
    assert client.ask("vKill;1") == "OK" and client.ask("qfThreadInfo") == "l"
    client.send("R00")
    assert client.ask("?").startswith("T05")
    assert client.ask(RUN) == "W06"
    client.close()
    assert s.end()[:2] == (6, 2 * OUTPUT)


def test_a_client_that_has_not_asked_for_more(stub):
    """Without the packet `!`, labvisor ends with the guest."""
    s = stub("tests/debug")
    client = s.client()
    assert client.ask(RUN) == "W06"
    with pytest.raises((Gone, OSError)):
        client.ask("?")
    assert s.end()[0] == 6


def test_run_at_an_exit_that_is_pending(stub):
    """It is not handled."""
    s = stub("tests/debug")
    client = s.client()
    client.ask("!")
    client.monitor("exit-next console_write")
    assert client.ask(RUN).startswith("T00")
    assert client.ask("vRun;").startswith("T05")
    assert client.ask(RUN) == "W06" and client.ask("D") == "OK"
    assert s.end()[:2] == (6, OUTPUT)


def test_a_breakpoint_that_gdb_has_forgotten(stub):
    s = stub("tests/debug")
    client = s.client()
    client.ask("!")
    assert client.ask("Z0,%x,1" % symbol("tests/debug", "add")) == "OK"
    assert client.ask("vRun;").startswith("T05")
    assert client.ask(RUN) == "W06"


def test_timeout_begins_again(stub):
    """Each run has all of it."""
    s = stub("tests/spin", "--timeout=1")
    client = s.client()
    client.ask("!")
    for _ in range(2):
        assert client.ask(RUN).startswith("T18") and client.ask("vRun;").startswith("T05")
    client.send("k")
    client.close()
    assert s.end()[0] == 137

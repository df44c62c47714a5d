# SPDX-License-Identifier: MIT
"""From a symptom to the line that caused it: a stale pointer and a lost update, by gdb, MI and DAP."""

import re

import pytest

from conftest import DIED, ROOT, guest, run
from test_gdb import GDB, have_gdb, session  # noqa: F401, fixtures
from test_gdb_clients import DAP, MI, waiting  # noqa: F401, a fixture
from test_places import why_no_dap

pytestmark = pytest.mark.usefixtures("machine")

STALE = (ROOT / "guests/tests/stale.c").read_text().splitlines()
STAMP = 1 + STALE.index("        current->stamp = time;")
# Of these two, gcc 12 makes the first one last, gcc 14 the second one.
STORED = "|".join(str(1 + STALE.index(line)) for line in ('    report->title = "Squares";', "    report = malloc(sizeof *report);"))
TALLY = (ROOT / "guests/tests/tally.c").read_text().splitlines()
LOSS = 1 + TALLY.index("    counter = old + 1;")


def shown(first):
    """Returns the commands of the block in docs/debugging.md that begins with this one."""
    text = (ROOT / "docs/debugging.md").read_text()
    return re.search(rf"^```\n(\(gdb\) {re.escape(first)}\n.*?)^```", text, re.M | re.S)[1].replace("(gdb) ", "").splitlines()


@pytest.fixture
def backwards(machine):
    if machine == "x86_64":
        pytest.skip("kvm-x86 cannot go back")


def test_a_stale_pointer_backwards(session, backwards):
    """Each stop is at the store itself, with the value before it; on the way back and on the way ahead."""
    s = session(
        "tests/stale", "continue", "frame function report_end", "watch report->title", "reverse-continue", "info symbol $pc",
        "when", "vmexit-mark culprit", "stepi", "print report->title", "reverse-continue", "vmexit-back", "vmexit-goto culprit",
        "reverse-continue", "kill",
    )  # fmt: skip
    s.has(
        r"SIGSEGV", r"Old value = 0x4d20000000000 .*\nNew value = 0x\w+ \"Squares\"\n.*note_stamp \(time=.*stale.c:\d+",
        rf"^{STAMP}\t", r"^note_stamp", r"^exit #123\d, ", r"= 0x4d20000000000", rf"New value = 0x\w+ \"Squares\"\n.*\n{STAMP}\t",
        r"^exit #123\d: DBCN.console_write", rf"^{STAMP}\t", rf"Old value = 0x\w+ \"Squares\"\n(.*\n){{2,3}}({STORED})\t",
    )  # fmt: skip


def test_a_lost_update_backwards(session, backwards):
    """At the store, the condition of a breakpoint finds the first loss; a watchpoint, the hart that added meanwhile."""
    seed = next(n for n in (4, *range(1, 40)) if run("-c2", f"--seed={n}", guest("tests/tally")).returncode)  # compilers differ
    s = session("tests/tally", *shown("watch counter"), "delete 2", "continue", "continue", "kill", options=("-c2", f"--seed={seed}"))
    s.has(
        r"Old value = 0\nNew value = 1", rf"^0x\w+\t{LOSS}\t", r"Thread (\d) .* hit Breakpoint 2, .* add_one \(\)", rf"^{LOSS}\t",
        r"hit Hardware watchpoint 3", rf"^{LOSS}\t", r"hit Hardware watchpoint 3", r"hit Hardware watchpoint 3",
    )  # fmt: skip
    losing, meanwhile, again, loss = re.findall(r"^Thread (\d) .* hit (?:Breakpoint 2|Hardware watchpoint 3)", s.text, re.M)
    assert losing == loss and meanwhile == again and losing != meanwhile
    values = re.findall(r"Old value = (\d+)\nNew value = (\d+)\n", s.text)[1:]
    (latest, before), (old, new), (most, left) = [map(int, pair) for pair in values]
    assert latest == before + 1 and (old, new) == (before, latest) and most == latest and left < most


def test_a_stale_pointer_forwards(session):
    """What works on each back end: between two exits that a search has found, the watchpoint waits for few instructions."""
    s = session("tests/stale", *shown("vmexit-goto 1500"), "kill", mode="extended-remote")
    s.has(
        r"exit #1500: ", r"\$1 = 0x4d20000000000", r"exit #1233: ", r'\$2 = 0x\w+ "Squares"',
        r'Old value = 0x\w+ "Squares"\nNew value = 0x4d20000000000', r"#0 .*note_stamp \(", r"#1 .* main \(",
    )  # fmt: skip


def test_mi_backwards(waiting, backwards):
    """As cpptools drives gdb: the death, the frame that used the pointer, a watchpoint, back, and a step back."""
    socket, process = waiting("tests/stale")
    mi = MI("tests/stale")
    mi.do(f"-target-select remote {socket}", "connected")
    assert '"reverse"' in mi.do("-list-target-features")
    assert 'signal-name="SIGSEGV"' in mi.run("-exec-continue")
    assert 'id="1"' in mi.do("-thread-info")
    frames = mi.do("-stack-list-frames")
    level = re.search(r'level="(\d+)",addr="0x\w+",func="report_end"', frames)[1]
    mi.do(f"-stack-select-frame {level}")
    name = re.search(r'name="(\w+)"', mi.do("-var-create - * report->title"))[1]
    assert 'value="0x4d20000000000' in mi.do(f"-var-evaluate-expression {name}")
    address = re.search(r'value="(0x\w+)', mi.do("-data-evaluate-expression &report->title"))[1]
    mi.do(f"-break-watch *(double*)({address})")
    record = mi.run("-exec-continue --reverse")
    assert re.search(r'reason="watchpoint-trigger".*func="note_stamp".*line="(\d+)"', record)[1] == str(STAMP)
    assert "Squares" in mi.do("-data-evaluate-expression report->title")
    assert 'name="time"' in mi.do("-stack-list-variables --simple-values")
    mi.do("-break-delete 1")
    assert f'line="{STAMP - 1}"' in mi.run("-exec-step-instruction --reverse")
    mi.do("-gdb-exit", "exit")
    assert process.wait(20) == DIED


def test_dap_backwards(waiting, machine, backwards):
    """gdb's DAP has no requests that go back: the debug console does, and the editor sees where it stops."""
    if why_no_dap(GDB[machine]):
        pytest.skip(why_no_dap(GDB[machine]))
    socket, process = waiting("tests/stale")
    dap = DAP()
    dap.ask("initialize", adapterID="gdb")
    attach = dap.send("attach", program=str(guest("tests/stale")), target=str(socket))
    dap.send("configurationDone")
    dap.answer(attach)
    dap.send("continue", threadId=1)
    dap.wait(type="event", event="stopped")
    frames = dap.ask("stackTrace", threadId=1)["stackFrames"]
    frame = next(frame["id"] for frame in frames if frame["name"] == "report_end")
    assert "0x4d20000000000" in dap.ask("evaluate", expression="report->title", frameId=frame, context="watch")["result"]
    dap.ask("evaluate", expression="watch report->title", frameId=frame, context="repl")
    for command, line in (("reverse-continue", STAMP), ("reverse-stepi", STAMP - 1)):
        dap.send("evaluate", expression=command, context="repl")
        dap.wait(type="event", event="stopped")
        top = dap.ask("stackTrace", threadId=1)["stackFrames"][0]
        assert (top["name"], top["line"]) == ("note_stamp", line)
    dap.ask("disconnect")
    assert process.wait(20) == DIED

# SPDX-License-Identifier: MIT
"""A debugger changes nothing: the guest computes the same under breakpoints, watchpoints, steps and calls.

guests/tests/unseen.c says at its end what it has computed, with a checksum of its own code.
"""

import re
import signal
import time

import pytest

from conftest import LABVISOR, guest, run, symbol
from manifest import PVM
from test_gdb import GDB, Session, have_gdb, session  # noqa: F401, fixtures

pytestmark = pytest.mark.usefixtures("machine")

UNSEEN = "tests/unseen"
PC = {"x86_64": 0x10, "riscv64": 0x20}
RUN = "vCont;c"


def free(*options, image=UNSEEN):
    """The status and the output of a run without a debugger."""
    result = run(*options, guest(image))
    return result.returncode, result.stdout


def pc(client):
    return int.from_bytes(bytes.fromhex(client.ask(f"p{PC[LABVISOR.arch]:x}")), "little")


def word(client, address):
    return int.from_bytes(bytes.fromhex(client.ask(f"m{address:x},8")), "little")


def to(client, address):
    """Runs to an address."""
    assert client.ask(f"Z0,{address:x},2") == "OK"
    assert client.ask(RUN).startswith("T05swbreak") and pc(client) == address
    assert client.ask(f"z0,{address:x},2") == "OK"


# ---- Halts ----


@pytest.mark.parametrize("start, steps", [("idle_start", 4), ("idle_halt", 3), ("idle_after", 2)])
def test_steps_through_a_halt(session, start, steps):
    """The interrupt that ends a halt comes before the next instruction, which turns interrupts off."""
    s = session(UNSEEN, f"tbreak *{start}", "continue", *["stepi"] * steps, "info symbol $pc", "print ticks", "continue")
    s.has("idle", r"\$1 = 1\b")
    assert (s.status, s.out) == free()


def test_breakpoints_around_a_halt(session):
    s = session(UNSEEN, *(f"break *idle_{p}" for p in ("start", "halt", "after", "end")), *["continue"] * 13)
    for _ in range(3):
        s.has(*(f"Breakpoint {i}, .*idle" for i in range(1, 5)))
    assert (s.status, s.out) == free()


def test_a_watchpoint_across_a_halt(session):
    s = session(UNSEEN, "watch ticks", "break *idle_halt", *["continue"] * 9, "delete", "continue")
    s.has(*(text for n in range(3) for text in ("Breakpoint 2", rf"Old value = {n}\nNew value = {n + 1}\n")))
    assert (s.status, s.out) == free()


# ---- Watchpoints ----

CELL = [1, 6, 7, 0x107]  # what the guest writes, before the VMM writes its name


def test_each_write_is_seen(session):
    """Of a store, an atomic addition, a compare and exchange, a byte, and a call of the VMM."""
    s = session(UNSEEN, "break write_cell", "continue", "watch cell[0]", *["continue"] * 6, "delete", "continue")
    for old, new in zip([0, *CELL], CELL):
        s.has(rf"Old value = {old}\nNew value = {new}\n")
    s.has(rf"Old value = {CELL[-1]}\nNew value = \d{{9}}", r"Old value = \d{9}\d*\nNew value = 0\n")
    assert (s.status, s.out) == free()


def test_writes_of_the_vmm_backwards(session, machine):
    if machine == "x86_64":
        pytest.skip("kvm-x86 cannot go back")
    back = ["reverse-continue"] * 7
    s = session(UNSEEN, "break write_cell", "continue", "watch cell[0]", *["continue"] * 6, *back[1:], "print cell[0]", "delete", "continue")
    s.has(r"Old value = 0\nNew value = \d{9}", rf"Old value = \d{{9}}\d*\nNew value = {CELL[-1]}\n")
    for old, new in list(zip(CELL, [0, *CELL]))[:0:-1]:
        s.has(rf"Old value = {old}\nNew value = {new}\n")
    s.has(r"\$\d = 0\n")
    assert (s.status, s.out) == free()


def test_memory_beside_what_the_vmm_writes(stub):
    """A watchpoint does not stop there. Across a page it does."""
    cell = symbol(UNSEEN, "cell")
    client = stub(UNSEEN).client()
    to(client, symbol(UNSEEN, "write_cell"))
    client.monitor("exit-next get_args")
    assert client.ask(RUN).startswith("T00")
    assert client.ask(f"Z2,{cell + 8:x},4") == "OK"
    client.monitor("exit-finish")
    assert client.ask(RUN).startswith("T00")


def test_a_breakpoint_and_a_watchpoint_on_one_instruction(stub, machine):
    """`c` goes on from each of them, also without a gdb that removes it first."""
    add, cell = symbol(UNSEEN, "add"), symbol(UNSEEN, "cell")
    client = stub(UNSEEN).client()
    to(client, add)
    assert client.ask(f"Z2,{cell:x},8") == "OK"
    assert f"watch:{cell:x}" in client.ask(RUN)
    store = pc(client) if machine == "riscv64" else add  # it stops before the store; steps stop after it
    for kind, stop in ((0, "swbreak"), (1, "hwbreak")):
        to(client, add) if machine == "riscv64" else None
        assert client.ask(f"Z{kind},{store:x},2") == "OK"
        assert client.ask(RUN).startswith(f"T05{stop}:;") and pc(client) == store
        before = word(client, cell)
        assert f"watch:{cell:x}" in client.ask(RUN)
        assert pc(client) == store if machine == "riscv64" else word(client, cell) > before
        assert client.ask(f"z{kind},{store:x},2") == "OK"
    assert client.ask(f"z2,{cell:x},8") == "OK" and client.ask(RUN) == "W06"


def test_a_step_from_a_breakpoint_sees_the_write(stub, machine):
    """As gdb does it: without the breakpoint, with the watchpoint."""
    if machine == "x86_64":
        pytest.skip("of a stop before the write")
    cell = symbol(UNSEEN, "cell")
    client = stub(UNSEEN).client()
    to(client, symbol(UNSEEN, "add"))
    assert client.ask(f"Z2,{cell:x},8") == "OK" and "watch" in client.ask(RUN)
    store = pc(client)
    assert client.ask(f"z2,{cell:x},8") == "OK"
    to(client, symbol(UNSEEN, "add"))
    to(client, store)
    assert client.ask(f"Z2,{cell:x},8") == "OK" and f"watch:{cell:x}" in client.ask("vCont;s:1")


def test_steps_are_announced_once(session, machine):
    s = session(UNSEEN, "break write_cell", "continue", "watch cell[0]", *["continue"] * 4, "kill")
    assert s.err.count(b"uses single steps") <= (machine == "x86_64")


# ---- Calls ----


def test_calls(session):
    """A function returns to a breakpoint on the stack, where no code is."""
    s = session(
        UNSEEN, "break add", "continue", "print factorial(5)", "print (int) hart_id()", "print factorial(3) + factorial(4)",
        "info symbol $pc", "backtrace", "delete", "continue",
    )  # fmt: skip
    s.has(r"\$1 = 120\n", r"\$2 = 0\n", r"\$3 = 30\n", "^add in", r"#0 +add \(n=1|#0 +add \(n=n@entry=1", "#1 .* main")
    assert (s.status, s.out) == free()


def test_a_breakpoint_in_a_called_function(session):
    """Also at its first instruction, when the guest stands at another breakpoint."""
    s = session(
        UNSEEN, "break *add", "continue", "break *factorial", "print factorial(1)", "backtrace 1", "finish", "info symbol $pc",
        "delete", "continue",
    )  # fmt: skip
    s.has("stopped .*in a function called from GDB", "#0 .*factorial", "^add in")
    assert (s.status, s.out) == free()


def test_a_breakpoint_where_no_code_is(stub):
    """At address 0, to which a wild jump goes."""
    client = stub(UNSEEN).client()
    to(client, symbol(UNSEEN, "main"))
    assert client.ask("Z0,0,1") == "OK"
    assert client.ask(f"P{PC[LABVISOR.arch]:x}={'00' * 8}") == "OK"
    answer = client.ask(RUN)
    assert answer.startswith("T05swbreak:;") and pc(client) == 0


def test_no_call_while_an_exit_is_pending(session):
    """Its result would go to the called function."""
    s = session(UNSEEN, "vmexit-next console_write", "print factorial(3)", "vmexit-finish", "print factorial(3)", "continue")
    s.has("Could not write register|cannot set", r"\$\d = 6\n")
    assert (s.status, s.out) == free()


# ---- Memory ----


@pytest.mark.parametrize("count", [1, 4])
def test_a_guest_reads_its_own_code(session, machine, count):
    """Breakpoints that are still there at the end are not in it."""
    names = ("idle", "add", "factorial", "write_cell")[:count]
    s = session(UNSEEN, *(f"break *{name}" for name in names), *(f"ignore {i + 1} 1000" for i in range(count)), "continue")
    assert (s.status, s.out) == free()


def test_more_breakpoints_than_debug_registers(session):
    """Watchpoints and hbreak come first; a breakpoint makes room for them, and still stops the guest."""
    names = ("idle", "write_cell", "work", "add", "factorial", "checksum")
    s = session(
        UNSEEN, *(f"break {name}" for name in names), "hbreak main", "continue", "continue", "info symbol $pc", "delete 1",
        *["continue"] * 5, "delete", "continue",
    )  # fmt: skip
    s.has("Breakpoint 7, main", "Breakpoint 1, ", "^idle", *(f"Breakpoint {i}, " for i in (2, 3, 4, 4, 4)))
    assert (s.status, s.out) == free()


# ---- Harts ----


def test_a_breakpoint_that_each_hart_passes(stub):
    """A raw client lets all go on from it; each comes to it once."""
    client = stub(UNSEEN, "-c4").client()
    work = symbol(UNSEEN, "work")
    assert client.ask(f"Z1,{work:x},2") == "OK"
    threads = []
    while (answer := client.ask(RUN)).startswith("T05hwbreak"):
        threads.append(int(re.search(r"thread:(\d)", answer)[1]))
        assert len(threads) <= 4
    assert sorted(threads) == [1, 2, 3, 4] and answer == "W06"


@pytest.mark.parametrize("harts", [2, 4])
def test_steps_of_a_range_among_harts(stub, harts):
    """Ticks preempt the steps of several harts in one loop; each handler ends for its own hart."""
    client = stub("tests/ranges", f"-c{harts}").client()
    loop, end = symbol("tests/ranges", "loop"), symbol("tests/ranges", "loop_end")
    assert client.ask(f"Z1,{loop:x},2") == "OK"
    stopped = set()
    while len(stopped) < harts:
        stopped.add(re.search(r"thread:(\d)", client.ask(RUN))[1])
    assert client.ask(f"z1,{loop:x},2") == "OK"
    orders = "".join(f";r{loop:x},{end:x}:{i + 1}" for i in range(harts))
    answers = [client.ask("vCont" + orders)]
    while answers[-1].startswith("T05thread"):
        answers.append(client.ask(RUN))
    assert len(answers) == 2 and answers[-1] == "W00", answers


# ---- Clients that vanish ----


def test_a_client_that_vanishes_while_it_steps(stub):
    """No hart stays paused, and none goes on in steps."""
    s = stub("tests/spin", "-c2")
    client = s.client()
    to(client, symbol("tests/spin", "main"))
    main = symbol("tests/spin", "main")
    client.send(f"vCont;r{main:x},{main + 0x100:x}:1")
    time.sleep(0.1)
    client.close()
    time.sleep(0.2)
    s.process.send_signal(signal.SIGTERM)
    assert s.end()[0] == -15


def test_a_client_that_vanishes_on_the_way_back(stub, machine):
    """The guest waits for the next one, and neither ends nor prints anything."""
    if machine == "x86_64":
        pytest.skip("kvm-x86 cannot go back")
    s = stub("tests/debug", args=("30000000",))
    client = s.client()
    factorial = symbol("tests/debug", "factorial")
    to(client, factorial)
    client.send("bc")
    time.sleep(0.05)
    client.close()
    time.sleep(0.5)
    assert s.process.poll() is None
    again = s.client()
    assert again.ask("?").startswith("T") and pc(again) != factorial
    to(again, factorial)
    again.send("k")
    status, out, err = s.end()
    assert status == 137 and "the guest waits where it is" in err


# ---- Code at CPL 3 ----


STEPS_USERS = not PVM  # kvm_pvm gives the #DB of CPL 3 to the guest


def test_a_breakpoint_in_a_program_that_is_not_loaded(stub, machine):
    """It stops the program, or is refused in words."""
    start = int.from_bytes(guest("labos/fib").read_bytes()[24:32], "little")  # e_entry
    s = stub("labos", stdin=b"fib 3\n")
    client = s.client()
    answer = client.ask(f"Z0,{start:x},2")
    if machine == "x86_64" and not STEPS_USERS:
        assert answer.startswith("E.this KVM stops no code at CPL 3") and client.ask(f"Z1,{start:x},2").startswith("E.")
    else:
        assert answer == "OK" and client.ask(RUN).startswith("T05swbreak") and pc(client) == start
        assert client.ask("vCont;s:1").startswith("T05") and pc(client) != start
        assert client.ask(f"z0,{start:x},2") == "OK"
    assert client.ask(RUN) == "W00" and b"0 1 1\n" in s.end()[1]


def test_a_step_of_a_program(stub, machine):
    """It is made, or refused in words, and the program goes on."""
    s = stub("labos", stdin=b"spin\n")
    client = s.client()
    for _ in range(50):
        client.send(RUN)
        time.sleep(0.05)
        client.raw(b"\x03")
        assert client.answer().startswith("T02")
        if pc(client) >> 28 == 4:  # user code: labos/user
            break
    else:
        assert False, "no program ran"
    before, answer = pc(client), client.ask("vCont;s:1")
    if machine == "x86_64" and not STEPS_USERS:
        assert answer.startswith("E.this KVM cannot step a guest's code at CPL 3") and pc(client) == before
    else:
        assert answer.startswith("T05") and pc(client) != before
    client.send("k")


# ---- Backtraces ----


@pytest.mark.parametrize("image, function, last", [("clock", "on_tick", "main"), ("clock", "main", "main"), ("labos", "user_trap", r"\w+")])
def test_backtraces_end(session, image, function, last):
    s = session(image, f"break {function}", "continue", "backtrace", "kill")
    frames = re.findall(r"^#\d+ .*", s.text, re.M)
    assert re.search(rf"\b{last} \(", frames[-1]) and "??" not in s.text and "Backtrace stopped" not in s.text


def test_the_first_instruction_has_no_caller(session):
    s = session("clock", "set backtrace past-main on", "set backtrace past-entry on", "backtrace", "break main", "continue", "backtrace", "kill")
    assert len(re.findall(r"^#\d", s.text, re.M)) == 1 + 3 and "Backtrace stopped" not in s.text


# ---- Traps ----


@pytest.mark.parametrize("steps", [32, 60, 165, 440])
def test_steps_into_a_handler(session, steps):
    """Also of a fault: what the CPU pushes for it has no trap flag that the step has set."""
    s = session("tests/traps", "break main", "continue", f"stepi {steps}", "info symbol $pc", "continue")
    assert (s.status, s.out) == free(image="tests/traps")


@pytest.mark.parametrize("command", ["stepi 400", "watch ticks"])
def test_interrupts_while_stepping(session, command):
    """Ticks come in the middle of steps, and the handler returns to code that is not stepped."""
    s = session("clock", "break timer_interrupt", "continue", "delete", command, "continue", "delete", "continue")
    assert (s.status, s.out) == free(image="clock")

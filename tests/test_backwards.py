# SPDX-License-Identifier: MIT
"""Backwards, on soft: the way back passes the same states as the way forwards."""

import random
import re
import time

import pytest

from conftest import LABVISOR, guest, run, symbol, why_no_riscv

EXITS = 10  # or all but the last, if they are fewer


@pytest.fixture(autouse=True)
def riscv():
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    LABVISOR.arch = "riscv64"
    yield
    LABVISOR.arch = "x86_64"


def to_exit(client, back=False):
    client.monitor("exit-back" if back else "exit-next")
    return client.ask("bc" if back else "vCont;c")


def state(client, harts):
    """The visible state of the machine: registers, and memory around the stack and data."""
    return [client.registers(i + 1) for i in range(harts)], [client.ask(f"m{0x80200000 + i * 0x1000:x},1000") for i in range(40)]


@pytest.mark.parametrize(
    "image, options, args",
    [
        ("clock", (), ()),
        ("tests/timer", (), ()),
        ("lost", ("-c4", "--seed=1"), ()),
        ("lost", ("-c3", "--seed=7"), ("lock",)),
        ("tests/harts", ("-c4",), ()),
    ],
)
def test_exits_backwards_are_those_forwards(stub, image, options, args):
    harts = int(next((o[2:] for o in options if o.startswith("-c")), 1))
    trace = run(*options, "--trace", "--timeout=20", guest(image), *args).stderr
    exits = min(EXITS, trace.count(b"] vcpu") - 1)
    assert exits > 5
    client = stub(image, *options, args=args).client()
    seen = []
    for _ in range(exits):
        assert to_exit(client).startswith("T00")
        seen.append((client.monitor("exit-info"), *state(client, harts)))
    for wanted in reversed(seen[:-1]):
        assert to_exit(client, back=True).startswith("T00")
        assert (client.monitor("exit-info"), *state(client, harts)) == wanted
    assert "replaylog:begin" in to_exit(client, back=True)
    for wanted in seen:
        assert to_exit(client).startswith("T00")
        assert (client.monitor("exit-info"), *state(client, harts)) == wanted


@pytest.mark.parametrize("image, options", [("clock", ()), ("tests/timer", ()), ("lost", ("-c3", "--seed=1"))])
def test_steps_backwards_undo_steps(stub, image, options):
    """From random positions, some of them near interrupts."""
    chance = random.Random(3)
    harts = 3 if options else 1
    client = stub(image, *options).client()
    for _ in range(4):
        for _ in range(chance.randrange(1, 4)):
            to_exit(client)
        thread = int(re.search(r"thread:(\d+)", client.ask("?"))[1])
        path = []
        for _ in range(25):
            path.append((client.registers(thread), client.ask("m83ff0000,2000")))
            assert client.ask(f"vCont;s:{thread:x}").startswith("T05")
        for before in reversed(path):
            assert client.ask(f"Hg{thread:x}") == "OK"
            assert client.ask("bs").startswith("T05")
            if harts == 1:  # otherwise another hart may have had its turn in between
                assert (client.registers(thread), client.ask("m83ff0000,2000")) == before
            else:
                assert client.registers(thread) == before[0]


@pytest.mark.parametrize("seed", range(1, 6))
def test_being_watched_changes_nothing(stub, seed):
    """A run with breakpoints, steps and ways back ends like a run without."""
    chance = random.Random(seed)
    options = ("-c4", f"--seed={seed}")
    free = run(*options, "--stats=json", guest("lost"))
    s = stub("lost", *options, "--stats=json")
    client = s.client()
    add = symbol("lost", "count")
    answer = client.ask("?")
    for _ in range(30):
        kind = chance.randrange(4)
        thread = re.search(r"thread:(\d+)", answer)[1]
        if kind == 0:
            answer = to_exit(client)
        elif kind == 1:
            for _ in range(chance.randrange(1, 30)):
                answer = client.ask(f"vCont;s:{thread};c")
                if answer[0] == "W":
                    break
        elif kind == 2:
            answer = to_exit(client, back=True)
        else:
            client.ask(f"Z0,{add:x},2")
            answer = client.ask("vCont;c")
            if answer[0] == "T":
                client.ask(f"z0,{add:x},2")
        if answer[0] == "W":
            break
    else:
        assert client.ask("vCont;c").startswith("W")
    status, out, err = s.end()
    assert (status, out) == (free.returncode, free.stdout)
    assert instructions(err) == instructions(free.stderr.decode())


@pytest.mark.parametrize("steps", range(8, 20))
def test_a_stop_anywhere_leaves_the_timer_exact(stub, steps):
    """Also after a stop at the write to stimecmp: from there on the new deadline limits the hart's run."""
    client = stub("tests/riscv64/timer_exact").client()
    for _ in range(steps):
        assert client.ask("vCont;s:1").startswith("T05")
    assert client.ask("vCont;c") == "W00"


def instructions(text):
    return int(re.search(r'"instructions":(\d+)', text)[1])


def test_output_is_not_repeated_and_input_is(stub):
    s = stub("echo", stdin=b"one\ntwo\nthree\n")
    client = s.client()
    for _ in range(2):
        client.monitor("exit-break console_write")
        while not client.ask("vCont;c").startswith("W"):
            if "3: three" in client.monitor("exit-info") or client.ask("?").startswith("W"):
                break
            if len(re.findall("console_write", client.monitor("exit-list 100"))) > 2:
                break
        client.monitor("exit-delete")
        while "replaylog:begin" not in client.ask("bc"):
            pass
    assert client.ask("vCont;c") == "W00"
    assert s.end()[1] == b"1: one\n2: two\n3: three\n"


def test_a_change_makes_another_future(stub):
    """A change by the user stays until the run goes back to before it."""
    s = stub("tests/debug")
    client = s.client()
    total = symbol("tests/debug", "total")
    to_exit(client)
    assert client.ask(f"M{total:x},4:64000000") == "OK"
    to_exit(client), to_exit(client, back=True)
    assert client.ask(f"m{total:x},4") != "00000000"
    assert client.ask("vCont;c") == f"W{106:x}"
    assert s.end()[1] == b"total 106\nfactorial 120\n"


def test_a_change_of_one_byte_is_undone(stub):
    """In a page that the guest does not write."""
    client = stub("tests/debug").client()
    to_exit(client), to_exit(client)
    assert client.ask("M80800000,1:64") == "OK" and client.ask("m80800000,1") == "64"
    to_exit(client), to_exit(client, back=True)
    assert client.ask("m80800000,1") == "64"
    to_exit(client, back=True)
    assert client.ask("m80800000,1") == "00"


def test_back_behind_a_change(stub):
    client = stub("tests/debug").client()
    total = symbol("tests/debug", "total")
    to_exit(client), to_exit(client)
    client.ask(f"M{total:x},4:64000000")
    assert "replaylog:begin" in client.ask("bc")
    assert client.ask("vCont;c") == "W06"


def test_back_from_death(stub):
    s = stub("fault")
    client = s.client()
    assert client.ask("vCont;c").startswith("T0b")
    assert to_exit(client, back=True).startswith("T00")
    assert client.ask("vCont;c").startswith("T0b")
    assert client.ask("vCont;c") == "W74"
    assert s.end()[1].count(b"*** page fault") == 1


def test_no_way_back_in_real_time(stub):
    client = stub("hello", "--real-time").client()
    assert "ReverseContinue" not in client.ask("qSupported")
    assert client.ask("bc").startswith("E.cannot go back: only soft")
    assert "cannot go back: only soft" in client.monitor("exit-back")


def test_long_run_and_back(stub):
    """Goes back over several snapshots to a breakpoint near the beginning."""
    s = stub("primes", args=("400000",))
    client = s.client()
    main = symbol("primes", "main")
    client.ask(f"Z0,{main:x},2")
    assert "swbreak" in client.ask("vCont;c")
    there = state(client, 1)
    client.monitor("exit-next LAB.exit")
    assert client.ask("vCont;c").startswith("T00")
    end = state(client, 1)
    assert "swbreak" in client.ask("bc") and state(client, 1) == there
    client.ask(f"z0,{main:x},2")
    client.monitor("exit-next LAB.exit")
    assert client.ask("vCont;c").startswith("T00") and state(client, 1) == end


# ---- What has gone wrong before ----


def test_back_after_a_change_among_several_harts(stub):
    s = stub("sum", "-c4")
    client = s.client()
    client.monitor("exit-next hart_start")
    assert client.ask("vCont;c").startswith("T00")
    before = client.ask("m80200000,2")
    assert client.ask(f"M80200000,2:{before}") == "OK"
    for _ in range(2):
        client.ask("vCont;s:1;c")
    assert client.ask("bc").startswith("T05")
    assert client.ask("vCont;c") == "W00"
    assert b"= 200010000\n" in s.end()[1]


def test_input_is_read_again_in_another_future(stub, tmp_path):
    s = stub("echo", f"--record={tmp_path}/r", stdin=b"one\ntwo\n")
    client = s.client()
    client.monitor("exit-next LAB.exit")
    client.ask("vCont;c")
    assert "replaylog:begin" in client.ask("bc")
    value = client.ask("p9")
    assert client.ask(f"P9={value}") == "OK"
    assert client.ask("vCont;c") == "W00"
    _, out, err = s.end()
    assert out == b"1: one\n2: two\n" * 2 and "gdb has changed the guest" in err
    again = run(f"--replay={tmp_path}/r", guest("echo"))
    assert (again.returncode, again.stdout) == (0, b"1: one\n2: two\n"), again.stderr


def test_input_is_read_again_after_two_changes(stub):
    """The second rewind, when the guest has read only a part of it again."""
    s = stub("tests/inputs", stdin=b"abc")
    client = s.client()
    client.monitor("exit-next LAB.exit")
    client.ask("vCont;c")
    for _ in range(2):
        while "replaylog:begin" not in client.ask("bc"):
            pass
        assert client.ask(f"P9={client.ask('p9')}") == "OK"
        client.monitor("exit-next console_write")
        assert client.ask("vCont;c").startswith("T00")
    assert client.ask("vCont;c") == "W00"
    assert s.end()[1] == b"a at 0\nb at 0\nc at 0\n" * 2


def test_the_clock_stands_still_while_gdb_has_the_guest(stub):
    """With real time, as well: the next deadline is not 0.7 s later."""
    client = stub("tests/ticker", "--real-time").client()
    deadlines = []
    for _ in range(2):
        client.monitor("exit-next set_timer")
        assert client.ask("vCont;c").startswith("T00")
        deadlines.append(int.from_bytes(bytes.fromhex(client.ask("pa")), "little"))  # a0
        time.sleep(0.7)
    client.monitor("exit-next set_timer")
    assert client.ask("vCont;c").startswith("T00")
    deadlines.append(int.from_bytes(bytes.fromhex(client.ask("pa")), "little"))
    assert 0 < deadlines[2] - deadlines[1] < 5_000_000, deadlines  # ticks of 100 ns


def test_back_from_the_end_of_time(stub):
    s = stub("tests/spin", "--timeout=0.5")
    client = s.client()
    assert client.ask("vCont;c").startswith("T18")
    assert client.ask("bs").startswith("T05")
    assert client.ask("vCont;c").startswith("T18")
    assert client.ask("vCont;c") == "W7c"


def test_an_exit_that_waits_at_a_change_is_shown_later(stub):
    """gdb writes the same bytes again: for gdb that is a change, for the guest it is not."""
    options = ("-c4", "--stats=json")
    alone = run(*options, guest("tests/harts"))
    s = stub("tests/harts", *options)
    client = s.client()
    for _ in range(12):
        for _ in range(9):
            to_exit(client)
        bytes_there = client.ask("m80200000,4")
        assert client.ask(f"M80200000,4:{bytes_there}") == "OK"
    assert client.ask("vCont;c") == f"W{alone.returncode:02x}"
    counts = re.compile(r'"name":"([^"]+)","count":(\d+)')
    assert counts.findall(s.end()[2]) == counts.findall(alone.stderr.decode())


def test_watchers_see_each_exit_once(stub):
    s = stub("hello", "--trace")
    client = s.client()
    to_exit(client), to_exit(client)
    for _ in range(2):
        to_exit(client, back=True)
    assert client.ask("vCont;c") == "W00"
    assert re.findall(r"#(\d+) ", s.end()[2].split("to connect:")[1]) == ["1", "2", "3"]


def test_to_an_exit_by_its_number(stub):
    client = stub("tests/debug").client()
    states = {}
    for number in range(1, 5):
        to_exit(client)
        states[number] = client.registers()
    for number in (2, 4, 1, 3):
        way = {"continue": "vCont;c", "reverse-continue": "bc"}[client.monitor(f"exit-goto {number}").strip()]
        assert client.ask(way).startswith("T00")
        assert client.monitor("exit-when").startswith(f"exit #{number}, ")
        assert client.registers() == states[number]
        assert client.monitor(f"exit-goto {number}") == f"the guest is at exit #{number}\n"
    for wrong in ("0", "-1", "nowhere", "1x", ""):
        assert "there is no mark" in client.monitor(f"exit-goto {wrong}")


def test_marks(stub):
    """A mark is an exact position. It is reached from both sides, over breakpoints and exits."""
    client = stub("tests/debug", args=("50",)).client()
    add = symbol("tests/debug", "add")
    assert client.ask(f"Z0,{add:x},2") == "OK"
    states = {}
    for name in ("first", "second", "third"):
        for _ in range(7):
            assert client.ask("vCont;c").startswith("T05swbreak")
        client.ask("vCont;s:1")
        assert client.monitor(f"exit-mark {name}") == ""
        states[name] = client.registers(), client.monitor("exit-when").splitlines()[0]
    for name in ("first", "third", "second", "first", "second"):
        assert client.monitor(f"exit-goto {name}") == "reverse-continue\n"
        assert client.ask("bc").startswith("T00reason")
        assert (client.registers(), client.monitor("exit-when").splitlines()[0]) == states[name]
    assert [line.split()[1] for line in client.monitor("exit-when").splitlines()[1:]] == ["first:", "second:", "third:"]
    assert "a name begins with a letter" in client.monitor("exit-mark 5")
    sp = int.from_bytes(bytes.fromhex(client.ask("p2")), "little")
    assert client.ask(f"M{sp - 512:x},1:00") == "OK"  # a new branch: the third mark is of the other one
    client.ask("vCont;s:1")
    assert [line.split()[1] for line in client.monitor("exit-when").splitlines()[1:]] == ["first:", "second:"]
    client.ask(f"z0,{add:x},2")
    assert client.ask("vCont;c").startswith("W")


def test_known_parts_are_jumped_over(stub):
    """To the beginning and to the end again takes a small part of the run's time, both ways."""
    client = stub("primes", args=("20000000",)).client()
    client.socket.settimeout(120)

    def seconds(packet, *commands):
        for command in commands:
            client.monitor(command)
        start = time.monotonic()
        assert client.ask(packet).startswith("T00")
        return time.monotonic() - start

    run = seconds("vCont;c", "exit-next console_write")
    last = int(re.search(r"#(\d+)", client.monitor("exit-when"))[1])
    pc = client.registers()
    for _ in range(2):
        assert seconds("bc", "exit-goto 1") < run / 3
        assert seconds("vCont;c", f"exit-goto {last}") < run * 9 / 10  # checkpoints get rarer: the last one may be at half the way
        assert client.registers() == pc

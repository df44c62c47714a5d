# SPDX-License-Identifier: MIT
"""Backwards among thinned-out snapshots: build/dense/labvisor makes one every few hundred instructions
and keeps eight (Makefile)."""

import random
import re

import pytest

from conftest import LABVISOR, ROOT, guest, symbol, why_no_riscv


@pytest.fixture(autouse=True)
def dense(build):
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    LABVISOR.arch, LABVISOR.path = "riscv64", ROOT / "build/dense/labvisor"
    yield
    LABVISOR.arch = "x86_64"


def state(client, harts=1):
    """Registers, and the memory of programs and stacks."""
    parts = [(0x80200000 + i * 0x1000, 0x1000) for i in range(40)] + [(0x83FFE000, 0x2000)]
    return [client.registers(i + 1) for i in range(harts)], [client.ask(f"m{a:x},{n:x}") for a, n in parts]


def to_exit(client, back=False):
    client.monitor("exit-back" if back else "exit-next")
    return client.ask("bc" if back else "vCont;c")


@pytest.mark.parametrize("image, options", [("clock", ()), ("lost", ("-c3", "--seed=7"))])
def test_all_the_way_back_and_forth(stub, image, options):
    """Each exit is found again unchanged, however many snapshots are left in between."""
    harts = 3 if options else 1
    client = stub(image, *options).client()
    seen = []
    for _ in range(5):
        assert to_exit(client).startswith("T00")
        seen.append((client.monitor("exit-info"), state(client, harts)))
    for wanted in reversed(seen[:-1]):
        assert to_exit(client, back=True).startswith("T00")
        assert (client.monitor("exit-info"), state(client, harts)) == wanted
    for wanted in seen[1:]:
        assert to_exit(client).startswith("T00")
        assert (client.monitor("exit-info"), state(client, harts)) == wanted


def test_anywhere_in_a_long_run(stub):
    """Hundreds of snapshots: each stop at a breakpoint is found again, from the last to the first."""
    client = stub("tests/debug", args=("3000",)).client()
    add = symbol("tests/debug", "add")
    client.ask(f"Z0,{add:x},2")
    seen = []
    for _ in range(800):
        assert "swbreak" in client.ask("vCont;c")
        seen.append(client.registers())
    for wanted in reversed(seen[:-1]):
        assert "swbreak" in client.ask("bc") and client.registers() == wanted


@pytest.mark.parametrize("image, options", [("clock", ()), ("lost", ("-c3", "--seed=7"))])
def test_single_steps_back_between_snapshots(stub, image, options):
    client = stub(image, *options).client()
    for _ in range(4):
        to_exit(client)
    path = []
    for _ in range(1200):  # three snapshots
        path.append(client.registers())
        assert client.ask("vCont;s:1").startswith("T05")
    for before in reversed(path):
        assert client.ask("Hg1") == "OK" and client.ask("bs").startswith("T05")
        assert client.registers() == before


def test_a_change_between_snapshots(stub):
    """The change is there after its time, not before, however the snapshots around it were merged."""
    s = stub("tests/debug", args=("3000",))
    client = s.client()
    add, total = symbol("tests/debug", "add"), symbol("tests/debug", "total")
    client.ask(f"Z0,{add:x},2")
    seen = []
    for i in range(800):
        assert "swbreak" in client.ask("vCont;c")
        if i == 300:
            assert client.ask(f"M{total:x},4:00000100") == "OK"
        seen.append(client.ask(f"m{total:x},4"))
    assert seen[300] == "00000100" and int.from_bytes(bytes.fromhex(seen[799]), "little") > 0x10000
    for i in reversed(range(799)):
        assert "swbreak" in client.ask("bc")
        if i != 300:
            assert client.ask(f"m{total:x},4") == seen[i], i
    client.ask(f"z0,{add:x},2")
    assert client.ask("vCont;c") == f"W{3000 * 3001 // 2 % 256:02x}"


def test_memory_is_bounded(stub):
    """Every snapshot of this run holds a hundred pages or more, and there are thousands."""
    s = stub("primes", args=("300000",))
    client = s.client()
    client.monitor("exit-next console_write")
    assert client.ask("vCont;c").startswith("T00")
    peak = re.search(r"VmHWM:\s+(\d+) kB", open(f"/proc/{s.process.pid}/status").read())
    assert int(peak[1]) < 64 << 10


def go_to(client, where):
    """Goes to an exit by its number, or to a mark."""
    way = {"continue": "vCont;c", "reverse-continue": "bc"}.get(client.monitor(f"exit-goto {where}").strip())
    return client.ask(way) if way else None


@pytest.mark.parametrize("image, options", [("clock", ()), ("lost", ("-c3", "--seed=7"))])
def test_jumps_back_and_ahead(stub, image, options):
    """In any order, by numbers and marks; after a run over a part that a jump has passed."""
    harts = 3 if options else 1
    client = stub(image, *options).client()
    seen = {}
    for number in range(1, 12):
        assert to_exit(client).startswith("T00")
        seen[number] = client.monitor("exit-info"), client.monitor("exit-list 3"), state(client, harts)
        client.monitor(f"exit-mark m{number}")
    chance = random.Random(LABVISOR.arch + image)
    last = 11
    for _ in range(25):
        number = chance.randrange(1, 12)
        if number == last:
            continue  # it is there
        assert go_to(client, chance.choice((str(number), f"m{number}"))).startswith("T00")
        last = number
        assert (client.monitor("exit-info"), client.monitor("exit-list 3"), state(client, harts)) == seen[number]
        if number < 11 and chance.random() < 0.5:
            assert to_exit(client).startswith("T00")
            last = number + 1
            assert (client.monitor("exit-info"), state(client, harts)) == seen[last][::2]


def test_no_jump_passes_a_breakpoint_or_a_change(stub):
    client = stub("tests/debug", args=("3000",)).client()
    add, total = symbol("tests/debug", "add"), symbol("tests/debug", "total")
    assert client.ask("vCont;c", pass_exit=False).startswith("T00")  # at its end
    last = int(re.search(r"#(\d+)", client.monitor("exit-when"))[1])
    assert go_to(client, 1).startswith("T00")
    client.ask(f"Z0,{add:x},2")
    assert "swbreak" in go_to(client, last)
    client.ask(f"z0,{add:x},2")
    assert client.ask(f"M{total:x},4:00000100") == "OK"
    assert go_to(client, last).startswith("T00")
    assert client.ask(f"m{total:x},4") != "%08x" % int.from_bytes((3000 * 3001 // 2).to_bytes(4, "little"), "big")
    assert client.ask("vCont;c") == f"W{3000 * 3001 // 2 % 256:02x}"


def test_output_after_a_new_run_over_known_parts(stub):
    """Each run shows all of it, whether the checkpoints of the one before are ahead or not."""
    s = stub("tests/debug", args=("3000",))
    client = s.client()
    client.ask("!")
    assert client.ask("vCont;c", pass_exit=False).startswith("T00")
    assert go_to(client, 1).startswith("T00")
    assert client.ask("vRun;").startswith("T05")
    assert go_to(client, 3).startswith("T00")
    assert client.ask("vCont;c") == f"W{3000 * 3001 // 2 % 256:02x}"
    client.close()
    out = s.end()[1]
    assert out[: len(out) // 2] * 2 == out and out.startswith(b"total")

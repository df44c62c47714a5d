# SPDX-License-Identifier: MIT
"""A device that the VMM's build adds (tests/device): loads complete, also under gdb."""

import pytest

from conftest import DIED, LABVISOR, guest, run
from test_backwards import instructions, to_exit

BACKENDS = {"x86_64": "kvm-x86", "riscv64": "soft"}
BYTES = 0x8182838485868788
EXITS = 30


@pytest.fixture(autouse=True)
def device(build):
    LABVISOR.path = LABVISOR.path.with_name("labvisor-device")


@pytest.mark.parametrize("harts", [1, 3])
def test_loads_and_stores(machine, harts):
    result = run(f"-c{harts}", "--timeout=30", guest("tests/device"))
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"%d harts: the device is right\n" % harts


def test_each_form_of_load(machine):
    if machine == "x86_64":
        pytest.skip("KVM decodes x86's instructions itself")
    result = run("--timeout=30", guest("tests/riscv64/device_loads"))
    assert (result.returncode, result.stdout, result.stderr) == (0, b"all loads are right\n", b"")


def test_refused(machine):
    """What the device refuses ends the guest, with the value that a store of that width has."""
    result = run(f"--backend={BACKENDS[machine]}", guest("tests/device"), "refused")
    assert result.returncode == DIED
    assert b"it wrote 0x34 (1 bytes) to address 0xe0000040, where nothing is" in result.stderr


def next_load(client, back=False):
    """Goes to the next exit of a load, or to the one before. Returns what gdb is told of it."""
    while True:
        to_exit(client, back)
        info = client.monitor("exit-info")
        if "mmio read" in info:
            return info


PENDING = 1


def exit_register(client, offset, size):
    """Of the 88 bytes of gdb's registers that tell of the last exit."""
    return int.from_bytes(bytes.fromhex(client.ask("g"))[-88:][offset : offset + size], "little")


def test_steps_over_loads(machine, stub):
    """A step ends after the instruction, whose register has the value then."""
    s = stub("tests/device")
    client = s.client()
    values = []
    for _ in range(EXITS):
        next_load(client)
        assert exit_register(client, 4, 4) == PENDING
        assert client.ask("vCont;s:1").startswith("T05")
        values.append(exit_register(client, 32, 8))  # exit_a1
        if values[-1] >= 1 << 32 or len(values) > EXITS / 2:
            assert values[-1].to_bytes(8, "little").hex() in client.registers()
    assert values[0] == BYTES
    counts = values[EXITS // 2 :]
    assert counts == list(range(counts[0], counts[0] + len(counts)))
    assert client.ask("vCont;c") == "W00"
    assert s.end()[1] == b"1 harts: the device is right\n"


@pytest.fixture
def riscv64(machine):
    if machine == "x86_64":
        pytest.skip("there is no way back on kvm-x86")


def test_backwards(riscv64, stub):
    """The device's state, which a snapshot copies, goes back with the machine."""
    client = stub("tests/device", "-c3", "--seed=2").client()

    def state():
        return [client.monitor("exit-info"), *(client.registers(i + 1) for i in range(3))]

    seen = []
    for _ in range(EXITS):
        next_load(client)
        seen.append(state())
    for wanted in reversed(seen[:-1]):
        next_load(client, back=True)
        assert state() == wanted
    for wanted in seen[1:]:
        next_load(client)
        assert state() == wanted


def test_being_watched_changes_nothing(riscv64, stub):
    """Steps, ways back and a watchpoint at the device's counter leave the run as it is."""
    options = ("-c3", "--seed=5", "--stats=json")
    free = run(*options, guest("tests/device"))
    s = stub("tests/device", *options)
    client = s.client()
    for _ in range(EXITS):
        next_load(client)
        for _ in range(3):
            assert client.ask("vCont;s:1").startswith("T05")
        assert client.ask("bs").startswith("T05")
    assert client.ask("Z3,e0000040,8") == "OK"
    for _ in range(5):
        assert "rwatch:e0000040" in client.ask("vCont;c")
    assert client.ask("z3,e0000040,8") == "OK"
    assert client.ask("vCont;c") == "W00"
    status, out, err = s.end()
    assert (status, out) == (free.returncode, free.stdout)
    assert instructions(err) == instructions(free.stderr.decode())

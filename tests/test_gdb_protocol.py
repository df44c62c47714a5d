# SPDX-License-Identifier: MIT
"""The stub of gdb's protocol: clients that vanish, come twice, or send anything at all."""

import os
import random
import re
import statistics
import time

import pytest

from conftest import HOST, USAGE, guest, run, symbol
from rsp import Gone

pytestmark = pytest.mark.usefixtures("machine")

RUN = "vCont;c"



def test_a_client_that_vanishes_finds_the_guest_again(stub):
    s = stub("tests/debug")
    first = s.client()
    assert first.ask("?").startswith("T05")
    first.monitor("exit-next console_write")
    assert first.ask(RUN).startswith("T00")
    pc = first.registers()
    first.close()
    second = s.client()
    assert second.ask("?").startswith("T0") and second.registers() == pc
    assert second.ask(RUN) == "W06"
    status, out, err = s.end()
    assert (status, out) == (6, b"total 6\nfactorial 120\n") and "the client is gone" in err


def test_a_client_that_vanishes_while_the_guest_runs(stub, machine):
    """Its breakpoints are removed, and the guest goes on."""
    count = {"x86_64": 100000, "riscv64": 20000000}[machine]  # so that it does not end before
    s = stub("tests/debug", args=(str(count),))
    client = s.client()
    client.send(RUN)
    time.sleep(0.1)
    client.close()
    assert s.end()[0] == count * (count + 1) // 2 % 2**32 % 256


def test_breakpoints_of_a_client_that_has_vanished(stub, machine):
    s = stub("tests/debug")
    client = s.client()
    for address in {"x86_64": (0x100360, 0x100390), "riscv64": (0x80200094, 0x802000BE)}[machine]:
        assert client.ask(f"Z0,{address:x},1") == "OK"
    client.close()
    again = s.client()
    assert again.ask(RUN) == "W06"


def test_a_second_client_is_turned_away(stub):
    s = stub("tests/debug")
    first = s.client()
    first.ask("?")
    second = s.client()
    first.ask("qC")
    with pytest.raises((Gone, OSError)):
        second.ask("?")
    assert first.ask(RUN) == "W06"
    assert "a second client was disconnected" in s.end()[2]


def test_a_client_of_a_running_guest(stub):
    """After `detach` another client may come; it stops the guest."""
    s = stub("tests/spin")
    first = s.client()
    assert first.ask("D") == "OK"
    first.close()
    time.sleep(0.2)
    second = s.client()
    second.raw(b"\x03")
    assert second.ask("?").startswith("T")
    second.send("k")
    assert s.end()[0] == 137


def test_acknowledgements(stub):
    client = stub("tests/debug").client()
    client.raw(b"$qC#00")
    assert client.byte() == b"-"
    client.raw(b"$qC#b4")
    assert client.byte() == b"+" and client.packet() == "QC1"
    assert client.ask("QStartNoAckMode") == "OK"
    client.ack = False
    client.raw(b"$qC#00")
    assert client.packet() == "QC1"


@pytest.mark.parametrize(
    "packet, answer",
    [
        ("", ""), ("nonsense", ""), ("v", ""), ("vMustReplyEmpty", ""), ("q", ""), ("Q", ""), ("g1", None),
        ("pffffffffffffffff", "E."), ("p", "E."), ("P0", "E."), ("P0=", "E."), ("P0=zz", "E."), ("G00", "E."),
        ("m", "E."), ("m0", "E."), ("m0,", "E."), ("mffffffffffffffff,ffffffffffffffff", "E14"), ("m0,10", "E14"),
        ("M0,1", "E."), ("M0,4:00", "E."), ("M0,1:00", "E14"), ("X0,8:abc", "E."), ("Mffffffffffffffff,2:0000", "E14"),
        ("Z9,0,1", ""), ("Z", ""), ("Z0", ""), ("Z0,7fffffffffff,1", None), ("z0,1234,1", "OK"), ("Hg99", "E."), ("Hx1", "E."),
        ("T63", "E01"), ("T1", "OK"), ("qXfer:features:read:target.xml:0", "E01"), ("qXfer:nothing:read::0,10", ""),
        ("qXfer:features:read:target.xml:ffffff,10", "l"), ("qRcmd,zz", "E."), ("qRcmd," + "41" * 600, "E."),
        ("vCont;x", "E."), ("vCont;r10", "E."), ("vCont;s:zz", "E."), ("b", None),
    ],
)  # fmt: skip
def test_packets_that_are_wrong(stub, packet, answer):
    client = stub("tests/debug").client()
    got = client.ask(packet)
    assert answer is None or (got.startswith(answer) if answer else got == "")
    assert client.ask("qC") == "QC1"


def test_any_bytes(stub):
    """The stub survives them, and so does the guest."""
    chance = random.Random(6)
    s = stub("tests/debug")
    for _ in range(20):
        client = s.client()
        for _ in range(30):
            junk = bytes(chance.choice(b"$#}*+-\x03:;,=mMgGpPXZzqQvH0123456789abcdef") for _ in range(chance.randrange(80)))
            # None that lets the guest run, or ends it.
            junk = junk.replace(b"$v", b"$q").replace(b"$c", b"$q").replace(b"$b", b"$q")
            try:
                client.raw(junk)
            except OSError:
                break
        client.close()
    client = s.client()
    assert client.ask("qC") == "QC1"
    client.send("k")
    assert s.end()[0] == 137


def test_a_packet_that_is_too_long(stub):
    client = stub("tests/debug").client()
    client.raw(b"$m" + b"0" * 100000 + b"#00")
    client.raw(b"+")
    assert client.ask("qC") == "QC1"


def test_memory_in_one_piece(stub, machine):
    """Reads as much as fits a packet, across pages, and up to the end of memory."""
    base, end = {"x86_64": (0x1000, 64 << 20), "riscv64": (0x80000000, 0x84000000)}[machine]
    client = stub("tests/debug").client()
    assert len(client.ask(f"m{base:x},2000")) == 2 * 0x2000
    assert len(client.ask(f"m{end - 16:x},100")) == 2 * 16
    assert client.ask(f"m{end:x},1") == "E14"
    assert client.ask(f"M{base + 0x800000 - 2:x},4:01020304") == "OK"
    assert client.ask(f"m{base + 0x800000 - 2:x},4") == "01020304"


def test_memory_as_bytes(stub, machine):
    """X: bytes that have a meaning in a packet are escaped."""
    address = {"x86_64": 0x800000, "riscv64": 0x80800000}[machine]
    client = stub("tests/debug").client()
    data = "a}b#c$d*e\x00\x7d\x5d\x03\xff"
    assert client.ask(f"X{address:x},{len(data):x}:{data}") == "OK"
    assert client.ask(f"m{address:x},{len(data):x}") == data.encode("latin-1").hex()


def test_registers_are_what_was_written(stub):
    """Writes all registers, one by one, except those whose bits do not all exist."""
    client = stub("tests/debug").client()
    before = client.ask("g")
    assert client.ask("G" + before) == "OK" and client.ask("g") == before
    for number in range(1, 8):
        value = bytes([number] * 8).hex()
        assert client.ask(f"P{number:x}={value}") == "OK" and client.ask(f"p{number:x}") == value


OWN = {
    "x86_64": r"r[a-ds1-9][a-z0-9]|e?[a-d]x|e?[sd]i|e?[sb]p|st\d|f[io]off|fop|fctrl|fstat|[defg]s|xmm\d+|[fg]s_base|[cf]r2|cr3|[gi]dt_.*",
    "riscv64": r"[astg]\d+|ra|sp|gp|tp|fp|f[tsa]\d+|sscratch|stval",
}


def write_registers(client, pattern):
    """Writes a different value to each register whose name fits. Returns the values by number."""
    text = client.ask("qXfer:features:read:target.xml:0,10000")
    names = re.findall(r'<reg name="(\w+)" bitsize="(\d+)"', text)
    sizes = {i: int(bits) // 8 for i, (name, bits) in enumerate(names) if re.fullmatch(pattern, name)}
    values = {i: (0x101 * (i + 1)).to_bytes(2, "little").hex() + "00" * (size - 2) for i, size in sizes.items()}
    for number, value in values.items():
        assert client.ask(f"P{number:x}={value}") == "OK", names[number]
    return values, [name for name, _ in names]


@pytest.mark.parametrize("image", ["tests/debug", "protected/traps"])
def test_each_register_is_one_of_its_own(stub, machine, image):
    if machine == "riscv64" and image.startswith("protected"):
        pytest.skip("a guest for x86")
    client = stub(image).client()
    values, names = write_registers(client, OWN[machine])
    assert len(values) > (60 if machine == "riscv64" else 24)
    assert {names[i]: client.ask(f"p{i:x}") for i in values} == {names[i]: value for i, value in values.items()}


def test_fcsr_and_its_parts(stub, machine):
    if machine != "riscv64":
        pytest.skip("a register of RISC-V")
    client = stub("tests/debug").client()
    fflags = 33 + 32
    for number, value, after in ((1, 2, (0, 2, 0x40)), (0, 3, (3, 2, 0x43)), (2, 0xA1, (1, 5, 0xA1))):
        assert client.ask(f"P{fflags + number:x}={value:02x}000000") == "OK"
        assert tuple(int(client.ask(f"p{fflags + i:x}")[:2], 16) for i in range(3)) == after


def test_a_step_answers_soon(stub):
    client = stub("tests/debug").client()
    client.ask("QStartNoAckMode")
    client.ack = False
    times = []
    for _ in range(200):
        start = time.perf_counter()
        assert client.ask("vCont;s:1").startswith("T05")
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.02  # make bench measures it


def test_steps_through_a_range(stub, machine):
    """They go on inside it, and end as soon as the pc leaves it, at a breakpoint, or at ^C."""
    main = symbol("tests/spin", "main")
    client = stub("tests/spin").client()
    assert client.ask(f"Z0,{main:x},4") == "OK" and "swbreak" in client.ask(RUN)
    assert client.ask(f"z0,{main:x},4") == "OK"
    assert client.ask("vCont;r0,1:1").startswith("T05thread")  # one step
    client.send(f"vCont;r{main:x},{main + 0x100:x}:1;c")
    time.sleep(0.1)
    client.raw(b"\x03")
    assert client.answer().startswith("T02")
    number = {"x86_64": 16, "riscv64": 32}[machine]  # of the register pc
    pc = client.ask(f"p{number:x}")
    assert client.ask("vCont;s:1").startswith("T05thread") and client.ask(f"p{number:x}") != pc
    assert client.ask(f"Z0,{int.from_bytes(bytes.fromhex(pc), 'little'):x},4") == "OK"
    assert "swbreak" in client.ask(f"vCont;r{main:x},{main + 0x100:x}:1;c") and client.ask(f"p{number:x}") == pc


def test_stops_in_a_range(stub, machine):
    """A watchpoint, an exit to stop at, and the guest's end."""
    everything = "vCont;r0,ffffffffffffffff:1"
    client = stub("tests/debug").client()
    client.monitor("exit-break DBCN")
    assert client.ask(f"Z2,{symbol('tests/debug', 'total'):x},4") == "OK"
    for _ in range(3):
        assert "watch" in client.ask(everything)
    assert client.ask(f"z2,{symbol('tests/debug', 'total'):x},4") == "OK"
    assert client.ask(everything).startswith("T00") and client.console.count("DBCN.console_write") == 1
    client.monitor("exit-delete")
    assert client.ask(everything) == "W06"


def test_ports(machine):
    result = run("--gdb=65536", guest("hello"))
    assert result.returncode == USAGE and b"a port up to 65535 or a path" in result.stderr
    assert run("--gdb=nonsense", guest("hello")).returncode == USAGE
    result = run("--gdb=/no/such/folder/socket", guest("hello"))
    assert result.returncode == USAGE and b"--gdb: /no/such/folder/socket: No such file" in result.stderr


def test_a_port_of_the_loopback_interface(machine):
    import socket as sockets
    import subprocess

    from conftest import LABVISOR

    process = subprocess.Popen([LABVISOR, "--gdb=0", guest("hello")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stderr.readline()
    port = int(process.stderr.readline().split(b"localhost:")[1].split(b"'")[0])
    with sockets.create_connection(("127.0.0.1", port)) as connection:
        for end in (b"$T00", b"$W00"):  # the stop at its exit, its end
            connection.sendall(b"$vCont;c#a8")
            answer = b""
            while end not in answer:
                assert (more := connection.recv(4096)), answer
                answer += more
    assert process.wait(10) == 0


def test_only_the_user_can_open_the_socket(stub):
    s = stub("tests/debug")
    client = s.client()
    assert s.path.stat().st_mode & 0o777 == 0o700 and client.ask("qC") == "QC1"


@pytest.mark.parametrize("running", [False, True])
def test_a_client_that_speaks_http(stub, running):
    """As a page in a browser can: the packets in its request are not obeyed."""
    s = stub("tests/spin")
    if running:
        first = s.client()
        assert first.ask("D") == "OK"
        first.close()
    page = s.client()
    page.raw(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n$k#6b")
    with pytest.raises((Gone, OSError)):
        page.packet()
    client = s.client()
    assert client.ask("qC") == "QC1"
    client.send("k")
    status, _, err = s.end()
    assert status == 137 and "a client that speaks HTTP was disconnected" in err


def test_a_socket_that_was_left_behind(stub, tmp_path):
    s = stub("tests/debug")
    s.client().ask("?")
    s.process.kill()
    s.process.wait()
    assert s.path.exists()
    again = stub("tests/debug")
    assert again.client().ask(RUN) == "W06"
    again.end()
    assert not again.path.exists()


def test_a_file_in_the_way(machine, tmp_path):
    (tmp_path / "file").write_text("precious")
    assert run(f"--gdb={tmp_path}/file", guest("hello")).returncode == USAGE
    assert (tmp_path / "file").read_text() == "precious"


def test_term_ends_a_guest_that_waits(stub):
    s = stub("tests/debug")
    s.client().ask("?")
    s.process.terminate()
    assert s.end()[0] == -15
    assert not s.path.exists()


def test_another_labvisor_at_the_same_socket(stub, machine):
    """The stub refuses it, and the first one's guest does not notice."""
    s = stub("tests/spin")
    client = s.client()
    client.send(RUN)
    refused = run(f"--gdb={s.path}", guest("hello"))
    assert refused.returncode == USAGE and b"Address already in use" in refused.stderr
    assert s.process.poll() is None
    client.raw(b"\x03")
    assert client.answer().startswith("T")


def test_no_answer_before_a_question(stub):
    s = stub("tests/spin")
    first = s.client()
    first.send(RUN)
    time.sleep(0.1)
    first.close()
    time.sleep(0.1)
    second = s.client()
    assert second.ask("qC") == "QC1"
    second.send("k")
    assert s.end()[0] == 137


@pytest.mark.parametrize("packet", ["C05", "C05;80200000", "S05"])
def test_resuming_with_a_signal(stub, packet):
    client = stub("tests/debug").client()
    assert client.ask("Z9,0,0") == "" and client.ask("vCont;c:63").startswith("E.")
    if packet != "C05;80200000":
        assert client.ask(packet)[0] in "TW"


def test_a_watchpoint_on_memory_in_use(stub, machine):
    """It is hit at the next write, also if the guest has just used its page; and no more when it is gone."""
    add, total = symbol("tests/debug", "add"), symbol("tests/debug", "total")
    client = stub("tests/debug", args=("50",)).client()
    assert client.ask(f"Z0,{add:x},2") == "OK" and "swbreak" in client.ask(RUN)
    assert client.ask(f"z0,{add:x},2") == "OK"
    for _ in range(20):
        assert client.ask("vCont;s:1").startswith("T05")
    assert client.ask(f"m{total:x},4") != "00000000"
    assert client.ask(f"Z2,{total:x},4") == "OK" and f"watch:{total:x};" in client.ask(RUN)
    assert int.from_bytes(bytes.fromhex(client.ask(f"m{total:x},4")), "little") < 50
    assert client.ask(f"z2,{total:x},4") == "OK" and client.ask(RUN) == f"W{50 * 51 // 2 % 256:02x}"


# A store of one byte at the address in the second register.
STORE = {"x86_64": ("8806", 4), "riscv64": ("2380a500", 11)}  # mov %al,(%rsi); sb a0,0(a1)


@pytest.mark.parametrize("place, size, hit", [(4095, 1, 0), (0, 1, 0), (4088, 8, 7), (0, 8, 7), (4092, 4, None)])
def test_a_watchpoint_at_the_edge_of_a_page(stub, machine, place, size, hit):
    """A store of one byte hits if it is to a watched byte, and if it is to the next one does not."""
    page = {"x86_64": 0x800000, "riscv64": 0x80800000}[machine]
    code, register = STORE[machine]
    client = stub("tests/debug").client()
    add = symbol("tests/debug", "add")
    assert client.ask(f"Z0,{add:x},2") == "OK" and "swbreak" in client.ask(RUN)
    assert client.ask(f"z0,{add:x},2") == "OK"
    assert client.ask(f"M{add:x},{len(code) // 2:x}:{code}") == "OK"
    target = page + place + (size if hit is None else hit)
    assert client.ask(f"P{register:x}={target.to_bytes(8, 'little').hex()}") == "OK"
    assert client.ask(f"Z2,{page + place:x},{size:x}") == "OK"
    answer = client.ask("vCont;s:1") if hit is None else client.ask(RUN)
    assert (f"watch:{page + place:x};" in answer) == (hit is not None), answer


@pytest.mark.parametrize("how", ["finish", "step"])
def test_what_an_exit_has_read_can_be_replaced(stub, tmp_path, machine, how):
    """in $0xe9, %al; nop; out %al, $0xf4: the port gives 0xe9, gdb writes 7, and the guest goes on with that."""
    if machine == "riscv64":
        pytest.skip("a guest for x86")
    image = tmp_path / "in.bin"
    image.write_bytes(bytes([0xE4, 0xE9, 0x90, 0xE6, 0xF4]))
    client = stub(image).client()
    if how == "finish":
        client.monitor("exit-next")
        assert client.ask(RUN).startswith("T00")
        client.monitor("exit-finish")
    assert client.ask("vCont;s:1" if how == "step" else RUN).startswith("T0")
    assert client.ask("p0") == "e9000000"
    assert client.ask("P0=07000000") == "OK" and client.ask(RUN) == "W07"


def test_hardware_breakpoints(stub, machine):
    client = stub("tests/debug").client()
    places = [symbol("tests/debug", name) for name in ("main", "add", "factorial")]
    assert [client.ask(f"Z1,{place:x},1") for place in places] == ["OK"] * 3
    pc = {"x86_64": "p10", "riscv64": "p20"}[machine]
    for hit in [0, 1, 1, 1, 2]:
        assert client.ask(RUN).startswith("T05hwbreak:;")
        assert int.from_bytes(bytes.fromhex(client.ask(pc)), "little") == places[hit]
        assert client.ask(f"z1,{places[hit]:x},1") == "OK"  # gdb, too, steps from a breakpoint without it
        assert client.ask("vCont;s:1").startswith("T05") and client.ask(f"Z1,{places[hit]:x},1") == "OK"
    assert [client.ask(f"z1,{place:x},1") for place in places] == ["OK"] * 3
    assert client.ask(RUN) == "W06"


def test_a_breakpoint_is_not_seen_in_memory(stub, machine):
    """It also stays when memory is written there, and is not the first one."""
    add = symbol("tests/debug", "add")
    client = stub("tests/debug").client()
    first = symbol("tests/debug", "factorial")
    assert client.ask(f"Z0,{first:x},2") == "OK"
    before = client.ask(f"m{add:x},8")
    assert client.ask(f"Z0,{add:x},2") == "OK" and client.ask(f"m{add:x},8") == before
    assert client.ask(f"M{add:x},8:{before}") == "OK" and client.ask(f"m{add:x},8") == before
    assert "swbreak" in client.ask(RUN) and client.ask(f"m{add:x},8") == before
    other = "00" * 8
    assert client.ask(f"M{add:x},8:{other}") == "OK" and client.ask(f"m{add:x},8") == other
    assert client.ask(f"M{add:x},8:{before}") == "OK" and client.ask(f"m{add:x},8") == before
    assert client.ask(f"z0,{add:x},2") == client.ask(f"z0,{first:x},2") == "OK" and client.ask(RUN) == "W06"


def test_what_lldb_asks(stub, machine):
    """The machine, and the rights of memory: page tables by regions that cover all addresses in order."""
    s = stub("tests/debug")
    client = s.client()
    triple = bytes.fromhex(re.search("triple:(\\w+);ptrsize:8;endian:little;", client.ask("qHostInfo"))[1])
    assert triple.decode() == {"x86_64": "x86_64", "riscv64": "riscv64"}[machine] + "-unknown-unknown-elf"
    assert client.ask("qProcessInfo").startswith("pid:1;triple:")
    main = symbol("tests/debug", "main")
    assert client.ask(f"Z1,{main:x},2") == "OK" and client.ask("c").startswith("T05")  # RISC-V has its tables now
    address, kinds = 0, []
    while address < 2**64:
        start, size, rights = re.fullmatch("start:(\\w+);size:(\\w+);(?:permissions:(r?w?x?);)?", client.ask(f"qMemoryRegionInfo:{address:x}")).groups()
        assert int(start, 16) == address and int(size, 16) > 0
        if rights and address <= main < address + int(size, 16):
            assert rights == "rx" and client.ask(f"qMemoryRegionInfo:{main:x}").startswith(f"start:{start};")
        address += int(size, 16)
        kinds.append(rights)
    assert kinds[0] is None and {None, "rx", "rw"} <= set(kinds) and "rwx" not in kinds
    assert client.ask("qMemoryRegionInfo:x") == "E01"


def test_a_description_that_lldb_reads(stub, machine):
    """Program counter and stack pointer by their roles; numbers of DWARF, each once."""
    text = stub("tests/debug").client().ask("qXfer:features:read:target.xml:0,3fff")
    pc, sp = {"x86_64": ("rip", "rsp"), "riscv64": ("pc", "sp")}[machine]
    assert f'name="{pc}" ' in text and re.search(rf'name="{pc}"[^/]*generic="pc"', text) and re.search(rf'name="{sp}"[^/]*generic="sp"', text)
    numbers = re.findall('dwarf_regnum="(\\d+)"', text)
    assert len(numbers) == len(set(numbers)) > 16

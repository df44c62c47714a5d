# SPDX-License-Identifier: MIT
"""What --trace, --trace=FILE and --stats show."""

import fcntl
import json
import re
import subprocess
import time

import pytest

from conftest import HOST, LABVISOR, ROOT, USAGE, guest, run

pytestmark = pytest.mark.usefixtures("machine")


def trace(*args, **kwargs):
    result = run("--trace", *args, **kwargs)
    return result.stderr.decode().splitlines()


def test_a_line_an_exit(machine):
    lines = trace(guest("hello"))
    shape = r"\[ +\d+\.\d{3} ms\] vcpu0 #%d %s  at 0x[0-9a-f]+ %s\+0x[0-9a-f]+ \(\S+\.[ch]:\d+\)%s$"
    wanted = (
        (r"LAB\.get_args\(num_bytes=4096, base_addr_lo=0x[0-9a-f]+\) = \d+", r"\w+", ""),
        (r"DBCN\.console_write\(num_bytes=37, base_addr_lo=0x[0-9a-f]+\) = 37", "console_write", r" for main \(hello\.c:\d+\)"),
        (r"LAB\.exit\(status=0\)", "vm_exit", ""),
    )
    assert len(lines) == len(wanted)
    for number, (line, (call, function, author)) in enumerate(zip(lines, wanted), 1):
        assert re.match(shape % (number, call, function, author), line), line


def test_the_author_of_an_exit(machine, tmp_path):
    """Of an exit that the runtime makes, the caller's line is told: through printf, in a tick, in a hart."""
    lines = trace(guest("clock"))
    for call, author in ((r"set_timer\(.* timer_every\+", "main"), (r"set_timer\(.* timer_stop\+", "on_tick")):
        assert any(re.search(rf"{call}.* for {author} \(clock\.c:\d+\)$", line) for line in lines), lines
    source = (ROOT / "guests/clock.c").read_text().splitlines()
    (slept,) = (number for number, line in enumerate(source, 1) if "slept" in line)
    assert any(re.search(rf"console_write\(.* for main \(clock\.c:{slept}\)$", line) for line in lines), lines
    path = tmp_path / "trace.json"
    run(f"--trace={path}", guest("clock"))
    assert "console_write+0x" in path.read_text() and f' for main (clock.c:{slept})"' in path.read_text()
    assert not any(" for " in line for line in trace(guest("clock")) if "vm_exit" in line or "rt_start" in line)


def test_arguments_by_their_kind():
    text = "\n".join(trace(guest("tests/abi")))
    for part in (
        "BASE.probe_extension(extension_id=DBCN) = 1",
        "BASE.probe_extension(extension_id=0x12345678) = 0",
        "unknown(eid=0xdeadbeef, fid=0x7) = not supported",
        "SRST.system_reset(reset_type=3, reset_reason=0) = invalid parameter",
        "LEGACY.console_putchar(ch='o') = 0",
        "LEGACY.console_putchar(ch=0x0a) = 0",
        "LEGACY.console_getchar() = -1",
        "DBCN.console_write_byte(byte='k') = 0",
        "LAB.wait(events=tty) = invalid parameter",
        "LAB.wait(events=0x10000000000) = invalid parameter",
        "LAB.wait(events=timer) = failed",
        "LAB.get_exit_count(kind=hypercall) = ",
    ):
        assert part in text


def test_the_upper_half_of_an_address():
    """Shown if it is not 0."""
    text = "\n".join(trace(guest("tests/buffers")))
    assert re.search(r"console_read\(num_bytes=1, base_addr_lo=0x[0-9a-f]+, base_addr_hi=0x1\) = invalid", text)
    assert "base_addr_hi=0x0" not in text


def test_other_exits(machine):
    text = "\n".join(trace("--real-time", guest("clock")))
    assert re.search(r"#\d+ halt  at 0x[0-9a-f]+ arch_irq_wait", text)
    assert re.search(r"#\d+ (kick|irq-window)  at 0x[0-9a-f]+ main\+", text)
    text = "\n".join(trace(guest(f"tests/{machine}/machine"), "mmio-write"))
    assert "mmio write 0xe0000000 size 4 value 0x4c" in text
    if machine == "x86_64":
        text = "\n".join(trace(guest("tests/x86_64/machine"), "port-write"))
        assert "pio write 0x80 size 1 value 0x4c" in text


def events_of(path):
    """Returns the exits of a trace file. Checks its tracks: a slice `guest` encloses exits, which do not
    overlap."""
    events = json.loads(path.read_text())
    tracks = {e["tid"]: e["args"]["name"] for e in events if e.get("name") == "thread_name"}
    assert tracks == {n + 1: f"vCPU {n}" for n in range(len(tracks))}  # 0 is no tid for Perfetto
    for tid in tracks:
        end = None  # of the last exit in the open slice; None: none is open
        for event in (e for e in events if e.get("tid") == tid and e["ph"] != "M"):
            if event["ph"] == "B":
                assert end is None and event["name"] == "guest"
                end = event["ts"]
            elif event["ph"] == "E":
                assert event["ts"] == pytest.approx(end, abs=0.002)
                end = None
            else:
                assert event["ph"] == "X" and event["ts"] >= end - 0.002
                end = event["ts"] + event["dur"]
        assert end is None
    exits = [e for e in events if e["ph"] == "X"]
    assert [e["args"]["exit"] for e in exits] == list(range(1, len(exits) + 1))
    return exits


def test_events_for_perfetto(tmp_path):
    path = tmp_path / "trace.json"
    result = run(f"--trace={path}", guest("clock"))
    assert (result.returncode, result.stderr) == (0, b"")
    exits = events_of(path)
    assert len(exits) > 10 and exits[-1]["name"] == "LAB.exit(status=0)"
    assert re.fullmatch(r"vm_exit\+0x[0-9a-f]+ \(start\.c:\d+\)", exits[-1]["args"]["pc"])


@pytest.mark.parametrize("name, options, harts", [("tests/harts", ["-c4"], 4), ("lost", ["-c3"], 3)])
def test_events_of_harts(name, options, harts, tmp_path):
    """A hart's slice `guest` ends when it stops. It has another one when it is started again."""
    path = tmp_path / "trace.json"
    run(f"--trace={path}", *options, guest(name))
    exits = events_of(path)
    assert {e["tid"] for e in exits} == set(range(1, harts + 1))
    stops = [e["tid"] for e in exits if "hart_stop" in e["name"]]
    starts = [e["tid"] for e in json.loads(path.read_text()) if e["ph"] == "B"]
    assert all(starts.count(tid) in (stops.count(tid), stops.count(tid) + 1) for tid in range(1, harts + 1))
    assert name == "lost" or len(starts) > harts


@pytest.mark.parametrize(
    "name, options, stdin",
    [("hello", [], b""), ("clock", [], b""), ("labos", [], b"help\nls\nps\nexit\n"), ("lost", ["-c4"], b"")],
)
def test_size_of_events(machine, name, options, stdin, tmp_path):
    path, keys = tmp_path / "trace.json", tmp_path / "keys"
    keys.write_bytes(stdin)
    with keys.open("rb") as file:
        run(f"--trace={path}", "--timeout=50", *options, guest(name), stdin=file)
    exits = events_of(path)
    # Of hello's three exits the names and the slice `guest` are a large part.
    lines = [line for line in path.read_text().splitlines() if '"ph":"X"' in line or name != "hello"]
    size = sum(len(line) + 1 for line in lines if '"ph":"M"' not in line)
    assert size / len(exits) < 200, f"{len(exits)} exits of {size / len(exits):.0f} bytes"


def test_events_of_a_killed_run(tmp_path):
    """All of its exits are there, in whole lines: an array without its end, which Perfetto opens."""
    path = tmp_path / "trace.json"
    command = [LABVISOR, f"--trace={path}", guest("echo")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"a line\n")
        process.stdin.flush()
        assert process.stdout.readline()
        deadline = time.monotonic() + 30
        while "console_write" not in path.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    text = path.read_text()
    exits = [e for e in json.loads(text + "]") if e["ph"] == "X"]
    assert any("console_write" in e["name"] for e in exits)
    assert not text.endswith(("]", "]\n"))


def test_events_with_odd_names(tmp_path):
    odd = tmp_path / 'quote " back\\slash \n newline.elf'
    odd.write_bytes(guest("hello").read_bytes())
    path = tmp_path / "trace.json"
    assert run(f"--trace={path}", odd).returncode == 0
    assert json.loads(path.read_text())[0]["args"]["name"] == str(odd)


def test_events_do_not_overwrite_the_guest(tmp_path):
    copy = tmp_path / "copy.elf"
    copy.write_bytes(guest("hello").read_bytes())
    result = run(f"--trace={copy}", copy)
    assert result.returncode == USAGE and b"this is the guest" in result.stderr
    assert copy.read_bytes() == guest("hello").read_bytes()


def test_events_to_a_full_disk():
    result = run("--trace=/dev/full", guest("clock"))
    assert result.returncode == HOST
    assert b"--trace: cannot write the file: No space left" in result.stderr


def test_a_log(tmp_path):
    """It has the lines that stderr has otherwise; the trace as a file may be written, too."""
    log, events = tmp_path / "log", tmp_path / "trace.json"
    for options in (("--trace",), ("--stats=json",), ("--trace", "--stats", f"--trace={events}")):
        told = run(*options, guest("hello", "riscv64"))
        result = run(*options, f"--log={log}", guest("hello", "riscv64"))
        assert (result.returncode, result.stderr, result.stdout) == (0, b"", told.stdout)
        assert log.read_bytes() == told.stderr != b""
    assert events_of(events)
    result = run("--trace", "--log=/dev/full", guest("hello", "riscv64"))
    assert result.returncode == HOST and b"--log: cannot write the file" in result.stderr


def test_events_of_a_guest_that_dies(tmp_path):
    path = tmp_path / "trace.json"
    run(f"--trace={path}", "--timeout=0.2", guest("tests/spin"))
    assert events_of(path)


BACKENDS = {"x86_64": "kvm-x86", "riscv64": "soft"}


def rows(stderr, group):
    return {r["name"]: r for r in json.loads(stderr)["rows"] if r["group"] == group}


def test_statistics_add_up(machine):
    result = run("--stats=json", guest("clock"))
    summary = json.loads(result.stderr)
    assert summary["status"] == 0 and summary["backend"] == BACKENDS[machine]
    total = rows(result.stderr, "total")["all"]
    kinds, calls = rows(result.stderr, "exit"), rows(result.stderr, "call")
    for key in ("count", "vmm_ns", "guest_ns"):
        assert sum(r[key] for r in kinds.values()) == total[key]
        assert sum(r[key] for r in calls.values()) == kinds["hypercall"][key]
    assert calls["DBCN.console_write"]["count"] == 2
    assert kinds["halt"]["vmm_ns"] > 50e6  # it slept for 100 ms, in the VMM
    assert kinds["halt"]["guest_ns"] < kinds["halt"]["vmm_ns"]


def test_statistics_as_a_table(machine):
    lines = run("--stats", guest("tests/abi")).stderr.decode().splitlines()
    if machine == "riscv64":
        assert re.match(r"\d+ instructions$", lines.pop(0))
    assert re.match(r"exit +count +share +VMM us +guest us$", lines[0])
    table = {l.split()[0]: l.split() for l in lines if l and not l.startswith(("exit", "call"))}
    assert table["BASE.get_impl_version"][1] == "2"
    assert table["total"][2] == "100.0%"
    assert int(table["unknown"][1]) > 10


def test_statistics_of_a_guest_that_fails():
    result = run("--stats=json", "--max-exits=5", guest("tests/chatter"))
    stderr = result.stderr.decode()
    message, _, summary = stderr.partition("\n")
    assert message.startswith("labvisor: --max-exits: 5 exits")
    assert json.loads(summary)["status"] == 117
    assert rows(summary, "total")["all"]["count"] == 5


def why_no_counters():
    """Returns the reason why the kernel here does not show its counters, or None."""
    with open("/dev/kvm", "rb") as kvm:
        if fcntl.ioctl(kvm, 0xAE03, 203):  # KVM_CHECK_EXTENSION, KVM_CAP_BINARY_STATS_FD
            return None
    return "this kernel's KVM lacks KVM_CAP_BINARY_STATS_FD"


def test_statistics_of_the_kernel(machine):
    """If there is one. test_qemu.py tests a kernel whose numbers are known."""
    summary = run("--stats=json", "-c2", guest("sum"))
    table = run("--stats", "-c2", guest("sum")).stderr.decode()
    counters = json.loads(summary.stderr).get("kernel")
    if machine == "riscv64":
        assert counters is None and "\nkernel" not in table
        return
    if why_no_counters():
        assert counters is None
        pytest.skip(why_no_counters())
    exits = rows(summary.stderr, "exit")
    assert counters["exits"] >= exits["hypercall"]["count"] > 0
    assert 0 not in counters.values()
    assert re.search(r"\nkernel +count\n(\w+ +[1-9]\d*\n)*exits +[1-9]\d*\n", table)

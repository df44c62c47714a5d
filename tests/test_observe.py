# SPDX-License-Identifier: MIT
"""What --trace, --trace=FILE and --stats show."""

import fcntl
import json
import re

import pytest

from conftest import HOST, USAGE, guest, run

pytestmark = pytest.mark.usefixtures("machine")


def trace(*args, **kwargs):
    result = run("--trace", *args, **kwargs)
    return result.stderr.decode().splitlines()


def test_a_line_an_exit(machine):
    lines = trace(guest("hello"))
    shape = r"\[ +\d+\.\d{3} ms\] vcpu0 #%d %s  at 0x[0-9a-f]+ %s\+0x[0-9a-f]+ \(\S+\.[ch]:\d+\)$"
    wanted = (
        (r"LAB\.get_args\(num_bytes=4096, base_addr_lo=0x[0-9a-f]+\) = \d+", r"\w+"),
        (r"DBCN\.console_write\(num_bytes=37, base_addr_lo=0x[0-9a-f]+\) = 37", "console_write"),
        (r"LAB\.exit\(status=0\)", "vm_exit"),
    )
    assert len(lines) == len(wanted)
    for number, (line, (call, function)) in enumerate(zip(lines, wanted), 1):
        assert re.match(shape % (number, call, function), line), line


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


def test_events_for_perfetto(tmp_path):
    path = tmp_path / "trace.json"
    result = run(f"--trace={path}", guest("clock"))
    assert (result.returncode, result.stderr) == (0, b"")
    events = json.loads(path.read_text())["traceEvents"]

    slices = [e for e in events if e["ph"] == "X"]
    guest_slices, vmm_slices = slices[0::2], slices[1::2]
    assert len(guest_slices) == len(vmm_slices) > 10
    end = 0.0
    for one, other in zip(guest_slices, vmm_slices):  # they alternate and do not overlap
        assert one["name"] == "guest" and other["name"].startswith("VMM: ")
        assert end <= one["ts"] + 0.002 and one["ts"] + one["dur"] <= other["ts"] + 0.002
        end = other["ts"] + other["dur"]
    assert vmm_slices[-1]["args"]["what"] == "LAB.exit(status=0)"
    counts = [e["args"]["exits"] for e in events if e["ph"] == "C"]
    assert counts == list(range(1, len(vmm_slices) + 1))


def test_events_with_odd_names(tmp_path):
    odd = tmp_path / 'quote " back\\slash \n newline.elf'
    odd.write_bytes(guest("hello").read_bytes())
    path = tmp_path / "trace.json"
    assert run(f"--trace={path}", odd).returncode == 0
    events = json.loads(path.read_text())["traceEvents"]
    assert events[0]["args"]["name"] == str(odd)


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
    assert json.loads(events.read_text())["traceEvents"]
    result = run("--trace", "--log=/dev/full", guest("hello", "riscv64"))
    assert result.returncode == HOST and b"--log: cannot write the file" in result.stderr


def test_events_of_a_guest_that_dies(tmp_path):
    path = tmp_path / "trace.json"
    run(f"--trace={path}", "--timeout=0.2", guest("tests/spin"))
    assert json.loads(path.read_text())["traceEvents"]


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

# SPDX-License-Identifier: MIT
"""A Linux with KVM in QEMU: its failures are reported. test_docs.py runs docs/qemu.md's commands, the
manifest among them, which test the rest."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

import pytest

from conftest import DIED, ROOT, TIMEOUT, USAGE, why_no_qemu
from test_console import read_until

sys.path.insert(0, str(ROOT / "qemu"))
import boot
import gdb_matrix
import gdb_matrix_qemu
import manifest

FOLDER = ROOT / "build/qemu/x86_64"
RISCV = ROOT / "build/qemu/riscv64"


@pytest.fixture
def x86_64():
    if why_no_qemu("stock"):
        pytest.skip(why_no_qemu("stock"))


@pytest.fixture
def riscv64():
    if why_no_qemu("riscv"):
        pytest.skip(why_no_qemu("riscv"))


def main(monkeypatch, initramfs, *words, machine="x86_64"):
    kernel = ROOT / "build/qemu" / machine / "kernel"
    monkeypatch.setattr(sys, "argv", ["boot.py", machine, str(kernel), str(initramfs), *words])
    return boot.main()


def test_status_and_output(x86_64, monkeypatch, capfdbinary):
    assert main(monkeypatch, FOLDER / "initramfs", "guest", "args", "-m", "32", "--", "a", "b") == 2
    out, err = capfdbinary.readouterr()
    assert out == b"argv[0] = args.elf\nargv[1] = a\nargv[2] = b\n"
    assert b": Linux boots, " in err and b"kvm_amd: Nested Paging enabled" in err


@contextlib.contextmanager
def with_keys(arch, *words):
    """Boots to a guest that reads keys."""
    folder = ROOT / "build/qemu" / arch
    command = [sys.executable, ROOT / "qemu/boot.py", arch, folder / "kernel", folder / "initramfs", "guest"]
    pipe = subprocess.PIPE
    process = subprocess.Popen([*command, *words], stdin=pipe, stdout=pipe, bufsize=0)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.stdin.write(b"\x01x")  # QEMU's own way out
        process.wait(20)


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_keys(arch, request):
    """A guest with the console has a terminal: keys come one by one, also ^C."""
    request.getfixturevalue(arch)
    with with_keys(arch, "labos") as process:
        read_until(process.stdout.fileno(), b"labos$ ", 60)
        process.stdin.write(b"echo hi\x1b[D\x7fo\r")
        read_until(process.stdout.fileno(), b"\noi", 20)
        process.stdin.write(b"spin\r")
        time.sleep(2)
        process.stdin.write(b"\x03")
        read_until(process.stdout.fileno(), b"^C\n(status 130)\nlabos$ ", 20)
        process.stdin.write(b"exit 3\r")
        assert process.wait(20) == 3


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_keys_with_a_time_limit(arch, request):
    """The guest checks how long it waits and how many exits that takes; another hart prints meanwhile."""
    request.getfixturevalue(arch)
    with with_keys(arch, "tests/keys", "-c2", "--", "wait") as process:
        read_until(process.stdout.fileno(), b"ready\n", 60)
        for key in (b"a", b"\x03"):
            process.stdin.write(key)
            read_until(process.stdout.fileno(), b"1: %b\n" % key, 20)
        process.stdin.write(b"q")
        read_until(process.stdout.fileno(), b"the end\n", 20)
        assert process.wait(20) == 0


def test_input_from_a_file(x86_64, tmp_path):
    """The guest gets the input and its end; and more arguments than fit a screen."""
    boot = [sys.executable, ROOT / "qemu/boot.py", "x86_64", FOLDER / "kernel", FOLDER / "initramfs", "guest"]
    (tmp_path / "input").write_bytes(b"one\ntwo\n")
    with open(tmp_path / "input", "rb") as file:
        echo = subprocess.run([*boot, "echo"], stdin=file, capture_output=True, timeout=120)
    assert (echo.returncode, echo.stdout) == (0, b"1: one\n2: two\n")
    words = [str(i) for i in range(100)]
    args = subprocess.run([*boot, "args", "--", *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert args.returncode == 100 and b"argv[100] = 99\n" in args.stdout


def test_rows_that_fail(x86_64, monkeypatch, capfd):
    """A row is compared, not only run."""
    rows = [
        manifest.Row("hello", 0, "Hello from inside a virtual machine!\n", budget=3),
        manifest.Row("hello", 3, "Bye!\n"),
        manifest.Row("hello", 0, ["Hello", "no such part"], budget=1),
    ]
    monkeypatch.setattr(manifest, "MANIFEST", rows)
    monkeypatch.setitem(boot.TRANSPORTS, "x86_64", ["--transport=pio"])
    assert main(monkeypatch, FOLDER / "initramfs", "manifest") == 1
    out = capfd.readouterr().out
    assert "status 0, not 3\nstdout is not 'Bye!" in out
    assert "status 117, not 0\nnot in stdout: 'Hello'\nnot in stdout: 'no such part'\n" in out
    assert "1 rows passed, 2 failed" in out


def test_transports(x86_64, monkeypatch):
    """Hypercalls use only the chosen transport. Otherwise the manifest, which runs with each, would not
    show that both work."""
    monkeypatch.setattr(boot, "say", lambda text: None)
    machine = [f"{boot.GUESTS}tests/x86_64/machine.elf", "doorbell"]
    runs = [(["/labvisor", f"--transport={name}", *machine], b"") for name in ("pio", "vmcall")]

    def look(console):
        pio, vmcall = boot.results(console, len(runs))
        assert pio[:2] == (0, "survived doorbell (4294967294)\n")
        assert vmcall[0] == DIED and "(4 bytes) to I/O port 0x4c, where nothing is" in vmcall[2]

    boot.boot("x86_64", FOLDER / "kernel", FOLDER / "initramfs", look, runs)


def test_cpu_without_virtualization(x86_64, monkeypatch, capfd):
    cpu = ("-machine", "q35,accel=tcg", "-cpu", "EPYC,-svm")
    monkeypatch.setitem(boot.MACHINES, "x86_64", cpu)
    assert main(monkeypatch, FOLDER / "initramfs", "guest", "hello") == boot.FAILED
    err = capfd.readouterr().err
    assert "init: failed: /modules/kvm-amd.ko: Operation not supported\n" in err
    assert "boot: there is no /dev/kvm: " in err


def test_cpu_without_hypervisor_extension(riscv64, monkeypatch, capfd):
    cpu = ("-machine", "virt,accel=tcg", "-cpu", "rv64,h=false")
    monkeypatch.setitem(boot.MACHINES, "riscv64", cpu)
    status = main(monkeypatch, RISCV / "initramfs", "guest", "hello", machine="riscv64")
    assert status == boot.FAILED
    err = capfd.readouterr().err
    assert "boot: the kernel says that this CPU has no hypervisor extension (h=true)\n" in err


def test_doctor_on_riscv(riscv64, monkeypatch):
    """The back end says what it found. Labvisor refuses a back end that is not there."""
    monkeypatch.setattr(boot, "say", lambda text: None)
    runs = [
        (["/labvisor", "doctor", "best"], b""),
        (["/labvisor", "--backend=kvm-x86", "/guests/hello.elf"], b""),
        (["/labvisor", "--timeout=0.5", "/guests/tests/riscv64/machine.elf", "halt-off"], b""),
    ]

    def look(console):
        doctor, no_x86, halt = boot.results(console, len(runs))
        assert doctor == (0, "kvm-riscv: RISC-V guests on /dev/kvm: a test guest ran\n", "")
        assert no_x86[0] == USAGE and "there is no 'kvm-x86'" in no_x86[2]
        assert halt[0] == TIMEOUT

    boot.boot("riscv64", RISCV / "kernel", RISCV / "initramfs", look, runs)


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_device(arch, request, monkeypatch):
    """Loads from a device complete under the kernel's KVM, too."""
    request.getfixturevalue(arch)
    monkeypatch.setattr(boot, "say", lambda text: None)
    folder = "" if arch == "x86_64" else f"{arch}-linux/"
    subprocess.run(["make", "-s", f"VMM_ARCH={arch}", "device-vmm"], cwd=ROOT, check=True)
    how = "unsigned" if arch == "riscv64" else ""
    program = ["/labvisor-device", f"--backend={boot.BACKENDS[arch]}", "-c2"]
    runs = [([*program, "/guests/tests/device.elf", how], b"")]

    def look(console):
        (device,) = boot.results(console, len(runs))
        assert device == (0, "2 harts: the device is right\n", "")

    files = {"labvisor-device": ROOT / "build" / f"{folder}labvisor-device"}
    kernel = ROOT / "build/qemu" / arch / "kernel"
    boot.boot(arch, kernel, kernel.with_name("initramfs"), look, runs, files=files)


@pytest.mark.parametrize(
    "arch, counter", [("x86_64", "io_exits"), ("riscv64", "ecall_exit_stat")]
)
def test_statistics_of_the_kernel(arch, counter, request, monkeypatch):
    """KVM's counters of all vCPUs are shown, and agree with labvisor's."""
    request.getfixturevalue(arch)
    monkeypatch.setattr(boot, "say", lambda text: None)
    runs = [(["/labvisor", "--stats=json", "-c3", "/guests/sum.elf"], b"")]

    def look(console):
        ((status, _, err),) = boot.results(console, len(runs))
        summary = json.loads(err)
        (calls,) = [r["count"] for r in summary["rows"] if r["name"] == "hypercall"]
        assert (status, summary["kernel"][counter]) == (0, calls)
        assert summary["kernel"]["exits"] > calls

    folder = ROOT / "build/qemu" / arch
    boot.boot(arch, folder / "kernel", folder / "initramfs", look, runs)


GDB_COMMANDS = (
    "break add", "continue", "backtrace", "stepi", "next", "finish", "info registers pc", "delete", "watch total",
    "continue", "delete", "vmexit-next console_write", "print $exit_a0", "vmexit-finish", "print $exit_value",
    "walk $exit_a1", "continue", "continue",
)  # fmt: skip


@pytest.mark.parametrize("arch", ["x86_64", "riscv64"])
def test_gdb(arch, request, monkeypatch, tmp_path):
    """Through the console: breakpoints, steps made as this KVM can make them, exits."""
    request.getfixturevalue(arch)
    if shutil.which("gdb-multiarch") is None:
        pytest.skip("gdb-multiarch is not installed")
    monkeypatch.setattr(boot, "say", lambda text: None)
    words = [word for line in (f"target remote {tmp_path}/gdb", *GDB_COMMANDS) for word in ("-ex", line)]
    image = ROOT / f"build/guests/{arch}/tests/debug.elf"
    command = ["gdb-multiarch", "-q", "-batch", "-nx", "-ex", "set width 0", "-x", ROOT / "debug/labvisor.py", *words, image]
    said = []

    def be_gdb():
        while not (tmp_path / "gdb").exists():
            time.sleep(0.05)
        said.append(subprocess.run(command, capture_output=True, text=True, timeout=90))

    def look(console):
        thread = threading.Thread(target=be_gdb)
        thread.start()
        boot.let_gdb_in(console, tmp_path / "gdb")
        thread.join()
        ((status, out, _),) = boot.results(console, 1)
        assert (status, out) == (6, "total 6\nfactorial 120\n")

    folder = ROOT / "build/qemu" / arch
    runs = [(["/labvisor", f"--gdb={boot.GDB_SOCKET}", "/guests/tests/debug.elf"], b"")]
    boot.boot(arch, folder / "kernel", folder / "initramfs", look, runs)
    text = said[0].stdout + said[0].stderr
    at = 0
    for pattern in (
        r"Breakpoint 1, add \(n=", r"#1 .* main \(", r"guests/tests/debug.c:\d+", r"^pc +0x", "watchpoint 2: total",
        r"Old value = \d\nNew value = \d", r"\$\d = 8\n", r"\$\d = 8\n", "exited with code 06",
    ):  # fmt: skip
        found = re.compile(pattern, re.M).search(said[0].stdout, at)
        assert found, f"not there: {pattern}\n{text}"
        at = found.end()
    assert re.search(r"^exit #\d+: DBCN\.console_write\(num_bytes=8, .*\) = 8  at ", text, re.M), text


def test_a_mark_that_comes_in_two_pieces():
    """However the console cuts the output, the mark is found, and no byte of it is passed on."""
    whole, mark = b"a packet\ninit: nothing\ninit: run 0 ends", b"init: run "
    for cut in range(len(whole)):
        passed, rest, found = boot.before_mark(whole[:cut], mark)
        assert passed + rest == whole[:cut] and not found or cut >= whole.index(mark) + len(mark)
        more, rest, found = boot.before_mark(rest + whole[cut:], mark)
        assert (passed + more, rest, found) == (b"a packet\ninit: nothing\n", b"init: run 0 ends", True)


def test_gdb_changes_nothing(riscv64):
    """Two cells of tests/gdb_matrix_qemu.py, which has them all: a watchpoint there is made of steps, also
    through the handlers of interrupts; a call returns to where no code can be."""
    if shutil.which("gdb-multiarch") is None:
        pytest.skip("gdb-multiarch is not installed")
    wanted = ("watch+step-step-CPL0-1-gcc-kvm-riscv", "call+finish-step-CPL0-4-gcc-kvm-riscv")
    cells = [cell for cell in gdb_matrix.cells(["kvm-riscv"]) if str(cell) in wanted]
    assert len(cells) == len(wanted)
    assert not gdb_matrix_qemu.run(gdb_matrix.build_all(cells))


def test_initramfs_is_small(riscv64):
    """The files to load: at most 2 MiB beside KVM's module, with a guest."""
    packed = (RISCV / "initramfs").stat().st_size
    assert packed < 2 << 20
    archive = subprocess.run(["zcat", RISCV / "initramfs"], capture_output=True).stdout
    modules = sum(path.stat().st_size for path in (RISCV / "modules").iterdir())
    hello = (RISCV / "../../guests/riscv64/hello.elf").stat().st_size
    assert modules < len(archive) and len(archive) - modules + hello < 2 << 20


def test_no_such_guest(x86_64, monkeypatch, capfd):
    assert main(monkeypatch, FOLDER / "initramfs", "guest", "nope") == boot.FAILED
    assert "/guests/x86_64/nope.elf: No such file or directory: no such guest" in capfd.readouterr().err


def test_kernel_panic(x86_64, monkeypatch, capfd, tmp_path):
    (tmp_path / "init").write_bytes(b"")
    assert main(monkeypatch, tmp_path / "init", "greeting") == boot.FAILED
    assert "boot: the kernel panicked:\n" in capfd.readouterr().err


@pytest.mark.parametrize(
    "version, words", [("6.2.0", "is version 6.2: at least 7.1 is needed"), (None, "is not installed")]
)
def test_qemu_that_will_not_do(version, words, monkeypatch, capfd, tmp_path):
    if version:
        program = tmp_path / "qemu-system-x86_64"
        program.write_text(f"#!/bin/sh\necho QEMU emulator version {version}\n")
        program.chmod(0o755)
    (tmp_path / "initramfs").write_bytes(b"")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(monkeypatch, tmp_path / "initramfs", "greeting") == boot.FAILED
    assert words in capfd.readouterr().err


@pytest.mark.parametrize(
    "qemu, kernel, left_out",
    [
        ((7, 2, 22), (6, 12), 0),
        ((10, 0, 13), (6, 12), 3),
        ((11, 1, 3), (6, 12), 3),
        ((10, 0, 13), (6, 17), 0),
        ((11, 1, 3), (7, 2), 0),
        ((10, 0, 13), (), 3),
    ],
)
def test_rows_that_qemu_emulates_wrongly(qemu, kernel, left_out, capfd):
    rows, others = (boot.rows_for("kvm-riscv", versions, kernel) for versions in (qemu, (7, 1, 0)))
    assert len(others) - len(rows) == left_out
    assert {str(row) for row in others} >= set(boot.ILLEGAL), "a name that is none"
    assert bool(left_out) == ("mstatus.MPV" in capfd.readouterr().err)


def test_version_of_a_kernel(tmp_path):
    (tmp_path / "kernel").write_bytes(b"\0Linux version 6.12.48+deb13-riscv64 (debian)\0")
    assert boot.kernel_version(tmp_path / "kernel") == (6, 12)
    (tmp_path / "kernel").write_bytes(b"\x1f\x8b")
    assert boot.kernel_version(tmp_path / "kernel") == ()


def test_no_mirror(tmp_path):
    """Without a network, the message is one for which a test may skip."""
    if not os.access("/usr/bin/apt-get", os.X_OK):
        pytest.skip("apt-get is not installed")
    result = subprocess.run(
        [ROOT / "qemu/fetch-kernel.sh", "x86_64", tmp_path],
        env={**os.environ, "DEBIAN_MIRROR": "http://127.0.0.1:9/debian"},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert "\nnot available here: " in result.stderr
    assert not (tmp_path / "kernel").exists() and not (tmp_path / "work").exists()

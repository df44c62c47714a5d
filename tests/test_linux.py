# SPDX-License-Identifier: MIT
"""Debian's Linux for RISC-V, unchanged, on soft (make linux): a session on four harts, and its repetitions."""

import re
import subprocess
import time

import pytest

from conftest import LABVISOR, REBOOT, ROOT, run, why_no_linux

KERNEL = ROOT / "build/qemu/riscv64/kernel"
FILES = ROOT / "build/linux"
ARGS = "--append=console=ttyS0 quiet panic=-1"


@pytest.fixture(autouse=True)
def fetched():
    if why_no_linux():
        pytest.skip(why_no_linux())


def initramfs(tmp_path, script):
    """Makes the first files of a Linux that runs a script."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files/session").write_text(script)
    packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0", "--reproducible"],
                            cwd=tmp_path / "files", input=b"session\n", capture_output=True, check=True)  # fmt: skip
    whole = tmp_path / "initramfs"
    whole.write_bytes((FILES / "initramfs").read_bytes() + packed.stdout)
    return whole


def boot(*options, initrd, stdin=b""):
    return run(*options, "-m256", f"--initrd={initrd}", f"--disk={FILES}/disk", ARGS, KERNEL, stdin=stdin, timeout=500)


def replay(recording, initrd):
    """Repeats a run: it reads its input from the recording."""
    files = (f"--initrd={initrd}", f"--disk={FILES}/disk")
    return run(f"--replay={recording}", *files, KERNEL, stdin=b"other input\n", timeout=500)


def without_times(output):
    """The console's text without the carriage returns of its terminal, and without the kernel's lines."""
    return [line for line in output.decode().replace("\r", "").splitlines() if not line.startswith("[")]


def test_session(tmp_path):
    """Boot, jobs on all harts, a hart that goes and comes, the disk, switching off. The same seed gives the
    same bytes; the second time from a recording."""
    script = (ROOT / "linux/session").read_text()
    initrd = initramfs(tmp_path, script)
    recording = tmp_path / "recording"
    first = boot("-c4", "--seed=3", f"--record={recording}", initrd=initrd)
    assert (first.returncode, first.stderr) == (0, b"")
    shown = without_times(first.stdout)[:-2]
    assert shown == ["4", "riscv64", "1", "3", "4", "hello, disk"]

    again = replay(recording, initrd)
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, b"")

    other, repeated = (boot("-c4", "--seed=7", initrd=initrd) for _ in range(2))
    assert (other.returncode, other.stderr) == (0, b"")
    assert other.stdout == repeated.stdout and other.stdout != first.stdout
    assert without_times(other.stdout)[:-2] == shown


def test_what_is_typed(tmp_path):
    """A shell on the serial port: ^C reaches a program that never waits, and comes at the same instruction
    in the replay. A kernel that panics reboots."""
    options = ("-c2", "-m256", "--timeout=400", f"--record={tmp_path}/r")
    files = (f"--initrd={FILES}/initramfs", f"--disk={FILES}/disk")
    command = [LABVISOR, *options, *files, ARGS, KERNEL]
    pipe = subprocess.PIPE
    process = subprocess.Popen([*map(str, command)], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
    shown = b""

    def answer(wanted, keys):
        nonlocal shown
        while not shown.endswith(wanted):
            byte = process.stdout.read(1)
            assert byte, shown.decode()
            shown += byte
        process.stdin.write(keys)

    answer(b"~ # ", b"while :; do :; done\n")
    answer(b"; done\r\n", b"")
    time.sleep(0.5)
    answer(b"", b"\3")
    answer(b"~ # ", b"echo c >/proc/sysrq-trigger\n")
    rest, err = process.communicate(timeout=400)
    shown += rest
    assert process.returncode == REBOOT and b"^C\r\n" in shown
    assert b"Kernel panic - not syncing: sysrq" in shown
    assert err.startswith(b"labvisor: the guest has asked for a reboot, as a kernel with panic=-1")
    again = replay(tmp_path / "r", FILES / "initramfs")
    assert (again.returncode, again.stdout, again.stderr) == (REBOOT, shown, err)


@pytest.mark.parametrize(
    "options, words",
    [
        (("-m", "32"), "does not fit below 0x82000000: give the guest more memory with -m"),
        (("-m", "64", "--initrd=/dev/null"), "--initrd: /dev/null: not a regular file"),
        (("-m", "48", f"--initrd={KERNEL}"), "does not fit beside the guest: give more memory with -m"),
        (("-m", "64", f"--disk={ROOT}/README.md"), "a disk has sectors of 512 bytes"),
        (("-m", "64", f"--disk={ROOT}"), "--disk: {ROOT}: is a directory"),
    ],
)
def test_refused(options, words):
    result = run(*options, KERNEL)
    assert 112 <= result.returncode < 120 and result.stdout == b""
    assert words.replace("{ROOT}", str(ROOT)) in result.stderr.decode() and result.stderr.count(b"\n") == 1


def test_make_linux():
    """The shell of `make linux` reads a file."""
    made = subprocess.run(["make", "-s", "NO_INSTALL=1", "linux"], cwd=ROOT, input=b"uname -s\nexit\n",
                          capture_output=True, timeout=500)  # fmt: skip
    assert made.returncode == 0 and b"\nLinux\r\n" in made.stdout, made.stderr.decode()


def test_gdb_goes_back(stub):
    """In the booting kernel: exits backwards and forwards, and single steps back over a trap, on two harts."""
    files = (f"--initrd={FILES}/initramfs", f"--disk={FILES}/disk")
    client = stub(KERNEL, "-c2", "-m256", *files, ARGS).client()

    def state():
        return client.monitor("exit-info"), client.registers(1), client.registers(2)

    def to_exit(packet):
        client.monitor("exit-back" if packet == "bc" else "exit-next")
        assert client.ask(packet).startswith("T00")

    seen = []
    for _ in range(30):
        to_exit("vCont;c")
        seen.append(state())
    for wanted in reversed(seen[-6:-1]):
        to_exit("bc")
        assert state() == wanted
    thread = re.search(r"thread:(\w+)", client.ask("?"))[1]
    path = []
    for _ in range(12):
        path.append(client.registers(int(thread, 16)))
        assert client.ask(f"vCont;s:{thread}").startswith("T05")
    for before in reversed(path):
        assert client.ask(f"Hg{thread}") == "OK" and client.ask("bs").startswith("T05")
        assert client.registers(int(thread, 16)) == before

# SPDX-License-Identifier: MIT
"""Debian's Linux for RISC-V, unchanged, on soft (make linux): a session on four harts, and its repetitions."""

import subprocess

import pytest

from conftest import REBOOT, ROOT, run, why_no_linux

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
    """A shell on the serial port reads what is typed while the kernel boots. At a panic it reboots."""
    keys = b"echo $((6 * 7)) apples\necho c >/proc/sysrq-trigger\n"
    result = boot("-c2", f"--record={tmp_path}/r", initrd=FILES / "initramfs", stdin=keys)
    assert result.returncode == REBOOT
    assert b"\n42 apples\r\n" in result.stdout and b"Kernel panic - not syncing: sysrq" in result.stdout
    assert result.stderr.startswith(b"labvisor: the guest has asked for a reboot, as a kernel with panic=-1")
    again = replay(tmp_path / "r", FILES / "initramfs")
    assert (again.returncode, again.stdout, again.stderr) == (REBOOT, result.stdout, result.stderr)


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

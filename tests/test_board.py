# SPDX-License-Identifier: MIT
"""The devices for kernels: guests/board/kernel.c uses the serial port, the interrupt controller and the disk of
QEMU's board, on soft and there; recordings and gdb's ways back include them."""

import pathlib
import random
import shutil
import subprocess
import time

import pytest

from conftest import LABVISOR, MAX_EXITS, REBOOT, ROOT, USAGE, guest, run
from test_backwards import riscv  # a fixture for each test here, too

LINES = [b"one", b"a second line", b"three"]
SHOWN = (
    b"kernel: the disk has 64 sectors\n0: one, before: what was there\n1: a second line, before: \n"
    b"0: three, before: one\n"
)


@pytest.fixture
def disk(tmp_path):
    file = tmp_path / "disk"
    file.write_bytes(b"what was there" + bytes(64 * 512 - 14))
    return file


def typed(*lines):
    return b"".join(line + b"\n" for line in lines)


@pytest.mark.parametrize("harts", [1, 3])
def test_kernel(disk, harts):
    before = disk.read_bytes()
    result = run(f"-c{harts}", f"--disk={disk}", guest("board/kernel"), stdin=typed(*LINES, b"q"))
    assert (result.returncode, result.stdout, result.stderr) == (0, SHOWN, b"")
    assert disk.read_bytes() == before


def test_without_a_disk():
    result = run(guest("board/kernel"))
    assert result.returncode == 116 and b"0x10001000, where nothing is" in result.stderr


def test_waits_for_input_that_never_comes(disk):
    result = run(f"--disk={disk}", guest("board/kernel"), stdin=typed(*LINES))
    assert (result.returncode, result.stdout) == (116, SHOWN)
    assert b"the guest died: it halted with no timer set: nothing can wake it" in result.stderr


def test_on_qemu(disk):
    """The same image, under OpenSBI."""
    if shutil.which("qemu-system-riscv64") is None:
        pytest.skip("qemu-system-riscv64 is not installed")
    command = ["timeout", "60", "qemu-system-riscv64", "-machine", "virt", "-m", "128M", "-nographic", "-no-reboot",
               "-kernel", guest("board/kernel"), "-global", "virtio-mmio.force-legacy=false", "-device",
               "virtio-blk-device,drive=d,bus=virtio-mmio-bus.0", "-drive",
               f"file={disk},format=raw,if=none,id=d"]  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        for line in process.stdout:
            if line.startswith(b"kernel: "):
                break
        else:
            error = process.stderr.read()
            assert b"Unable to" in error or b"bios" in error, error
            pytest.skip("OpenSBI is not installed")
        rest, _ = process.communicate(typed(*LINES, b"q"))
    assert line + rest.replace(b"\r", b"") == SHOWN


def test_recording_of_what_was_typed(disk, tmp_path):
    """Lines that come while the kernel sleeps come at the same points again; of another disk it is refused."""
    command = [LABVISOR, "-c2", f"--record={tmp_path}/r", f"--disk={disk}", guest("board/kernel")]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for line in LINES:
        time.sleep(0.1)
        process.stdin.write(line[:2])
        process.stdin.flush()
        time.sleep(0.05)
        process.stdin.write(line[2:] + b"\n")
        process.stdin.flush()
    out, _ = process.communicate(b"q\n", timeout=30)
    assert (process.returncode, out) == (0, SHOWN)
    again = run(f"--replay={tmp_path}/r", f"--disk={disk}", guest("board/kernel"), stdin=b"other")
    assert (again.returncode, again.stdout, again.stderr) == (0, SHOWN, b"")

    missing = run(f"--replay={tmp_path}/r", guest("board/kernel"))
    disk.write_bytes(bytes(64 * 512))
    other = run(f"--replay={tmp_path}/r", f"--disk={disk}", guest("board/kernel"))
    for result in (missing, other):
        assert result.returncode == 119
        assert b"was recorded with another file for --disk, of 32768 bytes: give that one" in result.stderr


def test_recording_without_a_disk(disk, tmp_path):
    run(f"--record={tmp_path}/r", guest("hello"))
    result = run(f"--replay={tmp_path}/r", f"--disk={disk}", guest("hello"))
    assert result.returncode == 119 and b"was recorded without --disk: do not give it" in result.stderr


def everything(client, harts):
    """What gdb sees of the machine, with the kernel's data."""
    return client.monitor("exit-info"), [client.registers(i + 1) for i in range(harts)], client.ask("m80202000,1000")


def to_exit(client, back=False):
    client.monitor("exit-back" if back else "exit-next")
    return client.ask("bc" if back else "vCont;c")


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("harts", [1, 2])
def test_back_over_the_devices(stub, disk, harts, dense):
    """gdb goes back and forth over input and writes to the disk: each time the exits are the same."""
    if dense:
        LABVISOR.path = ROOT / "build/dense/labvisor"
        if not LABVISOR.path.exists():
            pytest.skip("build/dense/labvisor is not built")
    options, keys = (f"-c{harts}", f"--disk={disk}"), typed(*LINES, b"q")
    process = stub("board/kernel", *options, stdin=keys)
    client = process.client()
    seen = []
    while not seen or "SRST" not in seen[-1][0]:
        assert to_exit(client).startswith("T00")
        seen.append(everything(client, harts))
    exits = len(seen)
    assert exits > 200
    chance, at = random.Random(1), exits - 1
    for _ in range(12):
        goal = chance.randrange(exits)
        while at > goal:
            assert to_exit(client, back=True).startswith("T00")
            at -= 1
            if at % 7 == 0:
                assert everything(client, harts) == seen[at]
        while at < goal:
            assert to_exit(client).startswith("T00")
            at += 1
        assert everything(client, harts) == seen[at]
    assert client.ask("vCont;c").startswith("W00")
    assert process.end()[:2] == (0, SHOWN)


@pytest.mark.parametrize("limit", ["--max-exits=100", "--max-insns=20000"])
def test_reboots_until_a_limit(limit):
    result = run("--reboot", limit, guest("tests/status"), "reboot")
    assert result.returncode == (MAX_EXITS if "exits" in limit else 118)
    assert run(limit, guest("tests/status"), "reboot").returncode == REBOOT


@pytest.mark.parametrize("option", ["--gdb", "--record=r", "--replay=r"])
def test_reboot_is_not_for_these(option):
    result = run("--reboot", option, guest("hello"))
    assert result.returncode == USAGE and b"--reboot: " in result.stderr


@pytest.mark.parametrize(
    "options, image, words",
    [
        (("--initrd=README.md",), "hello", "is not a RISC-V kernel: only one finds the file"),
        (("--initrd=nothing",), "board/kernel", "--initrd: nothing: No such file or directory"),
        (("--disk=nothing",), "board/kernel", "--disk: nothing: No such file or directory"),
        (("--disk=/dev/null",), "board/kernel", "--disk: /dev/null: not a regular file"),
    ],
)
def test_refused(options, image, words):
    result = run(*options, guest(image))
    assert result.returncode == USAGE and words in result.stderr.decode()


def read_until(process, wanted):
    """Reads the output up to some bytes."""
    got = b""
    while not got.endswith(wanted):
        byte = process.stdout.read(1)
        assert byte, got.decode()
        got += byte
    return got


def test_u_boot():
    """U-Boot's build for S-mode relocates itself, and polls the serial port."""
    image = pathlib.Path("/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf")
    if not image.exists():
        pytest.skip("u-boot-qemu is not installed")
    command = [LABVISOR, "-m128", "--timeout=60", image]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    read_until(process, b"Hit any key")
    process.stdin.write(b" ")
    read_until(process, b"=> ")
    process.stdin.write(b"echo $arch; poweroff\n")
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, b"\nriscv\r\n" in rest) == (0, True), rest.decode()

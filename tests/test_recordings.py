# SPDX-License-Identifier: MIT
"""--record and --replay: a recording repeats a run, and one that is damaged or of another guest is refused."""

import re
import signal
import resource
import subprocess
import time

import pytest

from conftest import HOST, LABVISOR, USAGE, guest, run
from test_backwards import riscv, to_exit  # riscv: a fixture for each test here, too
from test_console import cpu_seconds, until

REPLAY_STATUS = 119


@pytest.mark.parametrize(
    "image, options, args, stdin",
    [("echo", (), (), b"one\ntwo\n"), ("clock", (), (), b""), ("lost", ("-c4", "--seed=3"), (), b""),
     ("labos", ("-m", "32"), (), b"counter 3\nfib 5\nexit 3\n"), ("args", (), ("a", "b c"), b"")],
)  # fmt: skip
def test_a_recording_repeats_a_run(tmp_path, image, options, args, stdin):
    first = run(f"--record={tmp_path}/r", *options, guest(image), *args, stdin=stdin)
    again = run(f"--replay={tmp_path}/r", "--trace", guest(image), stdin=b"other input\n")
    assert (again.returncode, again.stdout) == (first.returncode, first.stdout)
    assert first.stderr == b""


def test_input_that_comes_while_harts_run(tmp_path):
    """A recording contains the time of input."""
    command = [LABVISOR, "-c2", "--seed=5", f"--record={tmp_path}/r", guest("labos")]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for line in (b"spin &\n", b"counter 2\n", b"kill 2\n", b"exit 4\n"):
        time.sleep(0.15)
        process.stdin.write(line)
        process.stdin.flush()
    out, _ = process.communicate(timeout=30)
    again = run(f"--replay={tmp_path}/r", guest("labos"))
    assert (again.returncode, again.stdout) == (process.returncode, out) == (4, out), again.stderr


def test_input_comes_when_it_came(tmp_path):
    """A hart counts while another one waits for input: the recording contains how far."""
    command = [LABVISOR, "-c2", "--seed=5", f"--record={tmp_path}/r", guest("tests/inputs")]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    until(lambda: cpu_seconds(process) > 0.3)
    out, _ = process.communicate(b"xy", timeout=30)
    assert re.fullmatch(rb"x at \d{4,}\ny at \d{4,}\n", out)
    again = run(f"--replay={tmp_path}/r", guest("tests/inputs"))
    assert (again.returncode, again.stdout) == (0, out), again.stderr


def recorded(path, command, stop=lambda process: None):
    """Records a run whose input stays open without a byte."""
    process = subprocess.Popen([LABVISOR, f"--record={path}", *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stop(process)
    out, err = process.stdout.read(), process.stderr.read()
    process.wait()
    process.stdin.close()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hart_that_waits_in_vain(tmp_path, seed):
    """Another hart goes on, and ends the guest."""
    image = guest("tests/left_waiting")
    first = recorded(tmp_path / "r", ["-c2", f"--seed={seed}", image])
    again = run(f"--replay={tmp_path}/r", image)
    assert (again.returncode, again.stdout, again.stderr) == (first.returncode, first.stdout, b"") == (5, b"the end\n", b"")


ENDED = {
    "insns": (118, ("--max-insns=9999", "tests/spin"), b"--max-insns: 9999 instructions are used up; the guest was at "),
    "exits": (117, ("--max-exits=3", "tests/ticker"), b"the recorded run was ended here, with status 117 after "),
    "timeout": (124, ("--timeout=0.3", "tests/spin"), b"the recorded run was ended here, with status 124 after "),
    "harts": (124, ("--timeout=0.3", "-c4", "tests/spin"), b"the recorded run was ended here, with status 124 after "),
    "asleep": (124, ("--timeout=0.3", "echo"), b"the recorded run was ended here, with status 124 after "),
    "waits": (124, ("--timeout=0.3", "-c2", "tests/inputs"), b"the recorded run was ended here, with status 124 after "),
}


@pytest.mark.parametrize("how", ENDED)
def test_a_run_that_a_limit_ended(tmp_path, how):
    """The repeated run ends at the same instruction, and says why: otherwise it would run for ever."""
    status, (*options, image), words = ENDED[how]
    first = recorded(tmp_path / "r", [*options, guest(image)])
    again = run(f"--replay={tmp_path}/r", guest(image))
    assert first.returncode == again.returncode == status and first.stdout == again.stdout
    assert words in again.stderr and again.stderr.count(b"\n") == 1, again.stderr
    place = re.search(rb" at 0x[0-9a-f]+", first.stderr)
    assert place[0] in again.stderr, (first.stderr, again.stderr)


def test_a_run_that_a_signal_ended(tmp_path):
    def stop(process):
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)

    first = recorded(tmp_path / "r", [guest("tests/spin")], stop)
    assert first.returncode == -signal.SIGINT
    again = run(f"--replay={tmp_path}/r", guest("tests/spin"))
    assert again.returncode == 130 and b"the recorded run was ended here, with status 130 after " in again.stderr, again


def test_a_run_that_goes_on_after_the_recorded_end(tmp_path):
    path = tmp_path / "r"
    recorded(path, ["--max-insns=9999", guest("tests/spin")])
    path.write_text(path.read_text().replace("end 118 9999", "end 0 5000"))
    again = run(f"--replay={path}", guest("tests/spin"))
    assert again.returncode == REPLAY_STATUS and b"the recorded run ended after 5000 instructions, and this one goes on" in again.stderr


def test_timers_that_came_before_any_input(tmp_path):
    """While the shell waits for input, the other process sleeps; a replay must not wait for its own input."""
    command = [LABVISOR, f"--record={tmp_path}/r", guest("labos")]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"counter 2 &\n")
    process.stdin.flush()
    time.sleep(0.5)
    out, _ = process.communicate(b"exit 4\n", timeout=30)
    assert "\ntimer\n" in (tmp_path / "r").read_text()
    command = [LABVISOR, f"--replay={tmp_path}/r", guest("labos")]
    again = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert (again.stdout.read(), again.wait(10)) == (out, 4)


@pytest.mark.parametrize("option", ["--record", "--trace"])
@pytest.mark.parametrize("words", ["No space left on device", "File too large"])
def test_a_file_that_cannot_be_written(option, words, tmp_path):
    """A full disk, or ulimit -f, whose signal is not what ends labvisor."""
    path, limit, keys = "/dev/full", None, tmp_path / "keys"
    if words == "File too large":
        path, limit = tmp_path / "file", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
    keys.write_bytes(b"a line\n" * 300)
    with keys.open("rb") as file:
        result = run(f"{option}={path}", guest("echo", "riscv64"), stdin=file, preexec_fn=limit)
    assert result.returncode == HOST and result.stdout.endswith(b"300: a line\n")
    assert result.stderr.decode() == f"labvisor: {option}: cannot write the file: {words}\n"


def test_a_recording_that_ends_while_the_guest_waits(tmp_path):
    """It ends at once, though more could be typed."""
    path = tmp_path / "r"
    run(f"--record={path}", guest("echo"), stdin=b"one\n")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:7]))
    command = [LABVISOR, f"--replay={path}", guest("echo")]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.wait(10) == REPLAY_STATUS and b"the recording ends here" in process.stderr.read()


def test_a_recording_is_gone_through_backwards(stub, tmp_path):
    first = run(f"--record={tmp_path}/r", guest("echo"), stdin=b"one\ntwo\n")
    s = stub("echo", f"--replay={tmp_path}/r")
    client = s.client()
    client.monitor("exit-next LAB.exit")
    assert client.ask("vCont;c").startswith("T00")
    while "replaylog:begin" not in to_exit(client, back=True):
        pass
    assert client.ask("vCont;c") == "W00"
    assert s.end()[1] == first.stdout


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


def test_a_recording_names_its_guest(tmp_path):
    """By FNV-1a of the image, whose published values are these."""
    assert fnv1a(b"a") == 0xAF63DC4C8601EC8C and fnv1a(b"foobar") == 0x85944171F73967E8
    image, path = tmp_path / "guest.elf", tmp_path / "r"
    data = guest("hello").read_bytes()
    image.write_bytes(data)
    run(f"--record={path}", image)
    assert f"image {len(data)} {fnv1a(data):016x}" in path.read_text().splitlines()
    other = data.replace(b"Hello from", b"Hallo from")
    assert other != data
    image.write_bytes(other)
    result = run(f"--replay={path}", image)
    assert result.returncode == REPLAY_STATUS and b"was recorded with another guest" in result.stderr


def test_recordings_that_do_not_fit(tmp_path):
    path = tmp_path / "r"
    run(f"--record={path}", guest("echo"), stdin=b"one\n")
    good = path.read_text()
    result = run(f"--replay={path}", guest("hello"))
    assert result.returncode == REPLAY_STATUS and b"was recorded with another guest" in result.stderr
    for bad in ("", "nonsense\n", good.replace("seed", "sead"), good.replace("read 0 6f", "read 0 zz"), good.replace("args ", "args 00ff")):
        path.write_text(bad)
        result = run(f"--replay={path}", guest("echo"))
        assert result.returncode == REPLAY_STATUS and b"--replay: " in result.stderr, (bad, result.stderr)
    path.write_text(re.sub(r"version \S+", "version 0.1.0", good))
    result = run(f"--replay={path}", guest("echo"))
    assert result.returncode == REPLAY_STATUS and b"another version recorded it" in result.stderr
    path.write_text("".join(good.splitlines(keepends=True)[:7]))
    result = run(f"--replay={path}", guest("echo"))
    assert result.returncode == REPLAY_STATUS and b"the recording ends here" in result.stderr
    path.write_text(good.replace("6f6e65", "6f6e6565"))
    result = run(f"--replay={path}", guest("echo"))
    assert result.returncode == REPLAY_STATUS and b"does not ask for the same input" in result.stderr


def test_each_line_of_a_recording_is_checked(tmp_path):
    """Without its last word, and with a word too many."""
    path = tmp_path / "r"
    run(f"--record={path}", guest("echo"), stdin=b"one\ntwo\n")
    lines = path.read_text().splitlines()
    for i, line in enumerate(lines):
        for bad in (line.rpartition(" ")[0] if line.split()[0] in ("state", "end") else "", line + " x"):
            path.write_text("\n".join([*lines[:i], bad, *lines[i + 1 :], ""]))
            result = run(f"--replay={path}", guest("echo"))
            assert result.returncode == REPLAY_STATUS, (bad, result.stderr)
            where = "its first line" if bad.startswith("labvisor recording") else f"line {i + 1}"
            assert where.encode() in result.stderr, (bad, result.stderr)


def test_a_recording_whose_input_nobody_asks_for(tmp_path):
    """All harts wait for an entry that none of them will take: the VMM reports that and does not wait."""
    path = tmp_path / "r"
    run(f"--record={path}", guest("echo"), stdin=b"one\ntwo\n")
    good = path.read_text()
    for bad in (re.sub(r"^read 0", "read 99", good, flags=re.M), re.sub(r"^state 0 (\d+) \d+", r"state 0 \1 99999999", good, flags=re.M), good.replace("state 0", "timer\nstate 0", 1)):
        path.write_text(bad)
        result = run(f"--replay={path}", "--timeout=20", guest("echo"))
        assert result.returncode == REPLAY_STATUS and b"the run differs from the recorded one" in result.stderr, result.stderr


def test_a_recording_of_another_hart(tmp_path):
    """Who has asked for the input is a part of it."""
    path, image = tmp_path / "r", guest("tests/read_and_spin")
    run(f"--record={path}", "-c2", "--max-insns=100000", image)
    good = path.read_text()
    assert "\nstate 0 " in good
    for bad in (good.replace("\nstate 0 ", "\nstate 1 "), re.sub("\nstate .*", "\nread 0 61", good)):
        path.write_text(bad)
        result = run(f"--replay={path}", "--max-insns=100000", image)
        assert result.returncode == REPLAY_STATUS and b"differs from the recorded one: " in result.stderr


def test_options_that_do_not_go_together(tmp_path):
    run(f"--record={tmp_path}/r", guest("echo"))
    for options in (("-m", "32"), ("-c2",), ("--seed=2",), ("--real-time",)):
        assert run(f"--replay={tmp_path}/r", *options, guest("echo")).returncode == USAGE
    assert run(f"--replay={tmp_path}/r", guest("echo"), "argument").returncode == USAGE
    assert run(f"--replay={tmp_path}/r", f"--record={tmp_path}/s", guest("echo")).returncode == USAGE
    assert run(f"--replay={tmp_path}/none", guest("echo")).returncode == USAGE
    assert run(f"--record={tmp_path}/r", "--real-time", guest("echo")).returncode == USAGE

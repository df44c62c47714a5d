# SPDX-License-Identifier: MIT
"""The console: pipes, ends of file, terminals, signals, and a stdout that goes away."""

import fcntl
import functools
import itertools
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import ARCHS, BUILDS, NO_KVM, POSIX, HOST, PATIENCE, ROOT, TIMEOUT, LABVISOR, guest, run

pytestmark = pytest.mark.usefixtures("machine")


started = []


@pytest.fixture(autouse=True)
def leave_none_running():
    yield
    for process in started:
        process.kill()
    started.clear()


def start(*args, **kwargs):
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("stderr", subprocess.PIPE)
    started.append(subprocess.Popen([LABVISOR, *map(str, args)], **kwargs))
    return started[-1]


def read_until(fd, wanted, seconds=10, count=1):
    """Reads from fd until it has read `wanted` that many times."""
    got, end = b"", time.monotonic() + seconds * PATIENCE
    while got.count(wanted) < count:
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        assert ready, f"{wanted} did not come, but {got}"
        try:
            piece = os.read(fd, 4096)
        except OSError:  # a terminal whose other side is closed
            piece = b""
        assert piece, f"it ended with {got}"
        got += piece
    return got


def until(condition, seconds=10):
    """Waits for a condition."""
    end = time.monotonic() + seconds * PATIENCE
    while not condition():
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.002)


def cpu_seconds(process):
    """Returns the CPU time of all threads of a process in seconds: clock_getcpuclockid(3)'s clock."""
    return time.clock_gettime(~process.pid << 3 | 2)


def is_asleep(process):
    """Returns whether each of its threads waits for something other than a CPU."""
    states = []
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{thread}/stat", encoding="ascii") as stat:
            states.append(stat.read().rsplit(")", 1)[1].split()[0])
    return set(states) == {"S"}


def rest(process):
    """Waits until a process has ended or has been asleep for some time."""

    def rests():
        before = cpu_seconds(process)
        if process.poll() is not None or not is_asleep(process):
            return process.returncode is not None
        time.sleep(0.03)
        return process.poll() is not None or (is_asleep(process) and cpu_seconds(process) == before)

    until(rests)


def pending(fd):
    """Returns how many bytes can be read."""
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]


def wait_full(pipe, process):
    """Waits until an unread pipe is full, and the writing process waits."""
    until(lambda: pending(pipe) > 60000 or process.poll() is not None)  # of 64 KiB: lines stay whole
    rest(process)


# ---- Pipes and files ----


def test_lines_as_they_come():
    process = start(guest("echo"), stdin=subprocess.PIPE, bufsize=0)
    for number, line in enumerate((b"first\n", b"second\n"), 1):
        process.stdin.write(line)
        read_until(process.stdout.fileno(), b"%d: %s" % (number, line))
    process.stdin.close()
    assert process.wait(10) == 0


def test_ticks_while_it_waits():
    """Time passes while a guest waits for missing input; virtual time, too."""
    process = start("--trace", guest("tests/tick_and_read"), stdin=subprocess.PIPE, bufsize=0)
    read_until(process.stdout.fileno(), b"reading\n")
    read_until(process.stderr.fileno(), b"TIME.set_timer", count=4)  # each tick sets the next one
    process.stdin.write(b"a line\n")
    read_until(process.stdout.fileno(), b"ticked: a line\n")
    assert process.wait(10) == 0


@pytest.mark.parametrize("harts", [1, 4])
def test_keys_with_a_time_limit(harts):
    """The guest checks how long it waits and how many exits that takes; with a key, a wait ends at once."""
    process = start(f"-c{harts}", guest("tests/keys"), "wait", stdin=subprocess.PIPE, bufsize=0)
    read_until(process.stdout.fileno(), b"ready\n")
    if harts == 1:
        assert cpu_used_at_rest(process) < 0.001
    process.stdin.write(b"a")
    read_until(process.stdout.fileno(), b"1: a\n")
    process.stdin.write(b"\x1b[A")
    read_until(process.stdout.fileno(), b"3: \x1b[A\n")
    process.stdin.close()
    read_until(process.stdout.fileno(), b"the end\n")
    assert process.wait(10) == 0


def test_large_input_loses_nothing():
    lines = [b"line %d of many" % n for n in range(2000)]
    result = run(guest("echo"), stdin=b"\n".join(lines) + b"\n")
    assert result.stdout == b"".join(b"%d: %s\n" % (n, l) for n, l in enumerate(lines, 1))


def test_input_from_a_file(tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"from a file\n")
    with open(path, "rb") as stdin:
        process = start(guest("echo"), stdin=stdin)
        assert process.communicate(timeout=10)[0] == b"1: from a file\n"


@pytest.mark.parametrize("name", ["hello", "tests/status"])
def test_input_that_the_guest_leaves_is_left(name):
    """Bytes that a guest does not read stay for the next reader of the pipe."""
    command = f"{LABVISOR} {guest(name)} return >&2; cat"
    result = subprocess.run(["sh", "-c", command], input=b"for cat\n", capture_output=True)
    assert result.stdout == b"for cat\n"


def test_looking_at_input_takes_none():
    """LAB.wait for input leaves the bytes in the pipe."""
    command = f"{LABVISOR} {guest('tests/look')} >&2; cat"
    result = subprocess.run(["sh", "-c", command], input=b"for cat\n", capture_output=True)
    assert (result.stdout, result.stderr) == (b"for cat\n", b"input\n")


@pytest.mark.parametrize("device, seen", [("/dev/null", b"eof\n"), ("/dev/zero", b"input\n")])
def test_devices_as_input(device, seen):
    with open(device, "rb") as stdin:
        assert start(guest("tests/look"), stdin=stdin).communicate(timeout=10)[0] == seen


def cpu_used_at_rest(process):
    """In 0.2 s."""
    rest(process)
    before = cpu_seconds(process)
    time.sleep(0.2)
    return cpu_seconds(process) - before


def test_waiting_for_input_uses_no_cpu():
    process = start(guest("echo"), stdin=subprocess.PIPE)
    assert cpu_used_at_rest(process) < 0.001
    process.communicate(timeout=10)


def test_sleeping_uses_no_cpu():
    process = start("--real-time", guest("tests/sleep"), stdin=subprocess.DEVNULL)
    assert cpu_used_at_rest(process) < 0.001
    process.terminate()
    assert process.wait(10) == -signal.SIGTERM


def test_printing_from_an_interrupt_handler():
    lines = run("--timeout=30", guest("tests/print_in_tick")).stdout.decode().splitlines()
    assert [l for l in lines if l != "tick"] == [f"main {n}" for n in range(300)] + ["done"]
    assert lines.count("tick") >= 3


# ---- Output that fails ----


def test_reader_that_goes_away():
    """As for any tool in a pipeline: ended by SIGPIPE, silently."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = start(guest("hello"), stdout=write_end, stdin=subprocess.DEVNULL)
    os.close(write_end)
    assert process.communicate(timeout=10)[1] == b""
    assert process.returncode == -signal.SIGPIPE


def test_full_disk():
    with open("/dev/full", "wb") as full:
        process = start(guest("hello"), stdout=full, stdin=subprocess.DEVNULL)
        stderr = process.communicate(timeout=10)[1]
    assert process.returncode == HOST
    assert stderr.startswith(b"labvisor: stdout: No space left on device")


@pytest.mark.parametrize("closed, status", [(0, 0), (1, HOST), (2, 0)])
def test_closed_descriptors(closed, status):
    """/dev/kvm does not get the number of a closed stdout; otherwise output would go to it."""
    process = start(guest("hello"), stdin=subprocess.DEVNULL, preexec_fn=lambda: os.close(closed))
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == status, stderr
    if closed != 1:
        assert stdout == b"Hello from inside a virtual machine!\n"


def test_nonblocking_output():
    """A non-blocking stdout: slower, but complete."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETFL, os.O_NONBLOCK)
    process = start(guest("tests/blocks"), stdout=write_end, stdin=subprocess.DEVNULL)
    os.close(write_end)
    wait_full(read_end, process)
    with open(read_end, "rb") as stream:
        assert len(stream.read()) == 64 * 4096
    assert process.wait(10) == 0


# ---- Signals ----


@pytest.mark.parametrize("name", ["tests/read_and_spin", "tests/sleep", "echo"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it(name, number):
    process = start("--real-time", guest(name), stdin=subprocess.PIPE)
    if name == "tests/read_and_spin":
        read_until(process.stdout.fileno(), b"spinning")
    else:
        rest(process)
    process.send_signal(number)
    assert process.wait(10) == -number


def test_ignored_signals_stay_ignored():
    process = start(
        "--real-time",
        guest("tests/sleep"),
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    rest(process)
    process.send_signal(signal.SIGHUP)
    rest(process)
    assert process.poll() is None
    process.terminate()
    assert process.wait(10) == -signal.SIGTERM


def test_a_signal_in_a_blocked_write():
    read_end, write_end = os.pipe()
    process = start(guest("tests/blocks"), stdout=write_end, stdin=subprocess.DEVNULL)
    wait_full(read_end, process)
    process.terminate()
    assert process.wait(10) == -signal.SIGTERM
    os.close(read_end)
    os.close(write_end)


def test_timeout_in_a_blocked_write():
    read_end, write_end = os.pipe()
    process = start("--timeout=0.3", guest("tests/blocks"), stdout=write_end, stdin=subprocess.DEVNULL)
    assert process.wait(10) == TIMEOUT
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("how", ["ignored", "blocked"])
def test_timeout_whatever_the_parent_did_to_signals(how):
    def prepare():
        if how == "ignored":
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
        else:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])

    process = start("--timeout=0.1", guest("tests/spin"), stdin=subprocess.DEVNULL, preexec_fn=prepare)
    assert process.wait(10) == TIMEOUT


def test_a_slow_reader_of_the_trace_misses_nothing():
    """A line that waits for room in the pipe is not lost when signals come."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    process = start("--trace", guest("tests/print_in_tick"), stdin=subprocess.DEVNULL, stderr=write_end)
    os.close(write_end)
    trace = b""
    for _ in range(3):
        until(lambda: pending(read_end) > 3000, 60)  # the next line finds no room
        time.sleep(0.1)  # it waits, and signals come: the alarm repeats, so it may never be at rest
        trace += os.read(read_end, 4096)
    with open(read_end, "rb") as stream:
        trace += stream.read()
    process.stdout.read()
    assert process.wait(10) == 0
    numbers = [int(line.split(b"#")[1].split()[0]) for line in trace.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 300


@functools.cache
def unread_traces():
    """The ends of guests whose trace nobody reads, by build, machine and option. All run at once, because
    the VMM gives a reader some seconds in each."""
    writers = {}
    places = [*itertools.product(BUILDS, ARCHS), (POSIX, "riscv64")]
    for (build, arch), option in itertools.product(places, UNREAD):
        if arch == "x86_64" and NO_KVM or not (ROOT / build / "labvisor").exists():
            continue
        read_end, write_end = os.pipe()
        command = [ROOT / build / "labvisor", "--trace", *option, guest("tests/chatter", arch)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=write_end)
        writers[build, arch, option] = process, read_end
        os.close(write_end)
    try:
        for (*_, option), (process, read_end) in writers.items():
            if not option:
                wait_full(read_end, process)
                process.terminate()
        return {case: process.wait(5) for case, (process, _) in writers.items()}
    finally:
        for process, read_end in writers.values():
            process.kill()
            process.wait()
            os.close(read_end)


UNREAD = {("--timeout=0.3",): TIMEOUT, (): -signal.SIGTERM}


@pytest.mark.parametrize("option", UNREAD, ids=str)
def test_a_trace_that_nobody_reads(option):
    """A full pipe at stderr delays neither the time limit nor a signal."""
    build = str(LABVISOR.path.parent.relative_to(ROOT))
    assert unread_traces()[build, LABVISOR.arch, option] == UNREAD[option]


# ---- Terminals ----


class Terminal:
    """A labvisor on a terminal of its own."""

    def __init__(self, *args, output=None):
        try:
            self.master, self.slave = pty.openpty()
        except OSError as error:
            pytest.skip(f"no terminal to test with: {error}")
        self.before = self.state()
        self.process = start(
            *args,
            stdin=self.slave,
            stdout=open(output, "wb") if output else self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def state(self):
        return termios.tcgetattr(self.slave), fcntl.fcntl(self.slave, fcntl.F_GETFL)

    def is_raw(self):
        return not self.state()[0][3] & termios.ICANON

    def wait_raw(self):
        end = time.monotonic() + 10 * PATIENCE
        while not self.is_raw():
            assert time.monotonic() < end, "the terminal does not become raw"
            time.sleep(0.01)

    def type(self, keys):
        os.write(self.master, keys)

    def screen(self, wanted):
        return read_until(self.master, wanted)

    def end(self):
        status = self.process.wait(10)
        assert self.state() == self.before, "the terminal is not as it was"
        os.close(self.master)
        os.close(self.slave)
        return status


def test_typing_a_line():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    terminal.type(b"helo\x7flo\r")
    terminal.screen(b"1: hello\r\n")
    terminal.type(b"\x04")
    assert terminal.end() == 0


def test_interrupt_key_reaches_the_guest():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    terminal.type(b"\x03")
    assert terminal.end() == 130  # the guest's own exit, as its runtime reads ^C


def test_leaving_a_guest_that_waits():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    terminal.type(b"\x01x")
    assert terminal.end() == -signal.SIGINT


def test_leaving_a_guest_that_spins():
    terminal = Terminal(guest("tests/read_and_spin"))
    terminal.wait_raw()
    terminal.screen(b"spinning")
    terminal.type(b"some keys \x01x")
    assert terminal.end() == -signal.SIGINT


def test_leaving_a_guest_that_sleeps():
    terminal = Terminal("--real-time", guest("tests/read_and_sleep"))
    terminal.wait_raw()
    terminal.screen(b"sleeping")
    terminal.type(b"\x01x")
    assert terminal.end() == -signal.SIGINT


def test_interrupt_key_that_nobody_reads():
    terminal = Terminal(guest("tests/read_and_spin"))
    terminal.wait_raw()
    terminal.screen(b"spinning")
    terminal.type(b"\x03")
    until(lambda: pending(terminal.slave) == 0)  # it has been read
    time.sleep(0.05)
    assert terminal.process.poll() is None
    terminal.type(b"\x03")
    assert terminal.end() == -signal.SIGINT


def test_raw_is_raw():
    """The guest gets each key unchanged, also ^V, ^S, ^Q, ^Z and carriage return."""
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    (iflag, oflag, _, lflag, *_), _ = terminal.state()
    assert not iflag & (termios.ICRNL | termios.IXON) and oflag & termios.OPOST
    assert not lflag & (termios.IEXTEN | termios.ISIG | termios.ECHO)
    terminal.type(b"\x04")
    assert terminal.end() == 0


def test_pasting_much():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    for first in range(0, 400, 100):  # a terminal's own buffer is 4 KiB
        terminal.type(b"".join(b"line %03d\r" % n for n in range(first, first + 100)))
        terminal.screen(b"%d: line %03d" % (first + 100, first + 99))
    terminal.type(b"\x04")
    assert terminal.end() == 0


def test_a_terminal_whose_output_goes_elsewhere(tmp_path):
    """The guest's echo would go to the file, so the terminal's mode stays unchanged."""
    terminal = Terminal(guest("tests/read_and_spin"), output=tmp_path / "out")
    until(lambda: b"spinning" in (tmp_path / "out").read_bytes())
    assert not terminal.is_raw()
    terminal.process.terminate()
    assert terminal.end() == -signal.SIGTERM


def test_the_escape_key_itself():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    terminal.type(b"a\x01\x01b\r")
    terminal.screen(b"1: ")
    terminal.type(b"\x04")
    assert terminal.end() == 0


def test_a_guest_that_never_reads_leaves_the_keys_alone():
    terminal = Terminal("--trace", guest("tests/spin"))
    terminal.screen(b"LAB.get_args")  # the runtime's last exit before main
    assert not terminal.is_raw()
    terminal.type(b"\x03")  # the terminal makes a SIGINT of it
    assert terminal.end() == -signal.SIGINT


# Without those that are for labvisor's own use, that are ignored, or that do not end a process.
NOT_DEADLY = "ALRM IO POLL PIPE XFSZ KILL STOP TSTP TTIN TTOU CONT CHLD CLD URG WINCH RTMIN RTMAX".split()
DEADLY = [number for number in signal.Signals if number.name[3:] not in NOT_DEADLY]


@pytest.mark.parametrize("number", DEADLY, ids=lambda number: number.name)
def test_terminal_after_a_signal(number):
    """It is restored, and a word is said, except of the user's own key."""
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    if number == signal.SIGABRT and os.readlink(f"/proc/{terminal.process.pid}/exe").rpartition("/")[2].startswith("qemu-"):
        pytest.skip("qemu-user keeps SIGABRT for itself")
    terminal.process.send_signal(number)
    assert terminal.process.wait(10) == -number
    if number != signal.SIGINT:
        terminal.screen(b"labvisor: ended by %s" % number.name.encode())
    assert terminal.end() == -number


@pytest.mark.parametrize("option, status", [("--timeout=0.5", 124), ("--max-exits=3", 117)])
def test_terminal_after_a_limit(option, status):
    terminal = Terminal(option, guest("echo"))
    terminal.wait_raw() if status == 124 else None
    if status == 117:
        terminal.type(b"keys\r")
    assert terminal.end() == status


def test_terminal_while_suspended():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    terminal.process.send_signal(signal.SIGTSTP)
    os.waitpid(terminal.process.pid, os.WUNTRACED)
    assert terminal.state() == terminal.before
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_raw()
    terminal.type(b"back\r")
    terminal.screen(b"1: back")
    terminal.type(b"\x04")
    assert terminal.end() == 0


def test_terminal_that_hangs_up():
    terminal = Terminal(guest("echo"))
    terminal.wait_raw()
    os.close(terminal.master)
    assert terminal.process.wait(10) in (0, -signal.SIGHUP)
    os.close(terminal.slave)

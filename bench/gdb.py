# SPDX-License-Identifier: MIT
"""
The figures of the debugger: the cost of --gdb for a guest, and the time of the stub's answers. The
client is a bare one (tests/rsp.py), so gdb's own time does not count.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from measure import BUILD, LABVISOR, ROOT, add_figure

sys.path.insert(0, str(ROOT / "tests"))
import rsp

# The targets (docs/performance.md): in ms, and ratios.
TARGETS = {
    "gdb_soft_ratio": ("<=", 1.05),
    "gdb_kvm_ratio": ("<=", 1.05),
    "gdb_soft_step_ms": ("<=", 1),
    "gdb_kvm_step_ms": ("<=", 1),
    "gdb_reverse_ratio": ("<=", 2),
}
RUN = "vCont;c"


def why_not(machine):
    """Why this cannot be measured here, or None."""
    image = BUILD / "guests" / machine / "bench/integer.elf"
    return None if image.exists() else f"no guests for {machine} were built"


def command(machine, name, *args, options=()):
    return [LABVISOR, *options, str(BUILD / "guests" / machine / f"{name}.elf"), *args]


class Guest:
    """Starts a guest to which this script is gdb."""

    def __init__(self, machine, name, *args):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name) / "gdb"
        self.process = subprocess.Popen(
            command(machine, name, *args, options=[f"--gdb={path}"]),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.client = rsp.Client(path)
        self.client.ask("QStartNoAckMode")
        self.client.ack = False

    def timed(self, packet):
        start = time.perf_counter()
        answer = self.client.ask(packet)
        return time.perf_counter() - start, answer

    def close(self):
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def cpu_seconds(machine, name, rounds, gdb):
    """Returns the CPU time of a run; a wait for gdb uses none."""
    if gdb:
        guest = Guest(machine, name, rounds)
        assert guest.client.ask(RUN) == "W00"
        process = guest.process
    else:
        process = subprocess.Popen(
            command(machine, name, rounds), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # nothing else waits for it
    assert status == 0, status
    return usage.ru_utime + usage.ru_stime


def ratio(machine, name, few, many):
    """The ratio of a round's time with --gdb to its time without."""
    runs = [[cpu_seconds(machine, name, n, gdb) for n in (few, many) for gdb in (True, False)] for _ in range(5)]
    few_with, few_without, many_with, many_without = map(min, zip(*runs))
    return (many_with - few_with) / (many_without - few_without)


def step_ms(machine):
    guest = Guest(machine, "bench/integer", "1")
    times = [guest.timed("vCont;s:1")[0] * 1e3 for _ in range(300)]
    guest.close()
    return statistics.median(times)


def reverse_ratio():
    """The ratio of the way back over more than 100 million instructions to the run forwards."""
    guest = Guest("riscv64", "primes", "8000000")
    guest.client.monitor("exit-next LAB.exit")
    forward, answer = guest.timed(RUN)
    assert answer.startswith("T00"), answer
    insns = int(guest.client.monitor("stats").split()[0])
    assert insns > 10**8, insns
    backward, answer = guest.timed("bc")
    guest.close()
    assert "replaylog:begin" in answer, answer
    return backward / forward


def measure(machine, quick):
    rounds = range(1 if quick else 7)
    if machine == "riscv64":
        add_figure("gdb_soft_ratio", [ratio(machine, "bench/integer", "100", "1700") for _ in rounds], "", "with gdb to without")
        add_figure("gdb_soft_step_ms", [step_ms(machine) for _ in rounds], "ms", "a step over the wire")
        add_figure("gdb_reverse_ratio", [reverse_ratio() for _ in rounds], "", "backward to forward")
    else:
        add_figure("gdb_kvm_ratio", [ratio(machine, "bench/hypercall", "500", "4500") for _ in rounds], "", "with gdb to without")
        add_figure("gdb_kvm_step_ms", [step_ms(machine) for _ in rounds], "ms", "a step over the wire")

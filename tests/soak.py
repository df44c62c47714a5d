#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs labvisor for long, in numbers, and on a host that misbehaves.

  tests/soak.py [--minutes=30] [--starts=10000] [--at-once=100] [PART...]

Parts: day, minutes, at-once, starts, host; default: all. Each prints a line; the status is 1 if one fails.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

from rsp import Client

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "labs/tools"))
import cgroup  # noqa: E402
LABVISOR = ROOT / "build/labvisor"
HELLO = "Hello from inside a virtual machine!\n"


def guest(name, arch="riscv64"):
    return str(ROOT / f"build/guests/{arch}/{name}.elf")


def use_of(pid):
    """Returns a process's resident memory in KiB, its descriptors, and its threads."""
    status = dict(line.split(":\t") for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    return int(status["VmRSS"].split()[0]), len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"])


def day(options, folder):
    """A day of the guest's virtual time on soft: 8.64 million ticks, four harts. 864 thousand million steps of
    its clock."""
    command = [LABVISOR, "-c4", guest("tests/soak"), "86400", "10"]
    uses = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            time.sleep(1)
            try:
                uses.append(use_of(process.pid))
            except (OSError, ValueError, KeyError):
                break  # it has ended meanwhile
        out = process.stdout.read()
    assert process.returncode == 0 and re.match(r"(864000[01]) ticks, 0 left out, of \1; ", out), out
    early, late = uses[len(uses) // 4], uses[-1]
    assert late[0] <= early[0] + 64 and late[1:] == early[1:], (early, late)
    return f"{out.strip()}; {late[0]} KiB, {late[1]} descriptors, after a quarter {early[0]} KiB"


def minutes(options, folder):
    """Real time on kvm-x86: ticks, harts, input that comes back, gdb coming and going."""
    socket = folder / "gdb"
    seconds = int(options.minutes * 60)
    command = [LABVISOR, "--backend=kvm-x86", "-c3", f"--gdb={socket}", guest("tests/soak", "x86_64"), str(seconds), "10"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "errors").open("w"), bufsize=0)
    client = Client(socket)
    client.ask("?")
    client.ask("D")
    client.close()
    end, uses, lines, visits = time.monotonic() + seconds - 10, [], 0, 0  # a round takes 5 s
    while time.monotonic() < end:
        for _ in range(25):
            process.stdin.write(b"%d\n" % lines)
            back = process.stdout.readline()
            assert back == b"%d\n" % lines, (back, lines)
            lines += 1
            time.sleep(0.2)
        uses.append(use_of(process.pid))  # the VMM has seen by now that the last gdb is gone
        client = Client(socket)
        stop = client.ask("?")
        assert stop.startswith("T"), stop
        client.ask("g")
        client.ask("D")
        client.close()
        visits += 1
    process.stdin.close()
    out = process.stdout.read().decode()
    assert process.wait() == 0, (process.returncode, out, (folder / "errors").read_text()[-2000:])
    early, late = uses[len(uses) // 4], uses[-1]
    assert late[0] <= early[0] + 256 and late[1:] == early[1:], (early, late)
    return f"{out.strip()}; {lines} lines came back, gdb came {visits} times; {late[0]} KiB, {late[1]} descriptors, after a quarter {early[0]} KiB"


def at_once(options, folder):
    """Many VMMs at once, half of them on KVM, if it is there."""
    archs = ["riscv64", "x86_64"] if os.access("/dev/kvm", os.R_OK | os.W_OK) else ["riscv64"]
    commands = [[LABVISOR, guest("clock", archs[n % len(archs)])] for n in range(options.at_once)]
    started = time.monotonic()
    running = [subprocess.Popen(c, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) for c in commands]
    ends = collections.Counter((p.communicate()[0], p.returncode) for p in running)
    assert list(ends) == [("5 ticks while the guest counted\nslept at least 100 ms\n", 0)], ends
    return f"{len(running)} VMMs in {time.monotonic() - started:.1f} s"


def starts(options, folder):
    """Start to exit, again and again: nothing is left behind."""
    before = set(os.listdir("/tmp")), set(os.listdir("/dev/shm"))
    started = time.monotonic()
    for number in range(options.starts):
        command = [LABVISOR, guest("hello", ("riscv64", "x86_64")[number % 2 if os.access("/dev/kvm", os.W_OK) else 0])]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert (result.returncode, result.stdout, result.stderr) == (0, HELLO, ""), (number, result)
    left = set(os.listdir("/tmp")) - before[0], set(os.listdir("/dev/shm")) - before[1]
    names = [name for folder in left for name in folder if "labvisor" in name]
    assert not names, names
    return f"{options.starts} starts, {(time.monotonic() - started) / options.starts * 1e3:.2f} ms each"


@contextlib.contextmanager
def memory_group(limit):
    """Makes a memory cgroup (of version 1 or 2). Gives the function by which a child joins it, or None."""
    first = pathlib.Path("/sys/fs/cgroup/memory")
    if not os.access(first / "memory.limit_in_bytes", os.W_OK) or os.getuid() != 0:
        with cgroup.made(cgroup.place(), limit, 64) if cgroup.place() else contextlib.nullcontext() as join:
            yield join
        return
    group = first / f"labvisor-soak-{os.getpid()}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(limit))
        yield lambda: (group / "cgroup.procs").write_text("0")
    finally:
        group.rmdir()


def out_of_memory(folder):
    """The kernel kills the VMM: what the guest has printed is there, and so is the trace."""
    with memory_group(24 << 20) as join:
        if not join:
            return "no cgroup can be made here"
        trace = folder / "trace"
        command = [LABVISOR, "-m", "128", f"--trace={trace}", f"--record={folder}/recording", guest("tests/fill")]
        result = subprocess.run(command, preexec_fn=join, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    lines = result.stdout.splitlines()
    assert result.returncode == -signal.SIGKILL and 4 < len(lines) < 24, result
    assert lines == [f"{n} MiB" for n in range(1, len(lines) + 1)] and result.stdout.endswith("\n"), result
    made = [json.loads(line.rstrip(",")) for line in trace.read_text().splitlines()[1:]]
    assert sum(entry.get("name", "").startswith("DBCN") for entry in made) >= len(lines) - 1, made[-3:]
    again = subprocess.run([LABVISOR, f"--replay={folder}/recording", guest("tests/fill")], capture_output=True, text=True)
    assert again.returncode in (0, 119) and again.stderr.count("\n") <= 1, again
    return "the OOM killer"


def host(options, folder):
    """A host that stops the VMM, has no memory for it, no disk, or does not read."""
    told = []
    # Stopped for two seconds: the guest goes on where it was.
    process = subprocess.Popen([LABVISOR, "--real-time", guest("clock")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    time.sleep(0.05)
    process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    process.send_signal(signal.SIGCONT)
    out = process.communicate(timeout=20)[0]
    assert process.returncode == 0 and out.endswith("slept at least 100 ms\n"), out
    told.append("SIGSTOP")

    # No memory: words, and a documented status.
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (40 << 20, 40 << 20))

    result = subprocess.run([LABVISOR, "-m", "64", guest("hello")], preexec_fn=limit, capture_output=True, text=True)
    assert result.returncode == 115 and "memory" in result.stderr and result.stderr.count("\n") == 1, result
    told.append("no memory")

    told.append(out_of_memory(folder))

    # A full disk, for each file that is written.
    for option in ("--trace=/dev/full", "--record=/dev/full", "--core=/dev/full"):
        name = "fault" if "core" in option else "hello"
        result = subprocess.run([LABVISOR, option, guest(name)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert result.returncode not in (0, None) and "No space left" in result.stderr, (option, result)
    told.append("full disk")

    # A reader that sleeps: all of 4 MB comes.
    process = subprocess.Popen([LABVISOR, guest("bench/console"), "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    time.sleep(2)
    assert process.poll() is None
    size = len(process.communicate(timeout=60)[0])
    assert process.returncode == 0 and size == 4096 * 1000, size
    told.append("a stuck reader")

    # A reader that goes.
    process = subprocess.Popen([LABVISOR, guest("bench/console"), "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert process.stderr.read().count("\n") <= 1 and process.wait() != 0
    told.append("a reader that goes")
    return "nothing lost, and words: " + ", ".join(told)


PARTS = {"day": day, "minutes": minutes, "at-once": at_once, "starts": starts, "host": host}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--starts", type=int, default=10000)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[[], *PARTS])
    options = parser.parse_args()
    failed = False
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"{name}: {PARTS[name](options, pathlib.Path(folder))}", flush=True)
            except AssertionError as error:
                failed = True
                print(f"{name}: FAILED: {error}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())

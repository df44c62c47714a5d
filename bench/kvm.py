# SPDX-License-Identifier: MIT
"""
The figures of the back end kvm-x86: labvisor beside bare.c, the smallest program that does
the same with KVM.

Loops (calls, blocks) run with a small and with a large count, and the difference counts, so the
start does not. stdout is /dev/null, which costs both sides least.
"""

import json
import os
import re
import subprocess
import sys
import time

from measure import BUILD, LABVISOR, add_figure, ratios, resident_kib, scaled, times, times_each

GUESTS = BUILD / "guests/x86_64"
BARE = str(BUILD / "bench/bare")

BLOCK_SIZE = 4096

# The targets (docs/performance.md). A figure without a row here has none.
TARGETS = {
    "hypercall_ratio": ("<=", 1.10),
    "start_empty_ratio": ("<=", 1.4),
    "start_sandbox_ms": ("<=", 0.20),
    "start_hello_ratio": ("<=", 2.5),
    "console_4k_ratio": (">=", 0.80),
    "vmm_peak_kib": ("<=", 2048),
}


def why_not():
    """Why this cannot be measured here, or None."""
    if os.uname().machine != "x86_64":
        return "this machine is not x86-64"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm cannot be used here: `labvisor doctor` says why"
    if not (GUESTS / "hello.elf").exists():
        return "no x86-64 guests were built: no compiler for them"
    return None


def guest(name, *args):
    return [LABVISOR, str(GUESTS / f"{name}.elf"), *args]


def measure_hypercall(rounds):
    bare, ours = times_each(
        rounds,
        500,
        2500,
        [lambda n: [BARE, "hypercall", n], lambda n: guest("bench/hypercall", n)],
    )
    add_figure("hypercall_bare_us", scaled(bare, 1e6), "us", "a round trip of the baseline")
    add_figure("hypercall_us", scaled(ours, 1e6), "us", "a round trip, guest to VMM and back")
    add_figure("hypercall_ratio", ratios(ours, bare), "", "of the two, labvisor to baseline")


def measure_start(rounds):
    free = [LABVISOR, "--no-sandbox", *guest("bench/empty")[1:]]
    bare, empty, free, hello = times(rounds, [[BARE, "start"], guest("bench/empty"), free, guest("hello")])
    add_figure("start_bare_ms", scaled(bare, 1e3), "ms", "the baseline, start to exit")
    add_figure("start_empty_ms", scaled(empty, 1e3), "ms", "an empty C guest, start to exit")
    add_figure("start_sandbox_ms", [(a - b) * 1e3 for a, b in zip(empty, free)], "ms", "of it, the sandbox")
    add_figure("start_hello_ms", scaled(hello, 1e3), "ms", "hello, start to exit")
    add_figure("start_empty_ratio", ratios(empty, bare), "", "empty guest to baseline")
    add_figure("start_hello_ratio", ratios(hello, bare), "", "hello to baseline")


def measure_console(rounds):
    bare, ours, fwrite = times_each(
        rounds,
        100,
        600,
        [
            lambda n: [BARE, "console", n],
            lambda n: guest("bench/console", n),
            lambda n: guest("bench/console", n, "fwrite"),
        ],
    )
    for key, column, what in (
        ("console_4k_bare_mbs", bare, "blocks of 4 KiB, the baseline"),
        ("console_4k_mbs", ours, "blocks of 4 KiB, by console_write"),
        ("console_4k_fwrite_mbs", fwrite, "blocks of 4 KiB, by fwrite"),
    ):
        add_figure(key, [BLOCK_SIZE / 1e6 / each for each in column], "MB/s", what)
    add_figure("console_4k_ratio", ratios(bare, ours), "", "bytes/s, console_write to baseline")
    add_figure("console_4k_fwrite_ratio", ratios(bare, fwrite), "", "bytes/s, fwrite to baseline")


def count_exits(*args):
    """The exits of the guest that writes blocks."""
    command = [LABVISOR, "--stats=json", *guest("bench/console", *args)[1:]]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    rows = json.loads(result.stderr)["rows"]
    return next(row["count"] for row in rows if row["group"] == "total")


def measure_exits():
    for key, way in (("", ()), ("fwrite_", ("fwrite",))):
        exits = (count_exits("30", *way) - count_exits("10", *way)) / 20
        add_figure(f"console_4k_{key}exits", [exits], "", "exits a block of 4 KiB")


def measure_memory(rounds):
    """Measured while the guest sleeps: its start is over."""
    values = []
    for _ in range(rounds):
        process = subprocess.Popen(guest("tests/sleep"))
        time.sleep(0.2)
        values.append(resident_kib(process.pid))
        process.terminate()
        process.wait()
    add_figure("vmm_peak_kib", values, "KiB", "peak resident size but for the guest's RAM")


def loop_length(path, function):
    """Counts the instructions of the loop around the `out` in a function: those between two exits."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    code = re.findall(r"^\s+([0-9a-f]+):\t(\w+)\s*(.*)$", listing, re.MULTILINE)
    places = [int(address, 16) for address, _, _ in code]
    # The runtime's `out` has prefixes, which objdump prints in place of the name.
    exit_at = next(i for i, (_, *words) in enumerate(code) if "out" in " ".join(words).split())
    for i in range(exit_at, len(code)):
        _, name, operand = code[i]
        if name.startswith("j") and int(operand.split()[0], 16) <= places[exit_at]:
            return i - places.index(int(operand.split()[0], 16)) + 1
    sys.exit(f"bench: {path}: {function} has no loop around its out instruction")


def print_instructions():
    for name in ("hypercall", "console"):
        ours = loop_length(str(GUESTS / f"bench/{name}.elf"), "main")
        bare = loop_length(BARE, name)
        note = "" if ours == bare else ": NOT the same, so the ratio says less"
        print(f"{name}: {ours} guest instructions between two exits, baseline {bare}{note}")


def measure(quick):
    measure_hypercall(3 if quick else 60)
    measure_start(5 if quick else 400)
    measure_console(1 if quick else 20)
    measure_exits()
    measure_memory(1 if quick else 5)

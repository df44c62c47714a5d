# SPDX-License-Identifier: MIT
"""
The figures of the back end soft: labvisor beside QEMU with the same guest. QEMU translates the
guest's code to the host's (TCG).

Each guest runs with a small and with a large number of rounds, and the difference counts. So
neither QEMU's firmware nor the guest's start does. A speed of 0.5 means that labvisor takes twice
the time. The guest must print the same on both.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

from measure import BUILD, LABVISOR, add_figure, ratios, resident_kib, scaled, times, times_each

GUESTS = BUILD / "guests/riscv64"
QEMU = "qemu-system-riscv64"
STEPS_PER_TICK = 10  # vmm/backends/soft/hart.h: the clock counts instructions

# The targets (docs/performance.md).
TARGETS = {
    "soft_int_vs_qemu": (">=", 0.45),
    "soft_mem_vs_qemu": (">=", 0.45),
    "soft_trap_vs_qemu": (">=", 0.5),
    "soft_tlb_vs_qemu": (">=", 0.5),
    "soft_mix_vs_qemu": (">=", 1.2),
    "soft_mix_least": (">=", 0.8),
    "soft_start_hello_ms": ("<=", 3),
    "soft_peak_kib": ("<=", 3072),
    "soft_harts_rate": (">=", 0.9),
}

# The figure, its description, the guest, its rounds (few, many), and its other arguments.
LOADS = (
    ("soft_int", "integer load", "bench/integer", 200, 1700, ()),
    ("soft_mem", "sorting, sieve, pointers", "bench/memory", 2, 22, ()),
    ("soft_trap", "traps within the guest", "bench/riscv64/traps", 10**5, 10**6, ()),
    ("soft_sbi", "SBI calls", "bench/riscv64/traps", 10**5, 5 * 10**5, ("sbi",)),
    ("soft_tlb", "walk over 16384 pages", "bench/tlb", 20, 120, ()),
)

# The programs of guests/bench/mix, and the rounds that take about half a second.
MIX = {
    "aes": 1500,
    "crc": 5000,
    "huffman": 1100,
    "json": 10000,
    "list": 6000,
    "matrix": 2800,
    "regex": 500,
    "sha256": 2000,
    "sort": 1200,
    "state": 6700,
}


def why_not():
    """Why this cannot be measured here, or None."""
    if not (GUESTS / "hello.elf").exists():
        return "no RISC-V guests were built: no compiler for them"
    return None


def why_no_qemu():
    if shutil.which(QEMU) is None:
        return f"{QEMU} is not installed"
    if subprocess.run(qemu("bench/empty"), capture_output=True, stdin=subprocess.DEVNULL).returncode:
        return f"{QEMU} does not run a guest: is OpenSBI installed?"
    return None


def guest(name, *args):
    return [LABVISOR, "-m", "128", str(GUESTS / f"{name}.elf"), *args]


def qemu(name, *args):
    command = [QEMU, "-machine", "virt", "-m", "128", "-nographic", "-no-reboot"]
    return [*command, "-kernel", str(GUESTS / f"{name}.elf"), "-append", " ".join(args)]


def last_line(command):
    """Returns the guest's own output, without that of QEMU's firmware before it."""
    result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, text=True)
    return (result.stdout.splitlines() or [""])[-1]


def check_result(name, *args):
    ours, theirs = last_line(guest(name, *args)), last_line(qemu(name, *args))
    if not ours or ours != theirs:
        sys.exit(f"bench: {name} {' '.join(args)}: printed '{ours}', under QEMU '{theirs}'")


def beside_qemu(rounds, name, few, many, *args):
    """Returns the ratios of both times."""
    check_result(name, str(many), *args)
    commands = [lambda n: qemu(name, n, *args), lambda n: guest(name, n, *args)]
    return ratios(*times_each(rounds, few, many, commands, tries=1))


def measure_loads(rounds):
    for key, what, name, few, many, args in LOADS:
        speeds = beside_qemu(rounds, name, few, many, *args)
        add_figure(f"{key}_vs_qemu", speeds, "", f"speed, to QEMU's: {what}")


def measure_mix(rounds):
    """The programs one by one, and in each round the geometric mean of all, and the least."""
    table = []
    for name, many in MIX.items():
        table.append(beside_qemu(rounds, f"bench/mix/{name}", many // 10, many))
        add_figure(f"soft_mix_{name}_vs_qemu", table[-1], "", f"speed, to QEMU's: {name}")
    by_round = list(zip(*table))
    means = [statistics.geometric_mean(speeds) for speeds in by_round]
    add_figure("soft_mix_vs_qemu", means, "", "the geometric mean of these programs")
    add_figure("soft_mix_least", [min(speeds) for speeds in by_round], "", "the slowest of them")


def measure_mips(rounds):
    """Million guest instructions a second, by the integer load."""
    few, many = 200, 1700
    (each,) = times_each(rounds, few, many, [lambda n: guest("bench/integer", n)], tries=1)
    ticks = [int(last_line(guest("bench/integer", str(n), "ticks")).split()[0]) for n in (few, many)]
    steps = (ticks[1] - ticks[0]) * STEPS_PER_TICK / (many - few)
    add_figure("soft_mips", [steps / 1e6 / time for time in each], "MIPS", "integer load")


def measure_harts(rounds):
    """Compares the same work on one hart and shared by four."""
    one, four = times_each(
        rounds,
        800,
        8800,
        [
            lambda n: guest("bench/riscv64/harts", n, "1"),
            lambda n: [LABVISOR, "-c4", *guest("bench/riscv64/harts", n, "4")[1:]],
        ],
    )
    add_figure("soft_harts_rate", ratios(one, four), "", "instruction rate of 4 harts, to that of 1")


def measure_start(rounds, have_qemu):
    commands = [guest("hello")] + ([qemu("hello")] if have_qemu else [])
    ours, *theirs = times(rounds, commands)
    add_figure("soft_start_hello_ms", scaled(ours, 1e3), "ms", "hello, start to exit")
    for column in theirs:
        add_figure("soft_start_hello_qemu_ms", scaled(column, 1e3), "ms", "the same under QEMU")


def measure_memory(rounds):
    """Measured while the guest computes; without our priority, because the guest would block us."""
    values = []
    for _ in range(rounds):
        process = subprocess.Popen(
            guest("bench/memory", "1000000"),
            preexec_fn=lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)),
        )
        time.sleep(0.3)
        values.append(resident_kib(process.pid))
        process.terminate()
        process.wait()
    add_figure("soft_peak_kib", values, "KiB", "peak resident size but for the guest's RAM")


def measure(quick):
    no_qemu = why_no_qemu()
    if no_qemu:
        print(f"skipped: the software back end beside QEMU: {no_qemu}")
    else:
        measure_loads(1 if quick else 9)
        measure_mix(1 if quick else 5)
    measure_mips(1 if quick else 9)
    measure_harts(1 if quick else 9)
    measure_start(2 if quick else 20, no_qemu is None)
    measure_memory(1 if quick else 5)

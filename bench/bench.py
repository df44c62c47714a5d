"""
make bench: labvisor beside bare.c, the smallest program that does the same with KVM.

    bench.py [--quick]

Prints a table and writes the figures to $BUILD/bench.json. It measures, it is no test:
a target that is missed does not make it fail.

Each round runs the baseline and labvisor in turn, whole processes from fork to wait,
and yields one ratio; a figure tells the median of these. What repeats (calls, blocks) is
run with a small and with a large number, and the difference counts: so the start is
not in it. stdout is /dev/null, which adds least to either side.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build")
GUESTS = BUILD / "guests/x86_64"
BARE = str(BUILD / "bench/bare")
LABVISOR = str(BUILD / "labvisor")

BLOCK_SIZE = 4096

# DESIGN.md, section 5. A figure without a row here has no target.
TARGETS = {
    "hypercall_ratio": ("<=", 1.10),
    "start_empty_ratio": ("<=", 1.3),
    "start_hello_ratio": ("<=", 2.5),
    "console_4k_ratio": (">=", 0.80),
    "vmm_peak_kib": ("<=", 2048),
}

figures = {}


def add_figure(key, values, unit, what):
    figures[key] = {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "unit": unit,
        "what": what,
    }


def guest(name, *args):
    return [LABVISOR, str(GUESTS / f"{name}.elf"), *args]


def seconds(command, null):
    """The time that a command takes, from fork to wait."""
    streams = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
    _, status = os.waitpid(pid, 0)
    end = time.perf_counter()
    if status:
        code = os.waitstatus_to_exitcode(status)
        sys.exit(f"bench: {' '.join(command)}: ended with status {code}")
    return end - start


def times(rounds, commands):
    """
    For each command its time in each round. In a round all run in turn, three times, and
    the fastest run counts: whatever else the machine does only adds to it.
    """
    null = os.open("/dev/null", os.O_RDWR)
    table = []
    for _ in range(rounds + 1):
        runs = [[seconds(command, null) for command in commands] for _ in range(3)]
        table.append([min(column) for column in zip(*runs)])
        # Linux lets real-time processes have 95 % of a CPU, then stops them for a while.
        time.sleep(0.1 * sum(map(sum, runs)))
    os.close(null)
    return zip(*table[1:])  # the first round warms up


def times_each(rounds, few, many, commands):
    """For each command, given as a function of N, the times that one of its N takes."""
    runs = [command(str(n)) for n in (few, many) for command in commands]
    columns = list(times(rounds, runs))
    return [
        [(large - small) / (many - few) for small, large in zip(*pair)]
        for pair in zip(columns, columns[len(commands) :])
    ]


def ratios(numerators, denominators):
    return [a / b for a, b in zip(numerators, denominators)]


def scaled(values, factor):
    return [value * factor for value in values]


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
    bare, empty, hello = times(
        rounds, [[BARE, "start"], guest("bench/empty"), guest("hello")]
    )
    add_figure("start_bare_ms", scaled(bare, 1e3), "ms", "the baseline, start to exit")
    add_figure("start_empty_ms", scaled(empty, 1e3), "ms", "an empty C guest, start to exit")
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


def resident_kib(pid):
    """The peak resident size of a process, and the size of a guest's RAM in it now."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    smaps = pathlib.Path(f"/proc/{pid}/smaps").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    # The largest mapping is the guest's RAM.
    sizes = re.findall(r"^Size:\s+(\d+) kB.*?^Rss:\s+(\d+) kB", smaps, re.MULTILINE | re.DOTALL)
    return peak, int(max(sizes, key=lambda size: int(size[0]))[1])


def measure_memory(rounds):
    """
    While a guest sleeps: all its start-up is over. Not by wait4's ru_maxrss, in which
    the parent's size at the fork counts, too.
    """
    values = []
    for _ in range(rounds):
        process = subprocess.Popen(guest("tests/sleep"))
        time.sleep(0.2)
        peak, ram = resident_kib(process.pid)
        process.terminate()
        process.wait()
        values.append(peak - ram)
    add_figure("vmm_peak_kib", values, "KiB", "peak resident size but for the guest's RAM")


def loop_length(path, function):
    """The instructions of the loop around the `out` in a function: those between two exits."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    code = re.findall(r"^\s+([0-9a-f]+):\t(\w+)\s*(.*)$", listing, re.MULTILINE)
    places = [int(address, 16) for address, _, _ in code]
    exit_at = next(i for i, (_, name, _) in enumerate(code) if name.startswith("out"))
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


def print_figure(key):
    figure = figures[key]
    row = "{:24} {:10.3f} {:10.3f} {:10.3f} {:5}".format(
        key, figure["median"], figure["min"], figure["max"], figure["unit"]
    )
    if key in TARGETS:
        sign, limit = TARGETS[key]
        met = figure["median"] <= limit if sign == "<=" else figure["median"] >= limit
        row += f" {sign} {limit:<6} {'met' if met else 'MISSED'}"
    print(row.rstrip())


def keep_to_ourselves():
    """One CPU and, where this user may, ahead of whatever else runs there."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        print("not run as root: other processes may disturb the times")


def main():
    quick = sys.argv[1:] == ["--quick"]
    if sys.argv[1:] and not quick:
        sys.exit("usage: bench.py [--quick]")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        sys.exit("bench: /dev/kvm cannot be used here: `labvisor doctor` says why")
    keep_to_ourselves()
    measure_hypercall(3 if quick else 60)
    measure_start(5 if quick else 400)
    measure_console(1 if quick else 20)
    measure_exits()
    measure_memory(1 if quick else 5)

    print(f"{'figure':24} {'median':>10} {'min':>10} {'max':>10} {'':5} target")
    for key in figures:
        print_figure(key)
    print_instructions()
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=1) + "\n")


main()

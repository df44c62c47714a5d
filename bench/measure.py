# SPDX-License-Identifier: MIT
"""How the figures of `make bench` are measured, kept and printed."""

import os
import pathlib
import re
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build")
LABVISOR = str(BUILD / "labvisor")

figures = {}


def add_figure(key, values, unit, what):
    figures[key] = {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "unit": unit,
        "what": what,
    }


def ratios(numerators, denominators):
    return [a / b for a, b in zip(numerators, denominators)]


def scaled(values, factor):
    return [value * factor for value in values]


def seconds(command, null):
    """Returns the time of a command, from fork to wait."""
    streams = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1)]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=streams)
    _, status = os.waitpid(pid, 0)
    end = time.perf_counter()
    if status:
        code = os.waitstatus_to_exitcode(status)
        sys.exit(f"bench: {' '.join(command)}: ended with status {code}")
    return end - start


def times(rounds, commands, tries=3):
    """
    Returns, for each command, its time in each round. In a round all commands run in turn, `tries`
    times, and the fastest run counts: other load on the machine only adds to a time.
    """
    null = os.open("/dev/null", os.O_RDWR)
    table = []
    for _ in range(rounds + 1):
        runs = [[seconds(command, null) for command in commands] for _ in range(tries)]
        table.append([min(column) for column in zip(*runs)])
        # Linux lets real-time processes have 95 % of a CPU, then stops them for a while.
        time.sleep(0.1 * sum(map(sum, runs)))
    os.close(null)
    return zip(*table[1:])  # the first round warms up


def times_each(rounds, few, many, commands, tries=3):
    """Returns, for each command, given as a function of N, the times of one of its N."""
    runs = [command(str(n)) for n in (few, many) for command in commands]
    columns = list(times(rounds, runs, tries))
    return [
        [(large - small) / (many - few) for small, large in zip(*pair)]
        for pair in zip(columns, columns[len(commands) :])
    ]


def resident_kib(pid):
    """
    Returns the peak resident size of a process, without the guest's RAM. wait4's ru_maxrss would
    also count the parent's size at the fork.
    """
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    smaps = pathlib.Path(f"/proc/{pid}/smaps").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    # The largest mapping is the guest's RAM.
    sizes = re.findall(r"^Size:\s+(\d+) kB.*?^Rss:\s+(\d+) kB", smaps, re.MULTILINE | re.DOTALL)
    return peak - int(max(sizes, key=lambda size: int(size[0]))[1])


def print_figures(targets):
    print(f"{'figure':24} {'median':>10} {'min':>10} {'max':>10} {'':5} target")
    for key, figure in figures.items():
        row = "{:24} {:10.3f} {:10.3f} {:10.3f} {:5}".format(
            key, figure["median"], figure["min"], figure["max"], figure["unit"]
        )
        if key in targets:
            sign, limit = targets[key]
            met = figure["median"] <= limit if sign == "<=" else figure["median"] >= limit
            row += f" {sign} {limit:<6} {'met' if met else 'MISSED'}"
        print(row.rstrip())

# SPDX-License-Identifier: MIT
"""
make compare: runs the same guests on each back end, and compares their costs.

    compare.py

Writes $BUILD/compare/results.json, all numbers, and $BUILD/compare/index.html, tables and plots of
them; docs/compare.md explains them. For a back end that cannot run here, the page says why.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import compare_page
from ioctl_names import Names
from measure import BUILD, LABVISOR, ROOT

sys.path.insert(0, str(ROOT / "qemu"))
import boot

LIMIT = "--timeout=60"

# The guests whose exits are counted: name, options, what it reads.
GUESTS = (
    ("hello", (), b""),
    ("echo", (), b"one\ntwo\n"),
    ("clock", (), b""),
    ("sum", ("-c4",), b""),
)


# QEMU's clock counts the emulated computer's instructions, 1 ns for each, and skips its sleep. So
# the times do not depend on this machine.
COUNT = ("-icount", "shift=0,sleep=off")
# After its boot, Linux still has work of its own. A guest that sleeps first lets it finish that.
SETTLE = (["/labvisor", "--timeout=5", f"{boot.GUESTS}tests/sleep.elf"], b"")


class Missing(Exception):
    """Why a back end is left out."""


@dataclasses.dataclass
class Column:
    """A back end at one place, and its results."""

    title: str
    backend: str
    arch: str  # of its guests
    where: str  # in words
    options: tuple = ()
    time_options: tuple = ()  # for the guests that measure times
    missing: str = ""  # why it has no results; "": it has
    start: list = dataclasses.field(default_factory=list)  # (ioctl, detail) up to KVM_RUN
    times: dict = dataclasses.field(default_factory=dict)  # what: ns
    guests: dict = dataclasses.field(default_factory=dict)  # name: what --stats=json tells

    def commands(self, labvisor, ioctls, guests):
        """The runs: a list of (command, input), in the order of take()."""
        program = [labvisor, f"--backend={self.backend}", LIMIT, *self.options]
        timers = ["bench/compare", *(["bench/x86_64/cpuid"] if self.arch == "x86_64" else [])]
        runs = [([ioctls, *program, f"{guests}hello.elf"], b"")]
        for name in timers:
            runs.append(([*program, *self.time_options, f"{guests}{name}.elf"], b""))
        for name, options, stdin in GUESTS:
            runs.append(([*program, "--stats=json", *options, f"{guests}{name}.elf"], stdin))
        return runs

    def take(self, results, names):
        """Takes the results of the commands: a list of (status, stdout, stderr)."""
        for status, _, stderr in results:
            if status:
                raise Missing(f"{last_line(stderr)} (status {status})")
        traced, *timed = results[: -len(GUESTS)]
        self.start = names.start(traced[1].splitlines())
        for _, stdout, _ in timed:
            self.times |= {name: float(ns) for name, ns in map(str.split, stdout.splitlines())}
        for (name, _, _), (_, _, stderr) in zip(GUESTS, results[-len(GUESTS) :]):
            self.guests[name] = json.loads(stderr)


def last_line(text):
    return (text.strip().splitlines() or ["it said nothing"])[-1]


# ---- The places: each returns, for each column, the results of its commands ----


def run_here(columns):
    arch = columns[0].arch
    guests = BUILD / "guests" / arch
    if not (guests / "hello.elf").exists():
        raise Missing(f"no {arch} guests were built: no compiler for them")
    runs = [column.commands(LABVISOR, str(BUILD / "bench/ioctls"), f"{guests}/") for column in columns]
    return [list(run(commands)) for commands in runs]


def run(commands):
    """The results of commands, up to the first that fails."""
    for command, stdin in commands:
        result = subprocess.run(command, input=stdin, capture_output=True)
        yield result.returncode, result.stdout.decode(), result.stderr.decode()
        if result.returncode:
            return


def run_in_qemu(columns):
    """All in one boot."""
    arch = columns[0].arch
    folder = BUILD / "qemu" / arch
    ioctls = BUILD / ("" if arch == os.uname().machine else f"{arch}-linux") / "bench/ioctls"
    make(f"{'stock' if arch == 'x86_64' else 'riscv'}-initramfs")
    make(f"VMM_ARCH={arch}", "compare-ioctls")
    runs = [column.commands("/labvisor", "/ioctls", boot.GUESTS) for column in columns]

    def collect(console):
        results = boot.results(console, 1 + sum(map(len, runs)))
        next(results)
        return [[next(results) for _ in commands] for commands in runs]

    try:
        return boot.boot(
            arch, folder / "kernel", folder / "initramfs", collect, sum(runs, [SETTLE]),
            files={"ioctls": ioctls}, options=COUNT,
        )  # fmt: skip
    except boot.Failed as failed:
        raise Missing(str(failed).splitlines()[0]) from None


def make(*words):
    result = subprocess.run(
        ["make", "-s", *words], cwd=ROOT, stdout=sys.stderr, stderr=subprocess.PIPE, text=True
    )
    if result.returncode:
        reasons = [
            line for line in result.stderr.splitlines() if line.startswith("not available here: ")
        ]
        raise Missing((reasons or [last_line(result.stderr)])[0])


# ---- The columns ----

def this_machine():
    """Adds the modules of KVM here: they show whether the CPU has VT-x, SVM or neither."""
    modules = sorted(path.name for path in pathlib.Path("/sys/module").glob("kvm_*"))
    return f"this machine, {' '.join(modules)}" if modules else "this machine"


HERE = "this machine, interpreted"
AMD = "a Linux of its own in QEMU, which emulates an AMD CPU with SVM"
RISCV = "a Linux of its own in QEMU, which emulates a RISC-V CPU with the H extension"

VMCALL = ("--transport=vmcall",)

# Columns of one place run together.
PLACES = (
    (
        run_here,
        [
            Column("kvm-x86", "kvm-x86", "x86_64", this_machine()),
            Column("kvm-x86, vmcall", "kvm-x86", "x86_64", this_machine(), VMCALL),
        ],
    ),
    (
        run_in_qemu,
        [
            Column("kvm-x86, QEMU", "kvm-x86", "x86_64", AMD),
            Column("kvm-x86, QEMU, vmcall", "kvm-x86", "x86_64", AMD, VMCALL),
        ],
    ),
    (run_in_qemu, [Column("kvm-riscv, QEMU", "kvm-riscv", "riscv64", RISCV)]),
    (run_here, [Column("soft", "soft", "riscv64", HERE, time_options=("--real-time",))]),
)


def measure(run_columns, columns, names):
    try:
        results = run_columns(columns)
    except Missing as missing:
        leave_out(columns, missing)
        return
    for column, result in zip(columns, results):
        try:
            column.take(result, names)
        except Missing as missing:
            leave_out([column], missing)


def leave_out(columns, missing):
    for column in columns:
        column.missing = str(missing)
        print(f"compare: left out: {column.title}: {missing}", file=sys.stderr)


def main():
    names = Names()
    for run_columns, columns in PLACES:
        measure(run_columns, columns, names)
    columns = [column for _, columns in PLACES for column in columns]
    folder = BUILD / "compare"
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(
        json.dumps([dataclasses.asdict(column) for column in columns], indent=1) + "\n"
    )
    (folder / "index.html").write_text(compare_page.page(columns))
    print(f"{folder.relative_to(ROOT)}/index.html")


if __name__ == "__main__":
    main()

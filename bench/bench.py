# SPDX-License-Identifier: MIT
"""
make bench: measures labvisor beside another program that does the same: for kvm-x86 the smallest
program that uses KVM, for soft QEMU.

    bench.py [--quick]

Prints a table and writes the figures to $BUILD/bench.json. It is not a test:
a missed target does not make it fail.

Each round runs the baseline and labvisor in turn, as whole processes from fork to wait, and gives
one ratio. A figure is the median of the ratios.
"""

import json
import os
import sys

import gdb
import kvm
import labs
import page
import runtime
import soft
from measure import BUILD, figures, print_figures


def keep_to_ourselves():
    """Takes one CPU, with real-time priority if this user may."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        print("not run as root: other processes may disturb the times")


def main():
    quick = sys.argv[1:] == ["--quick"]
    if sys.argv[1:] and not quick:
        sys.exit("usage: bench.py [--quick]")
    keep_to_ourselves()
    for name, part in (("kvm-x86", kvm), ("soft", soft), ("labs", labs), ("the page", page)):
        reason = part.why_not()
        if reason:
            print(f"skipped: {name}: {reason}")
        else:
            part.measure(quick)
    if runtime.why_not():
        print(f"skipped: the runtime: {runtime.why_not()}")
    else:
        runtime.measure()
    for name, part, machine in (("kvm-x86", kvm, "x86_64"), ("soft", soft, "riscv64")):
        if part.why_not() is None and gdb.why_not(machine) is None:
            gdb.measure(machine, quick)
        else:
            print(f"skipped: gdb on {name}: {part.why_not() or gdb.why_not(machine)}")

    print_figures({**kvm.TARGETS, **soft.TARGETS, **labs.TARGETS, **gdb.TARGETS, **runtime.TARGETS, **page.TARGETS})
    if kvm.why_not() is None:
        kvm.print_instructions()
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=1) + "\n")


main()

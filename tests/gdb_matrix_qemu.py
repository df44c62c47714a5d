#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The cells of gdb_matrix.py on kvm-riscv, one after the other in one Linux in QEMU (docs/qemu.md).

  tests/gdb_matrix_qemu.py [--cells=N] [--seed=N]
"""

import argparse
import pathlib
import random
import sys
import tempfile
import threading
import time

import gdb_matrix
from gdb_matrix import ROOT

sys.path.insert(0, str(ROOT / "qemu"))
import boot

QEMU = ROOT / "build/qemu/riscv64"
PERIOD_MS = "500"  # of unseen's ticks: QEMU is slow


def name(cell):
    """The image's, in the initramfs."""
    return f"{gdb_matrix.image(cell).stem}-{cell.cc}"


def command(cell, *options):
    args = [PERIOD_MS] if cell.level == 0 else []
    return ["/labvisor", "--backend=kvm-riscv", f"-c{cell.harts}", "--timeout=100", *options, f"/{name(cell)}", *args]


def debug(console, cell, number, folder):
    """Runs a cell. Returns the status, the guest's output, no hash, and all words."""
    folder = pathlib.Path(folder)
    said = []

    def be_gdb():
        while not (folder / "gdb").exists():
            time.sleep(0.05)
        said.append(gdb_matrix.run_gdb(cell, folder / "gdb", folder))

    thread = threading.Thread(target=be_gdb)
    thread.start()
    boot.let_gdb_in(console, folder / "gdb")
    thread.join()
    status, out, err = boot.result(console, number)
    return status, out, None, "".join(said) + err


def key(cell):
    """What the run without gdb depends on."""
    return tuple(command(cell))


def failures(console, guests, wanted):
    """Yields what is wrong with each cell, or None. First come the runs without gdb."""
    free = {guest: (*boot.result(console, number)[:2], None) for number, guest in enumerate(guests)}
    for number, cell in enumerate(wanted, len(guests)):
        console.doing = str(cell)
        console.start = time.monotonic()  # its limit is for a cell
        with tempfile.TemporaryDirectory() as folder:
            debugged = debug(console, cell, number, folder)
        yield gdb_matrix.difference(cell, free[key(cell)], debugged)


def run(wanted):
    """Boots, runs cells, and prints the failures. Returns whether there are any."""
    guests = {key(cell): cell for cell in wanted}
    runs = [(command(cell), gdb_matrix.STDIN[cell.level]) for cell in guests.values()]
    runs += [(command(cell, f"--gdb={boot.GDB_SOCKET}"), gdb_matrix.STDIN[cell.level]) for cell in wanted]
    files = {name(cell): gdb_matrix.image(cell) for cell in wanted}
    start = time.monotonic()

    def work(console):
        return gdb_matrix.report(wanted, failures(console, guests, wanted), start)

    return boot.boot("riscv64", QEMU / "kernel", QEMU / "initramfs", work, runs, files=files)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, help="as many of them; default: all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # At CPL 3 each is refused in the same words.
    wanted = [c for c in gdb_matrix.cells(["kvm-riscv"]) if c.level == 0 or c.first == c.second]
    if options.cells:
        wanted = random.Random(options.seed).sample(wanted, options.cells)
    return run(gdb_matrix.build_all(wanted))


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real gdb on a guest, with two of its features together, in each way that there is: the guest ends as
without gdb.

  tests/gdb_matrix.py [--cells=N] [--seed=N] [--jobs=N]

The end: exit status, output (guests/tests/unseen.c prints a checksum of its code), and on soft a hash of all
RAM, unless gdb itself has changed the guest by a call. A cell that cannot work is listed in
REFUSED with the words that refuse it; its guest ends like the others.
"""

import argparse
import concurrent.futures
import dataclasses
import fcntl
import functools
import hashlib
import itertools
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
GDBS = {"soft": "gdb-multiarch", "kvm-x86": "gdb", "kvm-riscv": "gdb-multiarch"}
ARCHS = {"soft": "riscv64", "kvm-x86": "x86_64", "kvm-riscv": "riscv64"}
HERE = ("soft", "kvm-x86")  # kvm-riscv is in QEMU: gdb_matrix_qemu.py
PVM = os.path.exists("/sys/module/kvm_pvm")

# What each feature types. At CPL 0 in guests/tests/unseen.c; at CPL 3 in labos/programs/fib.c.
FEATURES = {
    0: {
        "break": ["break add", "continue"],
        "hbreak": ["hbreak factorial", "continue"],
        "tbreak": ["tbreak add", "continue"],
        "watch": ["watch cell[0]", "continue"],
        "rwatch": ["rwatch cell[0]", "continue"],
        "call": ["print factorial(4)"],
        "step": ["step", "step"],
        "stepi": ["stepi", "stepi 5"],
        "next": ["next", "next"],
        "until": ["until", "until"],
        "finish": ["tbreak add", "continue", "finish"],
        "condition": ["break add if n == 2", "continue"],
    },
    3: {
        "break": ["break fib.c:main", "continue"],
        "hbreak": ["hbreak fib.c:main", "continue"],
        "tbreak": ["tbreak printf", "continue"],
        "watch": ["watch *(long *) ($sp - 64)", "continue"],
        "rwatch": ["rwatch *(int *) $sp", "continue"],
        "step": ["step", "step"],
        "stepi": ["stepi", "stepi 5"],
        "next": ["next", "next"],
        "until": ["until", "until"],
        "finish": ["tbreak atoi", "continue", "finish"],
        "condition": ["break fib.c:22 if i == 1", "continue"],
    },
}
WAYS = {
    "continue": ["continue"],
    "step": ["stepi", "step", "continue"],
    "reverse": ["reverse-stepi", "reverse-continue", "reverse-step", "continue"],
}

IMAGES = {0: "tests/unseen", 3: "labos"}
STDIN = {0: b"", 3: b"fib 5\nfib 4\nexit 3\n"}


@dataclasses.dataclass(frozen=True)
class Cell:
    first: str
    second: str
    way: str
    level: int
    harts: int
    cc: str
    backend: str

    def __str__(self):
        return f"{self.first}+{self.second}-{self.way}-CPL{self.level}-{self.harts}-{self.cc}-{self.backend}"

    @property
    def features(self):
        return {self.first, self.second}


# Which cells cannot work, and the words that say so.
REFUSED = [
    (lambda c: c.backend == "kvm-x86" and c.level == 3 and PVM, r"this KVM stops no code at CPL 3"),
    (lambda c: c.backend == "kvm-riscv" and c.level == 3, r"no memory is mapped there now"),
    (
        lambda c: c.backend != "soft" and c.way == "reverse",
        r"does not support this command|Reverse execution is not currently supported",  # gdb 18
    ),
    (
        lambda c: c.backend != "soft" and "rwatch" in c.features,
        r"Could not insert hardware|Expression cannot be implemented",
    ),
]


def cells(backends=HERE):
    """Returns all cells of back ends."""
    pairs = list(itertools.combinations_with_replacement(FEATURES[0], 2))
    product = itertools.product(pairs, WAYS, (0, 3), (1, 4), ("gcc", "clang"), backends)
    made = [Cell(*pair, *rest) for pair, *rest in product]
    # labos has one hart. Its programs share their addresses, so a call would run in any of them.
    return [cell for cell in made if cell.level == 0 or (cell.harts == 1 and "call" not in cell.features)]


def chosen(count, seed):
    """Returns `count` cells of a seed, among them each pair of features on soft."""
    chance = random.Random(seed)
    order = cells()
    chance.shuffle(order)
    first = {}
    for cell in order:
        if cell.backend == "soft":
            first.setdefault((cell.first, cell.second), cell)
    rest = [cell for cell in order if cell not in set(first.values())]
    return [*first.values(), *rest][:count]


def build_folder(cc):
    return ROOT / ("build" if cc == "gcc" else "build/clang")


@functools.cache
def build(cc, arch):
    """Builds the guests with a compiler, one process at a time. Returns why that is impossible, or None."""
    folder = build_folder(cc)
    folder.mkdir(parents=True, exist_ok=True)
    targets = [f"{folder.relative_to(ROOT)}/guests/{arch}/{name}.elf" for name in IMAGES.values()]
    command = ["make", "-s", f"ARCH={arch}", f"BUILD={folder.relative_to(ROOT)}", *targets]
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    if cc == "clang":
        command.append("CC=clang")
    with open(folder / "matrix.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return made.stdout + made.stderr if made.returncode else None


def image(cell):
    return build_folder(cell.cc) / "guests" / ARCHS[cell.backend] / f"{IMAGES[cell.level]}.elf"


def labvisor(cell, program, *options):
    return [str(program), f"--backend={cell.backend}", f"-c{cell.harts}", "--timeout=60", *options, str(image(cell))]


def typed(cell, folder):
    """Opens what is typed as a file: that is all there from the start, and from a pipe it comes at some time,
    which changes what the guest does while it waits."""
    path = pathlib.Path(folder) / "typed"
    path.write_bytes(STDIN[cell.level])
    return path.open("rb")


def run_free(cell, program, folder):
    """Runs a cell's guest without gdb. Returns its status, its output, and the hash of its RAM."""
    ram = pathlib.Path(folder) / "free"
    engine = ["--engine=interpreter"] if cell.backend == "soft" else []  # with gdb it is the default, the translator
    command = labvisor(cell, program, f"--memory-file={ram}", *engine)
    with typed(cell, folder) as stdin:
        free = subprocess.run(command, stdin=stdin, capture_output=True, timeout=60)
    return free.returncode, free.stdout, hash_of(cell, ram)


def hash_of(cell, ram):
    """Returns the hash of RAM, from --memory-file; on KVM, where it holds the time, None."""
    return hashlib.sha256(ram.read_bytes()).hexdigest() if cell.backend == "soft" else None


# Types commands up to the guest's last exit: there only ways back go on.
TYPE = """python
def is_last_exit():
    value = lambda name: gdb.parse_and_eval("$exit_" + name)
    return str(value("state")) == "pending" and int(value("eid")) == 0x84C4142 and int(value("fid")) == 1

for line in {lines!r}:
    try:
        if not is_last_exit() or line.startswith(("reverse", "print", "delete")):
            gdb.execute(line)
    except gdb.error as error:
        print(error)
end
"""


def script(cell):
    """Returns gdb's commands."""
    lines = ["set pagination off", "set width 0", "set confirm off", "set breakpoint pending off"]
    lines += [f"source {ROOT}/debug/labvisor.py"]
    if cell.level == 3:
        lines += [f"add-symbol-file {image(cell).parent}/labos/fib.elf"]
    body = ["vmexit-break LAB.exit", "tbreak main" if cell.level == 0 else "hbreak fib.c:main", "continue"]
    body += [*FEATURES[cell.level][cell.first], *FEATURES[cell.level][cell.second], *WAYS[cell.way], "delete", "continue"]
    text = "\n".join(lines) + "\n" + TYPE.format(lines=body)
    return text + "continue\n" * 2  # the exit is a stop, too


def run_gdb(cell, socket, folder):
    """Runs gdb with a cell's commands on the stub at a socket. Returns all that it says."""
    commands = folder / "commands"
    commands.write_text(script(cell))
    command = [GDBS[cell.backend], "-q", "-nx", "-batch", "-ex", f"target remote {socket}", "-x", commands, image(cell)]
    shown = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    return shown.stdout + shown.stderr


def debug(cell, program, folder):
    """Runs a cell. Returns the status, the guest's output, the hash, and all words."""
    folder = pathlib.Path(folder)
    socket = folder / "gdb"
    socket.unlink(missing_ok=True)
    guest = labvisor(cell, program, f"--gdb={socket}", f"--memory-file={folder}/ram")
    with typed(cell, folder) as stdin:
        process = subprocess.Popen(guest, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not socket.exists() and process.poll() is None:
        time.sleep(0.005)
    try:
        text = run_gdb(cell, socket, folder)
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired as error:
        process.kill()
        return None, b"", None, f"timed out: {error}"
    return process.returncode, out, hash_of(cell, folder / "ram"), text + err.decode()


def comparable(cell, out):
    """Returns an output without what is documented to differ on kvm-riscv: the guest can read breakpoints; a
    watchpoint is made of steps, which in QEMU take 10 ms each, and time goes on."""
    if cell.backend != "kvm-riscv":
        return out
    return re.sub(r"code \w+" if "watch" not in cell.features else r"ticks \d+, code \w+", "", out)


def difference(cell, free, debugged):
    """Returns what differs from the run without gdb, or None. Each is a status, an output and a hash; then
    come the words of the debugged run."""
    status, out, ram = free
    got_status, got_out, got_ram, text = debugged
    wrong = []
    if (got_status, comparable(cell, got_out)) != (status, comparable(cell, out)):
        wrong.append(f"status {got_status}, not {status}; output {got_out!r}")
    if got_ram != ram and "call" not in cell.features:
        wrong.append(f"hash of RAM {got_ram}, not {ram}")
    words = next((words for applies, words in REFUSED if applies(cell)), "")
    if not re.search(words, text):
        wrong.append(f"these words are missing: {words}")
    return "\n".join([str(cell), *wrong, text]) if wrong else None


class Matrix:
    def __init__(self, program):
        self.program = program
        self.references = {}

    def reference(self, cell, folder):
        """The end without gdb."""
        key = (cell.level, cell.harts, cell.cc, cell.backend)
        if key not in self.references:
            self.references[key] = run_free(cell, self.program, folder)
        return self.references[key]

    def failure(self, cell, folder):
        """Runs a cell. Returns what is wrong, or None."""
        return difference(cell, self.reference(cell, folder), debug(cell, self.program, folder))


def build_all(wanted):
    """Builds the guests of cells. Returns those whose compiler is there."""
    for cc, backend in sorted({(cell.cc, cell.backend) for cell in wanted}):
        problem = build(cc, ARCHS[backend])
        if problem:
            print(f"skipped: {cc} for {ARCHS[backend]}: {problem}")
            wanted = [cell for cell in wanted if (cell.cc, cell.backend) != (cc, backend)]
    return wanted


def report(wanted, failures, start):
    """Prints the failures, as they come, how far it is, and the sum. Returns whether there are any."""
    failed = 0
    for done, failure in enumerate(failures, 1):
        if failure:
            failed += 1
            print(failure, flush=True)
        if done % 100 == 0:
            print(f"{done} of {len(wanted)} cells, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    refused = sum(any(applies(cell) for applies, _ in REFUSED) for cell in wanted)
    print(f"{len(wanted)} cells, {refused} of them refused in words, {failed} failed, {time.monotonic() - start:.0f} s")
    return failed > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, help="as many of them; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    wanted = chosen(options.cells, options.seed) if options.cells else cells()
    wanted = build_all(wanted)
    matrix, start = Matrix(ROOT / "build/labvisor"), time.monotonic()

    def run(cell):
        with tempfile.TemporaryDirectory() as folder:
            return matrix.failure(cell, folder)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        return report(wanted, pool.map(run, wanted), start)


if __name__ == "__main__":
    sys.exit(main())

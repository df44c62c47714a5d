# SPDX-License-Identifier: MIT
"""Lab 0: what is graded."""

from checks import Answer, Lab, Run

HERE = "labs/00-bring-up"


class Puzzle:
    """What guest/puzzle.c computes from a number."""

    def __init__(self, number):
        self.state = number
        self.checkpoint = hex(self.next())
        lengths = [self.next() % 60 + 1 for _ in range(4 + self.next() % 12)]
        self.writes, self.longest = len(lengths), max(lengths)
        self.status = 1 + self.next() % 99
        self.s11 = hex(self.next() << 24 | self.next())

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8


def seeded(name, points, hint):
    hint = f"with the number that `make seed` prints for your id, {hint}"
    return Answer(name, points, hint, value=lambda number: getattr(Puzzle(number), name))


def first(rng):
    name = "".join(rng.choices("abcdefghijklmnop", k=rng.randrange(3, 20)))
    status = rng.randrange(1, 100)
    return {
        "args": (name, str(status)),
        "status": status,
        "stdout": f"Hello from {name}\n",
        "trace": (f"DBCN.console_write(num_bytes={len(name) + 12}, *) = *", f"LAB.exit(status={status})"),
    }


LAB = Lab(
    number=0,
    title="Bring-up",
    hours=3,
    files=(f"{HERE}/guest/first.c", f"{HERE}/answers.txt"),
    checks=(
        Run("builds", 10, "puzzle", args=("1",), status=85, given=True),
        Run(
            "first",
            30,
            "first",
            case=first,
            hints=(
                (r"expected DBCN.*got LAB.exit", "nothing is printed yet"),
                (r"expected LAB.exit.*got LAB.exit", "the exit status is the value that main returns: is it the second argument, as a number?"),
                (r"got DBCN.console_write", "a line is one exit: is it complete, with its newline, and flushed once?"),
            ),
        ),
        seeded("writes", 10, "count the lines of the trace with DBCN.console_write, not all exits"),
        seeded("longest", 10, "look for the largest num_bytes in the trace"),
        seeded("status", 10, "the last line of the trace has it; make says 2 for itself"),
        seeded("s11", 10, "OPTIONS=--dump-regs shows the registers"),
        seeded("checkpoint", 10, "stop in gdb at checkpoint and print $a0"),
        Answer("round", 5, "vmm/core/run.c: it calls backend->run and vcpu_exited", sealed="59664287727a883e"),
        Answer("first_call", 5, "OPTIONS=--trace: the line with #1", sealed="d2f7ce02de34bf73"),
    ),
)

# SPDX-License-Identifier: MIT
"""Lab 0: what is graded."""

import re

from checks import Answer, Lab, Run

HERE = "labs/00-bring-up"


def writes(exits):
    return [int(size) for size in re.findall(r"DBCN.console_write\(num_bytes=(\d+)", "\n".join(exits))]


def register(lines, name):
    return hex(int(re.search(rf"\b{name} +([0-9a-f]+)", " ".join(lines))[1], 16))


def checkpoint(exits):
    """The grader's copy of the puzzle tells it."""
    return re.findall(r"probe_extension\(extension_id=(\w+)", "\n".join(exits))[0]


def seeded(name, points, hint, value):
    hint = f"with the number that `make seed` prints for your id, {hint}"
    return Answer(name, points, hint, value=value, guest="puzzle")


def first(rng):
    name = "".join(rng.choices("abcdefghijklmnop", k=rng.randrange(3, 20)))
    status = rng.randrange(1, 100)
    return {
        "args": (name, str(status)),
        "status": status,
        "said": "*",
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
        seeded("writes", 10, "count the lines of the trace with DBCN.console_write, not all exits", lambda exits, lines, status: len(writes(exits))),
        seeded("longest", 10, "look for the largest num_bytes in the trace", lambda exits, lines, status: max(writes(exits))),
        seeded("status", 10, "the last line of the trace has it; make says 2 for itself", lambda exits, lines, status: status),
        seeded("s11", 10, "OPTIONS=--dump-regs shows the registers", lambda exits, lines, status: register(lines, "s11")),
        seeded("checkpoint", 10, "stop in gdb at checkpoint and print $a0", lambda exits, lines, status: checkpoint(exits)),
        Answer("round", 5, "vmm/core/run.c: it calls backend->run and vcpu_exited", sealed="59664287727a883e"),
        Answer("first_call", 5, "OPTIONS=--trace: the line with #1", sealed="d2f7ce02de34bf73"),
    ),
)

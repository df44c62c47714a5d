# SPDX-License-Identifier: MIT
"""Lab 0: what is graded."""

import re

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/00-bring-up"
WRITE = "DBCN.console_write(num_bytes=#, *"


def writes(exits):
    return [int(size) for size in re.findall(r"DBCN.console_write\(num_bytes=(\d+)", "\n".join(exits))]


def register(lines, name):
    return hex(int(re.search(rf"\b{name} +([0-9a-f]+)", " ".join(lines))[1], 16))


def checkpoint(exits):
    """The grader's copy of the puzzle tells it."""
    return re.findall(r"probe_extension\(extension_id=(\w+)", "\n".join(exits))[0]


def seeded(name, points, look, value):
    look = f"with the number that `make seed` prints for your id, {look}"
    return Answer(name, points, look, value=value, guest="puzzle")


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
                Hint("nothing is printed yet", f"{HERE}/guest/first.c: main", "exit 2", WRITE, "LAB.exit(status=*"),
                Hint(
                    "the exit status is the value that main returns: is it the second argument, as a number?",
                    f"{HERE}/guest/first.c: what main returns",
                    "exit 3",
                    "LAB.exit(status=#)",
                    "LAB.exit(status=0)",
                ),
                Hint(
                    "a line is one exit: is it complete, with its newline, and flushed once?",
                    f"{HERE}/guest/first.c: the text that printf gets",
                    "exit 2",
                    WRITE,
                    WRITE,
                    lambda line, size: size in (line - 1, len("Hello from ")),
                ),
            ),
        ),
        seeded("writes", 10, "count the lines of the trace with DBCN.console_write, not all exits", lambda exits, lines, status: len(writes(exits))),
        seeded("longest", 10, "look for the largest num_bytes in the trace", lambda exits, lines, status: max(writes(exits))),
        seeded("status", 10, "the last line of the trace has it; make says 2 for itself", lambda exits, lines, status: status),
        seeded("s11", 10, "OPTIONS=--dump-regs shows the registers", lambda exits, lines, status: register(lines, "s11")),
        seeded("checkpoint", 10, "stop in gdb at checkpoint and print $a0", lambda exits, lines, status: checkpoint(exits)),
        Answer("round", 5, "vmm/core/run.c: it calls backend->run and vcpu_exited", forms.name, sealed="98d0dcf088626246"),
        Answer("first_call", 5, "OPTIONS=--trace: the line with #1", forms.name, sealed="5ea6034d50a99416"),
    ),
)

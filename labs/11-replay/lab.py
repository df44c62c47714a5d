# SPDX-License-Identifier: MIT
"""Lab 11: what is graded."""

import functools
import re

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/11-replay"
DIED = 116
SNAPSHOT, INPUTS = f"{HERE}/vmm/snapshot.c", f"{HERE}/vmm/inputs.c"
JOURNAL = "the journal answers repeated questions, from the position of the snapshot on"
SMALL = 8
YES_NO = forms.choice("yes", "no")


def calls(exits, pattern):
    return [found for found in (re.match(pattern, exit) for exit in exits) if found]


def phase_1(exits):
    return calls(exits, r"unknown\(eid=(\w+)")[0][1]


def phase_2(exits):
    return len(calls(exits, r"BASE.get_spec_version"))


def phase_3(exits):
    first, second, _ = (int(call[1], 0) for call in calls(exits, r"TIME.set_timer\(\w+=(\w+)"))
    return second - first


def phase_4(exits):
    states = calls(exits, r"HSM.hart_get_status\(.*= (\w+)")
    return 1 + [state[1].isdigit() for state in states].index(True)


def phase_5(exits):
    asked = (int(call[1], 0) for call in calls(exits, r"BASE.probe_extension\(extension_id=(0xb0\w{5})\)"))
    return hex(functools.reduce(int.__xor__, asked))


def phase(number, look):
    look = f"with the number that `make seed` prints for your id and OPTIONS=--trace, {look}"
    observe = globals()[f"phase_{number}"]
    return Answer(f"phase_{number}", 4, look, value=lambda exits, lines, status: observe(exits), guest="bomb")


# A rewind takes the guest back, and with it what it knows to have written: `said` has the last life alone.


def again(rng):
    start, rewinds = rng.randrange(10, 10**6), rng.randrange(2, 6)
    lives = [
        f"life {n}: global {start}, local {start}, pages 0\nthen: global {start + n + 1}, local 0, pages 256\n"
        for n in range(rewinds + 1)
    ]
    return {"args": (str(start), str(rewinds)), "stdout": "".join(lives), "said": lives[-1]}


def clock(rng):
    ms, rewinds = rng.randrange(2, 50), rng.randrange(1, 4)
    lives = [f"life {n}: from 0 ms to {3 * ms} ms, 3 ticks\n" for n in range(rewinds + 1)]
    return {"args": (str(ms), str(rewinds)), "stdout": "".join(lives), "said": lives[-1]}


def code(rng):
    n = rng.randrange(1, 1000)
    lives = [f"life {life}: {n}, in RAM {n}\nthen: {n + 1}\n" for life in (0, 1)]
    return {"args": (str(n),), "stdout": "".join(lives), "said": lives[-1]}


def dice(rng):
    before, after, rewinds = rng.randrange(2, 6), rng.randrange(2, 8), rng.randrange(1, 4)
    given = bytes(rng.randrange(256) for _ in range(before + after + 1))
    lines = [("before:", given[:before])]
    lines += [(f"life {n}:", given[before : before + after]) for n in range(rewinds + 1)]
    text = ["".join((name, *(f" {n}" for n in numbers))) for name, numbers in lines]
    text[-1] += f" {given[-1]} -1"  # new inputs come from outside
    from_outside = f"life 1: {given[before + after]}" + " -1" * (after - 1)
    return {
        "args": (str(before), str(after), str(rewinds)),
        "stdin": given,
        "stdout": "\n".join(text) + "\n",
        "said": f"{text[0]}\n{text[-1]}\n",
        "hints": (*DICE, Hint(JOURNAL, f"{INPUTS}: handle_LAB11_ask", "line 3", "life 1: *", f"{from_outside}*")),
    }


def diverge(rng):
    question = rng.randrange(1, 10**6)
    one, other = rng.randrange(256), rng.randrange(256)
    return {
        "args": (str(question),),
        "stdin": bytes((one, other, 1, 2, 3)),
        "stdout": f"the same: {one}\nanother in life 0: {other}\nthe same: {one}\n",
        "said": f"the same: {one}\n",
        "stderr": (f"diverged: input 1 was for question {question + 1}, now it is for {question + 2}",),
    }


RESULT = Hint(
    "after a rewind the result is the checkpoint's: the number of rewinds, so that the guest knows",
    f"{SNAPSHOT}: handle_LAB11_rewind",
    "line *",
    ("life 1: *", "snapshot 1, life 1"),
    ("life 0: *", "snapshot 1, life 0"),
)
MADE = "does save copy the machine, and return true?"
STATE = "life #: global #, local #, pages #"
AGAIN = (
    Hint(MADE, f"{SNAPSHOT}: save", "the end", STATE, "status 1"),
    Hint(
        "all of RAM goes back, including its end and the stack",
        f"{SNAPSHOT}: restore",
        "line 3",
        STATE,
        STATE,
        lambda life, number, local, pages, same, *values: same == life and values[1] == 0,  # as it was before the rewind
    ),
    RESULT,
)
CLOCK = (
    Hint(
        "the clock goes back, also the time that it skipped while the guest slept",
        f"{SNAPSHOT}: restore, hart->vm->time_skipped",
        "line 2",
        "life 1: from 0 ms to # ms, 3 ticks",
        "life 1: from # ms to # ms, 3 ticks",
        lambda end, start, _: start == end,
    ),
    Hint(
        "a set timer belongs to the machine: vcpu->timer",
        f"{SNAPSHOT}: restore",
        "line 2",
        "life 1: from 0 ms to # ms, 3 ticks",
        "life 1: from 0 ms to # ms, 3 ticks",
        lambda want, have: have == 2 * want,
    ),
    RESULT,
)
CODE = (
    Hint(
        "instructions decoded from the old RAM are wrong now: memory_for_write",
        f"{SNAPSHOT}: restore",
        "line 3",
        "life 1: #, in RAM #",
        "life 1: #, in RAM #",
        lambda number, same, called, in_ram: in_ram == number and called == number + 1,
    ),
    RESULT,
)
DIVERGED = "status 116: *diverged: input 0 was for question 100, now it is for #"
DICE = (
    Hint(JOURNAL, f"{INPUTS}: inputs_go_back", "the end", "life 1: *", DIVERGED, lambda question: question == 200),
    Hint(
        "an input from outside goes to the end of the journal, and position after it",
        f"{INPUTS}: handle_LAB11_ask",
        "the end",
        "before: *",
        DIVERGED,
        lambda question: question == 101,
    ),
    RESULT,
)

LAB = Lab(
    number=11,
    title="Snapshot and replay, and the exit bomb",
    hours=6,
    files=(f"{HERE}/vmm/snapshot.c", f"{HERE}/vmm/inputs.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "again",
            15,
            "again",
            case=again,
            memory=SMALL,
            hints=AGAIN,
        ),
        Run(
            "edges",
            5,
            "edges",
            memory=SMALL,
            stdout="no snapshot: -1\n" + "".join(f"snapshot {s}, life {n}\n" for s in (1, 2) for n in (0, 1, 2)),
            said="no snapshot: -1\nsnapshot 1, life 2\nsnapshot 2, life 2\n",
            hints=(RESULT, Hint(MADE, f"{SNAPSHOT}: save", "line 3", "snapshot 1, life 1", "snapshot 2, life 0")),
        ),
        Run(
            "clock",
            15,
            "clock",
            case=clock,
            memory=SMALL,
            hints=CLOCK,
        ),
        Run(
            "code",
            10,
            "code",
            case=code,
            memory=SMALL,
            hints=CODE,
        ),
        Run(
            "dice",
            20,
            "dice",
            case=dice,
            memory=SMALL,
        ),
        Run(
            "diverge",
            10,
            "diverge",
            case=diverge,
            memory=SMALL,
            status=DIED,
            hints=(
                Hint(
                    "a question that differs from the journal's ends the guest: vm_die",
                    f"{INPUTS}: handle_LAB11_ask",
                    "line 4",
                    "the end",
                    "another in life 1: #",
                ),
            ),
        ),
        # LAB 11: starter
        # Answer("undone", 5, "make run GUEST=again shows it", YES_NO),
        # LAB 11: solution
        Answer("undone", 5, "make run GUEST=again shows it", YES_NO, sealed="bc9481af77b4e45c"),
        # LAB 11: end
        phase(1, "look for a call that is unknown"),
        phase(2, "count; or OPTIONS=--stats does"),
        phase(3, "subtract one argument of set_timer from the other"),
        phase(4, "number the calls of hart_get_status from 1, and see which one succeeds"),
        phase(5, "take the arguments of all calls of probe_extension: by a script, best"),
    ),
)

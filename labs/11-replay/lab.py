# SPDX-License-Identifier: MIT
"""Lab 11: what is graded."""

from checks import Answer, Lab, Run

HERE = "labs/11-replay"
DIED = 116
SMALL = ("-m8",)


class Bomb:
    """What guest/bomb.c computes from a number."""

    def __init__(self, number):
        self.state = number
        secret = self.next()
        self.phase_1 = hex(0x0B000000 + secret % 0x10000)
        self.phase_2 = 5 + self.next() % 60
        self.phase_3 = 1000 + self.next() % 100000
        count = 20 + self.next() % 40
        right = self.next() % count
        for _ in range(count - 1):
            self.next()
        self.phase_4 = right + 1
        together = 0
        for _ in range(31):
            together ^= 0x0B000000 + self.next() % 0x100000
        self.phase_5 = hex(together)

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8


def phase(number, hint):
    name = f"phase_{number}"
    hint = f"BOOM: with the number that `make seed` prints for your id and OPTIONS=--trace, {hint}"
    return Answer(name, 4, hint, value=lambda seed: getattr(Bomb(seed), name))


def again(rng):
    start, rewinds = rng.randrange(10, 10**6), rng.randrange(2, 6)
    lives = (
        f"life {n}: global {start}, local {start}, pages 0\nthen: global {start + n + 1}, local 0, pages 256\n"
        for n in range(rewinds + 1)
    )
    return {"args": (str(start), str(rewinds)), "stdout": "".join(lives)}


def clock(rng):
    ms, rewinds = rng.randrange(2, 50), rng.randrange(1, 4)
    lives = (f"life {n}: from 0 ms to {3 * ms} ms, 3 ticks\n" for n in range(rewinds + 1))
    return {"args": (str(ms), str(rewinds)), "stdout": "".join(lives)}


def code(rng):
    n = rng.randrange(1, 1000)
    lives = (f"life {life}: {n}\nthen: {n + 1}\n" for life in (0, 1))
    return {"args": (str(n),), "stdout": "".join(lives)}


def dice(rng):
    before, after, rewinds = rng.randrange(2, 6), rng.randrange(2, 8), rng.randrange(1, 4)
    given = bytes(rng.randrange(256) for _ in range(before + after + 1))
    lines = [("before:", given[:before])]
    lines += [(f"life {n}:", given[before : before + after]) for n in range(rewinds + 1)]
    text = ["".join((name, *(f" {n}" for n in numbers))) for name, numbers in lines]
    text[-1] += f" {given[-1]} -1"  # new inputs come from outside
    return {"args": (str(before), str(after), str(rewinds)), "stdin": given, "stdout": "\n".join(text) + "\n"}


def diverge(rng):
    question = rng.randrange(1, 10**6)
    one, other = rng.randrange(256), rng.randrange(256)
    return {
        "args": (str(question),),
        "stdin": bytes((one, other, 1, 2, 3)),
        "stdout": f"the same: {one}\nanother: {other}\nthe same: {one}\n",
        "stderr": (f"diverged: input 1 was for question {question + 1}, now it is for {question + 2}",),
    }


MADE = (r"exit status 1\b|got 'no snapshot: 0|snapshot 1, life 0.*got the end", "does save copy the machine, and return true?")
JOURNAL = "the journal answers repeated questions, from the position of the snapshot on"
RESULT = (
    r"more than \d+ (exits|instructions)|SIGXFSZ|wrote too much|snapshot \d, life [12]', got|expected 'life (\d+): .*', got 'life (?!\1:)",
    "after a rewind the result is the checkpoint's: the number of rewinds, so that the guest knows",
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
            options=SMALL,
            hints=(
                MADE,
                (r"expected 'life (\d+): .*got 'life \1: ", "all of RAM goes back, including its end and the stack"),
                RESULT,
            ),
        ),
        Run(
            "edges",
            5,
            "edges",
            options=SMALL,
            stdout="no snapshot: -1\n" + "".join(f"snapshot {s}, life {n}\n" for s in (1, 2) for n in (0, 1, 2)),
            hints=(MADE, RESULT),
        ),
        Run(
            "clock",
            15,
            "clock",
            case=clock,
            options=SMALL,
            hints=(
                (r"expected 'life \d+: from 0 ms.*got 'life \d+: from [1-9]", "the clock goes back, also the time that it skipped while the guest slept"),
                (r"nothing can wake it|expected 'life.*got 'life \d+: from 0 ms", "a set timer belongs to the machine: vcpu->timer"),
                RESULT,
            ),
        ),
        Run(
            "code",
            10,
            "code",
            case=code,
            options=SMALL,
            hints=(
                (r"expected 'life 1.*got 'life 1", "instructions decoded from the old RAM are wrong now: memory_for_write"),
                RESULT,
            ),
        ),
        Run(
            "dice",
            20,
            "dice",
            case=dice,
            options=SMALL,
            hints=(
                (r"was for question 1\d\d, now it is for 2|expected 'life \d+: ", JOURNAL),
                (r"diverged: input", "an input from outside goes to the end of the journal, and position after it"),
            ),
        ),
        Run(
            "diverge",
            10,
            "diverge",
            case=diverge,
            options=SMALL,
            status=DIED,
            hints=((r"expected 116|did not say|of the output", "a question that differs from the journal's ends the guest: vm_die"),),
        ),
        Answer("undone", 5, "make run GUEST=again shows it", sealed="b79e2feb291034d7"),
        phase(1, "look for a call that is unknown"),
        phase(2, "count; or OPTIONS=--stats does"),
        phase(3, "subtract one argument of set_timer from the other"),
        phase(4, "number the calls of hart_get_status from 1, and see which one succeeds"),
        phase(5, "take the arguments of all calls of probe_extension: by a script, best"),
    ),
)

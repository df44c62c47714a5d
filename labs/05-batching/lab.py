# SPDX-License-Identifier: MIT
"""Lab 5: what is graded."""

import itertools

from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/05-batching"
EXIT = "LAB.exit(status=0)"
BUFFER, SLOTS = 1024, 16

LOG, RING = f"{HERE}/guest/shared/log.c", f"{HERE}/vmm/ring.c"
WRITE = "DBCN.console_write(num_bytes=#, *"
BYTEWISE = Hint(
    "an exit for each byte: your task is to reduce them",
    LOG,
    "exit *",
    ("DBCN.console_write(*", "LAB5.doorbell() = *"),
    "DBCN.console_write_byte(*) = 0",
)


def words(rng, count, longest):
    return ["".join(rng.choices("abcdefghij", k=rng.randrange(1, longest))) for _ in range(count)]


def fills_exactly(lines):
    """Returns whether the buffer is full at the end of a text: a line, or its newline."""
    ends = itertools.accumulate(size for line in lines for size in (len(line), 1))
    return any(end % BUFFER == 0 for end in ends)


def buffered(rng):
    lines = next(lines for lines in iter(lambda: words(rng, 30, 120), None) if not fills_exactly(lines))
    size = sum(len(line) + 1 for line in lines)
    writes = [BUFFER] * (size // BUFFER) + [size % BUFFER] * (size % BUFFER > 0)
    return {
        "args": tuple(lines),
        "stdout": "".join(f"{line}\n" for line in lines),
        "trace": (*(f"DBCN.console_write(num_bytes={n}, *) = *" for n in writes), EXIT),
    }


def ringed(rng):
    lines = words(rng, rng.randrange(20, 40), 60)
    texts = 2 * len(lines)
    rings = [SLOTS] * (texts // SLOTS) + [texts % SLOTS] * (texts % SLOTS > 0) + [1]
    return {
        "args": tuple(lines),
        "stdout": "".join(f"{line}\n" for line in lines) + lines[-1],
        "trace": ("LAB5.set_ring(*) = 0", *(f"LAB5.doorbell() = {n}" for n in rings), EXIT),
    }


def full(rng):
    lines = words(rng, SLOTS // 2, 60)
    return {
        "args": tuple(lines),
        "stdout": "".join(f"{line}\n" for line in lines) + lines[-1],
        "trace": ("LAB5.set_ring(*) = 0", f"LAB5.doorbell() = {SLOTS}", "LAB5.doorbell() = 1", EXIT),
    }


def counters(rng):
    rounds = rng.randrange(20, 40)
    texts = ["0123456789abcdef"[: n % SLOTS + 1] for n in range(rounds)]
    return {"args": (str(rounds),), "stdout": "".join(f"{t} {len(t)}\n" for t in texts) + "left: 0\n", "said": "".join(f" {len(t)}\n" for t in texts) + "left: 0\n"}


RINGING = (
    BYTEWISE,
    Hint(
        "the ring is full when head - tail is RING_SLOTS",
        f"{LOG}: ring_put",
        "exit *",
        "LAB5.doorbell() = 16",
        "LAB5.doorbell() = 15",
    ),
    Hint(
        "ring the doorbell when the ring is full, or at the end if something is left; not for each text",
        f"{LOG}: ring_put",
        "exit 3",
        "LAB5.doorbell() = 16",
        "LAB5.doorbell() = 1",
    ),
    Hint("the doorbell returns the number of texts that it has written: *ret", f"{RING}: handle_LAB5_doorbell", "exit *", "LAB5.doorbell() = #", "LAB5.doorbell() = failed"),
)
WRAP = "the counters wrap around: use their difference, and increment tail"
COUNTERS = (
    Hint("a slot is a counter modulo RING_SLOTS", f"{RING}: the index of a slot", "the end", "0 1", ("an index outside an array", "SIGSEGV", "SIGBUS")),
    Hint(WRAP, f"{RING}: tail", "line 2", "01 2", "000 3"),
    Hint(WRAP, f"{RING}: how many slots are filled", "line 6", "012345 6", "0"),
)
FILLED = Hint(
    "a guest may set head to any value: more than RING_SLOTS is its error",
    f"{RING}: how many slots are filled",
    "line 4",
    "too many: -3",
    "too many: -5",
)
ANYWHERE = Hint(
    "each text has to be in RAM: memory_at, and tail stays at a text that is not",
    f"{RING}: the text of a slot",
    "line 7",
    "a text that ends outside: -5",
    "out*",
)

LIAR = (
    "no ring: -1\noutside RAM: -3\nempty: 0\ntoo many: -3\nfewer than none: -3\ntext\n"
    "a text that ends outside: -5\ntail: 1\na length that overflows: -5\ntext\nno bytes: 2\n"
)

LAB = Lab(
    number=5,
    title="Exit accounting and batching",
    hours=5,
    files=(f"{HERE}/guest/shared/log.c", f"{HERE}/vmm/ring.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "buffered",
            20,
            "buffered",
            case=buffered,
            said="",
            starter_vmm=True,
            hints=(
                BYTEWISE,
                Hint(
                    "the buffer is written when it is full: a text that does not fit is cut in two",
                    f"{LOG}: buffered_put",
                    "exit *",
                    f"DBCN.console_write(num_bytes={BUFFER}, *",
                    WRITE,
                    lambda size: 0 < size < BUFFER,
                ),
                Hint(
                    "is the rest written at the end?",
                    f"{LOG}: buffered_flush",
                    "exit *",
                    WRITE,
                    "LAB.exit(status=0)",
                    lambda size: size < BUFFER,
                ),
            ),
        ),
        Run("ringed", 25, "ringed", case=ringed, said="", hints=RINGING),
        Run("full", 10, "ringed", case=full, said="", hints=RINGING),
        Run(
            "counters",
            15,
            "counters",
            case=counters,
            max_insns=1_000_000,
            hints=COUNTERS,
        ),
        Run(
            "liar",
            10,
            "liar",
            stdout=LIAR,
            said=LIAR.replace("\ntext\n", "\n"),
            hints=(FILLED, ANYWHERE),
        ),
        Answer("bytewise_exits", 5, "OPTIONS=--stats counts them", sealed="a5231d6005475303"),
        Answer("buffered_exits", 5, "OPTIONS=--stats counts them", sealed="1cf620ae56162559"),
        Answer("ringed_exits", 5, "OPTIONS=--stats counts them", sealed="5ee3f3cdd617ac99"),
        Answer("last_slot", 5, "slot n % RING_SLOTS", sealed="ddd5e7435d040e76"),
    ),
)

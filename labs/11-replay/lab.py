"""Lab 11: what is graded."""

from checks import Answer, Lab, Run

HERE = "labs/11-replay"
RECORD, REPLAY = ("--record=files/run",), ("--replay=files/run",)
PLACE = {"folder/none": ""}  # so that there is a folder to write to


class Bomb:
    """What guest/bomb.c does with a number."""

    def __init__(self, number):
        self.state = number
        self.knock = "".join(chr(ord("a") + self.next() % 26) for _ in range(4))
        self.doze = "".join(str(1 + self.next() % 9) for _ in range(5))
        self.stutter = "-".join(str(1 + self.next() % 30) for _ in range(4))

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8


def word(name, hint):
    hint = f"with the number that `make seed` prints for your id, {hint}"
    return Answer(name, 10, hint, value=lambda number: getattr(Bomb(number), name))


def typed(rng, first=()):
    data = bytes(rng.randrange(256) for _ in range(rng.randrange(500, 1500)))
    left, reads, total = len(data), 0, 0
    while left > 0:
        left -= 1 + reads % 100
        reads += 1
    for byte in data:
        total = (total * 31 + byte) % 2**64
    return {"stdin": data, "stdout": f"{len(data)} bytes in {reads} reads, sum {total}\n"}


def lines(rng):
    some = ["".join(rng.choices("abcdefghij ", k=rng.randrange(1, 60))) for _ in range(12)]
    said = "".join(f"{number}: {line}\n" for number, line in enumerate(some, 1))
    return {"stdin": "".join(f"{line}\n" for line in some).encode(), "stdout": said + "and ticked\n"}


READING = (
    (r"made more than", "without an entry to repeat, what comes is the host's: host_input_read"),
    (r"exits are used up", "an entry is repeated once: position"),
    (r"cannot be repeated|recording ends", "what is read is noted, each time: append an ENTRY_READ with a copy of the bytes"),
    (r"the run ended with|sum|did not come to an end", "the bytes are those that were read: while there are entries, the host is not asked"),
)

LAB = Lab(
    number=11,
    title="Replay, and the exit bomb",
    hours=6,
    files=("vmm/journal.c", f"{HERE}/answers.txt"),
    checks=(
        Run("live", 15, "typist", case=typed, max_exits=5000, hints=READING),
        Run(
            "replay",
            30,
            "typist",
            case=typed,
            files=PLACE,
            first=RECORD,
            options=REPLAY,
            max_exits=5000,
            hints=READING,
        ),
        Run(
            "replay_lines",
            15,
            "echoes",
            case=lines,
            files=PLACE,
            first=RECORD,
            options=REPLAY,
            max_exits=5000,
            hints=READING,
        ),
        word("knock", "an EID of four bytes can be read as four letters, the first one highest"),
        word("doze", "sleeps are the times between the lines of the trace, in milliseconds"),
        word("stutter", "the lengths of its writes, before the end of the line"),
        Answer("early_entry", 5, "vmm/journal.c: write_entry", sealed="383f441b219742ac"),
        Answer("holds_times", 5, "what is a function of the instructions comes again by itself", sealed="e6d00d5e6b7e4b51"),
    ),
)

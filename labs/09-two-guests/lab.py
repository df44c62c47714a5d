# SPDX-License-Identifier: MIT
"""Lab 9: what is graded."""

import itertools

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/09-two-guests"
FIRST = 2  # exits before a guest's own: one of the runtime, one to learn which guest it is


def take_turns(guests, turns, both=True):
    """Returns the output of two guests, each a list with an element for each exit. turns: (guest, exits), forever.
    both: until both have ended."""
    left, printed = [list(guest) for guest in guests], ""
    while any(left) if both else all(left):
        guest, exits = next(turns)
        guest = guest if left[guest] else 1 - guest
        printed += "".join(left[guest][:exits])
        del left[guest][:exits]
    return printed


def forever(turns):
    while True:
        yield from turns


TURNS_C = f"{HERE}/vmm/turns.c"
ENDED = "a guest that has ended gives its turns to the other one, until both have ended"
TURNS = "guest 0 begins; a turn lasts as many exits as the plan says, including the runtime's"
AGAIN = "follow the plan exactly: exit for exit, line for line, and then from the start again"


def mistakes(right, *wrong):
    """Returns the hints for outputs in one line: (words, the output of that mistake)."""
    return tuple(Hint(words, TURNS_C, "line 1", right, output) for words, output in wrong)


def letters(count):
    return [[""] * FIRST + [letter] * count + ["", ""] for letter in "Ab"]


def arguments(guest, count, *plan):
    """The VMM needs the plan; only the guests know the count."""
    path = f"build/{guest}.elf"
    return {"args": (path, str(count), *plan), "vmm_args": (path, "0", *plan)}


def in_order(printed):
    """Guest 0 notes the numbers of its letters; see guest/letters.c."""
    return {"stdout": printed, "said": "".join(str(i % 10) for i, letter in enumerate(printed) if letter == "A")}


def exits(rng):
    count = rng.randrange(5, 30)
    right, swapped = (take_turns(letters(count), forever(turns)) for turns in ([(0, 1), (1, 1)], [(1, 1), (0, 1)]))
    return {**arguments("letters", count, "exits"), **in_order(right), "hints": mistakes(right, (TURNS, swapped))}


def by_file(rng):
    count = rng.randrange(20, 40)
    turns = [(guest, rng.randrange(2, 6)) for guest in (rng.randrange(2), 0, 1, rng.randrange(2), rng.randrange(2))]
    right = take_turns(letters(count), forever(turns))
    single = [(guest, 1) for guest, _ in turns]
    return {
        **arguments("letters", count, "file", "files/plan"),
        **in_order(right),
        "files": {"plan": "".join(f"{guest} {exits}\n" for guest, exits in turns)},
        "hints": mistakes(
            right,
            (TURNS, take_turns(letters(count), forever(single))),
            (AGAIN, take_turns(letters(count), itertools.chain(turns, forever(turns[-1:])))),
            (ENDED, take_turns(letters(count), forever(turns), both=False)),
        ),
    }


def slices(rng, other="quiet"):
    one, two = rng.choice(((7, 3), (3, 7), (1, 4), (3, 2), (2, 3)))
    share = round(100 * one / (one + two))
    return {
        **arguments(other, rng.randrange(2, 5) * 10**5, "slices", str(one), str(two)),
        "stdout": f"{share} % and {100 - share} %\n",
    }


def channel(rng):
    """Simulates guest/channel.c: its output, exit for exit."""
    count = rng.randrange(20, 60)
    turns = [(0, 2), (1, rng.randrange(2, 5)), (0, 1), (1, 1)]
    state = {"sent": 0, "received": 0}
    guests = (sender(count, state), receiver(count, state))
    plan, printed, over = forever(turns), "", [False, False]
    while not all(over):
        guest, exits = next(plan)
        guest = 1 - guest if over[guest] else guest
        for _ in range(exits):
            text = next(guests[guest], None)
            over[guest] |= text is None
            printed += text or ""
            if over[guest]:
                break
    return {
        **arguments("channel", count, "file", "files/plan"),
        "files": {"plan": "".join(f"{guest} {exits}\n" for guest, exits in turns)},
        "stdout": printed,
        "said": next(line for line in printed.splitlines(keepends=True) if line.startswith("sent")),  # of guest 0
    }


def sender(count, state):
    yield from [""] * FIRST
    full = 0
    for _ in range(count):
        while state["sent"] - state["received"] == 8:
            full += 1
            yield ""
        state["sent"] += 1
    yield f"sent, {full} times full\n"
    yield ""


def receiver(count, state):
    yield from [""] * FIRST
    empty = 0
    for _ in range(count):
        while state["sent"] == state["received"]:
            empty += 1
            yield ""
        state["received"] += 1
    yield f"sum {count * (count + 1) // 2}, {empty} times empty\n"
    yield ""


SHARES = "# % and # %"
WEIGHTS = Hint(
    "a turn lasts QUANTUM instructions times the guest's weight",
    TURNS_C,
    "line 1",
    SHARES,
    SHARES,
    lambda one, two, have, other: have in (49, 50, 51) and have + other == 100,
)
LOST = Hint(ENDED, TURNS_C, "line 1", SHARES, "the end, at last LAB.exit(status=0)")

LAB = Lab(
    number=9,
    title="Two guests",
    hours=6,
    files=(f"{HERE}/vmm/turns.c", f"{HERE}/answers.txt"),
    checks=(
        Run("exits", 20, "letters", case=exits),
        Run("by_file", 15, "letters", case=by_file),
        Run(
            "slices",
            20,
            "quiet",
            case=slices,
            hints=(LOST, WEIGHTS),
        ),
        Run(
            "chatty",
            15,
            "chatty",
            case=lambda rng: slices(rng, "chatty"),
            max_exits=100_000,
            hints=(
                LOST,
                WEIGHTS,
                Hint(
                    "an exit does not end a slice: the guest keeps the rest of it",
                    TURNS_C,
                    "line 1",
                    SHARES,
                    SHARES,
                    lambda one, two, have, other: have in (24, 25, 26) and have + other == 100,  # 16 of 16 + 48 units
                ),
            ),
        ),
        Run("channel", 15, "channel", case=channel),
        Answer("before_letter", 5, "one of them is the runtime's; OPTIONS=--trace shows them", sealed="bb1426009d047950"),
        Answer("turn_length", 5, "vmm/guests.h of the lab", sealed="05d31ec52634752d"),
        # LAB 9: starter
        # Answer("rest_belongs_to", 5, "a guest with many exits must get its share, too", forms.choice("guest", "vmm")),
        # LAB 9: solution
        Answer("rest_belongs_to", 5, "a guest with many exits must get its share, too", forms.choice("guest", "vmm"), sealed="5763925a4bbd0d51"),
        # LAB 9: end
    ),
)

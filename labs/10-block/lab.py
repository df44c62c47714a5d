# SPDX-License-Identifier: MIT
"""Lab 10: what is graded."""

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/10-block"
QUEUE = 16
MADE_OR_HANDLED = forms.choice("made", "handled")


def disk(rng):
    sectors = rng.sample(range(256), rng.randrange(18, 40))
    n, full = len(sectors), -(-len(sectors) // QUEUE)
    counts = [QUEUE] * (n // QUEUE) + [n % QUEUE] * (n % QUEUE > 0)
    line = f"0 bytes have changed in the buffers that were written\n{n} sectors: 0 failed, 0 bytes wrong, {3 * full} interrupts\n"
    return {
        "args": tuple(map(str, sectors)),
        "stdout": line + "one of two fails: 1, and copies 0 bytes\n",
        "trace": (
            "LAB10.set_queue(*) = 0",
            *(f"LAB10.notify() = {count}" for count in counts * 3),
            *["DBCN.console_write(*) = *"] * 2,
            "LAB10.notify() = 2",
            "DBCN.console_write(*) = *",
            "LAB.exit(status=0)",
        ),
    }


EVENTS = {
    "the first of three": 1,
    "the last of three": 1,
    "one that is still to come": 0,
    "it comes": 1,
    "long ago": 0,
    "nothing to handle": 0,
    "all of the queue": 1,
}


# What guest/events.c does: the requests that it makes, and the one that it wants an interrupt for.
REQUESTS = tuple(zip(EVENTS, (3, 3, 3, 1, 5, 0, QUEUE), (0, 2, 3, 0, -1, 0, 7)))


def events(rng, start):
    return {"args": (str(start(rng)),), "stdout": "".join(f"{what}: {count}\n" for what, count in EVENTS.items())}


def wrapping(rng):
    start = 2**32 - rng.randrange(16, 32)
    return {**events(rng, lambda rng: start), "hints": (DUE, by_size(start))}


def by_size(start):
    """Returns the hint for a device that compares the counters: the first line that it gets wrong."""
    before = start
    for number, (what, count, wanted) in enumerate(REQUESTS, 1):
        after = (before + count) % 2**32
        due = before <= (before + wanted) % 2**32 < after
        if due != EVENTS[what]:
            return Hint(
                "is wanted between before and after, by unsigned distances, so that counters may wrap around?",
                f"{DEVICE}: interrupt_is_due",
                f"line {number}",
                f"{what}: {EVENTS[what]}",
                f"{what}: {int(due)}",
            )
        before = after
    raise ValueError(f"counters from {start} on do not wrap around")


def doorbell(rng):
    count = rng.randrange(2, QUEUE)
    return {
        "args": (str(count),),
        "stdout": f"the disk has 256 sectors\nhandled {count}, 0 of them wrong\n",
        "trace": (
            "LAB10.set_queue(*) = 0",
            "mmio read 0x10001000 size 4",
            "DBCN.console_write(*) = *",
            "mmio write 0x10001004 size 4 value 0x1",
            "DBCN.console_write(*) = *",
            "LAB.exit(status=0)",
        ),
    }


REFUSED = {
    "one after it": 1,
    "two from the last": 1,
    "a sum that overflows": 1,
    "a product that overflows": 1,
    "no sectors": 0,
    "a buffer that ends outside": 1,
    "a buffer nowhere": 1,
    "an unknown type": 2,
}
BAD = tuple(what for what, status in REFUSED.items() if status == 1)

DRIVER, DEVICE = f"{HERE}/guest/shared/block.c", f"{HERE}/vmm/block.c"
MOVE, NOTIFY = f"{DEVICE}: move", f"{DEVICE}: handle_LAB10_notify"
DUE = Hint(
    "an interrupt is due only when handled goes past wanted, from at most wanted to above it",
    f"{DEVICE}: interrupt_is_due",
    "line 3",
    "one that is still to come: 0",
    "one that is still to come: 1",
)
NOTIFIED = "LAB10.notify() = 16"
DISK = (
    Hint(
        "do not notify for each request: block_finish, or a full queue, does that once",
        f"{DRIVER}: block_put",
        "exit 3",
        NOTIFIED,
        "LAB10.notify() = 1",
    ),
    Hint("the queue is full when made - handled is QUEUE_SIZE", f"{DRIVER}: block_put", "exit 3", NOTIFIED, "LAB10.notify() = 15"),
    Hint(
        "a full queue has no slot for a request: have all requests handled first",
        f"{DRIVER}: block_put",
        "exit 3",
        NOTIFIED,
        "LAB10.notify() = invalid parameter",
    ),
    Hint(
        "the device adds to handled what it has handled: a driver never finds room otherwise",
        NOTIFY,
        "exit 4",
        "LAB10.notify() = #",
        "LAB10.notify() = invalid parameter",
    ),
    Hint(
        "if events passes: one interrupt for all requests: wanted is the counter of the last one, made - 1",
        f"{DRIVER}: finish_all; and {DEVICE}: interrupt_is_due",
        "the end",
        "0 bytes have changed *",
        "status 116: *it halted with no timer set: nothing can wake it",
        after="# LAB10.notify() = #",
    ),
    Hint(
        "notify before you wait: the device does nothing until then",
        f"{DRIVER}: finish_all",
        "the end",
        "0 bytes have changed *",
        "status 116: *it halted with no timer set: nothing can wake it",
        after="# LAB10.set_queue(*) = 0",
    ),
    Hint(
        "does the device write the status to the queue, not to its copy, and does the driver compare it with BLOCK_OK?",
        f"{NOTIFY}; and {DRIVER}: finish_all",
        "line 2",
        "# sectors: 0 failed, 0 bytes wrong, # interrupts",
        "# sectors: # failed, 0 bytes wrong, # interrupts",
        lambda sectors, interrupts, same, failed, have: (same, failed, have) == (sectors, 3 * sectors, interrupts),
    ),
    Hint(
        "a read copies from the disk to the guest's buffer, and a write from the buffer to the disk",
        MOVE,
        "line 1",
        "0 bytes have changed *",
        "# bytes have changed *",
        lambda bytes: 0 < bytes <= 64 * 512,
    ),
    Hint(
        "the device writes a status to each request: count those that are not BLOCK_OK",
        f"{DRIVER}: finish_all",
        "line 3",
        "one of two fails: 1, and copies 0 bytes",
        "one of two fails: 0, and copies 0 bytes",
    ),
)
DOORBELL = (
    Hint(
        "the size of the disk: does the guest get it by access->value?",
        f"{DEVICE}: access_block",
        "line 1",
        "the disk has 256 sectors",
        "the disk has 0 sectors",
    ),
    Hint(
        "a store to the doorbell does what the call notify does",
        f"{DEVICE}: access_block",
        "line 2",
        "handled #, 0 of them wrong",
        "handled 0, # of them wrong",
        lambda want, wrong: wrong == want,
    ),
)
CHECKED = "all sectors must be on the disk, all bytes of the buffer in RAM"
MALFORMED = (
    Hint(
        CHECKED,
        MOVE,
        "line *",
        tuple(f"{what}: 1" for what in BAD),
        tuple(f"{what}: 0" for what in BAD),
    ),
    Hint(CHECKED, MOVE, "the end", tuple(f"{what}: 1" for what in BAD), "SIGSEGV"),
    Hint(
        "the guest writes made: more than QUEUE_SIZE above handled is its error",
        NOTIFY,
        "line 12",
        "too many: -3",
        "too many: 0",
    ),
    Hint(
        "fetch the request once, check the copy, use the copy: the guest may change it meanwhile",
        f"{NOTIFY}, and move",
        "line *",
        "one that changes: 0, 0 bytes wrong",
        "one that changes: 0, 512 bytes wrong",
    ),
)

LAB = Lab(
    number=10,
    title="A paravirtual block device",
    hours=8,
    files=(f"{HERE}/guest/shared/block.c", f"{HERE}/vmm/block.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "disk",
            30,
            "disk",
            case=disk,
            hints=DISK,
        ),
        Run("events", 15, "events", case=lambda rng: events(rng, lambda rng: rng.randrange(1000)), hints=(DUE,)),
        Run("wrapping", 10, "events", case=wrapping),
        Run(
            "doorbell",
            5,
            "doorbell",
            case=doorbell,
            hints=DOORBELL,
        ),
        Run(
            "read_only",
            5,
            "doorbell",
            args=("3", "0"),
            status=116,
            stdout="the disk has 256 sectors\nhandled 3, 0 of them wrong\n",
            stderr=("it wrote 0x1 (4 bytes) to address 0x10001000, where nothing is",),
            hints=(
                Hint(
                    "the size of the disk is read-only: a store to that register ends the guest",
                    f"{DEVICE}: access_block",
                    "the end",
                    "status 116",
                    "status 0",
                ),
            ),
        ),
        Run(
            "malformed",
            20,
            "malformed",
            stdout="no queue: -1\na queue outside RAM: -3\nthe last sector: 0\n"
            + "".join(f"{what}: {status}\n" for what, status in REFUSED.items())
            + "too many: -3\nfewer than none: -3\none that stays: 0, 0 bytes wrong\none that changes: 0, 0 bytes wrong\nright again: 0\n",
            hints=MALFORMED,
        ),
        Answer("notifications", 5, "OPTIONS=--trace; ARGS=\"$(seq 20 | xargs)\"", sealed="c47714ec4e8be6d6"),
        Answer("last_index", 5, "n % QUEUE_SIZE", sealed="ae287fc42b06369b"),
        # LAB 10: starter
        # Answer("guest_counter", 5, "guest/queue.h", MADE_OR_HANDLED),
        # LAB 10: solution
        Answer("guest_counter", 5, "guest/queue.h", MADE_OR_HANDLED, sealed="57cd46125eb12264"),
        # LAB 10: end
    ),
)

# SPDX-License-Identifier: MIT
"""Lab 10: what is graded."""

from checks import Answer, Lab, Run

HERE = "labs/10-block"
QUEUE = 16


def disk(rng):
    sectors = rng.sample(range(256), rng.randrange(18, 40))
    n, full = len(sectors), -(-len(sectors) // QUEUE)
    counts = [QUEUE] * (n // QUEUE) + [n % QUEUE] * (n % QUEUE > 0)
    line = f"{n} sectors: 0 failed, 0 bytes wrong, {3 * full} interrupts\n"
    return {
        "args": tuple(map(str, sectors)),
        "stdout": line + "one of two fails: 1\n",
        "trace": (
            "LAB10.set_queue(*) = 0",
            *(f"LAB10.notify() = {count}" for count in counts * 3),
            "DBCN.console_write(*) = *",
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


def events(rng, start):
    return {"args": (str(start(rng)),), "stdout": "".join(f"{what}: {count}\n" for what, count in EVENTS.items())}


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


DUE = (
    (r"long ago|still to come|nothing to handle", "an interrupt is due only when handled goes past wanted, from at most wanted to above it"),
    (r"of the output", "is wanted between before and after, by unsigned distances, so that counters may wrap around?"),
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
            hints=(
                (r"got LAB10.notify\(\) = [01]$", "do not notify for each request: block_finish, or a full queue, does that once"),
                (r"got LAB10.notify\(\) = 15|got LAB10.notify\(\) = failed", "the queue is full when made - handled is QUEUE_SIZE"),
                (r"interrupts|nothing can wake it|got halt", "one interrupt for all requests: wanted is the counter of the last one, made - 1"),
                (r"one of two fails", "the device writes a status to each request: count those that are not BLOCK_OK"),
            ),
        ),
        Run("events", 15, "events", case=lambda rng: events(rng, lambda rng: rng.randrange(1000)), hints=DUE),
        Run("wrapping", 10, "events", case=lambda rng: events(rng, lambda rng: 2**32 - rng.randrange(16, 32)), hints=DUE),
        Run(
            "doorbell",
            5,
            "doorbell",
            case=doorbell,
            hints=(
                (r"the disk has|mmio read|it read 4 bytes", "the size of the disk: does the guest get it by access->value?"),
                (r"mmio write|it wrote|handled", "a store to the doorbell does what the call notify does"),
            ),
        ),
        Run(
            "read_only",
            5,
            "doorbell",
            args=("3", "0"),
            status=116,
            stdout="the disk has 256 sectors\nhandled 3, 0 of them wrong\n",
            stderr=("it wrote 0x1 (4 bytes) to address 0x10001000, where nothing is",),
            hints=((r".", "the size of the disk is read-only: a store to that register ends the guest"),),
        ),
        Run(
            "malformed",
            20,
            "malformed",
            stdout="no queue: -1\na queue outside RAM: -3\nthe last sector: 0\none after it: 1\ntwo from the last: 1\n"
            "a sum that overflows: 1\na product that overflows: 1\nno sectors: 0\na buffer that ends outside: 1\n"
            "a buffer nowhere: 1\nan unknown type: 2\ntoo many: -3\nfewer than none: -3\nright again: 0\n",
            hints=(
                (r"too many|fewer", "the guest writes made: more than QUEUE_SIZE above handled is its error"),
                (r"overflows|one after it|two from the last|buffer|SIGSEGV", "all sectors must be on the disk, all bytes of the buffer in RAM"),
            ),
        ),
        Answer("notifications", 5, "OPTIONS=--trace; ARGS=\"$(seq 20 | xargs)\"", sealed="12a90f06a5c2892a"),
        Answer("last_index", 5, "n % QUEUE_SIZE", sealed="dff9aa110190619f"),
        # LAB 10: starter
        # Answer("guest_counter", 5, "guest/queue.h"),
        # LAB 10: solution
        Answer("guest_counter", 5, "guest/queue.h", sealed="20fb4bec9e2feeba"),
        # LAB 10: end
    ),
)

# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 10."""

from mutant import Mutant

DRIVER, DEVICE = "shared/block.c", "vmm/block.c"
DUE = "return wanted - before < after - before;"

MUTANTS = (
    Mutant(
        "a notification for each request",
        DRIVER,
        "    queue.made++;\n",
        "    queue.made++;\n    finish_all();\n",
        "disk",
        "do not notify for each request: block_finish, or a full queue, does that once",
    ),
    Mutant(
        "one slot stays empty",
        DRIVER,
        "== QUEUE_SIZE)",
        "== QUEUE_SIZE - 1)",
        "disk",
        "the queue is full when made - handled is QUEUE_SIZE",
    ),
    Mutant(
        "wanted is one too far",
        DRIVER,
        "queue.wanted = queue.made - 1;",
        "queue.wanted = queue.made;",
        "disk",
        "one interrupt for all requests: wanted is the counter of the last one, made - 1",
    ),
    Mutant(
        "the status is not checked",
        DRIVER,
        ".status != BLOCK_OK;",
        ".status == BLOCK_PENDING;",
        "disk",
        "the device writes a status to each request: count those that are not BLOCK_OK",
    ),
    Mutant(
        "an interrupt after any request",
        DEVICE,
        DUE,
        "return after != before && (wanted || !wanted);",
        "events",
        "an interrupt is due only when handled goes past wanted, from at most wanted to above it",
    ),
    Mutant(
        "counters compared by size",
        DEVICE,
        DUE,
        "return before <= wanted && wanted < after;",
        "wrapping",
        "is wanted between before and after, by unsigned distances, so that counters may wrap around?",
    ),
    Mutant(
        "the guest does not get the size of the disk",
        DEVICE,
        "    access->value = DISK_SECTORS;\n",
        "",
        "doorbell",
        "the size of the disk: does the guest get it by access->value?",
    ),
    Mutant(
        "nothing happens at the doorbell",
        DEVICE,
        "        handle_LAB10_notify(vcpu, NULL, &ret);\n",
        "        (void)vcpu, (void)ret;\n",
        "doorbell",
        "a store to the doorbell does what the call notify does",
    ),
    Mutant(
        "a store to any register notifies",
        DEVICE,
        "if (access->write && offset == BLOCK_DOORBELL) {",
        "if (access->write) {",
        "read_only",
        "the size of the disk is read-only: a store to that register ends the guest",
    ),
    Mutant(
        "the sectors are not checked",
        DEVICE,
        "request->sector >= DISK_SECTORS || request->sectors > DISK_SECTORS - request->sector)",
        "request->sector > DISK_SECTORS)",
        "malformed",
        "all sectors must be on the disk, all bytes of the buffer in RAM",
    ),
    Mutant(
        "made is not checked",
        DEVICE,
        "if (count > QUEUE_SIZE) {",
        "if (count > 1000000) {",
        "malformed",
        "the guest writes made: more than QUEUE_SIZE above handled is its error",
    ),
    Mutant(
        "the buffer is not checked",
        DEVICE,
        "    if (!buffer)\n        return BLOCK_ERROR;\n",
        "    if (!buffer)\n        return BLOCK_OK;\n",
        "malformed",
        "all sectors must be on the disk, all bytes of the buffer in RAM",
    ),
)

# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 5."""

from mutant import Mutant

LOG, RING = "guest/shared/log.c", "vmm/ring.c"

MUTANTS = (
    Mutant(
        "the buffer is written after each text",
        LOG,
        "        if (used == LOG_BUFFER)\n            buffered_flush();\n    }",
        "    }\n    buffered_flush();",
        "buffered",
        "the buffer is written when it is full: a text that does not fit is cut in two",
    ),
    Mutant(
        "a text that does not fit waits for an empty buffer",
        LOG,
        "    while (length > 0) {",
        "    if (length > LOG_BUFFER - used)\n        buffered_flush();\n    while (length > 0) {",
        "buffered",
        "the buffer is written when it is full: a text that does not fit is cut in two",
    ),
    Mutant("the rest is forgotten", LOG, "    if (used > 0)\n", "    if (used == LOG_BUFFER)\n", "buffered", "is the rest written at the end?"),
    Mutant(
        "a doorbell for each text",
        LOG,
        "    ring.head++;\n",
        "    ring.head++;\n    sbi_doorbell();\n",
        "ringed",
        "ring the doorbell when the ring is full, or at the end if something is left; not for each text",
    ),
    Mutant(
        "a slot always stays empty",
        LOG,
        "== RING_SLOTS)",
        "== RING_SLOTS - 1)",
        "ringed",
        "the ring is full when head - tail is RING_SLOTS",
    ),
    Mutant(
        "head is not checked",
        RING,
        "if (filled > RING_SLOTS) {",
        "if (filled > 1000000) {",
        "liar",
        "a guest may set head to any value: more than RING_SLOTS is its error",
    ),
    Mutant(
        "counters compared by size",
        RING,
        "uint32_t filled = ring->head - ring->tail;",
        "uint32_t filled = ring->head > ring->tail ? ring->head - ring->tail : 0;",
        "counters",
        "the counters wrap around: use their difference, and increment tail",
    ),
    Mutant(
        "tail is not incremented",
        RING,
        "        ring->tail++;\n",
        "",
        "counters",
        "the counters wrap around: use their difference, and increment tail",
    ),
    Mutant(
        "a text anywhere",
        RING,
        "memory_at(memory, gpa(slot.address), slot.length)",
        "(const void *)(memory->hva + (slot.address - memory->base.value))",
        "liar",
        "each text has to be in RAM: memory_at, and tail stays at a text that is not",
    ),
    Mutant(
        "a counter is an index",
        RING,
        "ring->slots[ring->tail % RING_SLOTS];",
        "ring->slots[ring->tail];",
        "counters",
        "a slot is a counter modulo RING_SLOTS",
    ),
    Mutant(
        "the doorbell has no result",
        RING,
        "    *ret = (struct sbiret){SBI_SUCCESS, (long)filled};\n",
        "",
        "ringed",
        "the doorbell returns the number of texts that it has written: *ret",
    ),
)

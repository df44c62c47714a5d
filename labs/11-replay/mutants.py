# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 11."""

from mutant import Mutant

SNAPSHOT, INPUTS = "vmm/snapshot.c", "vmm/inputs.c"
JOURNAL = "what was asked before has the answer of the journal, from where the snapshot was made"
RAM = "    memcpy(memory_for_write(vcpu->vm, memory->base, memory->size), latest.memory, memory->size);\n"

MUTANTS = (
    Mutant(
        "only registers go back",
        SNAPSHOT,
        RAM,
        "    (void)memory;\n",
        "again",
        "all of RAM goes back: its end, and the stack, too",
    ),
    Mutant(
        "the end of RAM stays",
        SNAPSHOT,
        RAM,
        RAM.replace("memory->size);\n", "memory->size / 2);\n"),
        "again",
        "all of RAM goes back: its end, and the stack, too",
    ),
    Mutant(
        "the guest does not learn that it has been there",
        SNAPSHOT,
        "++latest.rewinds}",
        "0 * ++latest.rewinds}",
        "again",
        "after a rewind the result is that of the checkpoint: how many rewinds there were, so that the guest knows",
    ),
    Mutant(
        "the time that was skipped is still gone",
        SNAPSHOT,
        "    hart->vm->time_skipped = latest.time_skipped;\n",
        "",
        "clock",
        "the clock goes back: also what it has skipped while the guest slept",
    ),
    Mutant(
        "the timer is forgotten",
        SNAPSHOT,
        "    vcpu->timer = latest.timer;\n",
        "",
        "clock",
        "a timer that was set is part of the machine: vcpu->timer",
    ),
    Mutant(
        "code that was decoded stays",
        SNAPSHOT,
        "memory_for_write(vcpu->vm, memory->base, memory->size)",
        "memory->hva",
        "code",
        "what was decoded of the RAM before is no longer true: memory_for_write",
    ),
    Mutant("outside is asked again", INPUTS, "    if (position < journal_count) {\n", "    if (position > journal_count) {\n", "dice", JOURNAL),
    Mutant("the journal begins anew", INPUTS, "    position = to;\n", "    position = 0 * to;\n", "dice", JOURNAL),
    Mutant(
        "an input that was written down is still to come",
        INPUTS,
        "    position = journal_count;\n",
        "",
        "dice",
        "an input from outside goes behind the others, and the guest has had it: position",
    ),
    Mutant(
        "any question gets the next answer",
        INPUTS,
        "if (input->question != args[0]) {",
        "if (input->question == UINT64_MAX) {",
        "diverge",
        "another question than the journal has ends the guest: vm_die",
    ),
)

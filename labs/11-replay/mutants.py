# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 11."""

from mutant import Mutant

SNAPSHOT, INPUTS = "vmm/snapshot.c", "vmm/inputs.c"
JOURNAL = "the journal answers repeated questions, from the position of the snapshot on"
RAM = "    memcpy(memory_for_write(vcpu->vm, memory->base, memory->size), latest.memory, memory->size);\n"

MUTANTS = (
    Mutant(
        "only registers go back",
        SNAPSHOT,
        RAM,
        "    (void)memory;\n",
        "again",
        "all of RAM goes back, including its end and the stack",
    ),
    Mutant(
        "the end of RAM stays",
        SNAPSHOT,
        RAM,
        RAM.replace("memory->size);\n", "memory->size / 2);\n"),
        "again",
        "all of RAM goes back, including its end and the stack",
    ),
    Mutant(
        "the result is always 0",
        SNAPSHOT,
        "++latest.rewinds}",
        "0 * ++latest.rewinds}",
        "again",
        "after a rewind the result is the checkpoint's: the number of rewinds, so that the guest knows",
    ),
    Mutant(
        "the skipped time does not go back",
        SNAPSHOT,
        "    hart->vm->time_skipped = latest.time_skipped;\n",
        "",
        "clock",
        "the clock goes back, also the time that it skipped while the guest slept",
    ),
    Mutant(
        "the timer does not go back",
        SNAPSHOT,
        "    vcpu->timer = latest.timer;\n",
        "",
        "clock",
        "a set timer belongs to the machine: vcpu->timer",
    ),
    Mutant(
        "decoded code stays",
        SNAPSHOT,
        "memory_for_write(vcpu->vm, memory->base, memory->size)",
        "memory->hva",
        "code",
        "instructions decoded from the old RAM are wrong now: memory_for_write",
    ),
    Mutant("inputs come from outside again", INPUTS, "    if (position < journal_count) {\n", "    if (position > journal_count) {\n", "dice", JOURNAL),
    Mutant("the journal begins from its start", INPUTS, "    position = to;\n", "    position = 0 * to;\n", "dice", JOURNAL),
    Mutant(
        "position stays before a new input",
        INPUTS,
        "    position = journal_count;\n",
        "",
        "dice",
        "an input from outside goes to the end of the journal, and position after it",
    ),
    Mutant(
        "any question gets the next answer",
        INPUTS,
        "if (input->question != args[0]) {",
        "if (input->question == UINT64_MAX) {",
        "diverge",
        "a question that differs from the journal's ends the guest: vm_die",
    ),
)

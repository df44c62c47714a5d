"""Known misconceptions of lab 11."""

from mutant import Mutant

JOURNAL = "vmm/journal.c"

MUTANTS = (
    Mutant(
        "what is read is not noted",
        JOURNAL,
        "        size = host_input_read(buffer, size);\n        if (vcpu->vm->journal)\n",
        "        size = host_input_read(buffer, size);\n        if (vcpu->vm->journal && size > 100000)\n",
        "replay",
        "what is read is noted, each time: append an ENTRY_READ with a copy of the bytes",
    ),
    Mutant(
        "an entry is repeated for ever",
        JOURNAL,
        "    vcpu->vm->journal->position++;\n    return entry->size;",
        "    return entry->size;",
        "replay",
        "an entry is repeated once: position",
    ),
    Mutant(
        "the bytes are not those of the entry",
        JOURNAL,
        "        memcpy(buffer, entry->bytes, entry->size);\n    vcpu",
        "        host_input_read(buffer, size);\n    vcpu",
        "replay",
        "the bytes are those that were read: while there are entries, the host is not asked",
    ),
    Mutant(
        "the host is never asked",
        JOURNAL,
        "        size = host_input_read(buffer, size);\n",
        "        size = 0;\n",
        "live",
        "without an entry to repeat, what comes is the host's: host_input_read",
    ),
)

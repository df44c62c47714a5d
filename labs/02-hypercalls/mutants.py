# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 2: each is told by the words that README.md promises."""

from mutant import Mutant

STUBS, HANDLERS = "guest/stubs.h", "vmm/handlers.c"
CALL_STRING = "lab_call(EID_LAB2, FID_LAB2_put_string, strlen(text), (uintptr_t)text).error"

MUTANTS = (
    Mutant(
        "EID and FID swapped",
        STUBS,
        '__asm__("a6") = fid;\n    register unsigned long a7 __asm__("a7") = eid;',
        '__asm__("a6") = eid;\n    register unsigned long a7 __asm__("a7") = fid;',
        "numbers",
        "are the EID in a7 and the FID in a6?",
    ),
    Mutant(
        "the asm statement does not say that it reads memory",
        STUBS,
        '"r"(a6), "r"(a7) : "memory");',
        '"r"(a6), "r"(a7));',
        "strings",
        'does the asm statement say that it reads memory ("memory")?',
    ),
    Mutant(
        "the asm statement does not say that it writes a1",
        STUBS,
        '"+r"(a0), "+r"(a1) : "r"(a6)',
        '"+r"(a0) : "r"(a1), "r"(a6)',
        "counts",
        "is the asm statement volatile, and does it name a0 and a1 as read and written, a6 and a7 as read?",
    ),
    Mutant(
        "length and address swapped",
        STUBS,
        CALL_STRING,
        "lab_call(EID_LAB2, FID_LAB2_put_string, (uintptr_t)text, strlen(text)).error",
        "strings",
        "is the length in the first argument?",
    ),
    Mutant(
        "an exit a character",
        STUBS,
        f"return {CALL_STRING};",
        "long error = 0;\n    for (; *text && !error; text++)\n"
        "        error = lab_call(EID_LAB2, FID_LAB2_put_string, 1, (uintptr_t)text).error;\n"
        "    return error;",
        "strings",
        "one exit has to print the whole string",
    ),
    Mutant(
        "the NUL is printed, too",
        STUBS,
        "strlen(text), (uintptr_t)",
        "strlen(text) + 1, (uintptr_t)",
        "strings",
        "is it the length of the string, without its NUL?",
    ),
    Mutant(
        "an unsigned number",
        HANDLERS,
        '"%" PRId64 "\\n", (int64_t)args[0]',
        '"%" PRIu64 "\\n", args[0]',
        "numbers",
        "a number may be negative: is it printed as int64_t?",
    ),
    Mutant(
        "the guest's address is believed",
        HANDLERS,
        "memory_at(&vcpu->vm->memory, gpa(args[1]), args[0])",
        "vcpu->vm->memory.hva + (args[1] - vcpu->vm->memory.base.value)",
        "edges",
        "does put_string get its buffer from memory_at, and check for NULL?",
    ),
    Mutant(
        "one kind of exit is taken for all",
        HANDLERS,
        "(long)sum}",
        "(long)vcpu->exits[EXIT_KICK] + 0 * (long)sum}",
        "counts",
        "does count_exits add it, or count one kind only?",
    ),
    Mutant(
        "the kind is not checked",
        HANDLERS,
        "if (args[0] >= EXIT_KIND_COUNT)",
        "if (args[0] > EXIT_KIND_COUNT)",
        "counts",
        "is the kind compared with EXIT_KIND_COUNT before it is used?",
    ),
)

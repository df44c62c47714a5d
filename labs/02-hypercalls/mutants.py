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
        "count_exits counts all kinds of exits, not one",
    ),
    Mutant(
        "the kind is not checked",
        HANDLERS,
        "if (args[0] >= EXIT_KIND_COUNT)",
        "if (args[0] > EXIT_KIND_COUNT)",
        "counts",
        "is the kind compared with EXIT_KIND_COUNT before it is used?",
    ),
    Mutant(
        "error and value swapped",
        STUBS,
        "(struct sbiret){(long)a0, (long)a1}",
        "(struct sbiret){(long)a1, (long)a0}",
        "unknown",
        "the error is in a0 and the value in a1: does lab_call return them in this order?",
    ),
    Mutant(
        "the handler does not set its result",
        HANDLERS,
        "    if (console_write(vcpu, text, (size_t)length))\n        *ret = (struct sbiret){SBI_SUCCESS, 0};\n",
        "    (void)ret;\n    console_write(vcpu, text, (size_t)length);\n",
        "numbers",
        "does the handler set *ret?",
    ),
    Mutant(
        "the number goes past the console",
        HANDLERS,
        "    if (console_write(vcpu, text, (size_t)length))\n",
        "    (void)vcpu;\n    if (fwrite(text, 1, (size_t)length, stdout) == (size_t)length && !fflush(stdout))\n",
        "numbers",
        "the guest's output goes to its console: console_write, not a stream of the VMM",
    ),
    Mutant(
        "the string goes past the console",
        HANDLERS,
        "console_write(vcpu, text, args[0])",
        "printf(\"%.*s\", (int)args[0], (const char *)text) >= 0",
        "strings",
        "the guest's output goes to its console: console_write, not a stream of the VMM",
    ),
    Mutant(
        "the exits of all vCPUs are counted",
        HANDLERS,
        "    for (unsigned kind = 0; kind < EXIT_KIND_COUNT; kind++)\n        sum += vcpu->exits[kind];\n",
        "    sum = vcpu->vm->exit_count;\n",
        "counts",
        "each vCPU has its own counts: the VM's count has the exits of all its vCPUs",
    ),
    Mutant(
        "the exit that is being handled is counted",
        HANDLERS,
        "(long)sum}",
        "(long)sum + 1}",
        "counts",
        "the exit that is being handled is not counted yet: does count_exits add it?",
    ),
)

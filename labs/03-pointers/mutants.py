# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 3."""

from mutant import Mutant

POINTERS = "vmm/pointers.c"
READ_AT = "        from = memory_at(memory, where, piece);\n        if (!from)\n            return false;\n"

MUTANTS = (
    Mutant(
        "one translation for the whole buffer",
        POINTERS,
        "piece = length < left ? length : left;\n        const void",
        "piece = left ? length : left;\n        const void",
        "copy_in",
        "each page has a translation of its own: what lies side by side there may not do so in RAM",
    ),
    Mutant(
        "12 bits of offset, always",
        POINTERS,
        "gpa(page | (gva & ((UINT64_C(1) << shift) - 1)))",
        "gpa(page | gva % PAGE_SIZE)",
        "large",
        "of a large page more than 12 bits of the address are the offset",
    ),
    Mutant(
        "a large page anywhere",
        POINTERS,
        "page & ((UINT64_C(1) << shift) - 1) || ",
        "",
        "large",
        "a large page begins at a multiple of its size",
    ),
    Mutant(
        "the tables are believed",
        POINTERS,
        "memory_at(memory, gpa(table + (gva >> shift & 511) * 8), 8)",
        "(const void *)(memory->hva + (table + (gva >> shift & 511) * 8 - memory->base.value))",
        "hostile",
        "tables and pages may lie anywhere, also outside RAM: memory_at, and look for NULL",
    ),
    Mutant(
        "rights do not matter",
        POINTERS,
        " || (pte & rights) != rights)",
        " || !rights)",
        "copy_out",
        "is the right asked for among the entry's?",
    ),
    Mutant(
        "the upper bits do not matter",
        POINTERS,
        " || (uint64_t)((int64_t)(gva << 25) >> 25) != gva)",
        ")",
        "translate",
        "bits 63 to 39 of an address have to be copies of bit 38",
    ),
    Mutant(
        "a part is written",
        POINTERS,
        "unsigned writing = 0;",
        "unsigned writing = 1;",
        "copy_out",
        "if a part cannot be written, nothing is: look at all pages first",
    ),
    Mutant(
        "the VMM's own address",
        POINTERS,
        "(long)where.value}",
        "(long)(uintptr_t)memory_at(memory, where, 1)}",
        "translate",
        "a guest is told guest physical addresses, never those of the VMM",
    ),
)

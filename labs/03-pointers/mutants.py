# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 3."""

from mutant import Mutant

POINTERS = "vmm/pointers.c"
READ_AT = "        from = memory_at(memory, where, piece);\n        if (!from)\n            return false;\n"

MUTANTS = (
    Mutant(
        "an entry with X alone points to a table",
        POINTERS,
        "(pte & (PTE_READ | PTE_EXEC))",
        "(pte & PTE_READ)",
        "hostile",
        "read or execute makes an entry a leaf: it points to no table",
    ),
    Mutant(
        "one translation for the whole buffer",
        POINTERS,
        "piece = length < left ? length : left;\n        const void",
        "piece = left ? length : left;\n        const void",
        "copy_in",
        "each page has its own translation: pages that are contiguous there need not be contiguous in RAM",
    ),
    Mutant(
        "always 12 bits of offset",
        POINTERS,
        "gpa(page | (gva & ((UINT64_C(1) << shift) - 1)))",
        "gpa(page | gva % PAGE_SIZE)",
        "large",
        "the offset in a large page has more than 12 bits",
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
        "the tables are not checked",
        POINTERS,
        "memory_at(memory, gpa(table + (gva >> shift & 511) * 8), 8)",
        "(const void *)(memory->hva + (table + (gva >> shift & 511) * 8 - memory->base.value))",
        "hostile",
        "tables and pages may be outside RAM: memory_at, and check for NULL",
    ),
    Mutant(
        "rights are not checked",
        POINTERS,
        " || (pte & rights) != rights)",
        " || !rights)",
        "copy_out",
        "does the entry have the right that the access needs?",
    ),
    Mutant(
        "the upper bits are not checked",
        POINTERS,
        " || (uint64_t)((int64_t)(gva << 25) >> 25) != gva)",
        ")",
        "translate",
        "bits 63 to 39 of an address must be copies of bit 38",
    ),
    Mutant(
        "a part is written",
        POINTERS,
        "unsigned writing = 0;",
        "unsigned writing = 1;",
        "copy_out",
        "if a part cannot be written, nothing may be written: check all pages first",
    ),
    Mutant(
        "the VMM's own address",
        POINTERS,
        "(long)where.value}",
        "(long)(uintptr_t)memory_at(memory, where, 1)}",
        "translate",
        "a guest gets guest physical addresses, never the VMM's own",
    ),
    Mutant(
        "the page number of an entry is not shifted",
        POINTERS,
        "page = pte << 10 >> 20 << 12;",
        "page = pte << 10 >> 20 << 10;",
        "translate",
        "an entry's page number begins at bit 10, an address's at bit 12",
    ),
    Mutant(
        "the page number of the root is not shifted",
        POINTERS,
        "satp << 20 >> 8;",
        "satp << 20 >> 20;",
        "translate",
        "satp has a page number: the root's address is the number times the page size",
    ),
    Mutant(
        "the upper half is refused",
        POINTERS,
        "(uint64_t)((int64_t)(gva << 25) >> 25) != gva",
        "gva >> 38",
        "translate",
        "the upper half is canonical, too: bits 63 to 39 are copies of bit 38",
    ),
    Mutant(
        "W alone is a right",
        POINTERS,
        " || (pte & (PTE_READ | PTE_WRITE)) == PTE_WRITE)",
        ")",
        "hostile",
        "write without read is reserved: not a leaf, not a table",
    ),
    Mutant(
        "reserved bits are not looked at",
        POINTERS,
        "        if (pte & PTE_RESERVED)\n            return false;\n",
        "",
        "hostile",
        "bits 63 to 54 of an entry are reserved: one that has them set is not valid",
    ),
)

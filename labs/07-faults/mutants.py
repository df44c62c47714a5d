# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 7."""

from mutant import Mutant

SHOW, VMEM = "vmm/core/paging.c", "shared/vmem.c"

MUTANTS = (
    Mutant(
        "the TLB is not told",
        VMEM,
        '    __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");\n',
        "",
        "remap",
        "the TLB uses the old entry until sfence.vma",
    ),
    Mutant(
        "the page is not cleared",
        VMEM,
        "map_page(page, (uintptr_t)memset(page_get(), 0, PAGE_SIZE), READ_WRITE);",
        "map_page(page, (uintptr_t)page_get(), READ_WRITE);",
        "write_first",
        "a page has old data: it has to be cleared",
    ),
    Mutant(
        "the zero page is written",
        VMEM,
        "map_page(page, (uintptr_t)zero, READ_ONLY);",
        "map_page(page, (uintptr_t)zero, READ_WRITE);",
        "demand",
        "all share the zero page: it stays read-only, and a page that is written is cleared first",
    ),
    Mutant(
        "memory for pages that are read",
        VMEM,
        "map_page(page, (uintptr_t)zero, READ_ONLY);",
        "map_page(page, (uintptr_t)memset(page_get(), zero[0], PAGE_SIZE), READ_WRITE);",
        "demand",
        "a page that is read is the zero page; only a page that is written gets its own memory",
    ),
    Mutant(
        "every fault is handled",
        VMEM,
        "    if (page < REGION || page >= REGION + REGION_PAGES * PAGE_SIZE)\n",
        "    if (page < REGION)\n",
        "after",
        "a fault outside the region is a mistake: region_fault returns false",
    ),
    Mutant(
        "the walk goes on after an entry that is not valid",
        SHOW,
        '            fprintf(out, "  %s\\n", paging->absent);\n            return;\n',
        '            fprintf(out, "  %s\\n", paging->absent);\n',
        "far",
        "the walk ends at a leaf or at an entry that is not valid",
    ),
    Mutant(
        "the levels are counted from the root",
        SHOW,
        "uint64_t index = index_of(paging, gva, level);\n\n        if (!read_entry(memory, paging, table, index, &raw)) {",
        "uint64_t index = index_of(paging, gva, paging->levels - 1 - level);\n\n"
        "        if (!read_entry(memory, paging, table, index, &raw)) {",
        "after",
        "level 2 has the highest 9 bits of the address, and level 0 the lowest",
    ),
)

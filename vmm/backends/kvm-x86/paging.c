/* SPDX-License-Identifier: MIT */
/* Page-table entries of each mode with paging: SDM vol. 3, 4.3 to 4.5. */
#include "paging.h"

#include "control.h"
#include "page_tables.h"

static void decode_entry(uint64_t entry, unsigned level, struct paging_entry *out)
{
    *out = (struct paging_entry){
        .present = entry & PTE_PRESENT,
        .leaf = level == 0 || (level <= 2 && entry & PTE_LARGE),
        .address = entry & PTE_ADDRESS,
        .read = true,
        .write = entry & PTE_WRITE,
        .execute = !(entry & PTE_NX),
        .user = entry & PTE_USER,
    };
    if (out->leaf) /* bit 12 of a large page's entry is PAT: SDM vol. 3, table 4-18 */
        out->address &= ~((UINT64_C(4096) << 9 * level) - 1);
}

/* 32-bit paging: SDM vol. 3, 4.3. */
static void decode_entry_of_32(uint64_t entry, unsigned level, struct paging_entry *out)
{
    decode_entry(entry, level, out);
    out->leaf = level == 0 || entry & PTE_LARGE;
    out->address &= out->leaf && level == 1 ? UINT32_MAX << 22 : UINT32_MAX;
}

/* value: of cr3. */
static void load(struct paging *paging, uint64_t value)
{
    paging->root = value & (paging->levels == 3 ? 0xffffffe0 : PTE_ADDRESS);
}

struct paging x86_paging_of(uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
    static const struct paging_bit bits[] = {
        {"XD", 63}, {"G", 8},   {"PS", 7},  {"D", 6}, {"A", 5},  {"PCD", 4},
        {"PWT", 3}, {"U/S", 2}, {"R/W", 1}, {"P", 0}, {NULL, 0},
    };
    static const char *const names[] = {"PT  ", "PD  ", "PDPT", "PML4"};
    struct paging paging = {
        .levels = PAGING_LEVELS,
        .index_bits = 9,
        .entry_size = 8,
        .names = names,
        .absent = "not present",
        .off = "CR0.PG is 0",
        .bits = bits,
        .decode = decode_entry,
        .load = load,
    };

    if (!(cr0 & CR0_PG)) {
        paging.levels = 0;
    } else if (!(cr4 & CR4_PAE)) {
        paging.levels = 2;
        paging.index_bits = 10;
        paging.entry_size = 4;
        paging.decode = decode_entry_of_32;
    } else if (!(efer & EFER_LMA)) {
        paging.levels = 3; /* PAE paging: the first table has 4 entries; SDM vol. 3, 4.4 */
    }
    load(&paging, cr3);
    return paging;
}

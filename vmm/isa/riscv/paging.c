/* SPDX-License-Identifier: MIT */
/* Page-table entries: privileged spec, 4.4 and 4.5. */
#include "paging.h"

#include "csr.h"

#define PTE_V    (1u << 0)
#define PTE_R    (1u << 1)
#define PTE_W    (1u << 2)
#define PTE_X    (1u << 3)
#define PTE_U    (1u << 4)
#define PPN_MASK ((UINT64_C(1) << 44) - 1)

static void decode(uint64_t entry, unsigned level, struct paging_entry *out)
{
    (void)level;
    *out = (struct paging_entry){
        .present = entry & PTE_V,
        .leaf = entry & (PTE_R | PTE_W | PTE_X),
        .address = (entry >> 10 & PPN_MASK) << PAGE_SHIFT,
        .read = entry & PTE_R,
        .write = entry & PTE_W,
        .execute = entry & PTE_X,
        .user = entry & PTE_U,
    };
}

/* value: of satp, or the GPA of a table of Sv39; as a value of satp that would be reserved. */
static void load(struct paging *paging, uint64_t value)
{
    if (value >> 60 == SATP_BARE && value != 0)
        value = (uint64_t)SATP_SV39 << 60 | value >> PAGE_SHIFT;
    *paging = riscv_paging(value);
}

struct paging riscv_paging(uint64_t satp)
{
    static const struct paging_bit bits[] = {{"D", 7}, {"A", 6}, {"G", 5}, {"U", 4}, {"X", 3},
                                             {"W", 2}, {"R", 1}, {"V", 0}, {NULL, 0}};
    static const char *const names[] = {"level 0 ", "level 1 ", "level 2 ", "level 3 "};

    return (struct paging){
        .levels = satp >> 60 == SATP_BARE ? 0 : satp_levels(satp),
        .index_bits = 9,
        .entry_size = 8,
        .root = (satp & PPN_MASK) << PAGE_SHIFT,
        .names = names,
        .absent = "not valid",
        .off = "satp is 0",
        .bits = bits,
        .decode = decode,
        .load = load,
    };
}

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

struct paging riscv_paging(uint64_t satp)
{
    static const char *const names[] = {"level 0 ", "level 1 ", "level 2 ", "level 3 "};

    return (struct paging){
        .levels = satp >> 60 == SATP_BARE ? 0 : satp_levels(satp),
        .index_bits = 9,
        .entry_size = 8,
        .root = (satp & PPN_MASK) << PAGE_SHIFT,
        .names = names,
        .absent = "not valid",
        .off = "satp is 0",
        .decode = decode,
    };
}

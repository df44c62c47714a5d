/* SPDX-License-Identifier: MIT */
/* For targets with page tables: entries that mostly lead into RAM. */
#ifndef FUZZ_TABLES_H
#define FUZZ_TABLES_H

#include "core/memory.h"

#include <stddef.h>
#include <string.h>

#define TABLES_RAM 0x8000 /* bytes */

/* An entry of the input. `inside` has bit 0: it leads to a page of RAM; else it is what it is. */
struct record {
    uint16_t slot, inside;
    uint32_t low, high;
};

/* Writes the entries of the input into RAM. */
static inline void fill_tables(const struct memory *memory, bool riscv, const uint8_t *data,
                               size_t size)
{
    struct record record;

    for (; size >= sizeof(record); data += sizeof(record), size -= sizeof(record)) {
        uint64_t page, entry;

        memcpy(&record, data, sizeof(record));
        page = memory->base.value + record.high % (TABLES_RAM / 4096) * 4096;
        entry = (uint64_t)record.high << 32 | record.low;
        if (record.inside & 1)
            entry = (record.low & 0x3ff) | (riscv ? page >> 2 : page);
        memcpy(memory->hva + record.slot % (TABLES_RAM / 8) * 8, &entry, 8);
    }
}

#endif

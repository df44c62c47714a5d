/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any page tables in each machine's modes: translations, the words and the drawing of
 * gdb's stub, the runs of a core. RAM is exactly one malloc block, so that ASan sees an access
 * outside it.
 *
 * The input: struct input, then what tables.h reads.
 */
#include "backends/kvm-x86/control.h"
#include "backends/kvm-x86/paging.h"
#include "isa/riscv/paging.h"
#include "tables.h"

#include <stdlib.h>

#define RAM_BASE 0x80000000
#define RUNS     64

enum { BARE, SV39, SV48, RESERVED, REAL, X86_32, PAE, LONG, MODES };

struct input {
    uint8_t mode, other_root;
    uint16_t root_page;
    uint64_t root, gva;
};

struct seen {
    const struct memory *memory;
    const struct paging *paging;
    size_t runs;
    uint64_t end; /* of the last run */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct paging paging_of(unsigned mode, uint64_t root)
{
    static const uint64_t satp[] = {0, 8, 9, 5};

    switch (mode) {
    case REAL:
        return x86_paging_of(0, root, 0, 0);
    case X86_32:
        return x86_paging_of(CR0_PG, root, 0, 0);
    case PAE:
        return x86_paging_of(CR0_PG, root, CR4_PAE, 0);
    case LONG:
        return x86_paging_of(CR0_PG, root, CR4_PAE, EFER_LMA);
    default:
        return riscv_paging(satp[mode] << 60 | (root >> 12 & (1ull << 44) - 1));
    }
}

/* What a table of 512 entries of 8 bytes has for an address, read without the VMM's code. */
static uint64_t entry_for(const struct memory *memory, uint64_t table, uint64_t gva, unsigned level)
{
    uint64_t entry;

    memcpy(&entry, memory->hva + (table - memory->base.value) + (gva >> (12 + 9 * level) & 511) * 8,
           8);
    return entry;
}

/* Whether the tables of Sv39, Sv48 or long mode lead an address there. They are known to lead it
 * somewhere. */
static bool leads_to(const struct memory *memory, const struct paging *paging, bool riscv,
                     uint64_t gva, uint64_t to)
{
    const uint64_t low = ~0ull >> 12;
    uint64_t table = paging->root;

    for (unsigned level = paging->levels; level-- > 0;) {
        const uint64_t entry = entry_for(memory, table, gva, level);
        const uint64_t offset = gva & ((1ull << (12 + 9 * level)) - 1);

        table = riscv ? entry << 10 >> 20 << 12 : entry & low & ~0xfffull;
        if (riscv ? entry & 0xe : level == 0 || (level < 3 && entry & 0x80))
            return (riscv || level == 0 ? table : entry & low & ~((1ull << (12 + 9 * level)) - 1)) +
                       offset ==
                   to;
    }
    return false;
}

/* A run lies in RAM, after the one before it, and a translation agrees with its ends. */
static void see(void *context, const struct mapping *mapping)
{
    struct seen *seen = context;
    const uint64_t last = mapping->size - 1;
    struct translation to;

    if (mapping->size == 0 || ++seen->runs > RUNS || mapping->gva + last < mapping->gva ||
        (seen->runs > 1 && mapping->gva < seen->end))
        abort();
    seen->end = mapping->gva + last;
    if (!memory_at(seen->memory, gpa(mapping->gpa), mapping->size))
        abort();
    for (unsigned i = 0; i < 2; i++)
        if (!paging_translate(seen->memory, seen->paging, mapping->gva + i * last, &to) ||
            to.gpa.value != mapping->gpa + i * last || to.size > mapping->size - i * last)
            abort();
}

static void walk(const struct memory *memory, const struct paging *paging, unsigned mode,
                 uint64_t gva, FILE *out)
{
    struct seen seen = {.memory = memory, .paging = paging};
    struct translation to;

    if (paging_translate(memory, paging, gva, &to)) {
        if (to.size == 0)
            abort();
        if (paging->levels > 0 && (mode == SV39 || mode == SV48 || mode == LONG) &&
            !leads_to(memory, paging, mode != LONG, gva, to.gpa.value))
            abort();
    }
    paging_show(memory, paging, gva, out);
    paging_draw(memory, paging, gva, out);
    paging_each(memory, paging, RUNS, see, &seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {.size = TABLES_RAM};
    struct paging paging;
    struct input input;
    char *text = NULL;
    size_t length;
    FILE *out;

    if (size < sizeof(input))
        return 0;
    memcpy(&input, data, sizeof(input));
    input.mode %= MODES;
    memory.base = gpa(input.mode < REAL ? RAM_BASE : 0);
    memory.hva = calloc(1, TABLES_RAM);
    fill_tables(&memory, input.mode < REAL, data + sizeof(input), size - sizeof(input));
    if (input.root_page % 16 < 8)
        input.root = memory.base.value + input.root_page % 8 * 4096;
    out = open_memstream(&text, &length);
    paging = paging_of(input.mode, input.root);
    walk(&memory, &paging, input.mode, input.gva, out);
    if (input.other_root & 1) { /* as gdb's `monitor` shows the tables of another root */
        paging.load(&paging, input.root);
        walk(&memory, &paging, input.mode, input.gva, out);
    }
    fclose(out);
    free(text);
    free(memory.hva);
    return 0;
}

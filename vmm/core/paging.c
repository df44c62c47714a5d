/* SPDX-License-Identifier: MIT */
#include "paging.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_SHIFT 12

/* Returns the number of address bits below those that a level's index takes. */
static unsigned shift_of(const struct paging *paging, unsigned level)
{
    return PAGE_SHIFT + paging->index_bits * level;
}

/* Returns whether an address is canonical: the bits above the translated ones equal the highest of
 * these (64-bit), or are 0 (32-bit). */
static bool is_canonical(const struct paging *paging, uint64_t gva)
{
    unsigned unused = 64 - shift_of(paging, paging->levels);

    if (paging->entry_size == 4)
        return gva <= UINT32_MAX;
    return (uint64_t)((int64_t)(gva << unused) >> unused) == gva;
}

/* Reads entry `index` of a table. Returns false if it lies outside RAM. */
static bool read_entry(const struct memory *memory, const struct paging *paging, uint64_t table,
                       uint64_t index, uint64_t *entry)
{
    const void *hva =
        memory_at(memory, gpa(table + index * paging->entry_size), paging->entry_size);

    *entry = 0;
    if (hva)
        memcpy(entry, hva, paging->entry_size);
    return hva != NULL;
}

static uint64_t index_of(const struct paging *paging, uint64_t gva, unsigned level)
{
    return gva >> shift_of(paging, level) & ((UINT64_C(1) << paging->index_bits) - 1);
}

bool paging_translate(const struct memory *memory, const struct paging *paging, uint64_t gva,
                      struct translation *out)
{
    uint64_t table = paging->root, raw, offset;
    struct paging_entry entry;

    if (paging->levels == 0) {
        *out = (struct translation){
            .gpa = gpa(gva),
            .size = memory->base.value + memory->size - gva,
            .execute = true,
        };
        return memory_at(memory, gpa(gva), 1) != NULL;
    }
    if (!is_canonical(paging, gva))
        return false;
    for (unsigned level = paging->levels; level-- > 0; table = entry.address) {
        if (!read_entry(memory, paging, table, index_of(paging, gva, level), &raw))
            return false;
        paging->decode(raw, level, &entry);
        if (!entry.present)
            return false;
        if (!entry.leaf)
            continue;
        offset = gva & ((UINT64_C(1) << shift_of(paging, level)) - 1);
        *out = (struct translation){
            .gpa = gpa(entry.address + offset),
            .size = (UINT64_C(1) << shift_of(paging, level)) - offset,
            .user = entry.user,
            .execute = entry.execute,
        };
        return true;
    }
    return false;
}

void paging_show(const struct memory *memory, const struct paging *paging, uint64_t gva, FILE *out)
{
    uint64_t table = paging->root, raw;
    struct paging_entry entry;

    if (paging->levels == 0) {
        fprintf(out, "    paging is off: %s\n", paging->off);
        return;
    }
    if (!is_canonical(paging, gva)) {
        fprintf(out, "    no tables reach that address: its upper bits are not all alike\n");
        return;
    }
    // LAB 7: starter
    // /* Here: a line for each entry on the way. */
    // (void)memory, (void)gva, (void)table, (void)raw, (void)entry;
    // LAB 7: solution
    for (unsigned level = paging->levels; level-- > 0; table = entry.address) {
        uint64_t index = index_of(paging, gva, level);

        if (!read_entry(memory, paging, table, index, &raw)) {
            fprintf(out, "    the table at 0x%" PRIx64 " lies outside RAM\n", table);
            return;
        }
        paging->decode(raw, level, &entry);
        fprintf(out, "    %s[%3" PRIu64 "] = %0*" PRIx64, paging->names[level], index,
                (int)paging->entry_size * 2, raw);
        if (!entry.present) {
            fprintf(out, "  %s\n", paging->absent);
            return;
        }
        fprintf(out, "  %s 0x%" PRIx64 " %s%s%s%s\n", entry.leaf ? "page" : "table", entry.address,
                entry.read ? "r" : "-", entry.write ? "w" : "-", entry.execute ? "x" : "-",
                entry.user ? " user" : "");
        if (entry.leaf)
            return;
    }
    // LAB 7: end
}

/* ---- A drawing ---- */

/* Writes bits `end` - 1 to `start` of an address. */
static void draw_field(const char *name, uint64_t gva, unsigned end, unsigned start, FILE *out)
{
    fprintf(out, "    %-8s bits %2u-%-2u ", name, end - 1, start);
    while (end > start)
        fputc('0' + (int)(gva >> --end & 1), out);
    fputc('\n', out);
}

static void draw_entry(const struct paging *paging, uint64_t entry, FILE *out)
{
    for (const struct paging_bit *bit = paging->bits; bit->name; bit++)
        fprintf(out, " %*d", (int)strlen(bit->name), (int)(entry >> bit->number & 1));
    fputc('\n', out);
}

void paging_draw(const struct memory *memory, const struct paging *paging, uint64_t gva, FILE *out)
{
    uint64_t table = paging->root, raw;
    struct paging_entry entry;

    if (paging->levels == 0 || !is_canonical(paging, gva))
        return;
    for (unsigned level = paging->levels; level-- > 0;)
        draw_field(paging->names[level], gva, shift_of(paging, level + 1), shift_of(paging, level),
                   out);
    draw_field("offset", gva, PAGE_SHIFT, 0, out);
    fprintf(out, "    %*s", (int)strlen(paging->names[0]), "");
    for (const struct paging_bit *bit = paging->bits; bit->name; bit++)
        fprintf(out, " %s", bit->name);
    fputc('\n', out);
    for (unsigned level = paging->levels; level-- > 0; table = entry.address) {
        if (!read_entry(memory, paging, table, index_of(paging, gva, level), &raw))
            return;
        fprintf(out, "    %s", paging->names[level]);
        draw_entry(paging, raw, out);
        paging->decode(raw, level, &entry);
        if (!entry.present || entry.leaf)
            return;
    }
}

/* ---- All mappings of a tree ---- */

struct search {
    const struct memory *memory;
    const struct paging *paging;
    size_t left;          /* runs */
    uint64_t tables_left; /* as many as RAM has pages: hostile tables may form a loop */
    void (*visit)(void *context, const struct mapping *mapping);
    void *context;
    struct mapping run; /* the one that may still grow; size 0: none */
};

static void end_run(struct search *search)
{
    if (search->run.size == 0 || search->left == 0)
        return;
    search->left--;
    search->visit(search->context, &search->run);
    search->run.size = 0;
}

static void add_leaf(struct search *search, uint64_t gva, uint64_t size,
                     const struct paging_entry *entry)
{
    struct mapping *run = &search->run;

    if (!memory_at(search->memory, gpa(entry->address), size))
        return;
    if (run->size && run->gva + run->size == gva && run->gpa + run->size == entry->address &&
        run->write == entry->write && run->execute == entry->execute) {
        run->size += size;
        return;
    }
    end_run(search);
    *run = (struct mapping){gva, entry->address, size, entry->write, entry->execute};
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static void search_table(struct search *search, uint64_t table, unsigned level, uint64_t start)
{
    const struct paging *paging = search->paging;
    uint64_t size = UINT64_C(1) << shift_of(paging, level), raw;
    unsigned unused = 64 - shift_of(paging, paging->levels);
    struct paging_entry entry;

    if (search->tables_left-- == 0)
        search->left = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << paging->index_bits && search->left; i++) {
        uint64_t gva = start + i * size;

        if (paging->entry_size == 8) /* sign-extended */
            gva = (uint64_t)((int64_t)(gva << unused) >> unused);
        if (!read_entry(search->memory, paging, table, i, &raw))
            return;
        paging->decode(raw, level, &entry);
        if (entry.present && entry.leaf)
            add_leaf(search, gva, size, &entry);
        else if (entry.present && level > 0)
            search_table(search, entry.address, level - 1, gva);
    }
}

void paging_each(const struct memory *memory, const struct paging *paging, size_t most,
                 void (*visit)(void *context, const struct mapping *mapping), void *context)
{
    struct search search = {
        memory, paging, most, memory->size >> PAGE_SHIFT, visit, context, {0},
    };

    if (paging->levels == 0)
        search.run =
            (struct mapping){memory->base.value, memory->base.value, memory->size, true, true};
    else
        search_table(&search, paging->root, paging->levels - 1, 0);
    end_run(&search);
}

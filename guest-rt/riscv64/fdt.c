/* SPDX-License-Identifier: MIT */
/*
 * Reads the flattened device tree (devicetree specification 0.4, chapter 5). It never reads
 * outside the tree, even if the tree is damaged: a read past the end gives zeros.
 */
#include "fdt.h"

#include <string.h>

#define FDT_MAGIC      0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE   2
#define FDT_PROP       3
#define FDT_NOP        4

/* The header's fields that are used here: 5.2, in cells. */
enum { MAGIC, TOTALSIZE, OFF_DT_STRUCT, OFF_DT_STRINGS, HEADER_CELLS };

/* The bytes that are not read yet. */
struct span {
    const uint8_t *pos, *end;
};

/* The nodes that are used: the root, and some of its children. */
enum node { OTHER, ROOT, MEMORY, CPUS, CHOSEN };

struct reader {
    struct span tree, strings;
    unsigned depth;
    enum node node;
    bool in_cpus;
    uint32_t address_cells, size_cells; /* the root's: the width of its children's reg */
    uint64_t image;
    struct fdt_info *info;
};

static size_t left(const struct span *span)
{
    return (size_t)(span->end - span->pos);
}

/* Reads a cell: four bytes, big-endian. */
static uint32_t read_cell(struct span *span)
{
    const uint8_t *p = span->pos;

    if (left(span) < 4) {
        span->pos = span->end;
        return 0;
    }
    span->pos += 4;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Reads a number of `cells` cells. Returns its low 64 bits. */
static uint64_t read_number(struct span *span, uint32_t cells)
{
    uint64_t number = 0;

    while (cells-- > 0 && left(span) > 0)
        number = number << 32 | read_cell(span);
    return number;
}

static void skip(struct span *span, size_t len)
{
    span->pos += len < left(span) ? len : left(span);
}

/* Takes len bytes from tree, or as many as there are, and their padding to whole cells. */
static struct span take(struct span *tree, size_t len)
{
    struct span taken = *tree;

    if (len < left(tree))
        taken.end = tree->pos + len;
    skip(tree, (len + 3) & ~(size_t)3);
    return taken;
}

/* Returns whether the string at span's start is name; if unit is '@', name@... */
static bool is_named(struct span span, const char *name, char unit)
{
    for (; *name; name++, span.pos++)
        if (left(&span) == 0 || *span.pos != *name)
            return false;
    return left(&span) > 0 && (*span.pos == '\0' || *span.pos == unit);
}

static void begin_node(struct reader *r)
{
    const uint8_t *nul = memchr(r->tree.pos, '\0', left(&r->tree));
    struct span name = take(&r->tree, nul ? (size_t)(nul - r->tree.pos) + 1 : left(&r->tree));

    r->depth++;
    if (r->depth == 2)
        r->in_cpus = is_named(name, "cpus", '\0');
    else if (r->depth == 3 && r->in_cpus && is_named(name, "cpu", '@'))
        r->info->harts++;
    if (r->depth == 1)
        r->node = ROOT;
    else if (r->depth > 2)
        r->node = OTHER; /* from here on: a node's properties come before its children */
    else if (is_named(name, "memory", '@'))
        r->node = MEMORY;
    else if (r->in_cpus)
        r->node = CPUS;
    else
        r->node = is_named(name, "chosen", '\0') ? CHOSEN : OTHER;
}

/* Reads /memory's reg: ranges. Uses the one that has the image in it. */
static void read_memory(struct reader *r, struct span value)
{
    while (left(&value) > 0 && r->address_cells + r->size_cells > 0) {
        uint64_t start = read_number(&value, r->address_cells);
        uint64_t size = read_number(&value, r->size_cells);

        uint64_t end = start + size;

        if (start <= r->image && r->image < end) {
            r->info->ram_start = start;
            r->info->ram_end = end;
        }
    }
}

static void read_property(struct reader *r)
{
    uint32_t len = read_cell(&r->tree), name_offset = read_cell(&r->tree);
    struct span value = take(&r->tree, len), name = r->strings;

    skip(&name, name_offset);
    if (r->node == ROOT && is_named(name, "#address-cells", '\0'))
        r->address_cells = read_cell(&value);
    else if (r->node == ROOT && is_named(name, "#size-cells", '\0'))
        r->size_cells = read_cell(&value);
    else if (r->node == MEMORY && is_named(name, "reg", '\0'))
        read_memory(r, value);
    else if (r->node == CPUS && is_named(name, "timebase-frequency", '\0'))
        r->info->time_frequency = read_number(&value, len / 4);
    else if (r->node == CHOSEN && is_named(name, "bootargs", '\0') && left(&value) > 0) {
        r->info->bootargs = (const char *)value.pos;
        r->info->bootargs_len = left(&value) - 1;
    }
}

static void read_tree(struct reader *r)
{
    for (;;) {
        switch (read_cell(&r->tree)) {
        case FDT_BEGIN_NODE:
            begin_node(r);
            break;
        case FDT_END_NODE:
            if (--r->depth == 0)
                return;
            break;
        case FDT_PROP:
            read_property(r);
            break;
        case FDT_NOP:
            break;
        default:
            return; /* FDT_END, or not a token */
        }
    }
}

bool fdt_read(const void *fdt, uint64_t image, struct fdt_info *info)
{
    struct span header = {fdt, (const uint8_t *)fdt + 4 * HEADER_CELLS};
    uint32_t fields[HEADER_CELLS];
    struct reader r = {.address_cells = 2, .size_cells = 1, .image = image, .info = info};

    for (unsigned i = 0; i < HEADER_CELLS; i++)
        fields[i] = read_cell(&header);
    *info = (struct fdt_info){0};
    if (fields[MAGIC] != FDT_MAGIC)
        return false;
    r.tree = r.strings = (struct span){fdt, (const uint8_t *)fdt + fields[TOTALSIZE]};
    skip(&r.tree, fields[OFF_DT_STRUCT]);
    skip(&r.strings, fields[OFF_DT_STRINGS]);
    read_tree(&r);
    return info->ram_end != 0;
}

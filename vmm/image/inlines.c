/* SPDX-License-Identifier: MIT */
/*
 * Inlined calls, from DWARF versions 2 to 5 (DWARF 5, section 3.3.8). A unit of .debug_info is a
 * list of entries. Each has the number of an abbreviation, which lists its attributes. Of an
 * inlined subroutine this file keeps its addresses and the line of its call. An outer call precedes
 * the calls in it, so the tree of entries is not needed.
 */
#include "inlines.h"

#include "dwarf.h"
#include "owner.h"
#include "sections.h"

#include <stdlib.h>

#define MAX_CALLS (1u << 16)
#define MAX_CODES 4096 /* abbreviations of a unit; compilers number them from 1 */
#ifndef MAX_WORK
#define MAX_WORK (1u << 25) /* attributes, ranges, and bytes of headers that are read */
#endif
#define WORK_OF_A_UNIT 1024 /* at least */

/* Tables 7.3 and 7.5: tags and attributes; 7.2: units; 7.30: entries of range lists. */
enum { TAG_COMPILE_UNIT = 0x11, TAG_INLINED = 0x1d };
enum {
    AT_STMT_LIST = 0x10,
    AT_LOW_PC,
    AT_HIGH_PC,
    AT_RANGES = 0x55,
    AT_CALL_FILE = 0x58,
    AT_CALL_LINE,
    AT_ADDR_BASE = 0x73,
    AT_RNGLISTS_BASE,
};
enum { UNIT_COMPILE = 1, UNIT_PARTIAL = 3 };
enum {
    BASE_ADDRESSX = 1,
    STARTX_ENDX,
    STARTX_LENGTH,
    OFFSET_PAIR,
    BASE_ADDRESS,
    START_END,
    START_LENGTH
};

struct inlined {
    uint64_t start, end; /* its instructions */
    struct source_line call;
};

struct inlines {
    size_t count, room;
    struct inlined *calls; /* an outer call before the calls in it */
};

/* What is read. */
struct reader {
    struct inlines *inlines;
    const struct lines *lines;
    struct unit *unit; /* the files of the present unit */
    bool has_files;
    unsigned work; /* how much more to do */
    struct section info, abbrev, ranges, rnglists, addr;
    struct dwarf_format format;
    uint64_t base; /* of the offsets in range lists: where the unit's code begins */
    uint64_t addr_base, rnglists_base; /* offsets of what the unit has by index */
    struct cursor codes[MAX_CODES];    /* each abbreviation's tag and attributes; at NULL: none */
};

/* The attributes of an entry that are used, or 0. */
struct entry {
    uint64_t tag, low, high, ranges, line_table, file, line, addr_base, rnglists_base;
    bool high_is_size, low_is_index, has_low, ranges_is_index, has_ranges, has_line_table;
};

static bool may_work(struct reader *reader, size_t work)
{
    if (reader->work < work) {
        reader->work = 0;
        return false;
    }
    reader->work -= (unsigned)work;
    return true;
}

static void add_call(struct reader *reader, const struct entry *entry, uint64_t start, uint64_t end)
{
    struct inlines *inlines = reader->inlines;

    if (start >= end || inlines->count == MAX_CALLS)
        return;
    if (inlines->count == inlines->room) {
        size_t room = inlines->room ? 2 * inlines->room : 256;
        struct inlined *calls = realloc(inlines->calls, room * sizeof(*calls));

        if (!calls)
            return;
        inlines->calls = calls;
        inlines->room = room;
    }
    inlines->calls[inlines->count++] = (struct inlined){
        start, end, lines_source(reader->unit, entry->file, (unsigned)entry->line)};
}

/* ---- Range lists ---- */

static struct cursor cursor_at(const struct section *section, uint64_t offset)
{
    const uint8_t *bytes = (const uint8_t *)section->bytes;

    if (offset >= section->size)
        return (struct cursor){NULL, NULL};
    return (struct cursor){bytes + offset, bytes + section->size};
}

/* Returns an address that the unit has by its index in .debug_addr. */
static uint64_t address_of(const struct reader *reader, uint64_t index)
{
    const unsigned size = reader->format.address_size;
    struct cursor cursor = cursor_at(&reader->addr, reader->addr_base + index * size);

    return take(&cursor, size);
}

/* Reads the list of .debug_ranges, in versions up to 4: pairs of addresses. */
static void add_old_ranges(struct reader *reader, const struct entry *entry)
{
    struct cursor cursor = cursor_at(&reader->ranges, entry->ranges);
    const uint64_t none = reader->format.address_size == 8 ? UINT64_MAX : UINT32_MAX;
    uint64_t base = reader->base;

    while (cursor.at < cursor.end && may_work(reader, 1)) {
        uint64_t start = take(&cursor, reader->format.address_size);
        uint64_t end = take(&cursor, reader->format.address_size);

        if (start == 0 && end == 0)
            return;
        if (start == none)
            base = end;
        else
            add_call(reader, entry, base + start, base + end);
    }
}

/* Reads the list of .debug_rnglists, in version 5 (section 2.17.3). */
static void add_ranges(struct reader *reader, const struct entry *entry)
{
    struct cursor cursor = cursor_at(&reader->rnglists, entry->ranges);
    uint64_t base = reader->base, start;

    if (entry->ranges_is_index) { /* in a table of offsets from its own start */
        cursor = cursor_at(&reader->rnglists, reader->rnglists_base + 4 * entry->ranges);
        cursor = cursor_at(&reader->rnglists, reader->rnglists_base + take(&cursor, 4));
    }

    while (cursor.at < cursor.end && may_work(reader, 1)) {
        switch (take(&cursor, 1)) {
        case BASE_ADDRESSX:
            base = address_of(reader, take_unsigned(&cursor));
            break;
        case STARTX_ENDX:
            start = address_of(reader, take_unsigned(&cursor));
            add_call(reader, entry, start, address_of(reader, take_unsigned(&cursor)));
            break;
        case STARTX_LENGTH:
            start = address_of(reader, take_unsigned(&cursor));
            add_call(reader, entry, start, start + take_unsigned(&cursor));
            break;
        case OFFSET_PAIR:
            start = take_unsigned(&cursor);
            add_call(reader, entry, base + start, base + take_unsigned(&cursor));
            break;
        case BASE_ADDRESS:
            base = take(&cursor, reader->format.address_size);
            break;
        case START_END:
            start = take(&cursor, reader->format.address_size);
            add_call(reader, entry, start, take(&cursor, reader->format.address_size));
            break;
        case START_LENGTH:
            start = take(&cursor, reader->format.address_size);
            add_call(reader, entry, start, start + take_unsigned(&cursor));
            break;
        default: /* the end */
            return;
        }
    }
}

/* ---- Entries ---- */

static void keep_value(struct entry *entry, uint64_t attribute, uint64_t form, uint64_t value)
{
    switch (attribute) {
    case AT_STMT_LIST:
        entry->line_table = value;
        entry->has_line_table = true;
        return;
    case AT_LOW_PC:
        entry->low = value;
        entry->has_low = true;
        entry->low_is_index = form != FORM_ADDR;
        return;
    case AT_HIGH_PC: /* an address, or from version 4 on the size of the code */
        entry->high = value;
        entry->high_is_size = form != FORM_ADDR;
        return;
    case AT_RANGES:
        entry->ranges = value;
        entry->has_ranges = true;
        entry->ranges_is_index = form == FORM_RNGLISTX;
        return;
    case AT_CALL_FILE:
        entry->file = value;
        return;
    case AT_CALL_LINE:
        entry->line = value;
        return;
    case AT_ADDR_BASE:
        entry->addr_base = value;
        return;
    case AT_RNGLISTS_BASE:
        entry->rnglists_base = value;
        return;
    }
}

/* Reads an entry. Returns false if it cannot be read: then the next one cannot be found. */
static bool take_entry(struct reader *reader, struct cursor *cursor, struct entry *entry)
{
    const uint64_t code = take_unsigned(cursor);
    struct cursor attributes;

    *entry = (struct entry){0};
    if (code == 0) /* the end of a list of children */
        return true;
    if (code >= MAX_CODES || !reader->codes[code].at)
        return false;
    attributes = reader->codes[code];
    entry->tag = take_unsigned(&attributes);
    take(&attributes, 1); /* whether it has children */
    while (attributes.at < attributes.end && may_work(reader, 1)) {
        uint64_t attribute = take_unsigned(&attributes), form = take_unsigned(&attributes), value;

        if (attribute == 0 && form == 0)
            return true;
        if (form == FORM_IMPLICIT_CONST)
            value = (uint64_t)take_signed(&attributes);
        else if (!take_value(cursor, form, &reader->format, &value))
            return false;
        keep_value(entry, attribute, form, value);
    }
    return false;
}

static uint64_t low_of(const struct reader *reader, const struct entry *entry)
{
    return entry->low_is_index ? address_of(reader, entry->low) : entry->low;
}

static void begin_unit(struct reader *reader, const struct entry *entry)
{
    size_t size = 0;

    reader->addr_base = entry->addr_base;
    reader->rnglists_base = entry->rnglists_base;
    reader->base = low_of(reader, entry);
    reader->has_files = entry->has_line_table &&
                        lines_read_unit(reader->lines, entry->line_table, reader->unit, &size);
    if (!may_work(reader, size))
        reader->has_files = false;
}

static void add_inlined(struct reader *reader, const struct entry *entry)
{
    const uint64_t low = low_of(reader, entry);

    if (!reader->has_files)
        return;
    if (entry->has_ranges && reader->format.version >= 5)
        add_ranges(reader, entry);
    else if (entry->has_ranges)
        add_old_ranges(reader, entry);
    else if (entry->has_low)
        add_call(reader, entry, low, entry->high_is_size ? low + entry->high : entry->high);
}

/* ---- Units ---- */

/* Finds the abbreviations of a unit (section 7.5.3). */
static void read_codes(struct reader *reader, uint64_t offset)
{
    struct cursor cursor = cursor_at(&reader->abbrev, offset);

    memset(reader->codes, 0, sizeof(reader->codes));
    while (cursor.at < cursor.end && may_work(reader, 1)) {
        const uint64_t code = take_unsigned(&cursor);
        uint64_t attribute = 1, form = 1;

        if (code == 0)
            return;
        if (code < MAX_CODES)
            reader->codes[code] = cursor;
        take_unsigned(&cursor);
        take(&cursor, 1);
        while ((attribute || form) && cursor.at < cursor.end && may_work(reader, 1)) {
            attribute = take_unsigned(&cursor);
            form = take_unsigned(&cursor);
            if (form == FORM_IMPLICIT_CONST)
                take_signed(&cursor);
        }
    }
}

/* Reads a unit's header (section 7.5.1). Returns false if its entries are not code's. */
static bool take_header(struct reader *reader, struct cursor *cursor)
{
    uint64_t type = UNIT_COMPILE, abbrev;

    reader->format.version = (unsigned)take(cursor, 2);
    if (reader->format.version < 2 || reader->format.version > 5)
        return false;
    if (reader->format.version >= 5) {
        type = take(cursor, 1);
        reader->format.address_size = (unsigned)take(cursor, 1);
    }
    abbrev = take(cursor, 4);
    if (reader->format.version < 5)
        reader->format.address_size = (unsigned)take(cursor, 1);
    if ((type != UNIT_COMPILE && type != UNIT_PARTIAL) ||
        (reader->format.address_size != 4 && reader->format.address_size != 8))
        return false;
    read_codes(reader, abbrev);
    return true;
}

static void read_unit(struct reader *reader, struct cursor cursor)
{
    struct entry entry;

    reader->has_files = false;
    if (!may_work(reader, WORK_OF_A_UNIT) || !take_header(reader, &cursor))
        return;
    while (cursor.at < cursor.end && take_entry(reader, &cursor, &entry)) {
        if (entry.tag == TAG_COMPILE_UNIT)
            begin_unit(reader, &entry);
        else if (entry.tag == TAG_INLINED)
            add_inlined(reader, &entry);
    }
}

static void read_units(struct reader *reader)
{
    struct cursor cursor = cursor_at(&reader->info, 0);

    while (cursor.at < cursor.end && reader->work > 0) {
        uint64_t length = take(&cursor, 4);
        struct cursor unit;

        if (length > (size_t)(cursor.end - cursor.at)) /* damaged, or 64-bit DWARF */
            return;
        unit = (struct cursor){cursor.at, cursor.at + length};
        cursor.at = unit.end;
        read_unit(reader, unit);
    }
}

struct inlines *inlines_load(const struct source *source, const struct lines *lines,
                             struct unit *unit)
{
    struct inlines *inlines = calloc(1, sizeof(*inlines));
    struct reader *reader = calloc(1, sizeof(*reader));

    if (inlines && reader) {
        *reader =
            (struct reader){.inlines = inlines, .lines = lines, .unit = unit, .work = MAX_WORK};
        reader->info.bytes = section_read(source, ".debug_info", &reader->info.size);
        reader->abbrev.bytes = section_read(source, ".debug_abbrev", &reader->abbrev.size);
        reader->ranges.bytes = section_read(source, ".debug_ranges", &reader->ranges.size);
        reader->rnglists.bytes = section_read(source, ".debug_rnglists", &reader->rnglists.size);
        reader->addr.bytes = section_read(source, ".debug_addr", &reader->addr.size);
        read_units(reader);
        free(reader->info.bytes);
        free(reader->abbrev.bytes);
        free(reader->ranges.bytes);
        free(reader->rnglists.bytes);
        free(reader->addr.bytes);
    }
    free(reader);
    return inlines;
}

void inlines_free(struct inlines *inlines)
{
    if (!inlines)
        return;
    free(inlines->calls);
    free(inlines);
}

const struct source_line *inlines_author(const struct inlines *inlines, uint64_t pc,
                                         const struct source_line *innermost)
{
    const struct source_line *best = innermost;
    enum owner owner = owner_of(best);

    for (size_t i = inlines ? inlines->count : 0; i > 0 && owner != OWNER_AUTHOR; i--) {
        const struct inlined *inlined = &inlines->calls[i - 1];

        if (pc - inlined->start >= inlined->end - inlined->start)
            continue;
        if (owner_of(&inlined->call) < owner) {
            best = &inlined->call;
            owner = owner_of(best);
        }
    }
    return best;
}

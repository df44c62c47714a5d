/* SPDX-License-Identifier: MIT */
/*
 * The DWARF line number table, versions 2 to 5 (DWARF 5, section 6.2). Each unit is a small
 * program, which outputs a row (address, file, line) for each statement. lines_load runs all units
 * and sorts the rows by address.
 */
#include "lines.h"

#include "dwarf.h"
#include "inlines.h"
#include "sections.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROWS  (1u << 20)
#define MAX_FILES 4096

/* Table 7.25 and 7.26: opcodes; 7.27: content types. */
enum {
    COPY = 1,
    ADVANCE_PC,
    ADVANCE_LINE,
    SET_FILE,
    SET_COLUMN,
    NEGATE_STMT,
    SET_BASIC_BLOCK,
    CONST_ADD_PC,
    FIXED_ADVANCE_PC,
    SET_PROLOGUE_END,
    SET_EPILOGUE_BEGIN,
    SET_ISA
};
enum { END_SEQUENCE = 1, SET_ADDRESS };
enum { CONTENT_PATH = 1, CONTENT_DIRECTORY };

struct row {
    uint64_t address;
    struct source_line source; /* file NULL: no code of this unit from this address on */
    uint32_t order; /* of output; of two rows for an address, lines_find takes the later one */
};

struct lines {
    struct section line, line_str, str;
    struct row *rows; /* by ascending address, then order */
    size_t count, room;
    struct inlines *inlines;
};

/* What a unit's program needs of its header. */
struct unit {
    unsigned version, opcode_base, line_range, min_length;
    int line_base;
    uint8_t operands[256]; /* the number of operands of each standard opcode */
    size_t directory_count, file_count;
    const char *directories[MAX_FILES];
    struct source_line files[MAX_FILES]; /* line 0 */
};

static const char *string_in(const struct section *section, uint64_t offset)
{
    return offset < section->size ? section->bytes + offset : "";
}

/* Reads a value of a form: sets *string or *number. Returns false if the form is unknown. */
static bool take_form(const struct lines *lines, struct cursor *cursor, uint64_t form,
                      const char **string, uint64_t *number)
{
    switch (form) {
    case FORM_STRING:
        *string = take_string(cursor);
        return true;
    case FORM_LINE_STRP:
        *string = string_in(&lines->line_str, take(cursor, 4));
        return true;
    case FORM_STRP:
        *string = string_in(&lines->str, take(cursor, 4));
        return true;
    default:
        return take_value(cursor, form, &(struct dwarf_format){5, 8}, number);
    }
}

/* Adds a directory. Number 0 is where the compiler ran, which tells nothing about a file. */
static void add_directory(struct unit *unit, const char *path)
{
    if (unit->directory_count < MAX_FILES)
        unit->directories[unit->directory_count] = unit->directory_count > 0 ? path : "";
    unit->directory_count += unit->directory_count < MAX_FILES;
}

static void add_file(struct unit *unit, const char *path, uint64_t directory)
{
    if (unit->file_count < MAX_FILES)
        unit->files[unit->file_count++] = (struct source_line){
            .file = path,
            .directory = directory < unit->directory_count ? unit->directories[directory] : "",
        };
}

/* Reads a table of directories or files of version 5: the entries' format, then the entries. */
static bool take_entries(const struct lines *lines, struct cursor *cursor, struct unit *unit,
                         bool files)
{
    uint64_t types[16], forms[16], count = take(cursor, 1), entries;

    if (count > 16)
        return false;
    for (size_t i = 0; i < count; i++) {
        types[i] = take_unsigned(cursor);
        forms[i] = take_unsigned(cursor);
    }
    entries = count ? take_unsigned(cursor) : 0; /* without a format, entries take no bytes */
    for (uint64_t entry = 0; entry < entries && cursor->at < cursor->end; entry++) {
        const uint8_t *const start = cursor->at;
        const char *path = "", *string = "";
        uint64_t directory = 0, number = 0;

        for (size_t i = 0; i < count; i++) {
            if (!take_form(lines, cursor, forms[i], &string, &number))
                return false;
            if (types[i] == CONTENT_PATH)
                path = string;
            if (types[i] == CONTENT_DIRECTORY)
                directory = number;
        }
        if (cursor->at == start) /* entries of no bytes: the cursor would never reach the end */
            return false;
        if (files)
            add_file(unit, path, directory);
        else
            add_directory(unit, path);
    }
    return true;
}

/* Reads the same tables of versions up to 4: lists that end with an empty string, or, if they are
 * damaged, with the header. */
static void take_old_tables(struct cursor *cursor, struct unit *unit)
{
    const char *path;

    add_directory(unit, ""); /* numbers start at 1 here */
    while (cursor->at < cursor->end && *(path = take_string(cursor)))
        add_directory(unit, path);
    add_file(unit, "", 0);
    while (cursor->at < cursor->end && *(path = take_string(cursor))) {
        uint64_t directory = take_unsigned(cursor);

        take_unsigned(cursor);
        take_unsigned(cursor);
        add_file(unit, path, directory);
    }
}

/* Reads a unit's header (section 6.2.4). Moves the cursor to its program. */
static bool take_header(const struct lines *lines, struct cursor *cursor, struct unit *unit)
{
    uint64_t length;
    struct cursor header;

    unit->directory_count = unit->file_count = 0;
    unit->version = (unsigned)take(cursor, 2);
    if (unit->version < 2 || unit->version > 5)
        return false;
    if (unit->version >= 5)
        take(cursor, 2); /* sizes of addresses and segment selectors */
    length = take(cursor, 4);
    if (length > (size_t)(cursor->end - cursor->at))
        return false;
    header = (struct cursor){cursor->at, cursor->at + length};
    cursor->at = header.end;

    unit->min_length = (unsigned)take(&header, 1);
    if (unit->version >= 4)
        take(&header, 1); /* operations per instruction: more than 1 only for VLIW */
    take(&header, 1);     /* default_is_stmt */
    unit->line_base = (int)take(&header, 1);
    if (unit->line_base > INT8_MAX)
        unit->line_base -= 256; /* a signed byte */
    unit->line_range = (unsigned)take(&header, 1);
    unit->opcode_base = (unsigned)take(&header, 1);
    for (unsigned i = 1; i < unit->opcode_base; i++)
        unit->operands[i] = (uint8_t)take(&header, 1);
    if (unit->line_range == 0 || unit->opcode_base == 0)
        return false;
    if (unit->version < 5) {
        take_old_tables(&header, unit);
        return true;
    }
    return take_entries(lines, &header, unit, false) && take_entries(lines, &header, unit, true);
}

static void add_row(struct lines *lines, uint64_t address, struct source_line source)
{
    if (lines->count == lines->room) {
        size_t room = lines->room ? 2 * lines->room : 1024;
        struct row *rows = room <= MAX_ROWS ? realloc(lines->rows, room * sizeof(*rows)) : NULL;

        if (!rows)
            return;
        lines->rows = rows;
        lines->room = room;
    }
    lines->rows[lines->count] = (struct row){address, source, (uint32_t)lines->count};
    lines->count++;
}

/* The registers of the line number machine (section 6.2.2) that are used here. */
struct machine {
    uint64_t address, file;
    unsigned line;
};

struct source_line lines_source(const struct unit *unit, uint64_t file, unsigned line)
{
    struct source_line source = {.file = "?", .directory = ""};

    if (file < unit->file_count)
        source = unit->files[file];
    source.line = line;
    return source;
}

static void emit(struct lines *lines, const struct unit *unit, const struct machine *machine)
{
    add_row(lines, machine->address, lines_source(unit, machine->file, machine->line));
}

static void run_extended(struct lines *lines, struct cursor *program, struct machine *machine)
{
    uint64_t length = take_unsigned(program);
    struct cursor operands;

    if (length > (size_t)(program->end - program->at))
        length = (size_t)(program->end - program->at);
    operands = (struct cursor){program->at, program->at + length};
    program->at = operands.end;
    switch (take(&operands, 1)) {
    case END_SEQUENCE:
        add_row(lines, machine->address, (struct source_line){.file = NULL});
        *machine = (struct machine){.file = 1, .line = 1};
        return;
    case SET_ADDRESS:
        machine->address = take(&operands, (size_t)(operands.end - operands.at));
        return;
    }
}

static void run_standard(struct lines *lines, const struct unit *unit, struct cursor *program,
                         struct machine *machine, unsigned opcode)
{
    switch (opcode) {
    case COPY:
        emit(lines, unit, machine);
        return;
    case ADVANCE_PC:
        machine->address += take_unsigned(program) * unit->min_length;
        return;
    case ADVANCE_LINE:
        machine->line += (unsigned)take_signed(program);
        return;
    case SET_FILE:
        machine->file = take_unsigned(program);
        return;
    case CONST_ADD_PC:
        machine->address +=
            (uint64_t)unit->min_length * ((255 - unit->opcode_base) / unit->line_range);
        return;
    case FIXED_ADVANCE_PC:
        machine->address += take(program, 2);
        return;
    default: /* columns, blocks, instruction sets, unknown opcodes: skips the operands */
        for (unsigned i = 0; i < unit->operands[opcode]; i++)
            take_unsigned(program);
    }
}

static void run(struct lines *lines, const struct unit *unit, struct cursor program)
{
    struct machine machine = {.file = 1, .line = 1};

    while (program.at < program.end) {
        unsigned opcode = (unsigned)take(&program, 1);

        if (opcode == 0) {
            run_extended(lines, &program, &machine);
        } else if (opcode < unit->opcode_base) {
            run_standard(lines, unit, &program, &machine, opcode);
        } else { /* a special opcode advances address and line (section 6.2.5.1) */
            opcode -= unit->opcode_base;
            machine.address += (uint64_t)unit->min_length * (opcode / unit->line_range);
            machine.line += (unsigned)(unit->line_base + (int)(opcode % unit->line_range));
            emit(lines, unit, &machine);
        }
    }
}

static int by_address(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    /* If one unit's code ends where another's begins, lines_find takes the beginning. */
    if (!x->source.file != !y->source.file)
        return x->source.file ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Reads the length and the header of the unit at the cursor. Moves the cursor after the unit.
 * *program receives the bytes after the header; they are empty if that is not usable. */
static void take_unit(const struct lines *lines, struct cursor *cursor, struct unit *unit,
                      struct cursor *program)
{
    uint64_t length = take(cursor, 4);

    *program = (struct cursor){cursor->end, cursor->end};
    if (length <= (size_t)(cursor->end - cursor->at)) /* else damaged, or 64-bit DWARF */
        *program = (struct cursor){cursor->at, cursor->at + length};
    cursor->at = program->end;
    if (!take_header(lines, program, unit))
        program->at = program->end;
}

bool lines_read_unit(const struct lines *lines, uint64_t offset, struct unit *unit, size_t *size)
{
    struct cursor cursor, program;
    const uint8_t *start;

    *size = 0;
    if (offset >= lines->line.size)
        return false;
    start = (const uint8_t *)lines->line.bytes + offset;
    cursor.at = start;
    cursor.end = (const uint8_t *)lines->line.bytes + lines->line.size;
    take_unit(lines, &cursor, unit, &program);
    *size = (size_t)(program.at - start);
    return program.at < program.end;
}

struct lines *lines_load(const struct source *source)
{
    struct lines *lines = calloc(1, sizeof(*lines));
    struct unit *unit = malloc(sizeof(*unit));
    struct cursor cursor, program;

    if (!lines || !unit) {
        free(lines);
        free(unit);
        return NULL;
    }
    lines->line.bytes = section_read(source, ".debug_line", &lines->line.size);
    lines->line_str.bytes = section_read(source, ".debug_line_str", &lines->line_str.size);
    lines->str.bytes = section_read(source, ".debug_str", &lines->str.size);
    cursor.at = (const uint8_t *)lines->line.bytes;
    cursor.end = cursor.at ? cursor.at + lines->line.size : NULL;
    while (cursor.at < cursor.end) {
        take_unit(lines, &cursor, unit, &program);
        run(lines, unit, program);
    }
    if (lines->count)
        qsort(lines->rows, lines->count, sizeof(lines->rows[0]), by_address);
    lines->inlines = inlines_load(source, lines, unit);
    free(unit);
    return lines;
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    free(lines->line.bytes);
    free(lines->line_str.bytes);
    free(lines->str.bytes);
    free(lines->rows);
    inlines_free(lines->inlines);
    free(lines);
}

const struct source_line *lines_find(const struct lines *lines, uint64_t pc)
{
    size_t low = 0, high = lines ? lines->count : 0;

    while (low < high) { /* the last row at or before pc */
        size_t middle = low + (high - low) / 2;

        if (lines->rows[middle].address <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || !lines->rows[low - 1].source.file)
        return NULL;
    return inlines_author(lines->inlines, pc, &lines->rows[low - 1].source);
}

/* Returns whether a path ends with a file's name, after a slash or as a whole. */
static bool is_file(const char *path, const char *file)
{
    const size_t length = strlen(path), end = strlen(file);

    return length >= end && strcmp(path + length - end, file) == 0 &&
           (length == end || path[length - end - 1] == '/');
}

uint64_t lines_address(const struct lines *lines, const char *path, unsigned line)
{
    for (size_t i = 0; lines && i < lines->count; i++) {
        const struct source_line *source = &lines->rows[i].source;

        if (source->file && source->line == line && is_file(path, source->file))
            return lines->rows[i].address;
    }
    return 0;
}

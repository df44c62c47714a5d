/* SPDX-License-Identifier: MIT */
/*
 * stencils OBJECT: writes the functions of an object file as a table in C, for the translator
 * (docs/translator.md). Relocations become holes. A function whose code has another shape than
 * vmm/backends/soft/translate/stencils.c needs gets no code, and is named on stderr.
 */
#include "backends/soft/translate/stencil.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STENCILS_MAX 2000
#define JMP          0xe9 /* with four bytes of distance */

static const char *const hole_names[HOLE_COUNT] = {
#define NAME(name) [HOLE_##name] = "hole_" #name,
    NUMBER_HOLES(NAME) CODE_HOLES(NAME)};

struct function {
    const char *name;
    const unsigned char *code;
    const char *why; /* it is refused; NULL: it is not */
    size_t size;
    struct hole holes[HOLES_MAX];
    unsigned hole_count;
};

static struct function functions[STENCILS_MAX];
static unsigned function_count;

static unsigned char *file;
static const Elf64_Ehdr *header;
static const Elf64_Shdr *sections;

static void die(const char *path, const char *why)
{
    fprintf(stderr, "stencils: %s: %s\n", path, why);
    exit(1);
}

static void read_object(const char *path)
{
    FILE *in = fopen(path, "rb");
    long size = 0;

    if (!in || fseek(in, 0, SEEK_END) || (size = ftell(in)) < (long)sizeof(*header))
        die(path, "cannot be read");
    rewind(in);
    file = malloc((size_t)size);
    if (!file || fread(file, 1, (size_t)size, in) != (size_t)size)
        die(path, "cannot be read");
    fclose(in);
    header = (const Elf64_Ehdr *)file;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_machine != EM_X86_64)
        die(path, "not an ELF object for x86-64");
    sections = (const Elf64_Shdr *)(file + header->e_shoff);
}

static bool code_hole_fits(const struct function *function, size_t at)
{
    const unsigned char *code = function->code + at;

    return (at >= 1 && code[-1] == JMP) || (at >= 2 && code[-2] == 0x0f && code[-1] >> 4 == 8);
}

static const char *add_hole(struct function *function, const char *name, const Elf64_Rela *rela)
{
    const unsigned type = ELF64_R_TYPE(rela->r_info);
    const bool relative = type == R_X86_64_PLT32 || type == R_X86_64_PC32;
    unsigned kind = 0;

    while (kind < HOLE_COUNT && strcmp(hole_names[kind], name) != 0)
        kind++;
    if (kind == HOLE_COUNT)
        return "uses a symbol that is no hole";
    if (relative ? kind < FIRST_CODE_HOLE || !code_hole_fits(function, rela->r_offset)
                 : kind >= FIRST_CODE_HOLE || (type != R_X86_64_32 && type != R_X86_64_32S))
        return "uses a hole in another way";
    if (function->hole_count == HOLES_MAX)
        return "has too many holes";
    function->holes[function->hole_count++] = (struct hole){
        .at = (uint16_t)rela->r_offset,
        .kind = (uint8_t)kind,
        .form = relative ? FORM_RELATIVE : FORM_ABSOLUTE,
        .addend = (int32_t)rela->r_addend,
    };
    return NULL;
}

/* The last jump of a stencil leads to the next one, which follows it. */
static void drop_last_jump(struct function *function)
{
    struct hole *last = &function->holes[function->hole_count - 1];

    if (function->hole_count > 0 && last->kind == HOLE_next && last->at + 4u == function->size &&
        function->code[last->at - 1] == JMP) {
        function->size -= 5;
        function->hole_count--;
    }
}

static void read_holes(struct function *function, const Elf64_Sym *symbols, const char *names,
                       unsigned section)
{
    for (unsigned i = 0; i < header->e_shnum; i++) {
        const Elf64_Rela *rela = (const Elf64_Rela *)(file + sections[i].sh_offset);

        if (sections[i].sh_type != SHT_RELA || sections[i].sh_info != section)
            continue;
        for (size_t j = 0; j < sections[i].sh_size / sizeof(*rela) && !function->why; j++) {
            const Elf64_Sym *symbol = &symbols[ELF64_R_SYM(rela[j].r_info)];

            function->why = add_hole(function, names + symbol->st_name, &rela[j]);
        }
    }
    if (!function->why)
        drop_last_jump(function);
}

static void read_functions(const char *path, const Elf64_Shdr *table)
{
    const Elf64_Sym *symbols = (const Elf64_Sym *)(file + table->sh_offset);
    const char *names = (const char *)file + sections[table->sh_link].sh_offset;

    for (size_t i = 0; i < table->sh_size / sizeof(*symbols); i++) {
        const Elf64_Sym *symbol = &symbols[i];
        struct function *function = &functions[function_count];

        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC)
            continue;
        if (++function_count == STENCILS_MAX)
            die(path, "too many functions");
        function->name = names + symbol->st_name;
        function->code = file + sections[symbol->st_shndx].sh_offset;
        function->size = symbol->st_size;
        if (symbol->st_value != 0 || symbol->st_size > UINT16_MAX)
            function->why = "is not alone in its section";
        else
            read_holes(function, symbols, names, symbol->st_shndx);
    }
}

static struct function *find(const char *name, int length, const char *end)
{
    for (unsigned i = 0; i < function_count; i++)
        if (strncmp(functions[i].name, name, (size_t)length) == 0 &&
            strcmp(functions[i].name + length, end) == 0)
            return &functions[i];
    return NULL;
}

/* Three functions ..._by13, _by14 and _by19 differ in the byte that holds the number: makes the
 * first a function ..._by with a hole there. */
static void find_amount(struct function *function, int length)
{
    const struct function *second = find(function->name, length, "14");
    const struct function *third = find(function->name, length, "19");
    size_t at = 0, differences = 0;

    if (!second || !third || function->why || second->size != function->size ||
        third->size != function->size || function->hole_count == HOLES_MAX) {
        function->why = "is not like the function for another amount";
        return;
    }
    for (size_t i = 0; i < function->size; i++)
        if (function->code[i] != second->code[i] || function->code[i] != third->code[i]) {
            at = i;
            differences++;
        }
    if (differences != 1 || second->code[at] != (unsigned char)(function->code[at] + 1) ||
        third->code[at] != (unsigned char)(function->code[at] + 6)) {
        function->why = "is not like the function for another amount";
        return;
    }
    function->holes[function->hole_count++] = (struct hole){
        .at = (uint16_t)at,
        .kind = HOLE_imm,
        .form = FORM_BYTE,
        .addend = function->code[at] - 13,
    };
}

/* Leaves one function of each three. */
static void find_amounts(void)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < function_count; i++) {
        const char *by = strstr(functions[i].name, "_by");

        if (by && strcmp(by, "_by13") == 0)
            find_amount(&functions[i], (int)(by + 3 - functions[i].name));
    }
    for (unsigned i = 0; i < function_count; i++) {
        const char *by = strstr(functions[i].name, "_by");

        if (by && strcmp(by, "_by13") != 0)
            continue;
        functions[kept++] = functions[i];
    }
    function_count = kept;
}

static int name_length(const char *name)
{
    const char *by = strstr(name, "_by13");

    return (int)(by ? by + 3 - name : (ptrdiff_t)strlen(name));
}

/* Writes the names of the stencils and, where STENCIL_TABLES is defined, the tables. */
static void write_tables(void)
{
    unsigned code = 0, hole = 0;

    printf("/* Made by tools/stencils.c. */\nenum {\nSTENCIL_none,\n");
    for (unsigned i = 0; i < function_count; i++)
        printf("STENCIL_%.*s,\n", name_length(functions[i].name), functions[i].name);
    printf("};\n#ifdef STENCIL_TABLES\nstatic const uint8_t stencil_code[] = {\n");
    for (unsigned i = 0; i < function_count; i++)
        for (size_t j = 0; j < functions[i].size; j++)
            printf("%d,%s", functions[i].code[j], j + 1 == functions[i].size ? "\n" : "");
    printf("};\nstatic const struct hole stencil_holes[] = {\n");
    for (unsigned i = 0; i < function_count; i++)
        for (unsigned j = 0; j < functions[i].hole_count; j++)
            printf("{%d, %d, %d, %d},\n", functions[i].holes[j].at, functions[i].holes[j].kind,
                   functions[i].holes[j].form, functions[i].holes[j].addend);
    printf("};\nconst struct stencil stencils[] = {\n{0, 0, 0, 0},\n");
    for (unsigned i = 0; i < function_count; i++) {
        printf("{%u, %zu, %u, %u},\n", code, functions[i].size, hole, functions[i].hole_count);
        code += (unsigned)functions[i].size;
        hole += functions[i].hole_count;
    }
    printf("};\n#endif\n");
}

/* Leaves a function without code if it has another shape. */
static void drop_refused(void)
{
    for (unsigned i = 0; i < function_count; i++) {
        if (!functions[i].why)
            continue;
        fprintf(stderr, "stencils: %s %s: it is interpreted\n", functions[i].name,
                functions[i].why);
        functions[i].size = 0;
        functions[i].hole_count = 0;
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage", "stencils OBJECT");
    read_object(argv[1]);
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB)
            read_functions(argv[1], &sections[i]);
    find_amounts();
    drop_refused();
    write_tables();
    free(file);
    return 0;
}

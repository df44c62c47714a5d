/* SPDX-License-Identifier: MIT */
/* Which name of the symbol table an address gets. */
#include "image/symbols.h"

#include "image/elf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct names {
    char none[1], symtab[8], strtab[8], temporary[7], mapping[3], function[9], label[6], local[6],
        global[7], object[7];
};

#define NAME(name) offsetof(struct names, name)
#define SYMBOL(name, type, start, size)                                                            \
    {                                                                                              \
        NAME(name), type, 0, 1, start, size                                                        \
    }

static const struct {
    Elf64_Ehdr header;
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[10];
    struct names names;
} file = {
    .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
               .e_type = ET_EXEC,
               .e_machine = EM_RISCV,
               .e_shoff = sizeof(Elf64_Ehdr),
               .e_shentsize = sizeof(Elf64_Shdr),
               .e_shnum = 3,
               .e_shstrndx = 2},
    .sections = {{0},
                 {.sh_name = NAME(symtab),
                  .sh_offset = offsetof(__typeof__(file), symbols),
                  .sh_size = sizeof(file.symbols)},
                 {.sh_name = NAME(strtab),
                  .sh_offset = offsetof(__typeof__(file), names),
                  .sh_size = sizeof(struct names)}},
    .symbols = {{0},
                SYMBOL(temporary, STT_NOTYPE, 0x1010, 0),
                SYMBOL(mapping, STT_NOTYPE, 0x1018, 0),
                SYMBOL(function, STT_FUNC, 0x1000, 0x40),
                SYMBOL(label, STT_NOTYPE, 0x1000, 0),
                SYMBOL(label, STT_NOTYPE, 0x1080, 0),
                SYMBOL(local, STT_FUNC, 0x2000, 8),
                SYMBOL(global, STT_FUNC, 0x2000, 8),
                SYMBOL(object, STT_OBJECT, 0x3000, 8),
                {NAME(object), STT_OBJECT, 0, SHN_UNDEF, 0x4000, 8}},
    .names = {"", ".symtab", ".strtab", ".Ltmp1", "$x", "function", "label", "local", "global",
              "object"},
};

static size_t read_file(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
    (void)source;
    if (offset > sizeof(file) || length > sizeof(file) - offset)
        return 0;
    memcpy(buffer, (const char *)&file + offset, length);
    return length;
}

/* In place of the C library's: reverses what compares as equal, as a libc may do. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    char *items = base, item[64];

    assert_true(size <= sizeof(item));
    for (size_t i = 1; i < count; i++) {
        size_t at = i;

        memcpy(item, items + i * size, size);
        for (; at > 0 && compare(items + (at - 1) * size, item) >= 0; at--)
            memcpy(items + at * size, items + (at - 1) * size, size);
        memcpy(items + at * size, item, size);
    }
}

static void test_names(void **state)
{
    static const struct {
        uint64_t pc;
        const char *name; /* NULL: none */
        uint64_t offset;
    } expected[] = {
        {0xfff, NULL, 0},           {0x1000, "function", 0}, /* which has a size, not the label
                                                                there */
        {0x1014, "function", 0x14}, /* not the local label or the mapping symbol inside */
        {0x101c, "function", 0x1c}, {0x1040, "function", 0x40}, {0x1041, NULL, 0},
        {0x1084, "label", 4},       {0x2004, "global", 4}, /* the later one of two that are equal */
        {0x3001, "object", 1},      {0x4000, NULL, 0},
    };
    const struct source source = {.name = "generated", .size = sizeof(file), .read = read_file};
    struct symbols *symbols = symbols_load(&source);

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        uint64_t offset = 0;
        const char *name = symbols_find(symbols, expected[i].pc, &offset);

        if (!expected[i].name) {
            assert_null(name);
            continue;
        }
        assert_non_null(name);
        assert_string_equal(name, expected[i].name);
        assert_int_equal(offset, expected[i].offset);
    }
    symbols_free(symbols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Walks of page tables, on a small RAM and a machine of two levels whose entries this test makes.
 */
#include "core/paging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RAM_BASE 0x80000000
#define PAGES    64
#define PAGE     4096
#define SPAN     (512ul * PAGE) /* of a table of the last level */

enum { V = 1, R = 2, W = 4, X = 8, U = 16 };

static uint8_t ram[PAGES * PAGE];
static const struct memory memory = {.hva = ram, .base = {RAM_BASE}, .size = sizeof(ram)};

static void decode(uint64_t entry, unsigned level, struct paging_entry *out)
{
    (void)level;
    *out = (struct paging_entry){
        .present = entry & V,
        .leaf = entry & (R | W | X),
        .address = entry & ~0xffful,
        .read = entry & R,
        .write = entry & W,
        .execute = entry & X,
        .user = entry & U,
    };
}

static const char *const names[] = {"last", "first"};
static const struct paging paging = {
    .levels = 2,
    .index_bits = 9,
    .entry_size = 8,
    .root = RAM_BASE,
    .names = names,
    .absent = "absent",
    .off = "off",
    .decode = decode,
};

static uint64_t page(unsigned number)
{
    return RAM_BASE + number * PAGE;
}

static void set(unsigned table, unsigned index, uint64_t entry)
{
    memcpy(ram + table * PAGE + index * 8, &entry, 8);
}

static struct {
    size_t count;
    struct mapping runs[PAGES];
} found;

static void add(void *context, const struct mapping *mapping)
{
    assert_ptr_equal(context, &found);
    assert_true(found.count < PAGES);
    found.runs[found.count++] = *mapping;
}

static void find(const struct paging *tree, size_t most)
{
    found.count = 0;
    paging_each(&memory, tree, most, add, &found);
}

static void expect_run(size_t i, uint64_t gva, uint64_t gpa_value, uint64_t size, unsigned rights)
{
    const struct mapping *run = &found.runs[i];

    assert_true(i < found.count);
    assert_int_equal(run->gva, gva);
    assert_int_equal(run->gpa, gpa_value);
    assert_int_equal(run->size, size);
    assert_int_equal(run->write, (rights & W) != 0);
    assert_int_equal(run->execute, (rights & X) != 0);
}

/* Two tables: at 0 and, in the upper half, where addresses are sign-extended. */
static int set_up(void **state)
{
    (void)state;
    memset(ram, 0, sizeof(ram));
    set(0, 0, page(1) | V);
    set(0, 511, page(2) | V);
    set(1, 0, page(8) | V | R | W);
    set(1, 1, page(9) | V | R | W);    /* goes on */
    set(1, 2, page(10) | V | R | X);   /* other rights */
    set(1, 4, page(11) | V | R | X);   /* another address */
    set(1, 5, page(13) | V | R | X);   /* goes on, but not in RAM */
    set(1, 6, 0x1000 | V | R);         /* outside RAM */
    set(1, 7, page(PAGES) | V | R);    /* right after it */
    set(2, 511, page(63) | V | U | R); /* the last page of both */
    return 0;
}

static void test_each(void **state)
{
    (void)state;
    find(&paging, 16);
    assert_int_equal(found.count, 5);
    expect_run(0, 0, page(8), 2 * PAGE, W);
    expect_run(1, 2 * PAGE, page(10), PAGE, X);
    expect_run(2, 4 * PAGE, page(11), PAGE, X);
    expect_run(3, 5 * PAGE, page(13), PAGE, X);
    expect_run(4, -(uint64_t)PAGE, page(63), PAGE, 0);
    find(&paging, 2);
    assert_int_equal(found.count, 2);
    expect_run(1, 2 * PAGE, page(10), PAGE, X);
    find(&paging, 0);
    assert_int_equal(found.count, 0);
}

/* As many tables as RAM has pages are searched, and no more. */
static void test_each_of_a_circle(void **state)
{
    static const struct paging deep = {
        .levels = 5, .index_bits = 9, .entry_size = 8, .root = RAM_BASE, .decode = decode};

    (void)state;
    for (unsigned i = 0; i < 512; i++)
        set(0, i, page(0) | V);
    find(&deep, 16);
    assert_int_equal(found.count, 0);
    memset(ram, 0, sizeof(ram));
    for (unsigned i = 0; i < PAGES - 1; i++)
        set(0, i, page(1) | V);
    set(1, 0, page(8) | V | R);
    find(&paging, 2 * PAGES);
    assert_int_equal(found.count, PAGES - 1);
}

static void test_off(void **state)
{
    static const struct paging off = {.levels = 0, .off = "off"};
    struct translation out;

    (void)state;
    find(&off, 16);
    assert_int_equal(found.count, 1);
    expect_run(0, RAM_BASE, RAM_BASE, sizeof(ram), W | X);
    assert_true(paging_translate(&memory, &off, page(3) + 5, &out));
    assert_int_equal(out.gpa.value, page(3) + 5);
    assert_int_equal(out.size, sizeof(ram) - 3 * PAGE - 5);
    assert_false(out.user);
    assert_false(paging_translate(&memory, &off, RAM_BASE + sizeof(ram), &out));
}

static void test_translate(void **state)
{
    struct translation out;

    (void)state;
    assert_true(paging_translate(&memory, &paging, PAGE + 0x123, &out));
    assert_int_equal(out.gpa.value, page(9) + 0x123);
    assert_int_equal(out.size, PAGE - 0x123);
    assert_false(out.user);
    assert_true(paging_translate(&memory, &paging, -(uint64_t)1, &out));
    assert_int_equal(out.gpa.value, page(63) + PAGE - 1);
    assert_int_equal(out.size, 1);
    assert_true(out.user);
    set(0, 3, page(0) | V | R | W); /* a large page */
    assert_true(paging_translate(&memory, &paging, 3 * SPAN + PAGE + 1, &out));
    assert_int_equal(out.gpa.value, page(1) + 1);
    assert_int_equal(out.size, SPAN - PAGE - 1);
    assert_false(paging_translate(&memory, &paging, 3 * PAGE, &out));  /* absent */
    assert_false(paging_translate(&memory, &paging, 7 * SPAN, &out));  /* its table, too */
    assert_false(paging_translate(&memory, &paging, 1ul << 30, &out)); /* not canonical: the */
    assert_false(paging_translate(&memory, &paging, 1ul << 29, &out)); /* address has 30 bits */
    assert_false(paging_translate(&memory, &paging, 1ul << 63, &out));
    set(0, 255, page(0) | V | R);
    set(0, 256, page(0) | V | R);
    assert_true(paging_translate(&memory, &paging, 256 * SPAN - 1, &out));
    assert_false(paging_translate(&memory, &paging, 256 * SPAN, &out));
    assert_true(paging_translate(&memory, &paging, -256 * SPAN, &out));
    set(1, 9, page(9) | R);
    assert_false(paging_translate(&memory, &paging, 9 * PAGE, &out));
    set(0, 4, 0x1000 | V);
    assert_false(paging_translate(&memory, &paging, 4 * SPAN, &out)); /* a table outside RAM */
    set(1, 8, page(3) | V);
    assert_false(paging_translate(&memory, &paging, 8 * PAGE, &out)); /* a table below the last */
}

/* Tables of 32 bits: no sign, and ten bits a level. */
static void test_translate_32(void **state)
{
    static const struct paging narrow = {
        .levels = 2, .index_bits = 10, .entry_size = 4, .root = RAM_BASE, .decode = decode};
    const uint32_t table = (uint32_t)page(1) | V, leaf = (uint32_t)page(9) | V | R;
    struct translation out;

    (void)state;
    memcpy(ram + 1023 * 4, &table, 4);
    memcpy(ram + PAGE + 1023 * 4, &leaf, 4);
    assert_true(paging_translate(&memory, &narrow, 0xfffff004, &out));
    assert_int_equal(out.gpa.value, page(9) + 4);
    assert_true(paging_translate(&memory, &narrow, UINT32_MAX, &out));
    assert_false(paging_translate(&memory, &narrow, 0x1fffff004, &out));
    memset(ram, 0, 1023 * 4);
    memset(ram + PAGE, 0, 1023 * 4);
    find(&narrow, 16);
    assert_int_equal(found.count, 1);
    expect_run(0, 0xfffff000, page(9), PAGE, 0);
}

static void expect_shown(const struct paging *tree, uint64_t gva, const char *text)
{
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);

    paging_show(&memory, tree, gva, out);
    fclose(out);
    assert_string_equal(shown, text);
    free(shown);
}

static void test_show(void **state)
{
    static const struct paging off = {.levels = 0, .off = "satp is 0"};

    (void)state;
    expect_shown(&off, 0, "    paging is off: satp is 0\n");
    expect_shown(&paging, 2 * PAGE,
                 "    first[  0] = 0000000080001001  table 0x80001000 ---\n"
                 "    last[  2] = 000000008000a00b  page 0x8000a000 r-x\n");
    expect_shown(&paging, -(uint64_t)PAGE,
                 "    first[511] = 0000000080002001  table 0x80002000 ---\n"
                 "    last[511] = 000000008003f013  page 0x8003f000 r-- user\n");
    expect_shown(&paging, 3 * PAGE,
                 "    first[  0] = 0000000080001001  table 0x80001000 ---\n"
                 "    last[  3] = 0000000000000000  absent\n");
    set(0, 3, page(0) | V | W);
    expect_shown(&paging, 3 * SPAN, "    first[  3] = 0000000080000005  page 0x80000000 -w-\n");
    set(0, 4, 0x1000 | V);
    expect_shown(&paging, 4 * SPAN,
                 "    first[  4] = 0000000000001001  table 0x1000 ---\n"
                 "    the table at 0x1000 lies outside RAM\n");
    expect_shown(&paging, 1ul << 30,
                 "    no tables reach that address: its upper bits are not all alike\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each, set_up),
        cmocka_unit_test_setup(test_each_of_a_circle, set_up),
        cmocka_unit_test_setup(test_off, set_up),
        cmocka_unit_test_setup(test_translate, set_up),
        cmocka_unit_test_setup(test_translate_32, set_up),
        cmocka_unit_test_setup(test_show, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

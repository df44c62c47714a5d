/* SPDX-License-Identifier: MIT */
/* The device tree: the runtime reads what the VMM wrote; and damaged trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest-rt/riscv64/fdt.h"
#include "isa/riscv/fdt.h"
#include "random.h"

#define IMAGE 0x80200000u

/* The offsets of the low bytes of #address-cells and #size-cells, the root's first properties. */
#define ADDRESS_CELLS (56 + 23)
#define SIZE_CELLS    (ADDRESS_CELLS + 16)

static const struct machine_device devices[] = {
    {"plic", "sifive,plic-1.0.0", 0xc000000, 0x600000, 0},
    {"serial", "ns16550a", 0x10000000, 0x100, 10},
};

static const struct machine machine = {
    .ram_base = 0x80000000,
    .ram_size = 3ull << 30,
    .harts = 3,
    .timebase = 10000000,
    .isa = "rv64imac_zicsr_sstc",
    .bootargs = "one two",
    .initrd_start = 0x87000000,
    .initrd_end = 0x87654321,
    .devices = devices,
    .device_count = 2,
};

static void test_round_trip(void **state)
{
    _Alignas(8) char tree[FDT_MAX_SIZE];
    struct fdt_info info;

    (void)state;
    assert_true(fdt_write(tree, &machine) > 0);
    assert_true(fdt_read(tree, IMAGE, &info));
    assert_int_equal(info.ram_start, 0x80000000);
    assert_int_equal(info.ram_end, 0x140000000);
    assert_int_equal(info.time_frequency, 10000000);
    assert_int_equal(info.bootargs_len, 7);
    assert_memory_equal(info.bootargs, "one two", 8);
    assert_false(fdt_read(tree, 0x1000, &info)); /* an image outside RAM */

    assert_int_equal(tree[ADDRESS_CELLS] + tree[SIZE_CELLS], 2 + 2);
    tree[ADDRESS_CELLS] = tree[SIZE_CELLS] = 0;
    assert_false(fdt_read(tree, IMAGE, &info)); /* and it comes back */
    tree[0] = 0;
    assert_false(fdt_read(tree, IMAGE, &info));
}

/* Returns whether a tree has some bytes, such as a property's value. */
static bool has(const char *tree, const void *bytes, size_t size)
{
    return memmem(tree, FDT_MAX_SIZE, bytes, size) != NULL;
}

static void test_for_kernels(void **state)
{
    static char tree[FDT_MAX_SIZE], args[4096];
    struct machine largest = machine;
    static const char extensions[] = "i\0m\0a\0c\0zicsr\0sstc";

    (void)state;
    assert_true(fdt_write(tree, &machine) > 0);
    assert_true(has(tree, extensions, sizeof(extensions)));
    assert_true(has(tree, "\0\0\0\0\x87\0\0\0", 8) && has(tree, "\0\0\0\0\x87\x65\x43\x21", 8));
    assert_true(has(tree, "/soc/serial@10000000", 21));
    /* The third hart's input for interrupts in S-mode, after M-mode's. */
    assert_true(has(tree, "\0\0\0\3\0\0\0\xb\0\0\0\3\0\0\0\x9", 16));

    memset(args, 'x', sizeof(args) - 1);
    largest.bootargs = args;
    largest.harts = 32;
    assert_true(fdt_write(tree, &largest) > 0);
}

/* Damages a tree in a block of its exact size: the sanitizer sees a read outside it. */
static void test_damage(void **state)
{
    char whole[FDT_MAX_SIZE];
    size_t size = fdt_write(whole, &machine);
    struct fdt_info info;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char *tree = malloc(size);

        memcpy(tree, whole, size);
        for (unsigned i = random_below(4) + 1; i > 0; i--) {
            size_t at = 8 + random_below((unsigned)(size - 8)); /* not the magic and the size */

            tree[at] = (char)random_below(256);
        }
        if (fdt_read(tree, IMAGE, &info)) {
            assert_true(info.ram_start <= IMAGE && IMAGE < info.ram_end);
            if (info.bootargs) {
                assert_true(info.bootargs > tree && info.bootargs_len < size);
                assert_true(info.bootargs + info.bootargs_len < tree + size);
            }
        }
        free(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_for_kernels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * The translator of guest physical addresses, against the same computation in arithmetic that
 * is too wide to overflow.
 */
#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"

__extension__ typedef unsigned __int128 wide;

static void check(const struct memory *memory, uint64_t start, uint64_t length)
{
    wide ram_start = memory->base.value, ram_end = ram_start + memory->size;
    int inside = start >= ram_start && (wide)start + length <= ram_end;
    uint8_t *place = memory_at(memory, gpa(start), length);

    if (inside)
        assert_ptr_equal(place, memory->hva + (start - memory->base.value));
    else
        assert_null(place);
}

/* Every address and length around the edges of a small RAM. */
static void test_edges(void **state)
{
    static uint8_t ram[64];
    const uint64_t bases[] = {0, 1, 64, 0x80000000, UINT64_MAX - 64, UINT64_MAX - 65};

    (void)state;
    for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++) {
        struct memory memory = {gpa(bases[b]), sizeof(ram), ram};

        for (uint64_t start = bases[b] - 3, i = 0; i < 70; i++)
            for (uint64_t length = 0; length < 70; length++) {
                check(&memory, start + i, length);
                check(&memory, start + i, UINT64_MAX - length);
                check(&memory, start + i, -bases[b] + length);
                check(&memory, start + i, -(start + i) + length - 2);
            }
    }
}

/* Returns numbers with few bits set or clear: their sums often overflow. */
static uint64_t edgy(void)
{
    uint64_t value = 1ull << random_below(64);

    if (random_below(2))
        value += 1ull << random_below(64);
    if (random_below(2))
        value += random_below(5) - 2ull;
    return random_below(2) ? value : -value;
}

static void test_random(void **state)
{
    static uint8_t ram[1];

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        struct memory memory = {gpa(edgy()), edgy() >> 18, ram}; /* hva + size is an address */

        if (memory.base.value + memory.size < memory.base.value)
            continue; /* such RAM does not exist */
        check(&memory, random_below(2) ? edgy() : memory.base.value + memory.size - random_below(9),
              random_below(2) ? edgy() : random_below(9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The decoder against a plain search of the rows; the disassembler in a buffer of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "isa/riscv/decode.h"
#include "isa/riscv/disassemble.h"
#include "random.h"

#define WORDS 2000000

static const struct {
    uint32_t match, mask;
} rows[OP_COUNT] = {
#define ROW(name, format, match, mask, ...) [OP_##name] = {match, mask},
#include "isa/riscv/ops.def"
};

/* Of two rows that fit, the later one counts. OP_illegal fits always. */
static unsigned search(uint32_t bits)
{
    unsigned op = OP_COUNT - 1;

    while ((bits & rows[op].mask) != rows[op].match)
        op--;
    return op;
}

static void test_rows(void **state)
{
    (void)state;
    for (unsigned op = 1; op < OP_COUNT; op++) {
        const uint32_t match = rows[op].match, mask = rows[op].mask;

        assert_int_equal(match & ~mask, 0);
        assert_int_equal(mask & (riscv_is_compressed(match) ? 0xffff0003 : 0x7f),
                         riscv_is_compressed(match) ? 3 : 0x7f);
        assert_true(riscv_decode(match).op >= op); /* a later row may be an exception */
    }
}

/* Returns the row. */
static unsigned check(uint32_t bits)
{
    const struct riscv_insn insn = riscv_decode(bits);

    assert_int_equal(insn.op, search(riscv_is_compressed(bits) ? bits & 0xffff : bits));
    assert_true(insn.rd < 32 && insn.rs1 < 32 && insn.rs2 < 32);
    return insn.op;
}

static void test_all_halves(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 0x10000; bits++)
        if (riscv_is_compressed(bits))
            check(bits | 0xabcd0000);
}

/* Words that fit a row, and words that differ from that in a bit. They reach each row. */
static void test_words(void **state)
{
    bool seen[OP_COUNT] = {false};

    (void)state;
    for (unsigned i = 0; i < WORDS; i++) {
        const unsigned op = 1 + random_below(OP_COUNT - 1);
        uint32_t bits = (uint32_t)random64();

        bits = (bits & ~rows[op].mask) | rows[op].match;
        if (i % 2)
            bits ^= 1u << random_below(32);
        seen[check(bits)] = true;
    }
    for (unsigned op = 0; op < OP_COUNT; op++)
        assert_true(seen[op]);
}

/* A text fits in RISCV_TEXT_MAX bytes; a smaller buffer gets its beginning. */
static void test_text(void **state)
{
    char whole[RISCV_TEXT_MAX + 1];

    (void)state;
    for (unsigned i = 0; i < WORDS / 100; i++) {
        const uint32_t op = i % OP_COUNT;
        const uint32_t bits = ((uint32_t)random64() & ~rows[op].mask) | rows[op].match;
        const size_t size = random_below(RISCV_TEXT_MAX);
        char *text = malloc(size);

        assert_true(text || !size);
        riscv_disassemble(bits, random64(), whole, sizeof(whole));
        assert_true(strlen(whole) < RISCV_TEXT_MAX);
        riscv_disassemble(bits, 0, whole, sizeof(whole));
        riscv_disassemble(bits, 0, text, size);
        if (size) {
            assert_int_equal(strlen(text), strlen(whole) < size ? strlen(whole) : size - 1);
            assert_memory_equal(text, whole, strlen(text));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_all_halves),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

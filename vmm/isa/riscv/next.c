/* SPDX-License-Identifier: MIT */
#include "next.h"

#include "fields.h"

#define SRET 0x10200073u

#define OPCODE_BRANCH 0x63u
#define OPCODE_JALR   0x67u
#define OPCODE_JAL    0x6fu
#define OPCODE_AMO    0x2fu

/* Adds a signed offset to an address. */
static uint64_t plus(uint64_t pc, int32_t offset)
{
    return pc + (uint64_t)(int64_t)offset;
}

static unsigned list_one(uint64_t *next, uint64_t address)
{
    next[0] = address;
    return 1;
}

static unsigned list_two(uint64_t *next, uint64_t first, uint64_t second)
{
    next[0] = first;
    next[1] = second;
    return 2;
}

static unsigned next_of_compressed(uint32_t c, uint64_t pc, const uint64_t *x, uint64_t *next)
{
    unsigned quadrant = c & 3, function = field(c, 15, 13), register_1 = field(c, 11, 7);

    if (quadrant == 1 && function == 5)
        return list_one(next, plus(pc, imm_cj(c)));
    if (quadrant == 1 && function >= 6)
        return list_two(next, plus(pc, imm_cb(c)), pc + 2);
    if (quadrant == 2 && function == 4 && field(c, 6, 2) == 0 && register_1 != 0)
        return list_one(next, x[register_1] & ~UINT64_C(1)); /* c.jr, c.jalr */
    return list_one(next, pc + 2);
}

unsigned riscv_next(uint32_t bits, uint64_t pc, const uint64_t *x, uint64_t sepc, uint64_t *next)
{
    if (riscv_length(bits) == 2)
        return next_of_compressed(bits & 0xffff, pc, x, next);
    switch (bits & 0x7f) {
    case OPCODE_JAL:
        return list_one(next, plus(pc, imm_j(bits)));
    case OPCODE_JALR:
        return list_one(next, plus(x[field(bits, 19, 15)], imm_i(bits)) & ~UINT64_C(1));
    case OPCODE_BRANCH:
        return list_two(next, plus(pc, imm_b(bits)), pc + 4);
    default:
        return list_one(next, bits == SRET ? sepc : pc + 4);
    }
}

bool riscv_is_reserving(uint32_t bits)
{
    return (bits & 0x7f) == OPCODE_AMO && field(bits, 31, 27) == 2;
}

bool riscv_is_conditional_store(uint32_t bits)
{
    return (bits & 0x7f) == OPCODE_AMO && field(bits, 31, 27) == 3;
}

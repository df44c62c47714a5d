#include "next.h"

#define SRET 0x10200073u

#define OPCODE_BRANCH 0x63u
#define OPCODE_JALR   0x67u
#define OPCODE_JAL    0x6fu
#define OPCODE_AMO    0x2fu

static uint32_t field(uint32_t bits, unsigned high, unsigned low)
{
    return bits >> low & ((1u << (high - low + 1)) - 1);
}

/* The low `width` bits, with the sign of the highest of them. */
static uint64_t sign_extend(uint32_t value, unsigned width)
{
    return (uint64_t)((int64_t)((uint64_t)value << (64 - width)) >> (64 - width));
}

static uint64_t jal_offset(uint32_t b)
{
    return sign_extend(field(b, 31, 31) << 20 | field(b, 19, 12) << 12 | field(b, 20, 20) << 11 |
                           field(b, 30, 21) << 1,
                       21);
}

static uint64_t branch_offset(uint32_t b)
{
    return sign_extend(field(b, 31, 31) << 12 | field(b, 7, 7) << 11 | field(b, 30, 25) << 5 |
                           field(b, 11, 8) << 1,
                       13);
}

static uint64_t c_jump_offset(uint32_t c)
{
    return sign_extend(field(c, 12, 12) << 11 | field(c, 11, 11) << 4 | field(c, 10, 9) << 8 |
                           field(c, 8, 8) << 10 | field(c, 7, 7) << 6 | field(c, 6, 6) << 7 |
                           field(c, 5, 3) << 1 | field(c, 2, 2) << 5,
                       12);
}

static uint64_t c_branch_offset(uint32_t c)
{
    return sign_extend(field(c, 12, 12) << 8 | field(c, 11, 10) << 3 | field(c, 6, 5) << 6 |
                           field(c, 4, 3) << 1 | field(c, 2, 2) << 5,
                       9);
}

static unsigned one(uint64_t *next, uint64_t address)
{
    next[0] = address;
    return 1;
}

static unsigned two(uint64_t *next, uint64_t first, uint64_t second)
{
    next[0] = first;
    next[1] = second;
    return 2;
}

static unsigned next_of_compressed(uint32_t c, uint64_t pc, const uint64_t *x, uint64_t *next)
{
    unsigned quadrant = c & 3, function = field(c, 15, 13), register_1 = field(c, 11, 7);

    if (quadrant == 1 && function == 5)
        return one(next, pc + c_jump_offset(c));
    if (quadrant == 1 && function >= 6)
        return two(next, pc + c_branch_offset(c), pc + 2);
    if (quadrant == 2 && function == 4 && field(c, 6, 2) == 0 && register_1 != 0)
        return one(next, x[register_1] & ~UINT64_C(1)); /* c.jr, c.jalr */
    return one(next, pc + 2);
}

unsigned riscv_next(uint32_t bits, uint64_t pc, const uint64_t *x, uint64_t sepc, uint64_t *next)
{
    if (riscv_length(bits) == 2)
        return next_of_compressed(bits & 0xffff, pc, x, next);
    switch (bits & 0x7f) {
    case OPCODE_JAL:
        return one(next, pc + jal_offset(bits));
    case OPCODE_JALR:
        return one(next,
                   (x[field(bits, 19, 15)] + sign_extend(field(bits, 31, 20), 12)) & ~UINT64_C(1));
    case OPCODE_BRANCH:
        return two(next, pc + branch_offset(bits), pc + 4);
    default:
        return one(next, bits == SRET ? sepc : pc + 4);
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

/* SPDX-License-Identifier: MIT */
/*
 * Finds the row of an instruction in ops.def, and its operands: unprivileged spec, 2.3 (formats),
 * 16.2 to 16.5 (compressed ones).
 */
#include "decode.h"

#include "fields.h"

#pragma GCC diagnostic ignored "-Wpedantic" /* ranges of indices, a GNU extension */
#pragma GCC diagnostic ignored "-Woverride-init"

/* Where an instruction has its operands. C formats: by the immediate if there are several. */
enum format {
    FORMAT_X, /* decoded when it executes: the immediate is all its bits */
    FORMAT_R,
    FORMAT_I,
    FORMAT_SHIFT,
    FORMAT_S,
    FORMAT_B,
    FORMAT_U,
    FORMAT_J,
    FORMAT_CR,
    FORMAT_CR_MV,  /* rs1 is x0 */
    FORMAT_CR_J,   /* rd is x0 */
    FORMAT_CR_JAL, /* rd is x1 */
    FORMAT_CI,
    FORMAT_CI_LI, /* rs1 is x0 */
    FORMAT_CI_LUI,
    FORMAT_CI_SP, /* rd and rs1 are x2 */
    FORMAT_CI_SHIFT,
    FORMAT_CI_LW, /* from x2 on, as CI_LD, CSS_W, CSS_D */
    FORMAT_CI_LD,
    FORMAT_CSS_W,
    FORMAT_CSS_D,
    FORMAT_CIW,
    FORMAT_CL_W,
    FORMAT_CL_D,
    FORMAT_CS_W,
    FORMAT_CS_D,
    FORMAT_CA,
    FORMAT_CB,
    FORMAT_CB_SHIFT,
    FORMAT_CB_I,
    FORMAT_CJ,
};

static const struct row {
    uint32_t match, mask;
    uint8_t format; /* enum format */
} rows[OP_COUNT] = {
#define ROW(name, format, match, mask, ...) [OP_##name] = {match, mask, FORMAT_##format},
#include "ops.def"
};

/* Where to search an instruction: by opcode, funct3 and the bit that M's rows have; a compressed
 * one by its quadrant and funct3. */
#define KEY(bits)   (((bits) >> 2 & 31) << 4 | ((bits) >> 12 & 7) << 1 | ((bits) >> 25 & 1))
#define C_KEY(bits) (512 + (((bits)&3) << 3 | ((bits) >> 13 & 7)))

#define ANY_KEY(bits) (((bits)&3) == 3 ? KEY(bits) : C_KEY(bits))

/* The last row with each key: in C the later initialiser counts. Bits that a row leaves free give
 * it several keys. The search goes backwards from here, and ends at OP_illegal, which has a mask of
 * 0. */
static const uint8_t last_row[512 + 24] = {
#define ROW(name, format, match, mask, ...)                                                        \
    [ANY_KEY(match)... ANY_KEY((match) | (~(mask) & ~3u))] = OP_##name,
#include "ops.def"
};

static enum op find_row(uint32_t bits, unsigned key)
{
    unsigned op = last_row[key];

    while ((bits & rows[op].mask) != rows[op].match)
        op--;
    return op;
}

static struct riscv_insn make(enum op op, unsigned rd, unsigned rs1, unsigned rs2, int32_t imm)
{
    return (struct riscv_insn){(uint8_t)op, (uint8_t)rd, (uint8_t)rs1, (uint8_t)rs2, imm};
}

static struct riscv_insn decode_full(uint32_t bits)
{
    const unsigned rd = field(bits, 11, 7), rs1 = field(bits, 19, 15), rs2 = field(bits, 24, 20);
    const enum op op = find_row(bits, KEY(bits));

    switch (rows[op].format) {
    case FORMAT_R:
        return make(op, rd, rs1, rs2, 0);
    case FORMAT_I:
        return make(op, rd, rs1, 0, imm_i(bits));
    case FORMAT_SHIFT:
        return make(op, rd, rs1, 0, imm_i(bits) & 63);
    case FORMAT_S:
        return make(op, 0, rs1, rs2, imm_s(bits));
    case FORMAT_B:
        return make(op, 0, rs1, rs2, imm_b(bits));
    case FORMAT_U:
        return make(op, rd, 0, 0, imm_u(bits));
    case FORMAT_J:
        return make(op, rd, 0, 0, imm_j(bits));
    default: /* FORMAT_X */
        return make(op, rd, rs1, rs2, (int32_t)bits);
    }
}

static struct riscv_insn decode_compressed(uint32_t c)
{
    const unsigned rd = field(c, 11, 7), rs2 = field(c, 6, 2), rd3 = reg3(c, 2), rs3 = reg3(c, 7);
    const enum op op = find_row(c, C_KEY(c));

    switch (rows[op].format) {
    case FORMAT_CR:
        return make(op, rd, rd, rs2, 0);
    case FORMAT_CR_MV:
        return make(op, rd, 0, rs2, 0);
    case FORMAT_CR_J:
        return make(op, 0, rd, 0, 0);
    case FORMAT_CR_JAL:
        return make(op, 1, rd, 0, 0);
    case FORMAT_CI:
        return make(op, rd, rd, 0, imm_ci(c));
    case FORMAT_CI_LI:
        return make(op, rd, 0, 0, imm_ci(c));
    case FORMAT_CI_LUI:
        return make(op, rd, 0, 0, imm_ci(c) * 4096);
    case FORMAT_CI_SP:
        return make(op, 2, 2, 0, imm_ci_sp(c));
    case FORMAT_CI_SHIFT:
        return make(op, rd, rd, 0, imm_ci(c) & 63);
    case FORMAT_CI_LW:
        return make(op, rd, 2, 0, imm_ci_lw(c));
    case FORMAT_CI_LD:
        return make(op, rd, 2, 0, imm_ci_ld(c));
    case FORMAT_CSS_W:
        return make(op, 0, 2, rs2, imm_css_w(c));
    case FORMAT_CSS_D:
        return make(op, 0, 2, rs2, imm_css_d(c));
    case FORMAT_CIW:
        return make(op, rd3, 2, 0, imm_ciw(c));
    case FORMAT_CL_W:
        return make(op, rd3, rs3, 0, imm_cl_w(c));
    case FORMAT_CL_D:
        return make(op, rd3, rs3, 0, imm_cl_d(c));
    case FORMAT_CS_W:
        return make(op, 0, rs3, rd3, imm_cl_w(c));
    case FORMAT_CS_D:
        return make(op, 0, rs3, rd3, imm_cl_d(c));
    case FORMAT_CA:
        return make(op, rs3, rs3, rd3, 0);
    case FORMAT_CB:
        return make(op, 0, rs3, 0, imm_cb(c));
    case FORMAT_CB_SHIFT:
        return make(op, rs3, rs3, 0, imm_ci(c) & 63);
    case FORMAT_CB_I:
        return make(op, rs3, rs3, 0, imm_ci(c));
    case FORMAT_CJ:
        return make(op, 0, 0, 0, imm_cj(c));
    default: /* FORMAT_X */
        return make(op, 0, 0, 0, (int32_t)c);
    }
}

struct riscv_insn riscv_decode(uint32_t bits)
{
    return riscv_is_compressed(bits) ? decode_compressed(bits & 0xffff) : decode_full(bits);
}

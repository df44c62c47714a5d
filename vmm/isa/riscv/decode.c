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

/* Where to search an instruction: by opcode and funct3, of a compressed one by its quadrant and
 * funct3. */
#define KEY(bits)                                                                                  \
    (((bits)&3) == 3 ? ((bits) >> 2 & 31) << 3 | ((bits) >> 12 & 7)                                \
                     : 256 + (((bits)&3) << 3 | ((bits) >> 13 & 7)))

/* An instruction without funct3 has eight keys. */
#define LAST_KEY(match, mask) KEY((match) | (~(mask)&0x7000u))

/* The last row with each key, because the later initialiser counts. The rows before it follow; 0 is
 * OP_illegal, which has a mask of 0 and so ends the search. */
static const uint8_t last_row[256 + 24] = {
#define ROW(name, format, match, mask, ...) [KEY(match)... LAST_KEY(match, mask)] = OP_##name,
#include "ops.def"
};

static enum op find_row(uint32_t bits)
{
    unsigned op = last_row[KEY(bits)];

    while ((bits & rows[op].mask) != rows[op].match)
        op--;
    return op;
}

static struct riscv_insn make(enum op op, unsigned rd, unsigned rs1, unsigned rs2, int32_t imm)
{
    return (struct riscv_insn){(uint8_t)op, (uint8_t)rd, (uint8_t)rs1, (uint8_t)rs2, imm};
}

struct riscv_insn riscv_decode(uint32_t word)
{
    const uint32_t bits = riscv_is_compressed(word) ? word & 0xffff : word;
    const unsigned rd = field(bits, 11, 7), rs1 = field(bits, 19, 15), rs2 = field(bits, 24, 20);
    const unsigned c_rs2 = field(bits, 6, 2), rd3 = reg3(bits, 2), rs3 = reg3(bits, 7);
    const enum op op = find_row(bits);

    switch ((enum format)rows[op].format) {
    case FORMAT_X:
        break;
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
    case FORMAT_CR:
        return make(op, rd, rd, c_rs2, 0);
    case FORMAT_CR_MV:
        return make(op, rd, 0, c_rs2, 0);
    case FORMAT_CR_J:
        return make(op, 0, rd, 0, 0);
    case FORMAT_CR_JAL:
        return make(op, 1, rd, 0, 0);
    case FORMAT_CI:
        return make(op, rd, rd, 0, imm_ci(bits));
    case FORMAT_CI_LI:
        return make(op, rd, 0, 0, imm_ci(bits));
    case FORMAT_CI_LUI:
        return make(op, rd, 0, 0, imm_ci(bits) * 4096);
    case FORMAT_CI_SP:
        return make(op, 2, 2, 0, imm_ci_sp(bits));
    case FORMAT_CI_SHIFT:
        return make(op, rd, rd, 0, imm_ci(bits) & 63);
    case FORMAT_CI_LW:
        return make(op, rd, 2, 0, imm_ci_lw(bits));
    case FORMAT_CI_LD:
        return make(op, rd, 2, 0, imm_ci_ld(bits));
    case FORMAT_CSS_W:
        return make(op, 0, 2, c_rs2, imm_css_w(bits));
    case FORMAT_CSS_D:
        return make(op, 0, 2, c_rs2, imm_css_d(bits));
    case FORMAT_CIW:
        return make(op, rd3, 2, 0, imm_ciw(bits));
    case FORMAT_CL_W:
        return make(op, rd3, rs3, 0, imm_cl_w(bits));
    case FORMAT_CL_D:
        return make(op, rd3, rs3, 0, imm_cl_d(bits));
    case FORMAT_CS_W:
        return make(op, 0, rs3, rd3, imm_cl_w(bits));
    case FORMAT_CS_D:
        return make(op, 0, rs3, rd3, imm_cl_d(bits));
    case FORMAT_CA:
        return make(op, rs3, rs3, rd3, 0);
    case FORMAT_CB:
        return make(op, 0, rs3, 0, imm_cb(bits));
    case FORMAT_CB_SHIFT:
        return make(op, rs3, rs3, 0, imm_ci(bits) & 63);
    case FORMAT_CB_I:
        return make(op, rs3, rs3, 0, imm_ci(bits));
    case FORMAT_CJ:
        return make(op, 0, 0, 0, imm_cj(bits));
    }
    return make(op, rd, rs1, rs2, (int32_t)bits);
}

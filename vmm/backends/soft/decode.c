/* SPDX-License-Identifier: MIT */
/*
 * Decodes instructions: unprivileged spec, chapter 24 (RV64G) and chapter 16 (C); privileged spec,
 * chapter 5.
 */
#include "hart.h"

#include "isa/riscv/fields.h"
#include "ops.h"

static struct decoded make(enum op op, unsigned rd, unsigned rs1, unsigned rs2, int32_t imm)
{
    return (struct decoded){
        .op = op,
        .insn =
            {
                .rd = rd ? (uint8_t)rd : DISCARD,
                .rs1 = (uint8_t)rs1,
                .rs2 = (uint8_t)rs2,
                .imm = imm,
            },
    };
}

/* Makes an illegal instruction. Its immediate is its bits, which go to stval. */
static struct decoded illegal(uint32_t bits)
{
    return make(OP_illegal, 0, 0, 0, (int32_t)bits);
}

/* An operation by funct3; OP_illegal where the table has none (0 is OP_undecoded). */
static enum op pick(const uint8_t *table, unsigned index)
{
    return table[index] ? table[index] : OP_illegal;
}

static enum op op_imm(uint32_t bits)
{
    static const uint8_t ops[8] = {OP_addi, 0, OP_slti, OP_sltiu, OP_xori, 0, OP_ori, OP_andi};

    switch (field(bits, 14, 12)) {
    case 1:
        return field(bits, 31, 26) == 0 ? OP_slli : OP_illegal;
    case 5:
        return field(bits, 31, 26) == 0    ? OP_srli
               : field(bits, 31, 26) == 16 ? OP_srai
                                           : OP_illegal;
    default:
        return pick(ops, field(bits, 14, 12));
    }
}

static enum op op_imm_32(uint32_t bits)
{
    switch (field(bits, 14, 12)) {
    case 0:
        return OP_addiw;
    case 1:
        return field(bits, 31, 25) == 0 ? OP_slliw : OP_illegal;
    case 5:
        return field(bits, 31, 25) == 0    ? OP_srliw
               : field(bits, 31, 25) == 32 ? OP_sraiw
                                           : OP_illegal;
    default:
        return OP_illegal;
    }
}

static enum op op_reg(uint32_t bits)
{
    static const uint8_t base[8] = {OP_add, OP_sll, OP_slt, OP_sltu, OP_xor, OP_srl, OP_or, OP_and};
    static const uint8_t muldiv[8] = {OP_mul, OP_mulh, OP_mulhsu, OP_mulhu,
                                      OP_div, OP_divu, OP_rem,    OP_remu};
    static const uint8_t other[8] = {[0] = OP_sub, [5] = OP_sra};

    switch (field(bits, 31, 25)) {
    case 0:
        return base[field(bits, 14, 12)];
    case 1:
        return muldiv[field(bits, 14, 12)];
    case 32:
        return pick(other, field(bits, 14, 12));
    default:
        return OP_illegal;
    }
}

static enum op op_reg_32(uint32_t bits)
{
    static const uint8_t base[8] = {[0] = OP_addw, [1] = OP_sllw, [5] = OP_srlw};
    static const uint8_t muldiv[8] = {
        [0] = OP_mulw, [4] = OP_divw, [5] = OP_divuw, [6] = OP_remw, [7] = OP_remuw};
    static const uint8_t other[8] = {[0] = OP_subw, [5] = OP_sraw};

    switch (field(bits, 31, 25)) {
    case 0:
        return pick(base, field(bits, 14, 12));
    case 1:
        return pick(muldiv, field(bits, 14, 12));
    case 32:
        return pick(other, field(bits, 14, 12));
    default:
        return OP_illegal;
    }
}

static enum op op_amo(uint32_t bits)
{
    static const uint8_t words[32] = {
        [0] = OP_amoadd_w,  [1] = OP_amoswap_w,  [2] = OP_lr_w,      [3] = OP_sc_w,
        [4] = OP_amoxor_w,  [8] = OP_amoor_w,    [12] = OP_amoand_w, [16] = OP_amomin_w,
        [20] = OP_amomax_w, [24] = OP_amominu_w, [28] = OP_amomaxu_w};
    static const uint8_t doubles[32] = {
        [0] = OP_amoadd_d,  [1] = OP_amoswap_d,  [2] = OP_lr_d,      [3] = OP_sc_d,
        [4] = OP_amoxor_d,  [8] = OP_amoor_d,    [12] = OP_amoand_d, [16] = OP_amomin_d,
        [20] = OP_amomax_d, [24] = OP_amominu_d, [28] = OP_amomaxu_d};
    unsigned width = field(bits, 14, 12), funct5 = field(bits, 31, 27);

    if ((width != 2 && width != 3) || (funct5 == 2 && field(bits, 24, 20) != 0))
        return OP_illegal;
    return pick(width == 2 ? words : doubles, funct5);
}

static struct decoded decode_system(uint32_t bits, unsigned rd, unsigned rs1)
{
    static const uint8_t csr[8] = {0, OP_csrrw,  OP_csrrs,  OP_csrrc,
                                   0, OP_csrrwi, OP_csrrsi, OP_csrrci};

    /* The immediate is the instruction's bits, for stval if it is illegal when it executes. */
    if (field(bits, 14, 12) != 0) {
        enum op op = pick(csr, field(bits, 14, 12));

        return op == OP_illegal ? illegal(bits) : make(op, rd, rs1, 0, (int32_t)bits);
    }
    if (field(bits, 31, 25) == 9 && rd == 0)
        return make(OP_sfence_vma, 0, rs1, field(bits, 24, 20), (int32_t)bits);
    switch (bits) {
    case 0x00000073:
        return make(OP_ecall, 0, 0, 0, 0);
    case 0x00100073:
        return make(OP_ebreak, 0, 0, 0, 0);
    case 0x10200073:
        return make(OP_sret, 0, 0, 0, (int32_t)bits);
    case 0x10500073:
        return make(OP_wfi, 0, 0, 0, (int32_t)bits);
    default:
        return illegal(bits);
    }
}

/* Opcodes [6:2]: unprivileged spec, table 24.1. */
static struct decoded decode_full(uint32_t bits)
{
    static const uint8_t loads[8] = {OP_lb, OP_lh, OP_lw, OP_ld, OP_lbu, OP_lhu, OP_lwu, 0};
    static const uint8_t stores[8] = {OP_sb, OP_sh, OP_sw, OP_sd};
    static const uint8_t float_loads[8] = {[2] = OP_flw, [3] = OP_fld};
    static const uint8_t float_stores[8] = {[2] = OP_fsw, [3] = OP_fsd};
    static const uint8_t branches[8] = {OP_beq, OP_bne, 0, 0, OP_blt, OP_bge, OP_bltu, OP_bgeu};
    unsigned rd = field(bits, 11, 7), rs1 = field(bits, 19, 15), rs2 = field(bits, 24, 20);
    unsigned funct3 = field(bits, 14, 12);
    struct decoded decoded;

    switch (field(bits, 6, 2)) {
    case 0x00:
        decoded = make(pick(loads, funct3), rd, rs1, 0, imm_i(bits));
        break;
    case 0x01: /* rs2 is the floating-point register, also of a load */
        decoded = make(pick(float_loads, funct3), 0, rs1, rd, imm_i(bits));
        break;
    case 0x03:
        decoded = make(funct3 == 0 ? OP_fence : funct3 == 1 ? OP_fence_i : OP_illegal, 0, 0, 0, 0);
        break;
    case 0x04: /* a shift has a 6-bit immediate */
        decoded =
            make(op_imm(bits), rd, rs1, 0, (funct3 & 3) == 1 ? imm_i(bits) & 63 : imm_i(bits));
        break;
    case 0x05:
        decoded = make(OP_auipc, rd, 0, 0, imm_u(bits));
        break;
    case 0x06:
        decoded = make(op_imm_32(bits), rd, rs1, 0, funct3 ? imm_i(bits) & 31 : imm_i(bits));
        break;
    case 0x08:
        decoded = make(pick(stores, funct3), 0, rs1, rs2, imm_s(bits));
        break;
    case 0x09:
        decoded = make(pick(float_stores, funct3), 0, rs1, rs2, imm_s(bits));
        break;
    case 0x0b:
        decoded = make(op_amo(bits), rd, rs1, rs2, 0);
        break;
    case 0x0c:
        decoded = make(op_reg(bits), rd, rs1, rs2, 0);
        break;
    case 0x0d:
        decoded = make(OP_lui, rd, 0, 0, imm_u(bits));
        break;
    case 0x0e:
        decoded = make(op_reg_32(bits), rd, rs1, rs2, 0);
        break;
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13:
    case 0x14: /* float_ops.c needs only its bits */
        return make(OP_compute_float, 0, 0, 0, (int32_t)bits);
    case 0x18:
        decoded = make(pick(branches, funct3), 0, rs1, rs2, imm_b(bits) * DECODED);
        break;
    case 0x19:
        decoded = make(funct3 == 0 ? OP_jalr : OP_illegal, rd, rs1, 0, imm_i(bits));
        break;
    case 0x1b:
        decoded = make(OP_jal, rd, 0, 0, imm_j(bits) * DECODED);
        break;
    case 0x1c:
        return decode_system(bits, rd, rs1);
    default:
        return illegal(bits);
    }
    return decoded.op == OP_illegal ? illegal(bits) : decoded;
}

static struct decoded decode_quadrant0(uint32_t c)
{
    unsigned rd = reg3(c, 2), rs1 = reg3(c, 7);
    int32_t imm_w = (int32_t)(field(c, 12, 10) << 3 | field(c, 6, 6) << 2 | field(c, 5, 5) << 6);
    int32_t imm_d = (int32_t)(field(c, 12, 10) << 3 | field(c, 6, 5) << 6);
    int32_t imm_4spn = (int32_t)(field(c, 12, 11) << 4 | field(c, 10, 7) << 6 |
                                 field(c, 6, 6) << 2 | field(c, 5, 5) << 3);

    switch (field(c, 15, 13)) {
    case 0:
        return imm_4spn ? make(OP_addi, rd, 2, 0, imm_4spn) : illegal(c);
    case 1:
        return make(OP_fld, 0, rs1, rd, imm_d);
    case 2:
        return make(OP_lw, rd, rs1, 0, imm_w);
    case 3:
        return make(OP_ld, rd, rs1, 0, imm_d);
    case 5:
        return make(OP_fsd, 0, rs1, rd, imm_d);
    case 6:
        return make(OP_sw, 0, rs1, rd, imm_w);
    case 7:
        return make(OP_sd, 0, rs1, rd, imm_d);
    default:
        return illegal(c);
    }
}

/* Decodes the instructions with the funct3 of c.srli: unprivileged spec, table 16.6. */
static struct decoded decode_alu(uint32_t c, int32_t imm)
{
    static const uint8_t full[4] = {OP_sub, OP_xor, OP_or, OP_and};
    static const uint8_t word[4] = {OP_subw, OP_addw, 0, 0};
    unsigned rd = reg3(c, 7), rs2 = reg3(c, 2);
    enum op op;

    switch (field(c, 11, 10)) {
    case 0:
        return make(OP_srli, rd, rd, 0, imm & 63);
    case 1:
        return make(OP_srai, rd, rd, 0, imm & 63);
    case 2:
        return make(OP_andi, rd, rd, 0, imm);
    default:
        op = pick(field(c, 12, 12) ? word : full, field(c, 6, 5));
        return op == OP_illegal ? illegal(c) : make(op, rd, rd, rs2, 0);
    }
}

static struct decoded decode_quadrant1(uint32_t c)
{
    unsigned rd = field(c, 11, 7);
    int32_t imm = sign_extend(field(c, 12, 12) << 5 | field(c, 6, 2), 6);
    int32_t imm_16sp =
        sign_extend(field(c, 12, 12) << 9 | field(c, 6, 6) << 4 | field(c, 5, 5) << 6 |
                        field(c, 4, 3) << 7 | field(c, 2, 2) << 5,
                    10);

    switch (field(c, 15, 13)) {
    case 0:
        return make(OP_addi, rd, rd, 0, imm);
    case 1:
        return rd ? make(OP_addiw, rd, rd, 0, imm) : illegal(c);
    case 2:
        return make(OP_addi, rd, 0, 0, imm);
    case 3:
        if ((rd == 2 ? imm_16sp : imm) == 0)
            return illegal(c);
        return rd == 2 ? make(OP_addi, 2, 2, 0, imm_16sp) : make(OP_lui, rd, 0, 0, imm * 4096);
    case 4:
        return decode_alu(c, imm);
    case 5:
        return make(OP_jal, 0, 0, 0, imm_cj(c) * DECODED);
    default:
        return make(field(c, 13, 13) ? OP_bne : OP_beq, 0, reg3(c, 7), 0, imm_cb(c) * DECODED);
    }
}

static struct decoded decode_quadrant2(uint32_t c)
{
    unsigned rd = field(c, 11, 7), rs2 = field(c, 6, 2);
    int32_t shift = (int32_t)(field(c, 12, 12) << 5 | rs2);
    int32_t imm_lwsp = (int32_t)(field(c, 12, 12) << 5 | field(c, 6, 4) << 2 | field(c, 3, 2) << 6);
    int32_t imm_ldsp = (int32_t)(field(c, 12, 12) << 5 | field(c, 6, 5) << 3 | field(c, 4, 2) << 6);
    int32_t imm_swsp = (int32_t)(field(c, 12, 9) << 2 | field(c, 8, 7) << 6);
    int32_t imm_sdsp = (int32_t)(field(c, 12, 10) << 3 | field(c, 9, 7) << 6);

    switch (field(c, 15, 13)) {
    case 0:
        return make(OP_slli, rd, rd, 0, shift);
    case 1:
        return make(OP_fld, 0, 2, rd, imm_ldsp);
    case 2:
        return rd ? make(OP_lw, rd, 2, 0, imm_lwsp) : illegal(c);
    case 3:
        return rd ? make(OP_ld, rd, 2, 0, imm_ldsp) : illegal(c);
    case 4:
        if (rs2)
            return make(OP_add, rd, field(c, 12, 12) ? rd : 0, rs2, 0);
        if (rd)
            return make(OP_jalr, field(c, 12, 12), rd, 0, 0);
        return field(c, 12, 12) ? make(OP_ebreak, 0, 0, 0, 0) : illegal(c);
    case 5:
        return make(OP_fsd, 0, 2, rs2, imm_sdsp);
    case 6:
        return make(OP_sw, 0, 2, rs2, imm_swsp);
    case 7:
        return make(OP_sd, 0, 2, rs2, imm_sdsp);
    default:
        return illegal(c);
    }
}

struct decoded decode(uint32_t bits)
{
    switch (bits & 3) {
    case 0:
        return decode_quadrant0(bits & 0xffff);
    case 1:
        return decode_quadrant1(bits & 0xffff);
    case 2:
        return decode_quadrant2(bits & 0xffff);
    default:
        return decode_full(bits);
    }
}

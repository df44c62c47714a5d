/* SPDX-License-Identifier: MIT */
#include "next.h"

#include "decode.h"
#include "meaning.h"

unsigned riscv_next(uint32_t bits, uint64_t pc, const uint64_t *x, uint64_t sepc, uint64_t *next)
{
    const struct riscv_insn insn = riscv_decode(bits);
    const uint64_t imm = (uint64_t)(int64_t)insn.imm;

    next[0] = pc + riscv_length(bits);
    switch (insn.op) {
#define ROW(...)
#define BRANCH(name, ...) case OP_##name:
#define C_BRANCH          BRANCH
#include "ops.def"
        next[1] = pc + imm;
        return 2;
#define ROW(...)
#define JUMP(name, ...) case OP_##name:
#define C_JUMP          JUMP
#include "ops.def"
        next[0] = pc + imm;
        return 1;
#define ROW(...)
#define JUMP_REGISTER(name, ...) case OP_##name:
#define C_JUMP_REGISTER          JUMP_REGISTER
#include "ops.def"
        next[0] = op_jalr(x[insn.rs1], 0, imm, pc);
        return 1;
    case OP_sret:
        next[0] = sepc;
        return 1;
    default:
        return 1;
    }
}

bool riscv_is_reserving(uint32_t bits)
{
    const unsigned op = riscv_decode(bits).op;

    return op == OP_lr_w || op == OP_lr_d;
}

bool riscv_is_conditional_store(uint32_t bits)
{
    const unsigned op = riscv_decode(bits).op;

    return op == OP_sc_w || op == OP_sc_d;
}

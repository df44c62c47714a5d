/* SPDX-License-Identifier: MIT */
/* Translates a block: copies a stencil for each instruction, and fills its holes. */
#include "emit.h"

#include "isa/riscv/meaning.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Emits what leaves the block before the instruction. */
static void leave_block(struct block *block, enum leave leave)
{
    const struct filling filling = leaving(block->pc, block->count, leave);

    emit(block, STENCIL_leave, &filling);
}

static int64_t x_offset(unsigned reg)
{
    return (int64_t)(offsetof(struct hart, x) + reg * sizeof(uint64_t));
}

static int64_t f_offset(unsigned reg)
{
    return (int64_t)(offsetof(struct hart, f) + reg * sizeof(uint64_t));
}

static struct filling operands(const struct block *block, const struct riscv_insn *insn)
{
    struct filling filling = leaving(block->pc, block->count, LEAVE_INTERPRET);

    filling.number[HOLE_rd] = x_offset(insn->rd ? insn->rd : DISCARD);
    filling.number[HOLE_rs1] = x_offset(insn->rs1);
    filling.number[HOLE_rs2] = x_offset(insn->rs2);
    filling.number[HOLE_imm] = insn->imm;
    filling.number[HOLE_op] = insn->op;
    return filling;
}

static int64_t slow_insn(const struct riscv_insn *insn, unsigned length)
{
    const struct slow_insn slow = {insn->op, insn->rd, insn->rs2, (uint8_t)length};
    uint32_t bits;

    memcpy(&bits, &slow, sizeof(bits));
    return bits;
}

/* Returns the value of an instruction that has no register as an operand. */
static uint64_t value_of(const struct riscv_insn *insn, uint64_t pc)
{
    const uint64_t imm = (uint64_t)(int64_t)insn->imm;

    switch (insn->op) {
#define ROW(...)
#define VALUE(name, ...)                                                                           \
    case OP_##name:                                                                                \
        return op_##name(0, 0, imm, pc);
#include "isa/riscv/ops.def"
    default:
        abort();
    }
}

/* Returns how soon an instruction after this one reads a register from where it is held. */
static unsigned next_use(const struct block *block, unsigned reg)
{
    for (unsigned i = block->count + 1; reg && i < block->insn_count; i++) {
        const struct riscv_insn *insn = &block->insns[i];
        const enum kind kind = translated_rows[insn->op].kind;

        if (kind == KIND_FLOAT || kind == KIND_ATOMIC)
            break; /* nothing is held after it */
        if (insn->rs1 == reg || (insn->rs2 == reg && kind != KIND_FLOAT_STORE))
            return i;
        if (insn->rd == reg && kind != KIND_FLOAT_LOAD)
            break;
    }
    return UINT32_MAX;
}

/* Chooses the register for a result: one that holds nothing that is needed soon. */
static enum where hold(struct block *block, unsigned rd)
{
    unsigned *held = block->held, chosen;

    if (held[0] == rd || held[1] == rd)
        chosen = held[1] == rd;
    else
        chosen = next_use(block, held[1]) > next_use(block, held[0]);
    held[chosen] = rd;
    return chosen ? B : A;
}

static enum where where_is(const struct block *block, unsigned reg)
{
    if (reg && reg == block->held[0])
        return A;
    return reg && reg == block->held[1] ? B : M;
}

static void emit_constant(struct block *block, struct filling *filling, unsigned rd, uint64_t value)
{
    const bool b = hold(block, rd) == B;

    set_pc(filling, value);
    filling->number[HOLE_imm] = (int64_t)value;
    if (value <= UINT32_MAX)
        emit(block, b ? S(zero_extended_b) : S(zero_extended_a), filling);
    else if ((int64_t)value == (int32_t)value)
        emit(block, b ? S(sign_extended_b) : S(sign_extended_a), filling);
    else
        emit(block, b ? S(wide_b) : S(wide_a), filling);
}

/* Returns the register that an instruction copies, or 0. */
static unsigned copied(const struct riscv_insn *insn)
{
    if (insn->op == OP_addi && insn->imm == 0)
        return insn->rs1;
    if (insn->op == OP_add && !insn->rs1)
        return insn->rs2;
    if (insn->op == OP_add && !insn->rs2)
        return insn->rs1;
    return 0;
}

/* Returns the stencil of an instruction with its operands where they are, or one that has them in
 * memory; 0: there is none. */
static unsigned choose(const struct stencils_of *of, unsigned result, enum where x, enum where y)
{
    if (stencils[of->with[result][x][y]].size)
        return of->with[result][x][y];
    if (stencils[of->with[result][x][M]].size)
        return of->with[result][x][M];
    return stencils[of->with[result][M][M]].size ? of->with[result][M][M] : 0;
}

static bool emit_value(struct block *block, const struct riscv_insn *insn)
{
    const unsigned source = copied(insn), kept[2] = {block->held[0], block->held[1]};
    const bool extends = insn->op == OP_addiw && insn->imm == 0;
    const struct stencils_of *of = source    ? &stencils_of_copy
                                   : extends ? &stencils_of_extension
                                             : &translated_rows[insn->op].of;
    struct filling filling = operands(block, insn);
    enum where x = where_is(block, source ? source : insn->rs1), y = where_is(block, insn->rs2);
    unsigned stencil;

    if (!insn->rd)
        return true;
    if (!insn->rs1 && !insn->rs2) {
        emit_constant(block, &filling, insn->rd, value_of(insn, block->pc));
        return true;
    }
    if (source)
        filling.number[HOLE_rs1] = x_offset(source);
    if (source || insn->imm) /* an instruction with an immediate has no rs2 */
        y = source ? M : BY;
    stencil = choose(of, hold(block, insn->rd) == B, x, y);
    if (stencil)
        emit(block, stencil, &filling);
    else
        memcpy(block->held, kept, sizeof(kept));
    return stencil;
}

/* Chooses the stencil of an instruction that has two operands and no result. */
static unsigned choose_by_operands(const struct block *block, const struct riscv_insn *insn)
{
    const enum where y = insn->rs2 ? where_is(block, insn->rs2) : Z;

    return choose(&translated_rows[insn->op].of, 0, where_is(block, insn->rs1), y);
}

static bool emit_branch(struct block *block, const struct riscv_insn *insn)
{
    const uint64_t target = block->pc + (uint64_t)(int64_t)insn->imm;
    const unsigned stencil = choose_by_operands(block, insn);
    struct filling filling = operands(block, insn);

    if (!stencil)
        return false;
    filling.number[HOLE_count] = block->count + 1;
    emit(block, stencil, &filling);
    if (!is_far(block, target)) {
        end_jump(block, target, 0, LEAVE_END);
        return true;
    }
    filling = leaving(target, 0, LEAVE_END);
    close_holes(block, HOLE_stop, STENCIL_leave, &filling);
    close_holes(block, HOLE_taken, STENCIL_jump_far, &filling);
    return true;
}

/* jal: its target is known. */
static void emit_jal(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    struct filling filling = operands(block, insn);

    if (insn->rd)
        emit_constant(block, &filling, insn->rd, block->pc + length);
    block->count++; /* with the jump */
    end_block(block, block->pc + (uint64_t)(int64_t)insn->imm);
}

static bool emit_jalr(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const uint64_t link = block->pc + length;
    const unsigned width = !insn->rd ? NO_LINK : link <= UINT32_MAX ? LINK : LINK_WIDE;
    const unsigned stencil = stencils_of_jalr.with[0][where_is(block, insn->rs1)][width];
    struct filling filling = operands(block, insn);

    if (!stencils[stencil].size)
        return false;
    filling.number[HOLE_count] = block->count + 1;
    filling.code[HOLE_stop - FIRST_CODE_HOLE] =
        (uint32_t)((uintptr_t)block->translator->cold - (uintptr_t)block->translator->code.run);
    set_pc(&filling, link);
    emit(block, stencil, &filling);
    filling = leaving(0, block->count + 1, LEAVE_END);
    close_holes(block, HOLE_slow, STENCIL_leave_indirect, &filling);
    return true;
}

/* Lets the open hole `slow` lead to a slow path, from which the block goes on here. */
static void emit_slow(struct block *block, const struct riscv_insn *insn, unsigned length,
                      unsigned stencil, struct filling *filling)
{
    filling->number[HOLE_insn] = slow_insn(insn, length);
    filling->code[HOLE_taken - FIRST_CODE_HOLE] = block->at;
    close_holes(block, HOLE_slow, stencil, filling);
}

static bool emit_load(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const enum where x = where_is(block, insn->rs1);
    const enum where result = insn->rd ? hold(block, insn->rd) : A;
    const unsigned stencil = choose(&translated_rows[insn->op].of, result == B, x, M);
    struct filling filling = operands(block, insn);

    if (!insn->rd)
        block->held[0] = 0;
    if (!stencil)
        return false;
    emit(block, stencil, &filling);
    emit_slow(block, insn, length, result == B ? S(slow_load_b) : S(slow_load_a), &filling);
    return true;
}

static bool emit_store(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const unsigned stencil = choose_by_operands(block, insn);
    struct filling filling = operands(block, insn);

    if (!stencil)
        return false;
    emit(block, stencil, &filling);
    emit_slow(block, insn, length, S(slow_store), &filling);
    return true;
}

/* A load or store of a floating-point register. */
static bool emit_float_access(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const bool is_load = translated_rows[insn->op].kind == KIND_FLOAT_LOAD;
    const unsigned stencil =
        choose(&translated_rows[insn->op].of, 0, where_is(block, insn->rs1), M);
    struct filling filling = operands(block, insn);
    const struct filling off = filling;

    if (!stencil)
        return false;
    filling.number[is_load ? HOLE_rd : HOLE_rs2] = f_offset(is_load ? insn->rd : insn->rs2);
    emit(block, stencil, &filling);
    close_holes(block, HOLE_stop, STENCIL_leave, &off);
    emit_slow(block, insn, length, is_load ? S(slow_float_load) : S(slow_store), &filling);
    return true;
}

static bool emit_call(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const bool is_float = translated_rows[insn->op].kind == KIND_FLOAT;
    const unsigned stencil = is_float ? STENCIL_compute_float : STENCIL_atomic;
    struct filling filling = operands(block, insn);

    if (!stencils[stencil].size)
        return false;
    filling.number[HOLE_insn] = is_float ? insn->imm : slow_insn(insn, length);
    emit(block, stencil, &filling);
    block->held[0] = block->held[1] = 0;
    return true;
}

/* Translates an instruction. Returns false, and emits nothing, if the interpreter has to execute
 * it. */
static bool emit_insn(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    switch ((enum kind)translated_rows[insn->op].kind) {
    case KIND_VALUE:
        return emit_value(block, insn);
    case KIND_BRANCH:
        return emit_branch(block, insn);
    case KIND_JUMP:
        emit_jal(block, insn, length);
        return true;
    case KIND_JUMP_REGISTER:
        return emit_jalr(block, insn, length);
    case KIND_LOAD:
        return emit_load(block, insn, length);
    case KIND_STORE:
        return emit_store(block, insn, length);
    case KIND_FLOAT_LOAD:
    case KIND_FLOAT_STORE:
        return emit_float_access(block, insn, length);
    case KIND_FLOAT:
    case KIND_ATOMIC:
        return emit_call(block, insn, length);
    case KIND_NOTHING:
        return true;
    default:
        return false;
    }
}

static void cover(struct translated_page *page, unsigned offset, unsigned length)
{
    for (unsigned i = offset / 2; i < (offset + length) / 2; i++)
        page->covered[i / 64] |= UINT64_C(1) << i % 64;
}

/* Reads the instruction at an offset. Returns its length; 0: the interpreter has to read it. */
static unsigned read_insn(const struct block *block, unsigned offset, struct riscv_insn *insn)
{
    const uint8_t *bytes = block->page->code->bytes + offset;
    uint32_t bits = 0;
    unsigned length;

    memcpy(&bits, bytes, offset == PAGE_SIZE - 2 ? 2 : 4);
    length = riscv_length(bits);
    if (offset + length > PAGE_SIZE)
        return 0;
    if (block->vm->breakpoint_count > 0 && breakpoint_may_be_at(block->vm, offset))
        return 0;
    *insn = riscv_decode(bits);
    if (translated_rows[insn->op].kind == KIND_OTHER)
        insn->op = translated_rows[insn->op].base;
    return length;
}

static bool ends_block(const struct riscv_insn *insn)
{
    return translated_rows[insn->op].kind == KIND_JUMP ||
           translated_rows[insn->op].kind == KIND_JUMP_REGISTER;
}

/* Reads the block: up to an instruction that always jumps, or that the interpreter has to execute.
 * Returns whether it is worth translating. */
static bool read_block(struct block *block, unsigned offset)
{
    block->insn_count = 0;
    while (block->insn_count < BLOCK_INSNS && offset < PAGE_SIZE) {
        struct riscv_insn *insn = &block->insns[block->insn_count];
        const unsigned length = read_insn(block, offset, insn);

        if (!length || translated_rows[insn->op].kind == KIND_OTHER)
            break;
        block->lengths[block->insn_count++] = (uint8_t)length;
        offset += length;
        if (ends_block(insn))
            return true;
    }
    return block->insn_count >= WORTH || (block->insn_count && offset == PAGE_SIZE);
}

/* Emits the way out of a block whose last instruction does not jump. */
static void emit_end(struct block *block, unsigned offset)
{
    const struct filling filling = leaving(block->pc, block->count, LEAVE_RESUME);

    if (offset == PAGE_SIZE) {
        end_block(block, block->pc);
    } else if (block->count == BLOCK_INSNS) {
        emit(block, STENCIL_count_on, &filling);
        emit_jump(block, block->pc, LEAVE_RESUME);
    } else {
        leave_block(block, LEAVE_INTERPRET);
    }
}

static void emit_block(struct block *block, unsigned offset)
{
    while (block->count < block->insn_count) {
        const struct riscv_insn *insn = &block->insns[block->count];
        const unsigned length = block->lengths[block->count];

        if (!emit_insn(block, insn, length))
            break;
        cover(block->page, offset, length);
        if (ends_block(insn))
            return;
        block->count++;
        block->pc += length;
        offset += length;
    }
    if (block->count)
        emit_end(block, offset);
}

translated_code block_translate(struct soft_vm *vm, struct translated_page *page, unsigned offset)
{
    struct translator *translator = vm->translator;
    struct block block;

    block.vm = vm;
    block.translator = translator;
    block.page = page;
    block.pc = page->gva + offset;
    block.at = translator->used;
    block.count = block.held[0] = block.held[1] = block.open_count = block.outlying_count = 0;
    if (!read_block(&block, offset))
        return NULL;
    emit_block(&block, offset);
    if (block.at == translator->used)
        return NULL;
    emit_outlying(&block);
    page->entries[offset / 2] = code_at(translator, translator->used);
    translator->used = (block.at + 63) & ~63u;
    return page->entries[offset / 2];
}

/* SPDX-License-Identifier: MIT */
/* Translates a block: copies a stencil for each instruction, and fills its holes. */
#include "cache.h"

#include "isa/riscv/decode.h"
#include "isa/riscv/meaning.h"
#include "stencil.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "stencils.inc"

#pragma GCC diagnostic ignored "-Wpedantic" /* empty arguments of macros */

/* How to translate an instruction, by the kind of its row. */
enum kind {
    KIND_OTHER, /* the interpreter executes it */
    KIND_VALUE,
    KIND_BRANCH,
    KIND_JUMP,
    KIND_JUMP_REGISTER,
    KIND_LOAD,
    KIND_STORE,
    KIND_FLOAT_LOAD,
    KIND_FLOAT_STORE,
    KIND_FLOAT,
    KIND_ATOMIC,
    KIND_NOTHING,
};

/* Which of an instruction's stencils. A: that operand is the last result. Z: rs2 is x0. */
enum way { WAY, WAY_A, WAY_2A, WAY_Z, WAY_AZ, WAYS };
/* Of shifts, with the amount in the instruction: */
#define WAY_BY   WAY_Z
#define WAY_BY_A WAY_AZ

static const struct row {
    uint8_t kind;
    uint8_t base; /* the op with the stencils: of a compressed instruction another one */
    uint16_t ways[WAYS];
} rows[OP_COUNT] = {
#define S(name) STENCIL_##name
#define ROW(...)
#define VALUE_I(name)            {S(name##_mm), S(name##_am)}
#define VALUE_R(name)            {S(name##_mm), S(name##_am), S(name##_ma)}
#define VALUE_SHIFT(name)        {S(name##_mm), S(name##_am), 0, S(name##_mm_by), S(name##_am_by)}
#define VALUE_U(name)            {0}
#define KIND_OF(name, kind, ...) [OP_##name] = {KIND_##kind, OP_##name, __VA_ARGS__},
#define VALUE(name, format, ...) [OP_##name] = {KIND_VALUE, OP_##name, VALUE_##format(name)},
#define BRANCH(name, ...)                                                                          \
    [OP_##name] = {                                                                                \
        KIND_BRANCH,                                                                               \
        OP_##name,                                                                                 \
        {S(name##_mm), S(name##_am), S(name##_ma), S(name##_mz), S(name##_az)}},
#define JUMP(name, ...)          [OP_##name] = {KIND_JUMP, OP_##name, {0}},
#define JUMP_REGISTER(name, ...) [OP_##name] = {KIND_JUMP_REGISTER, OP_##name, {0}},
#define LOAD(name, ...)          [OP_##name] = {KIND_LOAD, OP_##name, {S(name##_m), S(name##_a)}},
#define STORE(name, ...)                                                                           \
    [OP_##name] = {KIND_STORE, OP_##name, {S(name##_mm), S(name##_am), S(name##_ma)}},
#define FLOAT_LOAD(name, ...)                                                                      \
    [OP_##name] = {KIND_FLOAT_LOAD, OP_##name, {S(name##_m), S(name##_a)}},
#define FLOAT_STORE(name, ...)                                                                     \
    [OP_##name] = {KIND_FLOAT_STORE, OP_##name, {S(name##_m), S(name##_a)}},
#define FLOAT(name, ...)                     [OP_##name] = {KIND_FLOAT, OP_##name, {0}},
#define AMO(name, ...)                       [OP_##name] = {KIND_ATOMIC, OP_##name, {0}},
#define LOAD_RESERVED                        AMO
#define STORE_CONDITIONAL                    AMO
#define COMPRESSED(name, f, m, k, t, base)   [OP_##name] = {KIND_OTHER, OP_##base, {0}},
#define C_VALUE                              COMPRESSED
#define C_BRANCH                             COMPRESSED
#define C_JUMP                               COMPRESSED
#define C_JUMP_REGISTER                      COMPRESSED
#define C_LOAD                               COMPRESSED
#define C_STORE                              COMPRESSED
#define C_FLOAT_LOAD                         COMPRESSED
#define C_FLOAT_STORE                        COMPRESSED
#include "isa/riscv/ops.def"
    [OP_fence] = {KIND_NOTHING, OP_fence, {0}},
    [OP_fence_tso] = {KIND_NOTHING, OP_fence_tso, {0}},
    [OP_fence_i] = {KIND_NOTHING, OP_fence_i, {0}},
};

/* What is known of the instruction that is being translated: what fills its stencils' holes. */
struct filling {
    int64_t number[FIRST_CODE_HOLE];
    uint32_t code[HOLE_COUNT - FIRST_CODE_HOLE]; /* where to; 0: not known yet */
};

/* A hole of the code that is to lead to an outlying stencil. */
struct open_hole {
    uint32_t at;
    uint8_t kind;
};

/* Code that the block runs seldom: it follows the block. */
struct outlying {
    uint16_t stencil;
    uint32_t jump; /* the number of the jump whose way out this is; 0: none */
    struct filling filling;
    uint32_t from[3]; /* holes that lead here */
    unsigned from_count;
};

struct block {
    struct soft_vm *vm;
    struct translator *translator;
    struct translated_page *page;
    uint64_t pc;      /* of the instruction */
    unsigned count;   /* instructions before it */
    unsigned last;    /* the guest register that `last` holds; 0: none */
    uint32_t at;      /* where the next code goes */
    struct open_hole open[4];
    unsigned open_count;
    struct outlying outlying[3 * BLOCK_INSNS + 4];
    unsigned outlying_count;
};

static const struct hole *holes_of(unsigned stencil)
{
    return &stencil_holes[stencils[stencil].hole];
}

static void fill(struct block *block, uint32_t base, const struct hole *hole,
                 const struct filling *filling, uint32_t end)
{
    const uint32_t at = base + hole->at;
    uint8_t *code = block->translator->code.write;

    if (hole->kind < FIRST_CODE_HOLE) {
        const uint64_t number = (uint64_t)filling->number[hole->kind] + (uint64_t)hole->addend;

        if (hole->form == FORM_BYTE)
            code[at] = (uint8_t)number;
        else
            code_write(block->translator, at, (uint32_t)number);
        return;
    }
    uint32_t to = hole->kind == HOLE_next ? end : filling->code[hole->kind - FIRST_CODE_HOLE];

    if (to)
        code_write(block->translator, at, to - (at + 4));
    else
        block->open[block->open_count++] = (struct open_hole){at, hole->kind};
}

/* Copies a stencil. Holes that are to lead to places not known yet stay open. */
static void emit(struct block *block, unsigned stencil, const struct filling *filling)
{
    const struct stencil *it = &stencils[stencil];
    const uint32_t base = block->at;

    memcpy(block->translator->code.write + base, stencil_code + it->code, it->size);
    block->at += it->size;
    for (unsigned i = 0; i < it->hole_count; i++)
        fill(block, base, &holes_of(stencil)[i], filling, block->at);
}

/* Lets the open holes of a kind lead to an outlying stencil. */
static struct outlying *close_holes(struct block *block, enum hole_kind kind, unsigned stencil,
                                    const struct filling *filling)
{
    struct outlying *outlying = &block->outlying[block->outlying_count++];
    unsigned left = 0;

    *outlying = (struct outlying){.stencil = (uint16_t)stencil, .filling = *filling};
    for (unsigned i = 0; i < block->open_count; i++) {
        if (block->open[i].kind == kind)
            outlying->from[outlying->from_count++] = block->open[i].at;
        else
            block->open[left++] = block->open[i];
    }
    block->open_count = left;
    return outlying;
}

static void set_pc(struct filling *filling, uint64_t pc)
{
    filling->number[HOLE_pc_low] = (int64_t)(uint32_t)pc;
    filling->number[HOLE_pc_high] = (int64_t)(pc >> 32);
}

/* What fills the holes of code that leaves the block at a pc. */
static struct filling leaving(uint64_t pc, unsigned count, enum leave leave)
{
    struct filling filling = {{0}, {0}};

    set_pc(&filling, pc);
    filling.number[HOLE_count] = count;
    filling.number[HOLE_leave] = leave;
    return filling;
}

/* Returns where the open hole of a kind is. */
static uint32_t open_at(const struct block *block, enum hole_kind kind)
{
    for (unsigned i = 0; i < block->open_count; i++)
        if (block->open[i].kind == kind)
            return block->open[i].at;
    abort();
}

/* Ends a jump whose holes `taken` and `stop` are open: makes a jump that can be linked, with its
 * way out. page_at: of the page that it compares; 0: it does not. */
static void end_jump(struct block *block, uint64_t target, uint32_t page_at, enum leave leave)
{
    struct translator *translator = block->translator;
    const uint32_t number = translator->jump_count++;
    struct filling filling = leaving(target, 0, leave);
    struct outlying *outlying;

    translator->jumps[number] = (struct jump){
        .target = target,
        .from = block->page,
        .distance = open_at(block, HOLE_taken),
        .page = page_at,
    };
    filling.number[HOLE_site] = number;
    for (unsigned i = 0; i < block->open_count; i++) /* both lead to the way out */
        block->open[i].kind = HOLE_taken;
    outlying = close_holes(block, HOLE_taken, STENCIL_leave, &filling);
    outlying->jump = number;
}

static bool is_far(const struct block *block, uint64_t target)
{
    return (target & ~(uint64_t)(PAGE_SIZE - 1)) != block->page->gva;
}

/* Emits the jump to another page. */
static void jump_far(struct block *block, uint64_t target)
{
    struct filling filling = {{0}, {0}};
    const struct hole *hole = holes_of(STENCIL_jump_far);
    const uint32_t base = block->at;

    filling.number[HOLE_fetch] =
        (int64_t)(offsetof(struct tlb, fetch) +
                  (target >> PAGE_SHIFT & (TLB_SIZE - 1)) * sizeof(struct fetch_entry) +
                  offsetof(struct fetch_entry, translated));
    filling.number[HOLE_page] = 1; /* no page has this address */
    emit(block, STENCIL_jump_far, &filling);
    while (hole->kind != HOLE_page)
        hole++;
    end_jump(block, target, base + hole->at, LEAVE_END);
}

/* Emits the way to a target, after the steps were counted. */
static void jump(struct block *block, uint64_t target, enum leave leave)
{
    const struct filling none = {{0}, {0}};

    if (is_far(block, target)) {
        jump_far(block, target);
        return;
    }
    emit(block, STENCIL_jump, &none);
    end_jump(block, target, 0, leave);
}

/* Emits the end of a block that goes on at a target. */
static void end_block(struct block *block, uint64_t target)
{
    struct filling filling = leaving(target, 0, LEAVE_END);

    filling.number[HOLE_count] = block->count;
    emit(block, STENCIL_count, &filling);
    filling.number[HOLE_count] = 0;
    close_holes(block, HOLE_stop, STENCIL_leave, &filling);
    jump(block, target, LEAVE_END);
}

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

static void emit_constant(struct block *block, struct filling *filling, uint64_t value)
{
    set_pc(filling, value);
    filling->number[HOLE_imm] = (int64_t)value;
    if (value <= UINT32_MAX)
        emit(block, STENCIL_constant_unsigned, filling);
    else if ((int64_t)value == (int32_t)value)
        emit(block, STENCIL_constant_signed, filling);
    else
        emit(block, STENCIL_constant_wide, filling);
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

static enum way choose_way(const struct block *block, const struct riscv_insn *insn)
{
    if (block->last && insn->rs1 == block->last)
        return WAY_A;
    if (block->last && insn->rs2 == block->last)
        return WAY_2A;
    return WAY;
}

static bool emit_value(struct block *block, const struct riscv_insn *insn)
{
    struct filling filling = operands(block, insn);
    enum way way = choose_way(block, insn);
    unsigned stencil, source = copied(insn);

    if (!insn->rd)
        return true;
    if (!insn->rs1 && !insn->rs2) {
        emit_constant(block, &filling, value_of(insn, block->pc));
    } else if (source) {
        filling.number[HOLE_rs1] = x_offset(source);
        emit(block, source == block->last ? STENCIL_move_a : STENCIL_move_m, &filling);
    } else {
        const uint16_t by = rows[insn->op].ways[way == WAY_A ? WAY_BY_A : WAY_BY];

        stencil = insn->imm && stencils[by].size ? by : rows[insn->op].ways[way];
        if (!stencils[stencil].size)
            return false;
        emit(block, stencil, &filling);
    }
    block->last = insn->rd;
    return true;
}

static bool emit_branch(struct block *block, const struct riscv_insn *insn)
{
    const uint64_t target = block->pc + (uint64_t)(int64_t)insn->imm;
    const uint16_t *ways = rows[insn->op].ways;
    struct filling filling = operands(block, insn);
    enum way way = choose_way(block, insn);
    const enum way zero = way == WAY_A ? WAY_AZ : WAY_Z;

    if (!insn->rs2 && stencils[ways[zero]].size)
        way = zero;
    if (!stencils[ways[way]].size)
        return false;
    filling.number[HOLE_count] = block->count + 1;
    emit(block, ways[way], &filling);
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
static void emit_jump(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    struct filling filling = operands(block, insn);

    if (insn->rd)
        emit_constant(block, &filling, block->pc + length);
    block->count++;
    end_block(block, block->pc + (uint64_t)(int64_t)insn->imm);
}

static bool emit_jump_register(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    static const uint16_t ways[][2] = {
        {S(jalr_m_none), S(jalr_a_none)},
        {S(jalr_m_unsigned), S(jalr_a_unsigned)},
        {S(jalr_m_wide), S(jalr_a_wide)},
    };
    const uint64_t link = block->pc + length;
    const unsigned width = !insn->rd ? 0 : link <= UINT32_MAX ? 1 : 2;
    const unsigned stencil = ways[width][block->last && insn->rs1 == block->last];
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

static bool emit_access(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const enum kind kind = rows[insn->op].kind;
    struct filling filling = operands(block, insn);
    const struct filling off = filling;
    const unsigned way = choose_way(block, insn);
    unsigned stencil = rows[insn->op].ways[way], slow = STENCIL_slow_store;

    if (kind == KIND_FLOAT_LOAD)
        filling.number[HOLE_rd] = f_offset(insn->rd);
    if (kind == KIND_FLOAT_STORE)
        filling.number[HOLE_rs2] = f_offset(insn->rs2);
    if ((kind == KIND_FLOAT_LOAD || kind == KIND_FLOAT_STORE) && way == WAY_2A)
        stencil = rows[insn->op].ways[WAY];
    if (!stencils[stencil].size)
        return false;
    emit(block, stencil, &filling);
    if (kind == KIND_FLOAT_LOAD || kind == KIND_FLOAT_STORE)
        close_holes(block, HOLE_stop, STENCIL_leave, &off);
    if (kind == KIND_LOAD || kind == KIND_FLOAT_LOAD)
        slow = kind == KIND_LOAD ? STENCIL_slow_load : STENCIL_slow_float_load;
    filling.number[HOLE_insn] = slow_insn(insn, length);
    filling.code[HOLE_taken - FIRST_CODE_HOLE] = block->at;
    close_holes(block, HOLE_slow, slow, &filling);
    if (kind == KIND_LOAD)
        block->last = insn->rd;
    return true;
}

static bool emit_call(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const bool is_float = rows[insn->op].kind == KIND_FLOAT;
    const unsigned stencil = is_float ? STENCIL_compute_float : STENCIL_atomic;
    struct filling filling = operands(block, insn);

    if (!stencils[stencil].size)
        return false;
    filling.number[HOLE_insn] = is_float ? insn->imm : slow_insn(insn, length);
    emit(block, stencil, &filling);
    block->last = 0;
    return true;
}

/* Translates an instruction. Returns false, and emits nothing, if the interpreter has to execute
 * it. */
static bool emit_insn(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    switch ((enum kind)rows[insn->op].kind) {
    case KIND_VALUE:
        return emit_value(block, insn);
    case KIND_BRANCH:
        return emit_branch(block, insn);
    case KIND_JUMP:
        emit_jump(block, insn, length);
        return true;
    case KIND_JUMP_REGISTER:
        return emit_jump_register(block, insn, length);
    case KIND_LOAD:
    case KIND_STORE:
    case KIND_FLOAT_LOAD:
    case KIND_FLOAT_STORE:
        return emit_access(block, insn, length);
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
    if (rows[insn->op].kind == KIND_OTHER)
        insn->op = rows[insn->op].base;
    return length;
}

/* Translates instructions up to one that always jumps, or that the interpreter has to execute. */
static void emit_insns(struct block *block, unsigned offset)
{
    struct riscv_insn insn;

    for (;;) {
        const unsigned length = offset < PAGE_SIZE ? read_insn(block, offset, &insn) : 0;

        if (offset == PAGE_SIZE) {
            end_block(block, block->pc);
            return;
        }
        if (block->count == BLOCK_INSNS) {
            const struct filling filling = leaving(block->pc, block->count, LEAVE_RESUME);

            emit(block, STENCIL_count_on, &filling);
            jump(block, block->pc, LEAVE_RESUME);
            return;
        }
        if (!length || !emit_insn(block, &insn, length)) {
            if (block->count)
                leave_block(block, LEAVE_INTERPRET);
            return;
        }
        cover(block->page, offset, length);
        if (rows[insn.op].kind == KIND_JUMP || rows[insn.op].kind == KIND_JUMP_REGISTER) {
            block->count++;
            return;
        }
        block->count++;
        block->pc += length;
        offset += length;
    }
}

/* Emits what the block runs seldom. A jump to another page adds to it. */
static void emit_outlying(struct block *block)
{
    for (unsigned i = 0; i < block->outlying_count; i++) {
        const struct outlying *outlying = &block->outlying[i];

        for (unsigned j = 0; j < outlying->from_count; j++)
            code_write(block->translator, outlying->from[j],
                       block->at - (outlying->from[j] + 4));
        if (outlying->jump)
            block->translator->jumps[outlying->jump].way_out = block->at;
        if (outlying->stencil == STENCIL_jump_far)
            jump_far(block, (uint64_t)outlying->filling.number[HOLE_pc_high] << 32 |
                                (uint32_t)outlying->filling.number[HOLE_pc_low]);
        else
            emit(block, outlying->stencil, &outlying->filling);
        if (outlying->filling.code[HOLE_taken - FIRST_CODE_HOLE]) /* back to the block */
            emit(block, STENCIL_jump, &outlying->filling);
    }
}

static translated_code *code_at(const struct translator *translator, uint32_t at)
{
    translated_code *code;
    const uint8_t *address = translator->code.run + at;

    memcpy(&code, &address, sizeof(code));
    return code;
}

translated_code *block_translate(struct soft_vm *vm, struct translated_page *page, unsigned offset)
{
    struct translator *translator = vm->translator;
    struct block block;

    block.vm = vm;
    block.translator = translator;
    block.page = page;
    block.pc = page->gva + offset;
    block.at = translator->used;
    block.count = block.last = block.open_count = block.outlying_count = 0;
    emit_insns(&block, offset);
    if (!block.count)
        return NULL;
    emit_outlying(&block);
    page->entries[offset / 2] = code_at(translator, translator->used);
    translator->used = (block.at + 15) & ~15u;
    return page->entries[offset / 2];
}

void block_begin(struct translator *translator)
{
    struct block block = {.translator = translator, .at = 64};
    const struct filling filling = leaving(0, 0, LEAVE_END);

    translator->cold = code_at(translator, block.at);
    emit(&block, STENCIL_leave_indirect, &filling);
    translator->begin = (block.at + 15) & ~15u;
}

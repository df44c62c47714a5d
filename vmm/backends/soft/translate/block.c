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

/* Where an operand is: in the hart's memory, or in the registers a and b of stencils.c. Z: it is x0;
 * BY: a shift by an amount that is a part of the instruction. */
enum where { M, A, B, Z };
#define BY     Z
#define WHERES 4

#define S(name) STENCIL_##name

/* The stencils of an instruction: by its result's register, a or b, and where rs1 and rs2 are. */
struct stencils_of {
    uint16_t with[2][WHERES][WHERES];
};

#define R_WITH(name, result)                                                                       \
    {                                                                                              \
        [M] = {[M] = S(name##_mm##result), [A] = S(name##_ma##result), [B] = S(name##_mb##result)},\
        [A] = {[M] = S(name##_am##result), [B] = S(name##_ab##result)},                            \
        [B] = {[M] = S(name##_bm##result), [A] = S(name##_ba##result)},                            \
    }
#define I_WITH(name, result)                                                                       \
    {                                                                                              \
        [M] = {S(name##_m##result)}, [A] = {S(name##_a##result)}, [B] = {S(name##_b##result)},     \
    }
#define SHIFT_WITH(name, result)                                                                   \
    {                                                                                              \
        [M] = {[M] = S(name##_m##result), [BY] = S(name##_m##result##_by)},                          \
        [A] = {[M] = S(name##_a##result), [BY] = S(name##_a##result##_by)},                          \
        [B] = {[M] = S(name##_b##result), [BY] = S(name##_b##result##_by)},                          \
    }
#define TWO_WITH(name)                                                                             \
    {                                                                                              \
        [M] = {S(name##_mm), S(name##_ma), S(name##_mb), S(name##_mz)},                            \
        [A] = {[M] = S(name##_am), [B] = S(name##_ab), [Z] = S(name##_az)},                        \
        [B] = {[M] = S(name##_bm), [A] = S(name##_ba), [Z] = S(name##_bz)},                        \
    }

static const struct stencils_of copy = {{I_WITH(copy, _a), I_WITH(copy, _b)}};
static const struct stencils_of extend = {{I_WITH(extend, _a), I_WITH(extend, _b)}}; /* sext.w */

/* jalr: instead of rs2 how wide the return address is. */
enum { NO_LINK, LINK, LINK_WIDE };
static const struct stencils_of jump_register = {{{
    [M] = {S(jalr_m_none), S(jalr_m_low), S(jalr_m_wide)},
    [A] = {S(jalr_a_none), S(jalr_a_low), S(jalr_a_wide)},
    [B] = {S(jalr_b_none), S(jalr_b_low), S(jalr_b_wide)},
}}};

static const struct row {
    uint8_t kind;
    uint8_t base; /* the op with the stencils: of a compressed instruction another one */
    struct stencils_of of;
} rows[OP_COUNT] = {
#define ROW(...)
#define VALUE_I(name)            {{I_WITH(name, _a), I_WITH(name, _b)}}
#define VALUE_R(name)            {{R_WITH(name, _a), R_WITH(name, _b)}}
#define VALUE_SHIFT(name)        {{SHIFT_WITH(name, _a), SHIFT_WITH(name, _b)}}
#define VALUE_U(name)            {{{{0}}}}
#define NONE                     {{{{0}}}}
#define VALUE(name, format, ...) [OP_##name] = {KIND_VALUE, OP_##name, VALUE_##format(name)},
#define BRANCH(name, ...)        [OP_##name] = {KIND_BRANCH, OP_##name, {{TWO_WITH(name)}}},
#define JUMP(name, ...)          [OP_##name] = {KIND_JUMP, OP_##name, NONE},
#define JUMP_REGISTER(name, ...) [OP_##name] = {KIND_JUMP_REGISTER, OP_##name, NONE},
#define LOAD(name, ...)          [OP_##name] = {KIND_LOAD, OP_##name, VALUE_I(name)},
#define STORE(name, ...)         [OP_##name] = {KIND_STORE, OP_##name, {{TWO_WITH(name)}}},
#define FLOAT_LOAD(name, ...)    [OP_##name] = {KIND_FLOAT_LOAD, OP_##name, {{I_WITH(name, )}}},
#define FLOAT_STORE(name, ...)   [OP_##name] = {KIND_FLOAT_STORE, OP_##name, {{I_WITH(name, )}}},
#define FLOAT(name, ...)         [OP_##name] = {KIND_FLOAT, OP_##name, NONE},
#define AMO(name, ...)           [OP_##name] = {KIND_ATOMIC, OP_##name, NONE},
#define LOAD_RESERVED            AMO
#define STORE_CONDITIONAL        AMO
#define COMPRESSED(name, f, m, k, t, base) [OP_##name] = {KIND_OTHER, OP_##base, NONE},
#define C_VALUE                  COMPRESSED
#define C_BRANCH                 COMPRESSED
#define C_JUMP                   COMPRESSED
#define C_JUMP_REGISTER          COMPRESSED
#define C_LOAD                   COMPRESSED
#define C_STORE                  COMPRESSED
#define C_FLOAT_LOAD             COMPRESSED
#define C_FLOAT_STORE            COMPRESSED
#include "isa/riscv/ops.def"
    [OP_fence] = {KIND_NOTHING, OP_fence, NONE},
    [OP_fence_tso] = {KIND_NOTHING, OP_fence_tso, NONE},
    [OP_fence_i] = {KIND_NOTHING, OP_fence_i, NONE},
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
    struct riscv_insn insns[BLOCK_INSNS];
    uint8_t lengths[BLOCK_INSNS];
    unsigned insn_count;
    uint64_t pc;      /* of the instruction */
    unsigned count;   /* instructions before it */
    unsigned held[2]; /* the guest registers whose values a and b have; 0: none */
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

/* Returns how soon an instruction after this one reads a register from where it is held. */
static unsigned next_use(const struct block *block, unsigned reg)
{
    for (unsigned i = block->count + 1; reg && i < block->insn_count; i++) {
        const struct riscv_insn *insn = &block->insns[i];
        const enum kind kind = rows[insn->op].kind;

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
    const struct stencils_of *of = source ? &copy : extends ? &extend : &rows[insn->op].of;
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

static bool emit_branch(struct block *block, const struct riscv_insn *insn)
{
    const uint64_t target = block->pc + (uint64_t)(int64_t)insn->imm;
    const enum where y = insn->rs2 ? where_is(block, insn->rs2) : Z;
    const unsigned stencil = choose(&rows[insn->op].of, 0, where_is(block, insn->rs1), y);
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
static void emit_jump(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    struct filling filling = operands(block, insn);

    if (insn->rd)
        emit_constant(block, &filling, insn->rd, block->pc + length);
    block->count++; /* with the jump */
    end_block(block, block->pc + (uint64_t)(int64_t)insn->imm);
}

static bool emit_jump_register(struct block *block, const struct riscv_insn *insn, unsigned length)
{
    const uint64_t link = block->pc + length;
    const unsigned width = !insn->rd ? NO_LINK : link <= UINT32_MAX ? LINK : LINK_WIDE;
    const unsigned stencil = jump_register.with[0][where_is(block, insn->rs1)][width];
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
    const unsigned stencil = choose(&rows[insn->op].of, result == B, x, M);
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
    const enum where y = insn->rs2 ? where_is(block, insn->rs2) : Z;
    const unsigned stencil = choose(&rows[insn->op].of, 0, where_is(block, insn->rs1), y);
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
    const bool is_load = rows[insn->op].kind == KIND_FLOAT_LOAD;
    const unsigned stencil = choose(&rows[insn->op].of, 0, where_is(block, insn->rs1), M);
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
    const bool is_float = rows[insn->op].kind == KIND_FLOAT;
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
    if (rows[insn->op].kind == KIND_OTHER)
        insn->op = rows[insn->op].base;
    return length;
}

static bool ends_block(const struct riscv_insn *insn)
{
    return rows[insn->op].kind == KIND_JUMP || rows[insn->op].kind == KIND_JUMP_REGISTER;
}

/* Reads the block: up to an instruction that always jumps, or that the interpreter has to execute.
 * Returns whether it is worth translating. */
static bool read_block(struct block *block, unsigned offset)
{
    block->insn_count = 0;
    while (block->insn_count < BLOCK_INSNS && offset < PAGE_SIZE) {
        struct riscv_insn *insn = &block->insns[block->insn_count];
        const unsigned length = read_insn(block, offset, insn);

        if (!length || rows[insn->op].kind == KIND_OTHER)
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
        jump(block, block->pc, LEAVE_RESUME);
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
    block.count = block.held[0] = block.held[1] = block.open_count = block.outlying_count = 0;
    if (!read_block(&block, offset))
        return NULL;
    emit_block(&block, offset);
    if (block.at == translator->used)
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

/* SPDX-License-Identifier: MIT */
#define STENCIL_TABLES
#include "emit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

void emit(struct block *block, unsigned stencil, const struct filling *filling)
{
    const struct stencil *it = &stencils[stencil];
    const uint32_t base = block->at;

    memcpy(block->translator->code.write + base, stencil_code + it->code, it->size);
    block->at += it->size;
    for (unsigned i = 0; i < it->hole_count; i++)
        fill(block, base, &holes_of(stencil)[i], filling, block->at);
}

struct outlying *close_holes(struct block *block, enum hole_kind kind, unsigned stencil,
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

void set_pc(struct filling *filling, uint64_t pc)
{
    filling->number[HOLE_pc_low] = (int64_t)(uint32_t)pc;
    filling->number[HOLE_pc_high] = (int64_t)(pc >> 32);
}

struct filling leaving(uint64_t pc, unsigned count, enum leave leave)
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

void end_jump(struct block *block, uint64_t target, uint32_t page_at, enum leave leave)
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

bool is_far(const struct block *block, uint64_t target)
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

void emit_jump(struct block *block, uint64_t target, enum leave leave)
{
    const struct filling none = {{0}, {0}};

    if (is_far(block, target)) {
        jump_far(block, target);
        return;
    }
    emit(block, STENCIL_jump, &none);
    end_jump(block, target, 0, leave);
}

void end_block(struct block *block, uint64_t target)
{
    struct filling filling = leaving(target, 0, LEAVE_END);

    filling.number[HOLE_count] = block->count;
    emit(block, STENCIL_count, &filling);
    filling.number[HOLE_count] = 0;
    close_holes(block, HOLE_stop, STENCIL_leave, &filling);
    emit_jump(block, target, LEAVE_END);
}

void emit_outlying(struct block *block)
{
    for (unsigned i = 0; i < block->outlying_count; i++) {
        const struct outlying *outlying = &block->outlying[i];

        for (unsigned j = 0; j < outlying->from_count; j++)
            code_write(block->translator, outlying->from[j], block->at - (outlying->from[j] + 4));
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

translated_code code_at(const struct translator *translator, uint32_t at)
{
    translated_code code;
    const uint8_t *address = translator->code.run + at;

    memcpy(&code, &address, sizeof(code));
    return code;
}

void block_begin(struct translator *translator)
{
    struct block block = {.translator = translator, .at = 64};
    const struct filling filling = leaving(0, 0, LEAVE_END);

    translator->cold = code_at(translator, block.at);
    emit(&block, STENCIL_leave_indirect, &filling);
    translator->begin = (block.at + 63) & ~63u;
}

/* SPDX-License-Identifier: MIT */
/*
 * Steps by lines of the guest author's code, over the functions that a line calls. Forwards, the
 * hart makes single steps until the line is another. Backwards, it goes through a part of the run
 * before, notes where lines began, and goes to the last of these; if there is none, the part grows.
 */
#include "page.h"

#include "image/owner.h"
#include "image/symbols.h"
#include "isa/riscv/target.h"

#define PROLOGUE   16   /* bytes */
#define WINDOW     4096 /* instructions of the first part */
#define WINDOW_MAX (UINT64_C(1) << 26)

/* Where a hart is. */
struct at {
    const char *file; /* NULL: not in the author's code */
    unsigned line;
    uint64_t sp, function, offset; /* function: its start, 0: unknown */
};

static struct at where(struct vcpu *vcpu)
{
    const struct symbols *symbols = image_symbols(vcpu->vm->image);
    const struct source_line *source = symbols_source(symbols, vcpu->vm->backend->pc(vcpu));
    struct riscv_debug_registers registers;
    struct at at = {0};

    vcpu->vm->backend->debug->get_registers(vcpu, (uint8_t *)&registers);
    at.sp = registers.x[2];
    if (symbols_find(symbols, registers.pc, &at.offset))
        at.function = registers.pc - at.offset;
    if (source && owner_of(source) == OWNER_AUTHOR) {
        at.file = source->file;
        at.line = source->line;
    }
    return at;
}

static bool is_same(const struct at *at)
{
    return (uintptr_t)at->file == page.line_file && at->line == page.line;
}

/* Returns whether a place is in the function where the step began, or in one that has called it. A
 * function's first instructions make its frame. */
static bool is_outside(const struct at *at)
{
    return at->sp >= page.line_sp || (page.line_entered && at->function == page.line_entered);
}

static void finish(position_t position)
{
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];

    vcpu->orders.step = false;
    page.goal = GOAL_ARRIVE;
    rewind_to(page.timeline, &page.client, vcpu, position);
}

static void seek(void)
{
    const uint64_t end = position_insns(page.seek_end);
    const uint64_t start = end > page.seek_window ? end - page.seek_window : 0;

    page.vm.vcpus[page.selected].orders.step = false;
    page.goal = GOAL_LINE_SEEK;
    page.seek_found = UINT64_MAX;
    page.line_file = 0;
    rewind_to(page.timeline, &page.client, &page.vm.vcpus[page.selected],
              position_of(start, false));
}

void steps_line(bool back)
{
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];
    const struct at at = where(vcpu);

    page.line_file = (uintptr_t)at.file;
    page.line = at.line;
    page.line_entered = at.offset < PROLOGUE ? at.function : 0;
    page.line_sp = at.file ? at.sp : 0; /* from the runtime, any line of the author's will do */
    if (back) {
        page.seek_end = timeline_now(page.timeline);
        page.seek_window = WINDOW;
        seek();
    } else if (!page.vm.stopped) {
        page.goal = GOAL_LINE;
        vcpu->orders.step = true;
    }
}

void steps_check(void)
{
    if (page.goal != GOAL_LINE_SEEK || rewind_is_active(page.timeline) ||
        (timeline_now(page.timeline) < page.seek_end && !page.vm.stopped))
        return;
    if (page.seek_found != UINT64_MAX) {
        finish(page.seek_found);
    } else if (page.seek_window >= position_insns(page.seek_end) ||
               page.seek_window >= WINDOW_MAX) {
        finish(0);
    } else {
        page.seek_window *= 16;
        seek();
    }
}

void steps_stepped(struct vcpu *vcpu)
{
    const position_t now = timeline_now(page.timeline);
    struct at at;

    if (vcpu->id != page.selected || (page.goal != GOAL_LINE && page.goal != GOAL_LINE_SEEK))
        return;
    if (page.goal == GOAL_LINE_SEEK && (now >= page.seek_end || rewind_is_active(page.timeline)))
        return;
    at = where(vcpu);
    if (!at.file || is_same(&at) || !is_outside(&at))
        return;
    if (page.goal == GOAL_LINE) { /* here: the rewind arrives at once */
        vcpu->orders.step = false;
        page.goal = GOAL_ARRIVE;
        rewind_ahead(page.timeline, &page.client, vcpu, now, 0);
        return;
    }
    page.seek_found = now;
    page.line_file = (uintptr_t)at.file;
    page.line = at.line;
}

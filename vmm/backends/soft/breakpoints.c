/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints that leave the guest's memory as it is. An instruction that may have a breakpoint is
 * never cached, so each execution of it checks the list (execute.c, undecoded). A page with watched
 * data never enters the TLB, so each access to it does.
 */
#include "hart.h"

#include "core/vm.h"

#define PAGE_OFFSET(address) ((address) & (PAGE_SIZE - 1))

static bool is_watchpoint(const struct breakpoint *breakpoint)
{
    return breakpoint->type >= WATCH_WRITE;
}

/* Discards what was cached before the breakpoint existed. */
static void discard_cached(struct soft_vm *vm, const struct breakpoint *breakpoint)
{
    if (is_watchpoint(breakpoint))
        mmu_flush_pages(vm, breakpoint->address, breakpoint->length);
    else
        mmu_discard_offset(vm, PAGE_OFFSET(breakpoint->address));
}

const char *soft_insert(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct soft_vm *vm = vcpu->vm->state;

    if (vm->breakpoint_count == BREAKPOINTS_MAX)
        return "there are too many breakpoints";
    vm->breakpoints[vm->breakpoint_count++] = *breakpoint;
    vm->watch_count += is_watchpoint(breakpoint);
    discard_cached(vm, breakpoint);
    return NULL;
}

void soft_remove(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct soft_vm *vm = vcpu->vm->state;

    for (unsigned i = 0; i < vm->breakpoint_count; i++) {
        struct breakpoint *found = &vm->breakpoints[i];

        if (found->type != breakpoint->type || found->address != breakpoint->address ||
            found->length != breakpoint->length)
            continue;
        *found = vm->breakpoints[--vm->breakpoint_count];
        vm->watch_count -= is_watchpoint(breakpoint);
        return; /* the instruction is cached again the next time it executes */
    }
}

bool breakpoint_may_be_at(const struct soft_vm *vm, uint64_t offset)
{
    for (unsigned i = 0; i < vm->breakpoint_count; i++)
        if (!is_watchpoint(&vm->breakpoints[i]) &&
            PAGE_OFFSET(vm->breakpoints[i].address) == offset)
            return true;
    return false;
}

void breakpoints_forget(struct hart *hart)
{
    hart->reported_break = hart->reported_watch = UINT64_MAX;
}

/* Reports a breakpoint. Returns false if one of its kind was reported at this step already. */
static bool report(struct hart *hart, const struct breakpoint *breakpoint)
{
    uint64_t *reported = is_watchpoint(breakpoint) ? &hart->reported_watch : &hart->reported_break;

    if (*reported == hart->steps)
        return false;
    *reported = hart->steps;
    hart->debug = (struct stop_point){
        .why = is_watchpoint(breakpoint) ? STOPPED_BY_WATCH : STOPPED_BY_BREAK,
        .type = breakpoint->type,
        .address = breakpoint->address,
    };
    return true;
}

bool breakpoint_stops(struct hart *hart, uint64_t pc)
{
    const struct soft_vm *vm = hart->vm;

    for (unsigned i = 0; i < vm->breakpoint_count; i++)
        if (!is_watchpoint(&vm->breakpoints[i]) && vm->breakpoints[i].address == pc)
            return report(hart, &vm->breakpoints[i]);
    return false;
}

bool watchpoint_stops(struct hart *hart, uint64_t gva, unsigned size, enum access_type type)
{
    const struct soft_vm *vm = hart->vm;

    for (unsigned i = 0; i < vm->breakpoint_count; i++) {
        const struct breakpoint *watch = &vm->breakpoints[i];
        bool wanted = watch->type == WATCH_ACCESS ||
                      watch->type == (type == ACCESS_WRITE ? WATCH_WRITE : WATCH_READ);

        if (wanted && gva - watch->address + size - 1 < watch->length + size - 1)
            return report(hart, watch);
    }
    return false;
}

bool watchpoint_in_page(const struct soft_vm *vm, uint64_t gva)
{
    const uint64_t page = gva & ~(uint64_t)(PAGE_SIZE - 1);

    for (unsigned i = 0; i < vm->breakpoint_count; i++) {
        const struct breakpoint *watch = &vm->breakpoints[i];

        if (is_watchpoint(watch) &&
            page - watch->address + PAGE_SIZE - 1 < watch->length + PAGE_SIZE - 1)
            return true;
    }
    return false;
}

/* SPDX-License-Identifier: MIT */
/* Passes exceptions to the guest's handler; without one, prints the registers and ends the VM. */
#include "arch.h"
#include "dump.h"
#include "rt.h"

#define INTERRUPT (-1) /* no kind of trap */

static trap_handler *handlers[TRAP_KIND_COUNT];

static const char *const names[TRAP_KIND_COUNT] = {
    [TRAP_PAGE_FAULT] = "page fault",       [TRAP_ILLEGAL_INSTRUCTION] = "illegal instruction",
    [TRAP_BREAKPOINT] = "breakpoint",       [TRAP_DIVIDE_ERROR] = "divide error",
    [TRAP_PROTECTION] = "protection fault", [TRAP_OTHER] = "unexpected trap",
};

trap_handler *trap_set_handler(enum trap_kind kind, trap_handler *handler)
{
    trap_handler *old = handlers[kind];

    handlers[kind] = handler;
    return old;
}

/* Returns whether this hart runs the guest's handler of such traps already. An interrupt may have
 * come within that handler: what follows then is not the handler's fault. */
static bool in_handler_of(enum trap_kind kind)
{
    for (const struct nested *n = nested_innermost(); n && n->kind != INTERRUPT; n = n->outer)
        if (!n->lock && n->kind == (int)kind)
            return true;
    return false;
}

static void print_trap(const struct trap *trap)
{
    dump_text("\n*** ");
    dump_text(names[trap->kind]);
    dump_text(" (cause ");
    dump_number(trap->cause, 10, 1);
    dump_text(") at pc 0x");
    dump_number(trap->pc, 16, 1);
    if (trap->kind == TRAP_PAGE_FAULT) {
        dump_text(", address 0x");
        dump_number(trap->address, 16, 1);
    }
    dump_text(in_handler_of(trap->kind) ? ", in the handler of such traps\n" : "\n");
}

/* Prints the trap on the console, then makes the VMM explain it on stderr. */
static _Noreturn void die_of(const struct trap *trap)
{
    static volatile unsigned dying; /* the number of the hart that dies, + 1 */
    unsigned first = 0;
    bool irq;

    irq_disable();
    if (!__atomic_compare_exchange_n(&dying, &first, hart_id() + 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST) &&
        first != hart_id() + 1) { /* another hart prints already */
        nested_leave(NULL, &irq); /* it may need the locks of this one */
        arch_stop();
    }
    if (first == 0) { /* a trap in this function is not printed again */
        stdio_flush();
        print_trap(trap);
        arch_print_frame(trap->frame);
        dump_flush();
    }
    sbi_trap_exit(trap->cause, trap->pc, trap->address, arch_frame_pointer(trap->frame),
                  arch_return_address(trap->frame));
    vm_abort(); /* the VMM is not Labvisor */
}

void trap_handle(struct trap *trap)
{
    trap_handler *handler = handlers[trap->kind];
    struct nested nested = {.kind = (int)trap->kind, .irq = arch_frame_irq_enabled(trap->frame)};

    if (!handler || in_handler_of(trap->kind))
        die_of(trap);
    nested_begin(&nested);
    irq_restore(nested.irq);
    if (!handler(trap)) {
        irq_disable();
        nested_end(&nested);
        die_of(trap);
    }
    irq_disable();
    nested_end(&nested);
}

void interrupt_handle(void (*handle)(void))
{
    struct nested nested = {.kind = INTERRUPT, .irq = true};

    nested_begin(&nested);
    handle();
    irq_disable();
    nested_end(&nested);
}

/* SPDX-License-Identifier: MIT */
/* Passes exceptions to the guest's handler; without one, prints the registers and ends the VM. */
#include "arch.h"
#include "rt.h"

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

/* Prints the trap on the console, then makes the VMM explain it on stderr. */
static _Noreturn void die_of(const struct trap *trap)
{
    static volatile unsigned dying; /* the number of the hart that dies, + 1 */
    unsigned first = 0;

    if (!__atomic_compare_exchange_n(&dying, &first, hart_id() + 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST) &&
        first != hart_id() + 1)
        arch_stop();  /* another hart prints already */
    if (first == 0) { /* a trap in this function is not printed again */
        printf("\n*** %s (cause %lu) at pc 0x%lx", names[trap->kind], trap->cause, trap->pc);
        if (trap->kind == TRAP_PAGE_FAULT)
            printf(", address 0x%lx", trap->address);
        printf("\n");
        arch_print_frame(trap->frame);
        stdio_flush();
    }
    sbi_trap_exit(trap->cause, trap->pc, trap->address, arch_frame_pointer(trap->frame),
                  arch_return_address(trap->frame));
    vm_exit(134); /* the VMM is not Labvisor: end as abort does */
}

void trap_handle(struct trap *trap)
{
    trap_handler *handler = handlers[trap->kind];

    /* As in the code that trapped; otherwise a handler that leaves by longjmp would leave them off.
     */
    irq_restore(arch_frame_irq_enabled(trap->frame));
    if (!handler || !handler(trap))
        die_of(trap);
    irq_disable();
}

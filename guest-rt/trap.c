/* Exceptions: to the guest's handler, or to the end with a dump. */
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

/* Says what happened on the console, then lets the VMM explain it from outside. */
static _Noreturn void die_of(const struct trap *trap)
{
    static volatile unsigned dying; /* the hart that is, + 1 */
    unsigned first = 0;

    if (!__atomic_compare_exchange_n(&dying, &first, hart_id() + 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST) &&
        first != hart_id() + 1)
        arch_stop();  /* another hart is at it */
    if (first == 0) { /* a trap in here is not reported twice */
        printf("\n*** %s (cause %lu) at pc 0x%lx", names[trap->kind], trap->cause, trap->pc);
        if (trap->kind == TRAP_PAGE_FAULT)
            printf(", address 0x%lx", trap->address);
        printf("\n");
        arch_print_frame(trap->frame);
        stdio_flush();
    }
    sbi_trap_exit(trap->cause, trap->pc, trap->address, arch_frame_pointer(trap->frame),
                  arch_return_address(trap->frame));
    vm_exit(134); /* not Labvisor: end as abort does */
}

void trap_serve(struct trap *trap)
{
    trap_handler *handler = handlers[trap->kind];

    /* As in the code that trapped, so that a handler may leave by longjmp. */
    irq_restore(arch_frame_irq_enabled(trap->frame));
    if (!handler || !handler(trap))
        die_of(trap);
    irq_disable();
}

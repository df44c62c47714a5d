/* SPDX-License-Identifier: MIT */
/*
 * The part of setjmp and longjmp that is not registers. longjmp may leave handlers of traps and
 * ticks, and functions of the runtime that hold its locks. Then it gives the locks back, and
 * interrupts are as in the code that was interrupted. In other code it leaves them alone.
 */
#include <setjmp.h>

#include "rt.h"

/* The last words of a jmp_buf. */
enum { NESTED = 26, IRQ };

/* setjmp.S jumps there from setjmp. Returns 0. */
int setjmp_nested(jmp_buf env);

/* setjmp.S: loads the registers, turns interrupts on if `irq`, and goes on there. Interrupts are
 * off before: a tick could call setjmp with this env. */
_Noreturn void setjmp_return(jmp_buf env, int value, bool irq);

int setjmp_nested(jmp_buf env)
{
    bool on = irq_disable();

    env[IRQ] = on;
    env[NESTED] = (uintptr_t)nested_innermost();
    irq_restore(on);
    return 0;
}

void longjmp(jmp_buf env, int value)
{
    bool on = irq_disable();

    if (!nested_leave((struct nested *)env[NESTED], &on))
        on = env[IRQ];
    setjmp_return(env, value, on);
}

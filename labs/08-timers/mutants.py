# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 8."""

from mutant import Mutant

TRAP, TIMER, CPU, TASKS = "vmm/backends/soft/trap.c", "guest-rt/timer.c", "guest-rt/riscv64/cpu.c", "shared/tasks.c"

MUTANTS = (
    Mutant(
        "injected whatever SIE says",
        TRAP,
        "    if (hart->mode == MODE_S && !(hart->sstatus & SSTATUS_SIE))\n        return;\n    ready",
        "    ready",
        "masked",
        "an S-mode hart whose SIE is 0 takes no interrupt",
    ),
    Mutant(
        "injected whatever sie says",
        TRAP,
        "    ready = hart_pending(hart) & hart->sie;",
        "    ready = hart_pending(hart);",
        "masked",
        "sie says which of the pending interrupts may be taken",
    ),
    Mutant(
        "the wrong one first",
        TRAP,
        "{IRQ_EXTERNAL, IRQ_SOFTWARE, IRQ_TIMER}",
        "{IRQ_EXTERNAL, IRQ_TIMER, IRQ_SOFTWARE}",
        "masked",
        "the software interrupt comes before the timer interrupt: 4.1.3",
    ),
    Mutant(
        "the next tick a period after this one",
        TIMER,
        "timer->tick_at += late / timer->period * timer->period + timer->period;",
        "timer->tick_at = now + timer->period + 0 * late;",
        "ticks",
        "ticks are due at multiples of the period after the first; a tick that is too late is skipped",
    ),
    Mutant(
        "late ticks are made up for",
        TIMER,
        "timer->tick_at += late / timer->period * timer->period + timer->period;",
        "timer->tick_at += timer->period + 0 * late;",
        "ticks",
        "ticks are due at multiples of the period after the first; a tick that is too late is skipped",
    ),
    Mutant(
        "the lost wake-up",
        CPU,
        '        __asm__ volatile("wfi" ::: "memory");\n        arch_irq_enable();\n',
        '        arch_irq_enable();\n        __asm__ volatile("wfi" ::: "memory");\n',
        "idle",
        "the interrupt came between enabling it and wfi: wfi also ends while SIE is 0, so enable after it",
    ),
    Mutant(
        "idle and busy",
        CPU,
        '        __asm__ volatile("wfi" ::: "memory");\n        arch_irq_enable();\n',
        "        arch_irq_enable();\n",
        "idle",
        "an idle hart executes wfi: it does not poll",
    ),
    Mutant(
        "a task that cannot be interrupted",
        TASKS,
        "    irq_enable();\n",
        "",
        "share",
        "a task begins inside an interrupt, with interrupts off: irq_enable",
    ),
    Mutant(
        "all tasks weigh the same",
        TASKS,
        "    turn_left = all[current].weight;\n    context_switch(&old->context, &all",
        "    turn_left = 1;\n    context_switch(&old->context, &all",
        "share",
        "the turn of a task lasts as many ticks as its weight",
    ),
    Mutant(
        "the cause is not an interrupt's",
        TRAP,
        "hart_trap(hart, INTERRUPT | by_priority[i], 0);",
        "hart_trap(hart, by_priority[i], 0);",
        "masked",
        "an interrupt's cause has its highest bit set: INTERRUPT",
    ),
    Mutant(
        "the mode is not looked at",
        TRAP,
        "hart->mode == MODE_S && !(hart->sstatus & SSTATUS_SIE)",
        "!(hart->sstatus & SSTATUS_SIE)",
        "masked",
        "SIE masks interrupts in S-mode alone: a hart in U-mode takes those that sie enables",
    ),
    Mutant(
        "one wfi for each wait",
        CPU,
        "    while (*handled == before) {",
        "    if (*handled == before) {",
        "idle",
        "wfi may end without a reason: wait again until an interrupt has been handled",
    ),
    Mutant(
        "the timer is not stopped",
        TASKS,
        "        timer_stop();\n",
        "",
        "share",
        "the timer ticks until it is stopped: timer_stop, at the last tick",
    ),
)

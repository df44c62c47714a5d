# SPDX-License-Identifier: MIT
"""Lab 8: what is graded."""

import forms
from checks import Answer, Lab, Run
from hints import Hint

TRAP, TIMER, CPU, TASKS = (
    "vmm/backends/soft/trap.c: hart_take_interrupt",
    "guest-rt/timer.c: timer_interrupt",
    "guest-rt/riscv64/cpu.c: arch_irq_wait",
    "labs/08-timers/guest/shared/tasks.c",
)
CAUSE = "its cause: 0x8000000000000005"
# Where a hart that polls is when its instructions are used up: in one of these, whatever is inlined.
WAITING = ("sleep_ns", "irq_wait", "arch_irq_wait", "arch_irq_enable", "irq_disable", "time_ticks", "hart_id")
POLLING = tuple(f"more than # instructions, at last in {name}" for name in WAITING)
YES_NO = forms.choice("yes", "no")
SHARES = ((7, 3), (3, 1), (2, 3, 5), (1, 4), (1, 2, 3))


def ticks(rng):
    count = rng.randrange(8, 40)
    periods = [1, 2, 3, 6, *range(7, count + 3)]
    lines = [f"tick {i}: period {p}{' and more' * (i == 4)}" for i, p in enumerate(periods, 1)]
    return {"args": (str(rng.randrange(80, 300)), str(count)), "stdout": "\n".join(lines) + "\n"}


def idle(rng):
    count = rng.randrange(400, 800)
    return {"args": (str(count),), "stdout": f"{count} sleeps, 0 too short\nand a long one\n100 waits, 0 for nothing\n0 ticks after the end\n"}


def share(rng):
    weights = rng.choice(SHARES)
    rounds = 120 // sum(weights)
    lines = [f"task {i}: {(100 * w + sum(weights) // 2) // sum(weights)} %" for i, w in enumerate(weights)]
    return {
        "args": (str(rounds * sum(weights)), *map(str, weights)),
        "stdout": "\n".join(lines) + "\nafter the end no task works\nno register has changed\n",
    }


LAB = Lab(
    number=8,
    title="Timers, injection, preemption",
    hours=7,
    files=(
        "vmm/backends/soft/trap.c",
        "guest-rt/timer.c",
        "guest-rt/riscv64/cpu.c",
        "labs/08-timers/guest/shared/tasks.c",
        "labs/08-timers/answers.txt",
    ),
    checks=(
        Run(
            "masked",
            20,
            "masked",
            stdout="interrupts off: 0 ''\nits cause: 0x8000000000000005\non: 1 'T'\nthe timer's own switch off: 1 'T'\non again: 2 'TT'\n"
            "two at once: 4 'TTST'\noff, but in U-mode: 5 'TTSTT'\n",
            max_insns=2_000_000,
            hints=(
                Hint("an S-mode hart whose SIE is 0 takes no interrupt", TRAP, "the end", "interrupts off: 0 ''", "more than # instructions, at last in trap_vector"),
                Hint(
                    "sie says which of the pending interrupts may be taken",
                    TRAP,
                    "line 4",
                    "the timer's own switch off: 1 'T'",
                    "the timer's own switch off: 2 'TT'",
                ),
                Hint(
                    "the software interrupt comes before the timer interrupt: 4.1.3",
                    TRAP,
                    "line 6",
                    "two at once: 4 'TTST'",
                    "two at once: 4 'TTTS'",
                ),
                Hint(
                    "SIE masks interrupts in S-mode alone: a hart in U-mode takes those that sie enables",
                    TRAP,
                    "line 7",
                    "off, but in U-mode: 5 'TTSTT'",
                    "off, but in U-mode: 4 'TTST'",
                ),
                Hint("is an interrupt taken at all: hart_trap?", TRAP, "line 2", CAUSE, "its cause: 0x0"),
                Hint("an interrupt's cause has its highest bit set: INTERRUPT", TRAP, "line 2", CAUSE, "its cause: 0x5"),
            ),
        ),
        Run(
            "ticks",
            20,
            "ticks",
            case=ticks,
            hints=(
                Hint(
                    "an interrupt stays pending until the timer is set to a later time: is tick_at after now?",
                    TIMER,
                    "line 2",
                    "tick 2: period 2",
                    "tick 2: period 1",
                ),
                Hint(
                    "an interrupt stays pending until the timer is set to a later time: is tick_at after now?",
                    TIMER,
                    "the end",
                    "tick 1: period 1",
                    "more than # exits, at last TIME.set_timer(stime_value=#)",
                ),
                Hint(
                    "ticks are due at multiples of the period after the first; a tick that is too late is skipped",
                    TIMER,
                    "line 5",
                    "tick 5: period 7",
                    ("tick 5: period 7 and more", "tick 5: period 6 and more", "tick 5: period 10*"),
                ),
            ),
        ),
        Run(
            "idle",
            20,
            "idle",
            case=idle,
            max_exits=10_000,
            max_insns=2_000_000,
            hints=(
                Hint(
                    "the interrupt came between enabling it and wfi: wfi also ends while SIE is 0, so enable after it",
                    CPU,
                    "the end",
                    "# sleeps, 0 too short",
                    "status 116: *it halted with no timer set: nothing can wake it",
                ),
                Hint("an idle hart executes wfi: it does not poll", CPU, "the end", "and a long one", POLLING),
                Hint(
                    "wfi may end without a reason: wait again until an interrupt has been handled",
                    CPU,
                    "line 3",
                    "100 waits, 0 for nothing",
                    "100 waits, # for nothing",
                    lambda nothing: 0 < nothing <= 100,
                ),
                Hint(
                    "tick_at is 0 while no tick is wanted: the interrupt is then the end of a sleep",
                    TIMER,
                    "line 4",
                    "0 ticks after the end",
                    "# ticks after the end",
                    lambda ticks: 0 < ticks <= 100,
                ),
            ),
        ),
        Run(
            "share",
            20,
            "share",
            case=share,
            hints=(
                Hint(
                    "if masked passes: a task begins inside an interrupt, with interrupts off: irq_enable",
                    f"{TASKS}: begin",
                    "the end",
                    "task 0: # %",
                    "more than # instructions, at last in count",
                    after="3 TIME.set_timer(stime_value=#) = 0",  # no tick has come
                ),
                Hint(
                    "after the last tick tasks_run returns: switch to main_context",
                    f"{TASKS}: on_tick",
                    "the end",
                    "task 0: # %",
                    "more than # instructions, at last in count",
                    after=f"* TIME.set_timer(stime_value={2**64 - 1}) = 0",
                ),
                Hint(
                    "the turn of a task lasts as many ticks as its weight",
                    f"{TASKS}: on_tick",
                    "line 1",
                    "task 0: # %",
                    "task 0: # %",
                    lambda want, have: have in (33, 34, 49, 50, 51, 52, 53),  # all are equal, but for the first turn
                ),
                Hint(
                    "the timer ticks until it is stopped: timer_stop, at the last tick",
                    f"{TASKS}: on_tick",
                    "line *",
                    "after the end no task works",
                    "after the end a task works",
                ),
            ),
        ),
        Answer("switch_bit", 5, "privileged specification, 4.1.1; vmm/backends/soft/hart.h", forms.name, sealed="b819de09f976a711"),
        # LAB 8: starter
        # Answer("wfi_ends", 5, "privileged specification, 3.3.3; vmm/backends/soft/execute.c: wfi", YES_NO),
        # LAB 8: solution
        Answer("wfi_ends", 5, "privileged specification, 3.3.3; vmm/backends/soft/execute.c: wfi", YES_NO, sealed="5f1dd9d927daa68e"),
        # LAB 8: end
        Answer("next_handled", 5, "it is late: it is handled as soon as possible", sealed="593942f26544daaa"),
        Answer("on_time", 5, "the multiples of 100 that have passed are skipped", sealed="113ba49b90248493"),
    ),
)

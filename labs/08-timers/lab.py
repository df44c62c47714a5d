# SPDX-License-Identifier: MIT
"""Lab 8: what is graded."""

from checks import Answer, Lab, Run

NEVER_TAKEN = (r"more than \d+ instructions", "no interrupt is taken: hart_take_interrupt, then timer_interrupt")
SHARES = ((7, 3), (3, 1), (2, 3, 5), (1, 4), (1, 2, 3))


def ticks(rng):
    count = rng.randrange(8, 40)
    periods = [1, 2, 3, 6, *range(7, count + 3)]
    lines = [f"tick {i}: period {p}{' and more' * (i == 4)}" for i, p in enumerate(periods, 1)]
    return {"args": (str(rng.randrange(80, 300)), str(count)), "stdout": "\n".join(lines) + "\n"}


def idle(rng):
    count = rng.randrange(400, 800)
    return {"args": (str(count),), "stdout": f"{count} sleeps, 0 too short\nand a long one\n"}


def share(rng):
    weights = rng.choice(SHARES)
    rounds = 120 // sum(weights)
    lines = [f"task {i}: {(100 * w + sum(weights) // 2) // sum(weights)} %" for i, w in enumerate(weights)]
    return {
        "args": (str(rounds * sum(weights)), *map(str, weights)),
        "stdout": "\n".join(lines) + "\nno register has changed\n",
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
            stdout="interrupts off: 0 ''\non: 1 'T'\nthe timer's own switch off: 1 'T'\non again: 2 'TT'\n"
            "two at once: 4 'TTST'\n",
            max_insns=2_000_000,
            hints=(
                (r"interrupts off: 0|more than|expected 0", "an S-mode hart whose SIE is 0 takes no interrupt"),
                (r"own switch off: 1", "sie says which of the pending interrupts may be taken"),
                (r"two at once", "the software interrupt comes before the timer interrupt: 4.1.3"),
                (r"expected 'on: 1", "is an interrupt taken at all: hart_trap, with INTERRUPT in its cause?"),
            ),
        ),
        Run(
            "ticks",
            20,
            "ticks",
            case=ticks,
            hints=(
                (r"of the output: expected 'tick \d+: period \d+", "ticks are due at multiples of the period after the first; a tick that is too late is skipped"),
                NEVER_TAKEN,
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
                (r"nothing can wake it", "the interrupt came between enabling it and wfi: wfi also ends while SIE is 0, so enable after it"),
                (r"more than \d+ instructions", "an idle hart executes wfi: it does not poll"),
            ),
        ),
        Run(
            "share",
            20,
            "share",
            case=share,
            hints=(
                (r"more than \d+ instructions", "a task begins inside an interrupt, with interrupts off: irq_enable"),
                (r"expected 'task", "the turn of a task lasts as many ticks as its weight"),
                (r"page fault|register|died", "a stack grows down: its pointer begins at the end, and each task has its own"),
            ),
        ),
        Answer("switch_bit", 5, "privileged specification, 4.1.1; vmm/backends/soft/hart.h", sealed="884dc6663d85cf0d"),
        # LAB 8: starter
        # Answer("wfi_ends", 5, "privileged specification, 3.3.3; vmm/backends/soft/handlers.def: wfi"),
        # LAB 8: solution
        Answer("wfi_ends", 5, "privileged specification, 3.3.3; vmm/backends/soft/handlers.def: wfi", sealed="d0f39236ec2e1590"),
        # LAB 8: end
        Answer("next_handled", 5, "it is late: it is handled as soon as possible", sealed="f2a9f29dd305e5cf"),
        Answer("on_time", 5, "the multiples of 100 that have passed are skipped", sealed="b58570ad3184753d"),
    ),
)

# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 9."""

from mutant import Mutant

TURNS = "vmm/turns.c"
SLICE = "QUANTUM * plan->weights[turn % 2]"

MUTANTS = (
    Mutant(
        "an exit ends the slice",
        TURNS,
        "            run_for(still_running(guests, turn % 2), QUANTUM * plan->weights[turn % 2], UINT64_MAX);",
        "            run_for(still_running(guests, turn % 2), QUANTUM * plan->weights[turn % 2], 1);",
        "chatty",
        "an exit does not end a slice: the guest keeps the rest of it",
    ),
    Mutant(
        "all weights are the same",
        TURNS,
        SLICE,
        "QUANTUM * 5",
        "slices",
        "a turn lasts QUANTUM instructions times the guest's weight",
    ),
    Mutant(
        "the run ends with the first guest",
        TURNS,
        "!guests[0]->stopped || !guests[1]->stopped",
        "!guests[0]->stopped && !guests[1]->stopped",
        "slices",
        "a guest that has ended gives its turns to the other one, until both have ended",
    ),
    Mutant(
        "guest 1 begins",
        TURNS,
        "            run_for(still_running(guests, turn % 2), UINT64_MAX, 1);",
        "            run_for(still_running(guests, !(turn % 2)), UINT64_MAX, 1);",
        "exits",
        "guest 0 begins; a turn lasts as many exits as the plan says, including the runtime's",
    ),
    Mutant(
        "a line of the plan lasts one exit",
        TURNS,
        "plan->turns[line].exits);",
        "plan->turns[line].exits ? 1 : 0);",
        "by_file",
        "guest 0 begins; a turn lasts as many exits as the plan says, including the runtime's",
    ),
    Mutant(
        "the last line is repeated",
        TURNS,
        "turn % plan->turn_count : 0;",
        "(turn < plan->turn_count ? turn : plan->turn_count - 1) : 0;",
        "by_file",
        "follow the plan exactly: exit for exit, line for line, and then from the start again",
    ),
)

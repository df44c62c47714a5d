# SPDX-License-Identifier: MIT
"""Known mistakes of lab 0."""

from mutant import Mutant

FIRST, ANSWERS = "guest/first.c", "answers.txt"
PRINT = 'printf("Hello from %s\\n", argv[1]);'

MUTANTS = (
    Mutant(
        "no end of the line",
        FIRST,
        "%s\\n",
        "%s",
        "first",
        "a line is one exit: is it complete, with the end of the line, and flushed once?",
    ),
    Mutant(
        "flushed in the middle of the line",
        FIRST,
        PRINT,
        'printf("Hello from ");\n    fflush(stdout);\n    printf("%s\\n", argv[1]);',
        "first",
        "a line is one exit: is it complete, with the end of the line, and flushed once?",
    ),
    Mutant(
        "always success",
        FIRST,
        "return atoi(argv[2]);",
        "return EXIT_SUCCESS;",
        "first",
        "what main returns is the exit status: is it the second argument, as a number?",
    ),
    Mutant("all exits are counted", ANSWERS, "\nwrites=8", "\nwrites=11", "writes", "count the lines DBCN.console_write of the trace, not all exits"),
    Mutant("the answers of somebody else", ANSWERS, "id=reference", "id=somebody", "s11", "with the number that `make seed` prints for your id"),
    Mutant("the status that make has", ANSWERS, "\nstatus=17", "\nstatus=2", "status", "make says 2 for itself"),
)

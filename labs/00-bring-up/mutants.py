# SPDX-License-Identifier: MIT
"""Known mistakes of lab 0."""

from mutant import Mutant

FIRST, ANSWERS = "guest/first.c", "answers.txt"
PRINT = 'printf("Hello from %s\\n", argv[1]);'

MUTANTS = (
    Mutant(
        "no newline",
        FIRST,
        "%s\\n",
        "%s",
        "first",
        "a line is one exit: is it complete, with its newline, and flushed once?",
    ),
    Mutant(
        "flushed in the middle of the line",
        FIRST,
        PRINT,
        'printf("Hello from ");\n    fflush(stdout);\n    printf("%s\\n", argv[1]);',
        "first",
        "a line is one exit: is it complete, with its newline, and flushed once?",
    ),
    Mutant(
        "always success",
        FIRST,
        "return atoi(argv[2]);",
        "return EXIT_SUCCESS;",
        "first",
        "the exit status is the value that main returns: is it the second argument, as a number?",
    ),
    Mutant("all exits are counted", ANSWERS, "\nwrites=8", "\nwrites=11", "writes", "count the lines of the trace with DBCN.console_write, not all exits"),
    Mutant("another person's answers", ANSWERS, "id=reference", "id=somebody", "s11", "with the number that `make seed` prints for your id"),
    Mutant("the status of make", ANSWERS, "\nstatus=17", "\nstatus=2", "status", "make says 2 for itself"),
)

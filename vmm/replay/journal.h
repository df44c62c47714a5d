/* SPDX-License-Identifier: MIT */
/*
 * Keeps a run's input, so that the run can be repeated: in virtual time, two runs of the same guest
 * differ only in their input. The journal has an entry for each time that the guest has read input
 * or asked for its state, in order.
 */
#ifndef REPLAY_JOURNAL_H
#define REPLAY_JOURNAL_H

#include "core/vm.h"

#include <stdio.h>

/*
 * Makes an empty journal.
 *
 * record  receives each new entry; journal_free closes it; NULL: entries are kept in memory only
 *
 * Returns it, or NULL without memory.
 */
struct journal *journal_create(FILE *record);

/* Frees it; NULL is allowed. */
void journal_free(struct journal *journal);

/* Puts it on the VM's consoles. Input comes first from the entries that the run has not repeated
 * yet, then from the console below. */
void journal_attach(struct journal *journal, struct vm *vm);

/* Adds an entry for the run to repeat. `line` is one that was written to `record`, without its end;
 * it is overwritten. Returns false if it is no such line, or without memory. */
bool journal_read_line(struct journal *journal, char *line);

/* Discards the entries that were not repeated yet, because the guest was changed, and the run is
 * new from here on. The guest reads their input again, before new input. */
void journal_cut(struct journal *journal);

/* Declares that all entries were read from a file. The guest ends if it wants more input after so
 * many instructions. */
void journal_close(struct journal *journal, uint64_t insns);

/* Closes `record`, if there is one. Returns 0, or STATUS_HOST after a message. */
int journal_close_record(struct journal *journal);

/* Writes a line to `record`, if there is one. */
void journal_note(struct journal *journal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each reads a word, or a blank and a number, at *at, and moves *at after it. Returns false if it
 * is not there. */
bool journal_take_word(char **at, const char *word);
bool journal_take_number(char **at, int base, uint64_t *number);

/* Converts hexadecimal digits, such as "00ff", to bytes, in place. Returns how many bytes, or -1 if
 * there is anything else. */
long journal_from_hex(char *text);

#endif

/*
 * All that a run has taken from outside: where time is virtual, two runs of the same guest can
 * differ in nothing else. With the journal the run can be repeated. An entry is what the guest has
 * seen of its input, in the order in which it saw it.
 */
#ifndef REPLAY_JOURNAL_H
#define REPLAY_JOURNAL_H

#include "core/vm.h"

#include <stdio.h>

/*
 * Makes an empty journal.
 *
 * record  receives the entries as they come, and is closed with the journal; NULL: nowhere
 *
 * Returns NULL without memory.
 */
struct journal *journal_create(FILE *record);
void journal_free(struct journal *journal);

/* Puts it on the VM's consoles: input comes from the entries that have not been repeated yet, and
 * then from the console below. */
void journal_attach(struct journal *journal, struct vm *vm);

/* Adds an entry to be repeated, from a line as `record` gets them, without its end. Changes the
 * line. Returns false if it is not such a line. */
bool journal_read_line(struct journal *journal, char *line);

/* Discards the entries after the present one: the guest was changed, and the run is a new one from
 * here on. What they have read is read again before new input. */
void journal_cut(struct journal *journal);

/* Says that there are no entries but those from a file: the guest ends when they are used up. */
void journal_close(struct journal *journal);

/* Writes a line to `record`. */
void journal_note(struct journal *journal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each takes a word, or a blank and a number, from the start of *at, and sets *at after it.
 * Returns false if it is not there. */
bool journal_take_word(char **at, const char *word);
bool journal_take_number(char **at, int base, uint64_t *number);

/* Converts "00ff" to two bytes, in place. Returns how many bytes, or -1. */
long journal_from_hex(char *text);

#endif

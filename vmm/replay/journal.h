/*
 * What a run has taken from outside: the only things that two runs of the same guest can differ
 * in, where time is virtual. Whoever has the journal can repeat the run. An entry is what the
 * guest has seen, in the order in which it saw it.
 */
#ifndef VMM_REPLAY_JOURNAL_H
#define VMM_REPLAY_JOURNAL_H

#include "core/vm.h"

#include <stdio.h>

/* Each takes what comes from the host, or, while there are entries that were not repeated yet, from
 * those. vm->journal may be NULL: then it is the host alone. */

/* What host_input_state tells. It is an entry only if the guest sees it: then call it with what it
 * has seen. */
unsigned journal_input_state(struct vcpu *vcpu);
void journal_input_seen(struct vcpu *vcpu, unsigned state);

/* As host_input_read. */
size_t journal_input_read(struct vcpu *vcpu, void *buffer, size_t size);

/* All sleep: is the answer known whether a timer comes before any input? */
enum early { EARLY_UNKNOWN, EARLY_TIMER, EARLY_INPUT };
enum early journal_who_is_early(struct vm *vm);
void journal_timer_came(struct vm *vm);

/* record: NULL, or where entries are written to as they come. Returns NULL without memory. */
struct journal *journal_create(FILE *record);
void journal_free(struct journal *journal);

/* Adds an entry to be repeated, from a line as `record` gets them, without its end; the line is
 * changed. Returns false if it is no such line. */
bool journal_read_line(struct journal *journal, char *line);

/* How many entries the guest has seen. To go back there; and to forget those that come after. */
size_t journal_position(const struct journal *journal);
void journal_go_back(struct journal *journal, size_t position);
void journal_cut(struct journal *journal);

/* With entries from a file alone: there is no host to ask when they are used up. */
void journal_close(struct journal *journal);

/* Writes a line to `record`. */
void journal_note(struct journal *journal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each takes a word, or a blank and a number, from the start of *at, and leaves it behind that. */
bool journal_take_word(char **at, const char *word);
bool journal_take_number(char **at, int base, uint64_t *number);

/* "00ff" to two bytes, in place. Returns how many, or -1. */
long journal_from_hex(char *text);

#endif

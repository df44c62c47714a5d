/*
 * Recordings: files with all that a run has taken from outside, so that another person can repeat
 * it. They are text, a line each: what shaped the run, then its journal, then how it ended.
 */
#ifndef REPLAY_RECORD_H
#define REPLAY_RECORD_H

#include "image/image.h"
#include "journal.h"

/* What shaped a run, and how it ended. */
struct recording {
    uint64_t memory, seed; /* memory: bytes */
    unsigned vcpus;
    char *args; /* as vm->args; owned, until it is taken over */
    size_t args_size;
    bool ended; /* its end is known: */
    int status;
    uint64_t insns;
};

/*
 * Begins a recording of a VM that is about to run, into `out`.
 *
 * Returns the journal that writes it, which the caller attaches and frees, or NULL without memory.
 */
struct journal *record_begin(const struct vm *vm, uint64_t seed, FILE *out);

/* Notes the end of the run. */
void record_end(const struct vm *vm, struct journal *journal);

/*
 * Reads a recording.
 *
 * recording  zeroed; receives what shaped that run; the caller frees recording->args
 * journal    empty; receives that run's journal
 * path       the file
 * image      the guest, which has to be that run's
 *
 * Returns 0, or a status after fail().
 */
int record_open(struct recording *recording, struct journal *journal, const char *path,
                const struct image *image);

/* Checks, at the end of a run, that it was the recorded one. Returns 0, or a status after fail().
 */
int record_check(const struct recording *recording, const struct vm *vm, int status);

#endif

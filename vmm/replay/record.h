/* SPDX-License-Identifier: MIT */
/*
 * Recordings: text files with which another person can repeat a run. The lines are the options of
 * the run, then the entries of its journal, then its end.
 */
#ifndef REPLAY_RECORD_H
#define REPLAY_RECORD_H

#include "image/image.h"
#include "journal.h"

/* A run's options and its end. */
struct recording {
    uint64_t memory, seed; /* memory: bytes */
    unsigned vcpus;
    char *args;       /* as vm->args; owned */
    size_t args_size; /* bytes */
    bool ended;       /* status and insns are known; false: the recorder was killed */
    int status;       /* the exit status */
    uint64_t insns;   /* instructions executed */
};

/*
 * Begins a recording of a VM that has not run yet. `out` belongs to the journal afterwards.
 *
 * Returns the journal that writes it, which the caller attaches and frees; NULL without memory.
 */
struct journal *record_begin(const struct vm *vm, uint64_t seed, FILE *out);

/* Writes the end of the run, and closes the file. `signal` ended it; 0: none did. Returns 0, or
 * STATUS_HOST after a message. */
int record_end(const struct vm *vm, struct journal *journal, int signal);

/*
 * Reads a recording.
 *
 * recording  zeroed; receives the run's options and end; the caller frees recording->args
 * journal    empty; receives the entries
 * path       the file
 * image      the guest; has to be the recorded one
 *
 * Returns 0, or a status after fail().
 */
int record_open(struct recording *recording, struct journal *journal, const char *path,
                const struct image *image);

/* The same from a stream, which the caller closes. path: its name, for messages. */
int record_read(struct recording *recording, struct journal *journal, FILE *in, const char *path,
                const struct image *image);

/* Returns how a run ends that reaches the last instruction of the recorded one, and has not ended:
 * as that did, if the host ended it; or with STATUS_REPLAY. */
int record_limit_status(const struct recording *recording);

/* Checks that a repeated run has ended as the recorded one. Returns 0, or a status after fail(). */
int record_check(const struct recording *recording, const struct vm *vm, int status);

#endif

/*
 * Recordings: files with what a run has taken from outside, so that another person can repeat it.
 * Text, a line each: what shaped the run, then what its journal has noted, then how it ended.
 */
#ifndef VMM_REPLAY_RECORD_H
#define VMM_REPLAY_RECORD_H

#include "core/vm.h"
#include "main/options.h"

/* Begins a recording of the run that vm and options are about to begin; vm->journal writes it.
 * Returns 0, or a status after fail(). */
int record_begin(struct vm *vm, const struct options *options);

/* Notes the end of the run. */
void record_end(struct vm *vm);

/*
 * Reads a recording.
 *
 * options  gets what shaped that run
 * vm       gets its journal and the guest's arguments; it has an image, which has to be that run's
 *
 * Returns 0, or a status after fail().
 */
int record_open(struct vm *vm, struct options *options);

/* At the end of a run that was to be the same: whether it was. Returns 0, or a status after
 * fail(). */
int record_check(const struct vm *vm, int status);

#endif

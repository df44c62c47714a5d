/* --label: the output of each hart in whole lines, with the hart's number before them. */
#ifndef VMM_WATCH_LABELS_H
#define VMM_WATCH_LABELS_H

#include "core/vm.h"

/* Returns NULL when memory is out. colour: a terminal reads it. */
struct labels *labels_create(unsigned vcpus, bool colour);

/* Takes a vCPU's output. Returns false if the console failed and the VM is stopped. */
bool labels_write(struct vcpu *vcpu, const char *text, size_t size);

/* Shows a line that has no end yet: its hart waits, perhaps for an answer to it. */
void labels_show(struct vcpu *vcpu);

/* Shows what is left of all lines. */
void labels_finish(struct vm *vm);
void labels_free(struct vm *vm);

/* A copy of all that is not shown yet, to be freed; NULL without labels. And back to it. */
void *labels_save(const struct vm *vm);
void labels_restore(struct vm *vm, const void *copy);

#endif

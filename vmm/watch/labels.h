/* SPDX-License-Identifier: MIT */
/* --label: writes each hart's output in complete lines, with the hart's number before them. */
#ifndef WATCH_LABELS_H
#define WATCH_LABELS_H

#include "core/vm.h"

/*
 * Puts labels on the VM's console.
 *
 * colour  give each hart a colour: the output goes to a terminal
 *
 * Returns them, to be freed with free() after the run; NULL without memory.
 */
struct labels *labels_create(struct vm *vm, bool colour);

#endif

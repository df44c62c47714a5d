/* --label: the output of each hart in whole lines, with the hart's number before them. */
#ifndef WATCH_LABELS_H
#define WATCH_LABELS_H

#include "core/vm.h"

/* Puts labels on the VM's console; the caller frees them with free(). colour: a terminal shows the
 * output. Returns NULL without memory. */
struct labels *labels_create(struct vm *vm, bool colour);

#endif

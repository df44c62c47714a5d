/* SPDX-License-Identifier: MIT */
/* For targets that run a guest on soft: a quiet host, and a VM of two harts (machine.c). */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include "image/image.h"
#include "replay/journal.h"

#include <stddef.h>
#include <stdint.h>

extern unsigned host_waits; /* how often the VMM has waited; after a few times the run is ended */

/*
 * Runs a guest.
 *
 * code     its instructions, which begin the RAM
 * size     their bytes
 * journal  what the guest reads comes from it
 * run      runs the VM; whatever it creates it also frees
 *
 * RAM is exactly one malloc block, so that ASan sees an access outside it.
 */
void machine_run(const uint32_t *code, size_t size, struct journal *journal,
                 void (*run)(struct vm *vm, struct journal *journal));

/* An image without a byte, which machine_run's VM has. */
extern struct image machine_image;

#endif

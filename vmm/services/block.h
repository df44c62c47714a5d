/* SPDX-License-Identifier: MIT */
/* A virtio block device: the disk of --disk. */
#ifndef SERVICES_BLOCK_H
#define SERVICES_BLOCK_H

#include "disk.h"
#include "virtio.h"

struct block {
    struct virtio virtio;
    struct vm *vm;
    struct disk disk;
    struct block_config {
        uint64_t capacity; /* sectors */
        uint32_t size_max; /* bytes of a piece */
        uint32_t seg_max;  /* pieces of a request */
    } config;
};

/*
 * Makes a device with a file's contents, and adds it to the VM.
 *
 * base            where its registers begin
 * keeps_versions  the run can go back in time
 *
 * Returns 0, or a status after fail(). block_free undoes either.
 */
int block_add(struct block *block, struct vm *vm, struct plic *plic, gpa_t base,
              const struct source *file, bool keeps_versions);
void block_free(struct block *block);

#endif

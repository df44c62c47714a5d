/* SPDX-License-Identifier: MIT */
/*
 * The contents of a disk: a file, and what the guest has written since. The file is never changed:
 * a block is copied at its first write.
 */
#ifndef SERVICES_DISK_H
#define SERVICES_DISK_H

#include "core/vm.h"
#include "image/image.h"

#define DISK_SECTOR 512

struct disk {
    const struct source *file;
    uint64_t sectors;
    bool keeps_versions; /* the run can go back: what a block held before is kept */

    /* All that the run has written, in order; where the run has gone back, also what comes after.
     */
    struct version {
        uint64_t block;
        struct version *before; /* of the same block; NULL: the file has it */
        uint8_t *bytes;
    } * *versions;
    uint64_t count, room;
    uint64_t applied;        /* so many of them are in `blocks` */
    struct version **blocks; /* by block: the version that it has now; NULL: the file's */
    struct state_area area;  /* of `written` */
    uint64_t written;        /* the guest's state: versions that it has written */
};

/* Prepares a disk with a file's contents, of whole sectors. Returns 0, or a status after fail().
 * disk_free undoes either. */
int disk_open(struct disk *disk, struct vm *vm, const struct source *file, bool keeps_versions);
void disk_free(struct disk *disk);

/* Read and write a sector, whose number the caller has checked. Return false if the host failed:
 * the file has changed, or memory is out. */
bool disk_read(struct disk *disk, uint64_t sector, uint8_t *bytes);
bool disk_write(struct disk *disk, uint64_t sector, const uint8_t *bytes);

#endif

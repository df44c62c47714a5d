/* SPDX-License-Identifier: MIT */
/*
 * Going back in time takes back writes: a snapshot has only the number of writes so far. The disk
 * keeps them all, in order, and undoes or repeats as many as lie between two snapshots.
 */
#include "disk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK         4096u
#define SECTORS_BLOCK (BLOCK / DISK_SECTOR)
#define SECTORS_MAX   (UINT64_C(1) << 31) /* 1 TiB */

int disk_open(struct disk *disk, struct vm *vm, const struct source *file, bool keeps_versions)
{
    *disk = (struct disk){
        .file = file, .sectors = file->size / DISK_SECTOR, .keeps_versions = keeps_versions};
    if (file->size == 0 || file->size % DISK_SECTOR || disk->sectors > SECTORS_MAX)
        return fail(STATUS_USAGE,
                    "--disk: %s: %" PRIu64 " bytes: a disk has sectors of %d bytes, and 1 TiB at "
                    "most",
                    file->name, file->size, DISK_SECTOR);
    disk->blocks = calloc(disk->sectors / SECTORS_BLOCK + 1, sizeof(disk->blocks[0]));
    if (!disk->blocks)
        return fail(STATUS_HOST, "--disk: %s: out of memory", file->name);
    disk->area = (struct state_area){&disk->written, sizeof(disk->written), NULL};
    if (keeps_versions) /* else the disk outlives a reboot of the guest, as a real one does */
        vm_add_state(vm, &disk->area);
    return 0;
}

static void free_version(struct version *version)
{
    if (version)
        free(version->bytes);
    free(version);
}

/* Frees the versions from a number on. None of them is applied. */
static void forget_from(struct disk *disk, uint64_t number)
{
    while (disk->count > number)
        free_version(disk->versions[--disk->count]);
}

void disk_free(struct disk *disk)
{
    forget_from(disk, 0);
    free(disk->versions);
    free(disk->blocks);
}

/* Brings the blocks to the point of the run where the guest is now. */
static void follow(struct disk *disk)
{
    for (; disk->applied > disk->written; disk->applied--) {
        const struct version *version = disk->versions[disk->applied - 1];

        disk->blocks[version->block] = version->before;
    }
    for (; disk->applied < disk->written; disk->applied++) {
        struct version *version = disk->versions[disk->applied];

        version->before = disk->blocks[version->block];
        disk->blocks[version->block] = version;
    }
}

/* Reads a whole block, as it is now. The file's last one may be shorter. */
static bool read_block(const struct disk *disk, uint64_t block, uint8_t *bytes)
{
    const uint64_t at = block * BLOCK, left = disk->file->size - at;
    const size_t size = left < BLOCK ? (size_t)left : BLOCK;

    if (disk->blocks[block]) {
        memcpy(bytes, disk->blocks[block]->bytes, BLOCK);
        return true;
    }
    memset(bytes, 0, BLOCK);
    return disk->file->read(disk->file, at, bytes, size) == size;
}

bool disk_read(struct disk *disk, uint64_t sector, uint8_t *bytes)
{
    const uint64_t block = sector / SECTORS_BLOCK, at = sector % SECTORS_BLOCK * DISK_SECTOR;

    follow(disk);
    if (disk->blocks[block]) {
        memcpy(bytes, disk->blocks[block]->bytes + at, DISK_SECTOR);
        return true;
    }
    return disk->file->read(disk->file, sector * DISK_SECTOR, bytes, DISK_SECTOR) == DISK_SECTOR;
}

/* Makes room for one version more. */
static bool make_room(struct disk *disk)
{
    uint64_t room = disk->room ? 2 * disk->room : 64;
    struct version **versions;

    if (disk->count < disk->room)
        return true;
    versions = realloc(disk->versions, room * sizeof(versions[0]));
    if (!versions)
        return false;
    disk->versions = versions;
    disk->room = room;
    return true;
}

/* Makes a version of a block with one sector changed. Returns NULL if the host failed. */
static struct version *new_version(const struct disk *disk, uint64_t block, uint64_t at,
                                   const uint8_t *bytes)
{
    struct version *version = calloc(1, sizeof(*version));

    if (version)
        version->bytes = malloc(BLOCK);
    if (!version || !version->bytes || !read_block(disk, block, version->bytes)) {
        free_version(version);
        return NULL;
    }
    memcpy(version->bytes + at, bytes, DISK_SECTOR);
    version->block = block;
    return version;
}

/* Returns whether a run that has gone back writes now what it wrote before. */
static bool is_repeated(const struct disk *disk, const struct version *version)
{
    const struct version *known =
        disk->written < disk->count ? disk->versions[disk->written] : NULL;

    return known && known->block == version->block &&
           memcmp(known->bytes, version->bytes, BLOCK) == 0;
}

bool disk_write(struct disk *disk, uint64_t sector, const uint8_t *bytes)
{
    const uint64_t block = sector / SECTORS_BLOCK, at = sector % SECTORS_BLOCK * DISK_SECTOR;
    struct version *version;

    follow(disk);
    if (!disk->keeps_versions && disk->blocks[block]) {
        memcpy(disk->blocks[block]->bytes + at, bytes, DISK_SECTOR);
        return true;
    }
    version = new_version(disk, block, at, bytes);
    if (!version || !make_room(disk)) {
        free_version(version);
        return false;
    }
    if (is_repeated(disk, version)) {
        free_version(version); /* the one that is known leads on to those after it */
    } else {
        forget_from(disk, disk->written);
        disk->versions[disk->count++] = version;
    }
    disk->written++;
    follow(disk);
    return true;
}

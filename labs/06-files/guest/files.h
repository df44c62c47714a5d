/* SPDX-License-Identifier: MIT */
/* What guest and VMM agree on about files; for both of them. */
#ifndef FILES_H
#define FILES_H

#include <stdint.h>

#define FILE_READ  0
#define FILE_WRITE 1 /* makes the file, or empties it */

#define FILE_HANDLES  8
#define FILE_PATH_MAX 200 /* bytes */

/* Moves bytes between an open file and the guest's memory; lies in the guest's memory. */
struct file_request {
    uint64_t handle;
    uint64_t offset;  /* in the file, bytes */
    uint64_t address; /* guest physical */
    uint64_t length;  /* bytes */
    uint64_t write;   /* 1: to the file; 0: from it */
};

#endif

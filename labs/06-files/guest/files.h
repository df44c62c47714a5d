/* SPDX-License-Identifier: MIT */
/* The files' constants and requests, for guest and VMM. */
#ifndef FILES_H
#define FILES_H

#include <stdint.h>

#define FILE_READ  0
#define FILE_WRITE 1 /* creates the file, or truncates it */

#define FILE_HANDLES  8
#define FILE_PATH_MAX 200 /* bytes */

/* A request to copy bytes between an open file and the guest's memory. It is in the guest's memory.
 */
struct file_request {
    uint64_t handle;
    uint64_t offset;  /* bytes, in the file */
    uint64_t address; /* guest physical */
    uint64_t length;  /* bytes */
    uint64_t write;   /* 1: to the file; 0: from it */
};

#endif

/* SPDX-License-Identifier: MIT */
/* Writes a core: an ELF file with a guest's memory and registers, which gdb opens with the guest.
 */
#ifndef IMAGE_CORE_FILE_H
#define IMAGE_CORE_FILE_H

#include "core/vm.h"

/*
 * Writes a core of a VM that has stopped, and prints how to open it.
 *
 * fd    the file, which must be empty; it becomes sparse: pages of zeros are not written
 * path  its name, for messages
 *
 * Returns 0, or a status after fail().
 */
int core_write(struct vm *vm, int fd, const char *path);

#endif

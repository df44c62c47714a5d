/* A core: an ELF file with a guest's memory and registers, which gdb opens beside the guest. */
#ifndef IMAGE_CORE_FILE_H
#define IMAGE_CORE_FILE_H

#include "core/vm.h"

/*
 * Writes one of a VM that has stopped.
 *
 * fd    the file, which must be empty; it is sparse where RAM holds only zeros
 * path  its name, for messages
 *
 * Returns 0, or a status after fail().
 */
int core_write(struct vm *vm, int fd, const char *path);

#endif

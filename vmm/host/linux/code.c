/* SPDX-License-Identifier: MIT */
/* Memory for code that is made at run time. No page is ever writable and executable at one address.
 */
#include "core/platform.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3 */
#endif

/* What was unmapped: for a VM that gdb restarts, because the sandbox lets nobody map such memory.
 */
static struct code_memory kept;

/* Creates a file in memory that may be executed. */
static int create(size_t size)
{
    int fd = memfd_create("translated code", MFD_CLOEXEC | MFD_EXEC);

    if (fd < 0)
        fd = memfd_create("translated code", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool host_map_code(struct code_memory *memory, size_t size)
{
    void *write, *run;
    int fd;

    if (kept.write) {
        *memory = kept;
        kept = (struct code_memory){NULL, NULL};
        return true;
    }
    fd = create(size);
    if (fd < 0)
        return false;
    write = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    run = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    close(fd);
    if (write != MAP_FAILED && run != MAP_FAILED) {
        *memory = (struct code_memory){write, run};
        return true;
    }
    if (write != MAP_FAILED)
        munmap(write, size);
    if (run != MAP_FAILED)
        munmap(run, size);
    return false;
}

void host_unmap_code(struct code_memory *memory, size_t size)
{
    (void)size;
    if (memory->write)
        kept = *memory;
    *memory = (struct code_memory){NULL, NULL};
}

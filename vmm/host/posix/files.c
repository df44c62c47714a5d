/* SPDX-License-Identifier: MIT */
/* Files for images and options, and memory for guests. */
#include "host.h"

#include "core/platform.h"
#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t file_read(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
    size_t done = 0;

    if (offset > INT64_MAX - length)
        return 0;
    while (done < length) {
        ssize_t got = pread((int)source->handle, (char *)buffer + done, length - done,
                            (off_t)(offset + done));

        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return done;
}

/* Opens a regular file for reading. Returns NULL, or in words why it cannot. */
static const char *open_source(struct source *source, const char *path)
{
    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat stat;

    if (fd < 0 || fstat(fd, &stat) < 0)
        return strerror(errno);
    *source = (struct source){
        .name = path,
        .size = (uint64_t)stat.st_size,
        .read = file_read,
        .handle = (uintptr_t)fd,
    };
    if (S_ISREG(stat.st_mode))
        return NULL;
    host_close_image(source);
    return S_ISDIR(stat.st_mode) ? "is a directory" : "not a regular file";
}

int host_open_image(struct source *source, const char *path)
{
    const char *why = open_source(source, path);

    return why ? fail(STATUS_IMAGE, "%s: %s: give a guest image", path, why) : 0;
}

int host_open_file(struct source *source, const char *option, const char *path)
{
    const char *why = open_source(source, path);

    return why ? fail(STATUS_USAGE, "%s: %s: %s", option, path, why) : 0;
}

void host_close_image(struct source *source)
{
    close((int)source->handle);
}

int host_create_file(const char *option, const char *path, const struct source *image)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    struct stat file, guest;

    if (fd < 0) {
        fail(STATUS_USAGE, "%s: %s: %s", option, path, strerror(errno));
        return -1;
    }
    if (fstat(fd, &file) == 0 && fstat((int)image->handle, &guest) == 0 &&
        file.st_dev == guest.st_dev && file.st_ino == guest.st_ino) {
        fail(STATUS_USAGE, "%s: %s: this is the guest: give another file", option, path);
        close(fd);
        return -1;
    }
    if (S_ISREG(file.st_mode) && ftruncate(fd, 0) < 0) {
        fail(STATUS_USAGE, "%s: %s: %s", option, path, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

void host_remove_file(const char *path, int fd)
{
    struct stat file;

    if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode))
        unlink(path);
}

/* Returns whether a file has anything but zeros. Reads what the file system does not call a hole.
 */
static bool has_data(int fd)
{
    char block[1 << 14];
    ssize_t got;
    off_t at = 0;

#ifdef SEEK_DATA
    at = lseek(fd, 0, SEEK_DATA);
    if (at < 0 && errno == ENXIO)
        return false;
    if (at < 0)
        at = 0; /* this file system cannot tell */
#endif
    while ((got = pread(fd, block, sizeof(block), at)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            if (block[i])
                return true;
        at += got;
    }
    return got < 0;
}

/* Makes an empty file as large as the guest's memory. Refuses one with data, which the guest would
 * find in its memory and then overwrite. Another program may have set its size already. */
static bool size_memory_file(int fd, const char *path, uint64_t size)
{
    struct stat stat;

    if (fstat(fd, &stat) < 0) {
        fail(STATUS_USAGE, "--memory-file: %s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(stat.st_mode) || (stat.st_size && (uint64_t)stat.st_size != size) ||
        has_data(fd)) {
        fail(STATUS_USAGE, "--memory-file: %s: not an empty file: remove it, or give another one",
             path);
        return false;
    }
    if (stat.st_size == 0 && ftruncate(fd, (off_t)size) < 0) {
        fail(STATUS_HOST, "--memory-file: %s: cannot have %llu MiB: %s: give less memory", path,
             (unsigned long long)(size >> 20), strerror(errno));
        return false;
    }
    return true;
}

/* Opens the file that is to hold a guest's memory. Returns -1 after fail(). */
static int open_memory_file(const char *path, uint64_t size)
{
    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);

    if (fd < 0)
        fail(STATUS_USAGE, "--memory-file: %s: %s", path, strerror(errno));
    if (fd < 0 || size_memory_file(fd, path, size))
        return fd;
    close(fd);
    return -1;
}

int host_map_memory(struct memory *memory, const char *path)
{
    const int kind = path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    int fd = path ? open_memory_file(path, memory->size) : -1;
    void *hva;

    if (path && fd < 0)
        return STATUS_USAGE;
    hva = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, kind | MAP_NORESERVE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (hva == MAP_FAILED)
        return fail(STATUS_HOST, "-m: cannot map %llu MiB for the guest: %s: give less memory",
                    (unsigned long long)(memory->size >> 20), strerror(errno));
    memory->hva = hva;
    return 0;
}

void host_clear_memory(const struct memory *memory, bool in_file)
{
    if (in_file || madvise(memory->hva, memory->size, MADV_DONTNEED) < 0)
        memset(memory->hva, 0, memory->size);
}

void host_unmap_memory(struct memory *memory)
{
    if (memory->hva)
        munmap(memory->hva, memory->size);
    memory->hva = NULL;
}

bool host_write_at(int file, const void *bytes, size_t size, uint64_t offset)
{
    return pwrite(file, bytes, size, (off_t)offset) == (ssize_t)size;
}

bool host_set_size(int file, uint64_t size)
{
    return ftruncate(file, (off_t)size) == 0;
}

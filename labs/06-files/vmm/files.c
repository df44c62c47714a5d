/* SPDX-License-Identifier: MIT */
/*
 * Lab 6: files for the guest, all of them in one folder of the host. The VMM does not trust the
 * guest: it checks paths and handles, and the guest's memory may change at any time.
 */
#include "core/hypercall.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../guest/files.h"

#define FOLDER "files/folder" /* relative to the directory in which labvisor was started */

static struct {
    bool open;
    int fd;
} handles[FILE_HANDLES];

/*
 * Opens a file of the folder, or of a folder in it.
 *
 * path   ends with a NUL; is changed
 * flags  for openat()
 *
 * Returns a file descriptor, or an error of SBI: SBI_ERR_DENIED if the path is empty or absolute,
 * has a part "..", "." or an empty part, has a link as a part, or is not a plain file;
 * SBI_ERR_FAILED if the file does not exist, or cannot be created.
 */
static int open_inside(char *path, int flags)
{
    // LAB 6: starter
    // (void)path, (void)flags;
    // return SBI_ERR_FAILED;
    // LAB 6: solution
    int at = open(FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1, error = 0;
    struct stat info;

    for (char *rest = path, *part; at >= 0 && (part = strsep(&rest, "/"));) {
        if (!*part || strcmp(part, ".") == 0 || strcmp(part, "..") == 0) {
            close(at);
            return SBI_ERR_DENIED;
        }
        fd = openat(at, part,
                    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (rest ? O_PATH | O_DIRECTORY : flags),
                    0666);
        error = errno;
        close(at);
        at = rest ? fd : -1;
        if (fd < 0)
            return error == ELOOP || error == ENOTDIR || error == EISDIR ? SBI_ERR_DENIED
                                                                         : SBI_ERR_FAILED;
    }
    if (fd < 0)
        return SBI_ERR_FAILED; /* there is no folder */
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        return fd;
    close(fd);
    return SBI_ERR_DENIED;
    // LAB 6: end
}

/*
 * file_open(num_bytes, path, flags): opens a file. The path has num_bytes bytes, and no NUL.
 * Returns a handle, from 0 on; SBI_ERR_INVALID_PARAM if the path is not in RAM, is longer than
 * FILE_PATH_MAX, or has a NUL in it, or if flags are unknown; SBI_ERR_NO_SHMEM if all handles are
 * in use; or the error of open_inside.
 */
void handle_LAB6_file_open(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    // LAB 6: starter
    // (void)vcpu, (void)args, (void)ret, (void)handles, (void)open_inside;
    // LAB 6: solution
    const void *from = memory_at(&vcpu->vm->memory, gpa(args[1]), args[0]);
    char path[FILE_PATH_MAX + 1] = "";
    unsigned handle = 0;
    int fd;

    ret->error = SBI_ERR_INVALID_PARAM;
    if (!from || args[0] > FILE_PATH_MAX || args[2] > FILE_WRITE)
        return;
    memcpy(path, from, args[0]);
    if (strlen(path) != args[0])
        return;
    while (handle < FILE_HANDLES && handles[handle].open)
        handle++;
    if (handle == FILE_HANDLES) {
        ret->error = SBI_ERR_NO_SHMEM;
        return;
    }
    fd = open_inside(path, args[2] == FILE_WRITE ? O_RDWR | O_CREAT | O_TRUNC : O_RDONLY);
    if (fd < 0) {
        ret->error = fd;
        return;
    }
    handles[handle].fd = fd;
    handles[handle].open = true;
    *ret = (struct sbiret){SBI_SUCCESS, handle};
    // LAB 6: end
}

/*
 * file_transfer(request): performs a struct file_request.
 * Returns the number of bytes copied, fewer than length only at the file's end;
 * SBI_ERR_INVALID_PARAM if the request is not in RAM, the handle is not open, or the offset is
 * above INT64_MAX; SBI_ERR_INVALID_ADDRESS if the buffer is not in RAM.
 */
void handle_LAB6_file_transfer(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    // LAB 6: starter
    // (void)vcpu, (void)args, (void)ret;
    // LAB 6: solution
    const struct memory *memory = &vcpu->vm->memory;
    const void *from = memory_at(memory, gpa(args[0]), sizeof(struct file_request));
    struct file_request request;
    uint8_t *buffer;
    uint64_t done = 0;
    ssize_t moved = 1;
    int fd;

    ret->error = SBI_ERR_INVALID_PARAM;
    if (!from)
        return;
    memcpy(&request, from, sizeof(request));
    if (request.handle >= FILE_HANDLES || !handles[request.handle].open ||
        request.offset > INT64_MAX)
        return;
    fd = handles[request.handle].fd;
    buffer = memory_for_write(vcpu->vm, gpa(request.address), request.length);
    if (!buffer) {
        ret->error = SBI_ERR_INVALID_ADDRESS;
        return;
    }
    for (; done < request.length && moved > 0; done += (uint64_t)moved) {
        off_t at = (off_t)(request.offset + done);
        uint64_t left = request.length - done;

        moved = request.write ? pwrite(fd, buffer + done, left, at)
                              : pread(fd, buffer + done, left, at);
        if (moved < 0) {
            ret->error = SBI_ERR_FAILED;
            return;
        }
    }
    *ret = (struct sbiret){SBI_SUCCESS, (long)done};
    // LAB 6: end
}

/* file_close(handle): closes it. Returns SBI_ERR_INVALID_PARAM if it is not open. */
void handle_LAB6_file_close(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu;
    // LAB 6: starter
    // (void)args, (void)ret;
    // LAB 6: solution
    if (args[0] >= FILE_HANDLES || !handles[args[0]].open) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    close(handles[args[0]].fd);
    handles[args[0]].open = false;
    *ret = (struct sbiret){SBI_SUCCESS, 0};
    // LAB 6: end
}

/* SPDX-License-Identifier: MIT */
/* A solution of lab 6 by another author. */
#include "core/hypercall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../guest/files.h"

static int fds[FILE_HANDLES];
static bool used[FILE_HANDLES];

/* Says whether a part may be walked. */
static bool is_plain_name(const char *s, size_t n)
{
    if (n == 0)
        return false;
    if (s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')))
        return false;
    return true;
}

static int step(int dir, const char *s, size_t n, int how)
{
    char name[NAME_MAX + 1];
    int next;

    if (n > NAME_MAX)
        return SBI_ERR_FAILED;
    memcpy(name, s, n);
    name[n] = 0;
    next = openat(dir, name, how | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (next >= 0)
        return next;
    switch (errno) {
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
        return SBI_ERR_DENIED;
    default:
        return SBI_ERR_FAILED;
    }
}

static int open_inside(char *path, int flags)
{
    int dir = open("files/folder", O_PATH | O_DIRECTORY);
    const char *s = path;

    while (dir >= 0) {
        const char *slash = strchr(s, '/');
        size_t n = slash ? (size_t)(slash - s) : strlen(s);
        int next = SBI_ERR_DENIED;

        if (is_plain_name(s, n))
            next = step(dir, s, n, slash ? O_PATH | O_DIRECTORY : flags);
        close(dir);
        if (next < 0)
            return next;
        if (!slash) {
            struct stat st;

            if (fstat(next, &st) != 0 || !S_ISREG(st.st_mode)) {
                close(next);
                return SBI_ERR_DENIED;
            }
            return next;
        }
        dir = next;
        s = slash + 1;
    }
    return SBI_ERR_FAILED;
}

void handle_LAB6_file_open(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint64_t n = args[0], mode = args[2];
    char path[FILE_PATH_MAX + 1];
    const char *guest;
    int slot, fd;

    ret->error = SBI_ERR_INVALID_PARAM;
    if (n > FILE_PATH_MAX)
        return;
    if (mode != FILE_READ && mode != FILE_WRITE)
        return;
    guest = memory_at(&vcpu->vm->memory, gpa(args[1]), n);
    if (guest == NULL)
        return;
    for (uint64_t i = 0; i < n; i++) {
        path[i] = guest[i];
        if (path[i] == '\0')
            return;
    }
    path[n] = '\0';
    for (slot = 0; slot < FILE_HANDLES; slot++) {
        if (!used[slot])
            break;
    }
    if (slot >= FILE_HANDLES) {
        ret->error = SBI_ERR_NO_SHMEM;
        return;
    }
    if (mode == FILE_READ)
        fd = open_inside(path, O_RDONLY);
    else
        fd = open_inside(path, O_CREAT | O_TRUNC | O_RDWR);
    if (fd < 0) {
        ret->error = fd;
    } else {
        used[slot] = true;
        fds[slot] = fd;
        ret->error = SBI_SUCCESS;
        ret->value = slot;
    }
}

static long copy(const struct file_request *r, uint8_t *data)
{
    long total = 0;

    while ((uint64_t)total < r->length) {
        ssize_t n;

        if (r->write)
            n = pwrite(fds[r->handle], data, r->length - total, r->offset + total);
        else
            n = pread(fds[r->handle], data, r->length - total, r->offset + total);
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        data += n;
        total += n;
    }
    return total;
}

void handle_LAB6_file_transfer(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    struct file_request mine;
    const void *theirs = memory_at(&vcpu->vm->memory, gpa(args[0]), sizeof mine);
    uint8_t *data;
    long n;

    if (theirs == NULL) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    mine = *(const struct file_request *)theirs;
    if (mine.handle >= FILE_HANDLES || !used[mine.handle]) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    if (mine.offset > (uint64_t)INT64_MAX) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    data = memory_for_write(vcpu->vm, gpa(mine.address), mine.length);
    if (data == NULL) {
        ret->error = SBI_ERR_INVALID_ADDRESS;
        return;
    }
    n = copy(&mine, data);
    ret->error = n < 0 ? SBI_ERR_FAILED : SBI_SUCCESS;
    ret->value = n < 0 ? 0 : n;
}

void handle_LAB6_file_close(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint64_t slot = args[0];

    (void)vcpu;
    if (slot < FILE_HANDLES && used[slot]) {
        used[slot] = false;
        close(fds[slot]);
        ret->error = SBI_SUCCESS;
        ret->value = 0;
    } else {
        ret->error = SBI_ERR_INVALID_PARAM;
    }
}

/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include <string.h>

#define PATH_SIZE 4096

/* Returns whose code a path is in: abi/ and guest-rt/ are labvisor's, at any depth. */
static enum owner owner_of_path(const char *path, bool is_file)
{
    const char *end = path + strnlen(path, PATH_SIZE);
    enum owner owner = OWNER_AUTHOR;

    for (const char *slash; path < end; path = slash + 1) {
        slash = memchr(path, '/', (size_t)(end - path));
        if (!slash && is_file) /* a lab has rows of its own */
            return strcmp(path, "calls.def") == 0 ? OWNER_ABI : owner;
        slash = slash ? slash : end;
        if (slash - path == 3 && memcmp(path, "abi", 3) == 0)
            return OWNER_ABI;
        if (slash - path == 8 && memcmp(path, "guest-rt", 8) == 0)
            owner = OWNER_RUNTIME;
    }
    return owner;
}

enum owner owner_of(const struct source_line *source)
{
    enum owner by_file = owner_of_path(source->file, true);

    return by_file != OWNER_AUTHOR ? by_file : owner_of_path(source->directory, false);
}

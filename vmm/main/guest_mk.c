/* SPDX-License-Identifier: MIT */
#include "guest_mk.h"

#include "core/status.h"
#include "host/posix/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the path of guest.mk, from malloc; or NULL. */
static char *find_guest_mk(void)
{
    /* From the program's folder: bin/ of an installation, build/ of a checkout. */
    static const char *const ways[] = {"../share/labvisor/guest-rt/guest.mk",
                                       "../guest-rt/guest.mk"};
    char *program = host_program(), *found = NULL;

    if (!program)
        return NULL;
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && !found; i++) {
        char path[4096];

        if (snprintf(path, sizeof(path), "%s/%s", program, ways[i]) < (int)sizeof(path))
            found = realpath(path, NULL);
    }
    free(program);
    return found;
}

int print_guest_mk(void)
{
    char *path = find_guest_mk();
    int status = 0;

    if (!path)
        return fail(STATUS_HOST,
                    "--guest-mk: guest.mk was not found from this program's folder: use `make "
                    "install` or labvisor's package, or include it by its path");
    if (strchr(path, ' '))
        status = fail(STATUS_HOST,
                      "--guest-mk: %s: make cannot use a path with a space: move "
                      "labvisor to another folder",
                      path);
    else if (puts(path) < 0 || fflush(stdout))
        status = STATUS_HOST;
    free(path);
    return status;
}

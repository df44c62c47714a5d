/* SPDX-License-Identifier: MIT */
/* Landlock (userspace-api/landlock.rst): no file can be opened from here on, no TCP port used, and
 * no other process reached. Its structs are here because older headers lack them. */
#include "confine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE, RESTRICT_SELF }; /* on every machine */
enum { ASK_VERSION = 1, PATH_BENEATH = 1 };

#define REMOVE_FILE (1u << 5)

struct ruleset {
    uint64_t files, net, scoped; /* what is refused */
};

struct path_beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

/* All that a version of Landlock can refuse, but what later versions have for files that were
 * opened before. */
static struct ruleset all_of(int version)
{
    const unsigned files = version < 2 ? 13 : version < 3 ? 14 : version < 5 ? 15 : 16;

    return (struct ruleset){
        .files = (1u << files) - 1,
        .net = version < 4 ? 0 : 3,
        .scoped = version < 6 ? 0 : 3,
    };
}

/* The kernel refuses a longer struct than it knows, unless the rest is 0. */
static bool allow_removal(int ruleset, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct path_beneath rule = {.allowed = REMOVE_FILE};
    char folder[4096];
    bool added;

    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
             slash ? path : ".");
    rule.folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.folder < 0)
        return false;
    added = syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0) == 0;
    close(rule.folder);
    return added;
}

bool confine_files(const struct confinement *confinement)
{
    const int version = (int)syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    const struct ruleset all = all_of(version);
    bool confined = version > 0;
    int ruleset;

    if (version <= 0 || confinement->log)
        return false;
    ruleset = (int)syscall(CREATE_RULESET, &all, sizeof(all), 0);
    if (ruleset < 0)
        return false;
    for (size_t i = 0; i < sizeof(confinement->removed) / sizeof(confinement->removed[0]); i++)
        if (confinement->removed[i])
            confined &= allow_removal(ruleset, confinement->removed[i]);
    confined = confined && syscall(RESTRICT_SELF, ruleset, 0) == 0;
    close(ruleset);
    return confined;
}

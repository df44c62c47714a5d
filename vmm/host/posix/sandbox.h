/* SPDX-License-Identifier: MIT */
/* How the VMM confines itself before it enters a guest (docs/security.md). */
#ifndef HOST_POSIX_SANDBOX_H
#define HOST_POSIX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a run does beyond reading, writing and computing: it makes more system calls then. */
enum { RUN_ALWAYS = 1, RUN_THREADS = 2, RUN_GDB = 4, RUN_CORE = 8, RUN_REMOVES = 16 };

struct confinement {
    bool log;                  /* say which system calls would be refused, and make them */
    unsigned run;              /* a set of RUN_... */
    const uint32_t *ioctls[2]; /* backend.h; NULL: none */
    const char *removed[2];    /* files that the VMM removes at its end; NULL: none */
};

/* What holds this process. */
struct confined {
    bool built;      /* this build can confine itself */
    bool calls;      /* it can make those system calls alone that the run needs: seccomp */
    bool files;      /* it can open no file and no connection: Landlock */
    bool privileges; /* it has no capabilities, and cannot gain any */
};

/*
 * Confines this process to what its run needs, as far as the kernel can, and closes the descriptors
 * that it has inherited. It has one thread, and has opened all files. A system call that the run
 * does not need ends the process with STATUS_HOST, and words.
 *
 * Returns what holds it now.
 */
struct confined host_confine(const struct confinement *confinement);

#endif

/* The command line. */
#ifndef VMM_MAIN_OPTIONS_H
#define VMM_MAIN_OPTIONS_H

#include "watch/observer.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *guest;     /* the image's path */
    char **args;           /* the guest's own arguments, NULL-terminated */
    const char *backend;   /* NULL: the best */
    const char *transport; /* NULL: the back end's first */
    uint64_t memory;       /* bytes */
    unsigned vcpus;
    double timeout;     /* seconds; 0: none */
    uint64_t max_exits; /* UINT64_MAX: no limit */
    uint64_t max_insns; /* UINT64_MAX: no limit */
    uint64_t seed;
    bool seeded; /* --seed was given */
    bool shaped; /* or another option that a recording brings itself */
    bool real_time;
    bool dump_regs;
    bool label;
    const char *gdb;    /* where the debugger listens; NULL: none */
    const char *record; /* a file for what the run takes from outside; NULL: none */
    const char *replay; /* such a file, to be repeated; NULL: none */
    const char *core;   /* where a guest that dies leaves a core; NULL: nowhere */
    const char *trace_file;
    bool trace;
    enum stats_format stats;
    bool doctor, doctor_best; /* `labvisor doctor`, `labvisor doctor best` */
};

/*
 * Reads the command line into options. --help and --version print and end the process.
 *
 * Returns 0, or STATUS_USAGE after fail().
 */
int options_parse(struct options *options, int argc, char **argv);

#endif

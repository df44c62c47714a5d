/* The command line. */
#ifndef MAIN_OPTIONS_H
#define MAIN_OPTIONS_H

#include "setup.h"
#include "watch/observer.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
    struct vm_options vm;
    const char *guest; /* the image's path */
    char **args;       /* the guest's own arguments, NULL-terminated */
    bool shaped;       /* -m, -c or --seed was given, which a recording brings itself */
    bool dump_regs;
    bool label;
    const char *gdb;    /* where the stub listens; NULL: none */
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

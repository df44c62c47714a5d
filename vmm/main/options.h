/* SPDX-License-Identifier: MIT */
/* Parses the command line. */
#ifndef MAIN_OPTIONS_H
#define MAIN_OPTIONS_H

#include "setup.h"
#include "watch/observer.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
    struct vm_options vm;
    const char *guest; /* the image's path */
    char **args;       /* the guest's arguments; NULL ends them */
    bool shaped;       /* -m, -c or --seed was given: a recording has its own */
    bool dump_regs;
    bool label;
    const char *gdb;        /* port or path at which the stub listens; NULL: no stub */
    const char *record;     /* the recording to write; NULL: none */
    const char *replay;     /* the recording to repeat; NULL: none */
    const char *core;       /* the core to write if the guest dies; NULL: none */
    const char *initrd;     /* the file that a kernel finds in memory; NULL: none */
    const char *disk;       /* the file with a disk's contents; NULL: none */
    const char *append;     /* an argument after `args`; NULL: none */
    bool reboot;            /* --reboot */
    const char *trace_file; /* for Chrome trace events; NULL: none */
    bool trace;             /* a line for each exit on stderr */
    const char *log;        /* for these lines and the statistics instead; NULL: stderr */
    enum stats_format stats;
    enum sandbox { SANDBOX_ON, SANDBOX_LOG, SANDBOX_OFF } sandbox;
    bool doctor, doctor_best; /* `labvisor doctor`, `labvisor doctor best` */
};

/*
 * Parses the command line. --help, --version and --guest-mk print and end the process.
 *
 * Returns 0, or STATUS_USAGE after fail().
 */
int options_parse(struct options *options, int argc, char **argv);

#endif

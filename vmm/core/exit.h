/* SPDX-License-Identifier: MIT */
/* A VM exit as the core sees it, decoded by a back end: no trace of how it was made. */
#ifndef CORE_EXIT_H
#define CORE_EXIT_H

#include "memory.h"
#include "sbi.h"

#include <stdbool.h>
#include <stdint.h>

#define HYPERCALL_ARGS 5

struct call; /* hypercall.h: a row of the table of calls */

/* The registers of a hypercall, fetched once, and the result for the next entry. */
struct hypercall {
    uint64_t eid, fid;
    uint64_t args[HYPERCALL_ARGS];
    const struct call *call; /* set by the dispatch; NULL: unknown to this VMM */
    struct sbiret ret;
    bool is_32bit; /* the guest's registers have 32 bits: a time comes in two of them */
    bool legacy;   /* SBI 0.1: only ret.error goes back to the guest */
};

/* An access to an I/O port or to an address without RAM. */
struct access {
    uint64_t address;    /* the port, or the guest physical address */
    uint64_t value;      /* what a write stores; a device sets it for a read */
    const uint8_t *data; /* what a write to a port stores, all of it: count * size bytes */
    uint32_t count;      /* accesses in this exit: more than 1 for a string instruction */
    uint8_t size;        /* bytes: 1, 2, 4 or 8 */
    bool write;
};

/* What can end a vCPU's waiting, as a set. */
enum wake { WAKE_TIMER = 1, WAKE_IPI = 2, WAKE_INPUT = 4, WAKE_EXTERNAL = 8 };

struct vm_exit {
    enum exit_kind kind;
    union {
        struct hypercall hypercall; /* EXIT_HYPERCALL */
        struct access access;       /* EXIT_PIO, EXIT_MMIO */
        unsigned wakes;             /* EXIT_HALT: the interrupts that end it, of enum wake */
        const char *reason;         /* EXIT_SHUTDOWN, EXIT_FAILED: what went wrong, in words */
    };
};

/* Returns whether an exit is the guest's doing: then it has a number, and counts to --max-exits.
 * A kick and an IRQ window are the VMM's. */
static inline bool exit_is_guests(enum exit_kind kind)
{
    return kind != EXIT_KICK && kind != EXIT_IRQ_WINDOW;
}

#endif

/* The machine: its memory, its vCPUs, and the loop that runs them. */
#ifndef VMM_VM_H
#define VMM_VM_H

#include "backend.h"
#include "memory.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

struct observer;
struct symbols;

struct vcpu {
    struct vm *vm;
    unsigned id;                     /* the hart id, from 0 */
    struct vm_exit exit;             /* the exit being served */
    uint64_t exits[EXIT_KIND_COUNT]; /* exits so far, by kind */
    struct timer {
        bool armed;        /* deadline is in the future, as far as we know */
        bool fired;        /* deadline has passed; the next set_timer clears this */
        bool line;         /* its interrupt is pending; a back end that injects it clears this */
        uint64_t deadline; /* guest time, ticks */
    } timer;
    void *state; /* the back end's */
};

struct vm {
    const struct backend *backend;
    void *state; /* the back end's */
    struct memory memory;
    const struct image *image;
    uint64_t stack_guard; /* the unmapped page below the guest's stack, or 0 */
    unsigned vcpu_count;
    struct vcpu *vcpus;
    char *args; /* what LAB.get_args hands over: each argument with its NUL */
    size_t args_size;
    uint64_t exit_limit;       /* exits a guest may make; UINT64_MAX: no limit */
    uint64_t exit_count;       /* exits so far, all kinds and vCPUs */
    uint64_t end_ns;           /* host time at which --timeout ends the guest; or UINT64_MAX */
    double timeout;            /* --timeout in seconds, for messages */
    struct observer *observer; /* NULL: nobody watches the exits */
    struct symbols *symbols;   /* read when first wanted; NULL: only numbers are shown */
    bool symbols_read;
    bool stopped;
    int status; /* how the process ends, once stopped */
};

/* Runs the guest until it stops. Returns the status to end the process with. */
int vm_run(struct vm *vm);

/* Ends the guest after the exit being served, with a status. The first call counts. */
void vm_stop(struct vm *vm, int status);

/*
 * Ends the guest because it cannot go on: prints what happened, where, the
 * registers and the likely cause, and stops with STATUS_DIED.
 */
void vm_die(struct vcpu *vcpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Looks for what kicked a vCPU: its timer, the VM's time limit, a signal, a key. */
void vcpu_check(struct vcpu *vcpu);

/*
 * Lets a vCPU sleep in the host until its timer has fired or, if input is true,
 * the console has something for it; returns early when the VM is stopped.
 */
void vcpu_sleep(struct vcpu *vcpu, bool input);

#endif

/* The machine: its memory, its vCPUs, and the loop that runs them. */
#ifndef VMM_CORE_VM_H
#define VMM_CORE_VM_H

#include "backend.h"
#include "memory.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

struct debugger;
struct journal;
struct labels;
struct observer;
struct symbols;
struct timeline;

#define VCPU_MAX 64 /* so that a set of vCPUs is one word */

struct vcpu {
    struct vm *vm;
    unsigned id;    /* the hart id, from 0 */
    bool started;   /* HSM: else only hart_start makes it run */
    bool suspended; /* HSM: it waits in hart_suspend */
    bool waiting;   /* for wakes, of enum wake: then its exit is served again */
    unsigned wakes;
    _Atomic bool ipi; /* an IPI is pending; the back end clears this when the guest has it */
    uint64_t slice;   /* instructions before another vCPU's turn */
    uint64_t insns;   /* executed so far; a back end with slices counts them */
    bool unfinished;  /* stopped where its slice must not end: it is still its turn */

    /* The debugger's orders to the back end, which answers with EXIT_DEBUG: to execute one
     * instruction; with slices: to stop when it has executed so many. And to let interrupts wait,
     * where that is not a part of a run that repeats. */
    bool step;
    uint64_t insns_until;
    bool interrupts_wait;

    /* The debugger's own. */
    bool held;     /* it is not to run now */
    bool unserved; /* its exit is not served yet */
    _Atomic bool in_guest;
    uint64_t exit_number; /* of the last exit: see exit_numbers below */
    uint64_t exit_shown;  /* of the last one that an observer has seen */

    struct host_thread *thread;      /* that runs it, if vm->parallel */
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
    unsigned transport; /* the one that is served, of backend->transports */
    unsigned vcpu_count;
    struct vcpu *vcpus;
    char *args; /* what LAB.get_args hands over: each argument with its NUL */
    size_t args_size;
    uint64_t exit_limit;           /* exits a guest may make; UINT64_MAX: no limit */
    uint64_t exit_count;           /* exits served so far, all kinds and vCPUs */
    uint64_t exit_numbers;         /* the number of the last exit, from 1: but kicks and the like */
    uint64_t insn_limit;           /* instructions it may execute; UINT64_MAX: no limit */
    uint64_t insn_count;           /* those executed so far, where the back end counts them */
    unsigned turn;                 /* the vCPU whose turn it is */
    uint64_t random;               /* schedule.c's state; at first --seed */
    bool parallel;                 /* each vCPU has a thread; the VMM's lock guards all this */
    bool virtual_time;             /* the clock counts instructions, and skips what is slept */
    uint64_t output, output_shown; /* bytes that the guest has written; that were shown: more, if a
                                    * past is repeated */
    struct journal *journal;       /* NULL: runs are not repeated */
    int recorded_status;           /* how the run that is repeated ended, and after how many */
    uint64_t recorded_insns;       /* instructions; UINT64_MAX: that is not known */
    struct timeline *timeline;     /* NULL: nobody wants to go back in time */
    bool at_mark;                  /* with a timeline: a good moment for a snapshot */
    struct debugger *debugger;     /* NULL: without --gdb */
    uint64_t end_ns;               /* host time at which --timeout ends the guest; or UINT64_MAX */
    double timeout;                /* --timeout in seconds, for messages */
    struct labels *labels;         /* NULL: output is shown as it comes */
    struct observer *observer;     /* NULL: nobody watches the exits */
    struct symbols *symbols;       /* read when first wanted; NULL: only numbers are shown */
    bool symbols_read;
    bool stopped;
    int status; /* how the process ends, once stopped */
};

/* Where the stacks of the vCPUs begin, which lie at the end of RAM (abi, machine.h). */
gpa_t stacks_start(const struct vm *vm);

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
 * Says that the exit being served has to wait for one of a set of events (enum wake), or,
 * if the set is empty, for ever. It is served again, from the start, after any of them.
 */
void vcpu_wait(struct vcpu *vcpu, unsigned wakes);

/* Makes another vCPU look up: something that it may wait for has come. */
void vcpu_kick(const struct vcpu *vcpu);

/* Between two rounds of a vCPU: whether there is another one. Here the debugger stops the VM. */
bool vm_goes_on(struct vcpu *vcpu);

/* Enters the guest, and serves its exit if it comes to one. */
void vcpu_round(struct vcpu *vcpu);

/* Serves the exit in vcpu->exit, for the first time or again after waiting. */
void vcpu_serve(struct vcpu *vcpu);

#endif

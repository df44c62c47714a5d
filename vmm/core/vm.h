/* SPDX-License-Identifier: MIT */
/* The machine: its memory, its vCPUs, and the loop that runs them. */
#ifndef CORE_VM_H
#define CORE_VM_H

#include "backend.h"
#include "memory.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;
struct console;
struct device;
struct hooks;
struct image;

#define VCPU_MAX    64 /* so that a set of vCPUs is one word */
#define DEVICES_MAX 16

/* Memory of the VMM that is a part of the guest's state: a snapshot copies it whole. */
struct state_area {
    void *bytes;
    size_t size; /* bytes */
    struct state_area *next;
};

struct vcpu {
    /* The VMM's own. */
    struct vm *vm;
    unsigned id; /* the hart id, from 0 */
    struct orders orders;
    bool paused;           /* not to be entered, and its exit not to be handled */
    _Atomic bool in_guest; /* with vm->parallel: its thread has given up the lock for the guest */
    struct host_thread *thread; /* runs it, with vm->parallel; NULL: no thread yet */
    struct stop_point stop;     /* after RAN_TO_STOP */
    void *state;                /* the back end's */
    struct state_area area;

    /* The guest's state, from here to the end: a snapshot copies it whole. */
    bool started;         /* HSM: false until hart_start, and after hart_stop */
    bool suspended;       /* HSM: it waits in hart_suspend */
    bool waiting;         /* for `wakes`; then its exit is handled again */
    bool exit_pending;    /* its exit has not been handled yet: a hook has put that off */
    bool unfinished;      /* stopped where its slice must not end: it is still its turn */
    unsigned wakes;       /* of enum wake */
    _Atomic bool ipi;     /* an IPI is pending; the back end clears this when the guest has it */
    bool external;        /* a device's interrupt is pending: its interrupt controller says so */
    uint64_t slice;       /* instructions before another vCPU's turn */
    uint64_t insns;       /* instructions executed so far; a back end with slices counts them */
    uint64_t exit_number; /* of the last exit: see vm->exit_numbers */
    uint64_t exits[EXIT_KIND_COUNT]; /* exits so far, by kind */
    struct timer {
        bool armed;        /* deadline is in the future, as far as the VMM knows */
        bool fired;        /* deadline has passed; the next set_timer clears this */
        bool line;         /* its interrupt is pending; a back end that injects it clears this */
        uint64_t deadline; /* guest time, ticks */
    } timer;
    struct vm_exit exit; /* the exit that is being handled, or was handled last */
};

struct vm {
    const struct backend *backend;
    void *state; /* the back end's */
    struct memory memory;
    struct image *image;
    unsigned transport; /* index into backend->transports: how the guest makes hypercalls */
    const char *engine; /* of backend->engines; NULL: the back end chooses */
    unsigned vcpu_count;
    struct vcpu *vcpus;
    char *args; /* for LAB.get_args: each argument with its NUL; owned */
    size_t args_size;
    uint64_t exit_limit; /* exits a guest may make; UINT64_MAX: no limit */
    uint64_t insn_limit; /* instructions it may execute; UINT64_MAX: no limit */
    int limit_status;    /* how it ends there: STATUS_MAX_INSNS, or as the recorded run ended */
    uint64_t end_ns;  /* host time at which --timeout ends the guest; NEVER: no limit, or stopped */
    uint64_t left_ns; /* of that time, while its clock is stopped */
    double timeout;   /* --timeout in seconds; 0: no limit */
    bool virtual_time; /* the clock counts instructions, and skips the time that all sleep */
    bool parallel;     /* each vCPU has a thread; one lock guards the VM */

    void (*run)(struct vm *vm); /* turns.c, threads.c, or a lab's own: runs the vCPUs */
    struct hooks *hooks;        /* hooks.h; in order of registration */
    unsigned hook_events;       /* HOOK_ bits of all hooks: all that the hot path reads */
    struct console *console;    /* console.h: the top of the stack */
    const struct device *devices[DEVICES_MAX]; /* devices.h */
    unsigned device_count;
    struct board *board;      /* services/board.h; NULL: the machine has none of its devices */
    struct state_area *areas; /* all that snapshots copy */
    struct state_area area;   /* the one of this struct */
    /* For vm_describe_address, from the image's symbols. NULL: numbers alone. */
    void (*describe_address)(const struct vcpu *vcpu, uint64_t pc, char *text, size_t size);

    bool repeating; /* this was executed before, and shown: watchers that print stay silent */
    bool no_sleep;  /* a hook wants HOOK_BETWEEN now: no vCPU sleeps before it */
    bool leave;     /* vm_run is to return; the guest has not ended */
    bool stopped;   /* the guest has ended */
    int status;     /* after that: how the process ends */

    /* The guest's state, from here to the end: a snapshot copies it whole. */
    unsigned turn;         /* the vCPU whose turn it is */
    bool reboot;           /* after the guest's end: it has asked to begin again */
    uint64_t random;       /* turns.c's state; at first --seed */
    uint64_t guest_random; /* the state of LAB.get_random; at first --seed, or drawn by the host */
    uint64_t exit_count;   /* exits handled so far, all kinds and vCPUs */
    uint64_t insn_count;   /* instructions executed so far, where the back end counts them */
    uint64_t exit_numbers; /* the last number of an exit; kicks and IRQ windows have none */
};

/* Connects vCPUs, areas and the host's console of a VM whose other fields are set. */
void vm_init(struct vm *vm);

/* Adds memory that snapshots copy. The area has to outlive the VM. */
void vm_add_state(struct vm *vm, struct state_area *area);

/* Copies all areas, one after the other, to `bytes`, which has vm_state_size() of them; or back. */
size_t vm_state_size(const struct vm *vm);
void vm_save_state(const struct vm *vm, uint8_t *bytes);
void vm_load_state(struct vm *vm, const uint8_t *bytes);

/* Returns where the stacks of the vCPUs begin: they lie at the end of RAM (abi, machine.h). */
gpa_t stacks_start(const struct vm *vm);

/*
 * Translates guest physical memory that the VMM is going to write, past the guest's own stores.
 * Like memory_at(), and tells the back end, which may have to keep the old bytes for a snapshot or
 * to discard code that it has decoded.
 */
void *memory_for_write(struct vm *vm, gpa_t start, uint64_t length);

/* Runs the guest until it ends, or until vm->leave is set; then it can be called again.
 * Returns the status to end the process with. */
int vm_run(struct vm *vm);

/* Ends the guest after the exit that is being handled, with a status. The first call counts. */
void vm_stop(struct vm *vm, int status);

/*
 * Ends the guest because it cannot go on. Prints what happened, where, and the registers, and
 * stops with STATUS_DIED.
 */
void vm_die(struct vcpu *vcpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns the address of the instruction that has made a vCPU's last exit. */
uint64_t vcpu_exit_pc(const struct vcpu *vcpu);

/* Writes an address in words: "0x100123 main+0x13 (hello.c:7)", as much as is known. */
void vm_describe_address(const struct vcpu *vcpu, uint64_t pc, char *text, size_t size);

/* Prints where a vCPU was: the line "  at 0x... main+0x4 (hello.c:7), vCPU 0, after 12 exits". */
void vm_show_address(const struct vcpu *vcpu, uint64_t pc);

/* Handles a kick: checks the vCPU's timer, the time limit, a signal, a key. */
void vcpu_check(struct vcpu *vcpu);

/*
 * Makes the vCPU wait for one of a set of events (enum wake), or, if the set is empty, for ever.
 * Its exit is handled again, from the start, after any of them.
 */
void vcpu_wait(struct vcpu *vcpu, unsigned wakes);

/* Returns whether a vCPU that waits may sleep; else the run loop has to go round, or to end. */
static inline bool vm_may_sleep(const struct vm *vm)
{
    return !vm->stopped && !vm->leave && !vm->no_sleep;
}

/* Makes another vCPU return from the guest or from sleep: it may wait for what has come. */
void vcpu_kick(const struct vcpu *vcpu);

/*
 * Calls the hooks between two entries of a vCPU, and handles an exit that a hook has put off.
 * Returns whether the run goes on: false if the guest has ended, or vm->leave is set.
 */
bool vm_goes_on(struct vcpu *vcpu);

/* Enters the guest. Handles the exit if there is one. */
void vcpu_enter(struct vcpu *vcpu);

/* Handles the exit in vcpu->exit, for the first time, or again after waiting. */
void vcpu_handle_exit(struct vcpu *vcpu);

#endif

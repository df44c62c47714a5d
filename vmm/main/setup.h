/* SPDX-License-Identifier: MIT */
/* Makes a VM that is ready to run from an options struct: for the command line, a page or a test.
 */
#ifndef MAIN_SETUP_H
#define MAIN_SETUP_H

#include "core/vm.h"
#include "image/image.h"
#include "replay/record.h"

struct vm_options {
    const char *backend;     /* its name; NULL: the first that runs this type of image */
    const char *transport;   /* NULL: the back end's first */
    const char *engine;      /* NULL: the back end chooses */
    uint64_t memory;         /* bytes of RAM */
    const char *memory_file; /* holds the RAM; NULL: none */
    unsigned vcpus;
    double timeout;     /* seconds; 0: none */
    uint64_t max_exits; /* UINT64_MAX: no limit */
    uint64_t max_insns; /* UINT64_MAX: no limit */
    int limit_status;   /* as vm->limit_status */
    uint64_t seed;
    bool seeded;      /* seed was given, not the default */
    bool goes_back;   /* something can bring the machine back in time */
    bool real_time;   /* the guest's clock follows the host's */
    const char *args; /* for LAB.get_args: the image's name, then the guest's own, each with its
                       * NUL; copied */
    size_t args_size; /* bytes */
};

/*
 * Makes a VM: memory, vCPUs, console, the machine's own devices; loads the image. Refuses what the
 * back end cannot do.
 *
 * vm     zeroed
 * image  opened; it has to outlive the VM
 *
 * Returns 0, or a status after fail(). Call vm_destroy in both cases.
 */
int vm_create(struct vm *vm, struct image *image, const struct vm_options *options);

/*
 * Makes the machine again, as it was before its first instruction, and loads the image.
 *
 * options  those of vm_create
 * state    of vm_save_state, after vm_create
 *
 * Returns 0, or a status after fail().
 */
int vm_restart(struct vm *vm, const struct vm_options *options, const uint8_t *state);

/* Replaces the options that a recording has, and lets the run end where the recorded one ended. */
void vm_options_repeat(struct vm_options *options, const struct recording *recording);

/* Frees all that vm_create has made, also if it has failed. */
void vm_destroy(struct vm *vm);

/*
 * Changes a VM for a lab. main.c calls it once, before it attaches what watches the run. This one
 * does nothing. The build of a lab links its own, which adds devices or replaces vm->run. Returns
 * 0, or a status after fail().
 */
int lab_setup(struct vm *vm);

#endif

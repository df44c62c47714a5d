/* SPDX-License-Identifier: MIT */
#include "setup.h"

#include "core/platform.h"
#include "core/threads.h"
#include "core/turns.h"
#include "image/explain.h"
#include "image/symbols.h"
#include "services/board.h"
#include "services/ports.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

/* Chooses the back end with this name, or the first one that runs this type of guest. */
static int choose_backend(struct vm *vm, const char *name)
{
    const struct image *image = vm->image;
    bool known = false;

    for (size_t i = 0; backends[i] && !vm->backend; i++) {
        if (name && strcmp(name, backends[i]->name) != 0)
            continue;
        known = true;
        if (backends[i]->image_types >> image->type & 1)
            vm->backend = backends[i];
    }
    if (vm->backend)
        return 0;
    if (name && !known)
        return fail(STATUS_USAGE, "--backend: there is no '%s': see labvisor --help", name);
    return fail(STATUS_BACKEND, "%s: %s%s", image->source->name, name ? name : "no back end here",
                name ? " does not run this type of guest" : " runs this type of guest");
}

static int choose_transport(struct vm *vm, const char *name)
{
    const char *const *names = vm->backend->transports;

    if (!name)
        return 0;
    for (unsigned i = 0; names[i]; i++) {
        vm->transport = i;
        if (strcmp(name, names[i]) == 0)
            return 0;
    }
    return fail(STATUS_USAGE, "--transport: '%s' given, %s has %s%s%s", name, vm->backend->name,
                names[0], names[1] ? " or " : "", names[1] ? names[1] : "");
}

static int choose_engine(struct vm *vm, const char *name)
{
    const char *const *names = vm->backend->engines;

    if (!name)
        return 0;
    if (!names)
        return fail(STATUS_USAGE, "--engine: %s has none: the CPU executes the guest's code",
                    vm->backend->name);
    for (unsigned i = 0; names[i] && !vm->engine; i++)
        if (strcmp(name, names[i]) == 0)
            vm->engine = names[i];
    if (vm->engine)
        return 0;
    return fail(STATUS_USAGE, "--engine: '%s' given, %s has %s or %s", name, vm->backend->name,
                names[0], names[1]);
}

static int check_memory(const struct backend *backend, const struct vm_options *options)
{
    uint64_t stacks = options->vcpus * backend->stack_stride;

    if (options->memory < backend->ram_min || options->memory > backend->ram_max)
        return fail(
            STATUS_USAGE, "-m: %" PRIu64 " KiB given, %s takes %" PRIu64 " MiB to %" PRIu64 " MiB",
            options->memory >> 10, backend->name, backend->ram_min / MIB, backend->ram_max / MIB);
    if (stacks >= options->memory)
        return fail(STATUS_USAGE,
                    "-m: %" PRIu64 " KiB given, the stacks of %u vCPUs alone take %" PRIu64 " KiB",
                    options->memory >> 10, options->vcpus, stacks >> 10);
    if (options->memory % 4096)
        return fail(STATUS_USAGE, "-m: %" PRIu64 " bytes given, a multiple of 4 KiB expected",
                    options->memory);
    return 0;
}

/* Refuses options that the back end cannot fulfil. */
static int check_options(const struct backend *backend, const struct vm_options *options)
{
    if (options->vcpus > backend->max_vcpus)
        return fail(STATUS_USAGE, "-c: %u vCPUs given, %s runs at most %u", options->vcpus,
                    backend->name, backend->max_vcpus);
    if (!backend->slices && options->seeded)
        return fail(STATUS_USAGE, "--seed: on %s the host decides which vCPU runs when",
                    backend->name);
    if (options->real_time && options->seeded)
        return fail(STATUS_USAGE,
                    "--seed: with --real-time runs do not repeat: give only one of these");
    if (!backend->slices && options->max_insns != UINT64_MAX)
        return fail(STATUS_USAGE, "--max-insns: %s does not count the guest's instructions",
                    backend->name);
    return check_memory(backend, options);
}

static void set_limits(struct vm *vm, const struct vm_options *options)
{
    vm->exit_limit = options->max_exits;
    vm->insn_limit = options->max_insns;
    vm->limit_status = options->limit_status;
    vm->timeout = options->timeout;
    vm->left_ns = (uint64_t)(options->timeout * 1e9);
    vm->end_ns = NEVER; /* limits_start_clock starts it */
}

static int allocate(struct vm *vm, const struct vm_options *options)
{
    vm->vcpus = calloc(options->vcpus, sizeof(vm->vcpus[0]));
    vm->args = malloc(options->args_size);
    if (!vm->vcpus || !vm->args)
        return fail(STATUS_HOST, "out of memory");
    vm->vcpu_count = options->vcpus;
    vm->args_size = options->args_size;
    memcpy(vm->args, options->args, options->args_size);
    vm->memory = (struct memory){.base = vm->backend->ram_base, .size = options->memory};
    return host_map_memory(&vm->memory, options->memory_file);
}

static int check_args(const struct vm_options *options)
{
    if (options->args_size <= LAB_ARGS_MAX)
        return 0;
    return fail(STATUS_USAGE, "the guest's arguments take %zu bytes, at most %d fit",
                options->args_size, LAB_ARGS_MAX);
}

/* Returns whether the machine has the devices of a board. With the runtime it has none, unless a
 * disk is wanted: there an access to an address where nothing is tells of a mistake. */
static bool has_board(const struct vm *vm)
{
    return vm->backend->external_interrupts && (!vm->image->runtime || vm->image->disk);
}

int vm_create(struct vm *vm, struct image *image, const struct vm_options *options)
{
    int status;

    vm->image = image;
    status = choose_backend(vm, options->backend);
    if (!status && image->disk && !vm->backend->external_interrupts)
        status = fail(STATUS_USAGE, "--disk: %s has no devices: use soft", vm->backend->name);
    if (!status)
        status = check_options(vm->backend, options);
    if (!status)
        status = check_args(options);
    if (!status)
        status = choose_transport(vm, options->transport);
    if (!status)
        status = choose_engine(vm, options->engine);
    if (!status)
        status = allocate(vm, options);
    if (status)
        return status;
    set_limits(vm, options);
    vm->random = options->seed;
    vm->virtual_time = vm->backend->skip_time && !options->real_time;
    vm->guest_random = vm->virtual_time ? options->seed : host_random();
    vm->parallel = vm->vcpu_count > 1 && !vm->backend->slices;
    vm->run = vm->parallel ? run_in_threads : run_in_turn;
    vm->describe_address = explain_address;
    vm_init(vm);
    status = ports_add(vm);
    if (!status && has_board(vm))
        status = board_add(vm, options->goes_back);
    if (!status)
        status = vm->backend->vm_create(vm);
    return status ? status : vm->backend->boot(vm, image);
}

int vm_restart(struct vm *vm, const struct vm_options *options, const uint8_t *state)
{
    int status;

    vm->backend->vm_destroy(vm);
    host_clear_memory(&vm->memory, options->memory_file != NULL);
    vm_load_state(vm, state);
    vm->stopped = false;
    status = vm->backend->vm_create(vm);
    return status ? status : vm->backend->boot(vm, vm->image);
}

void vm_options_repeat(struct vm_options *options, const struct recording *recording)
{
    options->memory = recording->memory;
    options->vcpus = recording->vcpus;
    options->seed = recording->seed;
    options->args = recording->args;
    options->args_size = recording->args_size;
    if (recording->ended && recording->insns < options->max_insns) {
        options->limit_status = record_limit_status(recording);
        /* The instruction of which the guest died is not counted: so the run may try one more. */
        options->max_insns = recording->insns + (options->limit_status == STATUS_REPLAY);
    }
}

void vm_destroy(struct vm *vm)
{
    if (vm->memory.hva)
        vm->backend->vm_destroy(vm);
    host_unmap_memory(&vm->memory);
    if (vm->image)
        image_free_symbols(vm->image);
    board_free(vm);
    free(vm->args);
    free(vm->vcpus);
}

__attribute__((weak)) int lab_setup(struct vm *vm)
{
    (void)vm;
    return 0;
}

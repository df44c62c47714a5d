/* From the command line to a running guest, one step after the other. */
#include "core/platform.h"
#include "gdb/debugger.h"
#include "host/linux/host.h"
#include "image/core_file.h"
#include "image/symbols.h"
#include "options.h"
#include "replay/journal.h"
#include "replay/record.h"
#include "replay/timeline.h"
#include "watch/labels.h"
#include "watch/observer.h"

#include "doctor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

/* The back end that was asked for, or the first that runs this type of guest. */
static int choose_backend(struct vm *vm, const struct options *options, const struct image *image)
{
    bool known = false;

    for (size_t i = 0; backends[i]; i++) {
        bool named = !options->backend || strcmp(options->backend, backends[i]->name) == 0;

        known |= named;
        if (!named || !(backends[i]->image_types >> image->type & 1))
            continue;
        vm->backend = backends[i];
        return 0;
    }
    if (known) {
        fail(STATUS_BACKEND, "%s: %s%s", options->guest,
             options->backend ? options->backend : "no back end here",
             options->backend ? " does not run this kind of guest" : " runs this kind of guest");
        return STATUS_BACKEND;
    }
    fail(STATUS_USAGE, "--backend: there is no '%s': labvisor --help lists the back ends",
         options->backend);
    return STATUS_USAGE;
}

static int choose_transport(struct vm *vm, const char *wanted)
{
    const char *const *names = vm->backend->transports;

    if (!wanted)
        return 0;
    for (unsigned i = 0; names[i]; i++) {
        vm->transport = i;
        if (strcmp(wanted, names[i]) == 0)
            return 0;
    }
    return fail(STATUS_USAGE, "--transport: '%s' given, %s serves %s%s%s", wanted,
                vm->backend->name, names[0], names[1] ? " or " : "", names[1] ? names[1] : "");
}

/* Refuses what the back end cannot do. */
static int check_options(const struct backend *backend, const struct options *options)
{
    if (options->vcpus > backend->max_vcpus)
        return fail(STATUS_USAGE, "-c: %u vCPUs given, %s runs at most %u", options->vcpus,
                    backend->name, backend->max_vcpus);
    if (!backend->slices && options->seeded)
        return fail(STATUS_USAGE, "--seed: on %s the host decides which vCPU runs when",
                    backend->name);
    if (options->real_time && options->seeded)
        return fail(STATUS_USAGE, "--seed: with --real-time no run is repeated");
    if (!backend->slices && options->max_insns != UINT64_MAX)
        return fail(STATUS_USAGE, "--max-insns: %s does not count the guest's instructions",
                    backend->name);
    if ((options->record || options->replay) && (!backend->skip_time || options->real_time))
        return fail(STATUS_USAGE, "--%s: no run repeats on %s%s: on soft they do",
                    options->record ? "record" : "replay", backend->name,
                    options->real_time ? " with --real-time" : "");
    if (options->record && options->replay)
        return fail(STATUS_USAGE, "--record: this run is recorded already: copy the file");
    if (options->memory < backend->ram_min || options->memory > backend->ram_max)
        return fail(
            STATUS_USAGE, "-m: %" PRIu64 " KiB given, %s takes %" PRIu64 " MiB to %" PRIu64 " MiB",
            options->memory >> 10, backend->name, backend->ram_min / MIB, backend->ram_max / MIB);
    if (options->vcpus * backend->stack_stride >= options->memory)
        return fail(STATUS_USAGE,
                    "-m: %" PRIu64 " KiB given, the stacks of %u vCPUs alone take %" PRIu64 " KiB",
                    options->memory >> 10, options->vcpus,
                    options->vcpus * backend->stack_stride >> 10);
    if (options->memory % 4096)
        return fail(STATUS_USAGE, "-m: %" PRIu64 " bytes given, a multiple of 4 KiB expected",
                    options->memory);
    return 0;
}

/* Puts argv together as LAB.get_args hands it over: the image's path, then the guest's own. */
static int gather_args(struct vm *vm, const struct options *options)
{
    size_t size = strlen(options->guest) + 1;
    char *at;

    for (char **arg = options->args; *arg; arg++)
        size += strlen(*arg) + 1;
    if (size > LAB_ARGS_MAX)
        return fail(STATUS_USAGE, "the guest's arguments take %zu bytes, at most %d fit", size,
                    LAB_ARGS_MAX);
    vm->args = at = malloc(size);
    if (!vm->args)
        return fail(STATUS_HOST, "out of memory");
    vm->args_size = size;
    at = stpcpy(at, options->guest) + 1;
    for (char **arg = options->args; *arg; arg++)
        at = stpcpy(at, *arg) + 1;
    return 0;
}

static int open_recording(struct vm *vm, struct options *options)
{
    if (options->shaped || options->seeded || options->args[0])
        return fail(STATUS_USAGE, "--replay: -m, -c, --seed and the guest's arguments are those of "
                                  "the recording: give none");
    return record_open(vm, options);
}

static int create_vm(struct vm *vm, const struct options *options)
{
    int status = 0;

    vm->memory = (struct memory){.base = vm->backend->ram_base, .size = options->memory};
    vm->exit_limit = options->max_exits;
    vm->insn_limit = options->max_insns;
    vm->random = options->seed;
    vm->virtual_time = vm->backend->skip_time && !options->real_time;
    vm->timeout = options->timeout;
    vm->vcpus = calloc(options->vcpus, sizeof(vm->vcpus[0]));
    if (!vm->vcpus)
        return fail(STATUS_HOST, "out of memory");
    vm->vcpu_count = options->vcpus;
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        vm->vcpus[i].vm = vm;
        vm->vcpus[i].id = i;
        vm->vcpus[i].exit.kind = EXIT_KICK; /* nothing to apply on the first entry */
        vm->vcpus[i].insns_until = UINT64_MAX;
    }
    vm->vcpus[0].started = true;
    if (!vm->args) /* else a recording has brought them */
        status = gather_args(vm, options);
    if (!status)
        status = host_map_memory(&vm->memory);
    return status ? status : vm->backend->vm_create(vm);
}

static void destroy_vm(struct vm *vm)
{
    if (vm->vcpus)
        vm->backend->vm_destroy(vm);
    host_unmap_memory(&vm->memory);
    symbols_free(vm->symbols);
    debugger_free(vm->debugger);
    timeline_free(vm);
    journal_free(vm->journal);
    labels_free(vm);
    free(vm->args);
    free(vm->vcpus);
}

static int open_observer(struct vm *vm, const struct options *options)
{
    struct observer_options watch = {.trace = options->trace, .stats = options->stats};

    if (!options->trace && !options->trace_file && options->stats == STATS_NONE)
        return 0;
    if (options->trace_file) {
        int fd = host_create_file("--trace", options->trace_file, vm->image->source);

        if (fd < 0)
            return STATUS_USAGE;
        watch.events = host_stream(fd);
    }
    watch.log = host_stream(dup(STDERR_FILENO));
    if (watch.log && (watch.events || !options->trace_file))
        vm->observer = observer_create(vm, &watch);
    return vm->observer ? 0 : fail(STATUS_HOST, "out of memory");
}

/* The debugger, and, where runs repeat, what it takes to go back in them. */
static int attach_debugger(struct vm *vm, const struct options *options)
{
    if (!options->gdb)
        return 0;
    if (vm->virtual_time && !vm->journal)
        vm->journal = journal_create(NULL);
    if (vm->virtual_time && (!vm->journal || !timeline_create(vm)))
        return fail(STATUS_HOST, "out of memory");
    vm->debugger = debugger_create(vm, options->gdb);
    return vm->debugger ? 0 : STATUS_USAGE;
}

static void dump_registers(struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        fprintf(stderr, "vCPU %u%s\n", i, vm->vcpus[i].started ? "" : ", stopped");
        vm->backend->show_registers(&vm->vcpus[i], stderr);
    }
}

/* A guest that the VMM has ended, and that is no doing of the host's, leaves a core. */
static int leave_core(struct vm *vm, const struct options *options, int fd)
{
    if (*last_failure() && vm->status >= STATUS_DIED && vm->status <= STATUS_TIMEOUT &&
        !host_stop_signal())
        return core_write(vm, fd, options->core);
    host_remove_file(options->core, fd);
    return 0;
}

/* What came of a run, once it has ended. */
static int finish_run(struct vm *vm, const struct options *options, int core, int status)
{
    int failures[] = {
        options->core ? leave_core(vm, options, core) : 0,
        options->replay && !host_stop_signal() ? record_check(vm, status) : 0,
        0,
    };

    if (options->record && !host_stop_signal())
        record_end(vm);
    if (options->dump_regs)
        dump_registers(vm);
    failures[2] = observer_finish(vm->observer);
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
        if (failures[i])
            return failures[i];
    return status;
}

static int run_guest(struct vm *vm, const struct options *options)
{
    int status, core = -1;

    status = open_observer(vm, options);
    if (status)
        return status;
    if (options->core) {
        core = host_create_file("--core", options->core, vm->image->source);
        if (core < 0)
            return STATUS_USAGE;
    }
    if (options->record)
        status = record_begin(vm, options);
    if (status)
        return status;
    if (options->label)
        vm->labels = labels_create(vm->vcpu_count, host_output_in_colour());
    if (options->label && !vm->labels)
        return fail(STATUS_HOST, "out of memory");
    vm->end_ns = options->timeout > 0 ? host_now() + (uint64_t)(options->timeout * 1e9) : NEVER;
    host_set_end(vm->end_ns);
    status = attach_debugger(vm, options);
    if (status)
        return status;
    status = vm_run(vm);
    host_input_close();
    return finish_run(vm, options, core, status);
}

static int serve(struct options *options)
{
    struct source source;
    struct image image;
    struct vm vm = {.image = &image};
    int status = host_open_image(&source, options->guest);

    if (status)
        return status;
    status = image_open(&image, &source);
    if (!status)
        status = choose_backend(&vm, options, &image);
    if (!status && options->replay)
        status = open_recording(&vm, options);
    if (!status)
        status = check_options(vm.backend, options);
    if (!status)
        status = choose_transport(&vm, options->transport);
    if (!status)
        status = create_vm(&vm, options);
    if (!status)
        status = vm.backend->boot(&vm, &image);
    if (!status)
        status = run_guest(&vm, options);
    destroy_vm(&vm);
    host_close_image(&source);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;

    host_init();
    status = options_parse(&options, argc, argv);
    if (status)
        return status;
    if (options.doctor)
        return options.doctor_best ? doctor_best() : doctor();
    status = serve(&options);
    if (host_stop_signal())
        host_die_by(host_stop_signal());
    return status;
}

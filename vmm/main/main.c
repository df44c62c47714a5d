/* SPDX-License-Identifier: MIT */
/* Runs a guest from the command line to its end, one step after the other. */
#include "core/limits.h"
#include "core/platform.h"
#include "diff.h"
#include "doctor.h"
#include "gdb/debugger.h"
#include "host/posix/host.h"
#include "host/posix/sandbox.h"
#include "image/core_file.h"
#include "options.h"
#include "replay/record.h"
#include "replay/timeline.h"
#include "setup.h"
#include "watch/labels.h"
#include "watch/observer.h"

#include <stdlib.h>
#include <string.h>

/* A VM, and what watches and controls its run. Parts that no option asks for are NULL. */
struct session {
    const struct options *options;
    struct source source, initrd, disk;
    struct image image;
    struct vm vm;
    struct recording recording; /* --replay */
    struct journal *journal;
    struct timeline *timeline;
    struct labels *labels;
    struct observer *observer;
    struct debugger *debugger;
    uint8_t *beginning; /* of vm_save_state, for gdb's `run` and --reboot */
    int core;           /* a file descriptor; -1: none */
};

static int out_of_memory(void)
{
    return fail(STATUS_HOST, "out of memory");
}

/* Joins the image's file name and the guest's arguments, each with its NUL, for LAB.get_args.
 * The folder is left out: with it a guest would take other instructions at its start, and so
 * other turns of its harts, wherever else the same image lies. *size receives the bytes.
 * Returns NULL without memory. */
static char *join_args(const struct options *options, size_t *size)
{
    const char *slash = strrchr(options->guest, '/');
    const char *name = slash ? slash + 1 : options->guest;
    char *args, *at;

    *size = strlen(name) + 1;
    for (char **arg = options->args; *arg; arg++)
        *size += strlen(*arg) + 1;
    if (options->append)
        *size += strlen(options->append) + 1;
    args = at = malloc(*size);
    if (!args)
        return NULL;
    at = stpcpy(at, name) + 1;
    for (char **arg = options->args; *arg; arg++)
        at = stpcpy(at, *arg) + 1;
    if (options->append)
        stpcpy(at, options->append);
    return args;
}

/* Reads a recording. Its options replace those of the command line. */
static int open_recording(struct session *session, struct vm_options *vm)
{
    struct recording *recording = &session->recording;
    const struct options *options = session->options;
    int status;

    if (options->record)
        return fail(STATUS_USAGE, "--record: a replayed run is already recorded: copy its file");
    if (options->shaped || options->args[0] || options->append)
        return fail(STATUS_USAGE, "--replay: the recording has -m, -c, --seed and the guest's "
                                  "arguments: do not give them");
    session->journal = journal_create(NULL);
    if (!session->journal)
        return out_of_memory();
    status = record_open(recording, session->journal, options->replay, &session->image);
    vm_options_repeat(vm, recording);
    return status;
}

/* Opens the files that the guest finds beside its image. */
static int open_files(struct session *session)
{
    const struct options *options = session->options;
    struct image *image = &session->image;
    int status = 0;

    if (options->initrd && (image->runtime || image->type != IMAGE_RISCV64))
        return fail(STATUS_USAGE, "--initrd: %s is not a RISC-V kernel: only one finds the file",
                    session->source.name);
    if (options->initrd)
        status = host_open_file(&session->initrd, "--initrd", options->initrd);
    if (!status && options->initrd)
        image->initrd = &session->initrd;
    if (!status && options->disk)
        status = host_open_file(&session->disk, "--disk", options->disk);
    if (!status && options->disk)
        image->disk = &session->disk;
    return status;
}

static int create_vm(struct session *session)
{
    struct vm_options options = session->options->vm;
    char *args = NULL;
    int status;

    options.goes_back = session->options->gdb != NULL;
    if (session->options->replay) {
        status = open_recording(session, &options);
    } else {
        options.args = args = join_args(session->options, &options.args_size);
        status = args ? 0 : out_of_memory();
    }
    if (!status)
        status = vm_create(&session->vm, &session->image, &options);
    free(args);
    return status ? status : lab_setup(&session->vm);
}

/* Attaches a journal for --record, for --replay, or for gdb to go back. */
static int attach_journal(struct session *session)
{
    const struct options *options = session->options;
    struct vm *vm = &session->vm;

    if ((options->record || options->replay) && !vm->virtual_time)
        return fail(STATUS_USAGE, "--%s: runs do not repeat on %s%s: use soft without --real-time",
                    options->record ? "record" : "replay", vm->backend->name,
                    options->vm.real_time ? " with --real-time" : "");
    if (options->record) {
        int fd = host_create_file("--record", options->record, &session->source);
        FILE *out = fd < 0 ? NULL : host_stream(fd);

        if (!out)
            return STATUS_USAGE;
        session->journal = record_begin(vm, options->vm.seed, out);
    } else if (options->gdb && vm->virtual_time && !session->journal) {
        session->journal = journal_create(NULL);
    } else if (!session->journal) {
        return 0;
    }
    if (!session->journal)
        return out_of_memory();
    journal_attach(session->journal, vm);
    return 0;
}

static int attach_timeline(struct session *session)
{
    if (!session->options->gdb || !session->vm.virtual_time)
        return 0;
    session->timeline = timeline_create(&session->vm, session->journal);
    return session->timeline ? 0 : out_of_memory();
}

static int attach_labels(struct session *session)
{
    if (!session->options->label)
        return 0;
    session->labels = labels_create(&session->vm, host_output_in_colour());
    return session->labels ? 0 : out_of_memory();
}

static int create_stream(const struct session *session, const char *option, const char *path,
                         FILE **stream)
{
    int fd = host_create_file(option, path, &session->source);

    if (fd < 0)
        return STATUS_USAGE;
    *stream = host_stream(fd);
    return *stream ? 0 : out_of_memory();
}

static int attach_observer(struct session *session)
{
    const struct options *options = session->options;
    struct observer_options watch = {
        .log = stderr, .trace = options->trace, .stats = options->stats, .no_kicks = options->gdb};
    int status = 0;

    if (!options->trace && !options->trace_file && options->stats == STATS_NONE)
        return 0;
    if (options->trace_file)
        status = create_stream(session, "--trace", options->trace_file, &watch.events);
    if (!status && options->log)
        status = create_stream(session, "--log", options->log, &watch.log);
    if (status)
        return status;
    session->observer = observer_create(&session->vm, &watch);
    return session->observer ? 0 : out_of_memory();
}

static int open_core(struct session *session)
{
    if (!session->options->core)
        return 0;
    session->core = host_create_file("--core", session->options->core, &session->source);
    return session->core < 0 ? STATUS_USAGE : 0;
}

static int attach_gdb(struct session *session)
{
    if (!session->options->gdb)
        return 0;
    session->debugger = debugger_create(&session->vm, session->options->gdb, session->timeline);
    if (!session->debugger)
        return STATUS_USAGE;
    return session->timeline && !timeline_begin(session->timeline) ? out_of_memory() : 0;
}

/* Keeps the state before the first instruction, for a run that may begin again. */
static int save_beginning(struct session *session)
{
    if (!session->options->gdb && !session->options->reboot)
        return 0;
    session->beginning = malloc(vm_state_size(&session->vm));
    if (!session->beginning)
        return out_of_memory();
    vm_save_state(&session->vm, session->beginning);
    return 0;
}

static void dump_registers(struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        fprintf(stderr, "vCPU %u%s\n", i, vm->vcpus[i].started ? "" : ", stopped");
        vm->backend->show_registers(&vm->vcpus[i], stderr);
    }
}

/* Writes a core if the VMM has ended the guest. Removes the file otherwise, also after a signal. */
static int leave_core(struct session *session)
{
    const char *path = session->options->core;
    const int status = session->vm.status;

    if (*last_failure() && status >= STATUS_DIED && status <= STATUS_TIMEOUT && !host_stop_signal())
        return core_write(&session->vm, session->core, path);
    host_remove_file(path, session->core);
    return 0;
}

/* Writes what options ask for at the end of a run. Returns `status`, or that of a failure here. */
static int finish_run(struct session *session, int status)
{
    const struct options *options = session->options;
    int core = 0, recording = 0, watch;

    if (options->core)
        core = leave_core(session);
    if (options->replay && !host_stop_signal())
        recording = record_check(&session->recording, &session->vm, status);
    if (options->record)
        recording = record_end(&session->vm, session->journal, host_stop_signal());
    if (options->dump_regs)
        dump_registers(&session->vm);
    watch = observer_finish(session->observer);
    if (core || recording || watch)
        return core ? core : recording ? recording : watch;
    return status;
}

/* The set-up, in order. What attaches first has the first hook and the lowest console. */
static int (*const steps[])(struct session *session) = {
    open_files, create_vm,       attach_journal, attach_timeline, attach_labels,
    open_core,  attach_observer, attach_gdb,     save_beginning,
};

/* The last step before the guest's first instruction: from here on, what the guest could make the
 * VMM do is limited. */
static int confine(const struct session *session)
{
    const struct options *options = session->options;
    const struct vm *vm = &session->vm;
    const bool socket = options->gdb && strchr(options->gdb, '/');
    struct confined confined;
    const struct confinement confinement = {
        .log = options->sandbox == SANDBOX_LOG,
        .run = (vm->parallel ? RUN_THREADS : 0) | (options->gdb ? RUN_GDB : 0) |
               (options->core ? RUN_CORE : 0) | (options->core || socket ? RUN_REMOVES : 0),
        .ioctls = {vm->backend->ioctls, options->gdb ? vm->backend->debug_ioctls : NULL},
        .removed = {options->core, socket ? options->gdb : NULL},
    };

    if (options->sandbox == SANDBOX_OFF)
        return 0;
    confined = host_confine(&confinement);
    if (!confined.calls && confinement.log)
        return fail(STATUS_HOST, "--sandbox=log: this kernel, or this build, cannot tell which "
                                 "system calls would be refused: see labvisor doctor");
    if (confined.built && !confined.calls && host_errors_on_terminal()) /* for a person */
        fprintf(stderr, "labvisor: not confined: this kernel, or a container, limits no system "
                        "calls: see labvisor doctor; --no-sandbox leaves this line out\n");
    return 0;
}

/* Begins the run again, because gdb has asked for it. A run that repeats reads its journal, and not
 * the host's input. */
static int restart(struct session *session)
{
    struct vm *vm = &session->vm;
    int status = 0;

    if (session->timeline) {
        status = timeline_restart(session->timeline) ? 0 : out_of_memory();
    } else {
        host_input_restart();
        status = vm_restart(vm, &session->options->vm, session->beginning);
    }
    limits_reset_clock(vm);
    return status ? status : debugger_restarted(session->debugger);
}

/* Begins the run again, because the guest has asked for it. Its limits are those of all its runs.
 */
static int reboot(struct session *session)
{
    struct vm *vm = &session->vm;
    const uint64_t exits = vm->exit_count, insns = vm->insn_count;
    int status = vm_restart(vm, &session->options->vm, session->beginning);

    vm->exit_count = exits;
    vm->insn_count = insns;
    return status;
}

/* Returns whether the run begins again; else *status is how it has ended. */
static bool begins_again(struct session *session, int *status)
{
    if (debugger_wants_restart(session->debugger))
        *status = restart(session);
    else if (session->vm.reboot && session->options->reboot && !host_stop_signal())
        *status = reboot(session);
    else
        return false;
    return *status == 0;
}

static int run_to_end(struct session *session)
{
    int status;

    limits_start_clock(&session->vm);
    do
        status = vm_run(&session->vm);
    while (begins_again(session, &status));
    if (session->vm.reboot && status == STATUS_REBOOT)
        fail(STATUS_REBOOT, "the guest has asked for a reboot, as a kernel with panic=-1 does that "
                            "panics: --reboot lets it begin again");
    return status;
}

static void close_session(struct session *session)
{
    debugger_free(session->debugger);
    free(session->beginning);
    timeline_free(session->timeline);
    vm_destroy(&session->vm);
    free(session->labels);
    journal_free(session->journal);
    free(session->recording.args);
    if (session->image.initrd)
        host_close_image(&session->initrd);
    if (session->image.disk)
        host_close_image(&session->disk);
    host_close_image(&session->source);
}

static int run_session(const struct options *options)
{
    struct session session = {.options = options, .core = -1};
    int status = host_open_image(&session.source, options->guest);

    if (status)
        return status;
    status = image_open(&session.image, &session.source);
    for (size_t i = 0; !status && i < sizeof(steps) / sizeof(steps[0]); i++)
        status = steps[i](&session);
    if (!status)
        status = confine(&session);
    if (!status) {
        status = run_to_end(&session);
        host_input_close();
        status = finish_run(&session, status);
    }
    close_session(&session);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;

    host_init();
    if (argc > 1 && strcmp(argv[1], "diff") == 0)
        return diff(argv[0], argv + 2);
    status = options_parse(&options, argc, argv);
    if (status)
        return status;
    if (options.doctor)
        return options.doctor_best ? doctor_best() : doctor();
    status = run_session(&options);
    if (host_stop_signal())
        host_die_by(host_stop_signal());
    return status;
}

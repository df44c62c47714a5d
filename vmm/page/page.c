/* SPDX-License-Identifier: MIT */
/* Makes the guest's VM as the command line does, and stops and steers its run. */
#include "page.h"

#include "core/hypercall.h"
#include "core/platform.h"
#include "main/setup.h"

#include <stdlib.h>
#include <string.h>

struct page page;

uint64_t page_time(struct vcpu *vcpu)
{
    return vcpu->vm->backend->time(vcpu);
}

/* ---- The run stops ---- */

/* Ends page_work. An exit that is pending stays so. */
static void leave(void)
{
    for (unsigned i = 0; i < page.vm.vcpu_count; i++)
        page.vm.vcpus[i].paused = page.vm.vcpus[i].exit_pending;
    page.vm.leave = true;
}

static void arrive(const char *why)
{
    page.goal = GOAL_NONE;
    page.why = why;
    page.vm.vcpus[page.selected].orders.step = false;
    leave();
}

static bool wants_exit(struct rewind_client *client, struct vcpu *vcpu)
{
    (void)client, (void)vcpu;
    return false;
}

static void restored(struct rewind_client *client)
{
    (void)client;
    for (unsigned i = 0; i < page.vm.vcpu_count; i++) {
        page.asked[i] = page.vm.vcpus[i].exit_pending;
        page.vm.vcpus[i].paused = false;
    }
    page.asleep_from = 0;
}

static void arrived(struct rewind_client *client, struct vcpu *vcpu, const char *details)
{
    (void)client;
    if (page.goal == GOAL_LINE_SEEK) { /* the part of the run begins here */
        page.vm.vcpus[page.selected].orders.step = true;
        return;
    }
    if (details && *details)
        page.selected = vcpu->id;
    arrive(!details ? "begin" : *details ? details : "arrived");
}

/* ---- Hooks ---- */

static void at_entry(struct hooks *hooks, struct vcpu *vcpu)
{
    (void)hooks;
    page.asked[vcpu->id] = false;
    page.asleep = false;
    page.asleep_from = 0;
    log_entry_to(&page.log, vcpu);
}

static bool filter_takes(const struct vcpu *vcpu)
{
    const struct hypercall *hypercall = &vcpu->exit.hypercall;
    const struct call *call = NULL;
    char name[64];

    if (!page.filter[0])
        return true;
    if (vcpu->exit.kind == EXIT_HYPERCALL)
        call = hypercall_find(hypercall->eid, hypercall->fid);
    if (!call)
        return false;
    snprintf(name, sizeof(name), "%s.%s", call->extension, call->name);
    return strstr(name, page.filter) != NULL;
}

static bool at_exit(struct hooks *hooks, struct vcpu *vcpu)
{
    (void)hooks;
    if (page.asked[vcpu->id] || !exit_is_guests(vcpu->exit.kind))
        return true;
    page.asked[vcpu->id] = true;
    log_exit(&page.log, vcpu);
    if (rewind_is_active(page.timeline))
        return rewind_exited(page.timeline, vcpu);
    if (page.goal != GOAL_EXIT || !filter_takes(vcpu))
        return true;
    vcpu->exit_pending = true;
    page.selected = vcpu->id;
    arrive("exit");
    return false;
}

static void at_write(struct hooks *hooks, gpa_t start, uint64_t length)
{
    (void)hooks;
    page.written_start = start.value;
    page.written_size = length;
}

/* Returns whether the VMM has just written where a watchpoint is. */
static bool has_written_watched(struct vcpu *vcpu)
{
    const uint64_t start = page.written_start, size = page.written_size;
    struct translation to;
    struct paging paging;

    page.written_size = 0;
    for (unsigned i = 0; size > 0 && i < page.breakpoint_count; i++) {
        const struct breakpoint *watch = &page.breakpoints[i];

        vcpu->vm->backend->paging(vcpu, &paging);
        if (watch->type == WATCH_WRITE &&
            paging_translate(&page.vm.memory, &paging, watch->address, &to) &&
            (to.gpa.value - start < size || start - to.gpa.value < watch->length))
            return true;
    }
    return false;
}

static void at_result(struct hooks *hooks, struct vcpu *vcpu)
{
    (void)hooks;
    if (!exit_is_guests(vcpu->exit.kind))
        return;
    log_result(&page.log, vcpu);
    if (!has_written_watched(vcpu))
        return;
    if (rewind_is_active(page.timeline)) {
        rewind_note(page.timeline, vcpu, REWIND_AT_EXIT, "watch");
    } else {
        page.selected = vcpu->id;
        arrive("watch");
    }
}

static void at_stop(struct hooks *hooks, struct vcpu *vcpu)
{
    const struct stop_point *stop = &vcpu->stop;
    const char *why = stop->why == STOPPED_BY_WATCH ? "watch" : "break";

    (void)hooks;
    if (stop->why == STOPPED_BY_STEP) {
        if (!rewind_is_active(page.timeline))
            steps_stepped(vcpu);
    } else if (rewind_is_active(page.timeline)) {
        rewind_note(page.timeline, vcpu, REWIND_BEFORE_INSN, why);
    } else if (page.goal != GOAL_LINE_SEEK) {
        page.selected = vcpu->id;
        arrive(why);
    }
}

static void between(struct hooks *hooks, struct vcpu *vcpu)
{
    (void)hooks;
    log_return(&page.log, vcpu);
    page.random = page.vm.random;
    page.turn = page.vm.turn;
    rewind_check(page.timeline);
    steps_check();
    if (!page.vm.leave && host_now() >= page.deadline)
        leave();
}

/* ---- The console at the bottom: what the user types and sees ---- */

static bool console_keeps(struct console *self, struct vcpu *vcpu, const void *bytes, size_t size)
{
    (void)self, (void)vcpu;
    log_output(&page.log, bytes, size);
    return true;
}

static size_t console_gives(struct console *self, struct vcpu *vcpu, void *bytes, size_t size)
{
    (void)self, (void)vcpu;
    size = size < page.input_size ? size : page.input_size;
    if (size == 0)
        return 0;
    memcpy(bytes, page.input, size);
    page.input_size -= size;
    memmove(page.input, page.input + size, page.input_size);
    return size;
}

static unsigned input_state(struct console *self, struct vcpu *vcpu)
{
    (void)self, (void)vcpu;
    return page.input_size > 0 ? LAB_EVENT_INPUT : page.input_ended ? LAB_EVENT_EOF : 0;
}

/*
 * Nothing here can wait: it leaves the run loop, which asks again. The loop has drawn the next turn
 * before it asks, and draws it again then; so the state of that is put back, or the run would
 * differ from one that waits.
 */
static bool input_first(struct console *self, struct vm *vm, uint64_t due_ns)
{
    (void)self, (void)vm;
    if (page.input_size > 0 || page.input_ended)
        return true;
    if (page.asleep_from == 0)
        page.asleep_from = due_ns;
    if (page.asleep_from != NEVER && host_now() >= page.asleep_from) {
        page.asleep_from = 0;
        return false;
    }
    page.asleep = true;
    page.vm.random = page.random;
    page.vm.turn = page.turn;
    leave();
    return true;
}

/* ---- Set-up ---- */

static size_t read_image(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
    const uint64_t left = offset < source->size ? source->size - offset : 0;

    length = length < left ? length : (size_t)left;
    if (length > 0)
        memcpy(buffer, (const uint8_t *)source->handle + offset, length);
    return length;
}

EXPORT(page_allocate) void *page_allocate(size_t size)
{
    return malloc(size + 1);
}

static int attach(void)
{
    page.console = (struct console){
        .write = console_keeps,
        .read = console_gives,
        .state = input_state,
        .input_first = input_first,
    };
    console_push(&page.vm, &page.console);
    journal_attach(page.journal, &page.vm);
    page.timeline = timeline_create(&page.vm, page.journal);
    if (!page.timeline || !timeline_begin(page.timeline))
        return fail(STATUS_HOST, "out of memory");
    page.client = (struct rewind_client){wants_exit, restored, arrived};
    page.hooks = (struct hooks){
        .events = HOOK_ENTER | HOOK_EXIT | HOOK_HANDLED | HOOK_STOP | HOOK_BETWEEN | HOOK_WRITE,
        .enter = at_entry,
        .exited = at_exit,
        .handled = at_result,
        .stop = at_stop,
        .between = between,
        .write = at_write,
    };
    hooks_add(&page.vm, &page.hooks);
    page.why = "begin";
    return 0;
}

/* Reads a recording, whose options replace those that were given. */
static int read_recording(char *text, size_t size, struct vm_options *options)
{
    struct recording *recording = &page.recording;
    FILE *in = fmemopen(text, size, "r");
    int status;

    page.replayed = true;
    page.journal = journal_create(NULL);
    if (!in || !page.journal)
        return fail(STATUS_HOST, "out of memory");
    status = record_read(recording, page.journal, in, "the recording", &page.image);
    fclose(in);
    vm_options_repeat(options, recording);
    return status;
}

/*
 * Makes the VM. Called once in an instance.
 *
 * image, args  memory of page_allocate, which it keeps; args: as vm_options has them
 * recording    the text of a recording; its size is 0: none
 *
 * Returns 0, or a status after fail().
 */
EXPORT(page_create)
int page_create(uint8_t *image, size_t size, char *args, size_t args_size, char *recording,
                size_t recording_size, double memory, unsigned harts, double seed)
{
    struct vm_options options = {
        .memory = (uint64_t)memory,
        .vcpus = harts,
        .max_exits = UINT64_MAX,
        .max_insns = UINT64_MAX,
        .seed = (uint64_t)seed,
        .args = args,
        .args_size = args_size,
    };
    int status;

    page.source = (struct source){args, size, read_image, (uintptr_t)image};
    status = image_open(&page.image, &page.source);
    if (!status && recording_size > 0)
        status = read_recording(recording, recording_size, &options);
    if (!status && (options.vcpus == 0 || options.vcpus > VCPU_MAX))
        status = fail(STATUS_USAGE, "-c: %u vCPUs given", options.vcpus);
    if (!status)
        status = vm_create(&page.vm, &page.image, &options);
    if (status)
        return status;
    if (!page.replayed) {
        page.record = open_memstream(&page.recorded, &page.recorded_size);
        page.journal = page.record ? record_begin(&page.vm, options.seed, page.record) : NULL;
    }
    return page.journal ? attach() : fail(STATUS_HOST, "out of memory");
}

/* Adds what the user has typed, or ends the input. Returns false if too much waits already. */
EXPORT(page_input) bool page_input(const uint8_t *bytes, size_t size, bool ended)
{
    uint8_t *input = NULL;

    if (size <= INPUT_MAX - page.input_size)
        input = realloc(page.input, page.input_size + size + 1);
    if (!input)
        return false;
    memcpy(input + page.input_size, bytes, size);
    page.input = input;
    page.input_size += size;
    page.input_ended |= ended;
    return true;
}

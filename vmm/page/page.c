/* SPDX-License-Identifier: MIT */
/* Makes the guest's VM as the command line does, and stops and steers its run. */
#include "page.h"

#include "core/hypercall.h"
#include "core/platform.h"
#include "main/setup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS   1e6
#define MIB         (UINT64_C(1) << 20)
#define BLOCK_STEPS (UINT64_C(1) << 23) /* soft has a snapshot at about every so many steps */

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

/* ---- Orders ---- */

/* Begins an order: the one before is over. Returns false if the guest is where it cannot be done.
 */
static void begin(enum goal goal)
{
    rewind_cancel(page.timeline);
    page.vm.vcpus[page.selected].orders.step = false;
    page.goal = goal;
    page.why = "";
}

EXPORT(page_select) void page_select(unsigned hart)
{
    if (hart < page.vm.vcpu_count)
        page.selected = hart;
}

EXPORT(page_stop) void page_stop(void)
{
    begin(GOAL_NONE);
    page.why = "pause";
}

EXPORT(page_run) void page_run(void)
{
    begin(page.vm.stopped ? GOAL_NONE : GOAL_RUN);
}

/* Goes to the next exit whose name has the text at `filter`, beyond what is known. */
EXPORT(page_run_to_exit) void page_run_to_exit(const char *filter)
{
    snprintf(page.filter, sizeof(page.filter), "%s", filter);
    begin(page.vm.stopped ? GOAL_NONE : GOAL_EXIT);
}

static void go_to(position_t position)
{
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];
    const position_t now = timeline_now(page.timeline);

    if (position >= now && position - now < 2 * BLOCK_STEPS)
        rewind_ahead(page.timeline, &page.client, vcpu, position, 0);
    else
        rewind_to(page.timeline, &page.client, vcpu, position);
}

/* Goes to a position, or as far as the guest comes. */
EXPORT(page_go) void page_go(double position)
{
    begin(GOAL_ARRIVE);
    if (page.vm.stopped && (position_t)position >= timeline_now(page.timeline)) {
        page.goal = GOAL_NONE;
        return;
    }
    go_to((position_t)position);
}

/* Goes to where an exit is pending. */
EXPORT(page_go_to_exit) void page_go_to_exit(double number)
{
    const uint64_t exit = (uint64_t)number;
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];

    begin(GOAL_ARRIVE);
    if (exit <= page.vm.exit_numbers) {
        rewind_to_exit(page.timeline, &page.client, vcpu, exit);
    } else if (page.vm.stopped) {
        page.goal = GOAL_NONE;
    } else {
        if (timeline_jump_to_exit(page.timeline, exit))
            restored(&page.client);
        rewind_ahead(page.timeline, &page.client, vcpu, 0, exit);
    }
}

/* Goes by one instruction, or from an exit to after it; back by the same. */
EXPORT(page_step) void page_step(bool back)
{
    const position_t now = timeline_now(page.timeline);
    const uint64_t exit = log_before(&page.log, now);
    const struct entry *entry = log_entry(&page.log, exit);

    if (!back)
        page_go((double)(now + 1));
    else if (entry && position_of(entry->insns, true) + 1 == now)
        page_go_to_exit((double)exit);
    else
        page_go((double)(now > 1 ? now - 2 + now % 2 : 0));
}

EXPORT(page_line) void page_line(bool back)
{
    begin(GOAL_NONE);
    steps_line(back);
}

/* Goes back to the last breakpoint or watchpoint, or to the beginning. */
EXPORT(page_back) void page_back(void)
{
    begin(GOAL_ARRIVE);
    if (!rewind_continue(page.timeline, &page.client, &page.vm.vcpus[page.selected]))
        page.goal = GOAL_NONE;
}

/* Inserts or removes a breakpoint. Returns NULL, or why not. */
EXPORT(page_break)
const char *page_break(int type, double address_high, double address_low, double length, bool on)
{
    const struct breakpoint breakpoint = {
        .type = type == 0 ? BREAK_HARDWARE : WATCH_WRITE,
        .address = (uint64_t)address_high << 32 | (uint64_t)address_low,
        .length = type == 0 ? 0 : (uint64_t)length,
    };
    const struct debug_ops *ops = page.vm.backend->debug;
    const char *why;

    for (unsigned i = 0; i < page.breakpoint_count; i++) {
        struct breakpoint *at = &page.breakpoints[i];

        if (at->type != breakpoint.type || at->address != breakpoint.address ||
            at->length != breakpoint.length)
            continue;
        if (!on) {
            ops->remove(&page.vm.vcpus[0], at);
            *at = page.breakpoints[--page.breakpoint_count];
        }
        return NULL;
    }
    if (!on)
        return NULL;
    if (page.breakpoint_count == BREAKPOINTS_MAX)
        return "there are too many breakpoints";
    why = ops->insert(&page.vm.vcpus[0], &breakpoint);
    if (!why)
        page.breakpoints[page.breakpoint_count++] = breakpoint;
    return why;
}

/* ---- Work ---- */

static void note_head(void)
{
    const position_t now = timeline_now(page.timeline);

    if (now > page.head || page.vm.stopped)
        page.head = now;
    if (!page.vm.stopped)
        return;
    page.ended = true;
    page.status = page.vm.status;
    rewind_cancel(page.timeline);
    page.goal = GOAL_NONE;
    page.why = "end";
}

/* What page_work tells. */
enum work { WORK_DONE, WORK_GOES_ON, WORK_SLEEPS };

/* Runs the guest towards its goal, for a time in ms. Returns enum work. */
EXPORT(page_work) int page_work(double budget)
{
    if (page.goal == GOAL_NONE)
        return WORK_DONE;
    page.deadline = host_now() + (uint64_t)(budget * NS_PER_MS);
    for (unsigned i = 0; i < page.vm.vcpu_count; i++)
        page.vm.vcpus[i].paused = false;
    page.asleep = false;
    vm_run(&page.vm);
    note_head();
    if (page.asleep && page.goal != GOAL_NONE) {
        page.why = "asleep";
        return WORK_SLEEPS;
    }
    return page.goal == GOAL_NONE ? WORK_DONE : WORK_GOES_ON;
}

/* Returns in how many ms a guest that sleeps has to be run again; negative: only with input. */
EXPORT(page_sleep) double page_sleep(void)
{
    const uint64_t now = host_now(), due = page.asleep_from;

    if (due == NEVER || due == 0)
        return -1;
    return due > now ? (double)(due - now) / NS_PER_MS : 0;
}

/* Returns the recording of the run up to its head, as a text; NULL: this run repeats one. */
EXPORT(page_recording) const char *page_recording(void)
{
    if (!page.record || fflush(page.record) != 0)
        return NULL;
    if (!page.ended || page.record_ended)
        return page.recorded;
    page.record_ended = true;
    journal_note(page.journal, "end %d %" PRIu64, page.status, position_insns(page.head));
    fflush(page.record);
    return page.recorded;
}

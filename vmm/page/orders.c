/* SPDX-License-Identifier: MIT */
/* What the worker orders: to run, to go somewhere, to stop somewhere. page_work does it. */
#include "page.h"

#include "core/platform.h"

#include <inttypes.h>

#define NS_PER_MS   1e6
#define BLOCK_STEPS (UINT64_C(1) << 23) /* soft has a snapshot at about every so many steps */

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
            page.client.restored(&page.client);
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

/* Returns the index of a breakpoint; breakpoint_count: it is not there. */
static unsigned find_breakpoint(const struct breakpoint *breakpoint)
{
    unsigned i = 0;

    while (i < page.breakpoint_count && (page.breakpoints[i].type != breakpoint->type ||
                                         page.breakpoints[i].address != breakpoint->address ||
                                         page.breakpoints[i].length != breakpoint->length))
        i++;
    return i;
}

static const char *set_breakpoint(const struct breakpoint *breakpoint, bool on)
{
    const struct debug_ops *ops = page.vm.backend->debug;
    const unsigned at = find_breakpoint(breakpoint);
    const bool there = at < page.breakpoint_count;
    const char *why = NULL;

    if (there == on)
        return NULL;
    if (there) {
        ops->remove(&page.vm.vcpus[0], breakpoint);
        page.breakpoints[at] = page.breakpoints[--page.breakpoint_count];
    } else if (page.breakpoint_count == BREAKPOINTS_MAX) {
        return "there are too many breakpoints";
    } else {
        why = ops->insert(&page.vm.vcpus[0], breakpoint);
        if (!why)
            page.breakpoints[page.breakpoint_count++] = *breakpoint;
    }
    return why;
}

/* Inserts or removes a breakpoint: type 0 stops before code, others before a write. Returns NULL,
 * or why not. */
EXPORT(page_break)
const char *page_break(int type, double high, double low, double length, bool on)
{
    const struct breakpoint breakpoint = {
        .type = type == 0 ? BREAK_HARDWARE : WATCH_WRITE,
        .address = (uint64_t)high << 32 | (uint64_t)low,
        .length = type == 0 ? 0 : (uint64_t)length,
    };

    return set_breakpoint(&breakpoint, on);
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

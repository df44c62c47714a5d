/* SPDX-License-Identifier: MIT */
/*
 * The breakpoints that gdb has inserted. If the back end lacks watchpoints, the guest is
 * single-stepped, and each watched value is compared after each step.
 */
#include "gdb.h"

#include <string.h>

static bool is_same(const struct breakpoint *a, const struct breakpoint *b)
{
    return a->type == b->type && a->address == b->address && a->length == b->length;
}

static unsigned find(const struct debugger *debugger, const struct breakpoint *breakpoint)
{
    unsigned i = 0;

    while (i < debugger->breakpoint_count && !is_same(&debugger->breakpoints[i], breakpoint))
        i++;
    return i;
}

bool breakpoints_has(const struct debugger *debugger, enum breakpoint_type type, uint64_t address)
{
    for (unsigned i = 0; i < debugger->breakpoint_count; i++)
        if (debugger->breakpoints[i].type == type && debugger->breakpoints[i].address == address)
            return true;
    return false;
}

bool breakpoints_stop(struct debugger *debugger, struct vcpu *vcpu, const struct stop_point *stop)
{
    const struct breakpoint breakpoint = {.type = stop->type, .address = stop->address};
    unsigned i = find(debugger, &breakpoint);

    return i < debugger->breakpoint_count &&
           conditions_stop(debugger, vcpu, &debugger->conditions[i]);
}

/* Returns the first 8 bytes of what is watched; 0 if it is not mapped. */
static uint64_t value_of(struct debugger *debugger, struct vcpu *vcpu,
                         const struct breakpoint *watch)
{
    uint64_t value = 0;

    memory_read(debugger, vcpu, watch->address, (uint8_t *)&value,
                watch->length < sizeof(value) ? watch->length : sizeof(value));
    return value;
}

/* Returns whether steps can replace a watchpoint: they show only writes that change the value. */
static bool can_be_stepped(const struct breakpoint *watch)
{
    return watch->type == WATCH_WRITE && watch->length <= sizeof(uint64_t);
}

const char *breakpoints_insert(struct debugger *debugger, const struct breakpoint *breakpoint,
                               const struct conditions *conditions)
{
    unsigned i = find(debugger, breakpoint);
    bool stepped = false;
    const char *reason;

    if (i < debugger->breakpoint_count) {
        debugger->conditions[i] = *conditions;
        return NULL;
    }
    if (i == BREAKPOINTS_MAX)
        return "too many breakpoints: delete one";
    if (breakpoint->type >= WATCH_WRITE &&
        (breakpoint->length == 0 || breakpoint->length > UINT32_MAX))
        return "the length of a watchpoint is 1 to 4294967295 bytes";
    reason = debugger->ops->insert(debugger->selected, breakpoint);
    if (reason && breakpoint->type >= WATCH_WRITE && can_be_stepped(breakpoint)) {
        if (!debugger->steps_announced)
            fprintf(stderr, "labvisor: gdb: the watchpoint uses single steps, which are slow: %s\n",
                    reason);
        debugger->steps_announced = true;
        reason = NULL;
        stepped = true;
    }
    if (reason)
        return reason;
    debugger->breakpoints[i] = *breakpoint;
    debugger->conditions[i] = *conditions;
    debugger->watched[i] = stepped ? value_of(debugger, debugger->selected, breakpoint) : 0;
    debugger->breakpoint_count++;
    debugger->is_stepped[i] = stepped;
    debugger->stepped_watches += stepped;
    return NULL;
}

void breakpoints_remove(struct debugger *debugger, const struct breakpoint *breakpoint)
{
    unsigned i = find(debugger, breakpoint), last = debugger->breakpoint_count - 1;

    if (i > last || debugger->breakpoint_count == 0)
        return;
    if (debugger->is_stepped[i])
        debugger->stepped_watches--;
    else
        debugger->ops->remove(debugger->selected, breakpoint);
    debugger->breakpoints[i] = debugger->breakpoints[last];
    debugger->conditions[i] = debugger->conditions[last];
    debugger->watched[i] = debugger->watched[last];
    debugger->is_stepped[i] = debugger->is_stepped[last];
    debugger->breakpoint_count = last;
}

void breakpoints_remove_all(struct debugger *debugger)
{
    while (debugger->breakpoint_count > 0) {
        const struct breakpoint first = debugger->breakpoints[0];

        breakpoints_remove(debugger, &first);
    }
}

const struct breakpoint *breakpoints_changed(struct debugger *debugger, struct vcpu *vcpu)
{
    for (unsigned i = 0; i < debugger->breakpoint_count; i++) {
        uint64_t value;

        if (!debugger->is_stepped[i])
            continue;
        value = value_of(debugger, vcpu, &debugger->breakpoints[i]);
        if (value == debugger->watched[i])
            continue;
        debugger->watched[i] = value;
        return &debugger->breakpoints[i];
    }
    return NULL;
}

/* ---- What the VMM writes ---- */

void breakpoints_note_write(struct hooks *hooks, gpa_t start, uint64_t length)
{
    struct debugger *debugger = debugger_of(hooks);
    struct vmm_writes *writes = &debugger->writes;

    if (debugger->state != RUNNING) /* gdb itself writes */
        return;
    if (writes->count == VMM_WRITES_MAX) {
        writes->count = 1;
        start = gpa(0);
        length = UINT64_MAX;
    }
    writes->ranges[writes->count].start = start;
    writes->ranges[writes->count++].length = length;
}

/* Returns whether the VMM has written to [start, start + size). */
static bool was_written(const struct vmm_writes *writes, gpa_t start, uint64_t size)
{
    for (unsigned i = 0; i < writes->count; i++)
        if (start.value - writes->ranges[i].start.value < writes->ranges[i].length ||
            writes->ranges[i].start.value - start.value < size)
            return true;
    return false;
}

static bool watch_was_written(const struct debugger *debugger, struct vcpu *vcpu,
                              const struct breakpoint *watch)
{
    struct translation to;
    struct paging paging;

    vcpu->vm->backend->paging(vcpu, &paging);
    for (uint64_t done = 0; done < watch->length; done += to.size) {
        if (!paging_translate(&vcpu->vm->memory, &paging, watch->address + done, &to))
            return false;
        if (to.size > watch->length - done)
            to.size = watch->length - done;
        if (was_written(&debugger->writes, to.gpa, to.size))
            return true;
    }
    return false;
}

const struct breakpoint *breakpoints_written(const struct debugger *debugger, struct vcpu *vcpu)
{
    for (unsigned i = 0; i < debugger->breakpoint_count && debugger->writes.count > 0; i++) {
        const struct breakpoint *watch = &debugger->breakpoints[i];

        if ((watch->type == WATCH_WRITE || watch->type == WATCH_ACCESS) &&
            !debugger->is_stepped[i] && watch_was_written(debugger, vcpu, watch))
            return watch;
    }
    return NULL;
}

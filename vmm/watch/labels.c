/* SPDX-License-Identifier: MIT */
#include "labels.h"

#include "core/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 1024 /* a longer line becomes several */
#define NONE       UINT32_MAX
#define COLOURS    6 /* SGR parameters of ECMA-48, from 31 (red) */

struct line {
    size_t size;
    char text[LINE_BYTES];
};

struct labels {
    struct console console;
    struct state_area area; /* from `open` to the end */
    bool colour;
    unsigned open;       /* the vCPU whose unfinished line is shown; NONE: there is none */
    struct line lines[]; /* per vCPU: output that is not shown yet */
};

static struct labels *of(struct console *console)
{
    return (struct labels *)console; /* its first member */
}

/* Writes a line with a single write, so that a reader never sees a part of it. */
static bool put(struct labels *labels, struct vcpu *vcpu, bool end)
{
    struct line *line = &labels->lines[vcpu->id];
    char out[LINE_BYTES + 64], label[16] = "", colour[16] = "";
    int size;

    if (labels->open != vcpu->id)
        snprintf(label, sizeof(label), "[%u] ", vcpu->id);
    if (labels->colour)
        snprintf(colour, sizeof(colour), "\033[%um", 31 + (vcpu->id + 1) % COLOURS);
    size = snprintf(out, sizeof(out), "%s%s%s", *label && labels->open != NONE ? "\n" : "", colour,
                    label);
    memcpy(out + size, line->text, line->size);
    size += (int)line->size;
    size += snprintf(out + size, sizeof(out) - (size_t)size, "%s%s", *colour ? "\033[0m" : "",
                     end ? "\n" : "");
    labels->open = end ? NONE : vcpu->id;
    line->size = 0;
    return endpoint_write(labels->console.below, vcpu, out, (size_t)size);
}

static bool write_lines(struct console *console, struct vcpu *vcpu, const void *bytes, size_t size)
{
    struct labels *labels = of(console);
    struct line *line = &labels->lines[vcpu->id];
    const char *text = bytes;

    for (size_t i = 0; i < size; i++) {
        char c = text[i]; /* fetched once: another hart may write there meanwhile */
        bool end = c == '\n';

        if ((end || line->size == LINE_BYTES) && !put(labels, vcpu, true))
            return false;
        if (!end)
            line->text[line->size++] = c;
    }
    return true;
}

/* Shows an unfinished line. The write may stop the VM, which flushes again: so put() empties the
 * line first. */
static void flush(struct console *console, struct vcpu *vcpu)
{
    struct labels *labels = of(console);

    if (labels->lines[vcpu->id].size > 0)
        put(labels, vcpu, false);
}

struct labels *labels_create(struct vm *vm, bool colour)
{
    size_t size = sizeof(struct labels) + vm->vcpu_count * sizeof(struct line);
    struct labels *labels = calloc(1, size);

    if (!labels)
        return NULL;
    labels->console = (struct console){.write = write_lines, .flush = flush};
    labels->area = (struct state_area){&labels->open, size - offsetof(struct labels, open), NULL};
    labels->colour = colour;
    labels->open = NONE;
    vm_add_state(vm, &labels->area);
    console_push(vm, &labels->console);
    return labels;
}

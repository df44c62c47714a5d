#include "labels.h"

#include "services/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 1024 /* a longer line is cut into several */
#define NOBODY     UINT32_MAX
#define COLOURS    6 /* of ECMA-48's SGR, from 31, red, on */

struct line {
    size_t size;
    char text[LINE_BYTES];
};

struct labels {
    size_t size; /* bytes of this all */
    bool colour;
    unsigned open; /* the vCPU whose line on the screen has no end yet, or NOBODY */
    struct line lines[];
};

struct labels *labels_create(unsigned vcpus, bool colour)
{
    size_t size = sizeof(struct labels) + vcpus * sizeof(struct line);
    struct labels *labels = calloc(1, size);

    if (!labels)
        return NULL;
    labels->size = size;
    labels->colour = colour;
    labels->open = NOBODY;
    return labels;
}

/* In one piece, so that a reader never sees a part of a line. */
static bool put(struct labels *labels, struct vcpu *vcpu, bool end)
{
    struct line *line = &labels->lines[vcpu->id];
    char piece[LINE_BYTES + 64], label[16] = "", colour[16] = "";
    int size;

    if (labels->open != vcpu->id)
        snprintf(label, sizeof(label), "[%u] ", vcpu->id);
    if (labels->colour)
        snprintf(colour, sizeof(colour), "\033[%um", 31 + (vcpu->id + 1) % COLOURS);
    size = snprintf(piece, sizeof(piece), "%s%s%s", *label && labels->open != NOBODY ? "\n" : "",
                    colour, label);
    memcpy(piece + size, line->text, line->size);
    size += (int)line->size;
    size += snprintf(piece + size, sizeof(piece) - (size_t)size, "%s%s", *colour ? "\033[0m" : "",
                     end ? "\n" : "");
    labels->open = end ? NOBODY : vcpu->id;
    line->size = 0;
    return console_put(vcpu, piece, (size_t)size);
}

bool labels_write(struct vcpu *vcpu, const char *text, size_t size)
{
    struct labels *labels = vcpu->vm->labels;
    struct line *line = &labels->lines[vcpu->id];

    for (size_t i = 0; i < size; i++) {
        bool end = text[i] == '\n';

        if ((end || line->size == LINE_BYTES) && !put(labels, vcpu, true))
            return false;
        if (!end)
            line->text[line->size++] = text[i];
    }
    return true;
}

void labels_show(struct vcpu *vcpu)
{
    struct labels *labels = vcpu->vm->labels;

    if (labels && labels->lines[vcpu->id].size > 0)
        put(labels, vcpu, false);
}

/* What is shown may stop the VM, and lead here again: a line is empty once it is on its way. */
void labels_finish(struct vm *vm)
{
    for (unsigned i = 0; vm->labels && i < vm->vcpu_count && !vm->stopped; i++)
        labels_show(&vm->vcpus[i]);
}

void labels_free(struct vm *vm)
{
    free(vm->labels);
    vm->labels = NULL;
}

void *labels_save(const struct vm *vm)
{
    void *copy = vm->labels ? malloc(vm->labels->size) : NULL;

    return copy ? memcpy(copy, vm->labels, vm->labels->size) : NULL;
}

void labels_restore(struct vm *vm, const void *copy)
{
    if (vm->labels && copy)
        memcpy(vm->labels, copy, vm->labels->size);
}

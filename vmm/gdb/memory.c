/* SPDX-License-Identifier: MIT */
/* Reads and writes guest memory at virtual addresses, by a vCPU's present page tables. */
#include "gdb.h"

#include <string.h>

/*
 * Translates a GVA.
 *
 * start  receives its GPA
 * size   bytes wanted; receives how many of them are contiguous there
 *
 * Returns host memory, or NULL if the GVA is not mapped to RAM.
 */
static uint8_t *translate(const struct vcpu *vcpu, const struct paging *paging, uint64_t gva,
                          gpa_t *start, size_t *size)
{
    const struct memory *memory = &vcpu->vm->memory;
    struct translation translation;

    if (!paging_translate(memory, paging, gva, &translation))
        return NULL;
    if (translation.size < *size)
        *size = translation.size;
    *start = translation.gpa;
    return memory_at(memory, *start, *size);
}

size_t memory_read(struct debugger *debugger, struct vcpu *vcpu, uint64_t gva, uint8_t *bytes,
                   size_t size)
{
    struct paging paging;
    size_t done = 0, part;
    gpa_t start;

    vcpu->vm->backend->paging(vcpu, &paging);
    for (; done < size; done += part) {
        const uint8_t *hva;

        part = size - done;
        hva = translate(vcpu, &paging, gva + done, &start, &part);
        if (!hva)
            break;
        memcpy(bytes + done, hva, part);
        if (debugger->ops->hide)
            debugger->ops->hide(vcpu->vm, start, bytes + done, part);
    }
    return done;
}

size_t memory_write(struct debugger *debugger, struct vcpu *vcpu, uint64_t gva,
                    const uint8_t *bytes, size_t size)
{
    struct paging paging;
    size_t done = 0, part;
    gpa_t start;

    vcpu->vm->backend->paging(vcpu, &paging);
    for (; done < size; done += part) {
        uint8_t *hva;

        part = size - done;
        hva = translate(vcpu, &paging, gva + done, &start, &part);
        if (!hva)
            break;
        memory_for_write(vcpu->vm, start, part);
        memcpy(hva, bytes + done, part);
        if (debugger->ops->written)
            debugger->ops->written(vcpu->vm, start, part);
    }
    debugger->guest_changed |= done > 0;
    return done;
}

/* The guest's memory at virtual addresses, as a vCPU's page tables have them now. */
#include "gdb.h"

#include <string.h>

/* Where gva lies, and in *size, at most what it was, how much from there on. NULL: nowhere. */
static uint8_t *find(const struct vcpu *vcpu, const struct paging *paging, uint64_t gva,
                     gpa_t *start, size_t *size)
{
    const struct memory *memory = &vcpu->vm->memory;
    struct translation place;

    if (!paging_translate(memory, paging, gva, &place))
        return NULL;
    if (place.size < *size)
        *size = place.size;
    *start = place.gpa;
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
        const uint8_t *place;

        part = size - done;
        place = find(vcpu, &paging, gva + done, &start, &part);
        if (!place)
            break;
        memcpy(bytes + done, place, part);
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
        uint8_t *place;

        part = size - done;
        place = find(vcpu, &paging, gva + done, &start, &part);
        if (!place)
            break;
        memory_for_write(vcpu->vm, start, part);
        memcpy(place, bytes + done, part);
        if (debugger->ops->written)
            debugger->ops->written(vcpu->vm, start, part);
    }
    debugger->changed |= done > 0;
    return done;
}

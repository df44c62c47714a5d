/* SPDX-License-Identifier: MIT */
/*
 * Guest physical memory: one slot of RAM, and the only way from a guest physical
 * address to memory that the VMM can touch.
 */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* The VMM reads guest memory as its own, and a size_t holds each guest address. In a page, where a
 * pointer has 32 bits, host/web maps no more RAM than that. */
#ifndef VMM_IN_PAGE
#define VMM_IN_PAGE 0
#endif
_Static_assert((sizeof(void *) == 8 || VMM_IN_PAGE) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "labvisor needs a 64-bit little-endian host: build it on x86-64, arm64 or riscv64");

/* A guest physical address. A type of its own, so that C cannot dereference it. */
typedef struct {
    uint64_t value;
} gpa_t;

/* The slot: size bytes of RAM, at base for the guest and at hva for the VMM. */
struct memory {
    gpa_t base;
    uint64_t size;
    uint8_t *hva;
};

static inline gpa_t gpa(uint64_t value)
{
    return (gpa_t){value};
}

/*
 * Translates guest physical memory to the VMM's own.
 *
 * memory  the guest's RAM
 * start   first byte wanted
 * length  bytes wanted; with 0, start may also be the end of RAM
 *
 * Returns where the bytes lie, or NULL if any of them is outside RAM. What lies
 * there can change at any time, because other vCPUs run.
 */
static inline void *memory_at(const struct memory *memory, gpa_t start, uint64_t length)
{
    /* An address below base wraps to a huge offset; no sum here can overflow. */
    uint64_t offset = start.value - memory->base.value;

    if (offset > memory->size || length > memory->size - offset)
        return 0;
    return memory->hva + offset;
}

#endif

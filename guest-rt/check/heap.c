/* SPDX-License-Identifier: MIT */
/*
 * malloc and its kin with zones around each block. A freed block waits in a queue before malloc
 * gives its memory again; until then each access to it is found.
 *
 *   | filler ... | struct block | size bytes ... | zone |
 *   base                        what the guest gets
 */
#include "check.h"

#include "../rt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *p);

struct block {
    size_t size;
    void *base;                         /* what the runtime's malloc gave */
    uintptr_t allocated, freed;         /* return addresses; freed is 0 if it is in use */
    struct block *next, *prev, *queued; /* of all blocks; of the freed ones */
    struct block *self;                 /* its own address: otherwise it is no block */
};

#define ALIGNMENT  16
#define HEADER     sizeof(struct block)
#define QUEUE_SIZE ((size_t)1 << 20)
#define ZONE_MAX   ((size_t)256)

_Static_assert(HEADER % ALIGNMENT == 0, "what follows is aligned");

static struct block *blocks, *oldest, *newest;
static size_t queued;

static uintptr_t payload(const struct block *b)
{
    return (uintptr_t)b + HEADER;
}

static size_t whole(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static size_t zone(size_t size)
{
    return ALIGNMENT + (size / 8 < ZONE_MAX ? whole(size / 8) : ZONE_MAX);
}

/* Returns size bytes at an alignment, with zones on both sides; NULL and errno as aligned_alloc. */
static void *allocate(size_t alignment, size_t size, struct site site)
{
    size_t front = alignment > HEADER ? alignment : HEADER;
    size_t total = size < PTRDIFF_MAX ? front + whole(size) + zone(size) : SIZE_MAX;
    char *base =
        alignment > ALIGNMENT ? __real_aligned_alloc(alignment, total) : __real_malloc(total);
    struct block *b;
    bool irq;

    if (!base)
        return NULL;
    b = (struct block *)(void *)(base + front - HEADER);
    *b = (struct block){.size = size, .base = base, .allocated = site.pc, .self = b};
    shadow_set((uintptr_t)base, total, SHADOW_REDZONE);
    shadow_set(payload(b), size, 0);
    irq = check_lock();
    b->next = blocks;
    if (blocks)
        blocks->prev = b;
    blocks = b;
    check_unlock(irq);
    return base + front;
}

/* Takes the oldest block out of the queue if that is too long. Call it with the lock. */
static struct block *dequeue(void)
{
    struct block *b = oldest;

    if (queued <= QUEUE_SIZE || !b)
        return NULL;
    oldest = b->queued;
    if (!oldest)
        newest = NULL;
    queued -= b->size + HEADER;
    if (b->prev)
        b->prev->next = b->next;
    else
        blocks = b->next;
    if (b->next)
        b->next->prev = b->prev;
    b->self = NULL;
    return b;
}

static void enqueue(struct block *b)
{
    if (newest)
        newest->queued = b;
    else
        oldest = b;
    newest = b;
    queued += b->size + HEADER;
}

/* Returns the block at p, which must be in use. */
static struct block *block_of(void *p, const char *what, struct site site)
{
    struct block *b = (struct block *)((uintptr_t)p - HEADER);
    bool in_heap = (char *)b >= heap_start && (char *)p <= heap_end;
    char words[160];

    if (!in_heap || (uintptr_t)p % ALIGNMENT || b->self != b) {
        if (!heap_explain((uintptr_t)p, words, sizeof(words)))
            snprintf(words, sizeof(words), "malloc did not give it");
        check_report(site, NULL, 0, "%s of 0x%lx: %s", what, (uintptr_t)p, words);
    }
    if (b->freed)
        check_report(site, NULL, 0,
                     "%s of %zu bytes that %s has freed already; malloc gave them at %s", what,
                     b->size, check_line(b->freed), check_line(b->allocated));
    return b;
}

static void release(void *p, const char *what, struct site site)
{
    struct block *b = block_of(p, what, site);
    bool irq;

    b->freed = site.pc;
    shadow_set(payload(b), b->size, SHADOW_FREED);
    irq = check_lock();
    enqueue(b);
    while ((b = dequeue())) {
        check_unlock(irq);
        __real_free(b->base);
        irq = check_lock();
    }
    check_unlock(irq);
}

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return allocate(ALIGNMENT, size, SITE());
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    size_t total;
    void *p;

    if (__builtin_mul_overflow(count, size, &total))
        total = SIZE_MAX;
    p = allocate(ALIGNMENT, total, SITE());
    return p ? memset(p, 0, total) : NULL;
}

void __wrap_free(void *p);
void __wrap_free(void *p)
{
    if (p)
        release(p, "free", SITE());
}

void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
    size_t old = p ? block_of(p, "realloc", SITE())->size : 0;
    void *copy = allocate(ALIGNMENT, size, SITE());

    if (!copy || !p)
        return copy;
    memcpy(copy, p, old < size ? old : size);
    release(p, "realloc", SITE());
    return copy;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1))) {
        errno = EINVAL;
        return NULL;
    }
    return allocate(alignment > ALIGNMENT ? alignment : ALIGNMENT, size, SITE());
}

bool heap_explain(uintptr_t address, char *words, size_t size)
{
    const struct block *nearest = NULL;
    char distance[40];

    for (const struct block *b = blocks; b; b = b->next)
        if (address >= (uintptr_t)b->base && address < payload(b) + whole(b->size) + zone(b->size))
            nearest = b;
    if (!nearest)
        return false;
    snprintf(words, size, "%s the %zu bytes that malloc gave at %s%s%s",
             check_distance(address, payload(nearest), nearest->size, distance, sizeof(distance)),
             nearest->size, check_line(nearest->allocated), nearest->freed ? ", freed at " : "",
             nearest->freed ? check_line(nearest->freed) : "");
    return true;
}

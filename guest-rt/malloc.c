/* SPDX-License-Identifier: MIT */
/*
 * malloc: free lists by size, with boundary tags.
 *
 * The heap is a row of blocks without gaps, from first to top. The memory above top was never
 * used. Each block starts with a header that has its own size and the size of the block before
 * it. So free() finds both neighbours at once, and joins the block with those that are free.
 * At top there is a header without a block: it has the size of the last block. So a write beyond a
 * block always changes a header, and the next call that reads it detects that.
 * Free blocks are linked through the memory that they offer, in any order, in one list for each
 * class of sizes. So the time of a call does not depend on how many free blocks there are.
 *
 *   first                                                   top           heap_end
 *     | header | payload ... | header | links, free ... | ... |  untouched  |
 *
 * The functions of <stdlib.h> take the lock: any hart and any interrupt handler may allocate.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libc.h"
#include "rt.h"

#define ALIGNMENT ((size_t)16)
#define USED      ((size_t)1)

struct block {
    size_t before;             /* the size of the block before; 0 for the first */
    size_t size;               /* of the whole block, a multiple of ALIGNMENT; | USED */
    struct block *next, *prev; /* only of a free block: the payload starts here */
};

#define HEADER   offsetof(struct block, next)
#define SMALLEST sizeof(struct block)

_Static_assert(HEADER == ALIGNMENT, "a payload is aligned if its block is");

static char *first, *top;

/* Below 512 bytes, each size has its own class. Above, a class begins at each power of two and
 * halfway to the next one: at 512, 768, 1024, ... The last class has all that is larger, too. */
#define CLASSES 64
#define PEEKS   8 /* blocks that allocate() looks at in the class of a size itself */

static struct block *free_lists[CLASSES];
static uint64_t filled; /* bit N: free_lists[N] has a block */

static size_t size_of(const struct block *b)
{
    return b->size & ~USED;
}

static void *payload(struct block *b)
{
    return (char *)b + HEADER;
}

static struct block *at(const char *address)
{
    return (struct block *)(void *)address;
}

static char *end_of(struct block *b)
{
    return (char *)b + size_of(b);
}

/* Sets the size of b, also in the header of the block after it. */
static void set_size(struct block *b, size_t size, size_t used)
{
    b->size = size | used;
    at(end_of(b))->before = size;
}

static unsigned class_of(size_t size)
{
    unsigned highest, class;

    if (size < 512)
        return (unsigned)(size / ALIGNMENT);
    highest = 63 - (unsigned)__builtin_clzll(size);
    class = 32 + 2 * (highest - 9) + (size >> (highest - 1) & 1);
    return class < CLASSES ? class : CLASSES - 1;
}

static void link_free(struct block *b)
{
    unsigned class = class_of(b->size);

    b->prev = NULL;
    b->next = free_lists[class];
    if (b->next)
        b->next->prev = b;
    free_lists[class] = b;
    filled |= (uint64_t)1 << class;
}

static void unlink_free(struct block *b)
{
    unsigned class = class_of(size_of(b));

    if (b->next)
        b->next->prev = b->prev;
    if (b->prev)
        b->prev->next = b->next;
    else
        free_lists[class] = b->next;
    if (!free_lists[class])
        filled &= ~((uint64_t)1 << class);
}

/* Returns the first block of at least `size` among the first `peeks` of a list, or NULL. */
static struct block *first_fit(struct block *b, size_t size, size_t peeks)
{
    for (; b && peeks > 0; b = b->next, peeks--)
        if (b->size >= size)
            return b;
    return NULL;
}

/* Returns a free block of at least `size`, or NULL. Any block of a higher class is large enough. */
static struct block *find_free(size_t size)
{
    unsigned class = class_of(size);
    struct block *b = first_fit(free_lists[class], size, PEEKS);
    uint64_t higher = filled & -((uint64_t)2 << class);

    if (!b && higher)
        b = free_lists[__builtin_ctzll(higher)];
    return b;
}

/* Frees b and joins it with the free blocks around it; at the top, with the unused memory. */
static void release(struct block *b)
{
    char *end = end_of(b);

    b->size &= ~USED; /* also if b joins the block before it: so a second free is detected */
    if (end != top && !(at(end)->size & USED)) {
        unlink_free(at(end));
        end = end_of(at(end));
    }
    if (b->before && !(at((char *)b - b->before)->size & USED)) {
        b = at((char *)b - b->before);
        unlink_free(b);
    }
    if (end == top) {
        top = (char *)b;
        return;
    }
    set_size(b, (size_t)(end - (char *)b), 0);
    link_free(b);
}

/* Cuts b, which is in use, to size, if the rest is large enough for a block. */
static void trim(struct block *b, size_t size)
{
    size_t rest = size_of(b) - size;
    struct block *tail = at((char *)b + size);

    if (rest < SMALLEST)
        return;
    set_size(b, size, USED);
    set_size(tail, rest, USED);
    release(tail);
}

#define OVERRUN "malloc: a program wrote beyond an allocated block\n"

/* Returns whether the headers of b and of its neighbours agree. */
static bool is_sound(const struct block *b)
{
    const char *start = (const char *)b;
    size_t size = size_of(b), before = b->before;

    if ((size | before) % ALIGNMENT || size < SMALLEST || size > (size_t)(top - start))
        return false;
    if (before == 0 && start != first)
        return false;
    if (before && (before > (size_t)(start - first) || size_of(at(start - before)) != before))
        return false;
    return size == at(start + size)->before;
}

/* Returns whether the header at top agrees with the last block. */
static bool top_is_sound(void)
{
    size_t before = at(top)->before;

    if (before == 0)
        return top == first;
    return before % ALIGNMENT == 0 && before <= (size_t)(top - first) && is_sound(at(top - before));
}

/* Returns whether a block of that size fits in between start and the last header. */
static bool fits(const char *start, size_t size)
{
    ptrdiff_t room = heap_end - start - (ptrdiff_t)HEADER;

    return room >= 0 && size <= (size_t)room;
}

/* Takes a new block from the unused memory. Returns NULL if too little is left. */
static struct block *extend(size_t size)
{
    struct block *b;

    if (!first) {
        first = top = heap_start + (-(uintptr_t)heap_start & (ALIGNMENT - 1));
        if (fits(first, 0))
            at(first)->before = 0;
    }
    if (!fits(top, size))
        return NULL;
    b = at(top);
    if (!top_is_sound())
        die(OVERRUN);
    top += size;
    set_size(b, size, USED);
    return b;
}

/* Enlarges b to at least size by the free memory after it, if that is enough. */
static void grow(struct block *b, size_t size)
{
    char *end = end_of(b);

    if (end == top) {
        if (fits((char *)b, size)) {
            top = (char *)b + size;
            set_size(b, size, USED);
        }
    } else if (!(at(end)->size & USED) && size_of(b) + size_of(at(end)) >= size) {
        unlink_free(at(end));
        set_size(b, size_of(b) + size_of(at(end)), USED);
    }
}

/* Returns the size of a block with room for that many bytes; 0 and errno ENOMEM if too large. */
static size_t block_size(size_t size)
{
    if (size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return 0;
    }
    size = (HEADER + size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    return size < SMALLEST ? SMALLEST : size;
}

/* Returns the block whose payload starts at p. Aborts if it is not in use, or damaged. */
static struct block *block_of(void *p)
{
    struct block *b = at((char *)p - HEADER);

    if (!first || (char *)b < first || (char *)b >= top || (uintptr_t)p % ALIGNMENT)
        die("malloc: freed or reallocated what is not allocated, or no longer\n");
    if (!(b->size & USED))
        die("malloc: freed or reallocated what is freed already\n");
    if (!is_sound(b))
        die(OVERRUN);
    return b;
}

static void *allocate(size_t size)
{
    size_t need = block_size(size);
    struct block *b;

    if (!need)
        return NULL;
    b = find_free(need);
    if (!b) {
        struct block *fresh = extend(need);

        if (fresh)
            return payload(fresh);
        b = first_fit(free_lists[class_of(need)], need, SIZE_MAX);
    }
    if (!b) {
        errno = ENOMEM;
        return NULL;
    }
    unlink_free(b);
    b->size |= USED;
    trim(b, need);
    return payload(b);
}

static void *reallocate(void *p, size_t size)
{
    size_t need = block_size(size);
    struct block *b;
    void *copy;

    if (!p)
        return allocate(size);
    b = block_of(p);
    if (!need)
        return NULL;
    if (size_of(b) < need)
        grow(b, need);
    if (size_of(b) >= need) {
        trim(b, need);
        return p;
    }
    copy = allocate(size);
    if (!copy)
        return NULL;
    memcpy(copy, p, size_of(b) - HEADER);
    release(b);
    return copy;
}

static void *allocate_aligned(size_t alignment, size_t size)
{
    struct block *b, *aligned;
    size_t gap, total;
    char *p;

    if (alignment == 0 || (alignment & (alignment - 1))) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= ALIGNMENT)
        return allocate(size);
    if (size > PTRDIFF_MAX || __builtin_add_overflow(size, alignment + SMALLEST, &total))
        total = SIZE_MAX;
    p = allocate(total);
    if (!p)
        return NULL;
    b = block_of(p);
    gap = -(uintptr_t)p & (alignment - 1);
    if (gap > 0) { /* the part before the aligned block becomes a free block */
        if (gap < SMALLEST)
            gap += alignment;
        total = size_of(b);
        aligned = at((char *)b + gap);
        set_size(b, gap, USED);
        set_size(aligned, total - gap, USED);
        release(b);
        b = aligned;
    }
    trim(b, block_size(size));
    return payload(b);
}

static struct rt_lock lock;

void *malloc(size_t size)
{
    bool irq = rt_lock(&lock);
    void *p = allocate(size);

    rt_unlock(&lock, irq);
    return p;
}

void free(void *p)
{
    bool irq = rt_lock(&lock);

    if (p)
        release(block_of(p));
    rt_unlock(&lock, irq);
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    void *p;

    if (__builtin_mul_overflow(count, size, &total))
        total = SIZE_MAX; /* malloc refuses that */
    p = malloc(total);
    return p ? memset(p, 0, total) : NULL;
}

void *realloc(void *p, size_t size)
{
    bool irq = rt_lock(&lock);

    p = reallocate(p, size);
    rt_unlock(&lock, irq);
    return p;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    bool irq = rt_lock(&lock);
    void *p = allocate_aligned(alignment, size);

    rt_unlock(&lock, irq);
    return p;
}

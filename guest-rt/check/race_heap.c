/* SPDX-License-Identifier: MIT */
/* A block that one hart has freed may be another's next one: nobody accesses it in between. */
#include "check.h"

#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *p);

static char heap; /* its address stands for what is free */

static void *given(void *p)
{
    race_acquire(&heap);
    return p;
}

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return given(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return given(__real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
    race_release(&heap);
    return given(__real_realloc(p, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return given(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *p);
void __wrap_free(void *p)
{
    race_release(&heap);
    __real_free(p);
}

/* SPDX-License-Identifier: MIT */
/*
 * -fsanitize=kernel-address: before each access the compiler calls __asan_load or __asan_store, and
 * puts zones around variables that may not be accessed: it writes their shadow on entry to a block,
 * and
 * __asan_register_globals does once. heap.c does it for malloc.
 */
#include "check.h"

#include "../arch.h"
#include "../rt.h"

#include <machine.h>
#include <stdio.h>
#include <string.h>

extern unsigned char check_shadow[]; /* shadow.S */
extern const uint64_t check_shadow_size;

#define GRANULE ((uintptr_t)8)

static uintptr_t covered(void)
{
    return check_shadow_size * GRANULE;
}

/* Harts have their stacks at the end of RAM, and the compiler's code does not ask whether the
 * shadow reaches so far. */
__attribute__((constructor)) static void start(void)
{
    if (ram_end() - LAB_RAM_BASE <= covered())
        return;
    printf("CHECK=1 checks at most %lu MiB of RAM: run labvisor with -m %lu\n", covered() >> 20,
           covered() >> 20);
    stdio_flush();
    vm_exit(1);
}

unsigned char *shadow_of(uintptr_t address)
{
    return check_shadow + (address - LAB_RAM_BASE) / GRANULE;
}

void shadow_set(uintptr_t start, size_t size, unsigned char value)
{
    memset(shadow_of(start), value, (size + GRANULE - 1) / GRANULE);
    if (value == 0 && size % GRANULE)
        *shadow_of(start + size) = size % GRANULE;
}

/* Returns the first byte of [start, start + size) that may not be accessed, or its end. */
static uintptr_t first_bad(uintptr_t start, size_t size)
{
    uintptr_t end = start + size;

    if (start - LAB_RAM_BASE >= covered() || size > covered() - (start - LAB_RAM_BASE))
        return end; /* no RAM: the CPU traps */
    for (uintptr_t at = start & ~(GRANULE - 1); at < end; at += GRANULE) {
        unsigned char shadow;
        uintptr_t bad;

        if (at % (8 * GRANULE) == 0 && end - at >= 8 * GRANULE &&
            *(const uint64_t *)(const void *)shadow_of(at) == 0) { /* eight at once */
            at += 7 * GRANULE;
            continue;
        }
        shadow = *shadow_of(at);
        bad = at + (shadow < GRANULE ? shadow : 0);
        if (shadow != 0 && bad < end && (bad >= start || at + GRANULE > start))
            return bad > start ? bad : start;
    }
    return end;
}

void check_access(const void *start, size_t size, bool write, struct site site)
{
    uintptr_t address = (uintptr_t)start, bad = first_bad(address, size);
    char words[200];

    if (bad == address + size)
        return;
    if (!heap_explain(bad, words, sizeof(words)))
        memory_explain(bad, words, sizeof(words));
    check_report(site, NULL, 0, "%s of %zu byte%s at 0x%lx: %s", write ? "write" : "read", size,
                 size == 1 ? "" : "s", address, words);
}

#define ACCESS(name, size, write)                                                                  \
    void __asan_##name(const void *start);                                                         \
    void __asan_##name(const void *start)                                                          \
    {                                                                                              \
        check_access(start, size, write, SITE());                                                  \
    }
#define ACCESSES(size)                                                                             \
    ACCESS(load##size##_noabort, size, false)                                                      \
    ACCESS(store##size##_noabort, size, true)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __asan_loadN_noabort(const void *start, size_t size);
void __asan_loadN_noabort(const void *start, size_t size)
{
    check_access(start, size, false, SITE());
}

void __asan_storeN_noabort(const void *start, size_t size);
void __asan_storeN_noabort(const void *start, size_t size)
{
    check_access(start, size, true, SITE());
}

/* Frees the stack of a hart from this address on: functions do not return that have zones there. */
static void forget_stack(uintptr_t from)
{
    uintptr_t used = (ram_end() - from) % LAB_STACK_STRIDE;

    if (from < ram_end() && used <= LAB_STACK_SIZE)
        shadow_set(from & ~(GRANULE - 1), used + from % GRANULE, 0);
}

/* Before a call that does not return, as longjmp. */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
    forget_stack((uintptr_t)__builtin_frame_address(0));
}

int __real_hart_start(unsigned id, void (*function)(void *), void *argument);
int __wrap_hart_start(unsigned id, void (*function)(void *), void *argument);

/* A hart may have ended by a hypercall, in the middle of functions. */
int __wrap_hart_start(unsigned id, void (*function)(void *), void *argument)
{
    if (id < hart_count())
        forget_stack(ram_end() - id * (uintptr_t)LAB_STACK_STRIDE - LAB_STACK_SIZE);
    return __real_hart_start(id, function, argument);
}

/* clang sets long parts of a frame's shadow by these; here `shadow` is the shadow's address. */
#define SET_SHADOW(value)                                                                          \
    void __asan_set_shadow_##value(unsigned char *shadow, size_t size);                            \
    void __asan_set_shadow_##value(unsigned char *shadow, size_t size)                             \
    {                                                                                              \
        memset(shadow, 0x##value, size);                                                           \
    }

SET_SHADOW(00)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f5)
SET_SHADOW(f8)

/* Large variables that leave their scope, and enter it. */
void __asan_poison_stack_memory(uintptr_t start, size_t size);
void __asan_poison_stack_memory(uintptr_t start, size_t size)
{
    shadow_set(start, size, SHADOW_SCOPE);
}

void __asan_unpoison_stack_memory(uintptr_t start, size_t size);
void __asan_unpoison_stack_memory(uintptr_t start, size_t size)
{
    shadow_set(start, size, 0);
}

#define ALLOCA_ZONE ((uintptr_t)32)

/* alloca, and arrays of variable size: a zone of 32 bytes lies on both sides. */
void __asan_alloca_poison(uintptr_t start, size_t size);
void __asan_alloca_poison(uintptr_t start, size_t size)
{
    uintptr_t end = start + ((size + ALLOCA_ZONE - 1) & ~(ALLOCA_ZONE - 1));

    shadow_set(start - ALLOCA_ZONE, ALLOCA_ZONE, SHADOW_ALLOCA);
    shadow_set(start, end + ALLOCA_ZONE - start, SHADOW_ALLOCA);
    shadow_set(start, size, 0);
}

void __asan_allocas_unpoison(uintptr_t top, uintptr_t bottom);
void __asan_allocas_unpoison(uintptr_t top, uintptr_t bottom)
{
    if (top && top < bottom)
        shadow_set(top, bottom - top, 0);
}

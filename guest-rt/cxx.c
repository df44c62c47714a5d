/* SPDX-License-Identifier: MIT */
/*
 * What C++ compilers call (Itanium C++ ABI, 3.2.6 and 3.3): new and delete, static and thread_local
 * objects, pure virtual functions. Only a guest in C++ links this. It is C with C++'s symbols, so
 * that the runtime needs no compiler for C++.
 */
#include <stdlib.h>

#include "arch.h"
#include "libc.h"
#include "rt.h"

/* ---- new and delete. Weak: a guest may define its own, and the other forms then call those ----
 */

/* Defines a function under C++'s symbol for it. */
#define DEFINE(type, name, symbol, parameters)                                                     \
    type name parameters __asm__(#symbol) __attribute__((weak));                                   \
    type name parameters

#define UNUSED __attribute__((unused))

/* std::nothrow: with it, new returns NULL if no memory is left. */
extern const char nothrow __asm__("_ZSt7nothrow");
const char nothrow;

static void *or_die(void *block)
{
    if (!block)
        die("operator new: no memory is left for the guest: labvisor -m gives more\n");
    return block;
}

static void *allocate_aligned(size_t size, size_t alignment)
{
    return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

DEFINE(void *, new_, _Znwm, (size_t size))
{
    return or_die(malloc(size));
}

DEFINE(void *, new_array, _Znam, (size_t size))
{
    return new_(size);
}

DEFINE(void *, new_nothrow, _ZnwmRKSt9nothrow_t, (size_t size, UNUSED const void *tag))
{
    return malloc(size);
}

DEFINE(void *, new_array_nothrow, _ZnamRKSt9nothrow_t, (size_t size, const void *tag))
{
    return new_nothrow(size, tag);
}

DEFINE(void *, new_aligned, _ZnwmSt11align_val_t, (size_t size, size_t alignment))
{
    return or_die(allocate_aligned(size, alignment));
}

DEFINE(void *, new_array_aligned, _ZnamSt11align_val_t, (size_t size, size_t alignment))
{
    return new_aligned(size, alignment);
}

DEFINE(void *, new_aligned_nothrow, _ZnwmSt11align_val_tRKSt9nothrow_t,
       (size_t size, size_t alignment, UNUSED const void *tag))
{
    return allocate_aligned(size, alignment);
}

DEFINE(void *, new_array_aligned_nothrow, _ZnamSt11align_val_tRKSt9nothrow_t,
       (size_t size, size_t alignment, const void *tag))
{
    return new_aligned_nothrow(size, alignment, tag);
}

DEFINE(void, delete_, _ZdlPv, (void *block))
{
    free(block);
}

DEFINE(void, delete_array, _ZdaPv, (void *block))
{
    delete_(block);
}

DEFINE(void, delete_aligned, _ZdlPvSt11align_val_t, (void *block, UNUSED size_t alignment))
{
    free(block);
}

DEFINE(void, delete_array_aligned, _ZdaPvSt11align_val_t, (void *block, size_t alignment))
{
    delete_aligned(block, alignment);
}

/* The forms with a size or std::nothrow ignore it. */
DEFINE(void, delete_size, _ZdlPvm, (void *block, UNUSED size_t size))
{
    delete_(block);
}

DEFINE(void, delete_array_size, _ZdaPvm, (void *block, UNUSED size_t size))
{
    delete_array(block);
}

DEFINE(void, delete_nothrow, _ZdlPvRKSt9nothrow_t, (void *block, UNUSED const void *tag))
{
    delete_(block);
}

DEFINE(void, delete_array_nothrow, _ZdaPvRKSt9nothrow_t, (void *block, UNUSED const void *tag))
{
    delete_array(block);
}

DEFINE(void, delete_size_aligned, _ZdlPvmSt11align_val_t,
       (void *block, UNUSED size_t size, size_t alignment))
{
    delete_aligned(block, alignment);
}

DEFINE(void, delete_array_size_aligned, _ZdaPvmSt11align_val_t,
       (void *block, UNUSED size_t size, size_t alignment))
{
    delete_array_aligned(block, alignment);
}

DEFINE(void, delete_aligned_nothrow, _ZdlPvSt11align_val_tRKSt9nothrow_t,
       (void *block, size_t alignment, UNUSED const void *tag))
{
    delete_aligned(block, alignment);
}

DEFINE(void, delete_array_aligned_nothrow, _ZdaPvSt11align_val_tRKSt9nothrow_t,
       (void *block, size_t alignment, UNUSED const void *tag))
{
    delete_array_aligned(block, alignment);
}

/* ---- Destructors of static and of thread_local objects ---- */

void *dso __asm__("__dso_handle"); /* names the program; only shared libraries need it */
int __cxa_atexit(void (*destroy)(void *), void *object, void *of);
int __cxa_thread_atexit(void (*destroy)(void *), void *object, void *of);

static struct at_exit *make_entry(void (*destroy)(void *), void *object)
{
    struct at_exit *entry = or_die(malloc(sizeof(*entry)));

    entry->call = destroy;
    entry->argument = object;
    return entry;
}

int __cxa_atexit(void (*destroy)(void *), void *object, UNUSED void *of)
{
    add_at_exit(make_entry(destroy, object));
    return 0;
}

int __cxa_thread_atexit(void (*destroy)(void *), void *object, UNUSED void *of)
{
    struct at_exit *entry = make_entry(destroy, object);

    entry->next = at_hart_exit;
    at_hart_exit = entry;
    return 0;
}

/* ---- A static object in a function: the first hart to come makes it, the others wait ---- */

/* The compiler reads `made`, and calls these functions only while that is 0. */
struct guard {
    unsigned char made;
    unsigned maker; /* the number of the hart that makes the object, + 1; or 0 */
};

int __cxa_guard_acquire(struct guard *guard);
void __cxa_guard_release(struct guard *guard);

/* Returns 1 if the caller shall make the object, and then call __cxa_guard_release. */
int __cxa_guard_acquire(struct guard *guard)
{
    unsigned self = hart_id() + 1;

    while (!__atomic_load_n(&guard->made, __ATOMIC_ACQUIRE)) {
        unsigned maker = 0;

        if (__atomic_compare_exchange_n(&guard->maker, &maker, self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            if (!__atomic_load_n(&guard->made, __ATOMIC_ACQUIRE))
                return 1;
            __atomic_store_n(&guard->maker, 0, __ATOMIC_RELEASE);
            return 0;
        }
        if (maker == self)
            die("a function's static object is used while it is made, by its constructor or a "
                "tick\n");
        arch_relax();
    }
    return 0;
}

void __cxa_guard_release(struct guard *guard)
{
    __atomic_store_n(&guard->made, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&guard->maker, 0, __ATOMIC_RELEASE);
}

/* ---- Virtual functions that do not exist ---- */

_Noreturn void __cxa_pure_virtual(void);
_Noreturn void __cxa_deleted_virtual(void);

void __cxa_pure_virtual(void)
{
    die("a pure virtual function was called, by the constructor or destructor of its object?\n");
}

void __cxa_deleted_virtual(void)
{
    die("a deleted virtual function was called\n");
}

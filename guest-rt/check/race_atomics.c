/* SPDX-License-Identifier: MIT */
/* -fsanitize=thread: atomic operations do not race with each other, and order what lies around them
 * as their memory order says. Another hart's atomic operation does not come between an operation
 * and its clock, as all are done with the checks' lock. */
#include "check.h"

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool acquires(int order)
{
    return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool begin(const volatile void *object, size_t size, bool write, int order, struct site site)
{
    bool irq = check_lock();

    race_note_atomic(object, size, write, site);
    if (write && releases(order))
        race_release_locked(object);
    return irq;
}

static void end(const volatile void *object, int order, bool irq)
{
    if (acquires(order))
        race_acquire_locked(object);
    check_unlock(irq);
}

#define CHANGE(bits, name, operation)                                                              \
    uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t value,  \
                                                int order);                                        \
    uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t value,  \
                                                int order)                                         \
    {                                                                                              \
        bool irq = begin(p, sizeof(*p), true, order, SITE());                                      \
        uint##bits##_t old = operation(p, value, __ATOMIC_SEQ_CST);                                \
                                                                                                   \
        end(p, order, irq);                                                                        \
        return old;                                                                                \
    }

/* The second order is that of a failure. */
#define COMPARE(bits, name)                                                                        \
    int __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t *expected,         \
                                     uint##bits##_t value, int order, int unused);                 \
    int __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t *expected,         \
                                     uint##bits##_t value, int order, int unused)                  \
    {                                                                                              \
        bool irq = begin(p, sizeof(*p), true, order, SITE());                                      \
        bool done = __atomic_compare_exchange_n(p, expected, value, false, __ATOMIC_SEQ_CST,       \
                                                __ATOMIC_SEQ_CST);                                 \
                                                                                                   \
        (void)unused;                                                                              \
        end(p, order, irq);                                                                        \
        return done;                                                                               \
    }

#define ATOMICS(bits)                                                                              \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order);        \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order)         \
    {                                                                                              \
        bool irq = begin(p, sizeof(*p), false, order, SITE());                                     \
        uint##bits##_t value = __atomic_load_n(p, __ATOMIC_SEQ_CST);                               \
                                                                                                   \
        end(p, order, irq);                                                                        \
        return value;                                                                              \
    }                                                                                              \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t value, int order); \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t value, int order)  \
    {                                                                                              \
        bool irq = begin(p, sizeof(*p), true, order, SITE());                                      \
                                                                                                   \
        __atomic_store_n(p, value, __ATOMIC_SEQ_CST);                                              \
        end(p, __ATOMIC_RELAXED, irq);                                                             \
    }                                                                                              \
    CHANGE(bits, exchange, __atomic_exchange_n)                                                    \
    CHANGE(bits, fetch_add, __atomic_fetch_add)                                                    \
    CHANGE(bits, fetch_sub, __atomic_fetch_sub)                                                    \
    CHANGE(bits, fetch_and, __atomic_fetch_and)                                                    \
    CHANGE(bits, fetch_or, __atomic_fetch_or)                                                      \
    CHANGE(bits, fetch_xor, __atomic_fetch_xor)                                                    \
    CHANGE(bits, fetch_nand, __atomic_fetch_nand)                                                  \
    COMPARE(bits, compare_exchange_strong)                                                         \
    COMPARE(bits, compare_exchange_weak)                                                           \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                     \
        volatile uint##bits##_t *p, uint##bits##_t expected, uint##bits##_t value, int order,      \
        int unused);                                                                               \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                     \
        volatile uint##bits##_t *p, uint##bits##_t expected, uint##bits##_t value, int order,      \
        int unused)                                                                                \
    {                                                                                              \
        bool irq = begin(p, sizeof(*p), true, order, SITE());                                      \
                                                                                                   \
        (void)unused;                                                                              \
        __atomic_compare_exchange_n(p, &expected, value, false, __ATOMIC_SEQ_CST,                  \
                                    __ATOMIC_SEQ_CST);                                             \
        end(p, order, irq);                                                                        \
        return expected;                                                                           \
    }

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

/* What fences order depends on the accesses around them; here each orders all that came before it.
 */
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    static char fences;

    (void)order;
    race_release(&fences);
    race_acquire(&fences);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

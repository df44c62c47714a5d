/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on 1 and 2 bytes, for which RV64A has no instruction. gcc up to 12 calls these
 * functions, later ones because rt.mk asks for it; their types are those of GCC's manual, 6.55
 * (__atomic) and 6.54 (__sync). All are sequentially consistent, whatever order is asked for.
 */
#include <stdbool.h>
#include <stdint.h>

/* The aligned word that has the bytes at p, and how far these are from its lowest bit. */
static uint32_t *word_of(volatile void *p, unsigned *shift)
{
    *shift = (unsigned)((uintptr_t)p & 3) * 8;
    return (uint32_t *)((uintptr_t)p & ~(uintptr_t)3);
}

/* Replaces the bytes in `mask` of a word, if it still is `old`. */
static bool replace(uint32_t *word, uint32_t *old, uint32_t mask, uint32_t with)
{
    return __atomic_compare_exchange_n(word, old, (*old & ~mask) | (with & mask), false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Defines a function that replaces *p by `result`, a term in `old` and `n`, and returns `returns`.
 */
#define FETCH(type, function, name, result, returns)                                               \
    type function(volatile void *p, type n) __asm__(name);                                         \
    type function(volatile void *p, type n)                                                        \
    {                                                                                              \
        unsigned shift;                                                                            \
        uint32_t *word = word_of(p, &shift), mask = (uint32_t)(type)-1 << shift;                   \
        uint32_t whole = *(volatile uint32_t *)word;                                               \
        type old, new;                                                                             \
                                                                                                   \
        do {                                                                                       \
            old = (type)(whole >> shift);                                                          \
            new = (type)(result);                                                                  \
        } while (!replace(word, &whole, mask, (uint32_t) new << shift));                           \
        return returns;                                                                            \
    }

#define EACH_FETCH(type, size, what, result)                                                       \
    FETCH(type, atomic_fetch_##what##_##size, "__atomic_fetch_" #what "_" #size, result, old)      \
    FETCH(type, atomic_##what##_fetch_##size, "__atomic_" #what "_fetch_" #size, result, new)      \
    FETCH(type, sync_fetch_##what##_##size, "__sync_fetch_and_" #what "_" #size, result, old)      \
    FETCH(type, sync_##what##_fetch_##size, "__sync_" #what "_and_fetch_" #size, result, new)

#define COMPARE(type, size)                                                                        \
    bool compare_exchange_##size(volatile void *p, type *expected,                                 \
                                 type n) __asm__("__atomic_compare_exchange_" #size);              \
    bool compare_exchange_##size(volatile void *p, type *expected, type n)                         \
    {                                                                                              \
        unsigned shift;                                                                            \
        uint32_t *word = word_of(p, &shift), mask = (uint32_t)(type)-1 << shift;                   \
        uint32_t whole = *(volatile uint32_t *)word;                                               \
                                                                                                   \
        while ((type)(whole >> shift) == *expected)                                                \
            if (replace(word, &whole, mask, (uint32_t)n << shift))                                 \
                return true;                                                                       \
        *expected = (type)(whole >> shift);                                                        \
        return false;                                                                              \
    }                                                                                              \
    type sync_compare_##size(volatile void *p, type expected,                                      \
                             type n) __asm__("__sync_val_compare_and_swap_" #size);                \
    type sync_compare_##size(volatile void *p, type expected, type n)                              \
    {                                                                                              \
        compare_exchange_##size(p, &expected, n);                                                  \
        return expected;                                                                           \
    }                                                                                              \
    bool sync_compared_##size(volatile void *p, type expected,                                     \
                              type n) __asm__("__sync_bool_compare_and_swap_" #size);              \
    bool sync_compared_##size(volatile void *p, type expected, type n)                             \
    {                                                                                              \
        return compare_exchange_##size(p, &expected, n);                                           \
    }

#define ALL(type, size)                                                                            \
    EACH_FETCH(type, size, add, old + n)                                                           \
    EACH_FETCH(type, size, sub, old - n)                                                           \
    EACH_FETCH(type, size, and, old &n)                                                            \
    EACH_FETCH(type, size, or, old | n)                                                            \
    EACH_FETCH(type, size, xor, old ^ n)                                                           \
    EACH_FETCH(type, size, nand, ~(old & n))                                                       \
    FETCH(type, atomic_exchange_##size, "__atomic_exchange_" #size, n, old)                        \
    FETCH(type, sync_exchange_##size, "__sync_lock_test_and_set_" #size, n, old)                   \
    COMPARE(type, size)

ALL(uint8_t, 1)
ALL(uint16_t, 2)

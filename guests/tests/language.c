/* SPDX-License-Identifier: MIT */
/*
 * What C gives a program beside functions: variables of each thread, constructors and destructors,
 * numbers of 128 bits, atomic bytes, and operations for which a machine has no instruction. Vectors
 * are computed by hand or by an independent way.
 */
#include <errno.h>
#include <guest.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

/* ---- Thread-local variables: each hart begins with the first values ---- */

static _Thread_local int answer = 42;
static _Thread_local struct {
    _Alignas(64) char bytes[70];
} aligned = {.bytes = "aligned"};
static _Thread_local long zeros[9];
static struct barrier barrier;

static void use_own(void)
{
    unsigned id = hart_id();
    char text[] = "a b c", *word;
    int words = 0;

    CHECK_EQ(answer, 42);
    CHECK_EQ((uintptr_t)&aligned % 64, 0);
    CHECK(strcmp(aligned.bytes, "aligned") == 0);
    for (size_t i = 0; i < 9; i++)
        CHECK_EQ(zeros[i], 0);
    answer = (int)id;
    zeros[8] = -(long)id;
    for (int round = 0; round < 20; round++) {
        char digits[] = "99999999999999999999";

        barrier_wait(&barrier);
        errno = 0;
        strtol(digits + (id & 1) * 18, NULL, 10);
        word = strtok(round ? NULL : text, " ");
        words += word != NULL;
        barrier_wait(&barrier);
        CHECK_EQ(errno, id & 1 ? 0 : ERANGE);
    }
    CHECK_EQ(words, 3);
    CHECK_EQ(answer, id);
    CHECK_EQ(zeros[8], -(long)id);
}

static void other(void *unused)
{
    (void)unused;
    use_own();
}

static void test_thread_local(void)
{
    barrier.count = hart_count();
    for (unsigned id = 1; id < hart_count(); id++)
        CHECK_EQ(hart_start(id, other, NULL), 0);
    use_own();
    for (unsigned id = 1; id < hart_count(); id++)
        hart_join(id);
    answer = 42;
    memset(zeros, 0, sizeof(zeros));
}

/* ---- Atomic bytes and halves: their neighbours stay ---- */

static _Alignas(8) atomic_uchar bytes[8];
static _Alignas(8) atomic_short halves[4];

static void add(void *unused)
{
    unsigned id = hart_id() % 4;

    (void)unused;
    barrier_wait(&barrier);
    for (int i = 0; i < 1000; i++) {
        unsigned char old = 200, seen;

        bytes[id]++;
        halves[id] += 3;
        atomic_fetch_xor(&bytes[4 + id], 0xff);
        do
            seen = old;
        while (!atomic_compare_exchange_strong(&bytes[4 + id], &old, (unsigned char)(old ^ 0xff)) &&
               old != seen);
    }
}

static void test_atomics(void)
{
    unsigned char expected = 7;

    bytes[0] = 7;
    CHECK_EQ(atomic_exchange(&bytes[0], 200), 7);
    CHECK(!atomic_compare_exchange_strong(&bytes[0], &expected, 1));
    CHECK_EQ(expected, 200);
    CHECK(atomic_compare_exchange_strong(&bytes[0], &expected, 0x0f));
    CHECK_EQ(atomic_fetch_or(&bytes[0], 0xf0), 0x0f);
    CHECK_EQ(atomic_fetch_and(&bytes[0], 0x3c), 0xff);
    CHECK_EQ(atomic_fetch_sub(&bytes[0], 0x3d), 0x3c);
    CHECK_EQ(bytes[0], 0xff);
    CHECK_EQ(__atomic_nand_fetch((unsigned char *)&bytes[0], 0x0f, __ATOMIC_SEQ_CST), 0xf0);
    CHECK_EQ(__sync_fetch_and_add((short *)&halves[1], 5), 0);
    CHECK(__sync_bool_compare_and_swap((short *)&halves[1], 5, 0));
    CHECK_EQ(halves[0] | halves[1] | halves[2], 0);
    for (int i = 1; i < 8; i++)
        CHECK_EQ(bytes[i], 0);
    bytes[0] = 0;
    for (unsigned id = 1; id < hart_count(); id++)
        CHECK_EQ(hart_start(id, add, NULL), 0);
    add(NULL);
    for (unsigned id = 1; id < hart_count(); id++)
        hart_join(id);
    for (unsigned id = 0; id < 4; id++) {
        unsigned harts = (hart_count() + 3 - id) / 4;

        CHECK_EQ(bytes[id], (unsigned char)(1000 * harts));
        CHECK_EQ(halves[id], (short)(3000 * harts));
    }
}

/* ---- Bits, and numbers of 128 bits: volatile, so that the compiler computes nothing itself ----
 */

static volatile uint64_t bits = 0x00f0000000000100;

static void test_bits(void)
{
    CHECK_EQ(__builtin_popcountll(bits), 5);
    CHECK_EQ(__builtin_popcount((unsigned)bits), 1);
    CHECK_EQ(__builtin_parityll(bits), 1);
    CHECK_EQ(__builtin_clzll(bits), 8);
    CHECK_EQ(__builtin_clz((unsigned)bits), 23);
    CHECK_EQ(__builtin_ctzll(bits), 8);
    CHECK_EQ(__builtin_ctz((unsigned)bits), 8);
    CHECK_EQ(__builtin_ffsll((long long)bits), 9);
    CHECK_EQ(__builtin_ffsll((long long)(bits - bits)), 0);
    CHECK_EQ(__builtin_bswap64(bits), 0x000100000000f000);
    CHECK_EQ(__builtin_bswap32((unsigned)bits), 0x00010000);
    for (unsigned n = 0; n < 64; n++) {
        uint64_t one = 1ull << n, low = one - 1;

        CHECK_EQ(__builtin_clzll(one | (bits - bits)), 63 - n);
        CHECK_EQ(__builtin_ctzll(one | (bits - bits)), n);
        CHECK_EQ(__builtin_popcountll(low + (bits - bits)), n);
    }
}

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128 int128;

static uint64_t random_state = 1;

static uint64_t random64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* A quotient is right if quotient * divisor + rest is the number, and the rest is smaller. */
static void test_128(void)
{
    volatile uint128 big = (uint128)1 << 100, by = 7;

    CHECK_EQ((uint64_t)(big / by >> 64), 9817068105);
    CHECK_EQ((uint64_t)(big / by), 0x2492492492492492);
    CHECK_EQ((uint64_t)(big % by), 2);
    CHECK_EQ((int64_t)(-(int128)big / 7 + (int128)(big / by)), 0);
    CHECK_EQ((int64_t)(-(int128)big % 7), -2);
    for (int i = 0; i < 300; i++) {
        volatile uint128 n = ((uint128)random64() << 64 | random64()) >> random64() % 128;
        volatile uint128 d = (((uint128)random64() << 64 | random64()) >> random64() % 128) | 1;
        volatile int128 sn = (int128)n, sd = (int128)d;

        CHECK(n / d * d + n % d == n && n % d < d);
        CHECK(sn / sd * sd + sn % sd == sn);
        CHECK(sn % sd == 0 || (sn % sd < 0) == (sn < 0));
    }
}

/* ---- Constructors and destructors, and atexit between them ---- */

static int made;

__attribute__((constructor(200))) static void make_second(void)
{
    made = made * 10 + 2;
}

__attribute__((constructor(101))) static void make_first(void)
{
    made = made * 10 + 1;
}

__attribute__((constructor)) static void make_last(void)
{
    made = made * 10 + answer;
}

__attribute__((destructor)) static void drop(void)
{
    printf("destructor\n");
}

static void bye(void)
{
    printf("bye\n");
}

int main(void)
{
    CHECK_EQ(made, 162); /* (1, 2), 42 */
    test_thread_local();
    test_atomics();
    test_bits();
    test_128();
    CHECK_EQ(atexit(bye), 0);
    printf("%u harts\n", hart_count());
    return 0;
}

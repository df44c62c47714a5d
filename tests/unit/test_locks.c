/* SPDX-License-Identifier: MIT */
/*
 * The runtime's locks, with a thread for each hart. The program is built with ThreadSanitizer, if
 * the compiler has it: it reports every access that the locks do not order.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../guest-rt/arch.h"
#include "../../guest-rt/rt.h"

#define HARTS  4
#define ROUNDS 2000

/* What locks.c needs of the rest of the runtime. */
static __thread unsigned self;
static __thread bool irq;

unsigned hart_id(void)
{
    return self;
}

bool irq_disable(void)
{
    bool on = irq;

    irq = false;
    return on;
}

void irq_restore(bool on)
{
    irq = on;
}

void arch_relax(void)
{
}

static struct rt_lock outer, inner;
static struct spinlock spin;
static struct barrier barrier = {.count = HARTS};
static unsigned long under_outer, under_inner, under_spin, rounds[HARTS]; /* plain on purpose */
static unsigned wrong[HARTS];

static void wrong_unless(bool right)
{
    wrong[self] += !right;
}

static void use_inner(void)
{
    bool on = rt_lock(&inner);

    under_inner++;
    rt_unlock(&inner, on);
}

/* Takes the lock twice. Interrupts are off until it is given back twice. */
static void use_outer(bool on)
{
    bool first, second;

    irq = on;
    first = rt_lock(&outer);
    second = rt_lock(&outer);
    under_outer++;
    use_inner();
    rt_unlock(&outer, second);
    wrong_unless(!irq && nested_innermost() == &outer.nested);
    under_outer++;
    rt_unlock(&outer, first);
    wrong_unless(irq == on && nested_innermost() == NULL);
}

/* A trap within the lock is left: as longjmp does. */
static void leave(bool on)
{
    struct nested trap = {.irq = false};
    bool back = !on;

    irq = on;
    rt_lock(&outer);
    under_outer++;
    nested_begin(&trap);
    rt_lock(&inner);
    under_inner++;
    wrong_unless(nested_leave(NULL, &back) && back == on && nested_innermost() == NULL);
}

static void *run(void *number)
{
    self = (unsigned)(uintptr_t)number;
    for (unsigned i = 0; i < ROUNDS; i++) {
        use_outer(i % 2);
        use_inner();
        spin_lock(&spin);
        under_spin++;
        spin_unlock(&spin);
        leave(i % 2);
        if (i % 100 == 0) {
            rounds[self] = i;
            barrier_wait(&barrier);
            for (unsigned other = 0; other < HARTS; other++)
                wrong_unless(rounds[other] == i);
            barrier_wait(&barrier);
        }
    }
    return NULL;
}

static void test_all(void **state)
{
    pthread_t threads[HARTS];

    (void)state;
    for (uintptr_t i = 0; i < HARTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
    for (unsigned i = 0; i < HARTS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < HARTS; i++)
        assert_int_equal(wrong[i], 0);
    assert_int_equal(under_outer, 3 * HARTS * ROUNDS);
    assert_int_equal(under_inner, 3 * HARTS * ROUNDS);
    assert_int_equal(under_spin, HARTS * ROUNDS);
}

/* Another stack of calls: nothing ends, and what it has begun is this hart's again. */
static void test_switch(void **state)
{
    struct nested here = {.irq = true}, there = {.irq = true};
    bool on = false;

    (void)state;
    nested_begin(&here);
    assert_false(nested_leave(&there, &on));
    assert_false(on);
    assert_ptr_equal(nested_innermost(), &there);
    assert_false(nested_leave(&here, &on));
    nested_end(&here);
    assert_null(nested_innermost());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_switch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

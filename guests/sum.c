/* SPDX-License-Identifier: MIT */
/* Harts share a sum: run with -c 4. Each adds its part; then one hart adds the parts. */
#include <guest.h>
#include <stdio.h>

#define LAST 20000

static unsigned long parts[32];

static void add_part(void *unused)
{
    unsigned hart = hart_id();
    unsigned long sum = 0;

    (void)unused;
    for (unsigned long i = hart + 1; i <= LAST; i += hart_count())
        sum += i;
    parts[hart] = sum;
    printf("hart %u: %lu\n", hart, sum);
}

int main(void)
{
    unsigned long sum = 0;

    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, add_part, NULL);
    add_part(NULL);
    for (unsigned i = 0; i < hart_count(); i++) {
        hart_join(i); /* for this hart itself, it does not wait */
        sum += parts[i];
    }
    printf("1 + 2 + ... + %d = %lu\n", LAST, sum);
    return sum != LAST * (LAST + 1ul) / 2;
}

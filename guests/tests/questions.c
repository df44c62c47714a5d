/* SPDX-License-Identifier: MIT */
/* Hart 0 begins a line and waits; hart 1 writes a line meanwhile; hart 0 goes on. */
#include <call.h>
#include <guest.h>
#include <stdio.h>

static bool begun, told;

static void tell(void *unused)
{
    (void)unused;
    while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
        sleep_ns(NS_PER_MS);
    printf("two\n");
    __atomic_store_n(&told, true, __ATOMIC_RELEASE);
}

int main(void)
{
    hart_start(1, tell, NULL);
    printf("one? ");
    fflush(stdout);
    sbi_wait(LAB_EVENT_INPUT); /* the VMM shows an unfinished line when its hart waits */
    __atomic_store_n(&begun, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&told, __ATOMIC_ACQUIRE))
        sleep_ns(NS_PER_MS);
    hart_join(1);
    printf("three");
    return 0;
}

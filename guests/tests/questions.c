/* SPDX-License-Identifier: MIT */
/* Hart 0 begins a line and waits; hart 1 writes a line meanwhile; hart 0 goes on. */
#include <call.h>
#include <guest.h>
#include <stdio.h>

static _Atomic bool begun, told;

static void tell(void *unused)
{
    (void)unused;
    while (!begun)
        sleep_ns(NS_PER_MS);
    printf("two\n");
    told = true;
}

int main(void)
{
    hart_start(1, tell, NULL);
    printf("one? ");
    fflush(stdout);
    sbi_wait(LAB_EVENT_INPUT); /* the VMM shows an unfinished line when its hart waits */
    begun = true;
    while (!told)
        sleep_ns(NS_PER_MS);
    hart_join(1);
    printf("three");
    return 0;
}

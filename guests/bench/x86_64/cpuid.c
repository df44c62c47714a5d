/* SPDX-License-Identifier: MIT */
/* As compare.c, for cpuid. It always makes a VM exit (Intel SDM vol. 3, 25.1.2), but KVM handles it
 * without the VMM, which gave it the answers before (KVM_SET_CPUID2). */
#include "../measure.h"

static void cpuid(void)
{
    unsigned eax = 0, ecx = 0;

    __asm__ volatile("cpuid" : "+a"(eax), "+c"(ecx) : : "ebx", "edx");
}

static uint64_t cpuid_batch(uint64_t count)
{
    return time_batch(count, cpuid);
}

int main(void)
{
    struct trip trip = {.name = "cpuid", .batch = cpuid_batch};

    measure(&trip, 1);
    return 0;
}

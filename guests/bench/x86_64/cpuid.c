/* As compare.c, for the one instruction that leads to KVM and never to the VMM: cpuid makes a VM
 * exit always (Intel SDM vol. 3, 25.1.2), and KVM knows the answer (KVM_SET_CPUID2). */
#include "../measure.h"

static void cpuid(void)
{
    unsigned eax = 0, ecx = 0;

    __asm__ volatile("cpuid" : "+a"(eax), "+c"(ecx) : : "ebx", "edx");
}

int main(void)
{
    measure("cpuid", cpuid);
    return 0;
}

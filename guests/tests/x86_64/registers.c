/* SPDX-License-Identifier: MIT */
/* Legacy calls must not change rdx; interrupts must not change any register. */
#include <call.h>
#include <guest.h>

#include "../check.h"

static volatile unsigned ticks;

static void on_tick(void)
{
    ticks++;
}

/* Fills registers, spins until a tick has come, and returns the registers' sum. */
static uint64_t sum_over_a_tick(void)
{
    uint64_t sum, before = ticks;

    __asm__ volatile("mov $1, %%rcx\n mov $2, %%rdx\n mov $4, %%rsi\n mov $8, %%rdi\n"
                     "mov $16, %%r8\n mov $32, %%r9\n mov $64, %%r10\n mov $128, %%r11\n"
                     "mov $256, %%r12\n mov $512, %%r13\n mov $1024, %%r14\n mov $2048, %%r15\n"
                     "1: cmp %k[before], %[ticks]\n je 1b\n"
                     "mov %%rcx, %%rax\n lea (%%rax,%%rdx,2), %%rax\n lea (%%rax,%%rsi,2), %%rax\n"
                     "lea (%%rax,%%rdi,4), %%rax\n lea (%%rax,%%r8,4), %%rax\n"
                     "add %%r9, %%rax\n lea (%%rax,%%r10,8), %%rax\n add %%r11, %%rax\n"
                     "lea (%%rax,%%r12,4), %%rax\n lea (%%rax,%%r13,2), %%rax\n"
                     "lea (%%rax,%%r14,8), %%rax\n add %%r15, %%rax"
                     : "=&a"(sum)
                     : [before] "b"(before), [ticks] "m"(ticks)
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "cc", "memory");
    return sum;
}

int main(void)
{
    long error = EID_LEGACY_console_getchar, kept = 0x1234567890;
    uint32_t eax = 1, ebx, ecx, edx;

    __asm__ volatile(SBI_TRAP : "+a"(error), "+d"(kept) : [port] "i"(LAB_PORT) : "memory");
    CHECK_EQ(error, -1);
    CHECK_EQ(kept, 0x1234567890);

    /* CPUID says that there is a hypervisor, and which one. */
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    CHECK(ecx >> 31);
    eax = LAB_CPUID_SIGNATURE;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    CHECK(eax >= LAB_CPUID_ABI && ebx == LAB_CPUID_EBX && ecx == LAB_CPUID_ECX);

    timer_every(2 * NS_PER_MS, on_tick);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(sum_over_a_tick(),
                 1 + 4 + 8 + 32 + 64 + 32 + 512 + 128 + 1024 + 1024 + 8192 + 2048);
    printf("kept\n");
    return 0;
}

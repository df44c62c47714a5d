/* SPDX-License-Identifier: MIT */
/* Makes calls with none to five arguments, and prints their results. */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

/* A call of SBI 0.1 has one result, and does not change a1. */
static unsigned long a1_after_legacy_call(void)
{
    register unsigned long a0 __asm__("a0") = '.';
    register unsigned long a1 __asm__("a1") = 0x5eed;
    register unsigned long a7 __asm__("a7") = EID_LEGACY_console_putchar;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a7) : "memory");
    return a1;
}

int main(int argc, char **argv)
{
    unsigned long number = argc > 1 ? strtoul(argv[1], NULL, 10) : 7;
    struct sbiret ret = sbi_remote_sfence_vma_asid(1, 0, number, number + 1, number + 2);

    printf("fence: error %ld, value %ld\n", ret.error, ret.value);
    ret = sbi_get_spec_version();
    printf("version: error %ld, value %lx\n", ret.error, ret.value);
    ret = sbi_hart_get_status(number);
    printf("status: error %ld, value %ld\n", ret.error, ret.value);
    ret = sbi_trap5(0x0B000000, number, 1, 2, 3, 4, 5);
    printf("unknown: error %ld, value %ld\n", ret.error, ret.value);
    printf("a1: %lx\n", a1_after_legacy_call());
    return 0;
}

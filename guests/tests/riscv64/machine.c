/* SPDX-License-Identifier: MIT */
/* Must die, in the way that its argument names: where nothing is, and of sleep. */
#include <call.h>
#include <guest.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE 0xe0000000ul /* a physical address without RAM */

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    uint32_t value = 0x4c;

    /* Without translation, so that it is no page fault. */
    __asm__ volatile("csrw satp, zero; sfence.vma" ::: "memory");
    if (strcmp(how, "mmio-write") == 0)
        *(volatile uint32_t *)NOWHERE = value;
    if (strcmp(how, "mmio-read") == 0)
        value = *(volatile uint32_t *)NOWHERE;
    if (strcmp(how, "atomic") == 0)
        __asm__ volatile("amoadd.w %0, %0, (%1)" : "+r"(value) : "r"(NOWHERE) : "memory");
    if (strcmp(how, "reserved") == 0)
        __asm__ volatile("lr.w %0, (%1)" : "=r"(value) : "r"(NOWHERE) : "memory");
    if (strcmp(how, "across") == 0) /* from RAM */
        __asm__ volatile("lw %0, -2(%1)" : "=r"(value) : "r"(ram_end()) : "memory");
    if (strcmp(how, "jump") == 0)
        ((void (*)(void))NOWHERE)();
    if (strcmp(how, "halt-off") == 0)
        __asm__ volatile("csrw sie, zero; wfi");
    if (strcmp(how, "halt-no-timer") == 0)
        __asm__ volatile("wfi");
    if (strcmp(how, "hart-stop") == 0)
        sbi_hart_stop();
    if (strcmp(how, "bad-stack") == 0) /* there is no room for the trap's frame either */
        __asm__ volatile("mv sp, %0; sd zero, (sp)" ::"r"(NOWHERE));
    if (strcmp(how, "bad-vector") == 0)
        __asm__ volatile("csrw stvec, %0; ebreak" ::"r"(NOWHERE + 1)); /* 1: vectored */
    if (how[0] == '0') /* an address of another board's device */
        value = *(volatile uint32_t *)strtoul(how, NULL, 0);
    if (strcmp(how, "m-mode") == 0)
        __asm__ volatile("csrr %0, mhartid" : "=r"(value));
    printf("survived %s (%u)\n", how, value);
    return 0;
}

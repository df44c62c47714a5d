/* SPDX-License-Identifier: MIT */
/* Changes its code between a snapshot and the rewind: NUMBER, below 1000. */
#include <call.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t code[2] __attribute__((aligned(4096)));

/* Writes a function that returns a number: addi a0, zero, number; ret. */
static void write_code(uint32_t number)
{
    code[0] = number << 20 | 10 << 7 | 0x13;
    code[1] = 0x00008067;
    __asm__ volatile("fence.i" ::: "memory");
}

static int call_code(void)
{
    return ((int (*)(void))(uintptr_t)code)();
}

static uint32_t number_in_ram(void)
{
    return *(volatile uint32_t *)code >> 20;
}

int main(int argc, char **argv)
{
    uint32_t number = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    long life;

    __asm__ volatile("csrw satp, zero\n sfence.vma" ::: "memory"); /* makes all of RAM executable */
    write_code(number);
    call_code();
    life = sbi_checkpoint().value;
    printf("life %ld: %d, in RAM %u\n", life, call_code(), number_in_ram());
    write_code(number + 1);
    printf("then: %d\n", call_code());
    if (life == 0)
        sbi_rewind();
    return 0;
}

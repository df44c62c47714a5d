/* SPDX-License-Identifier: MIT */
/* What picolibc needs to run guests/bench/riscv64/runtime.c, linked by the runtime's guest.ld: the
 * first instructions, a console and an end by SBI's legacy calls. */
#include <stdio.h>

#define LEGACY_PUTCHAR 1

__asm__(".pushsection .text.entry, \"ax\"\n"
        "    .globl _start\n"
        "_start:\n"
        "    la sp, stack_end\n"
        "    la tp, tls_image\n" /* errno */
        "    call main\n"
        "    li a7, 8\n" /* the legacy shutdown */
        "    ecall\n"
        ".popsection\n"
        ".pushsection .bss.stack, \"aw\", @nobits\n"
        "    .balign 16\n"
        "    .skip 0x10000\n"
        "stack_end:\n"
        ".popsection");

static int put(char c, FILE *f)
{
    register long a0 __asm__("a0") = (unsigned char)c;
    register long a7 __asm__("a7") = LEGACY_PUTCHAR;

    (void)f;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &console;

/* SPDX-License-Identifier: MIT */
/* Written from abi/README.md alone, calls nothing of the runtime: prints, waits for input and prints that, sets
 * the timer and waits for it, and ends with status 7. */
#include "machine.h"
#include "sbi.h"

        .macro  call_vmm extension, function
        mov     $EID_\extension, %eax
        mov     $FID_\extension\()_\function, %ecx
        out     %eax, $LAB_PORT
        .endm

        .globl  main
main:
        mov     $6, %edi
        mov     $text, %esi
        xor     %edx, %edx
        call_vmm DBCN, console_write
        mov     $LAB_EVENT_INPUT, %edi
        call_vmm LAB, wait
        mov     $64, %edi
        mov     $buffer, %esi
        xor     %edx, %edx
        call_vmm DBCN, console_read
        mov     %rdx, %rdi      /* the bytes that were read */
        mov     $buffer, %esi
        xor     %edx, %edx
        call_vmm DBCN, console_write
        rdtsc
        shl     $32, %rdx
        lea     1000000(%rax, %rdx), %rdi
        call_vmm TIME, set_timer
        mov     $LAB_EVENT_TIMER, %edi
        call_vmm LAB, wait
        mov     $7, %edi
        call_vmm LAB, exit

        .section .rodata
text:   .ascii  "hello\n"
        .bss
buffer: .skip   64

        .section .note.GNU-stack, "", @progbits

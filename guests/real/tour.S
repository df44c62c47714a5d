/* SPDX-License-Identifier: MIT */
/*
 * A tour of the hypercalls (abi/README.md) from real mode: EID in eax, FID in ecx, arguments in
 * edi, esi, edx, then a 4-byte `out` to the doorbell; error in eax, value in edx. 32-bit registers
 * take a prefix, which the assembler adds.
 */
#include "machine.h"
#include "sbi.h"
#include "sector.inc"

        .macro  call_vmm extension, function
        mov     $EID_\extension, %eax
        mov     $FID_\extension\()_\function, %ecx
        out     %eax, $LAB_PORT
        .endm

/* The legacy console: one byte for each call. */
        mov     $text, %si
legacy: lodsb
        test    %al, %al
        jz      probe
        movzbl  %al, %edi
        mov     $EID_LEGACY_console_putchar, %eax
        out     %eax, $LAB_PORT
        jmp     legacy

/* Is there a debug console? Then BASE.probe_extension returns value 1. */
probe:  mov     $EID_DBCN, %edi
        call_vmm BASE, probe_extension
        cmp     $1, %edx
        jne     failed

/* One call writes a whole buffer, at its physical address. */
        mov     $line_size, %edi
        mov     $line, %esi
        xor     %edx, %edx
        call_vmm DBCN, console_write
        test    %eax, %eax
        jnz     failed

/* The timer: its interrupt goes through the interrupt vector table, and wakes the CPU from hlt. */
        movw    $on_timer, 4 * LAB_TIMER_VECTOR
        movw    $0, 4 * LAB_TIMER_VECTOR + 2
        rdtsc                           /* edx:eax: the timer's clock */
        add     $100000, %eax
        adc     $0, %edx
        mov     %eax, %edi              /* 64 bits take two registers */
        mov     %edx, %esi
        call_vmm TIME, set_timer
        sti
        hlt
        cli
        cmpb    $1, ticks
        jne     failed

/* Input: one call waits for a key, however long that takes. At the end of input there is no key,
 * and the legacy call returns -1. */
        mov     $LAB_EVENT_INPUT, %edi
        call_vmm LAB, wait
        mov     $EID_LEGACY_console_getchar, %eax
        out     %eax, $LAB_PORT
        cmp     $-1, %eax
        je      end
        mov     %eax, %edi
        mov     $EID_LEGACY_console_putchar, %eax
        out     %eax, $LAB_PORT

end:    mov     $42, %edi
        call_vmm LAB, exit

failed: mov     $1, %edi
        call_vmm LAB, exit

on_timer:
        incb    ticks
        iret

ticks:  .byte   0
text:   .asciz  "legacy console\n"
line:   .ascii  "debug console\n"
        .equ    line_size, . - line

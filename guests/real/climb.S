/* SPDX-License-Identifier: MIT */
/*
 * Switches from real mode to long mode (Intel SDM vol. 3, 9.9.1 and 9.8.5): a descriptor table and
 * CR0.PE lead to 32 bits; page tables, CR4.PAE, EFER.LME and CR0.PG lead to 64 bits.
 */
#include "sector.inc"

        .equ    CODE32, 0x08
        .equ    DATA, 0x10
        .equ    CODE64, 0x18
        .equ    CR0_PE, 1 << 0
        .equ    CR0_PG, 1 << 31
        .equ    CR4_PAE, 1 << 5
        .equ    IA32_EFER, 0xc0000080
        .equ    EFER_LME, 1 << 8
        .equ    PRESENT_WRITE, 3
        .equ    LARGE, 1 << 7
        .equ    PML4, 0x1000            /* three tables of one page each */
        .equ    POINTERS, 0x2000
        .equ    DIRECTORY, 0x3000

        mov     $in_real, %si
        call    print

        cli
        lgdt    gdt_pointer
        mov     %cr0, %eax
        or      $CR0_PE, %al
        mov     %eax, %cr0
        ljmp    $CODE32, $protected     /* cs still has its old base and size: reload it */

        define_print

        .code32
protected:
        mov     $DATA, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $in_protected, %esi
        call    print32

        /* Maps the first 2 MiB to themselves: one entry of each table is enough. */
        movl    $POINTERS + PRESENT_WRITE, PML4
        movl    $DIRECTORY + PRESENT_WRITE, POINTERS
        movl    $LARGE + PRESENT_WRITE, DIRECTORY
        mov     $PML4, %eax
        mov     %eax, %cr3
        mov     %cr4, %eax
        or      $CR4_PAE, %eax
        mov     %eax, %cr4
        mov     $IA32_EFER, %ecx
        rdmsr
        or      $EFER_LME, %eax
        wrmsr
        mov     %cr0, %eax
        or      $CR0_PG, %eax
        mov     %eax, %cr0              /* from here on long mode, in a 32-bit segment */
        mov     $in_compatibility, %esi
        call    print32
        ljmp    $CODE64, $long_mode

print32:
        lodsb
        test    %al, %al
        jz      1f
        out     %al, $CONSOLE
        jmp     print32
1:      ret

        .code64
long_mode:
        mov     $in_long, %esi          /* the upper half of rsi becomes 0 */
2:      lodsb
        test    %al, %al
        jz      3f
        out     %al, $CONSOLE
        jmp     2b
3:      exit

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9a000000ffff      /* code, 32 bits: SDM vol. 3, 3.4.5 */
        .quad   0x00cf92000000ffff      /* data */
        .quad   0x00af9a000000ffff      /* code, 64 bits: L instead of D */
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt

in_real:
        .asciz  "16 bits: real mode\n"
in_protected:
        .asciz  "32 bits: protected mode\n"
in_compatibility:
        .asciz  "32 bits: compatibility mode, with paging\n"
in_long:
        .asciz  "64 bits: long mode\n"

        boot_signature

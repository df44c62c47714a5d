/* SPDX-License-Identifier: MIT */
/* The product of two 3 by 3 matrices. */
#include "sector.inc"

        .equ    N, 3

        mov     $left, %si              /* a row of the left one */
row:    mov     $right, %di             /* a column of the right one */
column: xor     %ax, %ax
        push    %si
        push    %di
        mov     $N, %cx
sum:    push    %ax
        mov     (%si), %ax
        mulw    (%di)
        pop     %bx
        add     %bx, %ax
        add     $2, %si                 /* the next of the row */
        add     $2 * N, %di             /* the next of the column */
        loop    sum
        pop     %di
        pop     %si
        mov     $5, %cx
        call    print_number
        add     $2, %di
        cmp     $right + 2 * N, %di
        jb      column
        put     '\n'
        add     $2 * N, %si
        cmp     $left + 2 * N * N, %si
        jb      row
        exit

        define_print_number

left:   .word   1, 2, 3
        .word   4, 5, 6
        .word   7, 8, 9
right:  .word   9, 8, 7
        .word   6, 5, 4
        .word   3, 2, 1

        boot_signature

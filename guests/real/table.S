/* SPDX-License-Identifier: MIT */
/* The multiplication table up to 9 times 9. */
#include "sector.inc"

        mov     $1, %si                 /* row */
row:    mov     $1, %di                 /* column */
column: mov     %si, %ax
        mul     %di                     /* dx:ax = ax * di */
        mov     $3, %cx
        call    print_number
        inc     %di
        cmp     $9, %di
        jbe     column
        put     '\n'
        inc     %si
        cmp     $9, %si
        jbe     row
        exit

        define_print_number

        boot_signature

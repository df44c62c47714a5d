/* SPDX-License-Identifier: MIT */
/* The Fibonacci numbers that fit into 16 bits: until an addition has a carry. */
#include "sector.inc"

        xor     %si, %si
        mov     $1, %di
next:   mov     %si, %ax
        xor     %cx, %cx
        call    print_number
        put     ' '
        mov     %di, %ax
        add     %si, %di                /* (si, di) = (di, si + di) */
        mov     %ax, %si
        jnc     next
        mov     %si, %ax                /* the last correct one */
        call    print_number
        put     '\n'
        exit

        define_print_number

        boot_signature

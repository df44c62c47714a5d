/* SPDX-License-Identifier: MIT */
/* Counts to ten. */
#include "sector.inc"

        mov     $1, %di
next:   mov     %di, %ax
        xor     %cx, %cx
        call    print_number
        put     '\n'
        inc     %di
        cmp     $10, %di
        jbe     next
        exit

        define_print_number

        boot_signature

/* SPDX-License-Identifier: MIT */
/* Writes a string to a port, byte by byte: one exit for each. */
#include "sector.inc"

        mov     $text, %si
        call    print
        exit

        define_print

text:   .asciz  "Hello from real mode!\n"

        boot_signature

/* A string, byte by byte to a port: an exit each. */
#include "sector.inc"

        mov     $text, %si
        call    print
        exit

        define_print

text:   .asciz  "Hello from real mode!\n"

        boot_signature

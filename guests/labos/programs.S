/* SPDX-License-Identifier: MIT */
/* The table of user programs, for load.c. */
        .section .rodata.programs, "a"

#define PROGRAM(name, text) \
        .balign 4096 ; \
image_##name: ; \
        .incbin #name ;
#include "programs.def"

#define PROGRAM(name, text) \
name_##name: ; \
        .asciz  #name ;
#include "programs.def"

        .balign 8
        .globl  programs
programs:
#define PROGRAM(name, text) \
        .quad   name_##name, image_##name ;
#include "programs.def"
        .quad   0, 0

        .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/* For 128 MiB of RAM. check.mk puts it near LAB_LINK_BASE, below the image, so that its address, which
 * the compiler has to know, does not depend on the guest. */
        .section .shadow, "aw", @nobits
        .globl  check_shadow, check_shadow_size
        .set    size, 16 << 20
check_shadow:
        .skip   size

        .section .rodata
        .balign 8
check_shadow_size:
        .quad   size

        .section .note.GNU-stack, "", @progbits

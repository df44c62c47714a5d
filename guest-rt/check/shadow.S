/* SPDX-License-Identifier: MIT */
/* For 128 MiB of RAM. check.mk puts it near LAB_LINK_BASE, below the image, so that its address, which
 * the compiler has to know, does not depend on the guest. */
        .section .shadow, "aw", @nobits
        .globl  check_shadow, check_shadow_end
check_shadow:
        .skip   16 << 20
check_shadow_end:

        .section .note.GNU-stack, "", @progbits

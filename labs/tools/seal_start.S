/* SPDX-License-Identifier: MIT */
/* The check's own code is linked between this and seal.c. */
        .text
        .global check_start
check_start:
        nop

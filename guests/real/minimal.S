/* SPDX-License-Identifier: MIT */
/* The smallest guest: one instruction, after which nothing can wake the CPU. */
#include "sector.inc"

        hlt

        boot_signature

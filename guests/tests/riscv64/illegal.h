/* SPDX-License-Identifier: MIT */
/* All zeros: never an instruction (RISC-V unprivileged spec, 1.5). */
#define ILLEGAL_INSTRUCTION ".2byte 0"
#define ILLEGAL_BYTES       2

/* SPDX-License-Identifier: MIT */
/* ud2: never a valid instruction (Intel SDM vol. 2, UD). */
#define ILLEGAL_INSTRUCTION "ud2"
#define ILLEGAL_BYTES       2

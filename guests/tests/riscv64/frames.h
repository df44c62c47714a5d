/* SPDX-License-Identifier: MIT */
/* Where a frame pointer leads, in words: RISC-V ELF psABI, "Frame pointer". */
#define FRAME_NEXT   (-2)
#define FRAME_RETURN (-1)

/* Dies with the frame pointer in operand 0. */
#define DIE_WITH_FRAME "mv s0, %0; sw zero, (zero)"

/* SPDX-License-Identifier: MIT */
/* Where a frame pointer leads, in words: x86-64 psABI, 3.2.2. */
#define FRAME_NEXT   0
#define FRAME_RETURN 1

/* Dies with the frame pointer in operand 0. */
#define DIE_WITH_FRAME "mov %0, %%rbp; movl $0, 0"

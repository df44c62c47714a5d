/* SPDX-License-Identifier: MIT */
/* Where a function keeps its caller's frame pointer, in words from its own. */
#define SAVED_FRAME 0

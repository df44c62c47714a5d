/* SPDX-License-Identifier: MIT */
/* In place of a machine's own. */
#define LAB_HARTS_MAX 32

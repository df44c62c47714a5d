/* SPDX-License-Identifier: MIT */
/* HAS_FLOAT: the compiler may use registers of floating point, as with FLOAT=1. */
#ifdef __SSE2__
#define HAS_FLOAT
#endif

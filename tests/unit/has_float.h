/* SPDX-License-Identifier: MIT */
/* HAS_FLOAT: on a host, the compiler may use registers of floating point. */
#define HAS_FLOAT

/* SPDX-License-Identifier: MIT */
/* HAS_FLOAT: the compiler may use registers of floating point, as with rv64gc. */
#ifdef __riscv_flen
#define HAS_FLOAT
#endif

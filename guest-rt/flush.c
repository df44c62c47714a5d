/* SPDX-License-Identifier: MIT */
#include "rt.h"

/* Of a guest that prints nothing, and so links no stdio.c, which has the other one. */
__attribute__((weak)) void stdio_flush(void)
{
}

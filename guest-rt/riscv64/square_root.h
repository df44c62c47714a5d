/* SPDX-License-Identifier: MIT */
/* The instruction that calculates a square root, rounded by the IEEE's rules. */
#ifndef SQUARE_ROOT_H
#define SQUARE_ROOT_H

static inline double square_root(double x)
{
    __asm__("fsqrt.d %0, %0" : "+f"(x));
    return x;
}

#endif

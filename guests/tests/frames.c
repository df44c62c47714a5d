/* SPDX-License-Identifier: MIT */
/*
 * Must die, with frame pointers that its argument names: they lead down the stack, in a circle, or
 * up it for longer than anyone wants to read.
 */
#include <stdint.h>
#include <string.h>

#include "frames.h"

#define FRAMES 20

static uintptr_t stack[4 * FRAMES + 8];

static uintptr_t *frame(int number)
{
    return &stack[4 + 4 * number];
}

int main(int argc, char **argv)
{
    int start = 0, step = strcmp(argv[argc - 1], "up") == 0 ? 1 : -1;

    if (strcmp(argv[argc - 1], "circle") == 0)
        step = 0;
    if (step < 0)
        start = FRAMES - 1;
    for (int i = 0; i < FRAMES; i++) {
        frame(i)[FRAME_NEXT] = (uintptr_t)frame(i + step);
        frame(i)[FRAME_RETURN] = (uintptr_t)main + 4;
    }
    __asm__ volatile(DIE_WITH_FRAME ::"r"(frame(start)) : "memory");
    return 0;
}

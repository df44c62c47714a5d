/* SPDX-License-Identifier: MIT */
/* The registers of interrupted code, as vectors.S saves them. */
#ifndef TRAP_FRAME_H
#define TRAP_FRAME_H

#include <stdint.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss; /* pushed by the CPU */
};

#endif

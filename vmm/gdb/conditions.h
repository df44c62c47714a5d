/* SPDX-License-Identifier: MIT */
/* The conditions of breakpoints, which the stub evaluates. */
#ifndef GDB_CONDITIONS_H
#define GDB_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debugger;
struct vcpu;

/* The conditions of a breakpoint, as gdb's bytecode: each with a byte for its size before it. */
struct conditions {
    size_t size; /* bytes; 0: there are none, so it always stops */
    uint8_t bytes[500];
};

/* Reads "[;XSIZE,BYTECODE...]". Returns false if it is something else, or too long. */
bool conditions_take(const char **at, struct conditions *conditions);

/* Returns whether one of the conditions holds for a vCPU, or there are none. */
bool conditions_stop(struct debugger *debugger, struct vcpu *vcpu,
                     const struct conditions *conditions);

#endif

/* A hart's registers, for people. */
#ifndef ISA_RISCV_SHOW_H
#define ISA_RISCV_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct riscv_registers {
    uint64_t x[32], pc;
    bool user_mode;
    uint64_t sstatus, scause, sepc, stval, stvec, satp;
};

void riscv_show_registers(const struct riscv_registers *r, FILE *out);

/* As backend.h's trap_name. */
const char *riscv_trap_name(uint64_t cause, bool *has_address);

#endif

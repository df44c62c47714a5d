/* SPDX-License-Identifier: MIT */
#ifndef ISA_RISCV_ADVICE_H
#define ISA_RISCV_ADVICE_H

#include <stdint.h>

struct vm_exit;

/* backend.h's access_advice and trap_advice. */
const char *riscv_access_advice(const struct vm_exit *exit);
const char *riscv_trap_advice(uint64_t cause, uint64_t value);

#endif

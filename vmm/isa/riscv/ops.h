/* SPDX-License-Identifier: MIT */
/* enum op: OP_addi and so on, a number for each row of ops.def. */
#ifndef ISA_RISCV_OPS_H
#define ISA_RISCV_OPS_H

enum op {
    OP_illegal, /* no row fits */
#define ROW(name, ...) OP_##name,
#include "ops.def"
    OP_COUNT
};

#endif

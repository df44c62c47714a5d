/* SPDX-License-Identifier: MIT */
/* enum op: OP_addi and so on, the operations of ops.def. */
#ifndef BACKENDS_SOFT_OPS_H
#define BACKENDS_SOFT_OPS_H

enum op {
#define OP(name) OP_##name,
#include "ops.def"
    OP_COUNT
};

#endif

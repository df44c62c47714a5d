/* OP_addi and the like: the operations of ops.def. */
#ifndef VMM_BACKENDS_SOFT_OPS_H
#define VMM_BACKENDS_SOFT_OPS_H

enum op {
#define OP(name) OP_##name,
#include "ops.def"
    OP_COUNT
};

#endif

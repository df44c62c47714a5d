/* SPDX-License-Identifier: MIT */
/* The computing instructions of F and D: unprivileged spec, chapters 11 and 12. */
#include "float.h"
#include "hart.h"

#include "isa/riscv/meaning.h"

#define RM_DYNAMIC 7 /* use the rounding mode in frm */

/* Names in ops.def. X: a result that goes to an integer register. */
#define F32 (&float_single)
#define F64 (&float_double)
#define X   NULL
#define I32 ((struct float_integer){.bits = 32, .is_signed = true})
#define U32 ((struct float_integer){.bits = 32})
#define I64 ((struct float_integer){.bits = 64, .is_signed = true})
#define U64 ((struct float_integer){.bits = 64})

/* The values of an instruction's operands, the floating-point ones in the format `from`. */
struct operands {
    uint64_t rs1, fs1, fs2, fs3;
};

static uint64_t negate(const struct float_format *format, uint64_t value)
{
    return value ^ float_sign(format);
}

/* Returns a value with the sign of another. */
static uint64_t copy_sign(const struct float_format *format, uint64_t value, uint64_t sign)
{
    return (value & ~float_sign(format)) | (sign & float_sign(format));
}

/* The meanings in ops.def as functions: result_fadd_s and so on. */
#define ROW(...)
#define FLOAT(name, format, match, mask, text, from, to, meaning)                                  \
    static uint64_t result_##name(const struct operands *operands, struct float_status *status)    \
    {                                                                                              \
        const uint64_t rs1 = operands->rs1, fs1 = operands->fs1, fs2 = operands->fs2;              \
        const uint64_t fs3 = operands->fs3;                                                        \
                                                                                                   \
        (void)rs1, (void)fs1, (void)fs2, (void)fs3, (void)status;                                  \
        return meaning;                                                                            \
    }
#include "isa/riscv/ops.def"

/* The rows of the kind FLOAT, which stand together. */
static const struct instruction {
    const struct float_format *from, *to; /* to: NULL if the result goes to an integer register */
    uint64_t (*result)(const struct operands *operands, struct float_status *status);
    bool rounds; /* funct3 is a rounding mode */
} instructions[OP_fmv_d_x - OP_fmadd_s + 1] = {
#define ROW(...)
#define FLOAT(name, format, match, mask, text, from, to, meaning)                                  \
    [OP_##name - OP_fmadd_s] = {from, to, result_##name, !((mask)&0x7000)},
#include "isa/riscv/ops.def"
};

/* Reads a register. A single that is not NaN-boxed reads as the canonical NaN: 12.2. */
static uint64_t read_f(const struct hart *hart, const struct float_format *format, unsigned number)
{
    uint64_t bits = hart->f[number];

    if (format == &float_double)
        return bits;
    return bits >= FLOAT_BOX ? bits & ~FLOAT_BOX : float_nan(format);
}

/* Writes rd and the flags. FS becomes dirty if either may have changed the floating-point state
 * (privileged spec, 3.1.6.6). */
static void write_result(struct hart *hart, unsigned rd, const struct float_format *to,
                         uint64_t result, unsigned flags)
{
    if (to)
        hart->f[rd] = result | (to == &float_single ? FLOAT_BOX : 0);
    else
        hart->x[rd ? rd : DISCARD] = result;
    hart->fcsr |= flags;
    if (to || flags)
        hart->sstatus |= SSTATUS_FS;
}

bool hart_compute_float(struct hart *hart, enum op op, uint32_t bits)
{
    const struct instruction *insn = &instructions[op - OP_fmadd_s];
    const unsigned rs1 = bits >> 15 & 31, rs2 = bits >> 20 & 31, rs3 = bits >> 27;
    unsigned rounding = bits >> 12 & 7;
    struct float_status status = {0};
    struct operands operands;
    uint64_t result;

    if (!(hart->sstatus & SSTATUS_FS))
        return false;
    if (rounding == RM_DYNAMIC)
        rounding = hart->fcsr >> FCSR_FRM_SHIFT;
    if (insn->rounds && rounding > FLOAT_RMM)
        return false;
    status.rounding = rounding;
    operands = (struct operands){
        .rs1 = hart->x[rs1],
        .fs1 = read_f(hart, insn->from, rs1),
        .fs2 = read_f(hart, insn->from, rs2),
        .fs3 = read_f(hart, insn->from, rs3),
    };
    result = insn->result(&operands, &status);
    write_result(hart, bits >> 7 & 31, insn->to, result, status.flags);
    return true;
}

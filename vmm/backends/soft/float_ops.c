/* SPDX-License-Identifier: MIT */
/*
 * The computing instructions of F and D: unprivileged spec, chapters 11 and 12, with encodings in
 * table 24.2. They are decoded at each execution.
 */
#include "float.h"
#include "hart.h"

#define RM_DYNAMIC 7 /* use the rounding mode in frm */

/* An instruction's fields, operands and result. */
struct operation {
    const struct hart *hart;
    const struct float_format *format;
    uint32_t bits;
    unsigned rs1, rs2, funct3;
    uint64_t a, b; /* the values of the floating-point registers rs1 and rs2 in that format */
    struct float_status status;
    uint64_t result;
};

/* Returns the format of the field fmt: table 11.3, and 12.4. */
static const struct float_format *format_of(unsigned fmt)
{
    return fmt == 0 ? &float_single : &float_double;
}

/* Reads a register. A single that is not NaN-boxed reads as the canonical NaN: 12.2. */
static uint64_t read_f(const struct hart *hart, const struct float_format *format, unsigned number)
{
    uint64_t bits = hart->f[number];

    if (format == &float_double)
        return bits;
    return bits >= FLOAT_BOX ? bits & ~FLOAT_BOX : float_nan(format);
}

/* The instructions. Each function returns false if the encoding is illegal. */

static bool add(struct operation *op)
{
    op->result = float_add(op->format, op->a, op->b, &op->status);
    return true;
}

static bool subtract(struct operation *op)
{
    op->b ^= float_sign(op->format);
    return add(op);
}

static bool multiply(struct operation *op)
{
    op->result = float_multiply(op->format, op->a, op->b, &op->status);
    return true;
}

static bool divide(struct operation *op)
{
    op->result = float_divide(op->format, op->a, op->b, &op->status);
    return true;
}

static bool square_root(struct operation *op)
{
    op->result = float_square_root(op->format, op->a, &op->status);
    return op->rs2 == 0;
}

/* FSGNJ, FSGNJN, FSGNJX */
static bool inject_sign(struct operation *op)
{
    uint64_t sign = float_sign(op->format);
    const uint64_t by_funct3[] = {op->b, ~op->b, op->a ^ op->b};

    if (op->funct3 > 2)
        return false;
    op->result = (op->a & ~sign) | (by_funct3[op->funct3] & sign);
    return true;
}

static bool minimum(struct operation *op)
{
    op->result = float_minimum(op->format, op->a, op->b, op->funct3 == 1, &op->status);
    return op->funct3 <= 1;
}

/* FCVT.S.D, FCVT.D.S: rs2 is the source format. */
static bool convert(struct operation *op)
{
    const struct float_format *from = format_of(op->rs2);

    if (op->rs2 > 1 || from == op->format)
        return false;
    op->result = float_convert(from, op->format, read_f(op->hart, from, op->rs1), &op->status);
    return true;
}

static bool compare(struct operation *op)
{
    if (op->funct3 > 2)
        return false;
    op->result = float_compare(op->format, op->a, op->b, op->funct3, &op->status);
    return true;
}

/* Returns the integer type of FCVT by rs2: W, WU, L, LU. */
static struct float_integer integer_type(unsigned number)
{
    return (struct float_integer){.bits = number & 2 ? 64 : 32, .is_signed = !(number & 1)};
}

static bool to_integer(struct operation *op)
{
    op->result = float_to_integer(op->format, op->a, integer_type(op->rs2), &op->status);
    return op->rs2 <= 3;
}

static bool from_integer(struct operation *op)
{
    uint64_t value = op->hart->x[op->rs1];

    op->result = float_from_integer(op->format, value, integer_type(op->rs2), &op->status);
    return op->rs2 <= 3;
}

/* FMV.X.W, FMV.X.D: the bits of the register; or FCLASS */
static bool inspect(struct operation *op)
{
    uint64_t bits = op->hart->f[op->rs1];

    if (op->funct3 == 1)
        op->result = 1ull << float_classify(op->format, op->a);
    else
        op->result = op->format == &float_single ? (uint64_t)(int64_t)(int32_t)bits : bits;
    return op->rs2 == 0 && op->funct3 <= 1;
}

/* FMV.W.X, FMV.D.X */
static bool move_from_x(struct operation *op)
{
    op->result = op->hart->x[op->rs1];
    return op->rs2 == 0 && op->funct3 == 0;
}

/* Opcode OP-FP, by bits 31 to 27. */
static const struct instruction {
    bool (*compute)(struct operation *op);
    bool rounds; /* funct3 is a rounding mode */
    bool to_x;   /* rd is an integer register */
} by_funct5[32] = {
    [0x00] = {.compute = add, .rounds = true},
    [0x01] = {.compute = subtract, .rounds = true},
    [0x02] = {.compute = multiply, .rounds = true},
    [0x03] = {.compute = divide, .rounds = true},
    [0x04] = {.compute = inject_sign},
    [0x05] = {.compute = minimum},
    [0x08] = {.compute = convert, .rounds = true},
    [0x0b] = {.compute = square_root, .rounds = true},
    [0x14] = {.compute = compare, .to_x = true},
    [0x18] = {.compute = to_integer, .rounds = true, .to_x = true},
    [0x1a] = {.compute = from_integer, .rounds = true},
    [0x1c] = {.compute = inspect, .to_x = true},
    [0x1e] = {.compute = move_from_x},
};

/* FMADD, FMSUB, FNMSUB, FNMADD: opcodes 0x43, 0x47, 0x4b, 0x4f, where two bits are signs. */
static bool fuse(struct operation *op)
{
    uint64_t sign = float_sign(op->format);
    uint64_t c = read_f(op->hart, op->format, op->bits >> 27);

    if (op->bits & 0x08)
        op->a ^= sign;
    if (op->bits & 0x04)
        c ^= sign;
    op->result = float_multiply_add(op->format, op->a, op->b, c, &op->status);
    return true;
}

static const struct instruction fused = {.compute = fuse, .rounds = true};

/* Writes rd and the flags. FS becomes dirty if either may have changed the floating-point state
 * (privileged spec, 3.1.6.6). */
static void write_result(struct hart *hart, const struct operation *op, bool to_x)
{
    unsigned rd = op->bits >> 7 & 31;

    if (to_x)
        hart->x[rd ? rd : DISCARD] = op->result;
    else
        hart->f[rd] = op->result | (op->format == &float_single ? FLOAT_BOX : 0);
    hart->fcsr |= op->status.flags;
    if (!to_x || op->status.flags)
        hart->sstatus |= SSTATUS_FS;
}

bool hart_compute_float(struct hart *hart, uint32_t bits)
{
    const struct instruction *insn = bits & 0x10 ? &by_funct5[bits >> 27] : &fused;
    unsigned rounding = bits >> 12 & 7, format = bits >> 25 & 3;
    struct operation op = {.hart = hart, .bits = bits};

    if (!(hart->sstatus & SSTATUS_FS) || !insn->compute || format > 1)
        return false;
    op.funct3 = rounding;
    if (rounding == RM_DYNAMIC)
        rounding = hart->fcsr >> FCSR_FRM_SHIFT;
    if (insn->rounds && rounding > FLOAT_RMM)
        return false;
    op.status.rounding = rounding;
    op.format = format_of(format);
    op.rs1 = bits >> 15 & 31;
    op.rs2 = bits >> 20 & 31;
    op.a = read_f(hart, op.format, op.rs1);
    op.b = read_f(hart, op.format, op.rs2);
    if (!insn->compute(&op))
        return false;
    write_result(hart, &op, insn->to_x);
    return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * -fsanitize=undefined: the compiler tests each operation, and calls one of these if C does not
 * define it. Their data are those of the compilers' own library (compiler-rt, ubsan_handlers.h).
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct location {
    const char *file;
    unsigned line, column;
};

#define INTEGER 0 /* enum kind */
#define SIGNED  1 /* info of an integer; above it, the logarithm of its bits */

struct type {
    uint16_t kind, info;
    char name[]; /* 'int' with its quotes */
};

static unsigned bits_of(const struct type *type)
{
    return 1u << (type->info >> 1);
}

/* The name in quotes, without them. */
#define NAME(type) (int)strlen((type)->name) - 2, (type)->name + 1

static bool is_negative(const struct type *type, uintptr_t value)
{
    return type->info & SIGNED && bits_of(type) <= 64 && value >> (bits_of(type) - 1) & 1;
}

/* Writes a value: itself up to 64 bits, else its address. */
static const char *number(const struct type *type, uintptr_t value, char *text, size_t size)
{
    unsigned unused = 64 - bits_of(type);

    if (type->kind != INTEGER)
        snprintf(text, size, "a number");
    else if (bits_of(type) > 64)
        snprintf(text, size, "a number of %u bits", bits_of(type));
    else if (type->info & SIGNED)
        snprintf(text, size, "%" PRId64, (int64_t)((uint64_t)value << unused) >> unused);
    else
        snprintf(text, size, "%" PRIu64, (uint64_t)value << unused >> unused);
    return text;
}

#define FOUND(data, ...)    check_report(SITE(), (data)->at.file, (data)->at.line, __VA_ARGS__)
#define NUMBER(type, value) number(type, value, (char[40]){0}, 40)

struct typed {
    struct location at;
    const struct type *type;
};

struct plain {
    struct location at;
};

#define ARITHMETIC(name, sign)                                                                     \
    void __ubsan_handle_##name##_overflow(const struct typed *data, uintptr_t a, uintptr_t b);     \
    void __ubsan_handle_##name##_overflow(const struct typed *data, uintptr_t a, uintptr_t b)      \
    {                                                                                              \
        FOUND(data, "%s " sign " %s does not fit in a %u-bit %.*s", NUMBER(data->type, a),         \
              NUMBER(data->type, b), bits_of(data->type), NAME(data->type));                       \
    }

ARITHMETIC(add, "+")
ARITHMETIC(sub, "-")
ARITHMETIC(mul, "*")

void __ubsan_handle_negate_overflow(const struct typed *data, uintptr_t a);
void __ubsan_handle_negate_overflow(const struct typed *data, uintptr_t a)
{
    FOUND(data, "-(%s) does not fit in a %u-bit %.*s", NUMBER(data->type, a), bits_of(data->type),
          NAME(data->type));
}

void __ubsan_handle_divrem_overflow(const struct typed *data, uintptr_t a, uintptr_t b);
void __ubsan_handle_divrem_overflow(const struct typed *data, uintptr_t a, uintptr_t b)
{
    if (b == 0)
        FOUND(data, "division of %s by zero", NUMBER(data->type, a));
    FOUND(data, "%s / %s does not fit in a %u-bit %.*s", NUMBER(data->type, a),
          NUMBER(data->type, b), bits_of(data->type), NAME(data->type));
}

struct shift {
    struct location at;
    const struct type *left, *right;
};

void __ubsan_handle_shift_out_of_bounds(const struct shift *data, uintptr_t a, uintptr_t by);
void __ubsan_handle_shift_out_of_bounds(const struct shift *data, uintptr_t a, uintptr_t by)
{
    if (is_negative(data->right, by) || by >= bits_of(data->left))
        FOUND(data, "shift by %s of a %u-bit %.*s", NUMBER(data->right, by), bits_of(data->left),
              NAME(data->left));
    if (is_negative(data->left, a))
        FOUND(data, "left shift of the negative number %s", NUMBER(data->left, a));
    FOUND(data, "%s << %s does not fit in a %u-bit %.*s", NUMBER(data->left, a),
          NUMBER(data->right, by), bits_of(data->left), NAME(data->left));
}

struct bounds {
    struct location at;
    const struct type *array, *index;
};

void __ubsan_handle_out_of_bounds(const struct bounds *data, uintptr_t index);
void __ubsan_handle_out_of_bounds(const struct bounds *data, uintptr_t index)
{
    FOUND(data, "index %s is out of the bounds of %.*s", NUMBER(data->index, index),
          NAME(data->array));
}

struct mismatch {
    struct location at;
    const struct type *type;
    unsigned char alignment; /* its logarithm */
    unsigned char kind;      /* of the access: an index of `uses` */
};

static const char *const uses[] = {
    "load of",
    "store to",
    "reference to",
    "member access in",
};

void __ubsan_handle_type_mismatch_v1(const struct mismatch *data, uintptr_t address);
void __ubsan_handle_type_mismatch_v1(const struct mismatch *data, uintptr_t address)
{
    uintptr_t alignment = (uintptr_t)1 << data->alignment;
    const char *use = data->kind < sizeof(uses) / sizeof(uses[0]) ? uses[data->kind] : "use of";

    if (address == 0)
        FOUND(data, "%s %.*s at NULL", use, NAME(data->type));
    FOUND(data, "misaligned %s %.*s at 0x%" PRIxPTR ", which is no multiple of %" PRIuPTR, use,
          NAME(data->type), address, alignment);
}

void __ubsan_handle_pointer_overflow(const struct plain *data, uintptr_t base, uintptr_t result);
void __ubsan_handle_pointer_overflow(const struct plain *data, uintptr_t base, uintptr_t result)
{
    FOUND(data, "the pointer 0x%" PRIxPTR " became 0x%" PRIxPTR " by an offset that leaves memory",
          base, result);
}

void __ubsan_handle_builtin_unreachable(const struct plain *data);
void __ubsan_handle_builtin_unreachable(const struct plain *data)
{
    FOUND(data, "__builtin_unreachable was reached");
}

void __ubsan_handle_missing_return(const struct plain *data);
void __ubsan_handle_missing_return(const struct plain *data)
{
    FOUND(data, "a function that returns a value ended without one");
}

void __ubsan_handle_vla_bound_not_positive(const struct typed *data, uintptr_t bound);
void __ubsan_handle_vla_bound_not_positive(const struct typed *data, uintptr_t bound)
{
    FOUND(data, "an array of %s elements", NUMBER(data->type, bound));
}

void __ubsan_handle_load_invalid_value(const struct typed *data, uintptr_t value);
void __ubsan_handle_load_invalid_value(const struct typed *data, uintptr_t value)
{
    FOUND(data, "load of a %.*s that has the value %" PRIuPTR, NAME(data->type), value & 0xff);
}

void __ubsan_handle_float_cast_overflow(const struct typed *data, uintptr_t from);
void __ubsan_handle_float_cast_overflow(const struct typed *data, uintptr_t from)
{
    (void)from;
    FOUND(data, "a %.*s that does not fit in the type it becomes", NAME(data->type));
}

struct builtin {
    struct location at;
    unsigned char kind; /* 0: ctz, 1: clz */
};

void __ubsan_handle_invalid_builtin(const struct builtin *data);
void __ubsan_handle_invalid_builtin(const struct builtin *data)
{
    FOUND(data, "%s of zero", data->kind ? "__builtin_clz" : "__builtin_ctz");
}

struct argument {
    struct location at, attribute;
    int index; /* from 1 */
};

void __ubsan_handle_nonnull_arg(const struct argument *data);
void __ubsan_handle_nonnull_arg(const struct argument *data)
{
    FOUND(data, "argument %d is NULL, which the function does not take", data->index);
}

void __ubsan_handle_nonnull_return_v1(const struct plain *data, const struct location *at);
void __ubsan_handle_nonnull_return_v1(const struct plain *data, const struct location *at)
{
    (void)data;
    check_report(SITE(), at->file, at->line, "a function returns NULL that must not");
}

void __ubsan_handle_function_type_mismatch(const struct typed *data, uintptr_t function);
void __ubsan_handle_function_type_mismatch(const struct typed *data, uintptr_t function)
{
    FOUND(data, "call of 0x%" PRIxPTR " as a %.*s, which it is not", function, NAME(data->type));
}

void __ubsan_handle_alignment_assumption(const struct typed *data, uintptr_t address,
                                         uintptr_t alignment, uintptr_t offset);
void __ubsan_handle_alignment_assumption(const struct typed *data, uintptr_t address,
                                         uintptr_t alignment, uintptr_t offset)
{
    FOUND(data, "0x%" PRIxPTR " is no multiple of %" PRIuPTR, address - offset, alignment);
}

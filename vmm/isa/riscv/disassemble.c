/* SPDX-License-Identifier: MIT */
/* Writes the names and operands of the rows of ops.def. */
#include "disassemble.h"

#include "csr.h"
#include "decode.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char riscv_x_names[32][5] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                   "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                   "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                   "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

const char riscv_f_names[32][5] = {"ft0", "ft1", "ft2",  "ft3",  "ft4", "ft5", "ft6",  "ft7",
                                   "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
                                   "fa6", "fa7", "fs2",  "fs3",  "fs4", "fs5", "fs6",  "fs7",
                                   "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

/* Arrays, not pointers: those would be relocated at each start of the program. */
static const struct {
    char name[12], operands[24];
} rows[OP_COUNT] = {
#define ROW(name, format, match, mask, text, ...) [OP_##name] = {#name, text},
#define RESERVED(...)
#include "ops.def"
};

/* Where the text goes. */
struct text {
    char *at;
    size_t left; /* with the 0 at its end */
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list args;
    int written;

    va_start(args, format);
    written = vsnprintf(text->at, text->left, format, args);
    va_end(args);
    if (written < 0 || (size_t)written >= text->left)
        written = (int)text->left; /* it is full */
    text->at += written;
    text->left -= (size_t)written;
}

static void add_csr(struct text *text, unsigned number)
{
    switch (number) {
#define CASE(name, text_, number)                                                                  \
    case number:                                                                                   \
        add(text, "%s", text_);                                                                    \
        return;
        RISCV_CSRS(CASE)
#undef CASE
    default:
        add(text, "0x%x", number);
    }
}

/* The sets of accesses that fence orders: input, output, reads, writes. */
static void add_set(struct text *text, unsigned set)
{
    for (unsigned i = 0; i < 4; i++)
        if (set & 8 >> i)
            add(text, "%c", "iorw"[i]);
    if (!set)
        add(text, "0");
}

/* A word of ops.def that stands for an operand. */
static void add_operand(struct text *text, const char *word, const struct riscv_insn *insn,
                        uint32_t bits, uint64_t pc)
{
    static const char rounding[7][4] = {"rne", "rtz", "rdn", "rup", "rmm", "5", "6"};
    const uint64_t target = pc + (uint64_t)(int64_t)insn->imm;

    if (!strcmp(word, "rd"))
        add(text, "%s", riscv_x_names[insn->rd]);
    else if (!strcmp(word, "rs1"))
        add(text, "%s", riscv_x_names[insn->rs1]);
    else if (!strcmp(word, "rs2"))
        add(text, "%s", riscv_x_names[insn->rs2]);
    else if (!strcmp(word, "fd"))
        add(text, "%s", riscv_f_names[insn->rd]);
    else if (!strcmp(word, "fs1"))
        add(text, "%s", riscv_f_names[insn->rs1]);
    else if (!strcmp(word, "fs2"))
        add(text, "%s", riscv_f_names[insn->rs2]);
    else if (!strcmp(word, "fs3"))
        add(text, "%s", riscv_f_names[bits >> 27]);
    else if (!strcmp(word, "rm"))
        add(text, "%s", rounding[bits >> 12 & 7]);
    else if (!strcmp(word, "imm"))
        add(text, "%" PRId32, insn->imm);
    else if (!strcmp(word, "imm20"))
        add(text, "0x%" PRIx32, (uint32_t)insn->imm >> 12);
    else if (!strcmp(word, "shamt"))
        add(text, "0x%" PRIx32, (uint32_t)insn->imm);
    else if (!strcmp(word, "target"))
        add(text, "0x%" PRIx64, target);
    else if (!strcmp(word, "zimm"))
        add(text, "%u", insn->rs1);
    else if (!strcmp(word, "csr"))
        add_csr(text, bits >> 20);
    else if (!strcmp(word, "pred"))
        add_set(text, bits >> 24 & 15);
    else if (!strcmp(word, "succ"))
        add_set(text, bits >> 20 & 15);
}

/* The name of a row has a _ where the mnemonic has a point. */
static void add_mnemonic(struct text *text, const char *name, uint32_t bits)
{
    static const char order[4][6] = {"", ".rl", ".aq", ".aqrl"};

    for (; *name; name++)
        add(text, "%c", *name == '_' ? '.' : *name);
    if ((bits & 0x7f) == 0x2f) /* an atomic one: unprivileged spec, 8.1 */
        add(text, "%s", order[bits >> 25 & 3]);
}

void riscv_disassemble(uint32_t bits, uint64_t pc, char *buffer, size_t size)
{
    const struct riscv_insn insn = riscv_decode(bits);
    const char *at = rows[insn.op].operands;
    const bool dynamic = (bits >> 12 & 7) == 7; /* the rounding mode in frm */
    struct text text = {buffer, size};
    char word[8];

    if (!*rows[insn.op].name) {
        if (riscv_is_compressed(bits))
            add(&text, "illegal 0x%04" PRIx32, bits & 0xffff);
        else
            add(&text, "illegal 0x%08" PRIx32, bits);
        return;
    }
    add_mnemonic(&text, rows[insn.op].name, bits);
    if (*at)
        add(&text, " ");
    while (*at && !(dynamic && !strcmp(at, ", rm"))) {
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789");

        if (length == 0) {
            add(&text, "%c", *at++);
            continue;
        }
        snprintf(word, sizeof(word), "%.*s", (int)length, at);
        add_operand(&text, word, &insn, bits, pc);
        at += length;
    }
}

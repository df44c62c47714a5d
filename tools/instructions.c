/* SPDX-License-Identifier: MIT */
/*
 * Shows what ops.def says.
 *
 *   instructions          writes docs/instructions.md (make instructions)
 *   instructions text     reads lines "pc bits", hexadecimal numbers, and writes each instruction
 * as text
 */
#include "isa/riscv/disassemble.h"

#include <inttypes.h>
#include <stdio.h>

static const char begin[] =
    "# The instructions of a RISC-V guest\n"
    "\n"
    "A hart of `soft` executes these: RV64GC, with S- and U-mode. `make instructions` writes this "
    "page\n"
    "from [`ops.def`](../vmm/isa/riscv/ops.def), from which the interpreter is made, too.\n"
    "\n"
    "In an encoding `x` is a bit of an operand. Of two rows that fit, the later one counts.\n"
    "\n"
    "The operands `rs1`, `rs2` and `imm` are unsigned numbers of 64 bits, `imm` sign-extended; "
    "`pc` is\n"
    "the address of the instruction, `old` what was in memory or in the CSR, `zimm` the number in "
    "the\n"
    "field rs1. [`meaning.h`](../vmm/isa/riscv/meaning.h) has the helpers, such as `sext32`. Those "
    "of\n"
    "floating point are in [`float.h`](../vmm/backends/soft/float.h).\n";

/* Writes bits of an encoding from high to low. */
static void write_bits(uint32_t match, uint32_t mask, unsigned high, unsigned low)
{
    for (unsigned i = high + 1; i-- > low;)
        putchar(!(mask >> i & 1) ? 'x' : match >> i & 1 ? '1' : '0');
}

static void write_encoding(uint32_t match, uint32_t mask)
{
    static const unsigned fields[] = {25, 20, 15, 12, 7, 0}, c_fields[] = {13, 12, 7, 2, 0};
    const unsigned *low = (match & 3) == 3 ? fields : c_fields;
    unsigned high = (match & 3) == 3 ? 31 : 15;

    for (; *low; high = *low++ - 1) {
        write_bits(match, mask, high, *low);
        putchar(' ');
    }
    write_bits(match, mask, high, 0);
}

/* Writes a cell of a table. A | would end it. */
static void write_cell(const char *text)
{
    for (; *text; text++)
        printf(*text == '|' ? "\\|" : "%c", *text);
}

static void write_row(const char *name, const char *format, uint32_t match, uint32_t mask,
                      const char *operands, const char *meaning)
{
    printf("| `");
    for (; *name; name++)
        putchar(*name == '_' ? '.' : *name);
    printf("%s%s` | %s | `", *operands ? " " : "", operands, format);
    write_encoding(match, mask);
    printf("` | ");
    write_cell(meaning);
    printf(" |\n");
}

#define TEXT(...) #__VA_ARGS__

/* A row of ops.def, with words before and after its meaning. */
#define MEANS(before, after, name, format, match, mask, text, ...)                                 \
    write_row(TEXT(name), TEXT(format), match, mask, text, "`" before TEXT(__VA_ARGS__) after "`");

static void write_tables(void)
{
#define SECTION(title, manual)                                                                     \
    printf("\n## %s\n\nThe %s.\n\n| instruction | format | encoding | meaning "                    \
           "|\n|---|---|---|---|\n",                                                               \
           title, manual);
#define ROW(...)
#define VALUE(...)         MEANS("rd = ", "", __VA_ARGS__)
#define BRANCH(...)        MEANS("if (", ") pc = pc + imm", __VA_ARGS__)
#define JUMP(...)          MEANS("rd = pc + 4, pc = ", "", __VA_ARGS__)
#define JUMP_REGISTER(...) MEANS("rd = pc + 4, pc = ", "", __VA_ARGS__)
#define LOAD(...)          MEANS("rd = *(", " *)(rs1 + imm)", __VA_ARGS__)
#define STORE(...)         MEANS("*(", " *)(rs1 + imm) = rs2", __VA_ARGS__)
#define LOAD_RESERVED(...) MEANS("rd = *(", " *)rs1, and reserves rs1", __VA_ARGS__)
#define STORE_CONDITIONAL(...)                                                                     \
    MEANS("if (reserved) *(", " *)rs1 = rs2; rd = !reserved", __VA_ARGS__)
#define CSR(...)         MEANS("csr = ", ", rd = old", __VA_ARGS__)
#define CSR_BITS(...)    MEANS("if (zimm) csr = ", "; rd = old", __VA_ARGS__)
#define FLOAT_LOAD(...)  MEANS("fd = *(", " *)(rs1 + imm)", __VA_ARGS__)
#define FLOAT_STORE(...) MEANS("*(", " *)(rs1 + imm) = fs2", __VA_ARGS__)
#define AMO(name, format, match, mask, text, type, meaning)                                        \
    MEANS("*(" TEXT(type) " *)rs1 = ", ", rd = old", name, format, match, mask, text, meaning)
#define FLOAT(name, format, match, mask, text, from, to, meaning)                                  \
    MEANS(FLOAT_TO_##to " = ", "", name, format, match, mask, text, meaning)
#define FLOAT_TO_F32 "fd"
#define FLOAT_TO_F64 "fd"
#define FLOAT_TO_X   "rd"
#define SYSTEM(name, format, match, mask, text, meaning)                                           \
    write_row(#name, #format, match, mask, text, meaning);
#define C_VALUE(...)    MEANS("", "", __VA_ARGS__)
#define C_BRANCH        C_VALUE
#define C_JUMP          C_VALUE
#define C_JUMP_REGISTER C_VALUE
#define C_LOAD          C_VALUE
#define C_STORE         C_VALUE
#define C_FLOAT_LOAD    C_VALUE
#define C_FLOAT_STORE   C_VALUE
#define C_SYSTEM        C_VALUE
#define RESERVED(name, format, match, mask, ...)                                                   \
    write_row("reserved", #format, match, mask, "", "illegal");
#include "isa/riscv/ops.def"
}

static void write_texts(void)
{
    char text[RISCV_TEXT_MAX];
    uint64_t pc;
    uint32_t bits;

    while (scanf("%" SCNx64 " %" SCNx32, &pc, &bits) == 2) {
        riscv_disassemble(bits, pc, text, sizeof(text));
        puts(text);
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        write_texts();
        return 0;
    }
    printf("%s", begin);
    write_tables();
    return 0;
}

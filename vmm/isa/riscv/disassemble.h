/* SPDX-License-Identifier: MIT */
/* Instructions as text. */
#ifndef ISA_RISCV_DISASSEMBLE_H
#define ISA_RISCV_DISASSEMBLE_H

#include <stddef.h>
#include <stdint.h>

/* What the names of the registers are in the ABI: x0 is zero, f0 is ft0. */
extern const char riscv_x_names[32][5], riscv_f_names[32][5];

#define RISCV_TEXT_MAX 64 /* bytes; more than any instruction needs */

/*
 * Writes an instruction as the assembler takes it, without aliases: "c.addi sp, -16". An illegal
 * one becomes "illegal 0x0000".
 *
 * bits  the instruction, of 2 bytes or 4
 * pc    where it is: branches and jumps are written with the address that they lead to
 */
void riscv_disassemble(uint32_t bits, uint64_t pc, char *text, size_t size);

#endif

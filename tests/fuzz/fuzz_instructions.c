/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any bytes as RISC-V instructions, decoded and as text. The text's buffer is exactly
 * one malloc block, of any size, so that ASan sees a write outside it.
 */
#include "isa/riscv/decode.h"
#include "isa/riscv/disassemble.h"
#include "isa/riscv/next.h"

#include <stdlib.h>
#include <string.h>

struct input {
    uint32_t bits;
    uint8_t size;
    uint64_t pc;
} __attribute__((packed));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t x[32] = {0};
    uint64_t next[NEXT_MAX];
    struct riscv_insn insn;
    struct input input;
    char *text;

    for (; size >= sizeof(input); data += sizeof(input), size -= sizeof(input)) {
        memcpy(&input, data, sizeof(input));
        insn = riscv_decode(input.bits);
        if (insn.op >= OP_COUNT || insn.rd > 31 || insn.rs1 > 31 || insn.rs2 > 31)
            abort();
        if (riscv_next(input.bits, input.pc, x, 0, next) > NEXT_MAX)
            abort();
        text = malloc(input.size);
        riscv_disassemble(input.bits, input.pc, text, input.size);
        if (input.size && strlen(text) >= RISCV_TEXT_MAX)
            abort();
        free(text);
    }
    return 0;
}

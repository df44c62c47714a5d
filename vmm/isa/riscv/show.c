/* SPDX-License-Identifier: MIT */
/* Prints the registers of a hart and the instruction at its pc, and names its traps. */
#include "show.h"

#include "decode.h"
#include "disassemble.h"
#include "target.h"

#include "core/vm.h"

#include <inttypes.h>
#include <string.h>

bool riscv_fetch(struct vcpu *vcpu, uint64_t gva, uint32_t *bits)
{
    const struct vm *vm = vcpu->vm;
    uint16_t halves[2] = {0};
    struct translation to;
    struct paging paging;

    vm->backend->paging(vcpu, &paging);
    for (unsigned i = 0; i < 2; i++) {
        const void *code = NULL;

        if (paging_translate(&vm->memory, &paging, gva + i * sizeof(*halves), &to))
            code = memory_at(&vm->memory, to.gpa, sizeof(*halves));
        if (!code)
            return false;
        memcpy(&halves[i], code, sizeof(*halves));
        if (vm->backend->debug->hide) /* the guest's code, and no breakpoint in it */
            vm->backend->debug->hide(vm, to.gpa, (uint8_t *)&halves[i], sizeof(*halves));
        *bits = halves[0] | (uint32_t)halves[1] << 16;
        if (riscv_is_compressed(*bits))
            return true;
    }
    return true;
}

void riscv_describe_insn(struct vcpu *vcpu, uint64_t pc, char *text, size_t size)
{
    uint32_t bits;

    if (riscv_fetch(vcpu, pc, &bits))
        riscv_disassemble(bits, pc, text, size);
    else
        snprintf(text, size, "none is there");
}

void riscv_show_registers(struct vcpu *vcpu, FILE *out)
{
    struct riscv_debug_registers r = {0};
    char insn[RISCV_TEXT_MAX];

    vcpu->vm->backend->debug->get_registers(vcpu, (uint8_t *)&r);
    for (unsigned i = 1; i < 32; i++)
        fprintf(out, "%s%-3s %016" PRIx64 "%s", i % 4 == 1 ? "    " : "  ", riscv_x_names[i],
                r.x[i], i % 4 == 0 ? "\n" : "");
    fprintf(out, "\n    pc  %016" PRIx64 "  %s-mode  sstatus %016" PRIx64 "\n", r.pc,
            r.priv ? "S" : "U", r.sstatus);
    fprintf(out,
            "    scause %" PRIx64 "  sepc %" PRIx64 "  stval %" PRIx64 "  stvec %" PRIx64
            "  satp %016" PRIx64 "\n",
            r.scause, r.sepc, r.stval, r.stvec, r.satp);
    riscv_describe_insn(vcpu, r.pc, insn, sizeof(insn));
    fprintf(out, "    at pc: %s\n", insn);
}

/* Privileged spec, table 4.2. */
const char *riscv_trap_name(uint64_t cause, bool *has_address)
{
    static const char *const names[16] = {
        [0] = "instruction address misaligned",
        [1] = "instruction access fault",
        [2] = "illegal instruction",
        [3] = "breakpoint",
        [4] = "load address misaligned",
        [5] = "load access fault",
        [6] = "store address misaligned",
        [7] = "store access fault",
        [8] = "environment call from U-mode",
        [9] = "environment call from S-mode",
        [12] = "instruction page fault",
        [13] = "load page fault",
        [15] = "store page fault",
    };

    *has_address = (cause >= 12 && cause < 16) || cause == 1 || cause == 5 || cause == 7;
    return cause < 16 ? names[cause] : NULL;
}

/* SPDX-License-Identifier: MIT */
/* Prints the registers of a hart, and names its traps. */
#include "show.h"

#include "target.h"

#include "core/vm.h"

#include <inttypes.h>

void riscv_show_registers(struct vcpu *vcpu, FILE *out)
{
    static const char *const names[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                          "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                          "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                          "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

    struct riscv_debug_registers r = {0};

    vcpu->vm->backend->debug->get_registers(vcpu, (uint8_t *)&r);
    for (unsigned i = 1; i < 32; i++)
        fprintf(out, "%s%-3s %016" PRIx64 "%s", i % 4 == 1 ? "    " : "  ", names[i], r.x[i],
                i % 4 == 0 ? "\n" : "");
    fprintf(out, "\n    pc  %016" PRIx64 "  %s-mode  sstatus %016" PRIx64 "\n", r.pc,
            r.priv ? "S" : "U", r.sstatus);
    fprintf(out,
            "    scause %" PRIx64 "  sepc %" PRIx64 "  stval %" PRIx64 "  stvec %" PRIx64
            "  satp %016" PRIx64 "\n",
            r.scause, r.sepc, r.stval, r.stvec, r.satp);
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

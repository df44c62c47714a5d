/* SPDX-License-Identifier: MIT */
/* Finds out whether KVM works: runs a guest that consists of one ecall. */
#include "rv.h"

#include <string.h>
#include <sys/ioctl.h>

#define PAGE 4096

static void put_ecall(const void *unused, uint8_t *memory)
{
    static const uint8_t ecall[] = {0x73, 0, 0, 0};

    (void)unused;
    memcpy(memory, ecall, sizeof(ecall));
}

static int rv_set_trial_registers(const void *unused, int vcpu)
{
    uint64_t pc = LAB_RAM_BASE, eid = EID_LAB;
    struct kvm_one_reg set_pc = {.id = REG_PC, .addr = (uintptr_t)&pc};
    struct kvm_one_reg set_a7 = {.id = REG_X(17), .addr = (uintptr_t)&eid};

    (void)unused;
    return ioctl(vcpu, KVM_SET_ONE_REG, &set_pc) < 0 ? -1 : ioctl(vcpu, KVM_SET_ONE_REG, &set_a7);
}

static const char *rv_explain_no_module(char *text, size_t size)
{
    snprintf(text, size,
             "there is no /dev/kvm: the kvm module is not loaded, or this CPU has no "
             "hypervisor extension");
    return "sudo modprobe kvm";
}

const char *rv_probe(char *text, size_t size)
{
    static const struct kvm_probe probe = {
        .trial = {.base = LAB_RAM_BASE,
                  .size = PAGE,
                  .fill = put_ecall,
                  .set_registers = rv_set_trial_registers},
        .exit_reason = KVM_EXIT_RISCV_SBI,
        .guests = "RISC-V",
        .instruction = "ecall",
        .explain_no_module = rv_explain_no_module,
    };

    return kvm_run_probe(&probe, text, size);
}

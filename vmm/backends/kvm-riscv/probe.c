/* Tries KVM on the smallest guest there is: one ecall. */
#include "kvm.h"

#include "host/linux/advice.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define PAGE 4096

static void put_ecall(const void *unused, uint8_t *memory)
{
    static const uint8_t ecall[] = {0x73, 0, 0, 0};

    (void)unused;
    memcpy(memory, ecall, sizeof(ecall));
}

static int set_registers(const void *unused, int vcpu)
{
    uint64_t pc = LAB_RAM_BASE, eid = EID_LAB;
    struct kvm_one_reg set_pc = {.id = REG_PC, .addr = (uintptr_t)&pc};
    struct kvm_one_reg set_a7 = {.id = REG_X(17), .addr = (uintptr_t)&eid};

    (void)unused;
    return ioctl(vcpu, KVM_SET_ONE_REG, &set_pc) < 0 ? -1 : ioctl(vcpu, KVM_SET_ONE_REG, &set_a7);
}

static const char *no_kvm(int error, char *text, size_t size)
{
    if (error != ENOENT)
        return host_kvm_advice(error, text, size);
    snprintf(text, size,
             "there is no /dev/kvm: the kvm module is not loaded, or this CPU has no "
             "hypervisor extension");
    return "sudo modprobe kvm";
}

const char *kvm_probe(char *text, size_t size)
{
    static const struct kvm_trial trial = {
        .base = LAB_RAM_BASE,
        .size = PAGE,
        .fill = put_ecall,
        .set_registers = set_registers,
    };
    int reason = kvm_try_all(&trial);

    if (reason == KVM_EXIT_RISCV_SBI) {
        snprintf(text, size, "RISC-V guests on /dev/kvm: a test guest ran");
        return NULL;
    }
    if (reason < 0)
        return no_kvm(errno, text, size);
    snprintf(text, size, "a test guest ended with KVM exit reason %d instead of its ecall", reason);
    return "see what the kernel says: sudo dmesg | grep -i kvm";
}

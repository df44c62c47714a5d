/* A vCPU's registers and page tables. */
#include "isa/riscv/show.h"
#include "isa/riscv/paging.h"
#include "kvm.h"

void kvm_show_registers(struct vcpu *vcpu, FILE *out)
{
    struct riscv_registers r = {0};
    uint64_t mode = KVM_RISCV_MODE_S;

    for (unsigned i = 1; i < 32; i++)
        kvm_get(vcpu, REG_X(i), &r.x[i]);
    kvm_get(vcpu, REG_PC, &r.pc);
    kvm_get(vcpu, REG_MODE, &mode);
    r.user_mode = mode == KVM_RISCV_MODE_U;
    kvm_get(vcpu, REG_CSR(sstatus), &r.sstatus);
    kvm_get(vcpu, REG_CSR(scause), &r.scause);
    kvm_get(vcpu, REG_CSR(sepc), &r.sepc);
    kvm_get(vcpu, REG_CSR(stval), &r.stval);
    kvm_get(vcpu, REG_CSR(stvec), &r.stvec);
    kvm_get(vcpu, REG_CSR(satp), &r.satp);
    riscv_show_registers(&r, out);
}

void kvm_paging(struct vcpu *vcpu, struct paging *paging)
{
    uint64_t satp = 0;

    kvm_get(vcpu, REG_CSR(satp), &satp);
    *paging = riscv_paging(satp);
}

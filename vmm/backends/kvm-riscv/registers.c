/* SPDX-License-Identifier: MIT */
/* A vCPU's registers: where KVM has them, and where gdb, the core file and the dump of a dead guest
 * expect them. */
#include "rv.h"

#include "isa/riscv/target.h"

#include <string.h>
#include <sys/ioctl.h>

int rv_get(const struct vcpu *vcpu, uint64_t id, uint64_t *value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)value};

    return ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_ONE_REG, &reg);
}

int rv_set(const struct vcpu *vcpu, uint64_t id, uint64_t value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&value};

    return ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_ONE_REG, &reg);
}

#define REG_F(n) RV_REG(KVM_REG_RISCV_FP_D, n)
#define REG_FCSR (KVM_REG_RISCV | KVM_REG_SIZE_U32 | KVM_REG_RISCV_FP_D | 32)

/* Registers with consecutive ids, which follow each other in struct riscv_debug_registers. */
struct row {
    uint64_t id;     /* of the first */
    uint16_t offset; /* of the first, bytes */
    uint8_t size;    /* of each, bytes; KVM may have more, which are 0 */
    uint8_t count;
    bool optional; /* some CPUs lack them */
};

#define ROW(id, first, count, optional)                                                            \
    {                                                                                              \
        id, offsetof(struct riscv_debug_registers, first),                                         \
            sizeof(((struct riscv_debug_registers *)0)->first), count, optional                    \
    }
#define CSR(name) ROW(REG_CSR(name), name, 1, false)

static const struct row rows[] = {
    ROW(REG_X(1), x[1], 31, false),
    ROW(REG_PC, pc, 1, false),
    ROW(REG_F(0), f[0], 32, true),
    ROW(REG_FCSR, fcsr, 1, true),
    CSR(sstatus),
    CSR(sie),
    CSR(sip),
    CSR(stvec),
    CSR(sscratch),
    CSR(sepc),
    CSR(scause),
    CSR(stval),
    CSR(satp),
    ROW(REG_MODE, priv, 1, false),
};

static bool transfer(const struct vcpu *vcpu, const struct row *row, unsigned i, uint8_t *bytes,
                     bool store)
{
    uint8_t *field = bytes + row->offset + (size_t)i * row->size;
    uint64_t value = 0;
    int error;

    if (store)
        memcpy(&value, field, row->size);
    error = store ? rv_set(vcpu, row->id + i, value) : rv_get(vcpu, row->id + i, &value);
    if (!store)
        memcpy(field, &value, row->size);
    return error == 0 || row->optional;
}

static bool transfer_all(const struct vcpu *vcpu, struct riscv_debug_registers *r, bool store)
{
    bool done = true;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (unsigned j = 0; j < rows[i].count; j++)
            done &= transfer(vcpu, &rows[i], j, (uint8_t *)r, store);
    return done;
}

bool rv_get_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    struct riscv_debug_registers r = {0};
    bool done = transfer_all(vcpu, &r, false);

    riscv_split_fcsr(&r);
    memcpy(bytes, &r, sizeof(r));
    return done;
}

bool rv_set_registers(struct vcpu *vcpu, const uint8_t *bytes)
{
    struct riscv_debug_registers r;
    uint64_t fcsr = 0;

    memcpy(&r, bytes, sizeof(r));
    rv_get(vcpu, REG_FCSR, &fcsr);
    riscv_merge_fcsr(&r, (uint32_t)fcsr);
    return transfer_all(vcpu, &r, true);
}

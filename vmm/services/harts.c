/* SPDX-License-Identifier: MIT */
/* The HSM, IPI and RFENCE extensions (SBI 2.0, chapters 9, 7 and 8): calls to other harts. */
#include "core/hypercall.h"

/*
 * Computes the set of vCPUs, one bit each, that (hart_mask, hart_mask_base) name: SBI 2.0, section
 * 3.1. Returns false if one of them does not exist, or is stopped: then it is not available.
 */
static bool harts_named(const struct vm *vm, const uint64_t *args, uint64_t *set)
{
    uint64_t mask = args[0], base = args[1], running = 0;

    for (unsigned i = 0; i < vm->vcpu_count; i++)
        running |= (uint64_t)vm->vcpus[i].started << i;
    if (base == (uint64_t)SBI_ALL_HARTS) {
        *set = running;
        return true;
    }
    if (base >= vm->vcpu_count)
        return false;
    *set = mask << base;
    return *set >> base == mask && !(*set & ~running);
}

void handle_IPI_send_ipi(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    struct vm *vm = vcpu->vm;
    uint64_t set;

    if (!harts_named(vm, args, &set)) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (set >> i & 1) {
            vm->vcpus[i].ipi = true;
            vcpu_kick(&vm->vcpus[i]);
        }
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

/* Flushes translations of the harts that args name. A back end whose guests need no fences lacks
 * the extension. */
static void remote_flush(struct vm *vm, const uint64_t *args, uint64_t asid, struct sbiret *ret)
{
    uint64_t set;

    if (!vm->backend->flush) {
        ret->error = SBI_ERR_NOT_SUPPORTED;
        return;
    }
    if (!harts_named(vm, args, &set)) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (set >> i & 1)
            vm->backend->flush(&vm->vcpus[i], asid);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

/* Flushing all of a hart's translations also discards its decoded code. */
void handle_RFENCE_remote_fence_i(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    remote_flush(vcpu->vm, args, ASID_ANY, ret);
}

/* Flushes everything: an implementation may always flush more than the range. */
void handle_RFENCE_remote_sfence_vma(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    remote_flush(vcpu->vm, args, ASID_ANY, ret);
}

void handle_RFENCE_remote_sfence_vma_asid(struct vcpu *vcpu, const uint64_t *args,
                                          struct sbiret *ret)
{
    remote_flush(vcpu->vm, args, args[4], ret);
}

void handle_HSM_hart_start(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    struct vm *vm = vcpu->vm;
    struct vcpu *other;

    if (args[0] >= vm->vcpu_count) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    other = &vm->vcpus[args[0]];
    if (other->started) {
        ret->error = SBI_ERR_ALREADY_AVAILABLE;
        return;
    }
    if (args[1] % 2 || !memory_at(&vm->memory, gpa(args[1]), 2)) {
        ret->error = SBI_ERR_INVALID_ADDRESS;
        return;
    }
    vm->backend->start(other, args[1], args[2]);
    other->started = true;
    other->waiting = false;
    other->ipi = false;
    vcpu_kick(other);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

void handle_HSM_hart_stop(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args;
    vcpu->started = false;
    vcpu->ipi = false;
    vcpu->timer = (struct timer){.deadline = UINT64_MAX};
    *ret = (struct sbiret){SBI_SUCCESS, 0}; /* for the trace; the guest does not see it */
}

void handle_HSM_hart_get_status(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const struct vm *vm = vcpu->vm;
    const struct vcpu *other;

    if (args[0] >= vm->vcpu_count) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    other = &vm->vcpus[args[0]];
    *ret = (struct sbiret){SBI_SUCCESS, !other->started    ? HSM_STOPPED
                                        : other->suspended ? HSM_SUSPENDED
                                                           : HSM_STARTED};
}

void handle_HSM_hart_suspend(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const uint32_t type = (uint32_t)args[0]; /* a register holds it with its sign extended */

    vcpu->suspended = false;
    if (type == HSM_SUSPEND_RETENTIVE) {
        if (!vcpu->ipi && !vcpu->timer.line) {
            vcpu->suspended = true;
            vcpu_wait(vcpu, WAKE_TIMER | WAKE_IPI);
        }
        *ret = (struct sbiret){SBI_SUCCESS, 0};
    } else if (type < 0x10000000 || (type > 0x80000000 && type < 0x90000000)) {
        ret->error = SBI_ERR_INVALID_PARAM; /* reserved: SBI 2.0, table 9.4 */
    } else {
        ret->error = SBI_ERR_NOT_SUPPORTED;
    }
}

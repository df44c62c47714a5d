/* SPDX-License-Identifier: MIT */
/*
 * The state in which a guest starts (abi/machines.md, "The x86-64 machine" and the sections after
 * it): its image in memory, registers, and page tables if it has 64 bits.
 */
#include "x86.h"

#include "page_tables.h"

#include "image/image.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define RFLAGS_FIXED (1u << 1) /* always 1: Intel SDM vol. 1, 3.4.3 */

/* Sets the general registers, which describe the machine to the guest in the same way in all modes.
 */
static void x86_set_general(struct vcpu *vcpu, uint64_t rip, uint64_t rsp, uint64_t rsi)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    run->s.regs.regs = (struct kvm_regs){
        .rip = rip,
        .rsp = rsp,
        .rflags = RFLAGS_FIXED,
        .rdi = vcpu->id,
        .rsi = rsi,
        .rdx = vcpu->vm->vcpu_count,
    };
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

static int mode_failed(void)
{
    return fail(STATUS_HOST, "kvm-x86: the mode of a vCPU cannot be set: %s", strerror(errno));
}

/* Makes a vCPU start in 64-bit code. */
static int start_in_long_mode(struct vcpu *vcpu, uint64_t rip, uint64_t rsi)
{
    uint64_t stack_top = vcpu->vm->memory.size - (uint64_t)vcpu->id * LAB_STACK_STRIDE;

    if (x86_set_long_mode(kvm_vcpu(vcpu)->fd, TABLES_START) < 0)
        return mode_failed();
    x86_set_general(vcpu, rip, stack_top, rsi);
    return 0;
}

void x86_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque)
{
    vcpu->exit.kind = EXIT_KICK; /* the next entry applies no result */
    x86_finish_vmcall(vcpu);
    if (start_in_long_mode(vcpu, address, opaque))
        vm_stop(vcpu->vm, STATUS_HOST);
}

static int boot_long_mode(struct vm *vm, const struct image *image)
{
    int status = image_load(image, &vm->memory, gpa(LAB_LINK_BASE), stacks_start(vm));

    if (!status)
        status = x86_build_tables(vm, image);
    return status ? status : start_in_long_mode(&vm->vcpus[0], image->entry, vm->memory.size);
}

/* Without page tables all of RAM is code and data. The stack begins at the end of RAM. */
static int boot_protected_mode(struct vm *vm, const struct image *image)
{
    uint64_t size = vm->memory.size;
    int status = image_load(image, &vm->memory, gpa(LAB_LINK_BASE), gpa(size));

    if (status)
        return status;
    if (x86_set_protected_mode(kvm_vcpu(&vm->vcpus[0])->fd) < 0)
        return mode_failed();
    x86_set_general(&vm->vcpus[0], image->entry, size, size);
    return 0;
}

/* Enters the image as the firmware of a PC enters a boot sector. */
static int boot_real_mode(struct vm *vm, const struct image *image)
{
    int status = image_load_flat(image, &vm->memory, gpa(LAB_FLAT_BASE), gpa(LAB_FLAT_END));

    if (status)
        return status;
    x86_fill_ivt(&vm->memory);
    if (x86_set_real_mode(kvm_vcpu(&vm->vcpus[0])->fd) < 0)
        return mode_failed();
    x86_set_general(&vm->vcpus[0], LAB_FLAT_BASE, LAB_FLAT_BASE, vm->memory.size);
    return 0;
}

int x86_boot(struct vm *vm, const struct image *image)
{
    if (image->type != IMAGE_X86_64 && vm->vcpu_count > 1)
        return fail(STATUS_USAGE, "-c: %u vCPUs given, a guest of 16 or 32 bits has one",
                    vm->vcpu_count);
    if (image->type != IMAGE_X86_64 && vm->transport == TRANSPORT_VMCALL)
        return fail(STATUS_USAGE,
                    "--transport=vmcall: a guest of 16 or 32 bits lacks the registers "
                    "(r10, r11) for it: use --transport=pio");
    switch (image->type) {
    case IMAGE_FLAT:
        return boot_real_mode(vm, image);
    case IMAGE_I386:
        return boot_protected_mode(vm, image);
    default:
        return boot_long_mode(vm, image);
    }
}

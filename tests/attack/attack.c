/* SPDX-License-Identifier: MIT */
/*
 * A hole in the VMM, for tests: the guest chooses a system call, and the VMM makes it, as if the
 * guest had taken control of the VMM's process. It is a file of its own, beside the product's
 * objects; the product has no such hypercall.
 */
#include "attack.h"

#include "core/hooks.h"
#include "main/setup.h"

#include <errno.h>
#include <unistd.h>

static long make_call(const struct vcpu *vcpu, const struct hypercall *hypercall)
{
    long args[4], result;

    for (unsigned i = 0; i < 4; i++) {
        args[i] = (long)hypercall->args[i];
        if (hypercall->args[4] >> i & 1)
            args[i] = (long)memory_at(&vcpu->vm->memory, gpa(hypercall->args[i]), 1);
    }
    result = syscall((long)hypercall->fid, args[0], args[1], args[2], args[3], 0, 0);
    return result < 0 ? -errno : result;
}

static void attack(struct hooks *self, struct vcpu *vcpu)
{
    struct hypercall *hypercall = &vcpu->exit.hypercall;

    (void)self;
    if (vcpu->exit.kind == EXIT_HYPERCALL && hypercall->eid == EID_ATTACK)
        hypercall->ret = (struct sbiret){SBI_SUCCESS, make_call(vcpu, hypercall)};
}

static struct hooks hooks = {.events = HOOK_HANDLED, .handled = attack};

int lab_setup(struct vm *vm)
{
    hooks_add(vm, &hooks);
    return 0;
}

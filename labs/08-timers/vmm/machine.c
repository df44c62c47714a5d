/* SPDX-License-Identifier: MIT */
/*
 * Lab 8: a machine whose wfi sometimes ends without a reason, as the specification allows
 * (privileged, 3.3.3). A back end in front of soft enters the guest again at every third halt.
 */
#include "core/vm.h"
#include "main/setup.h"

static const struct backend *soft;

static enum ran run(struct vcpu *vcpu)
{
    static unsigned halts;
    enum ran ran = soft->run(vcpu);

    if (ran == RAN_TO_EXIT && vcpu->exit.kind == EXIT_HALT && ++halts % 3 == 0)
        ran = soft->run(vcpu);
    return ran;
}

int lab_setup(struct vm *vm)
{
    static struct backend weak;

    soft = vm->backend;
    weak = *soft;
    weak.run = run;
    vm->backend = &weak;
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Says in words why KVM gave up a guest: KVM_EXIT_INTERNAL_ERROR of api.rst, section 5. */
#include "kvm.h"

#include <stdio.h>

void kvm_describe_internal_error(const struct kvm_run *run, const char *code, char *text,
                                 size_t size)
{
    const unsigned suberror = run->internal.suberror;
    const unsigned long long first = run->internal.ndata ? run->internal.data[0] : 0;

    switch (suberror) {
    case KVM_INTERNAL_ERROR_EMULATION:
        snprintf(text, size,
                 "KVM cannot run this instruction here: internal error, suberror 1 (emulation); %s",
                 code);
        return;
    case KVM_INTERNAL_ERROR_SIMUL_EX:
        snprintf(text, size,
                 "an exception came while KVM handled another one: internal error, suberror 2 "
                 "(simultaneous exceptions); %s",
                 code);
        return;
    case KVM_INTERNAL_ERROR_DELIVERY_EV: /* its first datum: Intel SDM vol. 3, 25.9.3 */
        snprintf(text, size,
                 "KVM cannot deliver an exception or interrupt: internal error, suberror 3 "
                 "(delivery of vector %llu): are its table and its stack in RAM?",
                 first & 0xff);
        return;
    case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON:
        snprintf(text, size,
                 "the CPU left the guest for a reason that this KVM does not know: internal error, "
                 "suberror 4 (unexpected exit, hardware reason %llu); %s",
                 first, code);
        return;
    default:
        snprintf(text, size, "KVM gave up the guest: internal error, suberror %u; %s", suberror,
                 code);
    }
}

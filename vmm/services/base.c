/* SPDX-License-Identifier: MIT */
/* The BASE extension (SBI 2.0, chapter 4): identifies this implementation. */
#include "core/hypercall.h"
#include "core/version.h"

static void answer(struct sbiret *ret, long value)
{
    *ret = (struct sbiret){SBI_SUCCESS, value};
}

void handle_BASE_get_spec_version(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    answer(ret, SBI_SPEC_VERSION);
}

void handle_BASE_get_impl_id(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    answer(ret, SBI_IMPL_ID);
}

void handle_BASE_get_impl_version(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    answer(ret, VERSION_NUMBER);
}

void handle_BASE_probe_extension(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const struct backend *backend = vcpu->vm->backend;

    answer(ret, extension_known(args[0]) && (args[0] != EID_RFENCE || backend->flush));
}

/* The three CSRs of the machine's identity may be 0: "not implemented". */

void handle_BASE_get_mvendorid(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    answer(ret, 0);
}

void handle_BASE_get_marchid(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    answer(ret, 0);
}

void handle_BASE_get_mimpid(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)vcpu, (void)args;
    answer(ret, 0);
}

/* SPDX-License-Identifier: MIT */
/* Finds the handler of a hypercall by its numbers. */
#include "hypercall.h"

/* clang-format off */
#define ARG(kind, name)       {ARG_##kind, #name}
#define ARGS0()               {{0, 0}}
#define ARGS1(a)              {ARG a}
#define ARGS2(a, b)           {ARG a, ARG b}
#define ARGS3(a, b, c)        {ARG a, ARG b, ARG c}
#define ARGS4(a, b, c, d)     {ARG a, ARG b, ARG c, ARG d}
#define ARGS5(a, b, c, d, e)  {ARG a, ARG b, ARG c, ARG d, ARG e}
/* clang-format on */

const struct call calls[] = {
#define CALL(ext, fid, name, n, args)                                                              \
    {#ext, #name, EID_##ext, fid, handle_##ext##_##name, false, n, ARGS##n args},
#define LEGACY(eid, name, n, args)                                                                 \
    {"LEGACY", #name, eid, 0, handle_LEGACY_##name, true, n, ARGS##n args},
#include "calls.def"
};

const size_t call_count = sizeof(calls) / sizeof(calls[0]);

/* The rows' indices into calls[], such as CALL_DBCN_console_write. */
enum {
#define CALL(ext, fid, name, nargs, args) CALL_##ext##_##name,
#define LEGACY(eid, name, nargs, args)    CALL_LEGACY_##name,
#include "calls.def"
};

#define KEY(eid, fid) ((uint64_t)(eid) << 32 | (uint64_t)(fid))

/* With a switch, two equal rows are a compile-time error, and the compiler makes a search tree. */
const struct call *hypercall_find(uint64_t eid, uint64_t fid)
{
    if (eid < EID_BASE)
        fid = 0; /* SBI 2.0, section 5: legacy calls do not use the FID */
    if (eid > UINT32_MAX || fid > UINT32_MAX)
        return NULL;

    switch (KEY(eid, fid)) {
#define CALL(ext, fid, name, nargs, args)                                                          \
    case KEY(EID_##ext, fid):                                                                      \
        return &calls[CALL_##ext##_##name];
#define LEGACY(eid, name, nargs, args)                                                             \
    case KEY(eid, 0):                                                                              \
        return &calls[CALL_LEGACY_##name];
#include "calls.def"
    }
    return NULL;
}

void hypercall_dispatch(struct vcpu *vcpu)
{
    struct hypercall *hypercall = &vcpu->exit.hypercall;

    hypercall->call = hypercall_find(hypercall->eid, hypercall->fid);
    if (!hypercall->call) {
        hypercall->legacy = false;
        hypercall->ret = (struct sbiret){SBI_ERR_NOT_SUPPORTED, 0};
        return;
    }
    hypercall->legacy = hypercall->call->legacy;
    hypercall->ret = (struct sbiret){SBI_ERR_FAILED, 0};
    if (hypercall->is_32bit && hypercall->call->args[0].kind == ARG_TIME)
        hypercall->args[0] |= hypercall->args[1] << 32; /* as on RV32: SBI 2.0, 6.1 */
    hypercall->call->handler(vcpu, hypercall->args, &hypercall->ret);
}

const char *extension_name(uint64_t eid)
{
    switch (eid) {
#define EXT(ext, eid, title)                                                                       \
    case eid:                                                                                      \
        return #ext;
#define LEGACY(eid, name, nargs, args)                                                             \
    case eid:                                                                                      \
        return "LEGACY";
#include "calls.def"
    }
    return NULL;
}

bool extension_known(uint64_t eid)
{
    return extension_name(eid) != NULL;
}

const void *hypercall_buffer(const struct vcpu *vcpu, const uint64_t *args)
{
    /* The address has twice the width of a register; RAM never needs the upper half. */
    return args[2] == 0 ? memory_at(&vcpu->vm->memory, gpa(args[1]), args[0]) : NULL;
}

void *hypercall_buffer_for_write(const struct vcpu *vcpu, const uint64_t *args)
{
    return args[2] == 0 ? memory_for_write(vcpu->vm, gpa(args[1]), args[0]) : NULL;
}

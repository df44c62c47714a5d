/* SPDX-License-Identifier: MIT */
/* The table of calls (abi/calls.def) as the VMM uses it, and the dispatch through it. */
#ifndef CORE_HYPERCALL_H
#define CORE_HYPERCALL_H

#include "vm.h"

/* The kinds of arguments: the first word of each pair in calls.def. */
enum arg_kind {
    ARG_NUM,
    ARG_TIME,
    ARG_EID,
    ARG_GPA_LO,
    ARG_GPA_HI,
    ARG_GVA,
    ARG_LEN,
    ARG_CHAR,
    ARG_STATUS,
    ARG_EVENTS,
    ARG_KIND,
    ARG_SET,
};

struct arg {
    enum arg_kind kind;
    const char *name;
};

/*
 * Handles one call.
 *
 * vcpu  the vCPU that made it
 * args  its arguments, already fetched: HYPERCALL_ARGS of them
 * ret   {SBI_ERR_FAILED, 0} on entry; the handler puts the result there
 */
typedef void call_handler(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret);

struct call {
    const char *extension, *name;
    uint64_t eid, fid;
    call_handler *handler;
    bool legacy; /* SBI 0.1: only ret.error goes back to the guest */
    unsigned nargs;
    struct arg args[HYPERCALL_ARGS];
};

/* All calls, in the order of calls.def. */
extern const struct call calls[];
extern const size_t call_count;

/* Returns the row of a call, or NULL. */
const struct call *hypercall_find(uint64_t eid, uint64_t fid);

/* Finds and runs the handler for the call in vcpu->exit. An unknown call is the
 * guest's error: SBI_ERR_NOT_SUPPORTED. */
void hypercall_dispatch(struct vcpu *vcpu);

/* Returns whether calls.def has this extension, for BASE.probe_extension. */
bool extension_known(uint64_t eid);

/* Returns the name of an extension, or NULL. */
const char *extension_name(uint64_t eid);

/*
 * Finds the guest memory that a call names by (num_bytes, base_addr_lo, base_addr_hi), for a
 * handler that reads it, or for one that writes it.
 *
 * Returns where it lies, or NULL: then the call has to answer SBI_ERR_INVALID_PARAM.
 */
const void *hypercall_buffer(const struct vcpu *vcpu, const uint64_t *args);
void *hypercall_buffer_for_write(const struct vcpu *vcpu, const uint64_t *args);

/* The handlers, handle_DBCN_console_write and the like, each in its service. */
#define CALL(ext, fid, name, nargs, args) call_handler handle_##ext##_##name;
#define LEGACY(eid, name, nargs, args)    call_handler handle_LEGACY_##name;
#include "calls.def"

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The contract between guest and VMM; both sides include it. README.md in this folder is its
 * specification. For C and for assembler.
 */
#ifndef ABI_SBI_H
#define ABI_SBI_H

/* The version of this ABI, major << 16 | minor. A VMM runs every guest of its
 * own major version whose minor version is not above its own. */
#define LAB_ABI_VERSION 0x00010002

/* BASE.get_spec_version: SBI 2.0, major << 24 | minor. */
#define SBI_SPEC_VERSION 0x02000000
/* BASE.get_impl_id: not assigned by the SBI specification; ASCII "LAB". */
#define SBI_IMPL_ID 0x4C4142

/* Error codes: SBI 3.0, section 3. */
#define SBI_SUCCESS               0
#define SBI_ERR_FAILED            (-1)
#define SBI_ERR_NOT_SUPPORTED     (-2)
#define SBI_ERR_INVALID_PARAM     (-3)
#define SBI_ERR_DENIED            (-4)
#define SBI_ERR_INVALID_ADDRESS   (-5)
#define SBI_ERR_ALREADY_AVAILABLE (-6)
#define SBI_ERR_ALREADY_STARTED   (-7)
#define SBI_ERR_ALREADY_STOPPED   (-8)
#define SBI_ERR_NO_SHMEM          (-9)
#define SBI_ERR_INVALID_STATE     (-10)
#define SBI_ERR_BAD_RANGE         (-11)
#define SBI_ERR_TIMEOUT           (-12)
#define SBI_ERR_IO                (-13)
#define SBI_ERR_DENIED_LOCKED     (-14)

/* For IPI.send_ipi and RFENCE: as hart_mask_base, this means every hart. */
#define SBI_ALL_HARTS (-1)

/* Values of HSM.hart_get_status, and the only type of hart_suspend that the VMM supports. */
#define HSM_STARTED           0
#define HSM_STOPPED           1
#define HSM_SUSPENDED         4
#define HSM_SUSPEND_RETENTIVE 0

/* SRST.system_reset: types and reasons. */
#define SRST_TYPE_SHUTDOWN         0
#define SRST_TYPE_COLD_REBOOT      1
#define SRST_TYPE_WARM_REBOOT      2
#define SRST_REASON_NONE           0
#define SRST_REASON_SYSTEM_FAILURE 1

/* LAB.wait: bits of its argument, and of its value. */
#define LAB_EVENT_INPUT 0x1 /* console_read would return at least one byte */
#define LAB_EVENT_TIMER 0x2 /* the deadline given to set_timer has passed */
#define LAB_EVENT_EOF   0x4 /* no byte is left, and no more will come */
#define LAB_EVENT_TTY   0x8 /* input is a terminal: it echoes nothing itself */

/* LAB.get_wall_clock in virtual time: the VM starts at this time, 2000-01-01 00:00:00 UTC, in s. */
#define LAB_VIRTUAL_EPOCH 946684800

/* LAB.trap_exit: the cause if there was no trap, but the guest ended itself because of an error. It
 * is above all numbers of traps. */
#define LAB_CAUSE_ABORT 256

/* The longest command line that LAB.get_args returns, in bytes, including the NULs. */
#define LAB_ARGS_MAX 4096

/* The type of a guest's ELF note (owner "Labvisor") that holds the LAB_ABI_VERSION of its build. */
#define LAB_NOTE_ABI_VERSION 1

/* The type of the note, 4 bytes, of a guest that needs what not every machine has: these bits. */
#define LAB_NOTE_NEEDS 2
#define LAB_NEEDS_SSE  0x1 /* x86-64: SSE at CPL 0 */

#ifdef __ASSEMBLER__

#define EXT(ext, eid, title)              .equ EID_##ext, eid;
#define CALL(ext, fid, name, nargs, args) .equ FID_##ext##_##name, fid;
#define LEGACY(eid, name, nargs, args)    .equ EID_LEGACY_##name, eid;
#include "calls.def"

#else

/* A register. A VMM whose long is shorter than its guest's registers defines another type. */
#ifndef SBI_LONG
#define SBI_LONG long
#endif

/* The result of every call: SBI 2.0, section 3. */
struct sbiret {
    SBI_LONG error; /* SBI_SUCCESS or one of SBI_ERR_ */
    SBI_LONG value;
};

/* The numbers: EID_DBCN, FID_DBCN_console_write, EID_LEGACY_shutdown and so on. For C89,
 * __extension__ allows the last comma. */
__extension__ enum {
#define EXT(ext, eid, title)              EID_##ext = eid,
#define CALL(ext, fid, name, nargs, args) FID_##ext##_##name = fid,
#define LEGACY(eid, name, nargs, args)    EID_LEGACY_##name = eid,
#include "calls.def"
};

/* The kinds of VM exit: EXIT_HYPERCALL and so on. */
enum exit_kind {
#define EXIT_KIND(kind, number, name, meaning) EXIT_##kind = number,
#include "exits.def"
    EXIT_KIND_COUNT
};

#endif
#endif

/* SPDX-License-Identifier: MIT */
/*
 * One RISC-V hart as a guest in VS-mode sees it: RV64GC, S- and U-mode, Sv39 and Sv48. Section
 * numbers refer to the RISC-V unprivileged (20191213) and privileged (1.12) specifications.
 */
#ifndef BACKENDS_SOFT_HART_H
#define BACKENDS_SOFT_HART_H

#include "core/backend.h"
#include "core/debug.h"
#include "core/memory.h"
#include "isa/riscv/csr.h"
#include "isa/riscv/ops.h"

#include <stdbool.h>
#include <stdint.h>

/* Exceptions and interrupts: privileged spec, table 4.2. */
enum trap_cause {
    TRAP_FETCH_MISALIGNED = 0,
    TRAP_FETCH_ACCESS = 1,
    TRAP_ILLEGAL = 2,
    TRAP_BREAKPOINT = 3,
    TRAP_LOAD_MISALIGNED = 4,
    TRAP_LOAD_ACCESS = 5,
    TRAP_STORE_MISALIGNED = 6,
    TRAP_STORE_ACCESS = 7,
    TRAP_ECALL_U = 8,
    TRAP_ECALL_S = 9,
    TRAP_FETCH_PAGE = 12,
    TRAP_LOAD_PAGE = 13,
    TRAP_STORE_PAGE = 15,
};

#define INTERRUPT    (1ull << 63)
#define IRQ_SOFTWARE 1
#define IRQ_TIMER    5
#define IRQ_EXTERNAL 9

enum privilege { MODE_U, MODE_S };

#define FLOAT_BOX 0xffffffff00000000u /* the upper half of a register that holds a single: 12.2 */

/* Bytes of struct insn per byte of code. The immediates of branches and jal are scaled by it. */
#define DECODED 8

/* A decoded instruction. A page of code has one for every two bytes. */
struct insn {
    _Alignas(DECODED) const void *handler; /* a label of execute.c */
    int32_t imm;          /* the immediate; of some instructions all their bits, for stval */
    uint8_t rd, rs1, rs2; /* rd is DISCARD for x0 */
    uint8_t visits;       /* how often it began a block: see translate/translate.h */
};

_Static_assert(sizeof(struct insn) == 2 * DECODED, "execute.c computes the pc from it");

#define DISCARD        32 /* the register that takes results for x0; nothing reads it */
#define INSNS_PER_PAGE (PAGE_SIZE / 2)

struct code_page {
    /* Two page_ends follow the page, because its last instruction may have two or four bytes. */
    _Alignas(16) struct insn insns[INSNS_PER_PAGE + 2];
    const uint8_t *bytes;               /* the page in RAM */
    struct translated_page *translated; /* at each virtual address; NULL: nothing is translated */
};

enum access_type { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

/*
 * The software TLB: for each virtual page the distance to its host address. A lookup compares the
 * tag with the address. It clears the offset in the page first, except the low bits that are 0 in
 * an aligned access, so a misaligned access always misses. A hart has several TLBs, one for each
 * pair of satp and view (mmu.c, view_of) that it used last, so a change of mode or address space
 * keeps translations.
 */
#define TLB_SIZE  256
#define TLB_COUNT 8
#define NO_TAG    UINT64_MAX
#define NO_VIEW   UINT64_MAX

struct tlb_entry {
    uint64_t tag;
    uintptr_t addend; /* host address - virtual address */
};

struct fetch_entry {
    uint64_t tag;
    struct code_page *code;
    struct translated_page *translated; /* NULL without the translator */
};

struct tlb {
    uint64_t satp, view;                /* view is NO_VIEW if this TLB is unused */
    struct tlb_entry data[2][TLB_SIZE]; /* by ACCESS_READ, ACCESS_WRITE */
    struct fetch_entry fetch[TLB_SIZE];
};

/*
 * How a hart executes
 *
 * A block is a sequence of instructions that ends with a taken jump or branch, a trap, the end of a
 * page, or an instruction that changes the hart's state: a write to a CSR, sret, wfi, sfence.vma,
 * ecall. Only between two blocks does a hart compare its steps with `limit`, so no other
 * instruction pays for that. hart_execute returns at the first end of a block with `limit` steps
 * made, and slice.c sees whether something is due: the timer, the end of the slice, a kick, a
 * snapshot point. slice.c never sets the limit after the point where the next of these is due.
 * So an early return is harmless: slice.c finds nothing due and sets a limit again.
 *
 * A hart takes interrupts when hart_execute begins a block and after an instruction that changes
 * the hart's state. An interrupt cannot become pending or enabled between these points.
 *
 * The debugger can stop a hart anywhere. If it stops inside a block (in_block), the rest of the
 * block runs later without those checks and with the same limit, as it would have run without the
 * stop. Otherwise the guest would take an interrupt or lose its turn earlier than in the same run
 * without a debugger, and the run would not repeat.
 */

/* Why hart_execute or soft_run_slice returned. */
enum stop {
    STOP_LIMIT,      /* from hart_execute: the limit is reached; else the slice, a kick */
    STOP_REQUESTED,  /* from soft_run_slice: the debugger's stop is reached */
    STOP_ECALL,      /* an ecall from S-mode, at pc */
    STOP_WFI,        /* a wfi, before pc, with no enabled interrupt pending */
    STOP_ACCESS,     /* an access to an address without RAM */
    STOP_NO_HANDLER, /* a trap, and stvec points to no code */
    STOP_BREAKPOINT, /* of the debugger, at pc */
    STOP_WATCHPOINT,
};

/* mmu.c: how an access ends. TRAPPED: with a trap, which is taken. NO_RAM: the address has no RAM;
 * see hart->access_gpa. NO_HANDLER: with a trap, and stvec points to no code. WATCHED: a watchpoint
 * stops it before it is done. */
enum outcome { DONE, TRAPPED, NO_RAM, NO_HANDLER, WATCHED };

/* What the harts of a machine share. They take turns in one thread. */
struct soft_vm {
    const struct memory *memory;
    struct hart *harts;
    unsigned hart_count;
    struct hart *running; /* the hart that runs, or ran last */

    struct code_page **code; /* by page of RAM; NULL: nothing of it is decoded */
    unsigned code_count;
    const void *undecoded, *page_end; /* handlers, set by hart_execute */

    struct translator *translator; /* NULL: the interpreter executes all */
    const struct slow_paths *slow; /* of translated code */
    bool code_changed;             /* by a slow path: its block may not be valid any more */

    struct breakpoint breakpoints[BREAKPOINTS_MAX];
    unsigned breakpoint_count;
    unsigned watch_count;    /* the watchpoints among them */
    struct history *history; /* history.c; NULL: no snapshot was made */

    /* The clock: see hart_time. */
    bool real_time;
    uint64_t start_ns;        /* host time at tick 0 of real time */
    uint64_t steps_of_others; /* all harts except `running` */
    uint64_t time_skipped;    /* ticks that virtual time skipped while all harts slept */
    uint64_t snapshot_point;  /* steps of all harts: see slice.c, check_snapshot_point */
    bool at_snapshot_point;   /* soft_run has to return RAN_TO_SNAPSHOT */
    volatile uint8_t kick;    /* not 0: soft_run has to return EXIT_KICK */
};

struct hart {
    struct soft_vm *vm;

    /* A snapshot copies the fields from x to reservation. */
    uint64_t x[33];
    uint64_t f[32];
    uint32_t fcsr;
    uint64_t pc;
    enum privilege mode;
    uint64_t steps;       /* instructions retired, and traps and ecalls taken */
    uint64_t traps;       /* those of `steps` that did not retire: traps and ecalls */
    uint64_t limit;       /* in steps: see "How a hart executes"; 0: return after this block */
    bool in_block;        /* a debugger stopped the hart inside a block */
    uint32_t access_insn; /* STOP_ACCESS: the instruction, whose access is to be completed */

    /* Supervisor CSRs */
    uint64_t sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, scounteren;
    uint64_t stimecmp;

    const void *reservation; /* host address reserved by LR (unprivileged spec, 8.2) */

    bool single_step; /* hart_execute has to return after one instruction; limit is steps + 1 */

    /* The steps at which a breakpoint and a watchpoint were reported: they do not stop the hart
     * again there. An instruction may have both. UINT64_MAX: none. */
    uint64_t reported_break, reported_watch;

    struct tlb *tlb; /* of tlbs: the one for satp, mode and sstatus as they are */
    struct tlb tlbs[TLB_COUNT];
    unsigned next_tlb; /* the one to replace next */

    /* STOP_ACCESS: the access */
    uint64_t access_gpa, access_value;
    uint8_t access_size;
    bool access_write;

    uint32_t exit_site;   /* the jump by which translated code was left; 0: no such jump */
    enum outcome outcome; /* of a slow path of translated code that failed */

    struct stop_point debug; /* STOP_BREAKPOINT, STOP_WATCHPOINT */
    char reason[256];        /* STOP_NO_HANDLER, STOP_ACCESS: in words, for the message */
};

/*
 * execute.c: executes until something needs the VMM or, between two blocks, hart->limit is reached.
 * With hart->single_step: executes one instruction or takes one interrupt. Then pc is the pc of the
 * next instruction; for a reason other than STOP_LIMIT and STOP_WFI, of the instruction that is the
 * reason.
 */
enum stop hart_execute(struct hart *hart);

/* float_ops.c: executes a computing instruction of F or D. Returns false if it is illegal. */
bool hart_compute_float(struct hart *hart, enum op op, uint32_t bits);

/* trap.c: takes a trap (privileged spec, 4.1.9): sets pc to the guest's handler. `value` is for
 * stval. */
void hart_trap(struct hart *hart, uint64_t cause, uint64_t value);
/* Returns from a trap. */
void hart_sret(struct hart *hart);
/* Takes an interrupt if one is pending and enabled. */
void hart_take_interrupt(struct hart *hart);
/* Returns the pending interrupts, as sip shows them. */
uint64_t hart_pending(const struct hart *hart);
/* Returns whether a pending interrupt is enabled in sie, which ends a wfi. */
bool hart_wakes(const struct hart *hart);

/*
 * Translates a virtual address for one access within a page.
 * Returns DONE and *gpa, or TRAPPED or NO_HANDLER.
 */
enum outcome mmu_translate(struct hart *hart, uint64_t gva, enum access_type type, uint64_t *gpa);

/* Load or store `size` bytes: the slow path, for any alignment, TLB misses and traps. */
enum outcome mmu_load(struct hart *hart, uint64_t gva, unsigned size, uint64_t *value);
enum outcome mmu_store(struct hart *hart, uint64_t gva, unsigned size, uint64_t value);

/* Returns the host address for an atomic access, which must be naturally aligned. Returns NULL if
 * *outcome is not DONE. */
void *mmu_atomic(struct hart *hart, uint64_t gva, unsigned size, bool write, enum outcome *outcome);

/* Finds the decoded page for pc, which is in the fetch TLB then. */
enum outcome mmu_fetch_page(struct hart *hart, uint64_t pc, struct code_page **page);

/* Fetches an instruction of two or four bytes without the TLB. */
enum outcome mmu_fetch_insn(struct hart *hart, uint64_t pc, uint32_t *bits);

/* Selects hart->tlb, after a change of mode, satp, SUM or MXR. */
void mmu_select(struct hart *hart);

/* Flushes the TLBs: translations of one ASID, or all of them (ASID_ANY). */
void mmu_flush(struct hart *hart, uint64_t asid);

/* Flush the translations of the pages that overlap [gva, gva + length), in all harts. */
void mmu_flush_pages(struct soft_vm *vm, uint64_t gva, uint64_t length);

/* Discard decoded instructions: those that overlap [start, start + length), for writes that bypass
 * mmu_store; those at an offset in any page; or all of them. */
void mmu_discard_code(struct soft_vm *vm, gpa_t start, uint64_t length);
void mmu_discard_offset(struct soft_vm *vm, uint64_t offset);
void mmu_discard_all_code(struct soft_vm *vm);

/* breakpoints.c: the operations of debug.h. */
const char *soft_insert(struct vcpu *vcpu, const struct breakpoint *breakpoint);
void soft_remove(struct vcpu *vcpu, const struct breakpoint *breakpoint);

/* Returns whether any breakpoint has this offset in its page. */
bool breakpoint_may_be_at(const struct soft_vm *vm, uint64_t offset);

/* Return whether the hart has to stop now, before the instruction at pc or before an access to
 * data. If so, hart->debug says for which breakpoint. */
bool breakpoint_stops(struct hart *hart, uint64_t pc);
bool watchpoint_stops(struct hart *hart, uint64_t gva, unsigned size, enum access_type type);

/* Lets the breakpoints at hart->pc stop the hart, also if they were reported at this step: the hart
 * was brought there, or back in time. */
void breakpoints_forget(struct hart *hart);

/* Returns whether a watchpoint overlaps the page of gva. */
bool watchpoint_in_page(const struct soft_vm *vm, uint64_t gva);

/* history.c: copies the page of hva into the latest snapshot, unless it has a copy. Called before
 * each write to RAM, with vm->history. */
void history_keep_page(struct soft_vm *vm, const void *hva);
/* backend->will_write */
void history_will_write(struct vm *vm, gpa_t start, uint64_t length);
void history_free(struct soft_vm *vm);
extern const struct snapshot_ops soft_snapshots;

/* device.c: decodes the access of STOP_ACCESS into vcpu->exit. After the core has performed it,
 * completes the instruction. */
void soft_decode_access(struct vcpu *vcpu);
void soft_complete_access(struct hart *hart, const struct access *access);

/* csr.c: read and write a CSR. Return false if the CSR does not exist or its use is illegal. */
bool csr_read(struct hart *hart, unsigned number, uint64_t *value);
bool csr_write(struct hart *hart, unsigned number, uint64_t value);

/* soft.c: returns the time in ticks, while this hart runs. */
uint64_t hart_time(const struct hart *hart);
/* Sets the clock of --real-time to a time in ticks. */
void soft_set_time(struct soft_vm *vm, uint64_t time);

/* Virtual time: a hart executes 100 million steps a second. */
#define SOFT_STEPS_PER_TICK 10

/* slice.c: executes the vCPU's slice, or a part of it that ends where the debugger requests. */
enum stop soft_run_slice(struct vcpu *vcpu);

/* soft.c: debug_ops' complete. */
void soft_complete(struct vcpu *vcpu);

extern const struct debug_ops soft_debug;

#endif

/*
 * One RISC-V hart as a guest in VS-mode sees it: RV64GC, S- and U-mode, Sv39 and Sv48. The
 * numbers of sections are those of the RISC-V unprivileged (20191213) and privileged
 * (1.12) specifications.
 */
#ifndef BACKENDS_SOFT_HART_H
#define BACKENDS_SOFT_HART_H

#include "core/backend.h"
#include "core/debug.h"
#include "core/memory.h"
#include "isa/riscv/satp.h"
#include "ops.h"

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

/* Control and status registers: privileged spec, table 2.3. */
enum {
    CSR_FFLAGS = 0x001,
    CSR_FRM = 0x002,
    CSR_FCSR = 0x003,
    CSR_SSTATUS = 0x100,
    CSR_SIE = 0x104,
    CSR_STVEC = 0x105,
    CSR_SCOUNTEREN = 0x106,
    CSR_SENVCFG = 0x10a,
    CSR_SSCRATCH = 0x140,
    CSR_SEPC = 0x141,
    CSR_SCAUSE = 0x142,
    CSR_STVAL = 0x143,
    CSR_SIP = 0x144,
    CSR_STIMECMP = 0x14d, /* the Sstc extension */
    CSR_SATP = 0x180,
    CSR_CYCLE = 0xc00,
    CSR_TIME = 0xc01,
    CSR_INSTRET = 0xc02,
};

/* sstatus: privileged spec, 4.1.1. */
#define SSTATUS_SIE  (1ull << 1)
#define SSTATUS_SPIE (1ull << 5)
#define SSTATUS_SPP  (1ull << 8)
#define SSTATUS_FS   (3ull << 13) /* floating point: off, initial, clean; or all set, dirty */
#define SSTATUS_SUM  (1ull << 18)
#define SSTATUS_MXR  (1ull << 19)
#define SSTATUS_UXL  (2ull << 32) /* U-mode is 64-bit, for ever */
#define SSTATUS_SD   (1ull << 63) /* FS is dirty */

/* fcsr: the flags, and above them frm (unprivileged spec, 11.2). */
#define FCSR_FRM_SHIFT 5
#define FCSR_FRM       0xe0u
#define FCSR_FLAGS     0x1fu

#define FLOAT_BOX 0xffffffff00000000u /* above a single in its register: 12.2 */

/* A decoded instruction. There is one for each place of two bytes in a page of code. */
struct insn {
    const void *handler;  /* where execute.c goes for it */
    int32_t imm;          /* or the bits of an illegal instruction */
    uint8_t rd, rs1, rs2; /* rd is DISCARD for x0 */
};

/* Bytes of struct insn for a byte of code: the immediates of branches and jal count these. */
#define DECODED 8

_Static_assert(sizeof(struct insn) == 2 * DECODED, "execute.c computes the pc from it");

#define DISCARD        32 /* results for x0 go to a register that nobody reads */
#define INSNS_PER_PAGE (PAGE_SIZE / 2)

struct code_page {
    _Alignas(
        16) struct insn insns[INSNS_PER_PAGE + 2]; /* page_end behind the last, of 2 or 4 bytes */
    const uint8_t *bytes;                          /* what is decoded */
};

enum access_type { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

/*
 * The software TLB: for a virtual page the distance to where the VMM has it. A tag that
 * equals the address, masked to its page and the bits of its alignment, is a hit; so
 * misaligned accesses miss, too. A hart has several, one for each satp and each view of it that
 * it has used of late: a change of mode or address space keeps them.
 */
#define TLB_SIZE  256
#define TLB_COUNT 8
#define NO_TAG    UINT64_MAX
#define NO_VIEW   UINT64_MAX

struct tlb_entry {
    uint64_t tag;
    uintptr_t addend; /* + virtual address = host address */
};

struct fetch_entry {
    uint64_t tag;
    struct code_page *code;
};

struct tlb {
    uint64_t satp, view;                /* mmu.c, view_of; NO_VIEW: in no use */
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

/* What the harts of a machine share. They run in turn, in one thread. */
struct soft_vm {
    const struct memory *memory;
    struct hart *harts;
    unsigned hart_count;
    struct hart *running; /* or the one that ran last */

    struct code_page **code; /* by page of RAM: those that hold decoded code */
    unsigned code_count;
    const void *const *handlers; /* execute.c's, by operation */

    struct breakpoint breakpoints[BREAKPOINTS_MAX];
    unsigned breakpoint_count;
    unsigned watch_count;    /* those of them that watch data */
    struct history *history; /* history.c; NULL: nobody wants to go back */

    /* The clock: see hart_time. */
    bool real_time;
    uint64_t start_ns;        /* host time at tick 0 of real time */
    uint64_t steps_of_others; /* those of all harts but `running` */
    uint64_t time_skipped;    /* ticks that virtual time has skipped while all harts slept */
    uint64_t snapshot_point;  /* steps of all harts: see slice.c, check_snapshot_point */
    bool at_snapshot_point;   /* soft_run has to return RAN_TO_SNAPSHOT */
    volatile uint8_t kick;
};

struct hart {
    struct soft_vm *vm;

    /* A snapshot copies the fields from x to reservation. */
    uint64_t x[33];
    uint64_t f[32];
    uint32_t fcsr;
    uint64_t pc;
    enum privilege mode;
    uint64_t steps; /* instructions begun: those retired, and those that trapped */
    uint64_t traps;
    uint64_t limit; /* in steps: see "How a hart executes"; 0: return after this block */
    bool in_block;  /* a debugger stopped the hart inside a block */

    /* Supervisor CSRs */
    uint64_t sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, scounteren;
    uint64_t stimecmp;

    const void *reservation; /* what LR has reserved (unprivileged spec, 8.2), or NULL */

    bool single_step; /* hart_execute executes one instruction: slice.c sets limit for that */

    /* The step at which a break- or watchpoint was reported: it does not stop the hart again there.
     * UINT64_MAX: none. */
    uint64_t reported;

    struct tlb *tlb; /* the one in use */
    struct tlb tlbs[TLB_COUNT];
    unsigned next_tlb; /* the one to replace next */

    /* STOP_ACCESS: the access to where no RAM is */
    uint64_t access_gpa, access_value;
    uint8_t access_size;
    bool access_write;

    struct stop_point debug; /* STOP_BREAKPOINT, STOP_WATCHPOINT: soft.c adds the rest */
    char reason[160];        /* STOP_NO_HANDLER, in words: soft.c */
};

/*
 * execute.c: executes until something needs the VMM or, between two blocks, hart->limit is reached.
 * With single_step: executes one instruction or takes one interrupt, whatever the limit is. Then pc
 * is that of the next instruction; for a reason other than STOP_LIMIT and STOP_WFI, of the
 * instruction that is the reason.
 */
enum stop hart_execute(struct hart *hart);

/* decode.c: an instruction of two or four bytes, without its handler. */
struct decoded {
    enum op op;
    struct insn insn;
};
struct decoded decode(uint32_t bits);
static inline bool is_compressed(uint32_t bits)
{
    return (bits & 3) != 3;
}

/* float_ops.c: a computing instruction of F or D. Returns false if it is illegal. */
bool hart_compute_float(struct hart *hart, uint32_t bits);

/* trap.c: takes a trap (privileged spec, 4.1.9): pc becomes that of the guest's handler. */
void hart_trap(struct hart *hart, uint64_t cause, uint64_t value);
void hart_sret(struct hart *hart);
/* Takes an interrupt if one is pending and enabled. */
void hart_take_interrupt(struct hart *hart);
/* The interrupts that are pending, as sip shows them. */
uint64_t hart_pending(const struct hart *hart);
/* Whether one of them is enabled in sie: what ends a WFI. */
bool hart_wakes(const struct hart *hart);

/* mmu.c */
/* NO_HANDLER: a trap, and where stvec leads is no code. WATCHED: a watchpoint; nothing is done. */
enum outcome { DONE, TRAPPED, NO_RAM, NO_HANDLER, WATCHED };

/*
 * Translates a virtual address for one access that does not cross a page.
 * Returns DONE and *gpa; TRAPPED after taking the trap.
 */
enum outcome mmu_translate(struct hart *hart, uint64_t gva, enum access_type type, uint64_t *gpa);

/* The slow path of loads and stores: any alignment, TLB misses, traps. */
enum outcome mmu_load(struct hart *hart, uint64_t gva, unsigned size, uint64_t *value);
enum outcome mmu_store(struct hart *hart, uint64_t gva, unsigned size, uint64_t value);

/* The host address for an atomic access, naturally aligned; NULL with the outcome. */
void *mmu_atomic(struct hart *hart, uint64_t gva, unsigned size, bool write, enum outcome *outcome);

/* The decoded page that holds the code at pc. */
enum outcome mmu_fetch_page(struct hart *hart, uint64_t pc, struct code_page **page);

/* An instruction, of two bytes or four, past the TLB. */
enum outcome mmu_fetch_insn(struct hart *hart, uint64_t pc, uint32_t *bits);

/* Chooses the TLB anew: for after a change of mode, satp, SUM or MXR. */
void mmu_select(struct hart *hart);

/* sfence.vma: forgets translations, those of one ASID or of all (ASID_ANY). */
void mmu_flush(struct hart *hart, uint64_t asid);

/* For what is written to RAM past mmu_store: drops what was decoded of it. */
void mmu_forget_code(struct soft_vm *vm, gpa_t start, uint64_t length);
void mmu_forget_all_code(struct soft_vm *vm);

/* breakpoints.c: as debug.h has them. */
const char *soft_insert(struct vcpu *vcpu, const struct breakpoint *breakpoint);
void soft_remove(struct vcpu *vcpu, const struct breakpoint *breakpoint);

/* Whether an instruction at this offset of any page may be one with a breakpoint; whether that at
 * pc is one that has to stop now, and then hart->debug tells which. */
bool breakpoint_may_be_at(const struct soft_vm *vm, uint64_t offset);
bool breakpoint_stops(struct hart *hart, uint64_t pc);

/* The same for an access to data; and whether its page holds anything that is watched. */
bool watchpoint_stops(struct hart *hart, uint64_t gva, unsigned size, enum access_type type);
bool watchpoint_in_page(const struct soft_vm *vm, uint64_t gva);

/* mmu.c: has the instruction at this offset decoded anew, in each page. */
void mmu_forget_offset(struct soft_vm *vm, uint64_t offset);
/* Forgets the translations of the pages that hold [gva, gva + length), whatever they are. */
void mmu_forget_pages(struct soft_vm *vm, uint64_t gva, uint64_t length);

/* history.c: keeps what a page holds before it is written for the first time since the last
 * snapshot. hva: anywhere in it. And what debug.h wants. */
void history_preserve(struct soft_vm *vm, const void *hva);
void history_will_write(struct vm *vm, gpa_t start, uint64_t length);
extern const struct snapshot_ops soft_snapshots;
void history_free(struct soft_vm *vm);

/* csr.c: reads and writes a CSR. Returns false if there is none, or not for this mode. */
bool csr_read(struct hart *hart, unsigned number, uint64_t *value);
bool csr_write(struct hart *hart, unsigned number, uint64_t value);

/* soft.c: the clock, in ticks, while this hart runs; that of --real-time set to a time. */
uint64_t hart_time(const struct hart *hart);
void soft_set_time(struct soft_vm *vm, uint64_t time);

/* So the harts make 100 million steps a second of their own time. */
#define SOFT_STEPS_PER_TICK 10

/* slice.c: executes the vCPU's slice, or a part of it that ends where the debugger requests. */
enum stop soft_run_slice(struct vcpu *vcpu);

/* soft.c: as debug.h has it. */
void soft_complete(struct vcpu *vcpu);

extern const struct debug_ops soft_debug;

#endif

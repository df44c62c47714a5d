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
#include "isa/riscv/csr.h"
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

/* Why hart_execute came back. */
enum stop {
    STOP_LIMIT,
    STOP_ECALL,
    STOP_WFI,
    STOP_ACCESS,
    STOP_NO_HANDLER,
    STOP_BREAKPOINT,
    STOP_WATCHPOINT,
};

/*
 * Where hart_execute has come back. Between blocks, that is after a jump or the end of a page, the
 * limit is looked at, and whether there is an interrupt; a debugger may stop anywhere. What the
 * hart does then must not depend on where it was stopped, so it has to go on as it was.
 */
enum place { BETWEEN_BLOCKS, BEFORE_INTERRUPTS, IN_BLOCK };

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
    bool at_snapshot_point;
    uint64_t next_mark; /* steps of all harts at which all TLBs are flushed: see soft.c */
    volatile uint8_t kick;
};

struct hart {
    struct soft_vm *vm;

    /* What a snapshot keeps, up to and with `reservation`: */
    uint64_t x[33];
    uint64_t f[32];
    uint32_t fcsr;
    uint64_t pc;
    enum privilege mode;
    uint64_t steps; /* instructions begun: those retired, and those that trapped */
    uint64_t traps;
    uint64_t next_look; /* steps at which soft.c looks at the host */
    uint64_t limit;     /* the number of steps at which hart_execute returns */
    enum place place;

    /* Supervisor CSRs */
    uint64_t sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, scounteren;
    uint64_t stimecmp;

    const void *reservation; /* what LR has reserved (unprivileged spec, 8.2), or NULL */

    bool one;           /* hart_execute is to make one step, and limit is behind it */
    uint64_t unchecked; /* the step that no breakpoint stops: it has done so */

    struct tlb *tlb; /* the one in use */
    struct tlb tlbs[TLB_COUNT];
    unsigned next_tlb;                 /* the one to be given up next */
    _Alignas(16) struct insn alone[3]; /* an instruction that is kept nowhere, and page_ends */

    /* STOP_ACCESS: the access to where no RAM is */
    uint64_t access_gpa, access_value;
    uint8_t access_size;
    bool access_write;

    struct stop_point debug; /* STOP_BREAKPOINT, STOP_WATCHPOINT: soft.c adds the rest */
    char reason[160];        /* STOP_NO_HANDLER, in words: soft.c */
};

/*
 * execute.c: runs until something needs the VMM, or to the first jump with hart->limit
 * steps made; or exactly one step; from BETWEEN_BLOCKS or IN_BLOCK on. Then pc is that of the next
 * instruction, or, where another reason than the limit stopped it, of the one that did.
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

/* slice.c: executes the vCPU's slice, or up to soft_until's step: that which the debugger wants. */
uint64_t soft_until(const struct vcpu *vcpu);
enum stop soft_run_slice(struct vcpu *vcpu, uint64_t until);

/* soft.c: as debug.h has it. */
void soft_complete(struct vcpu *vcpu);

extern const struct debug_ops soft_debug;

#endif

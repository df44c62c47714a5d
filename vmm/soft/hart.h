/*
 * One RISC-V hart as a guest in VS-mode sees it: RV64IMAC, S- and U-mode, Sv39. The
 * numbers of sections are those of the RISC-V unprivileged (20191213) and privileged
 * (1.12) specifications.
 */
#ifndef VMM_SOFT_HART_H
#define VMM_SOFT_HART_H

#include "../memory.h"
#include "ops.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12

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

/* sstatus: privileged spec, 4.1.1. */
#define SSTATUS_SIE  (1ull << 1)
#define SSTATUS_SPIE (1ull << 5)
#define SSTATUS_SPP  (1ull << 8)
#define SSTATUS_SUM  (1ull << 18)
#define SSTATUS_MXR  (1ull << 19)
#define SSTATUS_UXL  (2ull << 32) /* U-mode is 64-bit, for ever */

/* A decoded instruction. There is one for each place of two bytes in a page of code. */
struct insn {
    const void *handler;  /* where execute.c goes for it */
    int32_t imm;          /* or the bits of an illegal instruction */
    uint8_t rd, rs1, rs2; /* rd is DISCARD for x0 */
};

_Static_assert(sizeof(struct insn) == 16, "execute.c computes the pc from it");

#define DISCARD        32 /* results for x0 go to a register that nobody reads */
#define INSNS_PER_PAGE (PAGE_SIZE / 2)

struct code_page {
    _Alignas(
        16) struct insn insns[INSNS_PER_PAGE + 2]; /* page_end behind the last, of 2 or 4 bytes */
};

enum access_type { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

/*
 * The software TLB: for a virtual page the distance to where the VMM has it. A tag that
 * equals the address, masked to its page and the bits of its alignment, is a hit; so
 * misaligned accesses miss, too.
 */
#define TLB_SIZE 256
#define NO_TAG   UINT64_MAX

struct tlb_entry {
    uint64_t tag;
    uintptr_t addend; /* + virtual address = host address */
};

struct fetch_entry {
    uint64_t tag;
    struct code_page *code;
};

struct tlb {
    struct tlb_entry data[2][TLB_SIZE]; /* by ACCESS_READ, ACCESS_WRITE */
    struct fetch_entry fetch[TLB_SIZE];
};

/* Why execute() came back. */
enum stop { STOP_LIMIT, STOP_ECALL, STOP_WFI, STOP_ACCESS };

struct hart {
    uint64_t x[33];
    uint64_t pc;
    enum privilege mode;
    uint64_t steps; /* instructions begun: those retired, and those that trapped */
    uint64_t traps;
    uint64_t limit; /* the number of steps at which hart_execute looks around */

    /* Supervisor CSRs */
    uint64_t sstatus, sie, sip, stvec, sscratch, sepc, scause, stval, satp, scounteren;
    uint64_t stimecmp;

    const void *reservation; /* what LR has reserved (unprivileged spec, 8.2), or NULL */

    const void *const *handlers; /* execute.c's, by operation */
    const struct memory *memory;
    struct code_page **code;           /* by page of RAM: those that hold decoded code */
    struct tlb tlb[2];                 /* by mode */
    _Alignas(16) struct insn split[3]; /* an instruction in two pages, and a page_end */
    uint64_t time_skipped; /* ticks that virtual time has skipped while the hart slept */

    /* STOP_ACCESS: the access to where no RAM is */
    uint64_t access_gpa, access_value;
    uint8_t access_size;
    bool access_write;
};

/* execute.c: runs until something needs the VMM; pc is that of the next instruction, or,
 * for STOP_ACCESS and STOP_ECALL, of the one that stopped. */
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
enum outcome { DONE, TRAPPED, NO_RAM };

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

/* Two bytes of code, past the TLB. */
enum outcome mmu_fetch_parcel(struct hart *hart, uint64_t pc, uint16_t *parcel);

void mmu_flush(struct hart *hart);
void mmu_forget_code(struct hart *hart); /* fence.i */

/* csr.c: reads and writes a CSR. Returns false if there is none, or not for this mode. */
bool csr_read(struct hart *hart, unsigned number, uint64_t *value);
bool csr_write(struct hart *hart, unsigned number, uint64_t value);

/* soft.c: the clock. */
uint64_t hart_time(const struct hart *hart);

#endif

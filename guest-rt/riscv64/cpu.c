/* SPDX-License-Identifier: MIT */
/* The runtime's RISC-V part: exceptions, interrupts, the clock. */
#include "../arch.h"

#include <machine.h>
#include <trap_frame.h>

#define SSTATUS_SIE  (1u << 1) /* privileged spec, 4.1.1 */
#define SSTATUS_SPIE (1u << 5)

/* scause: privileged spec, table 4.2. */
#define INTERRUPT          (1ull << 63)
#define SOFTWARE_INTERRUPT (INTERRUPT | 1)
#define TIMER_INTERRUPT    (INTERRUPT | 5)
#define SIP_SSIP           2u

_Static_assert(offsetof(struct trap_frame, sp) == FRAME_REG(2), "vectors.S");
_Static_assert(offsetof(struct trap_frame, t6) == FRAME_REG(31), "vectors.S");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "vectors.S");
_Static_assert(offsetof(struct trap_frame, sstatus) == FRAME_SSTATUS, "vectors.S");
_Static_assert(offsetof(struct trap_frame, cause) == FRAME_CAUSE, "vectors.S");
_Static_assert(offsetof(struct trap_frame, address) == FRAME_ADDRESS, "vectors.S");
#ifdef __riscv_flen
_Static_assert(offsetof(struct trap_frame, f) == FRAME_F(0), "vectors.S");
_Static_assert(offsetof(struct trap_frame, fcsr) == FRAME_FCSR, "vectors.S");
#endif
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "vectors.S");

static enum trap_kind kind_of(uint64_t cause)
{
    switch (cause) {
    case 2:
        return TRAP_ILLEGAL_INSTRUCTION;
    case 3:
        return TRAP_BREAKPOINT;
    case 1: /* access faults: no memory there, or firmware protects it */
    case 5:
    case 7:
        return TRAP_PROTECTION;
    case 12:
    case 13:
    case 15:
        return TRAP_PAGE_FAULT;
    default:
        return TRAP_OTHER;
    }
}

static volatile unsigned interrupts[LAB_HARTS_MAX]; /* handled so far, by hart */

/* vectors.S calls this. */
void trap_entry(struct trap_frame *frame);
void trap_entry(struct trap_frame *frame)
{
    struct trap trap = {
        .cause = frame->cause, .pc = frame->pc, .address = frame->address, .frame = frame};

    if (frame->cause & INTERRUPT)
        interrupts[hart_id()]++;
    if (frame->cause == TIMER_INTERRUPT) {
        interrupt_handle(timer_interrupt);
        return;
    }
    if (frame->cause == SOFTWARE_INTERRUPT) {
        __asm__ volatile("csrc sip, %0" ::"r"(SIP_SSIP) : "memory");
        interrupt_handle(ipi_interrupt);
        return;
    }
    trap.kind = kind_of(frame->cause);
    trap_handle(&trap);
    frame->pc = trap.pc;
}

uintptr_t arch_frame_pointer(const struct trap_frame *frame)
{
    return frame->s0;
}

uintptr_t arch_return_address(const struct trap_frame *frame)
{
    return frame->ra;
}

bool arch_frame_irq_enabled(const struct trap_frame *frame)
{
    return frame->sstatus & SSTATUS_SPIE;
}

void arch_print_frame(const struct trap_frame *f)
{
    printf("  ra  %016lx  sp  %016lx  gp  %016lx  tp  %016lx\n", f->ra, f->sp, f->gp, f->tp);
    printf("  t0  %016lx  t1  %016lx  t2  %016lx  t3  %016lx\n", f->t0, f->t1, f->t2, f->t3);
    printf("  t4  %016lx  t5  %016lx  t6  %016lx  s0  %016lx\n", f->t4, f->t5, f->t6, f->s0);
    printf("  a0  %016lx  a1  %016lx  a2  %016lx  a3  %016lx\n", f->a0, f->a1, f->a2, f->a3);
    printf("  a4  %016lx  a5  %016lx  a6  %016lx  a7  %016lx\n", f->a4, f->a5, f->a6, f->a7);
    printf("  s1  %016lx  s2  %016lx  s3  %016lx  s4  %016lx\n", f->s1, f->s2, f->s3, f->s4);
    printf("  s5  %016lx  s6  %016lx  s7  %016lx  s8  %016lx\n", f->s5, f->s6, f->s7, f->s8);
    printf("  s9  %016lx  s10 %016lx  s11 %016lx\n", f->s9, f->s10, f->s11);
    printf("  sepc %lx  sstatus %lx  stval %lx\n", f->pc, f->sstatus, f->address);
#ifdef __riscv_flen
    if ((int64_t)f->sstatus >= 0)
        return; /* it has not used floating point */
    for (int i = 0; i < 32; i++)
        printf("  f%-2d %016lx%s", i, f->f[i], i % 4 == 3 ? "\n" : "");
    printf("  fcsr %lx\n", f->fcsr);
#endif
}

/* Standard SBI's calls are the same in all versions of our ABI, so a guest that makes no others
 * also runs on another SBI implementation. */
uint32_t arch_find_vmm(void)
{
    struct sbiret version = sbi_get_abi_version();

    if (version.error == SBI_SUCCESS)
        return (uint32_t)version.value;
    return sbi_get_impl_id().value == SBI_IMPL_ID ? 0 : LAB_ABI_VERSION;
}

uint64_t time_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("rdtime %0" : "=r"(ticks));
    return ticks;
}

bool arch_irq_enabled(void)
{
    uint64_t sstatus;

    __asm__ volatile("csrr %0, sstatus" : "=r"(sstatus)::"memory");
    return sstatus & SSTATUS_SIE;
}

void arch_irq_enable(void)
{
    __asm__ volatile("csrsi sstatus, %0" ::"i"(SSTATUS_SIE) : "memory");
}

void arch_irq_disable(void)
{
    __asm__ volatile("csrci sstatus, %0" ::"i"(SSTATUS_SIE) : "memory");
}

/* wfi also ends for an interrupt that is pending and enabled in sie while sstatus masks it
 * (privileged spec, 3.3.3). So interrupts stay masked until wfi has ended: none is handled before
 * the wfi that waits for it. wfi may also end without a reason. */
void arch_irq_wait(void)
{
    // LAB 8: starter
    // /* Here: sleep until this hart has handled an interrupt; interrupts counts them. */
    // (void)interrupts;
    // LAB 8: solution
    const volatile unsigned *handled = &interrupts[hart_id()];
    const unsigned before = *handled;

    /* sip does not help: under KVM, QEMU up to 7.2 does not show the timer's interrupt there. */
    while (*handled == before) {
        __asm__ volatile("wfi" ::: "memory");
        arch_irq_enable();
        arch_irq_disable();
    }
    // LAB 8: end
}

unsigned hart_id(void)
{
    uintptr_t tp;

    __asm__("mv %0, tp" : "=r"(tp));
    return (unsigned)((end_of_ram - tp) / LAB_STACK_STRIDE);
}

/* RISC-V psABI, "Thread Local Storage": from tp on. */
char *arch_tls(size_t size)
{
    char *tls;

    (void)size;
    __asm__("mv %0, tp" : "=r"(tls));
    return tls;
}

void arch_relax(void)
{
    __asm__ volatile("nop");
}

void arch_stop(void)
{
    __asm__ volatile("csrw sie, zero");
    for (;;)
        __asm__ volatile("wfi");
}

/* SPDX-License-Identifier: MIT */
/* The runtime's RISC-V part: exceptions, interrupts, the clock. */
#include "../arch.h"
#include "../dump.h"

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

#ifdef __riscv_flen
static void print_float(const struct trap_frame *f)
{
    struct register_value registers[32];
    char names[32][4];

    for (int i = 0; i < 32; i++) {
        char *end = names[i];

        *end++ = 'f';
        if (i >= 10)
            *end++ = (char)('0' + i / 10);
        *end++ = (char)('0' + i % 10);
        *end = '\0';
        registers[i] = (struct register_value){names[i], f->f[i]};
    }
    dump_registers(registers, 32);
    dump_text("  fcsr ");
    dump_number(f->fcsr, 16, 1);
    dump_text("\n");
}
#endif

void arch_print_frame(const struct trap_frame *f)
{
    const struct register_value registers[] = {
        {"ra", f->ra},   {"sp", f->sp}, {"gp", f->gp}, {"tp", f->tp}, {"t0", f->t0},
        {"t1", f->t1},   {"t2", f->t2}, {"t3", f->t3}, {"t4", f->t4}, {"t5", f->t5},
        {"t6", f->t6},   {"s0", f->s0}, {"a0", f->a0}, {"a1", f->a1}, {"a2", f->a2},
        {"a3", f->a3},   {"a4", f->a4}, {"a5", f->a5}, {"a6", f->a6}, {"a7", f->a7},
        {"s1", f->s1},   {"s2", f->s2}, {"s3", f->s3}, {"s4", f->s4}, {"s5", f->s5},
        {"s6", f->s6},   {"s7", f->s7}, {"s8", f->s8}, {"s9", f->s9}, {"s10", f->s10},
        {"s11", f->s11},
    };

    dump_registers(registers, sizeof(registers) / sizeof(registers[0]));
    dump_text("  sepc ");
    dump_number(f->pc, 16, 1);
    dump_text("  sstatus ");
    dump_number(f->sstatus, 16, 1);
    dump_text("  stval ");
    dump_number(f->address, 16, 1);
    dump_text("\n");
#ifdef __riscv_flen
    if ((int64_t)f->sstatus < 0) /* it has used floating point */
        print_float(f);
#endif
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

bool irq_disable(void)
{
    uint64_t before;

    __asm__ volatile("csrrci %0, sstatus, %1" : "=r"(before) : "i"(SSTATUS_SIE) : "memory");
    return before & SSTATUS_SIE;
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
        irq_disable();
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

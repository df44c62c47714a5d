/* SPDX-License-Identifier: MIT */
/* RISC-V: decodes traps for trap.S. */
#include "../kernel.h"

#include <machine.h>

#define SSTATUS_SPIE    (1ul << 5) /* privileged spec, 4.1.1; SPP is 0: U-mode */
#define SATP_SV39       (8ull << 60)
#define SATP_PPN        ((1ull << 44) - 1)
#define TIMER_INTERRUPT (1ull << 63 | 5) /* scause: privileged spec, table 4.2 */

enum { ECALL_FROM_USER = 8, FETCH_PAGE_FAULT = 12, LOAD_PAGE_FAULT = 13, STORE_PAGE_FAULT = 15 };

/* trap.S: the thread pointer's value for the runtime (guest-rt/riscv64/entry.S). */
extern uintptr_t kernel_tp;

/* trap.S calls this. */
void user_trap(const struct trap_frame *frame);

static uint64_t kernel_satp;

void cpu_start(void)
{
    __asm__("csrr %0, satp" : "=r"(kernel_satp));
    __asm__("mv %0, tp" : "=r"(kernel_tp));
}

/* In Sv39 that is the first table. */
const uint64_t *cpu_kernel_table(void)
{
    return (const uint64_t *)((kernel_satp & SATP_PPN) * PAGE_SIZE);
}

void cpu_use(const uint64_t *root)
{
    uint64_t satp = root ? SATP_SV39 | (uintptr_t)root / PAGE_SIZE : kernel_satp;

    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(satp) : "memory");
}

void frame_start(struct trap_frame *frame, uintptr_t entry, uintptr_t stack, uintptr_t argument)
{
    *frame = (struct trap_frame){
        .pc = entry,
        .sstatus = SSTATUS_SPIE | SSTATUS_FS_INITIAL,
        .sp = stack,
        .tp = USER_TLS,
        .a0 = argument,
    };
}

unsigned long frame_call(const struct trap_frame *frame, unsigned long args[3])
{
    args[0] = frame->a0;
    args[1] = frame->a1;
    args[2] = frame->a2;
    return frame->a7;
}

/* sepc is the ecall's own address. So the process makes the call again, unless sepc is moved. */
void frame_return(struct trap_frame *frame, long result)
{
    frame->a0 = (uint64_t)result;
    frame->pc += 4;
}

void frame_repeat(struct trap_frame *frame)
{
    (void)frame;
}

static void serve_fault(const struct trap_frame *frame)
{
    static const struct {
        const char *name;
        int status;
    } faults[16] = {
        [0] = {"misaligned jump", STATUS_BUS},     [1] = {"access fault", STATUS_SEGV},
        [2] = {"illegal instruction", STATUS_ILL}, [3] = {"breakpoint", STATUS_TRAP},
        [4] = {"misaligned load", STATUS_BUS},     [5] = {"access fault", STATUS_SEGV},
        [6] = {"misaligned store", STATUS_BUS},    [7] = {"access fault", STATUS_SEGV},
    };
    const char *name = frame->cause < 16 ? faults[frame->cause].name : NULL;

    if (name)
        process_fault(name, frame->pc, faults[frame->cause].status);
    else
        process_fault("unexpected trap", frame->pc, STATUS_SEGV);
}

void user_trap(const struct trap_frame *frame)
{
    switch (frame->cause) {
    case TIMER_INTERRUPT:
        tick();
        break;
    case ECALL_FROM_USER:
        system_call();
        break;
    case FETCH_PAGE_FAULT:
        process_page_fault(frame->pc, frame->address, EXECUTE);
        break;
    case LOAD_PAGE_FAULT:
        process_page_fault(frame->pc, frame->address, READ);
        break;
    case STORE_PAGE_FAULT:
        process_page_fault(frame->pc, frame->address, WRITE);
        break;
    default:
        serve_fault(frame);
    }
}

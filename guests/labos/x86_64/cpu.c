/* SPDX-License-Identifier: MIT */
/*
 * x86-64: sets up segments, interrupt descriptors and the system call instruction, and decodes
 * traps for trap.S.
 */
#include "../kernel.h"

#include "cpu.h"

#include <machine.h>
#include <stdio.h>

#define MSR_EFER     0xC0000080
#define EFER_SCE     1u
#define CR0_TS       (1u << 3)
#define RFLAGS_FIXED 2u /* always 1 */
#define RFLAGS_IF    (1u << 9)

#define INVALID_OPCODE 6
#define PAGE_FAULT     14
#define ERROR_WRITE    (1u << 1) /* Intel SDM vol. 3, 4.7 */
#define ERROR_EXECUTE  (1u << 4)
#define INT_SIZE       2 /* bytes of the instruction */
#define INTERRUPT_GATE 0x8e
#define GATE_DPL_3     0x60 /* int may name it at CPL 3 */

/* Intel SDM vol. 3, 8.7. rsp0 is the stack to which the CPU pushes at a trap from CPL 3: the end of
 * the current process's trap frame. */
struct tss {
    uint32_t reserved;
    uint64_t rsp0;
    uint8_t unused[90];
    uint16_t io_map;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104 && offsetof(struct tss, rsp0) == TSS_RSP0, "trap.S");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "trap.S");
_Static_assert(FRAME_SIZE % 16 == 0, "the CPU aligns what it takes from rsp0");
_Static_assert(offsetof(struct trap_frame, cs) == FRAME_CS, "trap.S");

/* The I/O map lies after the end, so CPL 3 may not use any port: only the kernel makes hypercalls.
 */
struct tss task_state = {.io_map = sizeof(task_state)};

/* Intel SDM vol. 3, 3.4.5 and 8.2.3. */
static uint64_t gdt[] = {
    [KERNEL_CODE / 8] = 0x00af9b000000ffff,
    [KERNEL_DATA / 8] = 0x00cf93000000ffff,
    [USER_DATA / 8] = 0x00cff3000000ffff,
    [USER_CODE / 8] = 0x00affb000000ffff,
};

/* Intel SDM vol. 3, 6.14.1. */
static struct gate {
    uint16_t address_low, selector;
    uint8_t stack, type;
    uint16_t address_middle;
    uint32_t address_high, reserved;
} idt[SYSTEM_CALL + 1];

struct table_pointer {
    uint16_t limit;
    const void *base;
} __attribute__((packed));

static const uint64_t *kernel_root;

uint64_t kernel_fs;

static void load_segments(void)
{
    const struct table_pointer pointer = {sizeof(gdt) - 1, gdt};
    uint64_t base = (uintptr_t)&task_state;

    gdt[TSS / 8] = 0x0000890000000000 | (sizeof(task_state) - 1) | (base & 0xffffff) << 16 |
                   (base >> 24 & 0xff) << 56;
    gdt[TSS / 8 + 1] = base >> 32;
    __asm__ volatile("lgdt %0; ltr %w1" ::"m"(pointer), "r"(TSS) : "memory");
}

static struct gate gate_to(const char *stub, unsigned type)
{
    return (struct gate){
        .address_low = (uint16_t)(uintptr_t)stub,
        .selector = KERNEL_CODE,
        .type = (uint8_t)type,
        .address_middle = (uint16_t)((uintptr_t)stub >> 16),
    };
}

static void load_gates(void)
{
    const struct table_pointer pointer = {sizeof(idt) - 1, idt};

    for (unsigned i = 0; i < TRAPS; i++)
        idt[i] = gate_to(trap_stubs + (size_t)i * STUB_SIZE, INTERRUPT_GATE);
    idt[SYSTEM_CALL] = gate_to(system_call_stub, INTERRUPT_GATE | GATE_DPL_3);
    __asm__ volatile("lidt %0" ::"m"(pointer) : "memory");
}

/* Turns off syscall, which would enter at LSTAR with CPL 0 and the user's stack; and SSE and x87,
 * whose registers the kernel does not save (Intel SDM vol. 3, 2.5, CR0.TS). */
static void turn_off_features(void)
{
    uint32_t low, high;
    uint64_t cr0;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
    __asm__ volatile("wrmsr" ::"c"(MSR_EFER), "a"(low & ~EFER_SCE), "d"(high));
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" ::"r"(cr0 | CR0_TS));
}

void cpu_start(void)
{
    uint32_t low, high;

    __asm__("mov %%cr3, %0" : "=r"(kernel_root));
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(IA32_FS_BASE));
    kernel_fs = (uint64_t)high << 32 | low;
    load_segments();
    load_gates();
    turn_off_features();
}

/* The PML4's first entry points to it. */
const uint64_t *cpu_kernel_table(void)
{
    return (const uint64_t *)(kernel_root[0] & -(uint64_t)PAGE_SIZE);
}

void cpu_use(const uint64_t *root)
{
    __asm__ volatile("mov %0, %%cr3" ::"r"(root ? root : kernel_root) : "memory");
}

void frame_start(struct trap_frame *frame, uintptr_t entry, uintptr_t stack, uintptr_t argument)
{
    *frame = (struct trap_frame){
        .rip = entry,
        .cs = USER_CODE,
        .rflags = RFLAGS_FIXED | RFLAGS_IF,
        .rsp = stack - 8, /* as if a call had pushed a return address */
        .ss = USER_DATA,
        .rdi = argument,
    };
}

unsigned long frame_call(const struct trap_frame *frame, unsigned long args[3])
{
    args[0] = frame->rdi;
    args[1] = frame->rsi;
    args[2] = frame->rdx;
    return frame->rax;
}

void frame_return(struct trap_frame *frame, long result)
{
    frame->rax = (uint64_t)result;
}

void frame_repeat(struct trap_frame *frame)
{
    frame->rip -= INT_SIZE;
}

static uintptr_t fault_address(void)
{
    uintptr_t cr2;

    __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    return cr2;
}

/* Intel SDM vol. 3, table 6-1. */
static void serve_fault(const struct trap_frame *frame)
{
    static const struct {
        const char *name;
        int status;
    } faults[32] = {
        [0] = {"divide error", STATUS_FPE},
        [1] = {"debug exception", STATUS_TRAP},
        [3] = {"breakpoint", STATUS_TRAP},
        [4] = {"overflow", STATUS_SEGV},
        [6] = {"illegal instruction", STATUS_ILL},
        [7] = {"no floating point here", STATUS_FPE},
        [13] = {"general protection fault", STATUS_SEGV},
        [16] = {"floating-point error", STATUS_FPE},
        [17] = {"alignment check", STATUS_BUS},
        [19] = {"floating-point error", STATUS_FPE},
    };
    const char *name = frame->vector < 32 ? faults[frame->vector].name : NULL;

    if (name)
        process_fault(name, frame->rip, faults[frame->vector].status);
    else
        process_fault("unexpected trap", frame->rip, STATUS_SEGV);
}

/* A KVM without VT-x and SVM reports int from CPL 3 as an invalid opcode, and its syscall does not
 * leave CPL 3. */
static bool is_system_call(const struct trap_frame *frame)
{
    static const uint8_t instruction[INT_SIZE] = {0xcd, SYSTEM_CALL};

    if (frame->vector != INVALID_OPCODE)
        return frame->vector == SYSTEM_CALL;
    for (unsigned i = 0; i < INT_SIZE; i++) {
        const uint8_t *byte = space_at(&current->space, frame->rip + i, EXECUTE);

        if (!byte || *byte != instruction[i])
            return false;
    }
    return true;
}

static enum access access_of(const struct trap_frame *frame)
{
    if (frame->error & ERROR_EXECUTE)
        return EXECUTE;
    return frame->error & ERROR_WRITE ? WRITE : READ;
}

void user_trap(struct trap_frame *frame)
{
    if (is_system_call(frame)) {
        if (frame->vector == INVALID_OPCODE)
            frame->rip += INT_SIZE;
        system_call();
    } else if (frame->vector == LAB_TIMER_VECTOR) {
        tick();
    } else if (frame->vector == PAGE_FAULT) {
        process_page_fault(frame->rip, fault_address(), access_of(frame));
    } else {
        serve_fault(frame);
    }
}

/* A fault of the kernel itself: the VMM explains it. */
void kernel_trap(const struct trap_frame *frame)
{
    sbi_trap_exit(frame->vector, frame->rip, fault_address(), frame->rbp, 0);
    __builtin_unreachable();
}

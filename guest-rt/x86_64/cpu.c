/* SPDX-License-Identifier: MIT */
/* The runtime's x86 part: exceptions, interrupts, the clock, CPUID. */
#include "../arch.h"
#include "../dump.h"
#include "../rt.h"

#include <machine.h>
#include <string.h>
#include <trap_frame.h>

#define RFLAGS_IF    (1u << 9)
#define TSS_SELECTOR 0x18 /* entry.S */

#define GENERAL_PROTECTION 13 /* SDM vol. 3, table 6-1 */

#define IA32_FS_BASE 0xc0000100u /* Intel SDM vol. 4, table 2-2 */
#define TLS_WORD     64          /* tls_room of guest.ld */

#define CR0_WP (1ul << 16) /* Intel SDM vol. 3, 2.5 */
#define NEAR_CALL                                                                                  \
    0xe8 /* SDM vol. 2, CALL: 4 bytes follow, the distance from the next instruction */

/* Exceptions: Intel SDM vol. 3, table 6-1. */
static enum trap_kind kind_of(uint64_t vector)
{
    switch (vector) {
    case 0:
        return TRAP_DIVIDE_ERROR;
    case 3:
        return TRAP_BREAKPOINT;
    case 6:
        return TRAP_ILLEGAL_INSTRUCTION;
    case GENERAL_PROTECTION:
        return TRAP_PROTECTION;
    case 14:
        return TRAP_PAGE_FAULT;
    default:
        return TRAP_OTHER;
    }
}

/* The address of a page fault; a double fault usually follows a page fault. */
static uintptr_t fault_address(void)
{
    uintptr_t cr2;

    __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    return cr2;
}

/* Defined in vectors.S. */
extern const uint8_t arch_irq_wait_hlt[];

/* Ends the wait if an interrupt came between sti and the hlt that waits for it. A CPU does not
 * allow that. But QEMU's emulation of SVM loses the interrupt shadow of sti when it enters a guest
 * again (AMD APM vol. 2, 15.21.5: VMRUN loads it from the VMCB). */
static void end_wait(struct trap_frame *frame)
{
    if (frame->rip == (uintptr_t)arch_irq_wait_hlt)
        frame->rip++;
}

/* vectors.S calls this. */
void trap_entry(struct trap_frame *frame);
void trap_entry(struct trap_frame *frame)
{
    struct trap trap = {.cause = frame->vector, .pc = frame->rip, .frame = frame};

    if (frame->vector == LAB_TIMER_VECTOR) {
        end_wait(frame);
        interrupt_handle(timer_interrupt);
        return;
    }
    if (frame->vector == LAB_IPI_VECTOR) {
        end_wait(frame);
        interrupt_handle(ipi_interrupt);
        return;
    }
    trap.kind = kind_of(frame->vector);
    trap.address = fault_address();
    trap_handle(&trap);
    frame->rip = trap.pc;
}

uintptr_t arch_frame_pointer(const struct trap_frame *frame)
{
    return frame->rbp;
}

uintptr_t arch_return_address(const struct trap_frame *frame)
{
    /* Bytes from here to the end of a stack: 1 to LAB_STACK_SIZE. */
    uint64_t used = (ram_end() - frame->rsp) % LAB_STACK_STRIDE;
    bool on_stack = frame->rsp % 8 == 0 && frame->rsp >= (uintptr_t)heap_end &&
                    frame->rsp < ram_end() && used - 1 < LAB_STACK_SIZE;

    return on_stack ? *(const uint64_t *)frame->rsp : 0;
}

bool arch_frame_irq_enabled(const struct trap_frame *frame)
{
    return frame->rflags & RFLAGS_IF;
}

/* A general protection fault without an error code may come from a pointer that is not canonical:
 * Intel SDM vol. 1, 3.3.7.1. The CPU does not tell which. */
static void print_non_canonical(const struct register_value *registers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((uint64_t)((int64_t)registers[i].value << 16 >> 16) != registers[i].value) {
            dump_text("  likely: ");
            dump_text(registers[i].name);
            dump_text(" is no pointer: its upper 17 bits are not all alike\n");
        }
}

void arch_print_frame(const struct trap_frame *f)
{
    const struct register_value registers[] = {
        {"rax", f->rax}, {"rbx", f->rbx}, {"rcx", f->rcx}, {"rdx", f->rdx}, {"rsi", f->rsi},
        {"rdi", f->rdi}, {"rbp", f->rbp}, {"rsp", f->rsp}, {"r8", f->r8},   {"r9", f->r9},
        {"r10", f->r10}, {"r11", f->r11}, {"r12", f->r12}, {"r13", f->r13}, {"r14", f->r14},
        {"r15", f->r15}, {"rip", f->rip},
    };
    const size_t count = sizeof(registers) / sizeof(registers[0]);

    dump_registers(registers, count - 1);
    dump_text("  rip ");
    dump_number(f->rip, 16, 16);
    dump_text("  rflags ");
    dump_number(f->rflags, 16, 8);
    dump_text("  cs ");
    dump_number(f->cs, 16, 2);
    dump_text("  ss ");
    dump_number(f->ss, 16, 2);
    dump_text("  error code ");
    dump_number(f->error, 16, 1);
    dump_text("\n");
    if (f->vector == GENERAL_PROTECTION && f->error == 0)
        print_non_canonical(registers, count);
}

/* The list of trap instructions (abi/x86_64/trap.h), and the functions that can replace them. */
extern uint8_t *const sbi_traps[], *const sbi_traps_end[];
extern const uint8_t sbi_vmcall[], sbi_vmmcall[];

/* Replaces the trap instructions by calls. Code is writable only at CPL 0 without CR0.WP. A write
 * to CR0 also makes the CPU fetch the following instructions again (SDM vol. 3, 4.6.1 and 8.3). */
static void trap_by(const uint8_t *function)
{
    uint64_t cr0;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" ::"r"(cr0 & ~CR0_WP) : "memory");
    for (uint8_t *const *trap = sbi_traps; trap < sbi_traps_end; trap++) {
        int32_t distance = (int32_t)(function - (*trap + 5));

        **trap = NEAR_CALL;
        memcpy(*trap + 1, &distance, sizeof(distance));
    }
    __asm__ volatile("mov %0, %%cr0" ::"r"(cr0) : "memory");
}

uint32_t arch_find_vmm(void)
{
    uint32_t eax = LAB_CPUID_SIGNATURE, ebx, ecx, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    if (eax < LAB_CPUID_ABI || ebx != LAB_CPUID_EBX || ecx != LAB_CPUID_ECX || edx != LAB_CPUID_EDX)
        return 0;
    eax = LAB_CPUID_ABI;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    if (!(ebx & LAB_TRANSPORT_PIO))
        trap_by(ebx & LAB_TRANSPORT_VMCALL ? sbi_vmcall : sbi_vmmcall);
    return eax;
}

uint64_t arch_time_frequency(void)
{
    return 0;
}

size_t arch_get_args(char *buf, size_t size)
{
    (void)buf;
    (void)size;
    return 0;
}

uint64_t time_ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

bool arch_irq_enabled(void)
{
    uint64_t rflags;

    __asm__ volatile("pushfq; pop %0" : "=r"(rflags));
    return rflags & RFLAGS_IF;
}

void arch_irq_enable(void)
{
    __asm__ volatile("sti" ::: "memory");
}

bool irq_disable(void)
{
    bool on = arch_irq_enabled();

    if (on)
        __asm__ volatile("cli" ::: "memory");
    return on;
}

/* entry.S: each hart has its own TSS descriptor of 16 bytes, from TSS_SELECTOR on. */
unsigned hart_id(void)
{
    unsigned selector;

    __asm__ volatile("str %0" : "=r"(selector));
    return (selector - TSS_SELECTOR) / 16;
}

/* System V psABI, 3.4.2: below fs, which points to a word with its own address. */
char *arch_tls(size_t size)
{
    uintptr_t slot_end = ram_end() - hart_id() * (uintptr_t)LAB_STACK_STRIDE;
    uintptr_t fs = slot_end - TLS_WORD;

    *(uintptr_t *)fs = fs;
    __asm__ volatile("wrmsr" ::"c"(IA32_FS_BASE), "a"(fs), "d"(fs >> 32));
    return (char *)fs - size;
}

void arch_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

void arch_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

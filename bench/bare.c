/* SPDX-License-Identifier: MIT */
/*
 * The baseline of `make bench`: the smallest program that does the measured thing with KVM. It
 * has no options, trusts its own guest, and leaves the cleanup to the kernel.
 *
 *   bare start         a guest that makes one exit
 *   bare hypercall N   a guest that makes N exits; each gets a result in rax and rdx
 *   bare console N     the same; at each exit the program writes 4 KiB to stdout
 *
 * It measures nothing itself: bench.py measures the whole process, and labvisor's, too.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The layout of the guest's RAM: page tables, code, the block that it writes. */
#define RAM_SIZE   0x200000
#define PML4       0x1000
#define PDPT       0x2000
#define PD         0x3000
#define CODE       0x4000
#define BLOCK      0x5000
#define BLOCK_SIZE 4096

/* Page table entries, CR0, CR4, EFER: Intel SDM vol. 3, 4.5, 2.5, 2.2.1. */
#define PTE_PRESENT (1u << 0)
#define PTE_WRITE   (1u << 1)
#define PTE_LARGE   (1u << 7)
#define CR0_PE      (1u << 0)
#define CR0_PG      (1u << 31)
#define CR4_PAE     (1u << 5)
#define EFER_LME    (1u << 8)
#define EFER_LMA    (1u << 10)

/*
 * The guests. rbx counts the exits that are left. Each guest executes as many instructions
 * between two exits as the loop of the same name in guests/bench/; bench.py counts them. rdx is
 * an argument of one call, and the result of both.
 */
__asm__("hypercall:\n"
        "1:  mov     $0x10, %eax\n"
        "    out     %eax, $0x4c\n"
        "    sub     $1, %rbx\n"
        "    jnz     1b\n"
        "    hlt\n"
        "console:\n"
        "1:  mov     $0x10, %eax\n"
        "    xor     %edx, %edx\n"
        "    out     %eax, $0x4c\n"
        "    sub     $1, %rbx\n"
        "    jnz     1b\n"
        "    hlt\n"
        "guests_end:\n");

extern const char hypercall[], console[], guests_end[];

static void check(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static void put_entry(uint8_t *table, uint64_t entry)
{
    memcpy(table, &entry, sizeof(entry));
}

/* Writes the guest, and page tables that map 2 MiB to themselves. */
static void fill_ram(uint8_t *ram)
{
    memcpy(ram + CODE, hypercall, (size_t)(guests_end - hypercall));
    put_entry(ram + PML4, PDPT | PTE_PRESENT | PTE_WRITE);
    put_entry(ram + PDPT, PD | PTE_PRESENT | PTE_WRITE);
    put_entry(ram + PD, PTE_LARGE | PTE_PRESENT | PTE_WRITE);
}

/* Sets long mode with flat segments and CPL 0, as for labvisor's guests. */
static void enter_long_mode(int vcpu)
{
    struct kvm_segment code = {
        .limit = UINT32_MAX, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1};
    struct kvm_segment data = {
        .limit = UINT32_MAX, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1};
    struct kvm_sregs sregs;

    check(ioctl(vcpu, KVM_GET_SREGS, &sregs) == 0, "KVM_GET_SREGS");
    sregs.cs = code;
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
    sregs.cr0 = CR0_PE | CR0_PG;
    sregs.cr3 = PML4;
    sregs.cr4 = CR4_PAE;
    sregs.efer = EFER_LME | EFER_LMA;
    check(ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0, "KVM_SET_SREGS");
}

/* Makes a VM with one vCPU. Returns the vCPU's descriptor. */
static int create(uint8_t **ram, struct kvm_run **run)
{
    struct kvm_userspace_memory_region slot = {.memory_size = RAM_SIZE};
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu, run_size;

    check(kvm >= 0, "/dev/kvm");
    vm = ioctl(kvm, KVM_CREATE_VM, 0);
    check(vm >= 0, "KVM_CREATE_VM");
    *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(*ram != MAP_FAILED, "mmap of RAM");
    fill_ram(*ram);
    slot.userspace_addr = (uintptr_t)*ram;
    check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot) == 0, "KVM_SET_USER_MEMORY_REGION");

    vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    check(vcpu >= 0, "KVM_CREATE_VCPU");
    run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    check(run_size > 0, "KVM_GET_VCPU_MMAP_SIZE");
    *run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    check(*run != MAP_FAILED, "mmap of struct kvm_run");
    enter_long_mode(vcpu);
    return vcpu;
}

/* Runs the guest to its next exit. `run` has its registers (KVM_CAP_SYNC_REGS). */
static void enter(int vcpu, struct kvm_run *run)
{
    run->kvm_valid_regs = run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
    check(ioctl(vcpu, KVM_RUN, 0) == 0, "KVM_RUN");
    check(run->exit_reason == KVM_EXIT_IO, "another exit than that of the guest's out");
}

int main(int argc, char **argv)
{
    bool write_blocks = argc > 1 && strcmp(argv[1], "console") == 0;
    unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    struct kvm_run *run;
    uint8_t *ram;
    int vcpu = create(&ram, &run);
    struct kvm_regs *regs = &run->s.regs.regs;

    *regs = (struct kvm_regs){
        .rip = CODE + (write_blocks ? (uint64_t)(console - hypercall) : 0),
        .rflags = 2,
        .rbx = n,
        .rdi = BLOCK_SIZE,
        .rsi = BLOCK,
    };
    for (; n > 0; n--) {
        ssize_t written = 0;

        enter(vcpu, run);
        if (write_blocks)
            written = write(STDOUT_FILENO, ram + regs->rsi, regs->rdi);
        check(written >= 0, "stdout");
        regs->rax = 0;
        regs->rdx = (uint64_t)written;
    }
    return 0;
}

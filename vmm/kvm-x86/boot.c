/*
 * The state in which a 64-bit guest starts (abi/README.md, "The x86-64 machine"):
 * page tables that give each segment its own rights, and long mode.
 */
#include "kvm.h"

#include "paging.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

/* Page tables grow from here up to LAB_LINK_BASE. */
#define TABLES_START 0x1000

/* CR0, CR4, EFER: Intel SDM vol. 3, 2.5 and 2.2.1. */
#define CR0_PE         (1u << 0)
#define CR0_MP         (1u << 1)
#define CR0_ET         (1u << 4)
#define CR0_NE         (1u << 5)
#define CR0_WP         (1u << 16)
#define CR0_PG         (1u << 31)
#define CR4_PAE        (1u << 5)
#define CR4_PGE        (1u << 7)
#define CR4_OSFXSR     (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define EFER_SCE       (1u << 0)
#define EFER_LME       (1u << 8)
#define EFER_LMA       (1u << 10)
#define EFER_NXE       (1u << 11)
#define RFLAGS_FIXED   (1u << 1) /* always 1 */

/* Page tables under construction. */
struct tables {
    const struct memory *memory;
    uint64_t next; /* GPA of the next free page */
};

/* A zeroed page for a table; NULL when the space below LAB_LINK_BASE is used up. */
static uint64_t *new_table(struct tables *tables, uint64_t *gpa_out)
{
    if (tables->next >= LAB_LINK_BASE)
        return NULL;
    *gpa_out = tables->next;
    tables->next += PAGE_SIZE;
    return memory_at(tables->memory, gpa(*gpa_out), PAGE_SIZE);
}

/* The entry for gva in the table that level names, making the tables above it. */
static uint64_t *entry_for(struct tables *tables, uint64_t gva, unsigned level)
{
    uint64_t *table = memory_at(tables->memory, gpa(TABLES_START), PAGE_SIZE);

    for (unsigned l = PAGING_LEVELS; l > level; l--) {
        uint64_t *entry = &table[table_index(gva, l)], next = *entry & PTE_ADDRESS;

        if (*entry & PTE_PRESENT) {
            table = memory_at(tables->memory, gpa(next), PAGE_SIZE);
            continue;
        }
        table = new_table(tables, &next);
        if (!table)
            return NULL;
        /* Rights are cut down in the last level alone. */
        *entry = next | PTE_PRESENT | PTE_WRITE;
    }
    return &table[table_index(gva, level)];
}

/* Maps [start, end), multiples of a page, onto itself; in pages of 2 MiB where they fit. */
static bool map(struct tables *tables, uint64_t start, uint64_t end, uint64_t rights)
{
    while (start < end) {
        bool large = start % LARGE_PAGE_SIZE == 0 && end - start >= LARGE_PAGE_SIZE;
        uint64_t *entry = entry_for(tables, start, large ? 2 : 1);

        if (!entry)
            return false;
        *entry = start | PTE_PRESENT | rights | (large ? PTE_LARGE : 0);
        start += large ? LARGE_PAGE_SIZE : PAGE_SIZE;
    }
    return true;
}

/* Page rights of a segment. Returns false after fail() if it breaks W^X. */
static bool segment_rights(const struct image *image, const struct segment *segment,
                           uint64_t *rights)
{
    if (segment->write && segment->execute) {
        fail(STATUS_IMAGE,
             "%s: segment at 0x%" PRIx64 " is writable and executable: link code and "
             "data into segments of their own",
             image->source->name, segment->start.value);
        return false;
    }
    *rights = (segment->write ? PTE_WRITE : 0) | (segment->execute ? 0 : PTE_NX);
    return true;
}

/* Maps the image's segments. *end becomes the first page behind them. */
static int map_image(struct tables *tables, const struct image *image, uint64_t *end)
{
    *end = LAB_LINK_BASE;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        uint64_t start = segment->start.value & ~(PAGE_SIZE - 1), rights;

        if (start < *end)
            return fail(STATUS_IMAGE,
                        "%s: the segment at 0x%" PRIx64 " shares a page with the one "
                        "before it, so they cannot have rights of their own: link with -z "
                        "separate-code",
                        image->source->name, segment->start.value);
        if (!segment_rights(image, segment, &rights))
            return STATUS_IMAGE;
        *end = page_up(segment->start.value + segment->memory_size);
        if (!map(tables, start, *end, rights))
            return fail(STATUS_IMAGE,
                        "%s: its segments lie too far apart: the page tables do not "
                        "fit below 0x%x",
                        image->source->name, LAB_LINK_BASE);
    }
    return 0;
}

static bool map_stacks(struct tables *tables, uint64_t start)
{
    for (; start < tables->memory->size; start += LAB_STACK_STRIDE)
        if (!map(tables, start + PAGE_SIZE, start + LAB_STACK_STRIDE, PTE_WRITE | PTE_NX))
            return false;
    return true;
}

/*
 * Page 0 stays unmapped to catch NULL, the page below each stack to catch a stack
 * that is too deep. Memory below and above the image is for data: never executable.
 */
static int build_tables(struct vm *vm, const struct image *image)
{
    struct tables tables = {&vm->memory, TABLES_START + PAGE_SIZE};
    uint64_t stacks = stacks_start(vm).value, end;
    int status;

    status = map_image(&tables, image, &end);
    if (status)
        return status;
    if (!map(&tables, PAGE_SIZE, LAB_LINK_BASE, PTE_WRITE | PTE_NX) ||
        !map(&tables, end, stacks, PTE_WRITE | PTE_NX) || !map_stacks(&tables, stacks))
        return fail(STATUS_IMAGE, "%s: the page tables do not fit below 0x%x", image->source->name,
                    LAB_LINK_BASE);
    return 0;
}

/* Long mode with flat segments (Intel SDM vol. 3, 9.8.5). No descriptor tables: a
 * guest that wants interrupts loads its own. */
int kvm_set_long_mode(int vcpu, uint64_t cr3)
{
    struct kvm_segment code = {
        .limit = UINT32_MAX, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1};
    struct kvm_segment data = {
        .limit = UINT32_MAX, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1};
    struct kvm_sregs sregs;

    if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
        return -1;
    sregs.cs = code;
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
    sregs.gdt.limit = sregs.idt.limit = 0;
    sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    sregs.cr3 = cr3;
    sregs.cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    sregs.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    return ioctl(vcpu, KVM_SET_SREGS, &sregs);
}

static int enter_long_mode(const struct vcpu *vcpu)
{
    if (kvm_set_long_mode(kvm_vcpu(vcpu)->fd, TABLES_START) < 0)
        return fail(STATUS_HOST, "kvm-x86: KVM_SET_SREGS, long mode: %s", strerror(errno));
    return 0;
}

static void set_registers(struct vcpu *vcpu, uint64_t rip, uint64_t rsi)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;
    uint64_t stack_top = vcpu->vm->memory.size - (uint64_t)vcpu->id * LAB_STACK_STRIDE;

    run->s.regs.regs = (struct kvm_regs){
        .rip = rip,
        .rsp = stack_top,
        .rflags = RFLAGS_FIXED,
        .rdi = vcpu->id,
        .rsi = rsi,
        .rdx = vcpu->vm->vcpu_count,
    };
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

void kvm_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque)
{
    vcpu->exit.kind = EXIT_KICK; /* no result is to be applied */
    kvm_forget_vmcall(vcpu);
    if (enter_long_mode(vcpu))
        vm_stop(vcpu->vm, STATUS_HOST);
    set_registers(vcpu, address, opaque);
}

int kvm_boot(struct vm *vm, const struct image *image)
{
    struct vcpu *vcpu = &vm->vcpus[0];
    int status = image_load(image, &vm->memory, gpa(LAB_LINK_BASE), stacks_start(vm));

    if (!status)
        status = build_tables(vm, image);
    if (!status)
        status = enter_long_mode(vcpu);
    if (!status)
        set_registers(vcpu, image->entry, vm->memory.size);
    return status;
}

/*
 * The state in which a guest starts (abi/README.md, "The x86-64 machine" and what follows it):
 * its image in memory, for 64 bits page tables that give each segment its own rights, registers.
 */
#include "kvm.h"

#include "image/image.h"
#include "paging.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Page tables grow from here up to LAB_LINK_BASE. */
#define TABLES_START 0x1000

#define RFLAGS_FIXED (1u << 1) /* always 1: Intel SDM vol. 1, 3.4.3 */

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

/* The registers that tell a guest what machine it is on are the same in all modes. */
static void set_registers(struct vcpu *vcpu, uint64_t rip, uint64_t rsp, uint64_t rsi)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    run->s.regs.regs = (struct kvm_regs){
        .rip = rip,
        .rsp = rsp,
        .rflags = RFLAGS_FIXED,
        .rdi = vcpu->id,
        .rsi = rsi,
        .rdx = vcpu->vm->vcpu_count,
    };
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

static int mode_failed(void)
{
    return fail(STATUS_HOST, "kvm-x86: KVM_SET_SREGS: %s", strerror(errno));
}

/* 64-bit code, on the first vCPU or another. */
static int start_in_long_mode(struct vcpu *vcpu, uint64_t rip, uint64_t rsi)
{
    uint64_t stack_top = vcpu->vm->memory.size - (uint64_t)vcpu->id * LAB_STACK_STRIDE;

    if (kvm_set_long_mode(kvm_vcpu(vcpu)->fd, TABLES_START) < 0)
        return mode_failed();
    set_registers(vcpu, rip, stack_top, rsi);
    return 0;
}

void kvm_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque)
{
    vcpu->exit.kind = EXIT_KICK; /* no result is to be applied */
    kvm_forget_vmcall(vcpu);
    if (start_in_long_mode(vcpu, address, opaque))
        vm_stop(vcpu->vm, STATUS_HOST);
}

static int boot_long_mode(struct vm *vm, const struct image *image)
{
    int status = image_load(image, &vm->memory, gpa(LAB_LINK_BASE), stacks_start(vm));

    if (!status)
        status = build_tables(vm, image);
    return status ? status : start_in_long_mode(&vm->vcpus[0], image->entry, vm->memory.size);
}

/* No page tables: all of RAM is code and data, and the stack begins at its end. */
static int boot_protected_mode(struct vm *vm, const struct image *image)
{
    uint64_t size = vm->memory.size;
    int status = image_load(image, &vm->memory, gpa(LAB_LINK_BASE), gpa(size));

    if (status)
        return status;
    if (kvm_set_protected_mode(kvm_vcpu(&vm->vcpus[0])->fd) < 0)
        return mode_failed();
    set_registers(&vm->vcpus[0], image->entry, size, size);
    return 0;
}

/* As a PC's firmware enters a boot sector. */
static int boot_real_mode(struct vm *vm, const struct image *image)
{
    int status = image_load_flat(image, &vm->memory, gpa(LAB_FLAT_BASE), gpa(LAB_FLAT_END));

    if (status)
        return status;
    kvm_fill_ivt(&vm->memory);
    if (kvm_set_real_mode(kvm_vcpu(&vm->vcpus[0])->fd) < 0)
        return mode_failed();
    set_registers(&vm->vcpus[0], LAB_FLAT_BASE, LAB_FLAT_BASE, vm->memory.size);
    return 0;
}

int kvm_boot(struct vm *vm, const struct image *image)
{
    if (image->type != IMAGE_X86_64 && vm->vcpu_count > 1)
        return fail(STATUS_USAGE, "-c: %u vCPUs given, a guest of 16 or 32 bits has one",
                    vm->vcpu_count);
    if (image->type != IMAGE_X86_64 && vm->transport == TRANSPORT_VMCALL)
        return fail(STATUS_USAGE,
                    "--transport=vmcall: a guest of 16 or 32 bits has not the registers "
                    "for it: use --transport=pio");
    switch (image->type) {
    case IMAGE_FLAT:
        return boot_real_mode(vm, image);
    case IMAGE_I386:
        return boot_protected_mode(vm, image);
    default:
        return boot_long_mode(vm, image);
    }
}

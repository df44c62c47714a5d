/* SPDX-License-Identifier: MIT */
/* Builds the page tables with which a 64-bit guest starts. */
#include "page_tables.h"

#include "paging.h"
#include "x86.h"

#include "image/image.h"

#include <inttypes.h>
#include <sys/ioctl.h>

/* Page tables under construction. */
struct tables {
    const struct memory *memory;
    uint64_t next; /* GPA of the next free page */
};

/* Which entry of a level's table translates gva. */
static unsigned table_index(uint64_t gva, unsigned level)
{
    return gva >> (12 + 9 * (level - 1)) & 511;
}

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/* Returns a page of zeros for a table, or NULL if there is no room left below LAB_LINK_BASE. */
static uint64_t *new_table(struct tables *tables, uint64_t *gpa_out)
{
    if (tables->next >= LAB_LINK_BASE)
        return NULL;
    *gpa_out = tables->next;
    tables->next += PAGE_SIZE;
    return memory_at(tables->memory, gpa(*gpa_out), PAGE_SIZE);
}

/* Returns the entry for gva in a table of this level. Makes the tables above it. NULL: no room. */
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
        /* The last level restricts rights, so the others grant all. */
        *entry = next | PTE_PRESENT | PTE_WRITE;
    }
    return &table[table_index(gva, level)];
}

/* Maps [start, end), multiples of the page size, to the same GPAs; by 2 MiB pages where they fit.
 */
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

/* Computes the page rights of a segment. Returns false after fail() if it breaks W^X. */
static bool segment_rights(const struct image *image, const struct segment *segment,
                           uint64_t *rights)
{
    if (segment->write && segment->execute) {
        fail(STATUS_IMAGE,
             "%s: segment at 0x%" PRIx64 " is writable and executable: link code and "
             "data into separate segments",
             image->source->name, segment->start.value);
        return false;
    }
    *rights = (segment->write ? PTE_WRITE : 0) | (segment->execute ? 0 : PTE_NX);
    return true;
}

/* Maps the image's segments. *end becomes the first page after them. */
static int map_image(struct tables *tables, const struct image *image, uint64_t *end)
{
    *end = LAB_LINK_BASE;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        uint64_t start = segment->start.value & ~(PAGE_SIZE - 1), rights;

        if (start < *end)
            return fail(STATUS_IMAGE,
                        "%s: the segment at 0x%" PRIx64 " shares a page with the one "
                        "before it, so both cannot have their own rights: link with -z "
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

int x86_build_tables(struct vm *vm, const struct image *image)
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

void x86_paging(struct vcpu *vcpu, struct paging *paging)
{
    struct kvm_sregs sregs = {0};

    ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs);
    *paging = x86_paging_of(sregs.cr0, sregs.cr3, sregs.cr4, sregs.efer);
}

/* SPDX-License-Identifier: MIT */
/*
 * Address translation (Sv39 and Sv48: privileged spec, 4.3 to 4.5), the software TLB, and the pages
 * of decoded code.
 */
#include "hart.h"

#include "isa/riscv/decode.h"
#include "translate/translate.h"

#include <stdlib.h>
#include <string.h>

#define PTE_V        (1ull << 0)
#define PTE_R        (1ull << 1)
#define PTE_W        (1ull << 2)
#define PTE_X        (1ull << 3)
#define PTE_U        (1ull << 4)
#define PTE_A        (1ull << 6)
#define PTE_D        (1ull << 7)
#define PTE_RESERVED (0x3ffull << 54) /* for extensions that this hart lacks */

/* Limits the VMM's memory: each page of code takes 33 KiB. */
#ifndef CODE_PAGES_MAX
#define CODE_PAGES_MAX 1024
#endif

/* satp: privileged spec, 4.1.11. */
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK  0xffff

#define PAGE_OF(address) ((address) & ~(uint64_t)(PAGE_SIZE - 1))

static struct code_page **code_at(const struct soft_vm *vm, uint64_t gpa_value)
{
    return &vm->code[(gpa_value - vm->memory->base.value) >> PAGE_SHIFT];
}

/* Discards decoded instructions that overlap [gpa, gpa + size), which lies within one page. */
static void discard_in_page(struct soft_vm *vm, uint64_t gpa_value, uint64_t size)
{
    struct code_page *code = *code_at(vm, gpa_value);
    uint64_t offset = gpa_value & (PAGE_SIZE - 1);

    if (!code)
        return;
    /* A four-byte instruction may begin two bytes earlier, and an instruction that forwards its
     * result to it four bytes before that. Only the handlers change: a store may discard its own
     * instruction, which still needs its operands. */
    for (uint64_t at = offset < 6 ? 0 : (offset - 6) & ~UINT64_C(1); at < offset + size; at += 2) {
        code->insns[at / 2].handler = vm->undecoded;
        code->insns[at / 2].visits = 0;
    }
    if (code->translated)
        translator_discard(vm, code, offset, size);
}

/* Takes the page fault or access fault for a type of access. */
static enum outcome fault(struct hart *hart, uint64_t gva, enum access_type type, bool page_fault)
{
    static const uint64_t access_faults[] = {TRAP_LOAD_ACCESS, TRAP_STORE_ACCESS,
                                             TRAP_FETCH_ACCESS};
    static const uint64_t page_faults[] = {TRAP_LOAD_PAGE, TRAP_STORE_PAGE, TRAP_FETCH_PAGE};

    /* A fetch from stvec itself failed: the hart would trap for ever. */
    if (type == ACCESS_FETCH && hart->mode == MODE_S && gva == (hart->stvec & ~3ull))
        return NO_HANDLER;
    hart_trap(hart, page_fault ? page_faults[type] : access_faults[type], gva);
    return TRAPPED;
}

/* Returns whether a leaf entry allows the access: steps 5 to 8 of 4.3.2. */
static bool leaf_allows(const struct hart *hart, uint64_t pte, enum access_type type)
{
    bool user = pte & PTE_U;

    if (hart->mode == MODE_U && !user)
        return false;
    if (hart->mode == MODE_S && user && (type == ACCESS_FETCH || !(hart->sstatus & SSTATUS_SUM)))
        return false;
    switch (type) {
    case ACCESS_FETCH:
        return pte & PTE_X;
    case ACCESS_WRITE:
        return pte & PTE_W;
    default:
        return pte & PTE_R || (pte & PTE_X && hart->sstatus & SSTATUS_MXR);
    }
}

/* Sets flags in a page table entry at hva. The page may hold code, too. */
static void set_flags(const struct hart *hart, uint8_t *hva, uint64_t *pte, uint64_t flags)
{
    const struct memory *memory = hart->vm->memory;

    if ((*pte & flags) == flags)
        return;
    if (hart->vm->history)
        history_keep_page(hart->vm, hva);
    *pte |= flags;
    memcpy(hva, pte, sizeof(*pte));
    discard_in_page(hart->vm, memory->base.value + (uint64_t)(hva - memory->hva), sizeof(*pte));
}

/* Walks the page tables: the algorithm of 4.3.2. Sets A and D, as hardware under KVM does. */
static enum outcome walk(struct hart *hart, uint64_t gva, enum access_type type, uint64_t *gpa_out)
{
    uint64_t table = (hart->satp & ((1ull << 44) - 1)) << PAGE_SHIFT, pte, span;
    unsigned levels = satp_levels(hart->satp), unused = 64 - PAGE_SHIFT - 9 * levels;

    if ((int64_t)(gva << unused) >> unused != (int64_t)gva)
        return fault(hart, gva, type, true);
    for (unsigned level = levels; level-- > 0; table = (pte >> 10) << PAGE_SHIFT) {
        unsigned shift = PAGE_SHIFT + 9 * level;
        uint8_t *entry = memory_at(hart->vm->memory, gpa(table + (gva >> shift & 511) * 8), 8);

        if (!entry)
            return fault(hart, gva, type, false);
        memcpy(&pte, entry, sizeof(pte));
        if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & PTE_RESERVED)
            break;
        if (!(pte & (PTE_R | PTE_X))) { /* a pointer to the next level */
            if (pte & (PTE_A | PTE_D | PTE_U))
                break;
            continue;
        }
        span = 1ull << shift;
        if (!leaf_allows(hart, pte, type) || (pte >> 10 << PAGE_SHIFT) & (span - 1))
            break; /* not allowed, or a misaligned superpage */
        set_flags(hart, entry, &pte, PTE_A | (type == ACCESS_WRITE ? PTE_D : 0));
        *gpa_out = (pte >> 10 << PAGE_SHIFT) + (gva & (span - 1));
        return DONE;
    }
    return fault(hart, gva, type, true);
}

enum outcome mmu_translate(struct hart *hart, uint64_t gva, enum access_type type,
                           uint64_t *gpa_out)
{
    if (hart->satp != 0)
        return walk(hart, gva, type, gpa_out);
    *gpa_out = gva;
    return DONE;
}

/* Fills a TLB entry, unless each access to the page needs the slow path: writes into code, and
 * accesses to watched data. */
static void fill_tlb(struct hart *hart, uint64_t gva, enum access_type type, uint64_t gpa_value,
                     const void *hva)
{
    struct tlb_entry *entry = &hart->tlb->data[type][gva >> PAGE_SHIFT & (TLB_SIZE - 1)];

    if (type == ACCESS_WRITE && *code_at(hart->vm, gpa_value))
        return;
    if (hart->vm->watch_count > 0 && watchpoint_in_page(hart->vm, gva))
        return;
    entry->tag = PAGE_OF(gva);
    entry->addend = (uintptr_t)hva - gva;
}

/* Returns the host address for an access within a page. Returns NULL if *outcome is not DONE. */
static void *locate(struct hart *hart, uint64_t gva, unsigned size, enum access_type type,
                    enum outcome *outcome)
{
    uint64_t address; /* guest physical */
    void *hva;

    *outcome = mmu_translate(hart, gva, type, &address);
    if (*outcome != DONE)
        return NULL;
    hva = memory_at(hart->vm->memory, gpa(address), size);
    if (!hva) {
        hart->access_gpa = address;
        hart->access_size = (uint8_t)size;
        hart->access_write = type == ACCESS_WRITE;
        *outcome = NO_RAM;
        return NULL;
    }
    if (type == ACCESS_WRITE) {
        discard_in_page(hart->vm, address, size);
        if (hart->vm->history)
            history_keep_page(hart->vm, hva);
    }
    fill_tlb(hart, gva, type, address, hva);
    return hva;
}

/* Returns how many bytes of an access lie in its first page. */
static unsigned first_part(uint64_t gva, unsigned size)
{
    unsigned left = PAGE_SIZE - (unsigned)(gva & (PAGE_SIZE - 1));

    return size < left ? size : left;
}

enum outcome mmu_load(struct hart *hart, uint64_t gva, unsigned size, uint64_t *value)
{
    unsigned first = first_part(gva, size);
    enum outcome outcome;
    const void *low;

    *value = 0;
    if (hart->vm->watch_count > 0 && watchpoint_stops(hart, gva, size, ACCESS_READ))
        return WATCHED;
    low = locate(hart, gva, first, ACCESS_READ, &outcome);
    if (!low)
        return outcome;
    if (first < size) {
        const void *high = locate(hart, gva + first, size - first, ACCESS_READ, &outcome);

        if (!high)
            return outcome;
        memcpy((uint8_t *)value + first, high, size - first);
    }
    memcpy(value, low, first);
    return DONE;
}

/* Translates both pages before it writes to either, so a trap leaves memory as it was. */
enum outcome mmu_store(struct hart *hart, uint64_t gva, unsigned size, uint64_t value)
{
    unsigned first = first_part(gva, size);
    enum outcome outcome;
    void *low;

    hart->access_value = value;
    if (hart->vm->watch_count > 0 && watchpoint_stops(hart, gva, size, ACCESS_WRITE))
        return WATCHED;
    low = locate(hart, gva, first, ACCESS_WRITE, &outcome);
    if (!low)
        return outcome;
    if (first < size) {
        void *high = locate(hart, gva + first, size - first, ACCESS_WRITE, &outcome);

        if (!high)
            return outcome;
        memcpy(high, (const uint8_t *)&value + first, size - first);
    }
    memcpy(low, &value, first);
    return DONE;
}

void *mmu_atomic(struct hart *hart, uint64_t gva, unsigned size, bool write, enum outcome *outcome)
{
    if (gva & (size - 1)) { /* unprivileged spec, 8.2 and 8.4 */
        hart_trap(hart, write ? TRAP_STORE_MISALIGNED : TRAP_LOAD_MISALIGNED, gva);
        *outcome = TRAPPED;
        return NULL;
    }
    hart->access_value = 0;
    if (hart->vm->watch_count > 0 && (watchpoint_stops(hart, gva, size, ACCESS_READ) ||
                                      (write && watchpoint_stops(hart, gva, size, ACCESS_WRITE)))) {
        *outcome = WATCHED;
        return NULL;
    }
    return locate(hart, gva, size, write ? ACCESS_WRITE : ACCESS_READ, outcome);
}

/* Flushes the write translations of a page that holds code from now on, in all harts. */
static void flush_writes(const struct soft_vm *vm, uintptr_t page)
{
    for (unsigned i = 0; i < vm->hart_count; i++)
        for (unsigned j = 0; j < TLB_COUNT; j++) {
            struct tlb_entry *writes = vm->harts[i].tlbs[j].data[ACCESS_WRITE];

            for (unsigned k = 0; k < TLB_SIZE; k++)
                if ((uintptr_t)(writes[k].tag + writes[k].addend) == page)
                    writes[k].tag = NO_TAG;
        }
}

/* Makes a page of code with nothing decoded yet. Returns NULL without memory. */
static struct code_page *new_code_page(struct soft_vm *vm, const void *page)
{
    struct code_page *code;

    if (vm->code_count == CODE_PAGES_MAX)
        mmu_discard_all_code(vm);
    code = aligned_alloc(16, sizeof(*code));
    if (!code)
        return NULL;
    vm->code_count++;
    code->bytes = page;
    code->translated = NULL;
    for (unsigned i = 0; i < INSNS_PER_PAGE; i++)
        code->insns[i] = (struct insn){.handler = vm->undecoded};
    for (unsigned i = INSNS_PER_PAGE; i < INSNS_PER_PAGE + 2; i++)
        code->insns[i] = (struct insn){.handler = vm->page_end};
    flush_writes(vm, (uintptr_t)page);
    return code;
}

enum outcome mmu_fetch_page(struct hart *hart, uint64_t pc, struct code_page **page)
{
    struct code_page **code;
    const void *hva;
    uint64_t address;
    enum outcome outcome = mmu_translate(hart, pc, ACCESS_FETCH, &address);

    if (outcome != DONE)
        return outcome;
    hva = memory_at(hart->vm->memory, gpa(PAGE_OF(address)), PAGE_SIZE);
    if (!hva)
        return fault(hart, pc, ACCESS_FETCH, false);
    code = code_at(hart->vm, address);
    if (!*code)
        *code = new_code_page(hart->vm, hva);
    if (!*code) /* the host is out of memory */
        return fault(hart, pc, ACCESS_FETCH, false);
    hart->tlb->fetch[pc >> PAGE_SHIFT & (TLB_SIZE - 1)] = (struct fetch_entry){
        .tag = PAGE_OF(pc),
        .code = *code,
        .translated = hart->vm->translator ? translator_page(hart->vm, *code, pc) : NULL,
    };
    *page = *code;
    if (hart->vm->kick) /* pages of code take long: return before the next one */
        hart->limit = 0;
    return DONE;
}

/* Fetches two bytes of code. */
static enum outcome fetch_parcel(struct hart *hart, uint64_t pc, uint16_t *parcel)
{
    uint64_t address = 0;
    const void *hva;
    enum outcome outcome = mmu_translate(hart, pc, ACCESS_FETCH, &address);

    if (outcome != DONE)
        return outcome;
    hva = memory_at(hart->vm->memory, gpa(address), sizeof(*parcel));
    if (!hva)
        return fault(hart, pc, ACCESS_FETCH, false);
    memcpy(parcel, hva, sizeof(*parcel));
    return DONE;
}

enum outcome mmu_fetch_insn(struct hart *hart, uint64_t pc, uint32_t *bits)
{
    uint16_t low = 0, high = 0;
    enum outcome outcome = fetch_parcel(hart, pc, &low);

    if (outcome == DONE && !riscv_is_compressed(low))
        outcome = fetch_parcel(hart, pc + 2, &high);
    if (outcome == DONE)
        *bits = (uint32_t)high << 16 | low;
    return outcome;
}

static void clear(struct tlb *tlb, uint64_t satp, uint64_t view)
{
    memset(tlb, 0xff, sizeof(*tlb)); /* each tag is NO_TAG */
    tlb->satp = satp;
    tlb->view = view;
}

/* Returns the view: U- or S-mode, SUM and MXR, which change what a page table entry allows. */
static uint64_t view_of(const struct hart *hart)
{
    if (hart->satp == 0)
        return 0;
    if (hart->mode == MODE_U)
        return 1 | (hart->sstatus & SSTATUS_MXR);
    return hart->sstatus & (SSTATUS_SUM | SSTATUS_MXR);
}

void mmu_select(struct hart *hart)
{
    uint64_t view = view_of(hart);
    struct tlb *unused = NULL;

    for (hart->tlb = hart->tlbs; hart->tlb < hart->tlbs + TLB_COUNT; hart->tlb++) {
        if (hart->tlb->satp == hart->satp && hart->tlb->view == view)
            return;
        if (hart->tlb->view == NO_VIEW)
            unused = hart->tlb;
    }
    hart->tlb = unused ? unused : &hart->tlbs[hart->next_tlb++ % TLB_COUNT];
    clear(hart->tlb, hart->satp, view);
}

void mmu_flush(struct hart *hart, uint64_t asid)
{
    for (unsigned i = 0; i < TLB_COUNT; i++)
        if (asid == ASID_ANY ||
            ((asid ^ hart->tlbs[i].satp >> SATP_ASID_SHIFT) & SATP_ASID_MASK) == 0)
            hart->tlbs[i].view = NO_VIEW;
    mmu_select(hart);
}

void mmu_discard_code(struct soft_vm *vm, gpa_t start, uint64_t length)
{
    uint64_t part;

    for (uint64_t at = start.value, end = at + length; at < end; at += part) {
        part = PAGE_SIZE - (at & (PAGE_SIZE - 1));
        part = part < end - at ? part : end - at;
        discard_in_page(vm, at, part);
    }
}

void mmu_discard_offset(struct soft_vm *vm, uint64_t offset)
{
    const struct memory *memory = vm->memory;

    for (uint64_t at = 0; at < memory->size && vm->code_count > 0; at += PAGE_SIZE)
        discard_in_page(vm, memory->base.value + at + offset, 2);
}

/* Flushes the data translations of [start, start + size). */
static void flush_range(struct tlb *tlb, uint64_t start, uint64_t size)
{
    for (unsigned type = ACCESS_READ; type <= ACCESS_WRITE; type++)
        for (unsigned i = 0; i < TLB_SIZE; i++)
            if (tlb->data[type][i].tag - start < size)
                tlb->data[type][i].tag = NO_TAG;
}

void mmu_flush_pages(struct soft_vm *vm, uint64_t gva, uint64_t length)
{
    const uint64_t start = PAGE_OF(gva);

    for (unsigned i = 0; i < vm->hart_count; i++)
        for (unsigned j = 0; j < TLB_COUNT; j++)
            flush_range(&vm->harts[i].tlbs[j], start, gva - start + length);
}

void mmu_discard_all_code(struct soft_vm *vm)
{
    if (vm->translator)
        translator_flush(vm);
    for (uint64_t i = 0; i < vm->memory->size >> PAGE_SHIFT; i++) {
        free(vm->code[i]);
        vm->code[i] = NULL;
    }
    vm->code_count = 0;
    for (unsigned i = 0; i < vm->hart_count; i++)
        mmu_flush(&vm->harts[i], ASID_ANY);
}

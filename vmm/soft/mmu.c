/*
 * Address translation: Sv39 (privileged spec, 4.3 and 4.4) behind a software TLB, and the
 * pages of decoded code.
 */
#include "hart.h"

#include <stdlib.h>
#include <string.h>

#define PTE_V        (1ull << 0)
#define PTE_R        (1ull << 1)
#define PTE_W        (1ull << 2)
#define PTE_X        (1ull << 3)
#define PTE_U        (1ull << 4)
#define PTE_A        (1ull << 6)
#define PTE_D        (1ull << 7)
#define PTE_RESERVED (0x3ffull << 54) /* of extensions that are not here */

#define LEVELS 3

#define PAGE_OF(address) ((address) & ~(uint64_t)(PAGE_SIZE - 1))

/* Takes the page fault or access fault that fits the access. */
static enum outcome fault(struct hart *hart, uint64_t gva, enum access_type type, bool page_fault)
{
    static const uint64_t access_faults[] = {TRAP_LOAD_ACCESS, TRAP_STORE_ACCESS,
                                             TRAP_FETCH_ACCESS};
    static const uint64_t page_faults[] = {TRAP_LOAD_PAGE, TRAP_STORE_PAGE, TRAP_FETCH_PAGE};

    hart_trap(hart, page_fault ? page_faults[type] : access_faults[type], gva);
    return TRAPPED;
}

/* Steps 5 to 8 of 4.3.2: whether a leaf allows the access. */
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

/* The algorithm of 4.3.2. A and D are set by "hardware", as KVM's guests find it. */
static enum outcome walk(struct hart *hart, uint64_t gva, enum access_type type, uint64_t *gpa_out)
{
    uint64_t table = (hart->satp & ((1ull << 44) - 1)) << PAGE_SHIFT, pte, span;

    if ((int64_t)(gva << 25) >> 25 != (int64_t)gva)
        return fault(hart, gva, type, true);
    for (unsigned level = LEVELS; level-- > 0; table = (pte >> 10) << PAGE_SHIFT) {
        unsigned shift = PAGE_SHIFT + 9 * level;
        uint8_t *place = memory_at(hart->memory, gpa(table + (gva >> shift & 511) * 8), 8);

        if (!place)
            return fault(hart, gva, type, false);
        memcpy(&pte, place, sizeof(pte));
        if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & PTE_RESERVED)
            break;
        if (!(pte & (PTE_R | PTE_X))) { /* a pointer to the next level */
            if (pte & (PTE_A | PTE_D | PTE_U))
                break;
            continue;
        }
        span = 1ull << shift;
        if (!leaf_allows(hart, pte, type) || (pte >> 10 << PAGE_SHIFT) & (span - 1))
            break; /* not allowed, or a superpage that is not aligned */
        pte |= PTE_A | (type == ACCESS_WRITE ? PTE_D : 0);
        memcpy(place, &pte, sizeof(pte));
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

static struct code_page **code_at(const struct hart *hart, uint64_t gpa_value)
{
    return &hart->code[(gpa_value - hart->memory->base.value) >> PAGE_SHIFT];
}

/* Makes the place of [gpa, gpa + size) in decoded code be decoded anew. */
static void forget_stored(const struct hart *hart, uint64_t gpa_value, unsigned size)
{
    struct code_page *code = *code_at(hart, gpa_value);
    uint64_t offset = gpa_value & (PAGE_SIZE - 1);

    if (!code)
        return;
    /* An instruction of four bytes may begin two bytes before. The operands stay: this
     * may be the very instruction that is being executed. */
    for (uint64_t at = offset < 2 ? 0 : offset - 2; at < offset + size; at += 2)
        code->insns[at / 2].handler = hart->handlers[OP_undecoded];
}

/* Enters a translation into the TLB, unless each write has to be seen: into code. */
static void remember(struct hart *hart, uint64_t gva, enum access_type type, uint64_t gpa_value,
                     const void *hva)
{
    struct tlb_entry *entry = &hart->tlb[hart->mode].data[type][gva >> PAGE_SHIFT & (TLB_SIZE - 1)];

    if (type == ACCESS_WRITE && *code_at(hart, gpa_value))
        return;
    entry->tag = PAGE_OF(gva);
    entry->addend = (uintptr_t)hva - gva;
}

/* Where an access of one page goes; NULL with the outcome. */
static void *locate(struct hart *hart, uint64_t gva, unsigned size, enum access_type type,
                    enum outcome *outcome)
{
    uint64_t place;
    void *hva;

    *outcome = mmu_translate(hart, gva, type, &place);
    if (*outcome != DONE)
        return NULL;
    hva = memory_at(hart->memory, gpa(place), size);
    if (!hva) {
        hart->access_gpa = place;
        hart->access_size = (uint8_t)size;
        hart->access_write = type == ACCESS_WRITE;
        *outcome = NO_RAM;
        return NULL;
    }
    if (type == ACCESS_WRITE)
        forget_stored(hart, place, size);
    remember(hart, gva, type, place, hva);
    return hva;
}

/* Bytes of an access that lie in its first page. */
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

/* Both pages are looked up before either is written: a trap leaves nothing half done. */
enum outcome mmu_store(struct hart *hart, uint64_t gva, unsigned size, uint64_t value)
{
    unsigned first = first_part(gva, size);
    enum outcome outcome;
    void *low;

    hart->access_value = value;
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
    return locate(hart, gva, size, write ? ACCESS_WRITE : ACCESS_READ, outcome);
}

/* A page of code, nothing of it decoded yet. Its writes are no longer in the TLB. */
static struct code_page *new_code_page(struct hart *hart)
{
    struct code_page *code = aligned_alloc(16, sizeof(*code));

    if (!code)
        return NULL;
    for (unsigned i = 0; i < INSNS_PER_PAGE; i++)
        code->insns[i] = (struct insn){.handler = hart->handlers[OP_undecoded]};
    for (unsigned i = INSNS_PER_PAGE; i < INSNS_PER_PAGE + 2; i++)
        code->insns[i] = (struct insn){.handler = hart->handlers[OP_page_end]};
    for (unsigned mode = 0; mode < 2; mode++)
        for (unsigned i = 0; i < TLB_SIZE; i++)
            hart->tlb[mode].data[ACCESS_WRITE][i].tag = NO_TAG;
    return code;
}

enum outcome mmu_fetch_page(struct hart *hart, uint64_t pc, struct code_page **page)
{
    struct fetch_entry *entry = &hart->tlb[hart->mode].fetch[pc >> PAGE_SHIFT & (TLB_SIZE - 1)];
    struct code_page **code;
    uint64_t place;
    enum outcome outcome = mmu_translate(hart, pc, ACCESS_FETCH, &place);

    if (outcome != DONE)
        return outcome;
    if (!memory_at(hart->memory, gpa(PAGE_OF(place)), PAGE_SIZE))
        return fault(hart, pc, ACCESS_FETCH, false);
    code = code_at(hart, place);
    if (!*code)
        *code = new_code_page(hart);
    if (!*code) /* the host has no memory left */
        return fault(hart, pc, ACCESS_FETCH, false);
    *entry = (struct fetch_entry){PAGE_OF(pc), *code};
    *page = *code;
    return DONE;
}

enum outcome mmu_fetch_parcel(struct hart *hart, uint64_t pc, uint16_t *parcel)
{
    uint64_t place;
    const void *hva;
    enum outcome outcome = mmu_translate(hart, pc, ACCESS_FETCH, &place);

    if (outcome != DONE)
        return outcome;
    hva = memory_at(hart->memory, gpa(place), sizeof(*parcel));
    if (!hva)
        return fault(hart, pc, ACCESS_FETCH, false);
    memcpy(parcel, hva, sizeof(*parcel));
    return DONE;
}

void mmu_flush(struct hart *hart)
{
    for (unsigned mode = 0; mode < 2; mode++) {
        struct tlb *tlb = &hart->tlb[mode];

        for (unsigned i = 0; i < TLB_SIZE; i++) {
            tlb->data[ACCESS_READ][i].tag = NO_TAG;
            tlb->data[ACCESS_WRITE][i].tag = NO_TAG;
            tlb->fetch[i].tag = NO_TAG;
        }
    }
}

void mmu_forget_code(struct hart *hart)
{
    for (uint64_t i = 0; i < hart->memory->size >> PAGE_SHIFT; i++) {
        free(hart->code[i]);
        hart->code[i] = NULL;
    }
    mmu_flush(hart);
}

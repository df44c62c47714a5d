/* SPDX-License-Identifier: MIT */
/* Keeps translated code: finds it, links it, and discards it when the guest's code changes. */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#define NEVER_HOT UINT8_MAX /* visits: it is not worth translating */

#define PAGE_OF(address) ((address) & ~(uint64_t)(PAGE_SIZE - 1))

void code_write(const struct translator *translator, uint32_t at, uint32_t value)
{
    memcpy(translator->code.write + at, &value, sizeof(value));
}

/* Lets a jump lead to a place in the code. */
static void lead(const struct translator *translator, const struct jump *jump, uint32_t to)
{
    code_write(translator, jump->distance, to - (jump->distance + 4));
}

static void make_cold(const struct translator *translator, struct translated_page *page)
{
    for (unsigned i = 0; i < INSNS_PER_PAGE; i++)
        page->entries[i] = translator->cold;
    memset(page->covered, 0, sizeof(page->covered));
}

const char *translator_create(struct soft_vm *vm)
{
    struct translator *translator = calloc(1, sizeof(*translator));

    if (!translator)
        return "out of memory";
    vm->translator = translator;
    vm->slow = &translated_slow_paths;
    translator->pages = aligned_alloc(64, TRANSLATED_PAGES * sizeof(translator->pages[0]));
    translator->jumps = malloc(JUMPS_MAX * sizeof(translator->jumps[0]));
    if (!translator->pages || !translator->jumps ||
        !host_map_code(&translator->code, TRANSLATED_BYTES)) {
        translator_free(vm);
        return "this system gives no memory for code that is made at run time";
    }
    block_begin(translator);
    translator->page_count = translator->jump_count = 1;
    translator->used = translator->begin;
    make_cold(translator, translator->pages);
    return NULL;
}

void translator_free(struct soft_vm *vm)
{
    struct translator *translator = vm->translator;

    vm->translator = NULL;
    if (!translator)
        return;
    host_unmap_code(&translator->code, TRANSLATED_BYTES);
    free(translator->pages);
    free(translator->jumps);
    free(translator);
}

struct translated_page *translator_page(const struct soft_vm *vm, const struct code_page *code,
                                        uint64_t gva)
{
    struct translated_page *page = code->translated;

    while (page && page->gva != PAGE_OF(gva))
        page = page->next;
    return page ? page : vm->translator->pages;
}

/* Discards all, also in the fetch TLBs. */
void translator_flush(struct soft_vm *vm)
{
    struct translator *translator = vm->translator;

    for (unsigned i = 1; i < translator->page_count; i++)
        translator->pages[i].code->translated = NULL;
    translator->page_count = translator->jump_count = 1;
    translator->used = translator->begin;
    for (unsigned i = 0; i < vm->hart_count; i++) {
        vm->harts[i].exit_site = 0;
        for (unsigned j = 0; j < TLB_COUNT; j++)
            for (unsigned k = 0; k < TLB_SIZE; k++)
                if (vm->harts[i].tlbs[j].fetch[k].tag != NO_TAG)
                    vm->harts[i].tlbs[j].fetch[k].translated = translator->pages;
    }
}

static bool is_covered(const struct translated_page *page, uint64_t offset, uint64_t size)
{
    for (uint64_t i = offset / 2; i <= (offset + size - 1) / 2; i++)
        if (page->covered[i / 64] >> i % 64 & 1)
            return true;
    return false;
}

void translator_discard(struct soft_vm *vm, struct code_page *code, uint64_t offset, uint64_t size)
{
    struct translator *translator = vm->translator;
    bool found = false;

    for (struct translated_page *page = code->translated; page; page = page->next) {
        if (!is_covered(page, offset, size))
            continue;
        found = true;
        make_cold(translator, page);
        for (uint32_t i = page->links; i; i = translator->jumps[i].next) {
            lead(translator, &translator->jumps[i], translator->jumps[i].way_out);
            translator->jumps[i].linked = false;
        }
        page->links = 0;
    }
    if (!found)
        return;
    vm->code_changed = true;
    for (unsigned i = 0; i < INSNS_PER_PAGE; i++)
        code->insns[i].visits = 0;
}

static bool has_room(const struct translator *translator)
{
    return translator->used + BLOCK_BYTES <= TRANSLATED_BYTES &&
           translator->page_count < TRANSLATED_PAGES &&
           translator->jump_count + BLOCK_INSNS + 1 <= JUMPS_MAX;
}

static struct translated_page *new_page(struct soft_vm *vm, struct code_page *code, uint64_t gva)
{
    struct translator *translator = vm->translator;
    struct translated_page *page = &translator->pages[translator->page_count++];

    make_cold(translator, page);
    page->gva = PAGE_OF(gva);
    page->code = code;
    page->next = code->translated;
    page->links = 0;
    code->translated = page;
    return page;
}

/* Lets the jump by which the hart has left the code lead to an entry from now on. */
static void link_jump(const struct translator *translator, uint32_t number, uint64_t pc,
                      struct translated_page *page, translated_code entry)
{
    struct jump *jump = &translator->jumps[number];

    if (jump->target != pc || (!jump->page && jump->from != page))
        return;
    if (jump->page) {
        if (jump->linked) /* to the same address in another page of RAM */
            return;
        jump->linked = true;
        code_write(translator, jump->page, (uint32_t)(uintptr_t)page);
        jump->next = page->links;
        page->links = number;
    }
    lead(translator, jump, (uint32_t)((uintptr_t)entry - (uintptr_t)translator->code.run));
}

/* Translates the block at hart->pc. Returns NULL if it is not worth it. */
static translated_code translate(struct soft_vm *vm, struct fetch_entry *fetch, uint64_t pc)
{
    if (!has_room(vm->translator))
        translator_flush(vm);
    if (fetch->translated == vm->translator->pages)
        fetch->translated = new_page(vm, fetch->code, pc);
    return block_translate(vm, fetch->translated, (unsigned)(pc & (PAGE_SIZE - 1)));
}

/* Returns the code at pc, which is in the fetch TLB; NULL: the interpreter has to execute it. */
static translated_code find(struct hart *hart, struct fetch_entry *fetch, uint64_t pc)
{
    const struct translator *translator = hart->vm->translator;
    const unsigned index = (unsigned)(pc & (PAGE_SIZE - 1)) / 2;
    struct insn *insn = &fetch->code->insns[index];
    translated_code entry;

    if (fetch->translated == translator->pages)
        fetch->translated = translator_page(hart->vm, fetch->code, pc);
    entry = fetch->translated->entries[index];
    if (entry != translator->cold)
        return entry;
    if (insn->visits < HOT) {
        insn->visits++;
        return NULL;
    }
    if (insn->visits == NEVER_HOT)
        return NULL;
    entry = translate(hart->vm, fetch, pc);
    if (!entry)
        insn->visits = NEVER_HOT;
    return entry;
}

enum leave translator_run(struct hart *hart)
{
    const uint64_t pc = hart->pc & ~UINT64_C(1);
    struct fetch_entry *fetch = &hart->tlb->fetch[pc >> PAGE_SHIFT & (TLB_SIZE - 1)];
    translated_code entry = find(hart, fetch, pc);

    if (hart->exit_site && entry)
        link_jump(hart->vm->translator, hart->exit_site, pc, fetch->translated, entry);
    hart->exit_site = 0;
    if (!entry)
        return LEAVE_COLD;
    hart->vm->code_changed = false;
    return entry(hart, hart->tlb, 0, 0, 0, (int64_t)(hart->limit - hart->steps));
}

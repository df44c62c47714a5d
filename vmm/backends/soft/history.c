/* SPDX-License-Identifier: MIT */
/*
 * Snapshots. A snapshot holds a copy of the harts' state, and of each page of RAM that is written
 * after it the bytes from before the first write. A store needs a TLB entry (mmu.c). Saving a
 * snapshot flushes all TLBs, so the first store to each page takes the slow path, which copies it.
 * To go back by a snapshot, the copies and the pages are swapped: then the copies lead ahead.
 */
#include "hart.h"

#include "core/vm.h"

#include <stdlib.h>
#include <string.h>

#define HART_STATE (offsetof(struct hart, single_step) - offsetof(struct hart, x))

struct snapshot {
    struct snapshot *older;
    uint64_t steps_of_others, time_skipped, snapshot_point;
    unsigned running;
    struct page_copy {
        uint64_t number; /* of the page in RAM */
        uint8_t *bytes;
    } * pages;
    size_t page_count, page_room;
    bool lost; /* the host was out of memory: a page is missing */
    uint8_t harts[];
};

struct history {
    struct snapshot *latest;
    uint8_t kept[]; /* a bit for each page of RAM: the latest snapshot has a copy */
};

static uint64_t page_count(const struct soft_vm *vm)
{
    return vm->memory->size >> PAGE_SHIFT;
}

static bool is_kept(const struct history *history, uint64_t page)
{
    return history->kept[page / 8] >> page % 8 & 1;
}

static void set_kept(struct history *history, uint64_t page)
{
    history->kept[page / 8] |= (uint8_t)(1u << page % 8);
}

/* Adds a copy of a page, and owns it from then on. Returns false without memory. */
static bool add_page(struct snapshot *snapshot, uint64_t page, uint8_t *bytes)
{
    if (snapshot->page_count == snapshot->page_room) {
        size_t room = snapshot->page_room ? 2 * snapshot->page_room : 64;
        struct page_copy *pages = realloc(snapshot->pages, room * sizeof(*pages));

        if (!pages)
            return false;
        snapshot->pages = pages;
        snapshot->page_room = room;
    }
    snapshot->pages[snapshot->page_count++] = (struct page_copy){page, bytes};
    return true;
}

void history_keep_page(struct soft_vm *vm, const void *hva)
{
    struct history *history = vm->history;
    uint64_t page = (uint64_t)((const uint8_t *)hva - vm->memory->hva) >> PAGE_SHIFT;
    uint8_t *bytes;

    if (is_kept(history, page))
        return;
    set_kept(history, page);
    bytes = malloc(PAGE_SIZE);
    if (bytes)
        memcpy(bytes, vm->memory->hva + (page << PAGE_SHIFT), PAGE_SIZE);
    if (!bytes || !add_page(history->latest, page, bytes)) {
        free(bytes);
        history->latest->lost = true;
    }
}

void history_will_write(struct vm *vm, gpa_t start, uint64_t length)
{
    struct soft_vm *soft = vm->state;
    const uint8_t *hva = memory_at(&vm->memory, start, length);

    mmu_discard_code(soft, start, length);
    if (!soft->history)
        return;
    for (uint64_t at = 0; at < length; at += PAGE_SIZE)
        history_keep_page(soft, hva + at);
    history_keep_page(soft, hva + length - 1);
}

static void copy_harts(struct soft_vm *soft, uint8_t *bytes, bool save)
{
    for (unsigned i = 0; i < soft->hart_count; i++, bytes += HART_STATE) {
        uint8_t *state = (uint8_t *)soft->harts[i].x;

        memcpy(save ? bytes : state, save ? state : bytes, HART_STATE);
    }
}

static void flush_all(struct soft_vm *soft)
{
    for (unsigned i = 0; i < soft->hart_count; i++)
        mmu_flush(&soft->harts[i], ASID_ANY);
}

static struct snapshot *save(struct vm *vm)
{
    struct soft_vm *soft = vm->state;
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot) + soft->hart_count * HART_STATE);

    if (snapshot && !soft->history)
        soft->history = calloc(1, sizeof(*soft->history) + page_count(soft) / 8 + 1);
    if (!snapshot || !soft->history) {
        free(snapshot);
        return NULL;
    }
    snapshot->older = soft->history->latest;
    snapshot->steps_of_others = soft->steps_of_others;
    snapshot->time_skipped = soft->time_skipped;
    snapshot->snapshot_point = soft->snapshot_point;
    snapshot->running = (unsigned)(soft->running - soft->harts);
    copy_harts(soft, snapshot->harts, true);
    soft->history->latest = snapshot;
    memset(soft->history->kept, 0, page_count(soft) / 8 + 1);
    flush_all(soft);
    return snapshot;
}

/* Brings the machine to the state in a snapshot, whose pages are in RAM already. */
static void load(struct vm *vm, struct snapshot *latest)
{
    struct soft_vm *soft = vm->state;

    soft->history->latest = latest;
    memset(soft->history->kept, 0, page_count(soft) / 8 + 1);
    soft->steps_of_others = latest->steps_of_others;
    soft->time_skipped = latest->time_skipped;
    soft->at_snapshot_point = false;
    soft->snapshot_point = latest->snapshot_point;
    soft->running = &soft->harts[latest->running];
    copy_harts(soft, latest->harts, false);
    for (unsigned i = 0; i < soft->hart_count; i++)
        breakpoints_forget(&soft->harts[i]);
    flush_all(soft);
}

static void free_pages(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->page_count; i++)
        free(snapshot->pages[i].bytes);
    free(snapshot->pages);
    snapshot->pages = NULL;
    snapshot->page_count = snapshot->page_room = 0;
}

static void free_snapshot(struct snapshot *snapshot)
{
    free_pages(snapshot);
    free(snapshot);
}

/* Swaps the copies of a snapshot with the pages in RAM. */
static void swap_pages(struct soft_vm *soft, struct snapshot *snapshot)
{
    uint8_t bytes[PAGE_SIZE];

    for (size_t i = 0; i < snapshot->page_count; i++) {
        struct page_copy *page = &snapshot->pages[i];
        uint64_t offset = page->number << PAGE_SHIFT;

        memcpy(bytes, soft->memory->hva + offset, PAGE_SIZE);
        memcpy(soft->memory->hva + offset, page->bytes, PAGE_SIZE);
        memcpy(page->bytes, bytes, PAGE_SIZE);
        mmu_discard_code(soft, gpa(soft->memory->base.value + offset), PAGE_SIZE);
    }
}

/* Moves the copies of one snapshot to another, which has none. */
static void move_pages(struct snapshot *to, struct snapshot *from)
{
    free_pages(to);
    to->pages = from->pages;
    to->page_count = from->page_count;
    to->page_room = from->page_room;
    from->pages = NULL;
    from->page_count = from->page_room = 0;
}

static bool restore(struct vm *vm, struct snapshot *latest)
{
    swap_pages(vm->state, latest);
    free_pages(latest);
    load(vm, latest);
    return !latest->lost;
}

static bool go_back(struct vm *vm, struct snapshot *latest)
{
    swap_pages(vm->state, latest->older);
    move_pages(latest, latest->older);
    load(vm, latest->older);
    return !latest->older->lost;
}

static void go_ahead(struct vm *vm, struct snapshot *ahead)
{
    const struct soft_vm *soft = vm->state;

    swap_pages(vm->state, ahead);
    ahead->older = soft->history->latest;
    move_pages(ahead->older, ahead);
    load(vm, ahead);
}

static void join(struct vm *vm, struct snapshot *ahead)
{
    struct soft_vm *soft = vm->state;

    free_pages(ahead);
    ahead->older = soft->history->latest;
    soft->history->latest = ahead;
    memset(soft->history->kept, 0, page_count(soft) / 8 + 1);
    flush_all(soft);
}

static void set_all_kept(struct history *history, const struct snapshot *snapshot)
{
    for (size_t i = 0; snapshot && i < snapshot->page_count; i++)
        set_kept(history, snapshot->pages[i].number);
}

/* Adds the pages of `newer` to `older`, which then undoes all writes since it was made. Of a page
 * that both have, it keeps its own copy, which is the earlier one. */
static void merge(struct vm *vm, struct snapshot *older, struct snapshot *newer)
{
    struct soft_vm *soft = vm->state;
    struct history *known = calloc(1, sizeof(*known) + page_count(soft) / 8 + 1);

    older->lost |= newer->lost || !known;
    if (known)
        set_all_kept(known, older);
    for (size_t i = 0; known && i < newer->page_count; i++) {
        struct page_copy *page = &newer->pages[i];

        if (is_kept(known, page->number))
            continue;
        if (!add_page(older, page->number, page->bytes))
            older->lost = true;
        else
            page->bytes = NULL;
    }
    free(known);
    for (struct snapshot **at = &soft->history->latest; *at; at = &(*at)->older)
        if (*at == newer) {
            *at = older;
            break;
        }
    if (soft->history->latest == older)
        set_all_kept(soft->history, older);
    free_snapshot(newer);
}

static uint64_t size(const struct snapshot *snapshot)
{
    return sizeof(*snapshot) + snapshot->page_count * (PAGE_SIZE + sizeof(struct page_copy));
}

void history_free(struct soft_vm *vm)
{
    while (vm->history && vm->history->latest) {
        struct snapshot *latest = vm->history->latest;

        vm->history->latest = latest->older;
        free_snapshot(latest);
    }
    free(vm->history);
}

const struct snapshot_ops soft_snapshots = {
    .save = save,
    .restore = restore,
    .go_back = go_back,
    .go_ahead = go_ahead,
    .join = join,
    .discard = free_snapshot,
    .merge = merge,
    .size = size,
};

/* SPDX-License-Identifier: MIT */
/*
 * Physical pages, and address spaces. Each space maps all RAM to itself for the kernel, so a page's
 * physical address is also the kernel's pointer. The kernel never uses a user's address: space_at
 * walks the page tables as the CPU would for the process.
 */
#include "kernel.h"

#include "pte.h"

#include <errno.h>
#include <rt.h>
#include <string.h>

#define ENTRIES     512
#define GIB_LEVEL   2   /* the level of the tables whose entries map 1 GiB; 0 is the last level */
#define RAM_END_GIB 8ul /* RAM above this is not used */

/* The list of freed pages, each with the address of the next in its first bytes; and the pages that
 * were never used. */
static void *free_pages;
static uintptr_t fresh, fresh_end;
static size_t free_count;

void memory_start(void)
{
    fresh = ((uintptr_t)heap_start + PAGE_SIZE - 1) & -(uintptr_t)PAGE_SIZE;
    fresh_end = (uintptr_t)heap_end & -(uintptr_t)PAGE_SIZE;
    if (fresh_end > RAM_END_GIB << 30)
        fresh_end = RAM_END_GIB << 30;
    /* On x86 with more than 1 GiB, user addresses hide the RAM at the same addresses. */
    if (fresh < USER_BASE && fresh_end > USER_BASE)
        fresh_end = USER_BASE;
    free_count = (fresh_end - fresh) / PAGE_SIZE;
}

size_t memory_free(void)
{
    return free_count;
}

static void *page_alloc(void)
{
    void *page = free_pages;

    if (free_count == 0)
        return NULL;
    free_count--;
    if (page) {
        memcpy(&free_pages, page, sizeof(free_pages));
    } else {
        page = (void *)fresh;
        fresh += PAGE_SIZE;
    }
    return memset(page, 0, PAGE_SIZE);
}

static void page_free(void *page)
{
    memcpy(page, &free_pages, sizeof(free_pages));
    free_pages = page;
    free_count++;
}

static void *new_page(struct space *space)
{
    void *page = space->page_count < SPACE_PAGES ? page_alloc() : NULL;

    if (page)
        space->pages[space->page_count++] = page;
    return page;
}

static unsigned table_index(uintptr_t address, unsigned level)
{
    return address >> (12 + 9 * level) & (ENTRIES - 1);
}

/* Returns the entry for an address in the table of a level. Makes missing tables above it; returns
 * NULL without memory for them. */
static uint64_t *entry_at(struct space *space, uintptr_t address, unsigned level)
{
    uint64_t *table = space->root;

    for (unsigned l = PAGING_LEVELS - 1; l > level; l--) {
        uint64_t *entry = &table[table_index(address, l)];

        if (*entry == 0) {
            const void *page = new_page(space);

            if (!page)
                return NULL;
            *entry = pte_of_table(page);
        }
        table = pte_page(*entry);
    }
    return &table[table_index(address, level)];
}

bool space_init(struct space *space)
{
    const uint64_t *kernel = cpu_kernel_table();
    uint64_t *table;

    space->page_count = 0;
    space->root = new_page(space);
    table = space->root ? entry_at(space, 0, GIB_LEVEL) : NULL;
    if (!table) {
        space_free(space);
        return false;
    }
    for (unsigned i = 0; i < RAM_END_GIB; i++)
        if (i != table_index(USER_BASE, GIB_LEVEL))
            table[i] = kernel[i];
    return true;
}

void space_free(struct space *space)
{
    while (space->page_count > 0)
        page_free(space->pages[--space->page_count]);
}

bool space_share(struct space *space, uintptr_t address, const void *page, enum access access)
{
    uint64_t *entry = entry_at(space, address, 0);

    if (entry)
        *entry = pte_of_page(page, access);
    return entry;
}

void *space_add(struct space *space, uintptr_t address, enum access access)
{
    void *page = new_page(space);

    return page && space_share(space, address, page, access) ? page : NULL;
}

void *space_at(struct space *space, uintptr_t address, enum access access)
{
    const uint64_t *entry;
    char *page;

    if (address < USER_BASE || address >= USER_END)
        return NULL;
    entry = entry_at(space, address, 0);
    if (!entry)
        return NULL;
    if (*entry == 0 && address >= STACK_BASE && !(access & EXECUTE))
        page = space_add(space, address, READ | WRITE);
    else
        page = pte_allows(*entry, access) ? pte_page(*entry) : NULL;
    return page ? page + address % PAGE_SIZE : NULL;
}

/* Returns how many of the size bytes at address lie in its page. */
static size_t in_page(uintptr_t address, size_t size)
{
    size_t rest = PAGE_SIZE - address % PAGE_SIZE;

    return size < rest ? size : rest;
}

bool copy_out(struct space *space, uintptr_t to, const void *from, size_t size)
{
    for (size_t done = 0, n; done < size; done += n) {
        void *page = space_at(space, to + done, WRITE);

        if (!page)
            return false;
        n = in_page(to + done, size - done);
        memcpy(page, (const char *)from + done, n);
    }
    return true;
}

int copy_in_string(struct space *space, char *to, uintptr_t from, size_t size)
{
    for (size_t done = 0, n; done < size; done += n) {
        const char *page = space_at(space, from + done, READ);

        if (!page)
            return -EFAULT;
        n = in_page(from + done, size - done);
        memcpy(to + done, page, n);
        if (memchr(to + done, '\0', n))
            return 0;
    }
    return -E2BIG;
}

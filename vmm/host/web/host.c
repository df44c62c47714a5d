/* SPDX-License-Identifier: MIT */
/*
 * The host as a page has it: a clock, and memory that only grows. There are no threads, no signals
 * and no files. Nothing here waits: page/ takes the console, and leaves the run loop instead.
 */
#include "core/platform.h"
#include "core/status.h"

#include <string.h>

#define WASM_PAGE 65536

/* The page's clock, in ms. */
__attribute__((import_module("page"), import_name("now"))) double page_now(void);

uint64_t host_now(void)
{
    return (uint64_t)(page_now() * 1e6);
}

/* Runs are in virtual time: they ask neither for the date nor for randomness. */
uint64_t host_wall_clock(void)
{
    return host_now();
}

uint64_t host_random(void)
{
    return host_now();
}

int host_set_alarm(uint64_t when_ns)
{
    (void)when_ns;
    return 0;
}

void host_set_kick_flag(volatile uint8_t *flag)
{
    (void)flag;
}

int host_thread_start(void (*run)(void *), void *argument)
{
    (void)run, (void)argument;
    return fail(STATUS_HOST, "a page has no threads");
}

void host_threads_join(void)
{
}

struct host_thread *host_thread_self(void)
{
    return NULL;
}

void host_kick(const struct host_thread *thread)
{
    (void)thread;
}

void host_lock(void)
{
}

void host_unlock(void)
{
}

void host_wait(uint64_t until_ns, bool input)
{
    (void)until_ns, (void)input;
}

int host_stop_signal(void)
{
    return 0;
}

void host_set_end(uint64_t end_ns)
{
    (void)end_ns;
}

unsigned host_input_state(void)
{
    return 0;
}

size_t host_input_read(void *buffer, size_t size)
{
    (void)buffer, (void)size;
    return 0;
}

void host_input_poll(void)
{
}

ptrdiff_t host_output_write(const void *buffer, size_t size)
{
    (void)buffer;
    return (ptrdiff_t)size;
}

int host_map_memory(struct memory *memory, const char *path)
{
    const size_t pages = (size_t)((memory->size + WASM_PAGE - 1) / WASM_PAGE);
    size_t old;

    if (path)
        return fail(STATUS_USAGE, "--memory-file: a page has no files");
    old = memory->size < SIZE_MAX / 2 ? __builtin_wasm_memory_grow(0, pages) : SIZE_MAX;
    if (old == SIZE_MAX)
        return fail(STATUS_HOST, "no memory for the guest's RAM: give it less");
    memory->hva = (uint8_t *)(old * WASM_PAGE);
    return 0;
}

/* WebAssembly gives no memory back: a page makes another instance for each run. */
void host_unmap_memory(struct memory *memory)
{
    memory->hva = NULL;
}

void host_clear_memory(const struct memory *memory, bool in_file)
{
    (void)in_file;
    memset(memory->hva, 0, (size_t)memory->size);
}

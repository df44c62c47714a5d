/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../../guest-rt/rt.h"
#include "mock.h"

static char heap[1 << 16] __attribute__((aligned(16)));
char *heap_start = heap + 1, *heap_end = heap + sizeof heap - 3; /* on purpose not aligned */

char mock_output[1 << 16];
size_t mock_output_len;
unsigned mock_writes, mock_reads;
const void *mock_last_write;
const char *const *mock_chunks;
bool mock_terminal, mock_broken;
uint64_t mock_ticks, mock_frequency = 1000000000;
int64_t mock_wall_clock;
jmp_buf mock_exit;
int mock_status;

void mock_console(const char *const *chunks)
{
    mock_output_len = mock_writes = mock_reads = 0;
    mock_chunks = chunks;
}

size_t console_write(const char *buf, size_t len)
{
    mock_writes++;
    mock_last_write = buf;
    assert_true(len > 0 && len < sizeof mock_output - mock_output_len);
    if (mock_broken)
        return 0;
    memcpy(mock_output + mock_output_len, buf, len);
    mock_output_len += len;
    return len;
}

size_t console_read(char *buf, size_t len)
{
    size_t chunk;

    mock_reads++;
    if (!mock_chunks || !*mock_chunks)
        return 0;
    chunk = strlen(*mock_chunks);
    assert_true(chunk <= len);
    memcpy(buf, *mock_chunks++, chunk);
    return chunk;
}

bool mock_irq = true;

bool console_is_terminal(void)
{
    return mock_terminal;
}

int64_t wall_clock_ns(void)
{
    return mock_wall_clock;
}

void vm_exit(int status)
{
    if (mock_status != -1)
        fail_msg("the VM ended, unexpectedly, with status %d: %.*s", status, (int)mock_output_len,
                 mock_output);
    mock_status = status;
    longjmp(mock_exit, 1);
}

void vm_abort(void)
{
    vm_exit(134);
}

uint64_t time_ticks(void)
{
    return mock_ticks;
}

uint64_t time_frequency(void)
{
    return mock_frequency;
}

bool rt_lock(struct rt_lock *lock)
{
    (void)lock;
    return irq_disable();
}

void rt_unlock(struct rt_lock *lock, bool on)
{
    (void)lock;
    irq_restore(on);
}

struct nested *nested_innermost(void)
{
    return NULL;
}

bool nested_leave(struct nested *outer, bool *irq)
{
    (void)outer, (void)irq;
    return true;
}

bool irq_disable(void)
{
    bool on = mock_irq;

    mock_irq = false;
    return on;
}

void irq_restore(bool on)
{
    mock_irq = on;
}

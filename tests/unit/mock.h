/* SPDX-License-Identifier: MIT */
/*
 * The test's versions of the functions that the runtime's C library needs: the console, the end of
 * the VM, the heap and the clock. Names of the library under test begin with rt_.
 */
#ifndef UNIT_MOCK_H
#define UNIT_MOCK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"

extern __thread int rt_errno;

/* The console: what was written, in how many exits; what will be read, one chunk a call. */
extern char mock_output[1 << 16];
extern size_t mock_output_len;
extern unsigned mock_writes, mock_reads;
extern const void *mock_last_write;
extern const char *const *mock_chunks; /* up to a NULL */
extern bool mock_terminal, mock_broken;

/* The clock. */
extern uint64_t mock_ticks, mock_frequency;
extern int64_t mock_wall_clock;

/* Forgets what was written, and reads from chunks (NULL: the end) from now on. */
void mock_console(const char *const *chunks);

/* Checks what was written, and in how many exits, since mock_console or the last call. */
#define assert_console(text, writes)                                                               \
    do {                                                                                           \
        mock_output[mock_output_len] = '\0';                                                       \
        assert_string_equal(mock_output, text);                                                    \
        assert_int_equal(mock_writes, writes);                                                     \
        mock_output_len = mock_writes = 0;                                                         \
    } while (0)

/* Returns the status with which a statement ended the VM; -1 if it did not. */
extern jmp_buf mock_exit;
extern int mock_status;
#define EXIT_STATUS(statement)                                                                     \
    (mock_status = -1, setjmp(mock_exit) ? 0 : (statement, 0), mock_status)

/* Whether the mock's interrupts are on. */
extern bool mock_irq;

#endif

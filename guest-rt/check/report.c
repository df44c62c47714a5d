/* SPDX-License-Identifier: MIT */
/* Ends a guest with what a check found. */
#include "check.h"

#include "../arch.h"
#include "../rt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BREAKPOINT                                                                                 \
    3 /* the number of this trap on both machines: here the VMM shows the callers                  \
       */

/* The return address of each call, in order, and its line: made from the image by lines.sh. The
 * first of two links does not have it yet. */
extern const struct {
    uintptr_t pc;
    const char *line;
} check_lines[] __attribute__((weak));
extern const size_t check_line_count __attribute__((weak));

const char *check_line(uintptr_t pc)
{
    for (size_t i = 0; &check_line_count && i < check_line_count; i++)
        if (check_lines[i].pc == pc)
            return check_lines[i].line;
    return "?";
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

void check_report(struct site site, const char *file, unsigned line, const char *format, ...)
{
    static unsigned dying; /* the number of the hart that reports, + 1 */
    unsigned first = 0;
    va_list args;

    if (!__atomic_compare_exchange_n(&dying, &first, hart_id() + 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST))
        arch_stop();
    va_start(args, format);
    if (file)
        printf("\n*** check: %s:%u: ", base_name(file), line);
    else
        printf("\n*** check: %s: ", check_line(site.pc));
    vprintf(format, args);
    printf("\n");
    va_end(args);
    stdio_flush();
    sbi_trap_exit(LAB_CAUSE_ABORT, site.pc - 1, 0, site.frame, 0);
    vm_exit(134); /* the VMM is not Labvisor: end as abort does */
}

static volatile unsigned held;

bool check_lock(void)
{
    bool irq = irq_disable();

    while (__atomic_exchange_n(&held, 1, __ATOMIC_ACQUIRE))
        arch_relax();
    return irq;
}

void check_unlock(bool irq)
{
    __atomic_store_n(&held, 0, __ATOMIC_RELEASE);
    irq_restore(irq);
}

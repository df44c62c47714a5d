/* SPDX-License-Identifier: MIT */
/* The console: by the DBCN extension, or by the legacy calls if the firmware lacks DBCN. */
#include "arch.h"
#include "rt.h"

#include <call.h>

static size_t legacy_write(const char *buf, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (sbi_legacy_console_putchar((unsigned char)buf[i]) != SBI_SUCCESS)
            return i;
    return len;
}

size_t console_write(const char *buf, size_t len)
{
    size_t done = 0;

    while (done < len) {
        struct sbiret ret = sbi_console_write(len - done, (uintptr_t)(buf + done), 0);

        if (ret.error == SBI_ERR_NOT_SUPPORTED)
            return done + legacy_write(buf + done, len - done);
        if (ret.error != SBI_SUCCESS)
            break;
        done += (size_t)ret.value;
    }
    return done;
}

size_t console_read_now(char *buf, size_t len)
{
    struct sbiret ret = sbi_console_read(len, (uintptr_t)buf, 0);
    long ch;

    if (ret.error == SBI_SUCCESS)
        return (size_t)ret.value;
    ch = sbi_legacy_console_getchar();
    if (ch < 0)
        return 0;
    *buf = (char)ch;
    return 1;
}

size_t console_read(char *buf, size_t len)
{
    for (;;) {
        size_t got = console_read_now(buf, len);
        struct sbiret event;

        if (got > 0)
            return got;
        /* A timer that fires also ends the wait, so that its interrupt is handled at once. */
        event = sbi_wait(LAB_EVENT_INPUT | (arch_irq_enabled() ? LAB_EVENT_TIMER : 0));
        if (event.error == SBI_SUCCESS && event.value & LAB_EVENT_EOF)
            return 0;
    }
}

bool console_is_terminal(void)
{
    struct sbiret now = sbi_wait(0);

    return now.error == SBI_SUCCESS && now.value & LAB_EVENT_TTY;
}

/* SPDX-License-Identifier: MIT */
/* The DBCN extension (SBI 2.0, chapter 12) and the legacy console calls. */
#include "core/console.h"

#include "core/hypercall.h"

void handle_DBCN_console_write(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const void *buffer = hypercall_buffer(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    if (console_write(vcpu, buffer, args[0]))
        *ret = (struct sbiret){SBI_SUCCESS, (int64_t)args[0]};
}

void handle_DBCN_console_read(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    void *buffer = hypercall_buffer_for_write(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    *ret = (struct sbiret){SBI_SUCCESS, (int64_t)console_read(vcpu, buffer, args[0])};
}

void handle_DBCN_console_write_byte(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint8_t byte = (uint8_t)args[0];

    if (console_write(vcpu, &byte, 1))
        *ret = (struct sbiret){SBI_SUCCESS, 0};
}

void handle_LEGACY_console_putchar(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    handle_DBCN_console_write_byte(vcpu, args, ret);
}

/* Returns the byte in ret->error, or -1 (SBI 2.0, section 5.3). */
void handle_LEGACY_console_getchar(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint8_t byte;

    (void)args;
    ret->error = console_read(vcpu, &byte, 1) == 1 ? byte : -1;
}

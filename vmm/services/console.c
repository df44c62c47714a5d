/* The DBCN extension (SBI 2.0, chapter 12) and the legacy console calls. */
#include "console.h"

#include "core/hypercall.h"
#include "core/platform.h"
#include "replay/journal.h"
#include "watch/labels.h"

#include <errno.h>
#include <string.h>

bool console_put(struct vcpu *vcpu, const char *buffer, size_t size)
{
    struct vm *vm = vcpu->vm;

    while (size > 0) {
        uint64_t again = vm->output_shown - vm->output; /* bytes of a past that is repeated */
        ssize_t written = again == 0     ? host_output_write(buffer, size)
                          : again < size ? (ssize_t)again
                                         : (ssize_t)size;

        if (written >= 0) {
            vm->output += (size_t)written;
            if (vm->output > vm->output_shown)
                vm->output_shown = vm->output;
            buffer += written;
            size -= (size_t)written;
            continue;
        }
        if (written == -EINTR || written == -EPIPE)
            vcpu_check(vcpu);
        else
            vm_stop(vm, fail(STATUS_HOST, "stdout: %s: the guest's output is lost",
                             strerror((int)-written)));
        if (vm->stopped)
            return false;
    }
    return true;
}

bool console_write(struct vcpu *vcpu, const void *buffer, size_t size)
{
    const struct vm *vm = vcpu->vm;

    if (vm->stopped)
        return false;
    return vm->labels ? labels_write(vcpu, buffer, size) : console_put(vcpu, buffer, size);
}

void handle_DBCN_console_write(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const void *buffer = hypercall_buffer(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    if (console_write(vcpu, buffer, args[0]))
        *ret = (struct sbiret){SBI_SUCCESS, (long)args[0]};
}

void handle_DBCN_console_read(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    void *buffer = hypercall_buffer(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    *ret = (struct sbiret){SBI_SUCCESS, (long)journal_input_read(vcpu, buffer, args[0])};
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

/* SBI 2.0, section 5.3: the byte itself, or -1. */
void handle_LEGACY_console_getchar(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint8_t byte;

    (void)args;
    ret->error = journal_input_read(vcpu, &byte, 1) == 1 ? byte : -1;
}

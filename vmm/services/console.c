/* The DBCN extension (SBI 2.0, chapter 12) and the legacy console calls. */
#include "../hypercall.h"
#include "../platform.h"

#include <errno.h>
#include <string.h>

/* Writes guest output. A console that fails ends the guest: nobody would see the rest. */
static bool console_write(struct vm *vm, const void *buffer, size_t size)
{
    int error = host_output_write(buffer, size);

    if (error == EPIPE || error == EINTR)
        vm_stop(vm, STATUS_OK); /* main ends the process as the signal would have */
    else if (error)
        vm_stop(vm, fail(STATUS_HOST, "stdout: %s: the guest's output is lost", strerror(error)));
    return error == 0;
}

void handle_DBCN_console_write(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const void *buffer = hypercall_buffer(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    if (console_write(vcpu->vm, buffer, args[0]))
        *ret = (struct sbiret){SBI_SUCCESS, (long)args[0]};
}

void handle_DBCN_console_read(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    void *buffer = hypercall_buffer(vcpu, args);

    if (!buffer) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    *ret = (struct sbiret){SBI_SUCCESS, (long)host_input_read(buffer, args[0])};
}

void handle_DBCN_console_write_byte(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    uint8_t byte = (uint8_t)args[0];

    if (console_write(vcpu->vm, &byte, 1))
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

    (void)vcpu, (void)args;
    ret->error = host_input_read(&byte, 1) == 1 ? byte : -1;
}

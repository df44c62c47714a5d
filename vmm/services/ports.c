/* SPDX-License-Identifier: MIT */
#include "ports.h"

#include "core/console.h"
#include "core/devices.h"

#define CONSOLE_PORT 0xe9 /* isa-debugcon of QEMU and Bochs: a read returns its number */
#define EXIT_PORT    0xf4 /* the usual port of QEMU's isa-debug-exit */

static bool access_console(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    (void)self;
    if (access->write)
        console_write(vcpu, access->data, access->count);
    else
        access->value = CONSOLE_PORT;
    return true;
}

static bool access_exit(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    if (!access->write || access->address != self->base)
        return false;
    vm_stop(vcpu->vm, (int)(access->value & 0xff)); /* as exit(3) does */
    return true;
}

static const struct device console_port = {
    .kind = EXIT_PIO, .base = CONSOLE_PORT, .size = 1, .access = access_console};
static const struct device exit_port = {
    .kind = EXIT_PIO, .base = EXIT_PORT, .size = 4, .access = access_exit};

int ports_add(struct vm *vm)
{
    int status = devices_add(vm, &console_port);

    return status ? status : devices_add(vm, &exit_port);
}

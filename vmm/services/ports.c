#include "ports.h"

#include "console.h"

#define CONSOLE_PORT 0xe9 /* isa-debugcon of QEMU and Bochs: reading it gives its number */
#define EXIT_PORT    0xf4 /* where people put QEMU's isa-debug-exit */

bool ports_serve(struct vcpu *vcpu)
{
    struct access *access = &vcpu->exit.access;

    if (access->address == CONSOLE_PORT && access->size == 1) {
        if (access->write)
            console_write(vcpu, access->data, access->count);
        access->value = CONSOLE_PORT;
        return true;
    }
    if (access->address == EXIT_PORT && access->write) {
        vm_stop(vcpu->vm, (int)(access->value & 0xff)); /* as exit(3) does */
        return true;
    }
    return false;
}

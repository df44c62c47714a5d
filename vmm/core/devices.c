/* SPDX-License-Identifier: MIT */
#include "devices.h"

int devices_add(struct vm *vm, const struct device *device)
{
    if (vm->device_count == DEVICES_MAX)
        return fail(STATUS_HOST, "more than %d devices: raise DEVICES_MAX (core/vm.h)",
                    DEVICES_MAX);
    vm->devices[vm->device_count++] = device;
    return 0;
}

/* Returns whether a device has all the addresses of an access. */
static bool has(const struct device *device, const struct access *access)
{
    return device->size >= access->size &&
           access->address - device->base <= device->size - access->size;
}

bool devices_access(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    struct access *access = &vcpu->exit.access;

    for (unsigned i = 0; i < vm->device_count; i++) {
        const struct device *device = vm->devices[i];

        if (device->kind == vcpu->exit.kind && has(device, access))
            return device->access(device, vcpu, access);
    }
    return false;
}

bool devices_poll(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    bool waits = false;

    for (unsigned i = 0; i < vm->device_count; i++)
        if (vm->devices[i]->poll)
            waits |= vm->devices[i]->poll(vm->devices[i], vcpu);
    return waits;
}

/* Finds the device of an access. */
#include "devices.h"

/* Returns whether a device has all the addresses of an access. */
static bool has(const struct device *device, const struct access *access)
{
    return device->size >= access->size &&
           access->address - device->base <= device->size - access->size;
}

void devices_add(struct vm *vm, struct device *device)
{
    device->next = vm->devices;
    vm->devices = device;
}

bool devices_access(struct vcpu *vcpu)
{
    struct access *access = &vcpu->exit.access;

    for (struct device *device = vcpu->vm->devices; device; device = device->next)
        if (device->kind == vcpu->exit.kind && has(device, access))
            return device->access(device, vcpu, access);
    return false;
}

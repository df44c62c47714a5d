/* SPDX-License-Identifier: MIT */
/*
 * A device for tests, as a lab adds one: 64 bytes of memory, and a counter whose reading counts it
 * up, so that a load that is made twice, or not at all, is seen. The product has no such device.
 */
#include "core/devices.h"
#include "main/setup.h"

#include <string.h>

#define BASE    0xe0000000
#define COUNTER 64 /* 8 bytes */

static struct {
    uint8_t bytes[COUNTER];
    uint64_t count;
} state;

static bool access_device(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    uint64_t offset = access->address - self->base;

    (void)vcpu;
    if (offset == COUNTER && !access->write) {
        access->value = state.count++;
        return true;
    }
    if (offset + access->size > sizeof(state.bytes))
        return false;
    if (access->size < 8 && access->value >> (8 * access->size))
        return false; /* more bits than it has bytes */
    if (access->write)
        memcpy(state.bytes + offset, &access->value, access->size);
    else
        memcpy(&access->value, state.bytes + offset, access->size);
    return true;
}

static const struct device device = {
    .kind = EXIT_MMIO, .base = BASE, .size = COUNTER + 8, .access = access_device};
static struct state_area area = {&state, sizeof(state), NULL};

int lab_setup(struct vm *vm)
{
    vm_add_state(vm, &area);
    return devices_add(vm, &device);
}

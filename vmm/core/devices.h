/* SPDX-License-Identifier: MIT */
/*
 * Devices: what answers a guest's access to an I/O port or to an address without RAM. The machine
 * has few of its own; a lab adds others (lab_setup in main/setup.h).
 */
#ifndef CORE_DEVICES_H
#define CORE_DEVICES_H

#include "vm.h"

/* How a device is described to a guest that reads a device tree. */
struct device_node {
    const char *name, *compatible;
    uint32_t interrupt; /* its number at the interrupt controller; 0: it has none */
};

struct device {
    enum exit_kind kind; /* EXIT_PIO or EXIT_MMIO */
    uint64_t base, size; /* the ports or guest physical addresses that are its own */
    /*
     * Performs an access that lies in them: takes access->value, or, if access->write is false,
     * sets it. A load completes with it on every back end.
     * Returns false to refuse: then the guest ends, as if nothing were there.
     */
    bool (*access)(const struct device *self, struct vcpu *vcpu, struct access *access);
    void *context; /* the device's own */
    /* Takes in what has come for the device from the console. Called at points of a run that
     * repeat: so a repeated run can take in the same. Returns whether more can come that makes an
     * interrupt. NULL: nothing comes. */
    bool (*poll)(const struct device *self, struct vcpu *vcpu);
    const struct device_node *node; /* NULL: guests are not told of it */
};

/* Adds a device, which has to outlive the VM. Of two at one address the first one answers.
 * Returns 0, or a status after fail(): there are too many. */
int devices_add(struct vm *vm, const struct device *device);

/* Polls all devices. Returns whether one of them waits for input. */
bool devices_poll(struct vcpu *vcpu);

/* Performs the access of vcpu->exit. Returns false if no device answers. */
bool devices_access(struct vcpu *vcpu);

#endif

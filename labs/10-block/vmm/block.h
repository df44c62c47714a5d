/* SPDX-License-Identifier: MIT */
/* Lab 10: the device, for the machine that has it (machine.c). */
#ifndef BLOCK_DEVICE_H
#define BLOCK_DEVICE_H

#include "core/devices.h"
#include "core/vm.h"

extern const struct device block_device;
extern struct state_area block_area; /* its state: snapshots copy it, so that gdb can go back */

#endif

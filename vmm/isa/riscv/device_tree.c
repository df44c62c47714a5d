/* SPDX-License-Identifier: MIT */
#include "device_tree.h"

#include "core/devices.h"
#include "fdt.h"
#include "riscv64/machine.h"

#include <string.h>

const char *const riscv_transports[] = {"ecall", NULL};

/* Joins the guest's arguments by spaces, for /chosen/bootargs. */
static void join_args(const struct vm *vm, char *line)
{
    size_t first = strlen(vm->args) + 1; /* after the image's name */

    memcpy(line, vm->args + first, vm->args_size - first);
    for (size_t i = 0; i + 1 < vm->args_size - first; i++)
        if (line[i] == '\0')
            line[i] = ' ';
    line[vm->args_size - first] = '\0';
}

gpa_t riscv_device_tree_end(const struct vm *vm)
{
    return gpa(vm->memory.base.value + FDT_MAX_SIZE);
}

/* Collects the devices that belong into the tree. Returns how many. */
static unsigned find_devices(const struct vm *vm, struct machine_device *found)
{
    unsigned count = 0;

    for (unsigned i = 0; i < vm->device_count; i++) {
        const struct device *device = vm->devices[i];

        if (device->node)
            found[count++] = (struct machine_device){
                .name = device->node->name,
                .compatible = device->node->compatible,
                .base = device->base,
                .size = device->size,
                .interrupt = device->node->interrupt,
            };
    }
    return count;
}

int riscv_write_device_tree(struct vm *vm, const struct riscv_tree *tree)
{
    char bootargs[LAB_ARGS_MAX + 1];
    struct machine_device devices[DEVICES_MAX];
    const struct machine machine = {
        .ram_base = vm->memory.base.value,
        .ram_size = vm->memory.size,
        .harts = vm->vcpu_count,
        .timebase = tree->timebase,
        .isa = tree->isa,
        .bootargs = bootargs,
        .initrd_start = tree->initrd_start.value,
        .initrd_end = tree->initrd_start.value + tree->initrd_size,
        .devices = devices,
        .device_count = find_devices(vm, devices),
    };

    join_args(vm, bootargs);
    if (fdt_write(memory_at(&vm->memory, vm->memory.base, FDT_MAX_SIZE), &machine) == 0)
        return fail(STATUS_USAGE, "the guest's arguments do not fit into its device tree");
    return 0;
}

void riscv_describe(const struct vm *vm, uint64_t *registers)
{
    registers[0] = LAB_SIGNATURE;
    registers[1] = LAB_ABI_VERSION;
    registers[2] = vm->memory.size;
    registers[3] = vm->vcpu_count;
}

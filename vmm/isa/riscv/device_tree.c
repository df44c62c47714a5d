/* SPDX-License-Identifier: MIT */
#include "device_tree.h"

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

int riscv_write_device_tree(struct vm *vm, uint32_t timebase, const char *isa)
{
    char bootargs[LAB_ARGS_MAX + 1];
    const struct machine machine = {
        .ram_base = vm->memory.base.value,
        .ram_size = vm->memory.size,
        .harts = vm->vcpu_count,
        .timebase = timebase,
        .isa = isa,
        .bootargs = bootargs,
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

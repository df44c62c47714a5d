#include "boot.h"

#include "fdt.h"
#include "image/image.h"

#include <string.h>

const char *const riscv_transports[] = {"ecall", NULL};

/* The guest's arguments in one line, for /chosen/bootargs; LAB.get_args has them apart. */
static void join_args(const struct vm *vm, char *line)
{
    size_t first = strlen(vm->args) + 1; /* not the image's path */

    memcpy(line, vm->args + first, vm->args_size - first);
    for (size_t i = 0; i + 1 < vm->args_size - first; i++)
        if (line[i] == '\0')
            line[i] = ' ';
    line[vm->args_size - first] = '\0';
}

int riscv_load(struct vm *vm, const struct image *image, uint32_t timebase, const char *isa)
{
    gpa_t tree = vm->memory.base, end = gpa(tree.value + vm->memory.size);
    char bootargs[LAB_ARGS_MAX + 1];
    struct machine machine = {
        .ram_base = vm->memory.base.value,
        .ram_size = vm->memory.size,
        .harts = vm->vcpu_count,
        .timebase = timebase,
        .isa = isa,
        .bootargs = bootargs,
    };
    int status = image_load(image, &vm->memory, gpa(tree.value + FDT_MAX_SIZE), end);

    if (status)
        return status;
    join_args(vm, bootargs);
    if (fdt_write(memory_at(&vm->memory, tree, FDT_MAX_SIZE), &machine) == 0)
        return fail(STATUS_USAGE, "the guest's arguments do not fit into its device tree");
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "core/platform.h"

bool host_map_code(struct code_memory *memory, size_t size)
{
    (void)memory, (void)size;
    return false;
}

void host_unmap_code(struct code_memory *memory, size_t size)
{
    (void)memory, (void)size;
}

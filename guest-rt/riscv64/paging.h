/* Paging: an identity map of RAM in which each part has its own rights. */
#ifndef GUEST_RT_PAGING_H
#define GUEST_RT_PAGING_H

#include <stdint.h>

/* Maps RAM and turns paging on. The stack lies at the end of RAM. */
void paging_start(uintptr_t ram_start, uintptr_t ram_end);

/* vectors.S: the page below the stack, which is not mapped; 0 while paging is off. */
extern uintptr_t stack_guard;

#endif

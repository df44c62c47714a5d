/* A hart's registers and page walks, for people. */
#ifndef VMM_SOFT_SHOW_H
#define VMM_SOFT_SHOW_H

#include "hart.h"

#include <stdio.h>

void hart_show_registers(const struct hart *hart, FILE *out);
void hart_show_walk(const struct hart *hart, uint64_t gva, FILE *out);

/* As backend.h's trap_name. */
const char *hart_trap_name(uint64_t cause, bool *has_address);

#endif

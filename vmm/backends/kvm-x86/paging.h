/* SPDX-License-Identifier: MIT */
/* The page tables of each mode, for core/paging.c. */
#ifndef BACKENDS_KVM_X86_PAGING_H
#define BACKENDS_KVM_X86_PAGING_H

#include "core/paging.h"

/* Returns how a vCPU translates addresses if its registers have these values. */
struct paging x86_paging_of(uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer);

#endif

/* SPDX-License-Identifier: MIT */
/* Page tables: 4-level paging (Intel SDM vol. 3, 4.5), and the other kinds where a guest uses them.
 */
#ifndef BACKENDS_KVM_X86_PAGE_TABLES_H
#define BACKENDS_KVM_X86_PAGE_TABLES_H

#include "core/paging.h"
#include "core/vm.h"

#define PAGE_SIZE       0x1000ull
#define LARGE_PAGE_SIZE 0x200000ull
#define PAGING_LEVELS   4 /* 4: PML4, 3: page directory pointers, 2: directory, 1: table */

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE   (1ull << 1)
#define PTE_USER    (1ull << 2)
#define PTE_LARGE   (1ull << 7) /* levels 3 and 2: maps a page instead of a table */
#define PTE_NX      (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

#define TABLES_START 0x1000 /* the GPA of the PML4 that x86_build_tables makes */

/*
 * Maps a VM's RAM for an image that is already in it. Page 0 stays unmapped to catch NULL, and the
 * page below each stack to catch a stack that is too deep. Memory outside the image is data, which
 * cannot be executed.
 *
 * Returns 0, or a status after fail() if the segments break W^X or the tables do not fit.
 */
int x86_build_tables(struct vm *vm, const struct image *image);

/* backend.h's paging: how the vCPU translates addresses in the mode in which it is now. */
void x86_paging(struct vcpu *vcpu, struct paging *paging);

#endif

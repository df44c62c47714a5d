/* SPDX-License-Identifier: MIT */
/* Bits of the control registers and of EFER. */
#ifndef BACKENDS_KVM_X86_CONTROL_H
#define BACKENDS_KVM_X86_CONTROL_H

/* CR0, CR4, EFER: Intel SDM vol. 3, 2.5 and 2.2.1. */
#define CR0_PE         (1u << 0)
#define CR0_MP         (1u << 1)
#define CR0_ET         (1u << 4)
#define CR0_NE         (1u << 5)
#define CR0_WP         (1u << 16)
#define CR0_PG         (1u << 31)
#define CR4_PAE        (1u << 5)
#define CR4_PGE        (1u << 7)
#define CR4_OSFXSR     (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define EFER_SCE       (1u << 0)
#define EFER_LME       (1u << 8)
#define EFER_LMA       (1u << 10)
#define EFER_NXE       (1u << 11)

#endif

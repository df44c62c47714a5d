/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 machine as a guest finds it (README.md, "The x86-64 machine").
 * For C and for assembler.
 */
#ifndef ABI_X86_64_MACHINE_H
#define ABI_X86_64_MACHINE_H

/* The doorbell port, 'L': a 4-byte `out` to it is a hypercall. */
#define LAB_PORT 0x4C

/* The start of RAM. */
#define LAB_RAM_BASE 0

/* The address that guests are linked to. The VMM's page tables lie below it. */
#define LAB_LINK_BASE 0x100000

/* The address to which flat images are loaded, and where real mode enters them, as a boot sector;
 * and the end of the memory that real mode can address. */
#define LAB_FLAT_BASE 0x7c00
#define LAB_FLAT_END  0x100000

/* The stack of hart N is LAB_STACK_SIZE bytes that end N * LAB_STACK_STRIDE before the end of
 * RAM; the page below each is not mapped. */
#define LAB_STACK_SIZE   0x40000
#define LAB_STACK_STRIDE 0x41000

/* The largest number of harts. */
#define LAB_HARTS_MAX 32

/* The vectors of set_timer's interrupt and of send_ipi's. */
#define LAB_TIMER_VECTOR 0x20
#define LAB_IPI_VECTOR   0x21

/* CPUID leaves: 0x40000000 gives the highest leaf in eax and "LabvisorLabv" in
 * ebx, ecx, edx; the next one gives the ABI version in eax, and in ebx the transports that
 * the VMM supports, one or more of LAB_TRANSPORT_. */
#define LAB_CPUID_SIGNATURE   0x40000000
#define LAB_CPUID_ABI         0x40000001
#define LAB_CPUID_EBX         0x7662614C /* "Labv" */
#define LAB_CPUID_ECX         0x726F7369 /* "isor" */
#define LAB_CPUID_EDX         0x7662614C /* "Labv" */
#define LAB_TRANSPORT_PIO     0x1
#define LAB_TRANSPORT_VMCALL  0x2 /* by the instruction vmcall: Intel's CPUs */
#define LAB_TRANSPORT_VMMCALL 0x4 /* by the instruction vmmcall: AMD's */

/* The values of rax, rbx and rcx at a vmcall or vmmcall. With these KVM passes the call to user
 * space (api.rst 5, KVM_EXIT_HYPERCALL, KVM_HC_MAP_GPA_RANGE: one page at address 0). */
#define LAB_VMCALL_RAX 12
#define LAB_VMCALL_RBX 0
#define LAB_VMCALL_RCX 1

#endif

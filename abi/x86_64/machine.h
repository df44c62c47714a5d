/*
 * The x86-64 machine as a guest finds it (README.md, "The x86-64 machine").
 * For C and for assembler.
 */
#ifndef ABI_X86_64_MACHINE_H
#define ABI_X86_64_MACHINE_H

/* The doorbell: a 4-byte `out` to this port is a hypercall. 'L'. */
#define LAB_PORT 0x4C

/* Where RAM starts. */
#define LAB_RAM_BASE 0

/* Where guests are linked; the VMM's page tables lie below. */
#define LAB_LINK_BASE 0x100000

/* Where flat images are loaded and entered in real mode, as a boot sector is; and where the
 * memory ends that real mode reaches. */
#define LAB_FLAT_BASE 0x7c00
#define LAB_FLAT_END  0x100000

/* The stack of hart N is LAB_STACK_SIZE bytes that end N * LAB_STACK_STRIDE before the end of
 * RAM; the page below each is not mapped. */
#define LAB_STACK_SIZE   0x40000
#define LAB_STACK_STRIDE 0x41000

/* The most harts that a machine has. */
#define LAB_HARTS_MAX 32

/* The vectors on which set_timer's interrupt and that of send_ipi arrive. */
#define LAB_TIMER_VECTOR 0x20
#define LAB_IPI_VECTOR   0x21

/* CPUID leaves: 0x40000000 gives the highest leaf in eax and "LabvisorLabv" in
 * ebx, ecx, edx; the next one gives the ABI version in eax and in ebx the transports that are
 * served, one or more of LAB_TRANSPORT_. */
#define LAB_CPUID_SIGNATURE   0x40000000
#define LAB_CPUID_ABI         0x40000001
#define LAB_CPUID_EBX         0x7662614C /* "Labv" */
#define LAB_CPUID_ECX         0x726F7369 /* "isor" */
#define LAB_CPUID_EDX         0x7662614C /* "Labv" */
#define LAB_TRANSPORT_PIO     0x1
#define LAB_TRANSPORT_VMCALL  0x2 /* by the instruction vmcall: Intel's CPUs */
#define LAB_TRANSPORT_VMMCALL 0x4 /* by the instruction vmmcall: AMD's */

/* vmcall and vmmcall: what rax, rbx and rcx hold, so that KVM hands the call on (api.rst 5,
 * KVM_EXIT_HYPERCALL, KVM_HC_MAP_GPA_RANGE: one page at address 0). */
#define LAB_VMCALL_RAX 12
#define LAB_VMCALL_RBX 0
#define LAB_VMCALL_RCX 1

#endif

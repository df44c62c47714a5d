/* SPDX-License-Identifier: MIT */
/*
 * The CPUID leaves that the guest sees: a plain x86-64 CPU, the same on every host, so that a guest
 * that runs on one host runs on all. The hypervisor's leaves are those of abi/machines.md.
 */
#include "x86.h"

#include <cpuid.h>
#include <sys/ioctl.h>

/* CPUID.01H:EDX and CPUID.80000001H:EDX, Intel SDM vol. 2, CPUID. */
#define FPU     (1u << 0)
#define TSC     (1u << 4)
#define MSR     (1u << 5)
#define PAE     (1u << 6)
#define CX8     (1u << 8)
#define PGE     (1u << 13)
#define CMOV    (1u << 15)
#define PAT     (1u << 16)
#define MMX     (1u << 23)
#define FXSR    (1u << 24)
#define SSE     (1u << 25)
#define SSE2    (1u << 26)
#define SYSCALL (1u << 11)
#define NX      (1u << 20)
#define LM      (1u << 29)

#define CX16       (1u << 13) /* CPUID.01H:ECX */
#define HYPERVISOR (1u << 31) /* CPUID.01H:ECX: leaves from 0x40000000 on exist */
#define LAHF64     (1u << 0)  /* CPUID.80000001H:ECX */

#define HYGON_EBX 0x6f677948 /* "Hygo", CPUID.0H: a CPU that is compatible with AMD's */

#define BASE_FEATURES (FPU | TSC | MSR | PAE | CX8 | PGE | CMOV | PAT | MMX | FXSR | SSE | SSE2)

bool x86_has_vmmcall(void)
{
    unsigned eax, ebx = 0, ecx, edx;

    __cpuid(0, eax, ebx, ecx, edx);
    return ebx == signature_AMD_ebx || ebx == HYGON_EBX;
}

static uint32_t transports(unsigned transport)
{
    if (transport == TRANSPORT_PIO)
        return LAB_TRANSPORT_PIO;
    return x86_has_vmmcall() ? LAB_TRANSPORT_VMMCALL : LAB_TRANSPORT_VMCALL;
}

int x86_set_cpuid(int vcpu, unsigned transport)
{
    struct {
        struct kvm_cpuid2 header;
        struct kvm_cpuid_entry2 entries[8];
    } cpuid = {
        .entries =
            {
                {.function = 0, .eax = 1}, /* vendor: see below */
                {.function = 1, .eax = 0x600, .ecx = CX16 | HYPERVISOR, .edx = BASE_FEATURES},
                {.function = LAB_CPUID_SIGNATURE,
                 .eax = LAB_CPUID_ABI,
                 .ebx = LAB_CPUID_EBX,
                 .ecx = LAB_CPUID_ECX,
                 .edx = LAB_CPUID_EDX},
                {.function = LAB_CPUID_ABI, .eax = LAB_ABI_VERSION, .ebx = transports(transport)},
                {.function = 0x80000000, .eax = 0x80000008},
                {.function = 0x80000001, .ecx = LAHF64, .edx = SYSCALL | NX | LM},
                {.function = 0x80000008, .eax = 48 << 8 | 36}, /* virtual and physical bits */
            },
    };
    unsigned eax, ebx = 0, ecx = 0, edx = 0;

    /* The vendor is the host's, because guests tell by it whether they need vmcall or vmmcall. */
    __cpuid(0, eax, ebx, ecx, edx);
    cpuid.entries[0].ebx = ebx;
    cpuid.entries[0].ecx = ecx;
    cpuid.entries[0].edx = edx;
    cpuid.header.nent = 7;
    return ioctl(vcpu, KVM_SET_CPUID2, &cpuid);
}

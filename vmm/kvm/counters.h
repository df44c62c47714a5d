/* What the back ends of KVM share, on any architecture. */
#ifndef VMM_KVM_COUNTERS_H
#define VMM_KVM_COUNTERS_H

#include "../backend.h"

/*
 * What the kernel has counted for a vCPU, given by its file descriptor, as struct backend has it
 * for `counters`. Histograms, and what is no count but a state, are left out.
 * Returns NULL without KVM_CAP_BINARY_STATS_FD (Linux 5.14), or if it cannot be read.
 */
struct counter *kvm_counters(int vcpu);

#endif

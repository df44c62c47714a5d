/* SPDX-License-Identifier: MIT */
/* The back ends of a program for RISC-V, best first. */
#include "core/backend.h"

const struct backend *const backends[] = {&kvm_riscv_backend, &soft_backend, NULL};

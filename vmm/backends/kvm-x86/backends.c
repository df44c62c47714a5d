/* SPDX-License-Identifier: MIT */
/* The back ends of a program for x86-64, best first. */
#include "core/backend.h"

const struct backend *const backends[] = {&kvm_x86_backend, &soft_backend, NULL};

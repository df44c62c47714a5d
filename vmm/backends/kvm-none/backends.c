/* SPDX-License-Identifier: MIT */
/* The back ends of a program for a machine whose KVM it does not know. */
#include "core/backend.h"

const struct backend *const backends[] = {&soft_backend, NULL};

/* SPDX-License-Identifier: MIT */
#ifndef GUEST_RT_BOOT_H
#define GUEST_RT_BOOT_H

#include <stdint.h>

/* The ABI version in the registers of the guest's entry; 0 without LAB_SIGNATURE. */
extern uint32_t vmm_version;

#endif

/* SPDX-License-Identifier: MIT */
/* The device of tests/device/device.c. */
#include <stdint.h>

#define DEVICE         0xe0000000ul
#define DEVICE_COUNTER 64

/* Makes it accessible to this hart, by turning translation off. */
static inline volatile uint8_t *map_device(void)
{
    __asm__ volatile("csrw satp, zero; sfence.vma" ::: "memory");
    return (volatile uint8_t *)DEVICE;
}

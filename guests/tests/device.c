/* SPDX-License-Identifier: MIT */
/*
 * Loads from the device of tests/device, and stores to it; with -c, by several harts at once. With
 * the argument `unsigned`, no signed loads: KVM on RISC-V does not extend the sign (Linux 6.1,
 * arch/riscv/kvm/vcpu_insn.c). With `refused`, a store that ends the guest.
 */
#include <device.h> /* of the machine's own folder */
#include <guest.h>
#include <string.h>

#include "check.h"

#define LOADS 200

static volatile uint8_t *device;
static uint64_t sums[LAB_HARTS_MAX];

/* The counter has a value for each load: no hart sees one twice, or an older one after a newer. */
static void count(void *unused)
{
    uint64_t last = 0;

    (void)unused;
    device = map_device();
    for (unsigned i = 0; i < LOADS; i++) {
        uint64_t value = *(volatile uint64_t *)(device + DEVICE_COUNTER);

        CHECK(i == 0 || value > last);
        sums[hart_id()] += value;
        last = value;
    }
}

static void check_signs(void)
{
    CHECK_EQ(*(volatile int32_t *)device, (int32_t)0x85868788);
    CHECK_EQ(*(volatile int16_t *)device, (int16_t)0x8788);
    CHECK_EQ(*(volatile int8_t *)(device + 7), (int8_t)0x81);
}

static void check_widths(void)
{
    volatile uint64_t wide = 0xffffffffffffff01;

    *(volatile uint64_t *)device = 0x8182838485868788;
    CHECK_EQ(*(volatile uint64_t *)device, 0x8182838485868788);
    CHECK_EQ(*(volatile uint32_t *)device, 0x85868788);
    CHECK_EQ(*(volatile uint16_t *)device, 0x8788);
    CHECK_EQ(device[7], 0x81);
    device[8] = (uint8_t)wide; /* the register has other bits above */
    *(volatile uint16_t *)(device + 10) = 0x0203;
    *(volatile uint32_t *)(device + 12) = 0x04050607;
    CHECK_EQ(*(volatile uint64_t *)(device + 8), 0x0405060702030001);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    uint64_t n = (uint64_t)LOADS * hart_count(), sum = 0;

    device = map_device();
    if (strcmp(how, "refused") == 0)
        device[DEVICE_COUNTER] = (uint8_t)(argc + 0x1234 - 2); /* a store to what is read only */
    check_widths();
    if (strcmp(how, "unsigned") != 0)
        check_signs();
    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, count, NULL);
    count(NULL);
    for (unsigned i = 0; i < hart_count(); i++) {
        hart_join(i);
        sum += sums[i];
    }
    CHECK_EQ(sum, n * (n - 1) / 2);
    printf("%u harts: the device is right\n", hart_count());
    return 0;
}

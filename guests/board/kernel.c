/* SPDX-License-Identifier: MIT */
/*
 * A kernel without the runtime, for the devices of QEMU's board `virt`: it reads lines from the
 * serial port, keeps each in one of two sectors of the disk, and shows what the disk has. It runs
 * on soft, and unchanged under OpenSBI on QEMU. The only call that it makes is SBI's, to switch
 * off.
 *
 * It handles interrupts without traps: wfi returns when one is pending that sie enables, and the
 * interrupt controller tells which device it is from.
 */
#include "sbi.h"

#include <stddef.h>
#include <stdint.h>

/* The addresses and numbers of the board. A real kernel reads them from the device tree. */
#define PLIC        0xc000000ul
#define UART        0x10000000ul
#define DISK        0x10001000ul
#define DISK_SOURCE 1u
#define UART_SOURCE 10u
#define SECTOR      512u
#define QUEUE_SIZE  8u

static volatile uint32_t *reg32(uintptr_t address)
{
    return (volatile uint32_t *)address;
}

static volatile uint8_t *reg8(uintptr_t address)
{
    return (volatile uint8_t *)address;
}

static void barrier(void)
{
    __asm__ volatile("fence" ::: "memory");
}

static void switch_off(void)
{
    register unsigned long type __asm__("a0") = SRST_TYPE_SHUTDOWN, reason __asm__("a1") = 0;
    register unsigned long fid __asm__("a6") = FID_SRST_system_reset, eid __asm__("a7") = EID_SRST;

    __asm__ volatile("ecall" : "+r"(type), "+r"(reason) : "r"(fid), "r"(eid) : "memory");
}

/* ---- The serial port, and interrupts ---- */

static void put(char c)
{
    while (!(*reg8(UART + 5) & 0x20)) /* LSR: there is room */
        ;
    *reg8(UART) = (uint8_t)c;
}

static void print(const char *text)
{
    while (*text)
        put(*text++);
}

static void print_number(unsigned long number)
{
    if (number >= 10)
        print_number(number / 10);
    put((char)('0' + number % 10));
}

static uintptr_t context; /* of this hart's S-mode at the interrupt controller */

static void enable_interrupts(unsigned long hart)
{
    context = PLIC + 0x200000 + (2 * hart + 1) * 0x1000;
    *reg32(PLIC + 4 * UART_SOURCE) = *reg32(PLIC + 4 * DISK_SOURCE) = 1; /* priorities */
    *reg32(PLIC + 0x2000 + (2 * hart + 1) * 0x80) = 1u << UART_SOURCE | 1u << DISK_SOURCE;
    *reg32(context) = 0; /* threshold */
    __asm__ volatile("csrs sie, %0" ::"r"(1ul << 9));
    *reg8(UART + 2) = 1; /* FCR: the buffer of 16 bytes */
    *reg8(UART + 1) = 1; /* IER: when a byte is received */
}

static char line[64];
static size_t length;

/* Adds what was received to the line. Returns whether the line is complete. */
static int receive(void)
{
    while (*reg8(UART + 5) & 1) {
        const char c = (char)*reg8(UART);

        if (c == '\n' || c == '\r' || length == sizeof(line) - 1) {
            line[length] = '\0';
            length = 0;
            return 1;
        }
        line[length++] = c;
    }
    return 0;
}

/* Waits for an interrupt. Returns its number; the device stops it, and complete() ends it. */
static uint32_t claim(void)
{
    uint32_t source;

    while (!(source = *reg32(context + 4)))
        __asm__ volatile("wfi");
    return source;
}

static void complete(uint32_t source)
{
    *reg32(context + 4) = source;
}

/* ---- The disk: virtio 1.2, 4.2 and 5.2 ---- */

static struct {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
} descriptors[QUEUE_SIZE] __attribute__((aligned(16)));

static struct {
    uint16_t flags, index, ring[QUEUE_SIZE];
} available __attribute__((aligned(2)));

static struct {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[QUEUE_SIZE];
} used __attribute__((aligned(4)));

static struct {
    uint32_t type, reserved;
    uint64_t sector;
} header;

static uint8_t result, bytes[SECTOR];

static void set_address(uintptr_t offset, const volatile void *at)
{
    *reg32(DISK + offset) = (uint32_t)(uintptr_t)at;
    *reg32(DISK + offset + 4) = (uint32_t)((uintptr_t)at >> 32);
}

/* Returns the disk's sectors; 0: there is none. */
static uint64_t open_disk(void)
{
    if (*reg32(DISK) != 0x74726976 || *reg32(DISK + 4) != 2 || *reg32(DISK + 8) != 2)
        return 0;
    *reg32(DISK + 0x70) = 0;
    *reg32(DISK + 0x70) = 1 | 2; /* acknowledge, driver */
    *reg32(DISK + 0x24) = 1;     /* the upper half of the features: */
    *reg32(DISK + 0x20) = 1;     /* version 1 */
    *reg32(DISK + 0x24) = 0;
    *reg32(DISK + 0x20) = 0;
    *reg32(DISK + 0x70) = 1 | 2 | 8; /* features ok */
    *reg32(DISK + 0x30) = 0;
    *reg32(DISK + 0x38) = QUEUE_SIZE;
    set_address(0x80, descriptors);
    set_address(0x90, &available);
    set_address(0xa0, &used);
    *reg32(DISK + 0x44) = 1;
    *reg32(DISK + 0x70) = 1 | 2 | 8 | 4; /* driver ok */
    return *reg32(DISK + 0x100) | (uint64_t)*reg32(DISK + 0x104) << 32;
}

/* Reads or writes a sector, from or to `bytes`. Returns virtio's result, 0 if all is well. */
static uint8_t access_disk(uint64_t sector, int write)
{
    const uint16_t before = used.index;
    uint32_t source;

    header.type = write ? 1 : 0;
    header.sector = sector;
    result = 0xff;
    descriptors[0].address = (uintptr_t)&header;
    descriptors[0].length = sizeof(header);
    descriptors[0].flags = 1; /* next */
    descriptors[0].next = 1;
    descriptors[1].address = (uintptr_t)bytes;
    descriptors[1].length = SECTOR;
    descriptors[1].flags = write ? 1 : 1 | 2; /* the device writes */
    descriptors[1].next = 2;
    descriptors[2].address = (uintptr_t)&result;
    descriptors[2].length = 1;
    descriptors[2].flags = 2;
    available.ring[available.index % QUEUE_SIZE] = 0;
    barrier();
    available.index++;
    barrier();
    *reg32(DISK + 0x50) = 0; /* notify */
    while (*(volatile uint16_t *)&used.index == before) {
        source = claim();
        if (source == UART_SOURCE) /* not now: it comes again */
            *reg8(UART + 1) = 0;
        else
            *reg32(DISK + 0x64) = *reg32(DISK + 0x60);
        complete(source);
    }
    *reg8(UART + 1) = 1;
    barrier();
    return *(volatile uint8_t *)&result;
}

/* ---- What it does ---- */

/* Writes the line to a sector, and shows what the disk has there then, and had before. */
static void keep_line(uint64_t sector)
{
    char before[sizeof(line)];
    uint8_t failed = access_disk(sector, 0);

    for (size_t i = 0; i < sizeof(before); i++)
        before[i] = (char)bytes[i];
    before[sizeof(before) - 1] = '\0';
    for (size_t i = 0; i < SECTOR; i++)
        bytes[i] = i < sizeof(line) ? (uint8_t)line[i] : 0;
    failed |= access_disk(sector, 1);
    for (size_t i = 0; i < SECTOR; i++)
        bytes[i] = 0;
    failed |= access_disk(sector, 0);
    print_number(sector);
    print(": ");
    print(failed ? "the disk has failed" : (const char *)bytes);
    print(", before: ");
    print(before);
    print("\n");
}

void kernel_main(unsigned long hart);

void kernel_main(unsigned long hart)
{
    const uint64_t sectors = open_disk();

    enable_interrupts(hart);
    print("kernel: the disk has ");
    print_number(sectors);
    print(" sectors\n");
    for (uint64_t number = 0; sectors;) {
        const uint32_t source = claim();
        const int whole = source == UART_SOURCE && receive();

        if (source == DISK_SOURCE)
            *reg32(DISK + 0x64) = *reg32(DISK + 0x60);
        complete(source);
        if (!whole)
            continue;
        if (line[0] == 'q' && line[1] == '\0')
            break;
        keep_line(number++ % 2);
    }
    switch_off();
}

__asm__(".section .text.entry, \"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "        la      sp, stack_end\n"
        "        call    kernel_main\n"
        "1:      wfi\n"
        "        j       1b\n"
        ".section .bss\n"
        ".balign 16\n"
        ".space 4096\n"
        "stack_end:\n"
        ".text\n");

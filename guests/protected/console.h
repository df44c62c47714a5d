/* SPDX-License-Identifier: MIT */
/* The console of the guests in this folder: a port (abi/machines.md, "Ports"). */
#include <stdint.h>

static inline void put(char c)
{
    __asm__ volatile("outb %0, $0xe9" ::"a"(c));
}

static inline void print(const char *text)
{
    while (*text)
        put(*text++);
}

static inline void print_hex(uint32_t number)
{
    print("0x");
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[number >> shift & 15]);
}

static inline _Noreturn void end(uint8_t status)
{
    for (;;)
        __asm__ volatile("outb %0, $0xf4" ::"a"(status));
}

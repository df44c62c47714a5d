/* SPDX-License-Identifier: MIT */
/* Prints texts, one line each: hypercall|port|mmio TEXT ... */
#include "print.h"

#include <string.h>

static const struct way {
    const char *name;
    void (*print)(const char *text, size_t length);
    void (*put)(uint8_t byte);
} ways[] = {
    {"hypercall", hypercall_print, hypercall_putchar},
    {"port", port_print, port_putchar},
    {"mmio", mmio_print, mmio_putchar},
};

int main(int argc, char **argv)
{
    const struct way *way = ways;

    if (argc < 2)
        return 1;
    while (strcmp(way->name, argv[1]) != 0)
        if (++way == ways + sizeof(ways) / sizeof(ways[0]))
            return 1;
    devices_start();
    for (int i = 2; i < argc; i++) {
        way->print(argv[i], strlen(argv[i]));
        way->put('\n');
    }
    return 0;
}

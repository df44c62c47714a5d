/* SPDX-License-Identifier: MIT */
/* libFuzzer: any bytes as a guest image, through the loader and the symbols. */
#include "core/status.h"
#include "image/image.h"
#include "image/symbols.h"
#include "riscv64/machine.h"

#include <stdlib.h>
#include <string.h>

#define RAM  0x140000
#define LOW  0x100000
#define HIGH 0x13f000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int fail(enum status status, const char *format, ...)
{
    (void)format;
    return (int)status;
}

static size_t read_bytes(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
    if (offset >= source->size)
        return 0;
    if (length > source->size - offset)
        length = source->size - offset;
    memcpy(buffer, (const uint8_t *)source->handle + offset, length);
    return length;
}

static void load(const struct source *source)
{
    struct memory memory = {gpa(0), RAM, malloc(RAM)}; /* ASan guards both ends */
    struct image image;

    if (image_open(&image, source) == 0) {
        if (image.kernel) { /* whose file is its initrd, too */
            memory.base = gpa(LAB_RAM_BASE);
            image.initrd = source;
            image_load(&image, &memory, gpa(LAB_RAM_BASE + LOW), gpa(LAB_RAM_BASE + RAM));
        } else if (image.type == IMAGE_FLAT)
            image_load_flat(&image, &memory, gpa(LOW), gpa(HIGH));
        else
            image_load(&image, &memory, gpa(LOW), gpa(HIGH));
    }
    free(memory.hva);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {"fuzz.bin", size, read_bytes, (uintptr_t)data};
    struct symbols *symbols;
    uint64_t offset;
    unsigned line;

    load(&source);
    symbols = symbols_load(&source);
    for (uint64_t pc = 0xff000; pc < 0x108000; pc += 0x333) {
        const char *name = symbols_find(symbols, pc, &offset);

        if (name && strlen(name) > size)
            abort();
        name = symbols_line(symbols, pc, &line);
        if (name && strlen(name) > size)
            abort();
    }
    symbols_free(symbols);
    return 0;
}

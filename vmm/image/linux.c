/* SPDX-License-Identifier: MIT */
/* The header of a RISC-V kernel: Linux, Documentation/arch/riscv/boot-image-header.rst. */
#include "linux.h"

#include "core/status.h"
#include "riscv64/machine.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_SIZE UINT64_C(4096)

struct header {
    uint32_t code[2];
    uint64_t text_offset; /* from the start of RAM */
    uint64_t image_size;  /* bytes in memory, with those after the file's; 0: unknown */
    uint64_t flags;
    uint32_t version, reserved1;
    uint64_t reserved2;
    uint8_t magic[8], magic2[4];
    uint32_t reserved3;
};

_Static_assert(sizeof(struct header) == 64, "the header's size");

#define FLAG_BIG_ENDIAN 1u
#define MAJOR_VERSION   0u

static bool read_header(const struct source *source, struct header *header)
{
    return source->read(source, 0, header, sizeof(*header)) == sizeof(*header) &&
           memcmp(header->magic2, "RSC\5", 4) == 0;
}

bool linux_is_kernel(const struct source *source)
{
    struct header header;

    return read_header(source, &header);
}

int linux_open(struct image *image)
{
    const struct source *source = image->source;
    struct header header;

    if (!read_header(source, &header))
        return fail(STATUS_IMAGE, "%s: the file changes while it is read", source->name);
    if (header.flags & FLAG_BIG_ENDIAN || header.version >> 16 != MAJOR_VERSION)
        return fail(STATUS_IMAGE,
                    "%s: a big-endian kernel, or one with a header of version %u: give one with "
                    "version 0",
                    source->name, header.version >> 16);
    if (header.text_offset % PAGE_SIZE || header.text_offset > INT64_MAX)
        return fail(STATUS_IMAGE,
                    "%s: a kernel that is to lie 0x%" PRIx64
                    " bytes after the start of RAM: the file is damaged",
                    source->name, header.text_offset);
    image->type = IMAGE_RISCV64;
    image->kernel = true;
    image->entry = LAB_RAM_BASE + header.text_offset;
    image->segments[0] = (struct segment){
        .start = gpa(image->entry),
        .memory_size = header.image_size > source->size ? header.image_size : source->size,
        .file_size = source->size,
        .write = true,
        .execute = true,
    };
    image->segment_count = 1;
    return 0;
}

gpa_t linux_initrd_start(const struct image *image, const struct memory *memory)
{
    const uint64_t end = memory->base.value + memory->size;
    const uint64_t size = image->initrd ? image->initrd->size : 0;

    return gpa(size <= memory->size ? (end - size) & ~(PAGE_SIZE - 1) : end);
}

int linux_load_initrd(const struct image *image, const struct memory *memory)
{
    const struct source *initrd = image->initrd;
    const struct segment *last = &image->segments[image->segment_count - 1];
    const gpa_t start = linux_initrd_start(image, memory);
    void *hva;

    if (!initrd)
        return 0;
    hva = memory_at(memory, start, initrd->size);
    if (!hva || last->start.value + last->memory_size > start.value)
        return fail(STATUS_IMAGE,
                    "--initrd: %s (%" PRIu64 " KiB) does not fit beside the guest: give more "
                    "memory with -m",
                    initrd->name, initrd->size >> 10);
    if (initrd->read(initrd, 0, hva, initrd->size) != initrd->size)
        return fail(STATUS_IMAGE, "--initrd: %s: cannot read all of it: did the file change?",
                    initrd->name);
    return 0;
}

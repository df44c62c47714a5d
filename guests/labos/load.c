/* SPDX-License-Identifier: MIT */
/*
 * Loads user programs. programs.S puts their ELF files into the kernel's image, each at the start
 * of a page. All processes map the code and the constants there. Only data is copied, because a
 * process writes to it.
 */
#include "kernel.h"

#include <errno.h>
#include <string.h>

struct program {
    const char *name;
    const char *image;
};

/* Made by programs.S; the last one has no name. */
extern const struct program programs[];

/* The parts of ELF-64 that are used here: System V gABI, chapters 4 and 5. */
struct elf_header {
    unsigned char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum;
};

struct segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define PT_LOAD 1

static const char *find(const char *name)
{
    for (const struct program *program = programs; program->name; program++)
        if (strcmp(program->name, name) == 0)
            return program->image;
    return NULL;
}

/* The linker script starts each segment at a page, in the file and in memory. */
static bool load_segment(struct space *space, const struct segment *segment, const char *bytes)
{
    for (uint64_t done = 0; done < segment->memsz; done += PAGE_SIZE) {
        uint64_t left = segment->filesz > done ? segment->filesz - done : 0;
        uintptr_t address = segment->vaddr + done;
        void *page;

        if (!(segment->flags & WRITE)) {
            if (!space_share(space, address, bytes + done, segment->flags))
                return false;
            continue;
        }
        page = space_add(space, address, segment->flags);
        if (!page)
            return false;
        memcpy(page, bytes + done, left < PAGE_SIZE ? left : PAGE_SIZE);
    }
    return true;
}

int load(struct space *space, const char *name, uintptr_t *entry)
{
    const char *image = find(name);
    struct elf_header header;
    struct segment segment;

    if (!image)
        return -ENOENT;
    memcpy(&header, image, sizeof(header));
    for (unsigned i = 0; i < header.phnum; i++) {
        memcpy(&segment, image + header.phoff + i * sizeof(segment), sizeof(segment));
        if (segment.type == PT_LOAD && !load_segment(space, &segment, image + segment.offset))
            return -ENOMEM;
    }
    *entry = header.entry;
    return 0;
}

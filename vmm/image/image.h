/* Guest images: reading and checking a file, and finding what is in it. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "core/memory.h"

#include <stddef.h>

struct symbols;

#define IMAGE_MAX_SEGMENTS 16

/* The kinds of guest that back ends run. */
enum image_type {
    IMAGE_X86_64,  /* ELF64 x86-64: long mode */
    IMAGE_RISCV64, /* ELF64 RISC-V: S-mode */
    IMAGE_I386,    /* ELF32 i386: protected mode */
    IMAGE_FLAT,    /* not ELF, and named NAME.bin: real mode */
};

/* Where an image's bytes come from. */
struct source {
    const char *name; /* for messages */
    uint64_t size;    /* bytes */
    /* Reads up to length bytes at offset into buffer. Returns how many it read. */
    size_t (*read)(const struct source *source, uint64_t offset, void *buffer, size_t length);
    uintptr_t handle; /* for read's own use */
};

struct segment {
    gpa_t start;
    uint64_t memory_size; /* bytes in memory; those behind file_size are zero */
    uint64_t file_size;   /* bytes to copy from file_offset */
    uint64_t file_offset;
    bool write, execute;
};

struct image {
    const struct source *source;
    struct symbols *symbols; /* symbols.h: image_symbols; owned */
    bool symbols_read;
    enum image_type type;
    uint64_t entry; /* guest virtual address */
    size_t segment_count;
    struct segment segments[IMAGE_MAX_SEGMENTS]; /* by rising address, none overlapping */
};

/*
 * Reads and checks an image's headers; nothing is loaded yet. Every number in the
 * file is taken as hostile.
 *
 * Returns 0, or STATUS_IMAGE after fail().
 */
int image_open(struct image *image, const struct source *source);

/*
 * Copies the segments of an opened image into guest memory, which must be zero.
 *
 * memory      the guest's RAM
 * start, end  where an image may lie: its segments must keep to [start, end)
 *
 * Returns 0, or STATUS_IMAGE after fail().
 */
int image_load(const struct image *image, const struct memory *memory, gpa_t start, gpa_t end);

/* The same for a flat image, which has no segments: all of the file, from start on. */
int image_load_flat(const struct image *image, const struct memory *memory, gpa_t start, gpa_t end);

#endif

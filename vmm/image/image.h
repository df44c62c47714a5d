/* SPDX-License-Identifier: MIT */
/* Reads, checks and loads guest images. */
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

/* A file, for example, that has an image's bytes. */
struct source {
    const char *name; /* for messages */
    uint64_t size;    /* bytes */
    /* Reads up to length bytes at offset into buffer. Returns how many it read. */
    size_t (*read)(const struct source *source, uint64_t offset, void *buffer, size_t length);
    uintptr_t handle; /* private to read */
};

struct segment {
    gpa_t start;
    uint64_t memory_size; /* bytes in memory; those after file_size are zero */
    uint64_t file_size;   /* bytes to copy from file_offset */
    uint64_t file_offset;
    bool write, execute;
};

struct image {
    const struct source *source;
    const struct source *initrd, *disk; /* files that the guest finds beside it; NULL: none */
    struct symbols *symbols;            /* of image_symbols; owned; NULL: none, or not read yet */
    bool symbols_read;                  /* image_symbols has tried */
    enum image_type type;
    bool kernel;    /* a Linux kernel with a header of its own, and not ELF */
    bool runtime;   /* it has a note of the runtime (guest-rt/) */
    uint32_t needs; /* LAB_NEEDS_...: of its note */
    uint64_t entry; /* guest virtual address */
    size_t segment_count;
    struct segment segments[IMAGE_MAX_SEGMENTS]; /* by ascending address, without overlap */
};

/*
 * Reads and checks an image's headers. Trusts no number in the file. Loads nothing yet.
 *
 * image   receives what the headers say
 * source  the file; has to outlive the image
 *
 * Returns 0, or STATUS_IMAGE after fail().
 */
int image_open(struct image *image, const struct source *source);

/*
 * Copies the segments of an opened image, and its initrd, into guest memory, which must be zero.
 *
 * memory      the guest's RAM
 * start, end  all segments must lie in [start, end)
 *
 * Returns 0, or STATUS_IMAGE after fail().
 */
int image_load(const struct image *image, const struct memory *memory, gpa_t start, gpa_t end);

/* The same for a flat image, which has no segments: copies the whole file to start. */
int image_load_flat(const struct image *image, const struct memory *memory, gpa_t start, gpa_t end);

#endif

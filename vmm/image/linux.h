/* SPDX-License-Identifier: MIT */
/* A Linux kernel as its build makes it, "Image", and the files that it finds in memory. */
#ifndef IMAGE_LINUX_H
#define IMAGE_LINUX_H

#include "image.h"

#include <stdbool.h>

/* Returns whether a file begins with the header of a RISC-V kernel. */
bool linux_is_kernel(const struct source *source);

/* Checks that header and fills in the image: one segment, entered at its start. Trusts no number in
 * it. Returns 0, or STATUS_IMAGE after fail(). */
int linux_open(struct image *image);

/*
 * Returns where image->initrd goes: to the last whole pages of RAM. A kernel's image lies at the
 * start of RAM, so these are the farthest from what the kernel takes first. Returns the end of RAM
 * if there is no initrd, or none that fits.
 */
gpa_t linux_initrd_start(const struct image *image, const struct memory *memory);

/* Copies the initrd there. Returns 0, or STATUS_IMAGE after fail(): it does not fit beside the
 * image, or the file changes. */
int linux_load_initrd(const struct image *image, const struct memory *memory);

#endif

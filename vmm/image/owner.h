/* SPDX-License-Identifier: MIT */
/* Whose code a source line is: the guest author's, or of labvisor's own folders. */
#ifndef IMAGE_OWNER_H
#define IMAGE_OWNER_H

#include "lines.h"

enum owner { OWNER_AUTHOR, OWNER_RUNTIME, OWNER_ABI };

/* Returns it by the path of the line's file: abi/ and guest-rt/ are labvisor's, at any depth. */
enum owner owner_of(const struct source_line *source);

#endif

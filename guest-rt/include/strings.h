/* SPDX-License-Identifier: MIT */
#ifndef STRINGS_H
#define STRINGS_H

#include <stddef.h>
#include <sys/cdefs.h>

__BEGIN_DECLS

/* As strcmp and strncmp; letters of ASCII are equal in both cases. */
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);

__END_DECLS

#endif

/* SPDX-License-Identifier: MIT */
/* No include guard: the standard wants each inclusion to look at NDEBUG again. */
#include <sys/cdefs.h>

#undef assert
#ifdef NDEBUG
#define assert(x) ((void)0)
#else
#define assert(x) ((x) ? (void)0 : __assert_fail(#x, __FILE__, __LINE__, __func__))
#endif

#ifndef ASSERT_H
#define ASSERT_H

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

__BEGIN_DECLS

__dead void __assert_fail(const char *expr, const char *file, int line, const char *function);

__END_DECLS

#endif

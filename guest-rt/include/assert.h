/* SPDX-License-Identifier: MIT */
/* No include guard: the standard wants each inclusion to look at NDEBUG again. */
#undef assert
#ifdef NDEBUG
#define assert(x) ((void)0)
#else
#define assert(x) ((x) ? (void)0 : __assert_fail(#x, __FILE__, __LINE__, __func__))
#endif

#ifndef ASSERT_H
#define ASSERT_H
#define static_assert _Static_assert

_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *function);
#endif

/* SPDX-License-Identifier: MIT */
/* What headers need so that C of any age and C++ can include them. */
#ifndef SYS_CDEFS_H
#define SYS_CDEFS_H

#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS   }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif

/* For a function that does not return. */
#define __dead __attribute__((__noreturn__))

#endif

/* SPDX-License-Identifier: MIT */
/* Where a program's thread-local variables end; fs points there. For C and for assembler. */
#ifndef LABOS_USER_FS_H
#define LABOS_USER_FS_H

#define USER_FS 0x401fffc0 /* 64 bytes below the end of the stack (kernel.h: USER_TLS) */

#endif

/* SPDX-License-Identifier: MIT */
/* The functions of <ctype.h>, for guests that take their address. */
#define __CTYPE
#include <ctype.h>

/* SPDX-License-Identifier: MIT */
/* Computes like quiet, and exits now and then: guest 0 after each 16 units of work, guest 1
 * after 48. */
#define CHATTY(guest) ((guest) == 0 ? 16u : 48u)
#include "quiet.c"

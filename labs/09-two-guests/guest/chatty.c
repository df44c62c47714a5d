/* SPDX-License-Identifier: MIT */
/* quiet, with an exit every now and then. */
#define CHATTY
#include "quiet.c"

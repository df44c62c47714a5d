/* SPDX-License-Identifier: MIT */
/* Computes like quiet, and exits now and then. */
#define CHATTY
#include "quiet.c"

/* SPDX-License-Identifier: MIT */
/* For g++: its own <stdint.h>, which comes first, asks for the system's one. */
#include <stdint-gcc.h>

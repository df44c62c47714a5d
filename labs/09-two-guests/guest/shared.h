/* SPDX-License-Identifier: MIT */
/* The page that both guests share, for them and for the VMM. */
#ifndef SHARED_H
#define SHARED_H

#define SHARED_PAGE 0x80100000ul
#define SHARED_SIZE 4096ul

#endif

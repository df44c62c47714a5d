/* SPDX-License-Identifier: MIT */
/*
 * The functions of <ctype.h>, for guests that take their address.
 */
#include <ctype.h>

extern inline int isdigit(int c);
extern inline int islower(int c);
extern inline int isupper(int c);
extern inline int isalpha(int c);
extern inline int isalnum(int c);
extern inline int isxdigit(int c);
extern inline int isblank(int c);
extern inline int isspace(int c);
extern inline int isprint(int c);
extern inline int isgraph(int c);
extern inline int iscntrl(int c);
extern inline int ispunct(int c);
extern inline int tolower(int c);
extern inline int toupper(int c);

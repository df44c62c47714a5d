/* SPDX-License-Identifier: MIT */
/* ASCII only. */
#ifndef CTYPE_H
#define CTYPE_H

#include <sys/cdefs.h>

/* ctype.c also makes functions of these, for guests that take their address. */
#ifndef __CTYPE
#define __CTYPE extern __inline __attribute__((__gnu_inline__))
#endif

__BEGIN_DECLS

__CTYPE int isdigit(int c)
{
    return (unsigned)c - '0' < 10;
}

__CTYPE int islower(int c)
{
    return (unsigned)c - 'a' < 26;
}

__CTYPE int isupper(int c)
{
    return (unsigned)c - 'A' < 26;
}

__CTYPE int isalpha(int c)
{
    return ((unsigned)c | 0x20) - 'a' < 26;
}

__CTYPE int isalnum(int c)
{
    return isalpha(c) || isdigit(c);
}

__CTYPE int isxdigit(int c)
{
    return isdigit(c) || ((unsigned)c | 0x20) - 'a' < 6;
}

__CTYPE int isblank(int c)
{
    return c == ' ' || c == '\t';
}

__CTYPE int isspace(int c)
{
    return c == ' ' || (unsigned)c - '\t' < 5;
}

__CTYPE int isprint(int c)
{
    return (unsigned)c - ' ' < 95;
}

__CTYPE int isgraph(int c)
{
    return (unsigned)c - '!' < 94;
}

__CTYPE int iscntrl(int c)
{
    return (unsigned)c < ' ' || c == 0x7F;
}

__CTYPE int ispunct(int c)
{
    return isgraph(c) && !isalnum(c);
}

__CTYPE int tolower(int c)
{
    return isupper(c) ? c + ('a' - 'A') : c;
}

__CTYPE int toupper(int c)
{
    return islower(c) ? c - ('a' - 'A') : c;
}

__END_DECLS

#endif

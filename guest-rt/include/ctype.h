/* SPDX-License-Identifier: MIT */
/* ASCII only. */
#ifndef CTYPE_H
#define CTYPE_H

inline int isdigit(int c)
{
    return (unsigned)c - '0' < 10;
}

inline int islower(int c)
{
    return (unsigned)c - 'a' < 26;
}

inline int isupper(int c)
{
    return (unsigned)c - 'A' < 26;
}

inline int isalpha(int c)
{
    return ((unsigned)c | 0x20) - 'a' < 26;
}

inline int isalnum(int c)
{
    return isalpha(c) || isdigit(c);
}

inline int isxdigit(int c)
{
    return isdigit(c) || ((unsigned)c | 0x20) - 'a' < 6;
}

inline int isblank(int c)
{
    return c == ' ' || c == '\t';
}

inline int isspace(int c)
{
    return c == ' ' || (unsigned)c - '\t' < 5;
}

inline int isprint(int c)
{
    return (unsigned)c - ' ' < 95;
}

inline int isgraph(int c)
{
    return (unsigned)c - '!' < 94;
}

inline int iscntrl(int c)
{
    return (unsigned)c < ' ' || c == 0x7F;
}

inline int ispunct(int c)
{
    return isgraph(c) && !isalnum(c);
}

inline int tolower(int c)
{
    return isupper(c) ? c + ('a' - 'A') : c;
}

inline int toupper(int c)
{
    return islower(c) ? c - ('a' - 'A') : c;
}

#endif

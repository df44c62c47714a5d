/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <strings.h>

int strncasecmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; a++, b++, n--) {
        int left = tolower((unsigned char)*a), right = tolower((unsigned char)*b);

        if (left != right || left == '\0')
            return left - right;
    }
    return 0;
}

int strcasecmp(const char *a, const char *b)
{
    return strncasecmp(a, b, SIZE_MAX);
}

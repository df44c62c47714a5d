/* SPDX-License-Identifier: MIT */
/* Shared by the test guests: a check that prints where it failed, and ends the guest. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: %s is false\n", __FILE__, __LINE__, #condition);                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* As CHECK; also prints both sides. */
#define CHECK_EQ(left, right)                                                                      \
    do {                                                                                           \
        long check_left = (long)(left), check_right = (long)(right);                               \
        if (check_left != check_right) {                                                           \
            printf("%s:%d: %s is %ld, not %ld\n", __FILE__, __LINE__, #left, check_left,           \
                   check_right);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif

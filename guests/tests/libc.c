/* SPDX-License-Identifier: MIT */
/* The C library inside a guest: that it is linked, and that calls return correctly. tests/unit
 * compares each function in detail with the host's. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

#include <guest.h>

#include "check.h"

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void test_exits(void)
{
    static char block[8192];
    uint64_t before;

    fflush(stdout);
    before = vm_exit_count(EXIT_HYPERCALL);
    if (before == 0)
        return; /* the VMM is not Labvisor, and does not count */
    printf("%s %d%c\n%s\n", "one", 2, '3', "exit");      /* two lines, one exit */
    CHECK_EQ(vm_exit_count(EXIT_HYPERCALL) - before, 2); /* and one for the count itself */

    memset(block, 'b', sizeof(block));
    before = vm_exit_count(EXIT_HYPERCALL);
    fwrite(block, 1, sizeof(block), stdout); /* a block, one exit */
    CHECK_EQ(vm_exit_count(EXIT_HYPERCALL) - before, 2);
    puts("");
}

int main(void)
{
    int numbers[] = {5, -1, 4, 1, 3}, key = 4;
    char text[64], *end;
    jmp_buf env;
    void *block;

    test_exits();
    CHECK_EQ(snprintf(text, sizeof(text), "%-5s|%05d|%#x|%" PRIu64, "ab", -42, 255, UINT64_MAX),
             37);
    CHECK_EQ(strcmp(text, "ab   |-0042|0xff|18446744073709551615"), 0);
    CHECK_EQ(strtol("-0x7fz", &end, 0), -0x7f);
    CHECK_EQ(*end, 'z');
    CHECK_EQ(strtol("99999999999999999999", NULL, 10), LONG_MAX);
    CHECK_EQ(errno, ERANGE);

    qsort(numbers, 5, sizeof(numbers[0]), by_value);
    CHECK_EQ(numbers[0], -1);
    CHECK_EQ((int *)bsearch(&key, numbers, 5, sizeof(key), by_value) - numbers, 3);

    block = malloc(100000);
    CHECK(block != NULL);
    memset(block, 1, 100000);
    block = realloc(block, 200000);
    CHECK_EQ(((char *)block)[99999], 1);
    free(block);
    CHECK(malloc(SIZE_MAX / 2) == NULL);
    CHECK_EQ(errno, ENOMEM);

    CHECK(isdigit('7') && !isalpha('7'));
    CHECK(clock() >= 0);
    if (setjmp(env) == 0)
        longjmp(env, 7);
    printf("libc is right\n");
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* What the runtime takes from the VMM beside the console: the wall clock, sleep, randomness. */
#include <alloca.h>
#include <errno.h>
#include <guest.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define YEAR_2000 946684800
#define YEAR_2100 4102444800

static void test_wall_clock(void)
{
    struct timespec first, second, own;
    time_t seconds;

    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &first), 0);
    CHECK(first.tv_sec >= YEAR_2000 && first.tv_sec < YEAR_2100);
    CHECK(first.tv_nsec >= 0 && first.tv_nsec < 1000000000);
    CHECK_EQ(usleep(30000), 0);
    CHECK_EQ(sleep(0), 0);
    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &second), 0);
    CHECK(second.tv_sec * 1000 + second.tv_nsec / 1000000 >=
          first.tv_sec * 1000 + first.tv_nsec / 1000000 + 29);
    CHECK(time(&seconds) >= second.tv_sec && time(NULL) >= seconds);
    CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &own), 0);
    CHECK(own.tv_sec < YEAR_2000);
}

static void test_random(void)
{
    unsigned char bits[32] = {0}, *more = alloca(8);

    CHECK_EQ(getentropy(bits, 29), 0);
    CHECK(bits[29] == 0 && bits[30] == 0 && bits[31] == 0);
    CHECK_EQ(getentropy(more, 8), 0);
    CHECK(memcmp(bits, more, 8) != 0 && memcmp(bits, bits + 8, 8) != 0);
    errno = 0;
    CHECK(getentropy(bits, 257) == -1 && errno == EIO);
    printf("%02x%02x%02x%02x\n", bits[0], bits[1], bits[2], bits[28]);
}

int main(int argc, char **argv)
{
    test_wall_clock();
    test_random();
    if (argc > 1 && strcmp(argv[1], "time") == 0)
        printf("%ld\n", (long)time(NULL));
    printf("right\n");
    return 0;
}

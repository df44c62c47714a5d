/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <guest.h>
#include <string.h>
#include <unistd.h>

#define ENTROPY_MAX 256

unsigned sleep(unsigned seconds)
{
    sleep_ns(seconds * NS_PER_S);
    return 0;
}

int usleep(unsigned microseconds)
{
    sleep_ns(microseconds * NS_PER_US);
    return 0;
}

int getentropy(void *buffer, size_t size)
{
    if (size > ENTROPY_MAX) {
        errno = EIO;
        return -1;
    }
    for (size_t done = 0; done < size; done += sizeof(long)) {
        struct sbiret drawn = sbi_get_random();
        size_t len = size - done < sizeof(drawn.value) ? size - done : sizeof(drawn.value);

        if (drawn.error) {
            errno = ENOSYS;
            return -1;
        }
        memcpy((char *)buffer + done, &drawn.value, len);
    }
    return 0;
}

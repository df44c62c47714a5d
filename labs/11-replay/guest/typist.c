/* Reads what it can get, in pieces, until it ends; tells the sums, and what was there when. */
#include <call.h>
#include <stdint.h>
#include <stdio.h>

int main(void)
{
    static unsigned char buffer[100];
    unsigned long total = 0, sum = 0, reads = 0;

    for (;;) {
        struct sbiret got = sbi_console_read(1 + reads % sizeof(buffer), (uintptr_t)buffer, 0);

        for (long i = 0; i < got.value; i++)
            sum = sum * 31 + buffer[i];
        total += (unsigned long)got.value;
        reads += got.value > 0;
        if (got.value == 0 && sbi_wait(LAB_EVENT_INPUT).value & LAB_EVENT_EOF)
            break;
    }
    printf("%lu bytes in %lu reads, sum %lu\n", total, reads, sum);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Guest 0 sends numbers through a ring in the shared page, guest 1 adds them up. A guest that finds
 * the ring full or empty exits, so that the other one may get its turn.
 */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared.h"

#define SLOTS 8u

struct channel {
    volatile unsigned long sent, received;
    volatile unsigned long slots[SLOTS];
};

static struct channel *const channel = (struct channel *)SHARED_PAGE;

static void send(unsigned long count)
{
    unsigned long full = 0;

    for (unsigned long i = 0; i < count; i++) {
        for (; channel->sent - channel->received == SLOTS; full++)
            sbi_get_impl_id();
        channel->slots[channel->sent % SLOTS] = i + 1;
        channel->sent++;
    }
    printf("sent, %lu times full\n", full);
}

static void receive(unsigned long count)
{
    unsigned long empty = 0, sum = 0;

    for (unsigned long i = 0; i < count; i++) {
        for (; channel->sent == channel->received; empty++)
            sbi_get_impl_id();
        sum += channel->slots[channel->received % SLOTS];
        channel->received++;
    }
    printf("sum %lu, %lu times empty\n", sum, empty);
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 10;

    if (sbi_which_guest().value == 0)
        send(count);
    else
        receive(count);
    return 0;
}

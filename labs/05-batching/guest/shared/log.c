/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <call.h>
#include <string.h>

#include "ring.h"

void bytewise_put(const char *text)
{
    for (; *text; text++)
        sbi_console_write_byte((unsigned char)*text);
}

static char buffer[LOG_BUFFER];
static size_t used;

void buffered_flush(void)
{
    // LAB 5: starter
    // (void)buffer, (void)used;
    // LAB 5: solution
    if (used > 0)
        sbi_console_write(used, (uintptr_t)buffer, 0);
    used = 0;
    // LAB 5: end
}

void buffered_put(const char *text)
{
    // LAB 5: starter
    // bytewise_put(text);
    // LAB 5: solution
    size_t length = strlen(text);

    while (length > 0) {
        size_t room = LOG_BUFFER - used, piece = length < room ? length : room;

        memcpy(buffer + used, text, piece);
        used += piece;
        text += piece;
        length -= piece;
        if (used == LOG_BUFFER)
            buffered_flush();
    }
    // LAB 5: end
}

static struct ring ring;

const struct ring *ring_start(void)
{
    sbi_set_ring((uintptr_t)&ring);
    return &ring;
}

void ring_flush(void)
{
    // LAB 5: starter
    // LAB 5: solution
    if (ring.head != ring.tail)
        sbi_doorbell();
    // LAB 5: end
}

void ring_put(const char *text)
{
    // LAB 5: starter
    // bytewise_put(text);
    // LAB 5: solution
    struct ring_slot *slot;

    if (ring.head - ring.tail == RING_SLOTS)
        sbi_doorbell();
    slot = &ring.slots[ring.head % RING_SLOTS];
    slot->address = (uintptr_t)text;
    slot->length = strlen(text);
    ring.head++;
    // LAB 5: end
}

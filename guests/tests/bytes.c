/* SPDX-License-Identifier: MIT */
/* Each hart writes a line byte by byte, and waits after each byte until all harts have written
 * theirs. Then the first one asks a question and waits for the answer. */
#include <call.h>
#include <guest.h>

static struct barrier barrier;

static void put(const char *text)
{
    for (; *text; text++)
        sbi_console_write_byte((unsigned char)*text);
}

static void put_in_turn(const char *text)
{
    for (; *text; text++) {
        sbi_console_write_byte((unsigned char)*text);
        barrier_wait(&barrier);
    }
}

static void say(void *unused)
{
    char line[] = "hart ? says as much as it can\n";

    (void)unused;
    line[5] = (char)('0' + hart_id());
    put_in_turn(line);
}

int main(void)
{
    barrier.count = hart_count();
    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, say, NULL);
    say(NULL);
    for (unsigned i = 1; i < hart_count(); i++)
        hart_join(i);
    put("well? ");
    sbi_wait(LAB_EVENT_INPUT);
    put("good");
    return 0;
}

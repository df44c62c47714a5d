/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: packets from gdb's side of the connection, to a stub over the back end soft and a
 * guest of a few instructions.
 *
 * Each line of the input is the text of a packet, which gets its frame and its sum here, so that
 * what the fuzzer changes is not thrown away by the sum; "monitor WORDS" is the packet of that
 * command, and ^C alone interrupts. An input that begins with a NUL is sent as it is: the frames
 * are then the fuzzer's business, too.
 */
#include "core/platform.h"
#include "gdb/debugger.h"
#include "gdb/link.h"
#include "machine.h"
#include "replay/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The host: a client that sends a packet after the other, and then waits ---- */

static const uint8_t *input;
static size_t left;
static bool framed;
static char frame[PACKET_MAX + 8];
static size_t frame_at, frame_size;
int host_listen(const char *where, char *text, size_t size)
{
    snprintf(text, size, "%s", where);
    return 0;
}

void host_unlisten(int listener, const char *where)
{
    (void)listener, (void)where;
}

int host_accept(int listener)
{
    (void)listener;
    return host_waits == 0 && (left > 0 || frame_at < frame_size) ? 1 : -1;
}

/* Writes the text of a line's packet. Returns its size. A longer one than a packet may be is cut.
 */
static size_t packet_of(char *out, const uint8_t *line, size_t size)
{
    static const char monitor[] = "monitor ", command[] = "qRcmd,";
    const size_t words = sizeof(monitor) - 1, start = sizeof(command) - 1;

    if (size < words || memcmp(line, monitor, words) != 0) {
        size = size < PACKET_MAX ? size : PACKET_MAX;
        memcpy(out, line, size);
        return size;
    }
    line += words;
    size = size - words < (PACKET_MAX - start) / 2 ? size - words : (PACKET_MAX - start) / 2;
    memcpy(out, command, start);
    for (size_t i = 0; i < size; i++)
        sprintf(out + start + 2 * i, "%02x", line[i]);
    return start + 2 * size;
}

static void make_frame(void)
{
    const uint8_t *end = memchr(input, '\n', left);
    size_t line = end ? (size_t)(end - input) : left, size;
    uint8_t sum = 0;

    if (line == 1 && input[0] == '\x03') {
        frame[0] = '\x03';
        frame_size = 1;
    } else {
        frame[0] = '$';
        size = packet_of(frame + 1, input, line);
        for (size_t i = 0; i < size; i++)
            sum = (uint8_t)(sum + (uint8_t)frame[1 + i]);
        frame_size = 1 + size + (size_t)sprintf(frame + 1 + size, "#%02x", sum);
    }
    frame_at = 0;
    line += end != NULL;
    input += line;
    left -= line;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t less = a < b ? a : b;

    return less < c ? less : c;
}

ptrdiff_t host_receive(int client, void *buffer, size_t size)
{
    (void)client;
    if (!framed) {
        size = smallest(size, left, 97);
        memcpy(buffer, input, size);
        input += size;
        left -= size;
        return (ptrdiff_t)size;
    }
    if (frame_at == frame_size && left > 0)
        make_frame();
    size = smallest(size, frame_size - frame_at, sizeof(frame));
    memcpy(buffer, frame + frame_at, size);
    frame_at += size;
    return (ptrdiff_t)size;
}

bool host_send(int client, const void *buffer, size_t size)
{
    (void)client, (void)buffer, (void)size;
    return true;
}

void host_hang_up(int client)
{
    (void)client;
}

void host_wait_for(int listener, int client)
{
    (void)listener, (void)client;
    host_waits++;
}

/* ---- */

/* A guest that counts, stores, and makes a call: console_write_byte, 5 bytes of code each time. */
static const uint32_t code[] = {
    0x00010537, /* lui a0, 0x10 */
    0x00150513, /* addi a0, a0, 1 */
    0x00a12023, /* sw a0, 0(sp) */
    0x444248b7, /* lui a7, 0x44424 */
    0x34e88893, /* addi a7, a7, 0x34e */
    0x00200813, /* addi a6, x0, 2 */
    0x00000073, /* ecall */
    0xff9ff06f, /* j -8 */
};

static void run(struct vm *vm, struct journal *journal)
{
    struct timeline *timeline = timeline_create(vm, journal);
    struct debugger *debugger;

    if (!timeline)
        abort();
    debugger = debugger_create(vm, "fuzz", timeline);
    if (!debugger || !timeline_begin(timeline))
        abort();
    do
        vm_run(vm);
    while (debugger_wants_restart(debugger) && timeline_restart(timeline) &&
           debugger_restarted(debugger) == 0);
    debugger_free(debugger);
    timeline_free(timeline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal *journal = journal_create(NULL);

    if (!journal)
        abort();
    framed = size == 0 || data[0] != '\0';
    input = data;
    left = size;
    frame_at = frame_size = 0;
    machine_run(code, sizeof(code), journal, run);
    journal_free(journal);
    return 0;
}

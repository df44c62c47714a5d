/* SPDX-License-Identifier: MIT */
/* Packets: $TEXT#SUM. The receiver answers each with + or -, until both sides agree on
 * QStartNoAckMode. */
#include "gdb.h"

#include "core/platform.h"

#include <ctype.h>
#include <string.h>

#define INTERRUPT '\x03'
#define ESCAPE    '}'  /* bit 5 of the next byte is inverted */
#define CHUNK     2048 /* bytes of a console message in one packet */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool take_hex(const char **at, uint64_t *number)
{
    const char *start = *at;

    for (*number = 0; digit(**at) >= 0; (*at)++)
        *number = *number << 4 | (unsigned)digit(**at);
    return *at != start;
}

bool take_char(const char **at, char c)
{
    if (**at != c || c == '\0')
        return false;
    (*at)++;
    return true;
}

bool take_word(const char **at, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

bool take_bytes(const char **at, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++, *at += 2) {
        int high = digit((*at)[0]), low = high < 0 ? -1 : digit((*at)[1]);

        if (low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool take_range(const char **at, uint64_t *start, uint64_t *size)
{
    return take_hex(at, start) && take_char(at, ',') && take_hex(at, size);
}

char *put_bytes(char *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
    return out;
}

static void drop(struct link *link, size_t count)
{
    link->count -= count;
    memmove(link->in, link->in + count, link->count);
}

/* Copies the text between $ and # to link->packet, unescaped. */
static void unescape(struct link *link, const char *text, size_t size)
{
    link->size = 0;
    for (size_t i = 0; i < size && link->size < PACKET_MAX; i++) {
        bool escaped = text[i] == ESCAPE && i + 1 < size;

        i += escaped;
        link->packet[link->size++] = (char)(escaped ? text[i] ^ 0x20 : text[i]);
    }
    link->packet[link->size] = '\0';
}

/* Takes the packet at the start of link->in. Returns LINK_NOTHING if it is incomplete or bad. */
static enum link_event take_packet(struct link *link)
{
    const char *end = memchr(link->in, '#', link->count);
    size_t size = end ? (size_t)(end - link->in) - 1 : 0;
    uint8_t sum = 0, wanted;
    const char *at;
    bool good;

    if (!end && link->count > PACKET_MAX + 1) /* longer than PacketSize */
        drop(link, link->count);
    if (!end || link->count < size + 4)
        return LINK_NOTHING;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + (uint8_t)link->in[1 + i]);
    at = end + 1;
    good = take_bytes(&at, &wanted, 1) && (link->no_ack || wanted == sum) && size <= PACKET_MAX;
    if (good)
        unescape(link, link->in + 1, size);
    drop(link, size + 4);
    if (!link->no_ack)
        host_send(link->client, good ? "+" : "-", 1);
    return good ? LINK_PACKET : LINK_NOTHING;
}

/* Takes the next event from link->in. Returns LINK_NOTHING if there is none yet. */
static enum link_event take_event(struct link *link)
{
    while (link->count > 0) {
        size_t before = link->count;
        enum link_event event;

        if (link->in[0] == INTERRUPT) {
            drop(link, 1);
            return LINK_INTERRUPT;
        }
        if (link->in[0] != '$') { /* an acknowledgement, or noise */
            drop(link, 1);
            continue;
        }
        event = take_packet(link);
        if (event != LINK_NOTHING || link->count == before)
            return event;
    }
    return LINK_NOTHING;
}

/* Returns whether a client's first byte begins a request of HTTP. A page in a browser can make such
 * a client, and put packets into its request. */
static bool speaks_http(struct link *link)
{
    const bool first = !link->heard && link->count > 0;

    link->heard |= first;
    if (!first || !isupper((unsigned char)link->in[0]))
        return false;
    fprintf(stderr, "labvisor: gdb: a client that speaks HTTP was disconnected\n");
    return true;
}

enum link_event link_read(struct link *link)
{
    enum link_event event = link->unread ? LINK_PACKET : take_event(link);
    ptrdiff_t got = 1;

    link->unread = false;
    while (event == LINK_NOTHING && got > 0) {
        got = host_receive(link->client, link->in + link->count, sizeof(link->in) - link->count);
        link->count += got > 0 ? (size_t)got : 0;
        if (speaks_http(link))
            return LINK_GONE;
        event = take_event(link);
    }
    return event == LINK_NOTHING && got < 0 ? LINK_GONE : event;
}

static bool must_escape(char c)
{
    return c == '#' || c == '$' || c == ESCAPE || c == '*';
}

void link_send(struct link *link, const char *text, size_t size)
{
    static char out[2 * PACKET_MAX + 256];
    char *at = out;
    uint8_t sum = 0;

    if (link->client < 0)
        return;
    *at++ = '$';
    for (size_t i = 0; i < size && at < out + sizeof(out) - 8; i++) {
        if (must_escape(text[i])) {
            *at++ = ESCAPE;
            *at++ = (char)(text[i] ^ 0x20);
        } else {
            *at++ = text[i];
        }
    }
    for (const char *c = out + 1; c < at; c++)
        sum = (uint8_t)(sum + (uint8_t)*c);
    *at++ = '#';
    at = put_bytes(at, &sum, 1);
    host_send(link->client, out, (size_t)(at - out)); /* link_read notices a client that is gone */
}

void link_print(struct link *link, const char *text)
{
    char packet[2 * CHUNK + 2] = "O";

    for (size_t left = strlen(text), size; left > 0; left -= size, text += size) {
        size = left < CHUNK ? left : CHUNK;
        put_bytes(packet + 1, (const uint8_t *)text, size);
        link_send(link, packet, 1 + 2 * size);
    }
}

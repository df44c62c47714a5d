/* SPDX-License-Identifier: MIT */
/* Packets on a connection (link.c). */
#ifndef GDB_LINK_H
#define GDB_LINK_H

#include <stdbool.h>
#include <stddef.h>

#define PACKET_MAX 16384 /* bytes between $ and #, as they are sent */

struct link {
    int listener;            /* handles of platform.h */
    int client;              /* -1: none is connected */
    bool heard;              /* the client has sent something */
    bool extended;           /* it has said that it may run an ended guest again (packet !) */
    bool no_ack;             /* both sides have agreed on QStartNoAckMode */
    bool unread;             /* link_read returns `packet` once more */
    size_t count;            /* bytes in `in` */
    char in[2 * PACKET_MAX]; /* received, and not parsed yet */
    size_t size;             /* bytes in `packet` */
    char packet[PACKET_MAX + 1];
};

enum link_event { LINK_NOTHING, LINK_PACKET, LINK_INTERRUPT, LINK_GONE };

/*
 * Reads from the client without waiting. Returns the next event: LINK_PACKET if link->packet has a
 * packet, unescaped and with a NUL at its end; LINK_INTERRUPT for ^C; LINK_GONE if the client has
 * closed the connection; LINK_NOTHING if no whole packet is there. There must be a client.
 */
enum link_event link_read(struct link *link);

/* Sends a packet of `size` bytes. Does nothing if there is no client. */
void link_send(struct link *link, const char *text, size_t size);

/* Sends a text of any length for gdb's console (packet O). */
void link_print(struct link *link, const char *text);

#endif

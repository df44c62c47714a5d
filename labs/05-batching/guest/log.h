/* SPDX-License-Identifier: MIT */
/* Three ways to write texts to the console. */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>

/* Writes a text with an exit for each byte. */
void bytewise_put(const char *text);

/* Put a text into a buffer of LOG_BUFFER bytes, which is written when it is full; write the rest.
 */
#define LOG_BUFFER 1024u
void buffered_put(const char *text);
void buffered_flush(void);

/* Put a text into the ring; ring for the rest. The text must not change until it is written.
 * ring_start returns the ring. ring_put rings the doorbell only if the ring is full, ring_flush
 * only if a text is left. */
struct ring;
const struct ring *ring_start(void);
void ring_put(const char *text);
void ring_flush(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Three ways to write texts to the console. */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>

/* An exit for each byte. */
void bytewise_put(const char *text);

/* By way of a buffer of LOG_BUFFER bytes, which is written when it is full; and what is left. */
#define LOG_BUFFER 1024u
void buffered_put(const char *text);
void buffered_flush(void);

/* By way of the ring: a text stays where it is until it is written. The doorbell is rung when the
 * ring is full and another text comes; and, by ring_flush, for what is left. */
void ring_start(void);
void ring_put(const char *text);
void ring_flush(void);

#endif

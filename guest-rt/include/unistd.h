/* SPDX-License-Identifier: MIT */
/* What of POSIX makes sense in a guest, which has no files and no processes. */
#ifndef UNISTD_H
#define UNISTD_H

#include <sys/cdefs.h>
#include <sys/types.h>

__BEGIN_DECLS

/* Sleep as sleep_ns (<guest.h>), and return 0. */
unsigned sleep(unsigned seconds);
int usleep(unsigned microseconds);

/* Fills a buffer of at most 256 bytes with random ones; on the back end soft, --seed decides which.
 * They are not for keys. Returns 0; -1 with errno EIO (more than 256) or ENOSYS (no such VMM). */
int getentropy(void *buffer, size_t size);

__END_DECLS

#endif

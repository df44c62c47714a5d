/* SPDX-License-Identifier: MIT */
/* Other systems confine a process by other means, which labvisor does not use. A build with
 * sanitizers makes calls of their own, and that of a lab makes those that a student has written. */
#include "sandbox.h"

struct confined host_confine(const struct confinement *confinement)
{
    (void)confinement;
    return (struct confined){0};
}

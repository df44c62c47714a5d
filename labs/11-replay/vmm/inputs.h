/* SPDX-License-Identifier: MIT */
/* What has come to the guest from outside, and where in that it is. */
#ifndef INPUTS_H
#define INPUTS_H

/* How many inputs the guest has had, in the life that it remembers. */
unsigned inputs_position(void);

/* Takes the guest back to where it had so many: the next ones are those that it had then. */
void inputs_go_back(unsigned position);

#endif

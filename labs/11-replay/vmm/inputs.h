/* SPDX-License-Identifier: MIT */
/* The guest's inputs, and its position among them. */
#ifndef INPUTS_H
#define INPUTS_H

/* Returns the number of inputs that the guest has got, in its present life. */
unsigned inputs_position(void);

/* Brings the guest back to a position: it gets the inputs after it again. */
void inputs_go_back(unsigned position);

#endif

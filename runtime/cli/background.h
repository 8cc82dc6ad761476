/* SPDX-License-Identifier: Apache-2.0 */
/* Going on without the terminal, after what was started answers. */
#ifndef DYNR_CLI_BACKGROUND_H
#define DYNR_CLI_BACKGROUND_H

#include <stdbool.h>

struct dynr_background {
    int fd;
};

/**
 * Forks. In the child, which is to go on: true. In the parent, when the child is ready or has ended: false, and `*out_exit_status`
 * is to be returned from main. Until it is ready the child writes to the terminal. No thread may exist yet.
 */
bool dynr_background_begin(struct dynr_background *background, int *out_exit_status);

/** Lets the parent go and leaves the terminal. Does nothing in a process that was not put into the background. */
void dynr_background_ready(struct dynr_background *background);

#endif

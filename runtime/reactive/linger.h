/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views that nobody watches for the moment. They are kept for a while, few of them, so that somebody who lost the connection
 * finds the window that it had, and is told what it missed instead of everything. A view that remembers nothing but its window
 * costs nothing meanwhile; one that remembers rows ends with the first change that concerns it, since it could only be told
 * whole after that.
 */
#ifndef DYNR_REACTIVE_LINGER_H
#define DYNR_REACTIVE_LINGER_H

#include "reactive/reactive.h"

/* The last subscriber has left: the view lingers, or is freed. */
void dynr_view_leave(struct dynr_engine *engine, struct dynr_view *view);
/* Somebody watches it again. */
void dynr_view_return(struct dynr_engine *engine, struct dynr_view *view);
/* Ends a view that lingers. */
void dynr_view_end_lingering(struct dynr_engine *engine, struct dynr_view *view);
/* Ends the one that has lingered longest. False: there is none. */
bool dynr_linger_end_oldest(struct dynr_engine *engine);
void dynr_linger_cleanup(struct dynr_engine *engine);

#endif

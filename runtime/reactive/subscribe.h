/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribers: from a message to a view, and away again. */
#ifndef DYNR_REACTIVE_SUBSCRIBE_H
#define DYNR_REACTIVE_SUBSCRIBE_H

#include "reactive/reactive.h"

/* Attaches a subscriber to the view of these arguments and sees to its snapshot. What is wrong is said to the client. */
void dynr_subscriber_attach(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                            struct dynr_procedure_info *procedure, const void *input);
/* Takes it off its view, which goes with the last one. */
void dynr_subscriber_detach(struct dynr_engine *engine, struct dynr_subscriber *subscriber);
/* Ends and frees it. */
void dynr_subscriber_end(struct dynr_engine *engine, struct dynr_subscriber *subscriber);
/* Everybody starts from a snapshot, when the transition ends (dynr_view_reload). */
void dynr_view_resync(struct dynr_engine *engine, struct dynr_view *view);
void dynr_view_reload(struct dynr_engine *engine, struct dynr_view *view);
/* Its connection's commits wait for the view, or no more (transition.c). */
void dynr_subscriber_hold(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                          bool hold);

/* Says that what an active subscriber holds is not kept up any more. */
void dynr_subscriber_reset(struct dynr_engine *engine, const struct dynr_subscriber *subscriber);

#endif

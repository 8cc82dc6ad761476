/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscribers who held the view before: what they missed is replayed from the log where the view remembers nothing, else the log
 * only says whether anything happened, and where a gate decides who may: the gate's rows count too. Who comes without the token of what it
 * was sent gets a snapshot, and so does whatever does not work out.
 */
#ifndef DYNR_REACTIVE_RESUME_H
#define DYNR_REACTIVE_RESUME_H

#include "reactive/reactive.h"

struct dynr_read_job;

/* False when memory is exhausted. */
bool dynr_resume_new(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                     const struct dynr_engine_since *since);
void dynr_resume_free(struct dynr_engine *engine, struct dynr_subscriber *subscriber);
/* The subscriber is attached, and gets no patches. */
void dynr_resume_start(struct dynr_engine *engine, struct dynr_subscriber *subscriber);
void dynr_resume_answered(struct dynr_engine *engine, struct dynr_read_job *job);
/* The view's state has been read. */
void dynr_resume_loaded(struct dynr_engine *engine, struct dynr_subscriber *subscriber);

#endif

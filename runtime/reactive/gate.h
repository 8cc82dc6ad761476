/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gates: who may watch, from arguments and caller and the rows that these lead to. A subscriber whose gate is shut is told so and
 * waits: when the gate opens it gets a snapshot.
 */
#ifndef DYNR_REACTIVE_GATE_H
#define DYNR_REACTIVE_GATE_H

#include "reactive/reactive.h"

struct dynr_read_job;

/* Reads the gate of a new subscriber and lets it in, or not. */
void dynr_gate_begin(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                     struct dynr_procedure_info *procedure, const void *input);
void dynr_gate_free(struct dynr_engine *engine, struct dynr_subscriber *subscriber);
/* A row that a gate looks at has changed. */
void dynr_gate_changed(struct dynr_engine *engine, struct dynr_dependency *dependency,
                       const struct dynr_live_change *change);
void dynr_gate_answered(struct dynr_engine *engine, struct dynr_read_job *job);
/* Rows that gates look at changed in a way that nobody can read. */
void dynr_gate_distrust(struct dynr_engine *engine, struct dynr_dependency *dependency);

/* Whether rows that it looks at are being read: what comes of it will be said. `gate` may be NULL. */
bool dynr_gate_is_read(const struct dynr_gate *gate);

/* Whether the dependency, of kind GATE, is on a row of this gate. `gate` may be NULL. */
bool dynr_gate_has(const struct dynr_gate *gate, const struct dynr_dependency *dependency);

#endif

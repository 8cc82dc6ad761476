/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DYNR_REACTIVE_RECORD_H
#define DYNR_REACTIVE_RECORD_H

#include "reactive/reactive.h"

/*
 * Decodes a record into rows in `arena`. `out->entity` NULL: of no entity that anybody watches. Errors: what dynr_decode_item says,
 * and DYNR_ERR_NO_MEMORY; `out->entity` is set then, if the record says what it is of.
 */
enum dynr_status dynr_record_decode(struct dynr_engine *engine, const struct dynr_record *record,
                                    struct dynr_arena *arena, struct dynr_live_change *out,
                                    struct dynr_error *err);

#endif

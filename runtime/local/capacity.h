/* SPDX-License-Identifier: Apache-2.0 */
/* What a request consumes, counted while it runs. Nothing is counted that was not asked for. */
#ifndef DYNR_LOCAL_CAPACITY_H
#define DYNR_LOCAL_CAPACITY_H

#include "local/engine.h"

/* A job may run twice: what it counted the first time, which was undone, does not count. */
void dynr_local_meter_reset(struct local_call *call);
/*
 * `n_bytes` read from a table, or from its index at that position; at least one unit. LOCAL_NO_INDEX: the table itself.
 */
#define LOCAL_NO_INDEX SIZE_MAX
enum dynr_status dynr_local_meter_read(struct local_call *call, const struct local_table *table,
                                       size_t index, size_t n_bytes, bool is_consistent,
                                       struct dynr_error *err);
/* One row of that size written or removed. */
enum dynr_status dynr_local_meter_write(struct local_call *call, const struct local_table *table,
                                        size_t index, size_t n_bytes, struct dynr_error *err);
/* The size of the written item's collection as it is now, where the table has local indexes. */
enum dynr_status dynr_local_meter_collection(struct local_connection *connection,
                                             struct local_call *call,
                                             const struct local_write *write,
                                             struct dynr_error *err);
enum dynr_status dynr_local_meter_answer(struct local_call *call, struct dynr_response *response,
                                         struct dynr_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults that the driver plants between engine, store and clients, so that the simulator can be shown to notice them.
 *
 *     lose-leave      every 3rd frame in which a row leaves
 *     lose-patch      every 7th patch
 *     lose-bound      every 2nd bound
 *     lose-record     every 9th record
 *     lose-key        every 5th read by key finds nothing for its first key
 *     lose-rows       every 5th read of several rows finds none of them
 *     old-keys        rows read by key are said to be newer than they are
 *     lie-of-index    answers of indexes are said to be up to date
 *     short-log       the log lacks its last record
 *     begin-too-late  a new engine does not hear the first records
 *     lose-resync     who read too slowly is sent nothing anew
 *     volatile-store  nothing of the store outlives its process
 *     new-again       records that come twice, or late, are taken for new changes
 */
#ifndef DYN_TESTS_SIMULATION_FAULTS_H
#define DYN_TESTS_SIMULATION_FAULTS_H

#include "dynr/engine.h"

struct fault {
    /* NULL: none. */
    const char *name;
    /* How often there was something to spoil; for new-again, the newest position. */
    uint64_t n;
};

/* False: there is no fault of this name. */
bool fault_is_known(const char *name);
bool fault_is(const struct fault *fault, const char *name);
/* Whether the frame is lost on its way. */
bool fault_loses_frame(struct fault *fault, const struct dynr_frame *frame);
/* Leaves out records that are lost; the array is changed. */
size_t fault_lose_records(struct fault *fault, struct dynr_record *records, size_t n_records);
/* Spoils an answer. `position` is where the store stands. */
void fault_spoil_read(struct fault *fault, struct dynr_engine_read *read, uint64_t position);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads for calls that take long: table operations, scans, PartiQL. Made when they are needed, kept until the end.
 */
#ifndef DYNR_ENDPOINT_CALLER_H
#define DYNR_ENDPOINT_CALLER_H

#include "endpoint/connection.h"

struct dynr_endpoint_callers;

/** NULL: out of memory. */
struct dynr_endpoint_callers *dynr_endpoint_callers_new(struct dynr_service *service);
/** Nobody calls any more. NULL is fine. */
void dynr_endpoint_callers_destroy(struct dynr_endpoint_callers *callers);

/** Calls that have not begun are answered: the service is not there any more. */
void dynr_endpoint_callers_drop(struct dynr_endpoint_callers *callers);

/**
 * Lets a thread carry out the connection's `request` and put the answer into `served`; then the connection is posted to its loop.
 * False: there is no thread, and none could be made.
 */
bool dynr_endpoint_callers_call(struct dynr_endpoint_callers *callers,
                                struct dynr_endpoint_connection *connection);

#endif

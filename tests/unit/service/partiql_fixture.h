/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations in PartiQL: in bodies, ` stands for the quote of PartiQL's strings, as ' does for JSON's. */
#ifndef DYN_TESTS_UNIT_SERVICE_PARTIQL_FIXTURE_H
#define DYN_TESTS_UNIT_SERVICE_PARTIQL_FIXTURE_H

#include "service_fixture.h"

/* The body for the other functions. Owned by the caller. */
char *partiql_body(const char *text);

/* The tables of service_fixture.h, and then these steps. */
void partiql_run(const struct service_step *steps, size_t n_steps);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between generated code and libdynr: what generated files include.
 *
 * dynrc writes C structs and, beside them, constant tables: what a struct's members are, how keys are made of them, which access
 * paths exist (schema.h). Functions carry the tables out: reads and writes of rows (client.h), queries, mutations and policies
 * (procedure.h). People call the generated functions; these headers are for them to read when they step through one.
 */
#ifndef DYNR_GEN_H
#define DYNR_GEN_H

#include "dynr/client.h"
#include "dynr/procedure.h"
#include "dynr/schema.h"
#include "dynr/version.h"

#endif

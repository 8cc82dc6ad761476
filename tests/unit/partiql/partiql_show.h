/* SPDX-License-Identifier: Apache-2.0 */
/* Statements as one line of text: "update t: set a (+ a 1); where (= k 'x'); all new". */
#ifndef DYN_TESTS_UNIT_PARTIQL_PARTIQL_SHOW_H
#define DYN_TESTS_UNIT_PARTIQL_PARTIQL_SHOW_H

#include "dynr/buf.h"
#include "partiql/partiql.h"

void partiql_show(const struct dynr_partiql_statement *statement, struct dynr_buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What parsing and binding share. */
#ifndef DYNR_DDB_EXPRESSION_PARSE_H
#define DYNR_DDB_EXPRESSION_PARSE_H

#include "ddb/expression_ast.h"

/** The request parameter that an expression of this kind stands in, as messages name it. Static. */
const char *dynr_expression_label(enum dynr_expression_kind kind);

#endif

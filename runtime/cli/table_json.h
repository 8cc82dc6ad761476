/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table's definition as JSON: the members that CreateTable takes (`aws dynamodb create-table --cli-input-json`), and TimeToLiveSpecification
 * as CloudFormation calls it. What DescribeTable answers is read, too.
 */
#ifndef DYNR_CLI_TABLE_JSON_H
#define DYNR_CLI_TABLE_JSON_H

#include "dynr/backend.h"
#include "dynr/buf.h"

/**
 * Members that are not known, such as a state or an ARN, are passed over. Nothing is required: what is missing, the store says.
 * Errors: DYNR_ERR_SYNTAX, DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_NO_MEMORY. `out` lives in `arena` and in `text`.
 */
enum dynr_status dynr_table_json_read(struct dynr_str text, struct dynr_arena *arena,
                                      struct dynr_table_definition *out, struct dynr_error *err);

void dynr_table_json_write(const struct dynr_table_definition *table, struct dynr_buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CloudFormation emitter's own parts: the tree is built, checked, then written. Nothing is printed that the check
 * has not passed.
 */
#ifndef DYN_EMIT_CFN_CFN_H
#define DYN_EMIT_CFN_CFN_H

#include <cjson/cJSON.h>

#include "emit/emit.h"

/** CloudFormation's quotas. */
#define DYN_CFN_MAX_BYTES       ((size_t)1024 * 1024)
#define DYN_CFN_MAX_RESOURCES   500
#define DYN_CFN_MAX_OUTPUTS     200
#define DYN_CFN_MAX_DESCRIPTION 1024
/** DynamoDB's quota for one table. */
#define DYN_CFN_MAX_INDEXES 20

/** "TodoAppTable": letters and digits, so that "todo_app" and "TodoApp" would be one. */
struct dynr_str dyn_cfn_logical_id(struct dynr_arena *arena, const struct dyn_table *table);
/** A table that stores nothing is not deployed: a schema without models has one by default. */
bool dyn_cfn_deploys(const struct dyn_plan *plan, const struct dyn_plan_table *planned);
/** How many outputs the table has in the template. */
size_t dyn_cfn_output_count(const struct dyn_plan_table *planned);

/**
 * The template as a tree, owned by the caller (cJSON_Delete). NULL, with `out_exhausted` set, when memory is; NULL alone
 * when there is nothing to deploy: no table that models are stored in has the target `dynamodb`.
 */
cJSON *dyn_cfn_build(const struct dyn_emit_input *input, bool *out_exhausted);

/**
 * What no linter checks. Appends a line for each invariant that `root` breaks; nothing appended: all hold. It reads the
 * tree alone, so that tests can break one and see it fail.
 */
void dyn_cfn_check(const cJSON *root, struct dynr_buf *out_problems);

/** Appends `root` as JSON with two spaces a level and a final line feed; members in the order of the tree. */
void dyn_cfn_write(const cJSON *root, struct dynr_buf *out);

#endif

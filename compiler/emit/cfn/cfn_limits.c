/* SPDX-License-Identifier: Apache-2.0 */
/* What CloudFormation refuses of a schema, found before the template is made. */
#include "base/map.h"
#include "base/memory.h"
#include "emit/cfn/cfn.h"

static void report_collision(const struct dyn_emit_input *input, const struct dyn_table *table,
                             struct dynr_str id)
{
    struct dyn_diag *diag = dyn_report(input->diags, DYN_CODE_NAME_COLLISION, table->span,
                                       "the table `%.*s` gets a logical id that another table has",
                                       (int)table->name->text.len, table->name->text.ptr);
    dyn_diag_fact(input->diags, diag, "CloudFormation: both would be `%.*s`", (int)id.len, id.ptr);
    dyn_diag_help(input->diags, diag, "give it a name that differs in more than `_` and capitals");
}

static void check_id(const struct dyn_emit_input *input, struct dynr_map *ids,
                     const struct dyn_table *table)
{
    static char mark;
    struct dynr_str id = dyn_cfn_logical_id(input->arena, table);
    void *previous = NULL;
    if (!dynr_map_put(ids, id, &mark, &previous)) {
        dyn_report(input->diags, DYN_CODE_SELF_CHECK, table->span, "internal: memory is exhausted");
    } else if (previous != NULL) {
        report_collision(input, table, id);
    }
}

/** Of the quotas on one template, outputs run out first. */
static void report_outputs(const struct dyn_emit_input *input, const struct dyn_table *table,
                           size_t n_outputs)
{
    struct dyn_diag *diag = dyn_report(
        input->diags, DYN_CODE_TARGET, table->span,
        "the CloudFormation template would have more than %d outputs", DYN_CFN_MAX_OUTPUTS);
    dyn_diag_fact(input->diags, diag,
                  "why: each table has one for its name, its ARN and that of its stream; with this "
                  "one there are %zu",
                  n_outputs);
    dyn_diag_help(input->diags, diag, "keep more models in one table, or split the schema");
}

void dyn_check_cfn(const struct dyn_emit_input *input)
{
    struct dynr_map ids;
    size_t n_outputs = 0;
    dynr_map_init(&ids, NULL);
    for (size_t i = 0; i < input->plan->n_tables; i++) {
        const struct dyn_plan_table *planned = input->plan->tables[i];
        if (!dyn_cfn_deploys(input->plan, planned)) {
            continue;
        }
        check_id(input, &ids, planned->table);
        bool fitted = n_outputs <= DYN_CFN_MAX_OUTPUTS;
        n_outputs += dyn_cfn_output_count(planned);
        if (fitted && n_outputs > DYN_CFN_MAX_OUTPUTS) {
            report_outputs(input, planned->table, n_outputs);
        }
    }
    dynr_map_cleanup(&ids);
}

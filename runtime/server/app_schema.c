/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `schema`: procedures with their types, and the nodes of views, as JSON (docs/protocol.md).
 */
#include "dynr/view.h"
#include "server/app_options.h"

/* Types nest as deep as the schema that was compiled; this only bounds a table that was damaged. */
#define MAX_DEPTH 32

static void append_name(struct dynr_buf *out, const char *name)
{
    dynr_buf_append_json_string(out, dynr_str_from_c(name));
}

static void append_member(struct dynr_buf *out, const char *name, const char *value)
{
    append_name(out, name);
    dynr_buf_append_char(out, ':');
    append_name(out, value);
}

static const char *kind_name(enum dynr_kind kind)
{
    static const char *const names[] = {
        "",      "string",  "email", "url",  "json",      "bool",  "int32", "int64",
        "float", "decimal", "bytes", "date", "timestamp", "epoch", "ulid",  "uuid",
        "enum",  "struct",  "ref",   "list", "set",       "map",   "row"};
    return names[kind];
}

static void append_struct(struct dynr_buf *out, const struct dynr_struct_desc *desc,
                          unsigned depth);

static void append_type(struct dynr_buf *out, const struct dynr_type_desc *type, unsigned depth)
{
    dynr_buf_append_c(out, "{");
    append_member(out, "type", kind_name(type->kind));
    if (type->kind == DYNR_KIND_INT64) {
        /* How it stands in JSON: inside 2^53 a number, else a string. */
        append_member((dynr_buf_append_char(out, ','), out), "json",
                      type->json_number ? "number" : "string");
    }
    if (type->has_low) {
        dynr_buf_printf(out, ",\"low\":\"%lld\"", (long long)type->low);
    }
    if (type->has_high) {
        dynr_buf_printf(out, ",\"high\":\"%lld\"", (long long)type->high);
    }
    if (type->enumeration != NULL) {
        dynr_buf_append_c(out, ",\"values\":{");
        for (size_t i = 0; i < type->enumeration->n_values; i++) {
            dynr_buf_append_c(out, i == 0 ? "" : ",");
            append_name(out, type->enumeration->values[i].name);
            dynr_buf_printf(out, ":%d", type->enumeration->values[i].tag);
        }
        dynr_buf_append_char(out, '}');
    }
    if (type->structure != NULL && depth < MAX_DEPTH) {
        dynr_buf_append_c(out, ",\"of\":");
        append_struct(out, type->structure, depth + 1);
    }
    if (type->element != NULL && depth < MAX_DEPTH) {
        dynr_buf_append_c(out, ",\"element\":");
        append_type(out, type->element, depth + 1);
    }
    dynr_buf_append_char(out, '}');
}

static void append_struct(struct dynr_buf *out, const struct dynr_struct_desc *desc, unsigned depth)
{
    dynr_buf_append_char(out, '{');
    append_member(out, "name", desc->name);
    dynr_buf_append_c(out, ",\"fields\":[");
    bool first = true;
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if ((field->flags & DYNR_FIELD_HIDDEN) != 0) {
            continue;
        }
        dynr_buf_append_c(out, first ? "{" : ",{");
        first = false;
        append_member(out, "name", field->name);
        dynr_buf_append_c(out, ",\"type\":");
        append_type(out, field->type, depth);
        dynr_buf_append_c(out, field->presence == DYNR_REQUIRED ? "" : ",\"optional\":true");
        dynr_buf_append_c(out, (field->flags & DYNR_FIELD_DEFAULT) == 0 ? "" : ",\"default\":true");
        dynr_buf_append_c(out, (field->flags & DYNR_FIELD_AUTO) == 0 ? "" : ",\"auto\":true");
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_c(out, "]}");
}

static void append_fields(struct dynr_buf *out, const char *name, const struct dynr_view_node *node,
                          const uint16_t *fields, size_t n_fields)
{
    dynr_buf_append_char(out, ',');
    append_name(out, name);
    dynr_buf_append_c(out, ":[");
    for (size_t i = 0; i < n_fields; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        append_name(out, node->entity->row->fields[fields[i]].name);
    }
    dynr_buf_append_char(out, ']');
}

static void append_order(struct dynr_buf *out, const struct dynr_view_node *node)
{
    dynr_buf_append_c(out, ",\"order\":[");
    for (size_t i = 0; i < node->n_order; i++) {
        dynr_buf_append_c(out, i == 0 ? "{" : ",{");
        append_member(out, "field", node->entity->row->fields[node->order[i].field].name);
        dynr_buf_append_c(out, node->order[i].descending ? ",\"descending\":true}" : "}");
    }
    dynr_buf_append_char(out, ']');
}

static void append_node(struct dynr_buf *out, const struct dynr_view_desc *view,
                        const struct dynr_view_node *node)
{
    static const char *const classes[] = {"", "pure", "window", "keyed", "children", "aggregate", "tracked"};
    static const char *const aggregates[] = {"", "count", "sum", "min", "max"};
    dynr_buf_append_char(out, '{');
    append_member(out, "name", node->name);
    append_member((dynr_buf_append_char(out, ','), out), "class", classes[node->node_class]);
    dynr_buf_printf(out, ",\"parent\":%u,\"single\":%s", node->parent,
                    node->single ? "true" : "false");
    append_fields(out, "key", node, node->key, node->n_key);
    append_order(out, node);
    append_fields(out, "shown", node, node->fields, node->n_shown);
    append_fields(out, "hidden", node, node->fields + node->n_shown,
                  (size_t)(node->n_fields - node->n_shown));
    if (node->node_class == DYNR_NODE_KEYED) {
        const struct dynr_view_node *parent = &view->nodes[node->parent];
        append_member((dynr_buf_append_char(out, ','), out), "reference",
                      parent->entity->row->fields[node->reference].name);
    }
    if (node->node_class == DYNR_NODE_AGGREGATE) {
        append_member((dynr_buf_append_char(out, ','), out), "aggregate",
                      aggregates[node->aggregate]);
        if (node->aggregate != DYNR_AGGREGATE_COUNT) {
            append_member((dynr_buf_append_char(out, ','), out), "of",
                          node->entity->row->fields[node->aggregate_field].name);
        }
    }
    dynr_buf_append_char(out, '}');
}

static void append_output(struct dynr_buf *out, const struct dynr_procedure_desc *procedure)
{
    dynr_buf_append_c(out, ",\"output\":");
    if (procedure->output_scalar != NULL) {
        append_type(out, procedure->output_scalar, 0);
    } else if (procedure->output == NULL) {
        dynr_buf_append_c(out, "null");
    } else {
        append_struct(out, procedure->output, 0);
    }
    dynr_buf_append_c(out, procedure->output_is_list ? ",\"list\":true" : "");
}

static void append_procedure(struct dynr_buf *out, const struct dynr_procedure_desc *procedure)
{
    dynr_buf_append_char(out, '{');
    append_member(out, "path", procedure->path);
    append_member((dynr_buf_append_char(out, ','), out), "kind",
                  procedure->kind == DYNR_PROCEDURE_QUERY ? "query" : "mutation");
    dynr_buf_append_c(out, procedure->caller == NULL ? "" : ",\"caller\":true");
    dynr_buf_append_c(out, ",\"input\":");
    if (procedure->input == NULL) {
        dynr_buf_append_c(out, "null");
    } else {
        append_struct(out, procedure->input, 0);
    }
    append_output(out, procedure);
    if (procedure->view != NULL) {
        dynr_buf_append_c(out, ",\"nodes\":[");
        for (size_t i = 0; i < procedure->view->n_nodes; i++) {
            dynr_buf_append_c(out, i == 0 ? "" : ",");
            append_node(out, procedure->view, &procedure->view->nodes[i]);
        }
        dynr_buf_append_char(out, ']');
    }
    dynr_buf_append_char(out, '}');
}

int dynr_app_schema(const struct dynr_app *app)
{
    struct dynr_buf out = {0};
    dynr_buf_append_c(&out, "{\"protocol\":\"dynr.1\",");
    append_member(&out, "name", app->name);
    dynr_buf_append_c(&out, ",\"procedures\":[");
    for (size_t i = 0; i < app->procedures->n_procedures; i++) {
        dynr_buf_append_c(&out, i == 0 ? "\n" : ",\n");
        append_procedure(&out, app->procedures->procedures[i]);
    }
    dynr_buf_append_c(&out, "]}\n");
    bool fine =
        dynr_buf_ok(&out) && fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    dynr_buf_cleanup(&out);
    if (!fine) {
        (void)fprintf(stderr, "%s: the schema could not be written\n", app->name);
    }
    return fine ? DYNR_APP_DONE : DYNR_APP_FAILED;
}

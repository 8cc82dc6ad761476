/* SPDX-License-Identifier: Apache-2.0 */
/* Values in messages: the service shows them as its Java classes print themselves. */
#include "service/shape.h"

/* "TableName" is shown as "tableName", "NULL" as "nULL". */
static void show_field(enum service_field field, struct dynr_buf *out)
{
    const char *name = dynr_field_name(field);
    char first = name[0] >= 'A' && name[0] <= 'Z' ? (char)(name[0] - 'A' + 'a') : name[0];
    dynr_buf_append_char(out, first);
    dynr_buf_append_c(out, name + 1);
}

static void show_raw(const struct service_node *node, struct dynr_arena *arena,
                     struct dynr_buf *out)
{
    struct service_shape open = *node->shape;
    struct service_node inside;
    struct service_read_fault fault;
    open.is_raw = false;
    /* Text of the wrong types is shown as it came. */
    if (dynr_shape_read(&open, node->text, arena, &inside, &fault) != SERVICE_READ_OK) {
        dynr_buf_append_str(out, node->text);
        return;
    }
    dynr_node_show(&inside, arena, out);
}

static void show_structure(const struct service_node *node, struct dynr_arena *arena,
                           struct dynr_buf *out)
{
    dynr_buf_append_c(out, node->shape->type);
    dynr_buf_append_char(out, '(');
    for (size_t i = 0; i < node->n_children; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        show_field(node->shape->members[i].field, out);
        dynr_buf_append_char(out, '=');
        dynr_node_show(&node->children[i], arena, out);
    }
    dynr_buf_append_char(out, ')');
}

static void show_elements(const struct service_node *node, struct dynr_arena *arena,
                          struct dynr_buf *out)
{
    bool is_map = node->shape->kind == SERVICE_MAP;
    dynr_buf_append_char(out, is_map ? '{' : '[');
    for (size_t i = 0; i < node->n_children; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        if (is_map) {
            dynr_buf_append_str(out, node->keys[i]);
            dynr_buf_append_char(out, '=');
        }
        dynr_node_show(&node->children[i], arena, out);
    }
    dynr_buf_append_char(out, is_map ? '}' : ']');
}

void dynr_node_show(const struct service_node *node, struct dynr_arena *arena, struct dynr_buf *out)
{
    if (!dynr_node_is_present(node)) {
        dynr_buf_append_c(out, "null");
        return;
    }
    if (node->shape->is_raw && node->children == NULL && node->text.len > 0) {
        show_raw(node, arena, out);
        return;
    }
    switch (node->shape->kind) {
    case SERVICE_STRING:
    case SERVICE_BLOB:
        dynr_buf_append_str(out, node->text);
        break;
    case SERVICE_BOOLEAN:
        dynr_buf_append_c(out, node->boolean ? "true" : "false");
        break;
    case SERVICE_INTEGER:
    case SERVICE_LONG:
        dynr_buf_append_int(out, node->number);
        break;
    case SERVICE_LIST:
    case SERVICE_MAP:
        show_elements(node, arena, out);
        break;
    case SERVICE_STRUCTURE:
        show_structure(node, arena, out);
        break;
    }
}

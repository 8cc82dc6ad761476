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

enum {
    /* A raw text that is longer is shown as it came, and of the nodes of others so many bytes: what is beyond is cut anyway. */
    MOST_RAW = 4 * SERVICE_SHOWN_BYTES,
    MOST_NODES = 1 << 20
};

struct showing {
    struct dynr_arena *arena;
    struct dynr_buf *out;
    /* Length of `out` from which on nothing more is shown. */
    size_t end;
};

static bool is_full(const struct showing *showing)
{
    return showing->out->len >= showing->end;
}

static void show_text(struct showing *showing, struct dynr_str text)
{
    size_t room = is_full(showing) ? 0 : showing->end - showing->out->len;
    if (text.len <= room) {
        dynr_buf_append_str(showing->out, text);
        return;
    }
    /* Not within a character. */
    while (room > 0 && ((unsigned char)text.ptr[room] & 0xc0) == 0x80) {
        room--;
    }
    dynr_buf_append(showing->out, text.ptr, room);
    dynr_buf_append_c(showing->out, "...");
    showing->end = 0;
}

static void show_node(struct showing *showing, const struct service_node *node);

static void show_raw(struct showing *showing, const struct service_node *node)
{
    struct service_shape open = *node->shape;
    struct service_node inside;
    struct service_read_fault fault;
    open.is_raw = false;
    /* Text of the wrong types is shown as it came. */
    if (node->text.len > MOST_RAW ||
        dynr_shape_read_some(&open, node->text, MOST_NODES, showing->arena, &inside, &fault) !=
            SERVICE_READ_OK) {
        show_text(showing, node->text);
        return;
    }
    show_node(showing, &inside);
}

/* What comes before one more part. False: there is no room for it. */
static bool begin_part(struct showing *showing, size_t position)
{
    dynr_buf_append_c(showing->out, position == 0 ? "" : ", ");
    if (is_full(showing)) {
        dynr_buf_append_c(showing->out, "...");
    }
    return !is_full(showing);
}

static void show_structure(struct showing *showing, const struct service_node *node)
{
    dynr_buf_append_c(showing->out, node->shape->type);
    dynr_buf_append_char(showing->out, '(');
    for (size_t i = 0; i < node->n_children && begin_part(showing, i); i++) {
        show_field(node->shape->members[i].field, showing->out);
        dynr_buf_append_char(showing->out, '=');
        show_node(showing, &node->children[i]);
    }
    dynr_buf_append_char(showing->out, ')');
}

static void show_elements(struct showing *showing, const struct service_node *node)
{
    bool is_map = node->shape->kind == SERVICE_MAP;
    size_t i = 0;
    dynr_buf_append_char(showing->out, is_map ? '{' : '[');
    for (; i < node->n_children && begin_part(showing, i); i++) {
        if (is_map) {
            show_text(showing, node->keys[i]);
            dynr_buf_append_char(showing->out, '=');
        }
        show_node(showing, &node->children[i]);
    }
    if (i == node->n_children && node->n_dropped > 0) {
        dynr_buf_append_c(showing->out, ", ...");
    }
    dynr_buf_append_char(showing->out, is_map ? '}' : ']');
}

static void show_node(struct showing *showing, const struct service_node *node)
{
    if (!dynr_node_is_present(node)) {
        dynr_buf_append_c(showing->out, "null");
        return;
    }
    if (node->shape->is_raw && node->children == NULL && node->text.len > 0) {
        show_raw(showing, node);
        return;
    }
    switch (node->shape->kind) {
    case SERVICE_STRING:
    case SERVICE_BLOB:
        show_text(showing, node->text);
        break;
    case SERVICE_BOOLEAN:
        dynr_buf_append_c(showing->out, node->boolean ? "true" : "false");
        break;
    case SERVICE_INTEGER:
    case SERVICE_LONG:
        dynr_buf_append_int(showing->out, node->number);
        break;
    case SERVICE_LIST:
    case SERVICE_MAP:
        show_elements(showing, node);
        break;
    case SERVICE_STRUCTURE:
        show_structure(showing, node);
        break;
    }
}

void dynr_node_show(const struct service_node *node, struct dynr_arena *arena, struct dynr_buf *out)
{
    struct showing showing = {.arena = arena, .out = out, .end = out->len + SERVICE_SHOWN_BYTES};
    show_node(&showing, node);
}

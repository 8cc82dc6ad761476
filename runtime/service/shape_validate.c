/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds, patterns and value sets of a request: the service's "N validation errors detected". */
#include "service/shape.h"

/* The service stops counting here. */
enum {
    MOST_ERRORS = 10,
    MOST_KEY = 1024
};

enum pass {
    /* Members that are reported alone. */
    PASS_FIRST,
    PASS_ALL,
    PASS_TERSE,
};

struct validation {
    struct dynr_arena *arena;
    enum pass pass;
    struct dynr_buf *errors;
    /* "requestItems.app.member." and so on. */
    struct dynr_buf path;
    size_t n_errors;
};

bool dynr_is_table_arn(struct dynr_str text, struct dynr_str *out_name)
{
    static const char begin[] = "arn:";
    static const char middle[] = ":table/";
    if (!dynr_str_starts_with(text, dynr_str_from_c(begin))) {
        return false;
    }
    for (size_t i = sizeof begin - 1; i + sizeof middle - 1 < text.len; i++) {
        if (memcmp(text.ptr + i, middle, sizeof middle - 1) == 0) {
            size_t start = i + sizeof middle - 1;
            *out_name = dynr_str_make(text.ptr + start, text.len - start);
            return dynr_is_name(*out_name);
        }
    }
    return false;
}

/* Tables may be named by their ARNs, which are longer and have other characters. */
static bool is_arn(const struct service_shape *shape, struct dynr_str text)
{
    struct dynr_str name;
    return shape->takes_arn && dynr_is_table_arn(text, &name);
}

bool dynr_is_name(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '.' || c == '-')) {
            return false;
        }
    }
    return text.len > 0;
}

/* ---- messages ---- */

/* The beginning of an error, up to where its constraint stands. False: there are enough. */
static bool begin_error(struct validation *validation, const struct service_node *node)
{
    if (validation->n_errors == MOST_ERRORS ||
        (validation->pass == PASS_FIRST && validation->n_errors > 0)) {
        return false;
    }
    struct dynr_buf *errors = validation->errors;
    dynr_buf_append_c(errors, validation->n_errors++ == 0 ? "" : "; ");
    dynr_buf_append_c(errors, "Value ");
    if (!dynr_node_is_present(node)) {
        dynr_buf_append_c(errors, "null ");
    } else if (validation->pass != PASS_TERSE) {
        dynr_buf_append_char(errors, '\'');
        dynr_node_show(node, validation->arena, errors);
        dynr_buf_append_c(errors, "' ");
    }
    dynr_buf_append_c(errors, "at '");
    dynr_buf_append_str(errors, dynr_buf_str(&validation->path));
    dynr_buf_append_c(errors, "' failed to satisfy constraint: ");
    return true;
}

static void show_least(const struct service_shape *shape, struct dynr_buf *out)
{
    bool is_number = shape->kind == SERVICE_INTEGER || shape->kind == SERVICE_LONG;
    dynr_buf_printf(out, "Member must have %s greater than or equal to %lld",
                    is_number ? "value" : "length", (long long)shape->least);
}

static void show_most(const struct service_shape *shape, struct dynr_buf *out)
{
    bool is_number = shape->kind == SERVICE_INTEGER || shape->kind == SERVICE_LONG;
    dynr_buf_printf(out, "Member must have %s less than or equal to %lld",
                    is_number ? "value" : "length", (long long)shape->most);
}

static void show_pattern(const struct service_shape *shape, struct dynr_buf *out)
{
    dynr_buf_printf(out, "Member must satisfy regular expression pattern: %s", shape->pattern);
}

static void show_values(const struct service_shape *shape, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "Member must satisfy enum value set: [");
    for (size_t i = 0; shape->values[i] != NULL; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        dynr_buf_append_c(out, shape->values[i]);
    }
    dynr_buf_append_char(out, ']');
}

/* ---- one value ---- */

static int64_t extent(const struct service_shape *shape, const struct service_node *node)
{
    switch (shape->kind) {
    case SERVICE_INTEGER:
    case SERVICE_LONG:
        return node->number;
    case SERVICE_STRING:
    case SERVICE_BLOB:
        return (int64_t)node->text.len;
    case SERVICE_BOOLEAN:
    case SERVICE_LIST:
    case SERVICE_MAP:
    case SERVICE_STRUCTURE:
        break;
    }
    return (int64_t)(node->n_children + node->n_dropped);
}

static bool is_too_small(const struct service_shape *shape, const struct service_node *node)
{
    return shape->has_least && extent(shape, node) < shape->least;
}

static bool is_too_large(const struct service_shape *shape, const struct service_node *node)
{
    return shape->has_most && extent(shape, node) > shape->most;
}

static bool is_in_values(const struct service_shape *shape, const struct service_node *node)
{
    for (size_t i = 0; shape->values[i] != NULL; i++) {
        if (dynr_str_equal_c(node->text, shape->values[i])) {
            return true;
        }
    }
    return false;
}

static void check_bounds(struct validation *validation, const struct service_node *node)
{
    const struct service_shape *shape = node->shape;
    if (shape->is_terse != (validation->pass == PASS_TERSE) || is_arn(shape, node->text)) {
        return;
    }
    bool is_odd = shape->pattern != NULL && !dynr_is_name(node->text);
    /* Where only one fault is reported, an empty name is too short. */
    if (is_odd && !shape->is_first && begin_error(validation, node)) {
        show_pattern(shape, validation->errors);
    }
    if (is_too_small(shape, node) && begin_error(validation, node)) {
        show_least(shape, validation->errors);
    }
    if (is_odd && shape->is_first && begin_error(validation, node)) {
        show_pattern(shape, validation->errors);
    }
    if (is_too_large(shape, node) && begin_error(validation, node)) {
        show_most(shape, validation->errors);
    }
    if (!shape->has_most && node->n_dropped > 0 && begin_error(validation, node)) {
        /* The service has no such bound; memory has. */
        dynr_buf_printf(validation->errors, "Member must have length less than or equal to %zu",
                        node->n_children);
    }
    if (shape->values != NULL && !is_in_values(shape, node) && begin_error(validation, node)) {
        show_values(shape, validation->errors);
    }
}

/* ---- maps as a whole ---- */

static void check_keys(struct validation *validation, const struct service_node *map)
{
    const struct service_shape *bounds = map->shape->key;
    struct dynr_buf *out = validation->errors;
    for (size_t i = 0; i < map->n_children; i++) {
        struct service_node key = {.shape = bounds, .text = map->keys[i]};
        bool fits =
            !is_too_small(bounds, &key) && !is_too_large(bounds, &key) && dynr_is_name(key.text);
        if (fits || is_arn(bounds, key.text)) {
            continue;
        }
        if (!begin_error(validation, map)) {
            return;
        }
        dynr_buf_append_c(out, "Map keys must satisfy constraint: [");
        show_most(bounds, out);
        dynr_buf_append_c(out, ", ");
        show_least(bounds, out);
        dynr_buf_append_c(out, ", ");
        show_pattern(bounds, out);
        dynr_buf_append_char(out, ']');
    }
}

static void check_map_values(struct validation *validation, const struct service_node *map)
{
    const struct service_shape *bounds = map->shape->value_bounds;
    struct dynr_buf *out = validation->errors;
    for (size_t i = 0; i < map->n_children; i++) {
        const struct service_node *value = &map->children[i];
        if (!dynr_node_is_present(value) ||
            (!is_too_small(bounds, value) && !is_too_large(bounds, value))) {
            continue;
        }
        if (!begin_error(validation, map)) {
            return;
        }
        dynr_buf_append_c(out, "Map value must satisfy constraint: [");
        show_most(bounds, out);
        dynr_buf_append_c(out, ", ");
        show_least(bounds, out);
        dynr_buf_append_char(out, ']');
    }
}

/* ---- everything below a value ---- */

static void check_value(struct validation *validation, const struct service_shape *shape,
                        const struct service_node *node, enum service_presence presence);

static void push_name(struct validation *validation, struct dynr_str name)
{
    struct dynr_buf *path = &validation->path;
    if (path->len > 0) {
        dynr_buf_append_char(path, '.');
    }
    size_t start = path->len;
    dynr_buf_append_str(path, name);
    if (dynr_buf_ok(path) && name.len > 0 && validation->pass != PASS_TERSE &&
        path->ptr[start] >= 'A' && path->ptr[start] <= 'Z') {
        path->ptr[start] = (char)(path->ptr[start] - 'A' + 'a');
    }
}

static void check_members(struct validation *validation, const struct service_node *structure)
{
    const struct service_shape *shape = structure->shape;
    size_t mark = validation->path.len;
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct service_member *member = &shape->members[i];
        bool is_idle = validation->pass == PASS_FIRST
                           ? !member->shape->is_first
                           : member->presence == SERVICE_OPTIONAL &&
                                 !dynr_node_is_present(&structure->children[i]);
        if (is_idle) {
            continue;
        }
        push_name(validation, dynr_str_from_c(dynr_field_name(member->field)));
        check_value(validation, member->shape, &structure->children[i], member->presence);
        validation->path.len = mark;
    }
}

/* Of a key, in a path: what is longer is no table's name, and the value beside it shows more. */
static size_t shown_length(struct dynr_str key)
{
    size_t len = key.len < MOST_KEY ? key.len : MOST_KEY;
    while (len > 0 && len < key.len && ((unsigned char)key.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}

static void check_elements(struct validation *validation, const struct service_node *node)
{
    size_t mark = validation->path.len;
    for (size_t i = 0; i < node->n_children; i++) {
        if (node->shape->kind == SERVICE_MAP) {
            /* A table's name keeps its case. */
            dynr_buf_append_char(&validation->path, '.');
            dynr_buf_append_str(&validation->path,
                                dynr_str_make(node->keys[i].ptr, shown_length(node->keys[i])));
        } else {
            dynr_buf_printf(&validation->path, ".%zu", i + 1);
        }
        dynr_buf_append_c(&validation->path, ".member");
        check_value(validation, node->shape->element, &node->children[i], SERVICE_NOT_NULL);
        validation->path.len = mark;
    }
}

static void check_value(struct validation *validation, const struct service_shape *shape,
                        const struct service_node *node, enum service_presence presence)
{
    if (!dynr_node_is_present(node)) {
        if (presence != SERVICE_OPTIONAL && validation->pass == PASS_ALL &&
            begin_error(validation, node)) {
            dynr_buf_append_c(validation->errors, "Member must not be null");
        }
        return;
    }
    check_bounds(validation, node);
    if (shape->key != NULL && validation->pass == PASS_ALL) {
        check_keys(validation, node);
    }
    if (shape->value_bounds != NULL && validation->pass == PASS_ALL) {
        check_map_values(validation, node);
    }
    if (shape->is_raw || validation->pass == PASS_FIRST) {
        return;
    }
    if (shape->kind == SERVICE_STRUCTURE) {
        check_members(validation, node);
    } else if (shape->kind == SERVICE_LIST || shape->kind == SERVICE_MAP) {
        check_elements(validation, node);
    }
}

/* ---- all of it ---- */

static bool misses_required(const struct service_node *node, struct dynr_buf *out)
{
    for (size_t i = 0; i < node->shape->n_members; i++) {
        const struct service_member *member = &node->shape->members[i];
        if (member->presence == SERVICE_REQUIRED && !dynr_node_is_present(&node->children[i])) {
            dynr_buf_printf(out,
                            "The parameter '%s' is required but was not present in the request",
                            dynr_field_name(member->field));
            return true;
        }
    }
    return false;
}

void dynr_shape_validate(const struct service_node *node, struct dynr_arena *arena,
                         struct dynr_buf *out)
{
    if (misses_required(node, out)) {
        return;
    }
    /* Where nothing is wrong, neither buffer takes any memory. */
    struct dynr_buf errors;
    struct validation validation = {.arena = arena, .errors = &errors};
    dynr_buf_init(&errors, out->allocator, 0);
    dynr_buf_init(&validation.path, out->allocator, 0);
    for (int pass = PASS_FIRST; pass <= PASS_TERSE && validation.n_errors == 0; pass++) {
        validation.pass = (enum pass)pass;
        check_members(&validation, node);
    }
    if (validation.n_errors > 0) {
        dynr_buf_printf(out, "%zu validation error%s detected: ", validation.n_errors,
                        validation.n_errors > 1 ? "s" : "");
        dynr_buf_append_str(out, dynr_buf_str(&errors));
    }
    out->failed = out->failed || errors.failed || validation.path.failed;
    dynr_buf_cleanup(&errors);
    dynr_buf_cleanup(&validation.path);
}

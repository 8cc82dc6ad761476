/* SPDX-License-Identifier: Apache-2.0 */
/* ExpressionAttributeNames and ExpressionAttributeValues. */
#include "ddb/expression_bound.h"

#include <stdlib.h>

#include "base/json_read.h"

struct binding_parser {
    /** "ExpressionAttributeNames" or "...Values". */
    const char *parameter;
    char sigil;
    struct dynr_json_reader json;
    struct dynr_arena *arena;
    struct dynr_error *err;
};

static int compare_members(const void *a, const void *b)
{
    const struct dynr_attribute_member *const *left = a;
    const struct dynr_attribute_member *const *right = b;
    return dynr_str_compare((*left)->name, (*right)->name);
}

/* "#" or ":" and at least one letter, digit or underscore. */
static bool is_reference(struct dynr_str key, char sigil)
{
    if (key.len < 2 || key.ptr[0] != sigil) {
        return false;
    }
    for (size_t i = 1; i < key.len; i++) {
        char c = key.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_')) {
            return false;
        }
    }
    return true;
}

static int shown(struct dynr_str text)
{
    return text.len < 255 ? (int)text.len : 255;
}

/* Counts the members and checks that the text is one object. */
static enum dynr_status count_members(struct binding_parser *parser, size_t *out)
{
    struct dynr_json_reader *json = &parser->json;
    struct dynr_json_reader start = *json;
    bool first = true;
    struct dynr_str key;
    *out = 0;
    dynr_json_enter_object(json, &first);
    while (dynr_json_next_member(json, parser->arena, &first, &key) && dynr_json_skip(json, NULL)) {
        (*out)++;
    }
    if (json->fault != NULL || !dynr_json_finish(json)) {
        return dynr_json_fail(json, parser->err);
    }
    *json = start;
    if (*out == 0) {
        return dynr_fail(parser->err, DYNR_ERR_INVALID_ARGUMENT, "%s must not be empty",
                         parser->parameter);
    }
    return DYNR_OK;
}

/* Fills the members' names, and their values' texts as they stand. */
static enum dynr_status read_members(struct binding_parser *parser, struct dynr_attribute *map)
{
    bool first = true;
    struct dynr_str key;
    dynr_json_enter_object(&parser->json, &first);
    for (size_t i = 0;
         i < map->n_children && dynr_json_next_member(&parser->json, parser->arena, &first, &key);
         i++) {
        map->members[i].name = key;
        dynr_json_skip(&parser->json, &map->members[i].value.text);
        if (!is_reference(key, parser->sigil) && parser->json.fault == NULL) {
            return dynr_fail(parser->err, DYNR_ERR_INVALID_ARGUMENT,
                             "%s contains invalid key: Syntax error; key: \"%.*s\"",
                             parser->parameter, shown(key), key.ptr);
        }
    }
    /* Well-formed, as count_members has seen: what is left is exhausted memory. */
    return parser->json.fault != NULL ? dynr_json_fail(&parser->json, parser->err) : DYNR_OK;
}

static enum dynr_status parse_name(struct binding_parser *parser,
                                   struct dynr_attribute_member *member)
{
    struct dynr_json_reader json;
    struct dynr_str name;
    dynr_json_reader_init(&json, member->value.text);
    if (dynr_json_peek(&json) != DYNR_JSON_STRING) {
        return dynr_fail(parser->err, DYNR_ERR_SYNTAX, "%s holds something other than a String",
                         parser->parameter);
    }
    if (!dynr_json_read_string(&json, parser->arena, &name)) {
        return dynr_json_fail(&json, parser->err);
    }
    if (name.len == 0) {
        return dynr_fail(parser->err, DYNR_ERR_INVALID_ARGUMENT,
                         "%s contains invalid value: Empty attribute name for key %.*s",
                         parser->parameter, shown(member->name), member->name.ptr);
    }
    member->value.type = DYNR_ATTRIBUTE_S;
    member->value.text = name;
    return DYNR_OK;
}

static enum dynr_status parse_bound_value(struct binding_parser *parser,
                                          struct dynr_attribute_member *member)
{
    struct dynr_error fault = {0};
    struct dynr_str json = member->value.text;
    enum dynr_status status = dynr_attribute_parse(json, parser->arena, &member->value, &fault);
    if (status == DYNR_ERR_INVALID_ARGUMENT) {
        return dynr_fail(parser->err, status, "%s contains invalid value: %s for key %.*s",
                         parser->parameter, fault.message, shown(member->name), member->name.ptr);
    }
    return status == DYNR_OK ? DYNR_OK : dynr_fail(parser->err, status, "%s", fault.message);
}

static enum dynr_status sort_members(struct binding_parser *parser,
                                     const struct dynr_attribute *map,
                                     const struct dynr_attribute_member ***out)
{
    const struct dynr_attribute_member **sorted = dynr_arena_calloc(
        parser->arena, map->n_children, sizeof(const struct dynr_attribute_member *));
    if (sorted == NULL) {
        return dynr_fail(parser->err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < map->n_children; i++) {
        sorted[i] = &map->members[i];
    }
    qsort(sorted, map->n_children, sizeof(const struct dynr_attribute_member *), compare_members);
    for (size_t i = 1; i < map->n_children; i++) {
        if (dynr_str_equal(sorted[i - 1]->name, sorted[i]->name)) {
            return dynr_fail(parser->err, DYNR_ERR_SYNTAX, "%s: a key occurs twice",
                             parser->parameter);
        }
    }
    *out = sorted;
    return DYNR_OK;
}

static enum dynr_status parse_map(struct binding_parser *parser, struct dynr_str text,
                                  enum dynr_status (*parse_member)(struct binding_parser *,
                                                                   struct dynr_attribute_member *),
                                  struct dynr_attribute *out, bool **out_used,
                                  const struct dynr_attribute_member ***out_sorted)
{
    size_t n;
    dynr_json_reader_init(&parser->json, text);
    enum dynr_status status = count_members(parser, &n);
    if (status != DYNR_OK) {
        return status;
    }
    out->type = DYNR_ATTRIBUTE_M;
    out->n_children = n;
    out->members = dynr_arena_calloc(parser->arena, n, sizeof *out->members);
    *out_used = dynr_arena_calloc(parser->arena, n, sizeof **out_used);
    if (out->members == NULL || *out_used == NULL) {
        return dynr_fail(parser->err, DYNR_ERR_NO_MEMORY, NULL);
    }
    status = read_members(parser, out);
    for (size_t i = 0; i < n && status == DYNR_OK; i++) {
        status = parse_member(parser, &out->members[i]);
    }
    return status == DYNR_OK ? sort_members(parser, out, out_sorted) : status;
}

enum dynr_status dynr_bindings_parse(struct dynr_str names, struct dynr_str values,
                                     struct dynr_arena *arena, struct dynr_bindings *out,
                                     struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    memset(out, 0, sizeof *out);
    if (names.len != 0) {
        struct binding_parser parser = {
            .parameter = "ExpressionAttributeNames", .sigil = '#', .arena = arena, .err = err};
        status =
            parse_map(&parser, names, parse_name, &out->names, &out->name_used, &out->names_sorted);
    }
    if (status == DYNR_OK && values.len != 0) {
        struct binding_parser parser = {
            .parameter = "ExpressionAttributeValues", .sigil = ':', .arena = arena, .err = err};
        status = parse_map(&parser, values, parse_bound_value, &out->values, &out->value_used,
                           &out->values_sorted);
    }
    return status;
}

static size_t find(const struct dynr_attribute *map, const struct dynr_attribute_member **sorted,
                   struct dynr_str ref)
{
    size_t low = 0;
    size_t high = sorted == NULL ? 0 : map->n_children;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = dynr_str_compare(sorted[middle]->name, ref);
        if (order == 0) {
            return (size_t)(sorted[middle] - map->members);
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return SIZE_MAX;
}

size_t dynr_bindings_find_name(const struct dynr_bindings *bindings, struct dynr_str ref)
{
    return find(&bindings->names, bindings->names_sorted, ref);
}

size_t dynr_bindings_find_value(const struct dynr_bindings *bindings, struct dynr_str ref)
{
    return find(&bindings->values, bindings->values_sorted, ref);
}

static enum dynr_status check_map_used(const char *parameter, const struct dynr_attribute *map,
                                       const bool *used, struct dynr_error *err)
{
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, DYNR_ERROR_MESSAGE_SIZE);
    bool any = false;
    for (size_t i = 0; i < map->n_children; i++) {
        if (!used[i]) {
            dynr_buf_append_c(&buf, any ? ", " : "");
            dynr_buf_append_str(&buf, map->members[i].name);
            any = true;
        }
    }
    enum dynr_status status = DYNR_OK;
    if (any) {
        struct dynr_str keys = dynr_buf_str(&buf);
        status = dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                           "Value provided in %s unused in expressions: keys: {%.*s}", parameter,
                           (int)keys.len, keys.ptr == NULL ? "" : keys.ptr);
    }
    dynr_buf_cleanup(&buf);
    return status;
}

enum dynr_status dynr_bindings_check_used(const struct dynr_bindings *bindings,
                                          struct dynr_error *err)
{
    enum dynr_status status =
        check_map_used("ExpressionAttributeNames", &bindings->names, bindings->name_used, err);
    return status != DYNR_OK ? status
                             : check_map_used("ExpressionAttributeValues", &bindings->values,
                                              bindings->value_used, err);
}

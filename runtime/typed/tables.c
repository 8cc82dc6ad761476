/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables from their descriptors: created where they are missing, compared where they stand.
 */
#include "typed/client.h"

static struct dynr_key_attribute key_attribute(const char *name, char type)
{
    struct dynr_key_attribute attribute = {dynr_str_from_c(name), name == NULL ? '\0' : type};
    return attribute;
}

static bool define_index(const struct dynr_index_desc *desc, struct dynr_arena *arena,
                         struct dynr_index_definition *out)
{
    memset(out, 0, sizeof *out);
    out->name = dynr_str_from_c(desc->name);
    out->partition_key = key_attribute(desc->partition_attribute, desc->partition_type);
    out->sort_key = key_attribute(desc->sort_attribute, desc->sort_type);
    out->is_local = desc->is_local;
    out->projection = desc->projection;
    struct dynr_str *included = dynr_arena_calloc(arena, desc->n_included + 1, sizeof *included);
    if (included == NULL) {
        return false;
    }
    for (size_t i = 0; i < desc->n_included; i++) {
        included[i] = dynr_str_from_c(desc->included[i]);
    }
    out->included = included;
    out->n_included = desc->n_included;
    return true;
}

static bool define_table(const struct dynr_client *client, const struct dynr_table_desc *desc,
                         struct dynr_arena *arena, struct dynr_table_definition *out)
{
    memset(out, 0, sizeof *out);
    out->name = dynr_client_table_name(client, desc, arena);
    out->partition_key = key_attribute(desc->partition_attribute, desc->partition_type);
    out->sort_key = key_attribute(desc->sort_attribute, desc->sort_type);
    out->stream = desc->stream;
    out->ttl_attribute = dynr_str_from_c(desc->ttl_attribute);
    struct dynr_index_definition *indexes =
        dynr_arena_calloc(arena, desc->n_indexes + 1, sizeof *indexes);
    if (indexes == NULL || out->name.ptr == NULL) {
        return false;
    }
    for (size_t i = 0; i < desc->n_indexes; i++) {
        if (!define_index(&desc->indexes[i], arena, &indexes[i])) {
            return false;
        }
    }
    out->indexes = indexes;
    out->n_indexes = desc->n_indexes;
    return true;
}

static bool same_key(struct dynr_key_attribute a, struct dynr_key_attribute b)
{
    return dynr_str_equal(a.name, b.name) && (a.name.len == 0 || a.type == b.type);
}

static bool includes(const struct dynr_index_definition *index, struct dynr_str name)
{
    for (size_t i = 0; i < index->n_included; i++) {
        if (dynr_str_equal(index->included[i], name)) {
            return true;
        }
    }
    return false;
}

static bool same_projection(const struct dynr_index_definition *wanted,
                            const struct dynr_index_definition *found)
{
    if (wanted->projection != found->projection) {
        return false;
    }
    if (wanted->projection != DYNR_PROJECT_INCLUDE) {
        return true;
    }
    for (size_t i = 0; i < wanted->n_included; i++) {
        if (!includes(found, wanted->included[i])) {
            return false;
        }
    }
    return wanted->n_included == found->n_included;
}

static enum dynr_status differs(const struct dynr_table_definition *wanted, const char *what,
                                struct dynr_str name, struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_TABLE_EXISTS, "table %.*s exists with another %s%s%.*s",
                     (int)wanted->name.len, wanted->name.ptr, what, name.len == 0 ? "" : " ",
                     (int)name.len, name.len == 0 ? "" : name.ptr);
}

static const struct dynr_index_definition *find_index(const struct dynr_table_definition *table,
                                                      struct dynr_str name)
{
    for (size_t i = 0; i < table->n_indexes; i++) {
        if (dynr_str_equal(table->indexes[i].name, name)) {
            return &table->indexes[i];
        }
    }
    return NULL;
}

/* Further indexes of a standing table disturb nobody. */
static enum dynr_status compare(const struct dynr_table_definition *wanted,
                                const struct dynr_table_definition *found, struct dynr_error *err)
{
    struct dynr_str none = {NULL, 0};
    if (!same_key(wanted->partition_key, found->partition_key) ||
        !same_key(wanted->sort_key, found->sort_key)) {
        return differs(wanted, "key", none, err);
    }
    for (size_t i = 0; i < wanted->n_indexes; i++) {
        const struct dynr_index_definition *index = &wanted->indexes[i];
        const struct dynr_index_definition *other = find_index(found, index->name);
        if (other == NULL) {
            return dynr_fail(err, DYNR_ERR_TABLE_EXISTS, "table %.*s exists without index %.*s",
                             (int)wanted->name.len, wanted->name.ptr, (int)index->name.len,
                             index->name.ptr);
        }
        if (!same_key(index->partition_key, other->partition_key) ||
            !same_key(index->sort_key, other->sort_key) || index->is_local != other->is_local) {
            return differs(wanted, "key of index", index->name, err);
        }
        if (!same_projection(index, other)) {
            return differs(wanted, "projection of index", index->name, err);
        }
    }
    return DYNR_OK;
}

static enum dynr_status create_table(const struct dynr_client *client,
                                     const struct dynr_table_desc *desc, struct dynr_arena *arena,
                                     struct dynr_error *err)
{
    struct dynr_table_definition definition;
    struct dynr_response response;
    if (!define_table(client, desc, arena, &definition)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_CREATE_TABLE;
    request.definition = &definition;
    request.table = definition.name;
    enum dynr_status status = dynr_client_call(client, &request, arena, &response, err);
    if (status != DYNR_ERR_TABLE_EXISTS) {
        return status;
    }
    request.operation = DYNR_DESCRIBE_TABLE;
    request.definition = NULL;
    status = dynr_client_call(client, &request, arena, &response, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (response.table == NULL) {
        return dynr_fail(err, DYNR_ERR_INTERNAL, "the backend describes no table");
    }
    dynr_error_clear(err);
    return compare(&definition, response.table, err);
}

enum dynr_status dynr_tables_create(struct dynr_client *client,
                                    const struct dynr_table_desc *const *tables, size_t n_tables,
                                    struct dynr_error *err)
{
    struct dynr_arena arena;
    dynr_arena_init(&arena, client->allocator, 0);
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < n_tables && status == DYNR_OK; i++) {
        status = create_table(client, tables[i], &arena, err);
    }
    dynr_arena_cleanup(&arena);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What CreateTable accepts, in the service's words. */
#include "local/engine.h"

enum {
    MOST_INCLUDED = 100,
    MOST_LOCAL_INDEXES = 5,
    MOST_GLOBAL_INDEXES = 20
};

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static enum dynr_status check_name(struct dynr_str name, const char *member, const char *title,
                                   struct dynr_error *err)
{
    if (name.len < 3 || name.len > 255) {
        return dynr_local_invalid(
            err, "%s must be at least 3 characters long and at most 255 characters long", title);
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_character(name.ptr[i])) {
            return dynr_local_invalid(
                err,
                "1 validation error detected: Value '%.*s' at '%s' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
                (int)name.len, name.ptr, member);
        }
    }
    return DYNR_OK;
}

static enum dynr_status check_key(const struct dynr_key_attribute *key, bool is_optional,
                                  struct dynr_error *err)
{
    if (is_optional && key->name.len == 0) {
        return DYNR_OK;
    }
    if (key->name.len < 1 || key->name.len > 255) {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '%.*s' at 'keySchema.1.member."
            "attributeName' failed to satisfy constraint: Member must have length %s",
            (int)key->name.len, key->name.ptr,
            key->name.len < 1 ? "greater than or equal to 1" : "less than or equal to 255");
    }
    if (key->type != 'S' && key->type != 'N' && key->type != 'B') {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '%c' at 'attributeDefinitions.1.member."
            "attributeType' failed to satisfy constraint: Member must satisfy enum value "
            "set: [B, N, S]",
            key->type == 0 ? ' ' : key->type);
    }
    return DYNR_OK;
}

static enum dynr_status check_key_schema(const struct dynr_key_attribute *partition,
                                         const struct dynr_key_attribute *sort,
                                         struct dynr_error *err)
{
    enum dynr_status status = check_key(partition, false, err);
    if (status == DYNR_OK) {
        status = check_key(sort, true, err);
    }
    if (status == DYNR_OK && dynr_str_equal(partition->name, sort->name)) {
        return dynr_local_invalid(
            err, "Both the Hash Key and the Range Key element in the KeySchema have the same "
                 "name");
    }
    return status;
}

/* An attribute has one type, whatever keys it is part of. */
static bool has_other_type(const struct dynr_key_attribute *a, const struct dynr_key_attribute *b)
{
    return a->name.len > 0 && dynr_str_equal(a->name, b->name) && a->type != b->type;
}

static enum dynr_status check_types(const struct dynr_table_definition *table,
                                    struct dynr_error *err)
{
    for (size_t i = 0; i < table->n_indexes; i++) {
        const struct dynr_key_attribute *own[] = {&table->indexes[i].partition_key,
                                                  &table->indexes[i].sort_key};
        for (size_t k = 0; k < 2; k++) {
            bool conflicts = has_other_type(own[k], &table->partition_key) ||
                             has_other_type(own[k], &table->sort_key);
            for (size_t j = 0; j < i; j++) {
                conflicts = conflicts || has_other_type(own[k], &table->indexes[j].partition_key) ||
                            has_other_type(own[k], &table->indexes[j].sort_key);
            }
            if (conflicts) {
                return dynr_local_invalid(err, "Cannot have two attributes with the same name");
            }
        }
    }
    return DYNR_OK;
}

static enum dynr_status check_local_index(const struct dynr_table_definition *table,
                                          const struct dynr_index_definition *index,
                                          struct dynr_error *err)
{
    if (table->sort_key.name.len == 0) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: Table KeySchema does not have a "
                 "range key, which is required when specifying a LocalSecondaryIndex");
    }
    if (index->sort_key.name.len == 0) {
        return dynr_local_invalid(
            err,
            "One or more parameter values were invalid: Index KeySchema does not have a "
            "range key for index: %.*s",
            (int)index->name.len, index->name.ptr);
    }
    if (!dynr_str_equal(index->partition_key.name, table->partition_key.name)) {
        return dynr_local_invalid(
            err,
            "One or more parameter values were invalid: Index KeySchema does not have the "
            "same leading hash key as table KeySchema for index: %.*s. index hash key: "
            "%.*s, table hash key: %.*s",
            (int)index->name.len, index->name.ptr, (int)index->partition_key.name.len,
            index->partition_key.name.ptr, (int)table->partition_key.name.len,
            table->partition_key.name.ptr);
    }
    return DYNR_OK;
}

static enum dynr_status check_projection(const struct dynr_index_definition *index,
                                         struct dynr_error *err)
{
    bool is_include = index->projection == DYNR_PROJECT_INCLUDE;
    if (is_include && index->n_included == 0) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: ProjectionType is INCLUDE, but "
                 "NonKeyAttributes is not specified");
    }
    if (!is_include && index->n_included > 0) {
        return dynr_local_invalid(
            err,
            "One or more parameter values were invalid: ProjectionType is %s, but "
            "NonKeyAttributes is specified",
            index->projection == DYNR_PROJECT_ALL ? "ALL" : "KEYS_ONLY");
    }
    return DYNR_OK;
}

static enum dynr_status check_index(const struct dynr_table_definition *table, size_t position,
                                    struct dynr_error *err)
{
    const struct dynr_index_definition *index = &table->indexes[position];
    enum dynr_status status =
        check_name(index->name,
                   index->is_local ? "localSecondaryIndexes.1.member.indexName"
                                   : "globalSecondaryIndexes.1.member.indexName",
                   "IndexName", err);
    if (status == DYNR_OK) {
        status = check_key_schema(&index->partition_key, &index->sort_key, err);
    }
    if (status == DYNR_OK && index->is_local) {
        status = check_local_index(table, index, err);
    }
    if (status == DYNR_OK) {
        status = check_projection(index, err);
    }
    for (size_t i = 0; status == DYNR_OK && i < position; i++) {
        if (dynr_str_equal(table->indexes[i].name, index->name)) {
            status = dynr_local_invalid(
                err, "One or more parameter values were invalid: Duplicate index name: %.*s",
                (int)index->name.len, index->name.ptr);
        }
    }
    return status;
}

enum dynr_status dynr_local_table_validate(const struct dynr_table_definition *definition,
                                           struct dynr_error *err)
{
    size_t n_local = 0;
    size_t n_included = 0;
    enum dynr_status status = check_name(definition->name, "tableName", "TableName", err);
    if (status == DYNR_OK) {
        status = check_key_schema(&definition->partition_key, &definition->sort_key, err);
    }
    for (size_t i = 0; status == DYNR_OK && i < definition->n_indexes; i++) {
        n_local += definition->indexes[i].is_local ? 1 : 0;
        n_included += definition->indexes[i].n_included;
        status = check_index(definition, i, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (n_local > MOST_LOCAL_INDEXES) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: Number of LocalSecondaryIndexes "
                 "exceeds per-table limit of 5");
    }
    if (definition->n_indexes - n_local > MOST_GLOBAL_INDEXES) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds "
                 "the per-table limit of 20");
    }
    if (n_included > MOST_INCLUDED) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: Number of NonKeyAttributes exceeds "
                 "limit of 100 per table across all indexes");
    }
    return check_types(definition, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows as items.
 */
#include "typed/item_build.h"

#include "typed/scratch.h"

static void append_attribute(struct dynr_buf *out, const char *name, char type, struct dynr_str raw)
{
    dynr_buf_append_char(out, ',');
    dynr_buf_append_json_string(out, dynr_str_from_c(name));
    dynr_buf_append_char(out, ':');
    dynr_key_append_raw(type, raw, out);
}

bool dynr_index_attribute_is_derived(const struct dynr_entity_desc *entity, const char *attribute)
{
    const struct dynr_table_desc *table = entity->table;
    return strcmp(attribute, table->partition_attribute) != 0 &&
           (table->sort_attribute == NULL || strcmp(attribute, table->sort_attribute) != 0) &&
           dynr_field_of_attribute(entity->row, attribute) == DYNR_NO_FIELD;
}

enum dynr_status dynr_index_key_texts(const struct dynr_index_key *key, const void *row,
                                      struct dynr_arena *arena, struct dynr_key_pair *out,
                                      struct dynr_error *err)
{
    out->partition = dynr_str_make(NULL, 0);
    out->sort = dynr_str_make(NULL, 0);
    enum dynr_status status =
        dynr_key_text(key->partition, row, DYNR_PARTITION_KEY_MAX, arena, &out->partition, err);
    if (status == DYNR_OK && key->sort != NULL && out->partition.ptr != NULL) {
        status = dynr_key_text(key->sort, row, DYNR_SORT_KEY_MAX, arena, &out->sort, err);
        if (out->sort.ptr == NULL) {
            out->partition = dynr_str_make(NULL, 0);
        }
    }
    return status;
}

/* Whether one of the index keys before number `n` writes `attribute`, too. */
static bool is_written_before(const struct dynr_entity_desc *entity, size_t n,
                              const char *attribute)
{
    for (size_t i = 0; i < n; i++) {
        const struct dynr_index_key *key = &entity->index_keys[i];
        if (strcmp(key->partition->attribute, attribute) == 0 ||
            (key->sort != NULL && strcmp(key->sort->attribute, attribute) == 0)) {
            return true;
        }
    }
    return false;
}

static enum dynr_status append_index_keys(const struct dynr_entity_desc *entity, const void *row,
                                          struct dynr_arena *arena, struct dynr_buf *out,
                                          struct dynr_error *err)
{
    for (size_t i = 0; i < entity->n_index_keys; i++) {
        const struct dynr_index_key *key = &entity->index_keys[i];
        struct dynr_key_pair pair;
        enum dynr_status status = dynr_index_key_texts(key, row, arena, &pair, err);
        if (status != DYNR_OK) {
            return status;
        }
        const char *name = key->partition->attribute;
        if (pair.partition.ptr != NULL && dynr_index_attribute_is_derived(entity, name) &&
            !is_written_before(entity, i, name)) {
            append_attribute(out, name, key->partition->type, pair.partition);
        }
        if (key->sort == NULL || pair.sort.ptr == NULL) {
            continue;
        }
        name = key->sort->attribute;
        if (dynr_index_attribute_is_derived(entity, name) && !is_written_before(entity, i, name)) {
            append_attribute(out, name, key->sort->type, pair.sort);
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_item_build(const struct dynr_entity_desc *entity, const void *row,
                                 struct dynr_arena *arena, struct dynr_str *out,
                                 struct dynr_error *err)
{
    const struct dynr_table_desc *table = entity->table;
    struct dynr_key_pair pair;
    struct dynr_scratch scratch;
    struct dynr_buf *buf = &scratch.buf;
    dynr_scratch_init(&scratch, arena);
    enum dynr_status status =
        dynr_key_pair_build(entity->partition, entity->sort, row, arena, &pair, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_buf_reserve(buf, 1024);
    dynr_buf_append_char(buf, '{');
    status = dynr_encode_members(entity->row, row, buf, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (dynr_field_of_attribute(entity->row, table->partition_attribute) == DYNR_NO_FIELD) {
        append_attribute(buf, table->partition_attribute, table->partition_type, pair.partition);
    }
    if (table->sort_attribute != NULL &&
        dynr_field_of_attribute(entity->row, table->sort_attribute) == DYNR_NO_FIELD) {
        append_attribute(buf, table->sort_attribute, table->sort_type, pair.sort);
    }
    if (table->type_attribute != NULL) {
        append_attribute(buf, table->type_attribute, 'S', dynr_str_from_c(entity->tag));
    }
    status = append_index_keys(entity, row, arena, buf, err);
    dynr_buf_append_char(buf, '}');
    if (status == DYNR_OK && !dynr_buf_ok(buf)) {
        status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (status == DYNR_OK) {
        /* A struct without stored members leaves a comma behind the brace. */
        if (buf->ptr[1] == ',') {
            buf->ptr[1] = ' ';
        }
        *out = dynr_buf_str(buf);
    }
    return status;
}

/* `value` is the place of a ULID or UUID. */
static enum dynr_status fill_id(const struct dynr_client *client,
                                const struct dynr_field_desc *field, bool may_be_given, void *value,
                                struct dynr_error *err)
{
    struct dynr_str given;
    bool is_ulid = field->type->kind == DYNR_KIND_ULID;
    if (!may_be_given || !dynr_client_take_id(client, &given)) {
        return is_ulid ? dynr_ulid_generate(client->clock, value, err)
                       : dynr_uuid_generate(client->clock, value, err);
    }
    if (is_ulid ? dynr_ulid_parse(given, value) : dynr_uuid_parse(given, value)) {
        return DYNR_OK;
    }
    return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c(field->name),
                           "the id that the call brings is no %s: %.*s", is_ulid ? "ULID" : "UUID",
                           (int)given.len, given.ptr);
}

enum dynr_status dynr_row_fill_auto(const struct dynr_client *client,
                                    const struct dynr_entity_desc *entity, void *row,
                                    bool is_create, int64_t now_ms, struct dynr_error *err)
{
    for (size_t i = 0; i < entity->row->n_fields; i++) {
        const struct dynr_field_desc *field = &entity->row->fields[i];
        char *value = (char *)row + field->offset;
        enum dynr_status status = DYNR_OK;
        if ((field->flags & DYNR_FIELD_AUTO) == 0) {
            continue;
        }
        if ((field->type->kind == DYNR_KIND_ULID || field->type->kind == DYNR_KIND_UUID) &&
            value[0] == '\0') {
            /* A row begins with the members of its key. */
            status = fill_id(client, field, is_create && i < entity->key->n_fields, value, err);
        } else if (field->type->kind == DYNR_KIND_TIMESTAMP ||
                   field->type->kind == DYNR_KIND_EPOCH) {
            struct dynr_timestamp *time = (struct dynr_timestamp *)(void *)value;
            time->ms = time->ms == 0 ? now_ms : time->ms;
        }
        if (status != DYNR_OK) {
            return status;
        }
        if (field->presence != DYNR_REQUIRED) {
            *((bool *)row + field->presence) = true;
        }
    }
    return DYNR_OK;
}

void dynr_row_set_time(const struct dynr_entity_desc *entity, uint32_t field, void *row,
                       int64_t now_ms)
{
    if (field != DYNR_NO_FIELD) {
        struct dynr_timestamp now = {now_ms};
        dynr_field_assign(&entity->row->fields[field], row, &now);
    }
}

int64_t dynr_row_version(const struct dynr_entity_desc *entity, const void *row)
{
    if (entity->version == DYNR_NO_FIELD) {
        return 0;
    }
    const struct dynr_field_desc *field = &entity->row->fields[entity->version];
    const void *value = dynr_field_value(field, row);
    return field->type->kind == DYNR_KIND_INT32 ? *(const int32_t *)value : *(const int64_t *)value;
}

void dynr_row_set_version(const struct dynr_entity_desc *entity, void *row, int64_t version)
{
    if (entity->version == DYNR_NO_FIELD) {
        return;
    }
    const struct dynr_field_desc *field = &entity->row->fields[entity->version];
    int32_t narrow = (int32_t)version;
    const void *value = field->type->kind == DYNR_KIND_INT32 ? (const void *)&narrow : &version;
    dynr_field_assign(field, row, value);
}

void dynr_row_copy_key(const struct dynr_entity_desc *entity, void *row, const void *key)
{
    for (size_t i = 0; i < entity->key->n_fields; i++) {
        const struct dynr_field_desc *field = &entity->key->fields[i];
        dynr_field_assign(field, row, dynr_field_value(field, key));
    }
}

enum dynr_status dynr_field_default(const struct dynr_struct_desc *desc,
                                    const struct dynr_field_desc *field, struct dynr_arena *arena,
                                    const void **out, struct dynr_error *err)
{
    *out = NULL;
    if ((field->flags & DYNR_FIELD_DEFAULT) == 0 || field->presence != DYNR_REQUIRED) {
        return DYNR_OK;
    }
    void *defaults = dynr_arena_alloc(arena, desc->size);
    if (defaults == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_struct_init(desc, defaults);
    *out = dynr_field_value(field, defaults);
    return DYNR_OK;
}

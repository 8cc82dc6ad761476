/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: each image is decoded once, for all views, and what changed is computed once. Then every dependent of the partitions
 * that the change touches looks at it.
 */
#include "reactive/record.h"

#include "base/json_read.h"
#include "reactive/gate.h"
#include "reactive/inbox.h"
#include "reactive/output.h"
#include "reactive/row_value.h"
#include "reactive/subscribe.h"

/* ---- what a record is of ------------------------------------------------------------------------------------------- */

/* The text of a string or number attribute: {"S":"..."}. */
static bool read_text(struct dynr_json_reader *reader, struct dynr_arena *arena,
                      struct dynr_str *out)
{
    bool first;
    struct dynr_str type;
    if (dynr_json_peek(reader) != DYNR_JSON_OBJECT || !dynr_json_enter_object(reader, &first) ||
        !dynr_json_next_member(reader, arena, &first, &type)) {
        return false;
    }
    if (dynr_json_peek(reader) != DYNR_JSON_STRING) {
        return false;
    }
    return dynr_json_read_string(reader, arena, out);
}

/* The attribute's text; false where it is not there. */
static bool find_attribute(struct dynr_str item, const char *name, struct dynr_arena *arena,
                           struct dynr_str *out)
{
    struct dynr_json_reader reader;
    struct dynr_str member;
    bool first;
    dynr_json_reader_init(&reader, item);
    if (dynr_json_peek(&reader) != DYNR_JSON_OBJECT || !dynr_json_enter_object(&reader, &first)) {
        return false;
    }
    while (dynr_json_next_member(&reader, arena, &first, &member)) {
        if (dynr_str_equal_c(member, name)) {
            return read_text(&reader, arena, out);
        }
        if (!dynr_json_skip(&reader, NULL)) {
            return false;
        }
    }
    return false;
}

static const struct dynr_table_info *find_table(const struct dynr_engine *engine,
                                                struct dynr_str name)
{
    for (size_t i = 0; i < engine->n_tables; i++) {
        if (dynr_str_equal(engine->tables[i].name, name)) {
            return &engine->tables[i];
        }
    }
    return NULL;
}

/* Whether the record's key is what the entity makes of the row: the type of an item in tables that do not say it. */
static bool has_key(struct dynr_engine *engine, const struct dynr_entity_info *info,
                    const void *row, const struct dynr_record *record, struct dynr_arena *arena)
{
    const struct dynr_key_template *parts[2] = {info->entity->partition, info->entity->sort};
    for (size_t i = 0; i < 2 && parts[i] != NULL; i++) {
        struct dynr_str found;
        bool present = false;
        dynr_buf_clear(&engine->scratch);
        if (dynr_key_build(parts[i], row, &engine->scratch, &present, NULL) != DYNR_OK ||
            !present || !find_attribute(record->keys, parts[i]->attribute, arena, &found)) {
            return false;
        }
        /* Bytes stand as base64; entities with such keys say their type otherwise. */
        if (parts[i]->type != 'B' && !dynr_str_equal(found, dynr_buf_str(&engine->scratch))) {
            return false;
        }
    }
    return true;
}

static struct dynr_entity_info *by_key(struct dynr_engine *engine,
                                       const struct dynr_table_info *table,
                                       const struct dynr_record *record, struct dynr_arena *arena)
{
    struct dynr_str image = record->new_image.len > 0 ? record->new_image : record->old_image;
    for (struct dynr_entity_info *info = table->entities; info != NULL; info = info->next) {
        void *row = dynr_arena_calloc(arena, 1, info->entity->row->size);
        if (row != NULL &&
            dynr_decode_item(info->entity->row, image, arena, row, NULL) == DYNR_OK &&
            has_key(engine, info, row, record, arena)) {
            return info;
        }
    }
    return NULL;
}

static struct dynr_entity_info *
find_entity(struct dynr_engine *engine, const struct dynr_record *record, struct dynr_arena *arena)
{
    const struct dynr_table_info *table = find_table(engine, record->table);
    struct dynr_str image = record->new_image.len > 0 ? record->new_image : record->old_image;
    struct dynr_str tag;
    if (table == NULL) {
        return NULL;
    }
    if (table->table->type_attribute == NULL) {
        return by_key(engine, table, record, arena);
    }
    if (!find_attribute(image, table->table->type_attribute, arena, &tag)) {
        return NULL;
    }
    for (struct dynr_entity_info *info = table->entities; info != NULL; info = info->next) {
        if (dynr_str_equal_c(tag, info->entity->tag)) {
            return info;
        }
    }
    return NULL;
}

/* ---- decoding ------------------------------------------------------------------------------------------------------ */

static enum dynr_status decode_image(const struct dynr_entity_desc *entity, struct dynr_str image,
                                     struct dynr_arena *arena, const void **out,
                                     struct dynr_error *err)
{
    *out = NULL;
    if (image.len == 0) {
        return DYNR_OK;
    }
    void *row = dynr_arena_calloc(arena, 1, entity->row->size);
    if (row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *out = row;
    return dynr_decode_item(entity->row, image, arena, row, err);
}

static enum dynr_status compare(const struct dynr_entity_info *info, struct dynr_arena *arena,
                                struct dynr_live_change *change, struct dynr_error *err)
{
    const struct dynr_struct_desc *row = info->entity->row;
    uint64_t *changed = dynr_arena_calloc(arena, info->n_words, sizeof(uint64_t));
    if (changed == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < row->n_fields; i++) {
        if (change->old_row == NULL || change->new_row == NULL ||
            !dynr_field_equal(&row->fields[i], change->old_row, change->new_row)) {
            changed[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    change->changed = changed;
    return DYNR_OK;
}

enum dynr_status dynr_record_decode(struct dynr_engine *engine, const struct dynr_record *record,
                                    struct dynr_arena *arena, struct dynr_live_change *out,
                                    struct dynr_error *err)
{
    memset(out, 0, sizeof *out);
    out->version = record->commit > record->position ? record->commit : record->position;
    out->position = record->position;
    out->entity = find_entity(engine, record, arena);
    if (out->entity == NULL || out->entity->n_dependencies == 0) {
        out->entity = NULL;
        return DYNR_OK;
    }
    enum dynr_status status =
        decode_image(out->entity->entity, record->old_image, arena, &out->old_row, err);
    if (status == DYNR_OK) {
        status = decode_image(out->entity->entity, record->new_image, arena, &out->new_row, err);
    }
    return status == DYNR_OK ? compare(out->entity, arena, out, err) : status;
}

/* ---- what cannot be decoded ------------------------------------------------------------------------------------------ */

static void distrust_matches(struct dynr_engine *engine)
{
    for (size_t i = 0; i < engine->matches.n_items; i++) {
        struct dynr_dependency *dependency = engine->matches.items[i];
        switch (dependency->kind) {
        case DYNR_DEPENDENT_NONE:
            break;
        case DYNR_DEPENDENT_GATE:
            dynr_gate_distrust(engine, dependency);
            break;
        case DYNR_DEPENDENT_GROUP:
            dynr_view_resync(engine, ((struct dynr_group *)(void *)dependency)->view);
            break;
        case DYNR_DEPENDENT_ROW:
            dynr_view_resync(engine, ((struct dynr_row_state *)(void *)dependency)->group->view);
            break;
        }
    }
}

/* The key text that stands in the image is the text that rows make: see which partitions it names. */
static enum dynr_status collect_raw(struct dynr_engine *engine, const struct dynr_path_info *path,
                                    struct dynr_str image, struct dynr_arena *arena)
{
    struct dynr_str part;
    struct dynr_buf text;
    bool is_any = path->path->partition->attribute[0] == '\0';
    if (is_any) {
        part = dynr_str_from_c("*");
    } else if (!find_attribute(image, path->path->partition->attribute, arena, &part)) {
        return DYNR_OK;
    }
    dynr_buf_init(&text, engine->allocator, 0);
    dynr_buf_append(&text, &path->number, sizeof path->number);
    dynr_buf_append_str(&text, part);
    if (path->with_sort && path->path->sort != NULL &&
        find_attribute(image, path->path->sort->attribute, arena, &part)) {
        dynr_buf_append_char(&text, '\0');
        dynr_buf_append_str(&text, part);
    }
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    if (dynr_buf_ok(&text)) {
        status =
            dynr_dependency_collect(engine, dynr_siphash128(engine->hash_key, dynr_buf_str(&text)));
    }
    dynr_buf_cleanup(&text);
    return status;
}

static enum dynr_status distrust(struct dynr_engine *engine, const struct dynr_record *record,
                                 const struct dynr_entity_info *entity, struct dynr_arena *arena)
{
    struct dynr_str images[3] = {record->old_image, record->new_image, record->keys};
    enum dynr_status status = DYNR_OK;
    engine->matches.n_items = 0;
    for (size_t i = 0; i < entity->n_paths && status == DYNR_OK; i++) {
        for (size_t image = 0; image < 3 && status == DYNR_OK; image++) {
            status = collect_raw(engine, &entity->paths[i], images[image], arena);
        }
    }
    distrust_matches(engine);
    return status;
}

/* ---- records --------------------------------------------------------------------------------------------------------- */

static struct dynr_shard *find_shard(struct dynr_engine *engine, uint32_t number)
{
    for (size_t i = 0; i < engine->n_shards; i++) {
        if (engine->shards[i].number == number) {
            return &engine->shards[i];
        }
    }
    if (engine->n_shards == engine->cap_shards) {
        size_t cap = engine->cap_shards == 0 ? 4 : engine->cap_shards * 2;
        struct dynr_shard *shards =
            engine->allocator->resize(engine->allocator->context, engine->shards,
                                      engine->cap_shards * sizeof *shards, cap * sizeof *shards);
        if (shards == NULL) {
            return NULL;
        }
        engine->shards = shards;
        engine->cap_shards = cap;
    }
    struct dynr_shard *shard = &engine->shards[engine->n_shards++];
    shard->number = number;
    shard->position = 0;
    return shard;
}

static enum dynr_status take_record(struct dynr_engine *engine, const struct dynr_record *record,
                                    struct dynr_error *err)
{
    struct dynr_live_change change;
    dynr_arena_reset(&engine->record_arena);
    enum dynr_status status =
        dynr_record_decode(engine, record, &engine->record_arena, &change, err);
    if (change.entity == NULL) {
        return status;
    }
    if (status != DYNR_OK) {
        enum dynr_status found = distrust(engine, record, change.entity, &engine->record_arena);
        return found == DYNR_OK ? status : dynr_fail(err, found, NULL);
    }
    status = dynr_dependency_match(engine, &change);
    if (status != DYNR_OK) {
        (void)distrust(engine, record, change.entity, &engine->record_arena);
        return dynr_fail(err, status, NULL);
    }
    for (size_t i = 0; i < engine->matches.n_items; i++) {
        dynr_step_dependent(engine, engine->matches.items[i], &change, NULL);
    }
    dynr_kept_change_release(engine, change.kept);
    return DYNR_OK;
}

/* The first thing that went wrong is what the caller is told; what follows is processed. */
static void note(enum dynr_status status, struct dynr_error *problem, enum dynr_status *first,
                 const struct dynr_error *now)
{
    if (status != DYNR_OK && *first == DYNR_OK) {
        *first = status;
        *problem = *now;
    }
}

static uint64_t version_of(const struct dynr_record *record)
{
    return record->commit > record->position ? record->commit : record->position;
}

enum dynr_status dynr_engine_records(struct dynr_engine *engine, const struct dynr_record *records,
                                     size_t n_records, struct dynr_error *err)
{
    enum dynr_status first = DYNR_OK;
    struct dynr_error problem = {0};
    dynr_engine_enter(engine);
    for (size_t i = 0; i < n_records; i++) {
        const struct dynr_record *record = &records[i];
        struct dynr_error now = {0};
        struct dynr_shard *shard = find_shard(engine, record->shard);
        engine->counters.records++;
        if (shard != NULL && record->position <= shard->position) {
            engine->counters.duplicates++;
        } else if (shard == NULL) {
            note(dynr_fail(&now, DYNR_ERR_NO_MEMORY, NULL), &problem, &first, &now);
        } else {
            uint64_t version = version_of(record);
            shard->position = record->position;
            engine->position = version > engine->position ? version : engine->position;
            engine->seen = version > engine->seen ? version : engine->seen;
            note(take_record(engine, record, &now), &problem, &first, &now);
        }
        if (i + 1 == n_records || version_of(&records[i + 1]) != version_of(record)) {
            engine->more_follow = i + 1 < n_records;
            dynr_transition_end(engine);
        }
    }
    engine->more_follow = false;
    enum dynr_status status = dynr_engine_leave(engine, err);
    if (first != DYNR_OK) {
        if (err != NULL) {
            *err = problem;
        }
        return first;
    }
    return status;
}

static bool collect_all(struct dynr_engine *engine)
{
    const struct dynr_key_table *table = &engine->dependencies;
    enum dynr_status status = DYNR_OK;
    engine->matches.n_items = 0;
    for (size_t i = 0; i < table->n_slots && status == DYNR_OK; i++) {
        if (table->slots[i].value != NULL) {
            status = dynr_dependency_collect(engine, table->slots[i].key);
        }
    }
    return status == DYNR_OK;
}

enum dynr_status dynr_engine_begin(struct dynr_engine *engine, uint64_t position,
                                   struct dynr_error *err)
{
    dynr_engine_enter(engine);
    engine->position = position > engine->position ? position : engine->position;
    engine->seen = position > engine->seen ? position : engine->seen;
    bool collected = collect_all(engine);
    if (collected) {
        distrust_matches(engine);
    }
    enum dynr_status status = dynr_engine_leave(engine, err);
    return collected ? status : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

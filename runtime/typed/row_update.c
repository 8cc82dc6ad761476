/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates: only what changes is written. Where a key of an index or a guard depends on a member that the caller did not give,
 * the row is read first and the write is conditioned on what was read.
 */
#include "typed/read.h"
#include "typed/update_check.h"
#include "typed/write.h"

struct update_plan {
    struct dynr_write_set *set;
    struct dynr_update *update;
    const struct dynr_entity_desc *entity;
    /* The row as far as it is known afterwards: as read and changed, or only its key and the changes. */
    void *row;
    /* As read, or NULL. */
    void *old_row;
    /* By row field. */
    bool *known;
    bool *changed;
};

/* ---- what is touched ----------------------------------------------------------------------------------------- */

static bool key_is_touched(const struct update_plan *plan, const struct dynr_key_template *key)
{
    for (size_t i = 0; i < plan->entity->row->n_fields; i++) {
        if (plan->changed[i] && dynr_key_uses_field(key, &plan->entity->row->fields[i])) {
            return true;
        }
    }
    return false;
}

static bool key_is_known(const struct update_plan *plan, const struct dynr_key_template *key)
{
    for (size_t i = 0; i < plan->entity->row->n_fields; i++) {
        if (!plan->known[i] && dynr_key_uses_field(key, &plan->entity->row->fields[i])) {
            return false;
        }
    }
    return true;
}

static bool index_is_touched(const struct update_plan *plan, const struct dynr_index_key *key)
{
    return key_is_touched(plan, key->partition) || key_is_touched(plan, key->sort);
}

static bool unique_is_touched(const struct update_plan *plan, const struct dynr_unique_desc *unique)
{
    return key_is_touched(plan, unique->partition) || key_is_touched(plan, unique->sort);
}

static bool needs_read(const struct update_plan *plan)
{
    const struct dynr_entity_desc *entity = plan->entity;
    for (size_t i = 0; i < entity->n_index_keys; i++) {
        const struct dynr_index_key *key = &entity->index_keys[i];
        if (index_is_touched(plan, key) &&
            !(key_is_known(plan, key->partition) && key_is_known(plan, key->sort))) {
            return true;
        }
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        if (unique_is_touched(plan, &entity->uniques[i])) {
            return true;
        }
    }
    return false;
}

static void mark(struct update_plan *plan, uint32_t field, bool known)
{
    if (field != DYNR_NO_FIELD) {
        plan->changed[field] = true;
        plan->known[field] = known;
    }
}

static enum dynr_status classify(struct update_plan *plan, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = plan->entity;
    const struct dynr_update *update = plan->update;
    struct dynr_arena *arena = plan->set->arena;
    plan->row = dynr_arena_calloc(arena, 1, entity->row->size);
    plan->known = dynr_arena_calloc(arena, entity->row->n_fields, sizeof *plan->known);
    plan->changed = dynr_arena_calloc(arena, entity->row->n_fields, sizeof *plan->changed);
    if (plan->row == NULL || plan->known == NULL || plan->changed == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_row_copy_key(entity, plan->row, update->key);
    for (size_t i = 0; i < entity->key->n_fields; i++) {
        uint32_t field = dynr_field_at(entity->row, entity->key->fields[i].offset);
        if (field != DYNR_NO_FIELD) {
            plan->known[field] = true;
        }
    }
    for (size_t i = 0; i < update->n_changes; i++) {
        mark(plan, update->changes[i].field, update->changes[i].kind != DYNR_CHANGE_ADD);
    }
    mark(plan, entity->updated_at, true);
    mark(plan, entity->version, false);
    if (update->mode != DYNR_UPDATE_FIELDS) {
        mark(plan, entity->deleted_at, true);
    }
    return dynr_update_apply_changes(update, plan->set->now_ms, arena, plan->row, err);
}

/* Whether the changes give the row another base key. */
static enum dynr_status find_move(const struct update_plan *plan, bool *out_moves,
                                  struct dynr_error *err)
{
    struct dynr_str old_key;
    struct dynr_str new_key;
    struct dynr_arena *arena = plan->set->arena;
    *out_moves = false;
    if (!key_is_touched(plan, plan->entity->partition) &&
        !key_is_touched(plan, plan->entity->sort)) {
        return DYNR_OK;
    }
    enum dynr_status status =
        dynr_entity_key_json(plan->entity, plan->update->key, arena, &old_key, err);
    if (status == DYNR_OK) {
        status = dynr_entity_key_json(plan->entity, plan->row, arena, &new_key, err);
    }
    if (status == DYNR_OK) {
        *out_moves = !dynr_str_equal(old_key, new_key);
    }
    return status;
}

/* ---- reading first ------------------------------------------------------------------------------------------- */

enum dynr_status dynr_update_read(struct dynr_write_set *set, const struct dynr_update *update,
                                  void **out_row, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = update->entity;
    enum dynr_status status = dynr_row_fetch(set, entity, update->key, out_row, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (entity->deleted_at != DYNR_NO_FIELD && update->mode != DYNR_UPDATE_RESTORE &&
        dynr_field_is_present(&entity->row->fields[entity->deleted_at], *out_row)) {
        return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such %s", entity->name);
    }
    if (update->expect != NULL && update->expect->has_version && entity->version != DYNR_NO_FIELD &&
        update->expect->version != dynr_row_version(entity, *out_row)) {
        return dynr_fail_field(err, DYNR_ERR_CONFLICT,
                               dynr_str_from_c(entity->row->fields[entity->version].name),
                               "the %s has another version than expected", entity->name);
    }
    return DYNR_OK;
}

static enum dynr_status read_row(struct update_plan *plan, struct dynr_error *err)
{
    enum dynr_status status = dynr_update_read(plan->set, plan->update, &plan->old_row, err);
    if (status != DYNR_OK) {
        return status;
    }
    memcpy(plan->row, plan->old_row, plan->entity->row->size);
    return dynr_update_apply_changes(plan->update, plan->set->now_ms, plan->set->arena, plan->row,
                                     err);
}

/* Whether the write depends on the old value of a field. */
static bool depends_on(const struct update_plan *plan, size_t index)
{
    const struct dynr_entity_desc *entity = plan->entity;
    const struct dynr_field_desc *field = &entity->row->fields[index];
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dynr_unique_desc *unique = &entity->uniques[i];
        if (unique_is_touched(plan, unique) && (dynr_key_uses_field(unique->partition, field) ||
                                                dynr_key_uses_field(unique->sort, field))) {
            return true;
        }
    }
    for (size_t i = 0; i < entity->n_index_keys; i++) {
        const struct dynr_index_key *key = &entity->index_keys[i];
        if (!plan->known[index] && index_is_touched(plan, key) &&
            (dynr_key_uses_field(key->partition, field) || dynr_key_uses_field(key->sort, field))) {
            return true;
        }
    }
    return false;
}

static enum dynr_status require_read(const struct update_plan *plan, struct dynr_write_op *op,
                                     struct dynr_clauses *clauses, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = plan->entity;
    const struct dynr_field_desc *fields = entity->row->fields;
    if (plan->old_row == NULL) {
        return DYNR_OK;
    }
    op->from_read = true;
    if (entity->version != DYNR_NO_FIELD) {
        return dynr_write_op_expect(op, clauses, &fields[entity->version], plan->old_row, err);
    }
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < entity->row->n_fields && status == DYNR_OK; i++) {
        if (depends_on(plan, i)) {
            status = dynr_write_op_expect(op, clauses, &fields[i], plan->old_row, err);
        }
    }
    return status;
}

/* ---- the update ---------------------------------------------------------------------------------------------- */

static int64_t read_int(const struct dynr_type_desc *type, const void *value)
{
    return type->kind == DYNR_KIND_INT32 ? *(const int32_t *)value : *(const int64_t *)value;
}

/*
 * A sum stays within its type's bounds by a condition on what it is added to. An absent attribute counts as the default
 * (`otherwise`), that of an optional member as zero.
 */
static enum dynr_status bound_sum(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                  const struct dynr_field_desc *field, const void *delta_value,
                                  const void *otherwise, size_t n_changes, struct dynr_error *err)
{
    const struct dynr_type_desc *type = field->type;
    bool narrow = type->kind == DYNR_KIND_INT32;
    if (!narrow && type->kind != DYNR_KIND_INT64) {
        return DYNR_OK;
    }
    int64_t delta = read_int(type, delta_value);
    int64_t low = type->has_low ? type->low : (narrow ? INT32_MIN : INT64_MIN);
    int64_t high = type->has_high ? type->high : (narrow ? INT32_MAX : INT64_MAX);
    struct dynr_sum_bound bound = {field, INT64_MIN, INT64_MAX, false};
    bool may_be_absent = otherwise != NULL || field->presence != DYNR_REQUIRED;
    int64_t limit = 0;
    if (delta > 0) {
        limit = bound.high = high < INT64_MIN + delta ? INT64_MIN : high - delta;
    } else {
        limit = bound.low = low > INT64_MAX + delta ? INT64_MAX : low - delta;
    }
    if (may_be_absent) {
        bool overflow = false;
        int64_t start = otherwise == NULL ? 0 : read_int(type, otherwise);
        int64_t sum = dynr_int64_sum_checked(start, delta, &overflow);
        may_be_absent = !overflow && sum >= low && sum <= high;
        bound.absent_exceeds = !may_be_absent;
    }
    if (op->sums == NULL) {
        op->sums = dynr_arena_calloc(clauses->arena, n_changes, sizeof *op->sums);
        if (op->sums == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
    }
    op->sums[op->n_sums++] = bound;
    struct dynr_buf *out = dynr_clauses_condition(clauses);
    if (may_be_absent) {
        dynr_buf_append_c(out, "(attribute_not_exists(");
        dynr_placeholders_append_name(&clauses->placeholders, out, field->attribute);
        dynr_buf_append_c(out, ") OR ");
    }
    dynr_placeholders_append_name(&clauses->placeholders, out, field->attribute);
    dynr_buf_append_c(out, delta > 0 ? " <= " : " >= ");
    struct dynr_buf *value = dynr_placeholders_append_value(&clauses->placeholders, out);
    dynr_buf_append_c(value, "{\"N\":\"");
    dynr_buf_append_int(value, limit);
    dynr_buf_append_c(value, "\"}");
    if (may_be_absent) {
        dynr_buf_append_char(out, ')');
    }
    return DYNR_OK;
}

static enum dynr_status write_sum(const struct update_plan *plan, struct dynr_write_op *op,
                                  struct dynr_clauses *clauses, const struct dynr_change *change,
                                  struct dynr_error *err)
{
    const struct dynr_struct_desc *desc = plan->entity->row;
    const struct dynr_field_desc *field = &desc->fields[change->field];
    const void *otherwise = NULL;
    enum dynr_status status = dynr_field_default(desc, field, clauses->arena, &otherwise, err);
    if (status == DYNR_OK) {
        status =
            bound_sum(op, clauses, field, change->value, otherwise, plan->update->n_changes, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    return otherwise == NULL
               ? dynr_clauses_add(clauses, field->attribute, field->type, change->value, err)
               : dynr_clauses_sum(clauses, field->attribute, field->type, otherwise, change->value,
                                  err);
}

static enum dynr_status write_changes(const struct update_plan *plan, struct dynr_write_op *op,
                                      struct dynr_clauses *clauses, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = plan->entity;
    const struct dynr_update *update = plan->update;
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < update->n_changes && status == DYNR_OK; i++) {
        const struct dynr_change *change = &update->changes[i];
        const struct dynr_field_desc *field = &entity->row->fields[change->field];
        if (dynr_key_uses_field(entity->partition, field) ||
            dynr_key_uses_field(entity->sort, field)) {
            /* The same value as before: else this were a move. */
            continue;
        }
        if (change->kind == DYNR_CHANGE_REMOVE) {
            dynr_clauses_remove(clauses, field->attribute);
        } else if (change->kind == DYNR_CHANGE_SET) {
            status = dynr_clauses_set(clauses, field->attribute, field->type, change->value, err);
        } else {
            status = write_sum(plan, op, clauses, change, err);
        }
    }
    return status;
}

static enum dynr_status write_managed(const struct update_plan *plan, struct dynr_clauses *clauses,
                                      struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = plan->entity;
    const struct dynr_field_desc *fields = entity->row->fields;
    struct dynr_timestamp now = {plan->set->now_ms};
    enum dynr_status status = DYNR_OK;
    if (entity->updated_at != DYNR_NO_FIELD) {
        const struct dynr_field_desc *field = &fields[entity->updated_at];
        status = dynr_clauses_set(clauses, field->attribute, field->type, &now, err);
    }
    if (entity->version != DYNR_NO_FIELD) {
        dynr_clauses_increment(clauses, fields[entity->version].attribute);
    }
    if (plan->update->mode == DYNR_UPDATE_DELETE && status == DYNR_OK) {
        const struct dynr_field_desc *field = &fields[entity->deleted_at];
        status = dynr_clauses_set(clauses, field->attribute, field->type, &now, err);
    } else if (plan->update->mode == DYNR_UPDATE_RESTORE) {
        dynr_clauses_remove(clauses, fields[entity->deleted_at].attribute);
    }
    return status;
}

/* Names of index attributes that the update sets already: slots may be shared. */
static bool name_is_taken(const char **names, size_t *n_names, const char *name)
{
    for (size_t i = 0; i < *n_names; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    names[(*n_names)++] = name;
    return false;
}

static void write_index_attribute(const struct update_plan *plan,
                                  const struct dynr_key_template *key, struct dynr_str raw,
                                  const char **names, size_t *n_names, struct dynr_clauses *clauses)
{
    if (key == NULL || !dynr_index_attribute_is_derived(plan->entity, key->attribute) ||
        name_is_taken(names, n_names, key->attribute)) {
        return;
    }
    if (raw.ptr == NULL) {
        dynr_clauses_remove(clauses, key->attribute);
        return;
    }
    struct dynr_scratch text;
    dynr_scratch_init(&text, plan->set->arena);
    dynr_key_append_raw(key->type, raw, &text.buf);
    if (!dynr_buf_ok(&text.buf)) {
        clauses->set.buf.failed = true;
    }
    dynr_clauses_set_text(clauses, key->attribute, dynr_buf_str(&text.buf));
}

static enum dynr_status write_index_keys(const struct update_plan *plan,
                                         struct dynr_clauses *clauses, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = plan->entity;
    size_t n_names = 0;
    const char **names =
        dynr_arena_calloc(plan->set->arena, 2 * entity->n_index_keys + 1, sizeof *names);
    if (names == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < entity->n_index_keys; i++) {
        const struct dynr_index_key *key = &entity->index_keys[i];
        struct dynr_key_pair pair;
        if (!index_is_touched(plan, key)) {
            continue;
        }
        enum dynr_status status =
            dynr_index_key_texts(key, plan->row, plan->set->arena, &pair, err);
        if (status != DYNR_OK) {
            return status;
        }
        write_index_attribute(plan, key->partition, pair.partition, names, &n_names, clauses);
        write_index_attribute(plan, key->sort, pair.sort, names, &n_names, clauses);
    }
    return DYNR_OK;
}

static enum dynr_status add_update(struct update_plan *plan, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = plan->entity;
    const struct dynr_update *update = plan->update;
    struct dynr_request *request;
    struct dynr_write_op *op;
    struct dynr_clauses clauses;
    enum dynr_status status =
        dynr_write_set_add(plan->set, DYNR_UPDATE_ITEM, DYNR_WRITE_ROW, entity, &request, &op, err);
    if (status == DYNR_OK) {
        status = dynr_entity_key_json(entity, update->key, plan->set->arena, &request->key, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    request->return_values = update->wants_row ? DYNR_RETURN_ALL_NEW : DYNR_RETURN_NONE;
    dynr_clauses_init(&clauses, plan->set->arena);
    dynr_clauses_require_exists(&clauses, entity->table->partition_attribute);
    op->needs_live = update->mode != DYNR_UPDATE_RESTORE;
    if (entity->deleted_at != DYNR_NO_FIELD && op->needs_live) {
        dynr_clauses_require_absent(&clauses, entity->row->fields[entity->deleted_at].attribute);
    }
    status = require_read(plan, op, &clauses, err);
    if (status == DYNR_OK) {
        status = dynr_write_op_expect_given(op, &clauses, update->expect, err);
    }
    if (status == DYNR_OK) {
        status = write_changes(plan, op, &clauses, err);
    }
    if (status == DYNR_OK) {
        status = write_managed(plan, &clauses, err);
    }
    if (status == DYNR_OK) {
        status = write_index_keys(plan, &clauses, err);
    }
    return status == DYNR_OK ? dynr_clauses_finish(&clauses, request, err) : status;
}

enum dynr_status dynr_plan_update(struct dynr_write_set *set, struct dynr_update *update,
                                  struct dynr_error *err)
{
    struct update_plan plan = {set, update, update->entity, NULL, NULL, NULL, NULL};
    bool moves = false;
    update->after = NULL;
    update->after_is_certain = false;
    enum dynr_status status = dynr_update_check(update, err);
    if (status == DYNR_OK) {
        status = classify(&plan, err);
    }
    if (status == DYNR_OK) {
        status = find_move(&plan, &moves, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (moves) {
        return dynr_plan_move(set, update, err);
    }
    if (needs_read(&plan)) {
        status = read_row(&plan, err);
    }
    if (status == DYNR_OK) {
        status = add_update(&plan, err);
    }
    if (status == DYNR_OK && plan.old_row != NULL) {
        update->after = plan.row;
        update->after_is_certain = plan.entity->version != DYNR_NO_FIELD;
        status = dynr_guards_change(set, plan.entity, plan.old_row, plan.row, false, err);
    }
    return status;
}

static enum dynr_status plan_update(struct dynr_write_set *set, void *context,
                                    struct dynr_error *err)
{
    return dynr_plan_update(set, context, err);
}

/*
 * The row after a transaction, which answers no items. The write has succeeded: somebody who removes the row now does not undo
 * that.
 */
static enum dynr_status answer_row(struct dynr_client *client, const struct dynr_update *update,
                                   struct dynr_arena *arena, void *out_row, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = update->entity;
    const void *after = update->after;
    struct dynr_str item;
    if (!update->after_is_certain) {
        /* Members that the write did not depend on may be others than when the row was read. */
        enum dynr_status status = dynr_row_get(client, entity, after == NULL ? update->key : after,
                                               entity->row, DYNR_READ_DELETED, arena, out_row, err);
        if (status == DYNR_OK || after == NULL) {
            return status;
        }
        dynr_error_clear(err);
    }
    /* As if it were read: what it borrows lives in the arena. */
    enum dynr_status status = dynr_item_build(entity, after, arena, &item, err);
    return status == DYNR_OK ? dynr_decode_item(entity->row, item, arena, out_row, err) : status;
}

enum dynr_status dynr_row_update(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                 const void *key, const struct dynr_change *changes,
                                 size_t n_changes, const struct dynr_expect *expect,
                                 struct dynr_arena *arena, void *out_row, struct dynr_error *err)
{
    struct dynr_write_set set;
    struct dynr_update update = {.entity = entity,
                                 .key = key,
                                 .changes = changes,
                                 .n_changes = n_changes,
                                 .expect = expect,
                                 .mode = DYNR_UPDATE_FIELDS,
                                 .wants_row = out_row != NULL};
    dynr_write_set_init(&set, client, arena);
    enum dynr_status status = dynr_write_set_run(&set, plan_update, &update, err);
    if (status != DYNR_OK || out_row == NULL) {
        return status;
    }
    if (set.item.len > 0) {
        return dynr_decode_item(entity->row, set.item, arena, out_row, err);
    }
    return answer_row(client, &update, arena, out_row, err);
}

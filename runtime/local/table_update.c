/* SPDX-License-Identifier: Apache-2.0 */
/* UpdateTable: the description as it will be, then the file made to fit it, in one commit. */
#include "local/table.h"

enum {
    MOST_TAGS = 50,
    /* New ones may replace old ones, and some be there twice. */
    TAGS_AT_ONCE = 1000
};

struct update_work {
    struct local_call *call;
    struct dynr_str name;
    const struct dynr_table_update *update;
    struct local_table from;
    struct local_table to;
    /* Which index of `from` each one of `to` was; LOCAL_NO_INDEX: new. */
    size_t source[LOCAL_MOST_RELATIONS + 1];
    /* The table gets a new id. */
    bool is_relational;
    /* Something is left for the maintenance to fill. */
    bool is_unfilled;
    /* What the file has then: the answer. */
    struct local_table made;
};

/* ---- indexes ---- */

static bool is_among(struct dynr_str name, const struct dynr_str *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++) {
        if (dynr_str_equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

static enum dynr_status check_old_indexes(const struct update_work *work, struct dynr_error *err)
{
    for (size_t i = 0; i < work->update->n_old_indexes; i++) {
        size_t position;
        struct dynr_str name = work->update->old_indexes[i];
        const struct local_index *index = dynr_local_index_find(&work->from, name, &position);
        if (index == NULL || index->definition.is_local) {
            return dynr_local_invalid(err, "The table does not have the specified index: %.*s",
                                      (int)name.len, name.ptr);
        }
    }
    return DYNR_OK;
}

static enum dynr_status check_new_indexes(const struct update_work *work, struct dynr_error *err)
{
    const struct dynr_table_update *update = work->update;
    for (size_t i = 0; i < update->n_new_indexes; i++) {
        size_t position;
        struct dynr_str name = update->new_indexes[i].name;
        if (update->new_indexes[i].is_local) {
            return dynr_local_invalid(err, "Only global indexes can be added to a table: %.*s",
                                      (int)name.len, name.ptr);
        }
        if (dynr_local_index_find(&work->from, name, &position) != NULL) {
            return dynr_local_invalid(err, "Attempting to create an index which already exists");
        }
    }
    for (size_t i = 0; update->n_new_indexes > 0 && i < work->from.definition.n_indexes; i++) {
        if (work->from.definition.indexes[i].state == DYNR_INDEX_CREATING) {
            return dynr_fail(err, DYNR_ERR_TABLE_EXISTS,
                             "Attempt to change a resource which is still in use: Table is being "
                             "updated: %.*s",
                             (int)work->name.len, work->name.ptr);
        }
    }
    return DYNR_OK;
}

static enum dynr_status change_indexes(struct update_work *work, struct dynr_error *err)
{
    for (size_t i = 0; i < work->update->n_changed_indexes; i++) {
        struct dynr_str name = work->update->changed_indexes[i].name;
        struct local_index *found = NULL;
        for (size_t k = 0; k < work->to.definition.n_indexes; k++) {
            if (dynr_str_equal(work->to.indexes[k].definition.name, name)) {
                found = &work->to.indexes[k];
            }
        }
        if (found == NULL) {
            return dynr_local_invalid(err, "The table does not have the specified index: %.*s",
                                      (int)name.len, name.ptr);
        }
        found->definition.throughput = work->update->changed_indexes[i].throughput;
    }
    return DYNR_OK;
}

/* Those that stay, those that come, and the one by expiry. */
static enum dynr_status make_indexes(struct update_work *work, struct dynr_error *err)
{
    const struct dynr_table_update *update = work->update;
    const struct local_table *from = &work->from;
    struct local_table *to = &work->to;
    size_t n_indexes = 0;
    bool ok = true;
    if (from->definition.n_indexes + update->n_new_indexes >= LOCAL_MOST_RELATIONS) {
        return dynr_local_invalid(err, "One or more parameter values were invalid: "
                                       "GlobalSecondaryIndex count exceeds the per-table limit of "
                                       "20");
    }
    to->indexes =
        dynr_arena_calloc(work->call->arena, LOCAL_MOST_RELATIONS + 1, sizeof *to->indexes);
    if (to->indexes == NULL) {
        return dynr_local_out_of_memory(err);
    }
    for (size_t i = 0; i < from->definition.n_indexes; i++) {
        if (!is_among(from->indexes[i].definition.name, update->old_indexes,
                      update->n_old_indexes)) {
            work->source[n_indexes] = i;
            to->indexes[n_indexes++] = from->indexes[i];
        }
    }
    for (size_t i = 0; i < update->n_new_indexes; i++) {
        work->source[n_indexes] = LOCAL_NO_INDEX;
        to->indexes[n_indexes].definition = update->new_indexes[i];
        ok = ok && dynr_local_index_derive(to, &to->indexes[n_indexes], work->call->arena);
        n_indexes++;
    }
    to->definition.n_indexes = to->n_relations = n_indexes;
    if (to->definition.ttl_attribute.len > 0) {
        bool stays = dynr_str_equal(from->definition.ttl_attribute, to->definition.ttl_attribute);
        work->source[n_indexes] = stays ? from->n_relations - 1 : LOCAL_NO_INDEX;
        if (stays) {
            to->indexes[n_indexes] = from->indexes[from->n_relations - 1];
        }
        to->indexes[n_indexes].is_expiry = true;
        ok = ok && dynr_local_index_derive(to, &to->indexes[n_indexes], work->call->arena);
        to->n_relations++;
    }
    return ok ? change_indexes(work, err) : dynr_local_out_of_memory(err);
}

/* ---- the rest of the description ---- */

static enum dynr_status change_tags(struct update_work *work, struct dynr_error *err)
{
    const struct dynr_table_update *update = work->update;
    struct dynr_table_definition *definition = &work->to.definition;
    /* Before they are compared with each other: others wait for this commit. */
    if (update->n_new_tags > TAGS_AT_ONCE || update->n_old_tags > TAGS_AT_ONCE) {
        return dynr_fail(err, DYNR_ERR_LIMIT, "Too many tags: a table has %d at most", MOST_TAGS);
    }
    struct dynr_tag *tags = dynr_arena_calloc(
        work->call->arena, definition->n_tags + update->n_new_tags + 1, sizeof *tags);
    size_t n_tags = 0;
    if (tags == NULL) {
        return dynr_local_out_of_memory(err);
    }
    for (size_t i = 0; i < definition->n_tags; i++) {
        if (!is_among(definition->tags[i].key, update->old_tags, update->n_old_tags)) {
            tags[n_tags++] = definition->tags[i];
        }
    }
    for (size_t i = 0; i < update->n_new_tags; i++) {
        size_t place = 0;
        while (place < n_tags && !dynr_str_equal(tags[place].key, update->new_tags[i].key)) {
            place++;
        }
        tags[place] = update->new_tags[i];
        n_tags += place == n_tags ? 1 : 0;
    }
    if (n_tags > MOST_TAGS) {
        return dynr_fail(err, DYNR_ERR_LIMIT, "Too many tags: a table has %d at most", MOST_TAGS);
    }
    definition->tags = tags;
    definition->n_tags = n_tags;
    return DYNR_OK;
}

static enum dynr_status check_stream(const struct update_work *work, struct dynr_error *err)
{
    if (!work->update->has_stream || work->update->stream != work->from.definition.stream) {
        return DYNR_OK;
    }
    return dynr_local_invalid(err,
                              work->update->stream ? "Table already has an enabled stream: %.*s"
                                                   : "Table has no stream to disable: %.*s",
                              (int)work->name.len, work->name.ptr);
}

static void change_definition(struct update_work *work)
{
    const struct dynr_table_update *update = work->update;
    struct dynr_table_definition *definition = &work->to.definition;
    if (update->has_stream) {
        definition->stream = update->stream;
        definition->stream_view = update->stream ? update->stream_view : definition->stream_view;
    }
    if (update->has_billing) {
        definition->billing = update->billing;
    }
    if (update->has_throughput) {
        definition->throughput = update->throughput;
    }
    if (update->has_deletion_protection) {
        definition->deletion_protection = update->deletion_protection;
    }
    if (update->has_ttl) {
        definition->ttl_attribute = update->ttl_attribute;
    }
    if (update->has_settings) {
        definition->settings = update->settings;
    }
}

static enum dynr_status validate(struct update_work *work, struct dynr_error *err)
{
    struct dynr_table_definition definition = work->to.definition;
    struct dynr_index_definition indexes[LOCAL_MOST_RELATIONS + 1];
    for (size_t i = 0; i < definition.n_indexes; i++) {
        indexes[i] = work->to.indexes[i].definition;
    }
    definition.indexes = indexes;
    return dynr_local_table_validate(&definition, err);
}

static enum dynr_status make_description(struct update_work *work, struct dynr_error *err)
{
    const struct dynr_table_update *update = work->update;
    work->to = work->from;
    change_definition(work);
    enum dynr_status status = check_stream(work, err);
    if (status == DYNR_OK) {
        status = check_old_indexes(work, err);
    }
    if (status == DYNR_OK) {
        status = check_new_indexes(work, err);
    }
    if (status == DYNR_OK) {
        status = change_tags(work, err);
    }
    if (status == DYNR_OK) {
        status = make_indexes(work, err);
    }
    bool changes_ttl =
        !dynr_str_equal(work->from.definition.ttl_attribute, work->to.definition.ttl_attribute);
    work->is_relational =
        update->has_stream || update->n_new_indexes > 0 || update->n_old_indexes > 0 || changes_ttl;
    return status == DYNR_OK ? validate(work, err) : status;
}

/* ---- the file ---- */

static enum dynr_status change_stream(struct local_connection *connection, struct update_work *work,
                                      struct dynr_error *err)
{
    if (!work->update->has_stream) {
        return DYNR_OK;
    }
    return work->update->stream
               ? dynr_local_stream_create(connection, &work->to, work->call->arena, err)
               : dynr_local_stream_close(connection, work->from.stream_id, err);
}

/*
 * New indexes are filled here and now, unless somebody is there to do it bit by bit while others write.
 */
static enum dynr_status change_relations(struct local_connection *connection,
                                         struct update_work *work, struct dynr_error *err)
{
    bool fills_later = connection->engine->maintenance.interval_ms > 0;
    for (size_t i = 0; i < work->to.n_relations; i++) {
        if (work->source[i] == LOCAL_NO_INDEX) {
            work->to.indexes[i].definition.state =
                fills_later ? DYNR_INDEX_CREATING : DYNR_INDEX_ACTIVE;
            work->is_unfilled = fills_later;
        }
    }
    enum dynr_status status =
        dynr_local_table_replace(connection, &work->from, &work->to, work->source, err);
    return status == DYNR_OK && !fills_later
               ? dynr_local_indexes_fill(connection, &work->to, work->source, err)
               : status;
}

static enum dynr_status change_rows(struct local_connection *connection, struct update_work *work,
                                    struct dynr_error *err)
{
    bool existed;
    enum dynr_status status = dynr_local_table_remove(connection, work->from.id, &existed, err);
    return status == DYNR_OK ? dynr_local_table_insert(connection, &work->to, err) : status;
}

static enum dynr_status run_update(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    struct update_work *work = context;
    struct dynr_arena *arena = work->call->arena;
    bool exists = false;
    memset(&work->from, 0, sizeof work->from);
    memset(&work->made, 0, sizeof work->made);
    work->is_unfilled = false;
    enum dynr_status status =
        dynr_local_table_load(connection, work->name, arena, &work->from, &exists, err);
    if (status == DYNR_OK && !exists) {
        return dynr_local_no_table(work->name, err);
    }
    if (status == DYNR_OK) {
        status = make_description(work, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_before_change(connection, err);
    }
    if (status == DYNR_OK) {
        status = change_stream(connection, work, err);
    }
    if (status == DYNR_OK) {
        status = work->is_relational ? change_relations(connection, work, err)
                                     : change_rows(connection, work, err);
    }
    return status == DYNR_OK
               ? dynr_local_table_load(connection, work->name, arena, &work->made, &exists, err)
               : status;
}

static enum dynr_status finish_update(struct local_call *call, void *context,
                                      enum dynr_status status, struct dynr_response *response,
                                      struct dynr_error *err)
{
    const struct update_work *work = context;
    (void)err;
    if (status != DYNR_OK) {
        return status;
    }
    if (work->is_relational) {
        dynr_local_catalog_retire_id(&call->engine->catalog, work->from.id);
    }
    if (work->is_unfilled) {
        dynr_local_maintenance_call(&call->engine->maintenance);
    }
    response->table = &work->made.definition;
    return DYNR_OK;
}

enum dynr_status dynr_local_plan_update_table(struct local_call *call,
                                              const struct dynr_request *request,
                                              struct local_plan *out, struct dynr_error *err)
{
    if (request->table_update == NULL ||
        request->table_update->size < sizeof *request->table_update) {
        return dynr_fail(err, DYNR_ERR_ABI, "UpdateTable needs a struct dynr_table_update");
    }
    struct update_work *work = dynr_arena_calloc(call->arena, 1, sizeof *work);
    if (work == NULL) {
        return dynr_local_out_of_memory(err);
    }
    work->call = call;
    work->name = request->table;
    work->update = request->table_update;
    *out = (struct local_plan){.run = run_update, .finish = finish_update, .work = work};
    return DYNR_OK;
}

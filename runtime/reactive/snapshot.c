/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: the groups of a load as text, once for all who wait for it, cut into frames between rows. */
#include "reactive/aggregate.h"
#include "reactive/connection.h"
#include "reactive/judged_value.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/resume.h"
#include "reactive/shown.h"
#include "reactive/view.h"
#include "reactive/window.h"

struct writer {
    struct dynr_engine *engine;
    struct dynr_load *load;
    /* The groups, part by part. */
    struct dynr_buf text;
    struct dynr_buf row;
    /* Where parts end. */
    size_t *ends;
    size_t n_ends;
    size_t cap;
    size_t start;
    bool failed;
};

static void end_part(struct writer *writer)
{
    struct dynr_arena *arena = &writer->load->arena;
    if (writer->n_ends == writer->cap) {
        size_t cap = writer->cap == 0 ? 8 : writer->cap * 2;
        size_t *ends = dynr_arena_calloc(arena, cap, sizeof *ends);
        if (ends == NULL) {
            writer->failed = true;
            return;
        }
        if (writer->n_ends > 0) {
            memcpy(ends, writer->ends, writer->n_ends * sizeof *ends);
        }
        writer->ends = ends;
        writer->cap = cap;
    }
    writer->ends[writer->n_ends++] = writer->text.len;
    writer->start = writer->text.len;
}

/* ---- groups ---------------------------------------------------------------------------------------------------------- */

static void append_parents(struct writer *writer, const struct dynr_load_row *row)
{
    if (row->group->parent != NULL) {
        append_parents(writer, row->group->parent);
        dynr_buf_append_char(&writer->text, ',');
    }
    writer->failed = !dynr_append_key(row->group->node, row->row, &writer->text) || writer->failed;
}

static void begin_piece(struct writer *writer, const struct dynr_load_group *group,
                        uint64_t version)
{
    struct dynr_buf *text = &writer->text;
    dynr_buf_append_c(text, text->len > writer->start ? "," : "");
    dynr_buf_append_c(text, "{\"node\":");
    dynr_buf_append_int(text, group->node->number);
    if (group->parent != NULL) {
        dynr_buf_append_c(text, ",\"parent\":[");
        append_parents(writer, group->parent);
        dynr_buf_append_char(text, ']');
    }
    dynr_buf_append_c(text, ",\"v\":");
    dynr_buf_append_int(text, (int64_t)version);
}

static void append_window(struct writer *writer, const struct dynr_load_group *group)
{
    struct dynr_buf *text = &writer->text;
    const struct dynr_group *known = dynr_load_find_group(writer->engine, group);
    const struct dynr_window *window = known == NULL ? NULL : known->window;
    if (group->limit == 0 || group->node->node->node_class == DYNR_NODE_AGGREGATE) {
        return;
    }
    dynr_buf_append_c(text, ",\"epoch\":");
    dynr_buf_append_int(text, window == NULL ? 0 : window->epoch);
    dynr_buf_append_c(text, ",\"bound\":");
    if (window != NULL) {
        dynr_window_append_bound(window, text);
    } else if (group->last_row == NULL) {
        dynr_buf_append_c(text, "null");
    } else {
        writer->failed =
            !dynr_window_append_bound_of(group->node, group->last_row, text) || writer->failed;
    }
}

static void end_rows(struct writer *writer, const struct dynr_load_group *group)
{
    dynr_buf_append_char(&writer->text, ']');
    append_window(writer, group);
    dynr_buf_append_char(&writer->text, '}');
}

static bool encode_row(struct writer *writer, const struct dynr_load_group *group,
                       const struct dynr_load_row *row)
{
    dynr_buf_clear(&writer->row);
    if (dynr_encode_json(&group->node->sent, row->row, &writer->row, NULL) != DYNR_OK) {
        writer->failed = true;
    }
    return !writer->failed;
}

/* Rows of one version make a piece. The first says since when those that are missing are: the smallest version of all. */
static void append_rows(struct writer *writer, const struct dynr_load_group *group)
{
    size_t room = writer->engine->limits.max_frame > DYNR_FRAME_ENVELOPE
                      ? writer->engine->limits.max_frame - DYNR_FRAME_ENVELOPE
                      : 1;
    uint64_t version = group->position;
    bool any = false;
    begin_piece(writer, group, version);
    dynr_buf_append_c(&writer->text, ",\"rows\":[");
    for (const struct dynr_load_row *row = group->rows; row != NULL && !writer->failed;
         row = row->next) {
        if (row->row == NULL || row->hidden || !encode_row(writer, group, row)) {
            continue;
        }
        bool full =
            any && writer->text.len - writer->start + writer->row.len + DYNR_FRAME_ENVELOPE > room;
        if (row->version != version || full) {
            end_rows(writer, group);
            if (full) {
                end_part(writer);
            }
            version = row->version;
            begin_piece(writer, group, version);
            dynr_buf_append_c(&writer->text, ",\"rows\":[");
            any = false;
        }
        dynr_buf_append_c(&writer->text, any ? "," : "");
        dynr_buf_append_str(&writer->text, dynr_buf_str(&writer->row));
        any = true;
    }
    end_rows(writer, group);
}

static void append_value(struct writer *writer, const struct dynr_load_group *group)
{
    const struct dynr_aggregate *value =
        group->value != NULL ? group->value : group->group->aggregate;
    begin_piece(writer, group, group->position);
    dynr_buf_append_c(&writer->text, ",\"value\":");
    dynr_aggregate_append(group->node, value, &writer->text);
    dynr_buf_append_char(&writer->text, '}');
}

static void append_group(struct writer *writer, const struct dynr_load_group *group)
{
    bool values_only = writer->load->view->procedure->procedure->view->values_only;
    if (group->node->node->node_class == DYNR_NODE_TRACKED) {
        begin_piece(writer, group, group->position);
        dynr_buf_append_c(&writer->text, ",\"value\":");
        dynr_buf_append_str(&writer->text, group->text);
        dynr_buf_append_char(&writer->text, '}');
        return;
    }
    if (group->node->node->node_class == DYNR_NODE_AGGREGATE) {
        append_value(writer, group);
    } else if (!values_only) {
        append_rows(writer, group);
    }
    if (writer->text.len - writer->start + DYNR_FRAME_ENVELOPE > writer->engine->limits.max_frame) {
        end_part(writer);
    }
}

/* Keyed rows that are missing were not referred to when the rows above were read. */
static uint64_t lowest_position(const struct dynr_load *load)
{
    uint64_t lowest = UINT64_MAX;
    for (const struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        bool keyed = group->node->node->node_class == DYNR_NODE_KEYED;
        lowest = !keyed && group->position < lowest ? group->position : lowest;
    }
    return lowest == UINT64_MAX ? 0 : lowest;
}

/* Where nothing refers to a keyed node, the snapshot says so too: as of when its rows are missing. */
static void add_keyed_groups(struct dynr_load *load)
{
    struct dynr_procedure_info *procedure = load->view->procedure;
    for (uint16_t i = 0; i < procedure->procedure->view->n_nodes; i++) {
        struct dynr_node_info *node = &procedure->nodes[i];
        const struct dynr_load_group *group = load->groups;
        while (group != NULL && group->node != node) {
            group = group->next;
        }
        if (group == NULL && node->node->node_class == DYNR_NODE_KEYED) {
            (void)dynr_load_group_new(load, node, dynr_view_shared_group(load->view, i));
        }
    }
}

/* Rows above may have been hidden after their groups were read. */
static bool is_below_hidden(const struct dynr_load_group *group)
{
    const struct dynr_load_row *row = group->parent;
    while (row != NULL && !row->hidden) {
        row = row->group->parent;
    }
    return row != NULL;
}

static uint64_t write_groups(struct writer *writer)
{
    uint64_t lowest = lowest_position(writer->load);
    add_keyed_groups(writer->load);
    for (struct dynr_load_group *group = writer->load->groups; group != NULL && !writer->failed;
         group = group->next) {
        if (group->node->node->node_class == DYNR_NODE_KEYED) {
            group->position = lowest;
        }
        if (!is_below_hidden(group)) {
            append_group(writer, group);
        }
    }
    if (writer->text.len > writer->start || writer->n_ends == 0) {
        end_part(writer);
    }
    return lowest;
}

/* ---- frames ---------------------------------------------------------------------------------------------------------- */

static void begin_frame(struct dynr_engine *engine, const struct dynr_subscriber *subscriber,
                        const char *kind, uint64_t version)
{
    struct dynr_buf *text = &engine->text;
    dynr_buf_clear(text);
    dynr_buf_append_c(text, "{\"t\":\"");
    dynr_buf_append_c(text, kind);
    dynr_buf_append_c(text, "\",\"id\":");
    dynr_buf_append_int(text, (int64_t)subscriber->id);
    dynr_buf_append_c(text, ",\"view\":");
    dynr_buf_append_int(text, (int64_t)subscriber->view->number);
    dynr_buf_append_c(text, ",\"v\":");
    dynr_buf_append_int(text, (int64_t)version);
    dynr_buf_append_c(text, ",\"token\":\"");
    if (!dynr_view_append_token(engine, subscriber->view, subscriber->connection, version, text)) {
        engine->starved = true;
    }
    dynr_buf_append_c(text, "\",\"groups\":[");
}

static void send_parts(struct writer *writer, const struct dynr_subscriber *subscriber,
                       uint64_t version)
{
    struct dynr_engine *engine = writer->engine;
    size_t start = 0;
    for (size_t i = 0; i < writer->n_ends; i++) {
        begin_frame(engine, subscriber, "snap", version);
        if (writer->ends[i] > start) {
            dynr_buf_append(&engine->text, writer->text.ptr + start, writer->ends[i] - start);
        }
        dynr_buf_append_c(&engine->text, i + 1 < writer->n_ends ? "],\"part\":\"more\"}" : "]}");
        dynr_connection_send_text(engine, subscriber->connection, &engine->text);
        start = writer->ends[i];
    }
}

/* Whoever comes late gets all rows up to the bound; when these are far more than anybody shows, the bound comes closer. */
static void tighten(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_load_group *root = load->groups;
    struct dynr_group *group = &load->view->root;
    size_t n_rows = 0;
    /* Where something hangs on rows they are remembered, and which of them lie behind a place is not known. */
    if (load->kind != DYNR_LOAD_JOIN || group->window == NULL || root == NULL ||
        group->node->has_rows) {
        return;
    }
    for (const struct dynr_load_row *row = root->rows; row != NULL; row = row->next) {
        n_rows++;
    }
    if (n_rows <= (size_t)group->window->limit * DYNR_WINDOW_LOOSE) {
        return;
    }
    struct dynr_load_row *last = root->rows;
    for (size_t i = 1; last != NULL && i < (size_t)group->window->limit * DYNR_WINDOW_TIGHT; i++) {
        last = last->next;
    }
    if (last == NULL) {
        return;
    }
    if (load->view->state == NULL) {
        last->next = NULL;
    }
    group->window->epoch++;
    if (!dynr_window_set(engine, group, last->row)) {
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        return;
    }
    dynr_output_bound(engine, dynr_view_output(engine, load->view), group, root->position);
}

static bool has_left(const struct dynr_load *load, struct dynr_key128 id, uint64_t version)
{
    for (const struct dynr_left_row *left = load->left; left != NULL; left = left->next) {
        if (dynr_key128_equal(left->id, id) && version < left->version) {
            return true;
        }
    }
    return false;
}

/* What was read here, and belonged no more before anybody could be told of it. */
static void hide_left(struct dynr_engine *engine, struct dynr_load *load)
{
    for (struct dynr_load_group *group = load->groups; group != NULL && load->left != NULL;
         group = group->next) {
        const struct dynr_group *known =
            group->node->node->grant == NULL ? NULL : dynr_load_find_group(engine, group);
        for (struct dynr_load_row *row = group->rows; row != NULL && known != NULL;
             row = row->next) {
            struct dynr_key128 id;
            if (row->row == NULL || row->hidden) {
                continue;
            }
            if (dynr_row_id(engine, known, group->node->entity, row->row, &id) != DYNR_OK) {
                dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
                return;
            }
            row->hidden = has_left(load, id, row->version);
        }
    }
}

/* What a policy shows here may be hidden where the view stands: whoever gets it must be told when it leaves. */
static void note_shown(struct dynr_engine *engine, struct dynr_load *load,
                       const struct dynr_load_group *group)
{
    const struct dynr_group *known = dynr_load_find_group(engine, group);
    const struct dynr_entity_info *entity = group->node->entity;
    for (const struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
        struct dynr_key128 id;
        struct dynr_row_state *state = NULL;
        if (row->row == NULL || row->hidden) {
            continue;
        }
        if (known != NULL) {
            if (dynr_row_id(engine, known, entity, row->row, &id) != DYNR_OK) {
                dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
                return;
            }
            state = dynr_key_table_get(&engine->rows, id);
        }
        if (state != NULL) {
            state->shown = dynr_shown_later(row->version, state->shown);
        } else if (!dynr_shown_add(engine, load->view, entity, row->row, row->version)) {
            dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
            return;
        }
    }
}

static void note_all_shown(struct dynr_engine *engine, struct dynr_load *load)
{
    for (const struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        if (load->kind == DYNR_LOAD_JOIN && group->node->node->grant != NULL &&
            !dynr_value_is_judged(group->node)) {
            note_shown(engine, load, group);
        }
    }
}

/* Before anything is written: one that resumes may move the window, and one that cannot waits for the snapshot after all. */
static void let_resume(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_subscriber *subscriber = load->waiting;
    while (subscriber != NULL) {
        struct dynr_subscriber *next = subscriber->next_waiting;
        if (subscriber->state == DYNR_SUBSCRIBER_RESUMING) {
            dynr_load_leave(subscriber);
            dynr_resume_loaded(engine, subscriber);
        }
        subscriber = next;
    }
}

void dynr_snapshot_send(struct dynr_engine *engine, struct dynr_load *load)
{
    struct writer writer = {engine, load, {0}, {0}, NULL, 0, 0, 0, false};
    tighten(engine, load);
    hide_left(engine, load);
    note_all_shown(engine, load);
    if (load->status == DYNR_OK) {
        let_resume(engine, load);
    }
    if (load->waiting == NULL) {
        return;
    }
    dynr_buf_init(&writer.text, engine->allocator, 0);
    dynr_buf_init(&writer.row, engine->allocator, 0);
    uint64_t version = write_groups(&writer);
    if (writer.failed || !dynr_buf_ok(&writer.text) || !dynr_buf_ok(&writer.row)) {
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
    }
    while (load->status == DYNR_OK && load->waiting != NULL) {
        struct dynr_subscriber *subscriber = load->waiting;
        dynr_load_leave(subscriber);
        subscriber->state = DYNR_SUBSCRIBER_ACTIVE;
        send_parts(&writer, subscriber, version);
    }
    dynr_buf_cleanup(&writer.text);
    dynr_buf_cleanup(&writer.row);
}

void dynr_snapshot_same(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                        uint64_t version)
{
    const struct dynr_window *window = subscriber->view->root.window;
    struct dynr_buf *text = &engine->text;
    begin_frame(engine, subscriber, "same", version);
    if (window != NULL) {
        dynr_buf_append_c(text, "{\"node\":0,\"v\":");
        dynr_buf_append_int(text, (int64_t)version);
        dynr_buf_append_c(text, ",\"epoch\":");
        dynr_buf_append_int(text, window->epoch);
        dynr_buf_append_c(text, ",\"bound\":");
        dynr_window_append_bound(window, text);
        dynr_buf_append_char(text, '}');
    }
    dynr_buf_append_c(text, "]}");
    dynr_connection_send_text(engine, subscriber->connection, text);
}

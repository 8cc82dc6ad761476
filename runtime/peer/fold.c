/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "peer/place.h"

/** Members of a `patch`, a `bound` or of one group of a `snap`. */
struct group_message {
    uint64_t node;
    uint64_t version;
    uint64_t epoch;
    bool has_version;
    bool has_bound;
    /** What is not newer is gone, but what follows. */
    bool is_whole;
    /** A group of a `snap`. */
    bool is_snapshot;
    struct dynr_str parent;
    struct dynr_str rows;
    struct dynr_str ops;
    struct dynr_str bound;
    struct dynr_str value;
};

void dynr_fold_init(struct dynr_fold *fold, const struct dynr_view_desc *view)
{
    fold->view = view;
    dynr_map_init(&fold->rows, NULL);
    dynr_map_init(&fold->groups, NULL);
    fold->is_unswept = false;
}

void dynr_fold_free_row(struct dynr_fold_row *row)
{
    free(row->name);
    free(row->text);
    free(row);
}

void dynr_fold_free_group(struct dynr_fold_group *group)
{
    free(group->name);
    free(group->bound);
    free(group->reach);
    free(group->rows);
    free(group);
}

void dynr_fold_cleanup(struct dynr_fold *fold)
{
    for (size_t i = 0; i < fold->rows.n_entries; i++) {
        dynr_fold_free_row(fold->rows.entries[i].value);
    }
    for (size_t i = 0; i < fold->groups.n_entries; i++) {
        dynr_fold_free_group(fold->groups.entries[i].value);
    }
    dynr_map_cleanup(&fold->rows);
    dynr_map_cleanup(&fold->groups);
}

static char *copy_text(struct dynr_str text)
{
    char *copy = malloc(text.len + 1);
    if (copy != NULL) {
        memcpy(copy, text.len == 0 ? "" : text.ptr, text.len);
        copy[text.len] = '\0';
    }
    return copy;
}

static uint64_t read_number(struct dynr_str text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return value;
}

static void read_group_message(struct dynr_str text, struct dynr_arena *arena,
                               struct group_message *out)
{
    static const char *const numbers[] = {"node", "v", "epoch"};
    uint64_t *const places[] = {&out->node, &out->version, &out->epoch};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < 3; i++) {
        *places[i] = read_number(dynr_place_member(text, dynr_str_from_c(numbers[i]), arena));
    }
    out->has_version = dynr_place_member(text, dynr_str_from_c("v"), arena).len > 0;
    out->is_whole =
        dynr_str_equal_c(dynr_place_member(text, dynr_str_from_c("whole"), arena), "true");
    out->parent = dynr_place_member(text, dynr_str_from_c("parent"), arena);
    out->rows = dynr_place_member(text, dynr_str_from_c("rows"), arena);
    out->ops = dynr_place_member(text, dynr_str_from_c("ops"), arena);
    out->bound = dynr_place_member(text, dynr_str_from_c("bound"), arena);
    out->value = dynr_place_member(text, dynr_str_from_c("value"), arena);
    out->has_bound = out->bound.len > 0;
    if (dynr_str_equal_c(out->bound, "null")) {
        out->bound = dynr_str_make(NULL, 0);
    }
}

static struct dynr_str group_name(uint64_t node, struct dynr_str parent, struct dynr_arena *arena)
{
    return dynr_arena_printf(arena, "%u|%.*s", (unsigned)node, (int)parent.len,
                             parent.len == 0 ? "" : parent.ptr);
}

struct dynr_fold_group *dynr_fold_find_group(const struct dynr_fold *fold, uint16_t node,
                                             struct dynr_str parent)
{
    struct dynr_arena arena = {0};
    struct dynr_str name = group_name(node, parent, &arena);
    struct dynr_fold_group *group = name.ptr == NULL ? NULL : dynr_map_get(&fold->groups, name);
    dynr_arena_cleanup(&arena);
    return group;
}

/** The group, made where it is missing; NULL: no memory. */
static struct dynr_fold_group *
need_group(struct dynr_fold *fold, const struct group_message *message, struct dynr_arena *arena)
{
    struct dynr_str name = group_name(message->node, message->parent, arena);
    struct dynr_fold_group *group = name.ptr == NULL ? NULL : dynr_map_get(&fold->groups, name);
    if (group != NULL || name.ptr == NULL) {
        return group;
    }
    group = calloc(1, sizeof *group);
    if (group == NULL) {
        return NULL;
    }
    group->name = copy_text(name);
    if (group->name == NULL ||
        !dynr_map_put(&fold->groups, dynr_str_from_c(group->name), group, NULL)) {
        dynr_fold_free_group(group);
        return NULL;
    }
    return group;
}

static bool add_to_group(struct dynr_fold_group *group, struct dynr_fold_row *row)
{
    if (group->n_rows == group->cap_rows) {
        size_t cap = group->cap_rows == 0 ? 16 : group->cap_rows * 2;
        struct dynr_fold_row **rows = realloc(group->rows, cap * sizeof(struct dynr_fold_row *));
        if (rows == NULL) {
            return false;
        }
        group->rows = rows;
        group->cap_rows = cap;
    }
    group->rows[group->n_rows++] = row;
    return true;
}

/** The row of a key in a group, made (gone, version 0) where it is missing; NULL: no memory. */
static struct dynr_fold_row *need_row(struct dynr_fold *fold, struct dynr_fold_group *group,
                                      struct dynr_str key, struct dynr_arena *arena)
{
    struct dynr_str name =
        dynr_arena_printf(arena, "%s|%.*s", group->name, (int)key.len, key.len == 0 ? "" : key.ptr);
    struct dynr_fold_row *row = name.ptr == NULL ? NULL : dynr_map_get(&fold->rows, name);
    if (row != NULL || name.ptr == NULL) {
        return row;
    }
    row = calloc(1, sizeof *row);
    if (row == NULL) {
        return NULL;
    }
    row->gone = true;
    row->name = copy_text(name);
    if (row->name == NULL || !add_to_group(group, row)) {
        free(row->name);
        free(row);
        return NULL;
    }
    if (!dynr_map_put(&fold->rows, dynr_str_from_c(row->name), row, NULL)) {
        group->n_rows--;
        free(row->name);
        free(row);
        return NULL;
    }
    return row;
}

static bool set_text(struct dynr_fold_row *row, struct dynr_str text)
{
    char *copy = copy_text(text);
    if (copy == NULL) {
        return false;
    }
    free(row->text);
    row->text = copy;
    row->len = text.len;
    row->gone = false;
    return true;
}

/** Nothing is known of it any more: it may come back as it was. */
static void forget_row(struct dynr_fold_row *row)
{
    row->gone = true;
    row->left = false;
    row->version = 0;
}

/** `[` and the key's values as they stand in the row, with commas, and `]`: as the server writes keys. */
static struct dynr_str key_of_row(const struct dynr_view_node *node, struct dynr_str row,
                                  struct dynr_arena *arena)
{
    struct dynr_buf key = {0};
    dynr_buf_append_char(&key, '[');
    for (uint16_t i = 0; i < node->n_key; i++) {
        const struct dynr_field_desc *field = &node->entity->row->fields[node->key[i]];
        dynr_buf_append_c(&key, i == 0 ? "" : ",");
        dynr_buf_append_str(
            &key, dynr_place_member(row, dynr_str_make(field->name, field->name_len), arena));
    }
    dynr_buf_append_char(&key, ']');
    struct dynr_str text =
        dynr_buf_ok(&key) ? dynr_arena_dup(arena, dynr_buf_str(&key)) : dynr_str_make(NULL, 0);
    dynr_buf_cleanup(&key);
    return text;
}

/** Puts the members of `changes` into a row's object. */
static bool merge_fields(struct dynr_fold_row *row, struct dynr_str changes,
                         struct dynr_arena *arena)
{
    struct dynr_str old = dynr_str_make(row->text, row->len);
    const struct dynr_str sources[] = {old, changes};
    struct dynr_buf merged = {0};
    dynr_buf_append_char(&merged, '{');
    for (size_t i = 0; i < 2; i++) {
        struct dynr_json_reader reader;
        bool first;
        struct dynr_str name;
        struct dynr_str value;
        dynr_json_reader_init(&reader, sources[i]);
        if (!dynr_json_enter_object(&reader, &first)) {
            break;
        }
        while (dynr_json_next_member(&reader, arena, &first, &name) &&
               dynr_json_skip(&reader, &value)) {
            struct dynr_str other = dynr_place_member(sources[1 - i], name, arena);
            if (i == 1 && other.len > 0) {
                continue;
            }
            dynr_buf_append_c(&merged, merged.len == 1 ? "" : ",");
            dynr_buf_append_json_string(&merged, name);
            dynr_buf_append_char(&merged, ':');
            dynr_buf_append_str(&merged, i == 0 && other.len > 0 ? other : value);
        }
    }
    dynr_buf_append_char(&merged, '}');
    bool fine = dynr_buf_ok(&merged) && set_text(row, dynr_buf_str(&merged));
    dynr_buf_cleanup(&merged);
    return fine;
}

/** Whether a row stands behind a bound (JSON array; empty: none). False where there is no memory to tell. */
static bool is_beyond(const struct dynr_view_node *node, struct dynr_str row,
                      struct dynr_str bound_text, struct dynr_arena *arena)
{
    const struct dynr_str *bound =
        bound_text.len == 0 ? NULL : dynr_place_of_bound(node, bound_text, arena);
    const struct dynr_str *place = bound == NULL ? NULL : dynr_place_of_row(node, row, arena);
    return place != NULL && dynr_place_compare(node, place, bound, arena) > 0;
}

/** Whether a whole row of this version is old news. One that was read at the version of its leave is not: it left the window. */
static bool is_old(const struct dynr_fold_group *group, const struct dynr_view_node *node,
                   const struct dynr_fold_row *row, struct dynr_str text, uint64_t version,
                   struct dynr_arena *arena)
{
    if (!row->gone) {
        return version <= row->version;
    }
    if (row->left) {
        return version < row->version;
    }
    return version <= group->floor &&
           !is_beyond(node, text, dynr_str_make(group->reach, group->reach_len), arena);
}

static enum dynr_status put_row(struct dynr_fold *fold, struct dynr_fold_group *group,
                                const struct group_message *message, struct dynr_str text,
                                struct dynr_arena *arena, struct dynr_error *err)
{
    const struct dynr_view_node *node = &fold->view->nodes[message->node];
    struct dynr_str key = key_of_row(node, text, arena);
    struct dynr_fold_row *row = key.ptr == NULL ? NULL : need_row(fold, group, key, arena);
    if (row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    bool is_first = message->is_snapshot && row->gone && !row->left;
    if (!is_first && is_old(group, node, row, text, message->version, arena)) {
        return DYNR_OK;
    }
    if (is_beyond(node, text, dynr_str_make(group->bound, group->bound_len), arena)) {
        forget_row(row);
        return DYNR_OK;
    }
    row->version = message->version;
    row->left = false;
    return set_text(row, text) ? DYNR_OK : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

/** One operation: `["+",row]`, `["-",key]`, `["~",key,fields]`, `["=",value]`. */
static enum dynr_status apply_op(struct dynr_fold *fold, struct dynr_fold_group *group,
                                 const struct group_message *message,
                                 struct dynr_json_reader *reader, struct dynr_arena *arena,
                                 struct dynr_error *err)
{
    bool first;
    struct dynr_str op;
    struct dynr_str what;
    struct dynr_str fields = {NULL, 0};
    if (!dynr_json_enter_array(reader, &first) || !dynr_json_next_element(reader, &first) ||
        !dynr_json_read_string(reader, arena, &op) || !dynr_json_next_element(reader, &first) ||
        !dynr_json_skip(reader, &what)) {
        return dynr_json_fail(reader, err);
    }
    while (dynr_json_next_element(reader, &first)) {
        if (!dynr_json_skip(reader, &fields)) {
            return dynr_json_fail(reader, err);
        }
    }
    if (dynr_str_equal_c(op, "+")) {
        return put_row(fold, group, message, what, arena, err);
    }
    bool is_value = dynr_str_equal_c(op, "=");
    struct dynr_fold_row *row =
        need_row(fold, group, is_value ? dynr_str_make(NULL, 0) : what, arena);
    if (row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    bool is_leave = dynr_str_equal_c(op, "-");
    if (message->version <= row->version || (row->gone && !is_value && !is_leave)) {
        return DYNR_OK;
    }
    row->version = message->version;
    bool fine = true;
    if (is_value) {
        fine = set_text(row, what);
    } else if (is_leave) {
        row->gone = true;
        row->left = true;
    } else {
        fine = merge_fields(row, fields, arena);
    }
    return fine ? DYNR_OK : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

static bool set_reach(struct dynr_fold_group *group, struct dynr_str reach)
{
    char *copy = copy_text(reach);
    if (copy != NULL) {
        free(group->reach);
        group->reach = copy;
        group->reach_len = reach.len;
    }
    return copy != NULL;
}

/** Whether bound `a` stands before `b`. */
static bool is_tighter(const struct dynr_view_node *node, struct dynr_str a, struct dynr_str b,
                       struct dynr_arena *arena)
{
    if (a.len == 0 || b.len == 0) {
        return a.len > 0;
    }
    const struct dynr_str *place = dynr_place_of_bound(node, a, arena);
    const struct dynr_str *other = dynr_place_of_bound(node, b, arena);
    return place != NULL && other != NULL && dynr_place_compare(node, place, other, arena) < 0;
}

/** Takes the epoch and the bound, and drops what is beyond: it is not kept up there. */
static enum dynr_status set_bound(struct dynr_fold *fold, struct dynr_fold_group *group,
                                  const struct group_message *message, struct dynr_arena *arena,
                                  struct dynr_error *err)
{
    const struct dynr_view_node *node = &fold->view->nodes[message->node];
    if (!message->has_bound || message->epoch < group->epoch) {
        return DYNR_OK;
    }
    char *copy = copy_text(message->bound);
    if (copy == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    free(group->bound);
    group->bound = copy;
    group->bound_len = message->bound.len;
    group->epoch = (uint32_t)message->epoch;
    group->asked = false;
    bool is_nearer =
        is_tighter(node, message->bound, dynr_str_make(group->reach, group->reach_len), arena);
    if ((message->is_snapshot || is_nearer) && !set_reach(group, message->bound)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; message->bound.len > 0 && i < group->n_rows; i++) {
        struct dynr_fold_row *row = group->rows[i];
        if (!row->gone &&
            is_beyond(node, dynr_str_make(row->text, row->len), message->bound, arena)) {
            forget_row(row);
        }
    }
    return DYNR_OK;
}

/** `whole`: what is not newer is gone, and nothing older is known of what follows; no bound, until one comes. */
static void begin_anew(struct dynr_fold_group *group, uint64_t version)
{
    for (size_t i = 0; i < group->n_rows; i++) {
        if (group->rows[i]->version <= version) {
            forget_row(group->rows[i]);
        }
    }
    free(group->bound);
    free(group->reach);
    group->bound = NULL;
    group->reach = NULL;
    group->bound_len = 0;
    group->reach_len = 0;
    group->floor = 0;
    group->asked = false;
}

static enum dynr_status apply_rows(struct dynr_fold *fold, struct dynr_fold_group *group,
                                   const struct group_message *message, struct dynr_arena *arena,
                                   struct dynr_error *err)
{
    struct dynr_json_reader reader;
    bool first;
    bool is_ops = message->ops.len > 0;
    dynr_json_reader_init(&reader, is_ops ? message->ops : message->rows);
    if (!dynr_json_enter_array(&reader, &first)) {
        return dynr_json_fail(&reader, err);
    }
    while (dynr_json_next_element(&reader, &first)) {
        enum dynr_status status;
        struct dynr_str row;
        if (is_ops) {
            status = apply_op(fold, group, message, &reader, arena, err);
        } else if (dynr_json_skip(&reader, &row)) {
            status = put_row(fold, group, message, row, arena, err);
        } else {
            status = dynr_json_fail(&reader, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return reader.fault == NULL ? DYNR_OK : dynr_json_fail(&reader, err);
}

/** What a frame says about its groups. */
struct frame {
    uint64_t version;
    bool is_snapshot;
    /** Epochs are counted anew. */
    bool is_same;
};

static enum dynr_status apply_group(struct dynr_fold *fold, struct dynr_str text,
                                    const struct frame *frame, struct dynr_arena *arena,
                                    struct dynr_error *err)
{
    struct group_message message;
    read_group_message(text, arena, &message);
    message.is_snapshot = frame->is_snapshot;
    if (message.node >= fold->view->n_nodes) {
        return dynr_fail(err, DYNR_ERR_SYNTAX,
                         "the server speaks of a node that the view does not have");
    }
    message.version = message.has_version ? message.version : frame->version;
    struct dynr_fold_group *group = need_group(fold, &message, arena);
    if (group == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    fold->is_unswept = fold->view->n_nodes > 1;
    enum dynr_status status = DYNR_OK;
    group->epoch = frame->is_same ? 0 : group->epoch;
    if (message.is_whole) {
        begin_anew(group, message.version);
    }
    if (message.rows.len > 0 || message.ops.len > 0) {
        status = apply_rows(fold, group, &message, arena, err);
    }
    if (status == DYNR_OK && message.value.len > 0) {
        struct dynr_fold_row *row = need_row(fold, group, dynr_str_make(NULL, 0), arena);
        if (row == NULL || !set_text(row, message.value)) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        row->version = message.version;
    }
    /* Rows of a keyed group that nobody refers to are not held, however old. */
    if (frame->is_snapshot && fold->view->nodes[message.node].node_class != DYNR_NODE_KEYED) {
        group->floor =
            group->has_floor && group->floor < message.version ? group->floor : message.version;
        group->has_floor = true;
    }
    return status == DYNR_OK ? set_bound(fold, group, &message, arena, err) : status;
}

static enum dynr_status apply_groups(struct dynr_fold *fold, struct dynr_str message,
                                     struct frame frame, struct dynr_error *err)
{
    struct dynr_arena arena = {0};
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str group;
    enum dynr_status status = DYNR_OK;
    frame.version = read_number(dynr_place_member(message, dynr_str_from_c("v"), &arena));
    dynr_json_reader_init(&reader, dynr_place_member(message, dynr_str_from_c("groups"), &arena));
    if (dynr_json_enter_array(&reader, &first)) {
        while (status == DYNR_OK && dynr_json_next_element(&reader, &first) &&
               dynr_json_skip(&reader, &group)) {
            status = apply_group(fold, group, &frame, &arena, err);
        }
    }
    if (status == DYNR_OK && reader.fault != NULL) {
        status = dynr_json_fail(&reader, err);
    }
    dynr_arena_cleanup(&arena);
    return status;
}

enum dynr_status dynr_fold_snap(struct dynr_fold *fold, struct dynr_str message, bool goes_on,
                                struct dynr_error *err)
{
    if (!goes_on) {
        const struct dynr_view_desc *view = fold->view;
        dynr_fold_cleanup(fold);
        dynr_fold_init(fold, view);
    }
    return apply_groups(fold, message, (struct frame){.is_snapshot = true}, err);
}

enum dynr_status dynr_fold_same(struct dynr_fold *fold, struct dynr_str message,
                                struct dynr_error *err)
{
    return apply_groups(fold, message, (struct frame){.is_same = true}, err);
}

enum dynr_status dynr_fold_patch(struct dynr_fold *fold, struct dynr_str message,
                                 struct dynr_error *err)
{
    struct dynr_arena arena = {0};
    const struct frame frame = {0};
    enum dynr_status status = apply_group(fold, message, &frame, &arena, err);
    dynr_arena_cleanup(&arena);
    return status;
}

enum dynr_status dynr_fold_bound(struct dynr_fold *fold, struct dynr_str message,
                                 struct dynr_error *err)
{
    return dynr_fold_patch(fold, message, err);
}

/* ---- reading ---- */

struct placed_row {
    struct dynr_str text;
    const struct dynr_str *place;
};

/** Merge sort: stable, and the comparison needs the node, which qsort has no place for. */
static void sort_rows(const struct dynr_view_node *node, struct placed_row *rows,
                      struct placed_row *other, size_t n_rows, struct dynr_arena *arena)
{
    if (n_rows < 2) {
        return;
    }
    size_t half = n_rows / 2;
    sort_rows(node, rows, other, half, arena);
    sort_rows(node, rows + half, other, n_rows - half, arena);
    size_t left = 0;
    size_t right = half;
    for (size_t i = 0; i < n_rows; i++) {
        bool from_left =
            right == n_rows || (left < half && dynr_place_compare(node, rows[left].place,
                                                                  rows[right].place, arena) <= 0);
        other[i] = from_left ? rows[left++] : rows[right++];
    }
    memcpy(rows, other, n_rows * sizeof *rows);
}

enum dynr_status dynr_fold_rows(const struct dynr_fold *fold, uint16_t node, struct dynr_str parent,
                                struct dynr_arena *arena, struct dynr_str **out_rows,
                                size_t *out_n_rows, struct dynr_error *err)
{
    const struct dynr_fold_group *group = dynr_fold_find_group(fold, node, parent);
    size_t n_held = group == NULL ? 0 : group->n_rows;
    struct placed_row *rows = dynr_arena_calloc(arena, n_held * 2 + 1, sizeof *rows);
    struct dynr_str *texts = dynr_arena_calloc(arena, n_held + 1, sizeof *texts);
    size_t n_rows = 0;
    *out_rows = texts;
    *out_n_rows = 0;
    if (rows == NULL || texts == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_held; i++) {
        const struct dynr_fold_row *row = group->rows[i];
        if (row->gone) {
            continue;
        }
        rows[n_rows].text = dynr_str_make(row->text, row->len);
        rows[n_rows].place = dynr_place_of_row(&fold->view->nodes[node], rows[n_rows].text, arena);
        if (rows[n_rows].place == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        n_rows++;
    }
    sort_rows(&fold->view->nodes[node], rows, rows + n_held, n_rows, arena);
    for (size_t i = 0; i < n_rows; i++) {
        texts[i] = rows[i].text;
    }
    *out_n_rows = n_rows;
    return DYNR_OK;
}

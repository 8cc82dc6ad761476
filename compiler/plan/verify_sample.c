/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The concrete half of the self-check: a few rows of every entity with awkward values, their keys built with the codec
 * that the runtime uses, and every path's key condition evaluated against all items of its table or index. Since a key
 * condition fixes the partition, the items that it can select stand together once they are sorted: no pairs of entities
 * are formed, and the work grows with the schema.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "plan/sample.h"

#define N_ROWS DYN_SAMPLE_ROWS
/* Values of one path: the key of a deep model, and some. */
#define VALUES_MAX 32

struct item {
    /* Of the partition key: items are sorted by it first, which compares numbers instead of far-away text. */
    uint64_t hash;
    struct dynr_str partition;
    struct dynr_str sort;
    const struct dyn_plan_entity *entity;
    /* NULL: a row; else the guard of one. */
    const struct dyn_plan_unique *unique;
    size_t row;
};

/* A table, or one index of it. */
struct space {
    struct item *items;
    size_t n;
    size_t cap;
};

struct sampler {
    struct dynr_arena arena;
    /* For the texts of one path. */
    struct dynr_arena scratch;
    struct dyn_diags *diags;
    /* By entity: bit i says that row i is there (it has a key of its own). */
    uint8_t *rows;
    struct dynr_map spaces;
    struct dynr_buf buf;
    bool ok;
};

/* ---- items ------------------------------------------------------------------------------------------------- */

static struct space *space_of(struct sampler *sampler, const void *owner)
{
    struct dynr_str key = dynr_str_make((const char *)&owner, sizeof owner);
    struct space *space = dynr_map_get(&sampler->spaces, key);
    if (space == NULL) {
        space = dyn_alloc(&sampler->arena, sizeof *space);
        if (!dynr_map_put(&sampler->spaces, dyn_dup(&sampler->arena, key), space, NULL)) {
            abort();
        }
    }
    return space;
}

static bool has_row(const struct sampler *sampler, const struct dyn_plan_entity *entity, size_t row)
{
    return (sampler->rows[entity->index] >> row & 1) != 0;
}

/* The key's text, in `arena`; false when it is absent. */
static bool build(struct sampler *sampler, struct dynr_arena *arena,
                  const struct dyn_plan_entity *entity, const struct dyn_key_template *key,
                  size_t row, struct dynr_str *out)
{
    dynr_buf_clear(&sampler->buf);
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_piece *piece = &key->pieces[i];
        dynr_buf_append_str(&sampler->buf, piece->literal);
        if (piece->value == NULL) {
            continue;
        }
        int index = dyn_sample_index(entity, piece->value, row);
        if (index < 0) {
            return false;
        }
        dyn_sample_append(piece->value->type, index, key, piece->fold, &sampler->buf);
    }
    *out = dyn_dup(arena, dynr_buf_str(&sampler->buf));
    return true;
}

static uint64_t hash_of(struct dynr_str partition)
{
    return dynr_hash(partition, 0);
}

static void add_item(struct sampler *sampler, struct space *space,
                     const struct dyn_plan_entity *entity, size_t row,
                     const struct dyn_key_template *partition, const struct dyn_key_template *sort,
                     const struct dyn_plan_unique *unique)
{
    struct item item = {0};
    item.entity = entity;
    item.unique = unique;
    item.row = row;
    if (!build(sampler, &sampler->arena, entity, partition, row, &item.partition) ||
        !build(sampler, &sampler->arena, entity, sort, row, &item.sort)) {
        return;
    }
    item.hash = hash_of(item.partition);
    space->items =
        dyn_grow(&sampler->arena, space->items, space->n, &space->cap, sizeof *space->items);
    space->items[space->n++] = item;
}

static void add_entity(struct sampler *sampler, const struct dyn_plan_entity *entity)
{
    struct space *base = space_of(sampler, entity->table);
    for (size_t row = 0; row < N_ROWS; row++) {
        if (!dyn_sample_is_distinct(entity, row)) {
            continue;
        }
        sampler->rows[entity->index] |= (uint8_t)(1u << row);
        add_item(sampler, base, entity, row, &entity->partition, &entity->sort, NULL);
        for (size_t i = 0; i < entity->n_uniques; i++) {
            add_item(sampler, base, entity, row, &entity->uniques[i].partition,
                     &entity->uniques[i].sort, &entity->uniques[i]);
        }
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by != NULL || requirement->slot == NULL) {
            continue;
        }
        struct space *space = space_of(sampler, requirement->slot);
        for (size_t row = 0; row < N_ROWS; row++) {
            if (has_row(sampler, entity, row)) {
                add_item(sampler, space, entity, row, &requirement->partition, &requirement->sort,
                         NULL);
            }
        }
    }
}

/* Items of one partition stand together, in the order of their sort keys. */
static int compare_keys(uint64_t hash_a, struct dynr_str partition_a, struct dynr_str sort_a,
                        const struct item *b)
{
    if (hash_a != b->hash) {
        return hash_a < b->hash ? -1 : 1;
    }
    int order = dynr_str_compare(partition_a, b->partition);
    return order != 0 ? order : dynr_str_compare(sort_a, b->sort);
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    int order = compare_keys(a->hash, a->partition, a->sort, b);
    if (order == 0) {
        order = a->entity->index < b->entity->index ? -1 : a->entity->index > b->entity->index;
    }
    return order != 0 ? order : (a->row < b->row ? -1 : a->row > b->row);
}

/* ---- faults ------------------------------------------------------------------------------------------------ */

static struct dyn_diag *fault(struct sampler *sampler, const struct dyn_plan_entity *entity,
                              struct dynr_str what)
{
    sampler->ok = false;
    struct dyn_diag *diag =
        dyn_report(sampler->diags, DYN_CODE_SELF_CHECK, entity->model->span,
                   "the plan of `%.*s` does not hold", DYN_STR(entity->model->name->text));
    dyn_diag_fact(sampler->diags, diag, "counter-example: %.*s", DYN_STR(what));
    dyn_diag_help(sampler->diags, diag,
                  "this is a fault of dynrc: please report it with the schema");
    return diag;
}

static void path_fault(struct sampler *sampler, const struct dyn_plan_path *path, const char *what,
                       const struct item *item)
{
    struct dynr_str shown = dynr_str_make(NULL, 0);
    if (item != NULL) {
        shown = dyn_text(&sampler->arena, ": the %s of %.*s with keys \"%.*s\" / \"%.*s\"",
                         item->unique != NULL ? "guard" : "row",
                         DYN_STR(item->entity->model->name->text), DYN_STR(item->partition),
                         DYN_STR(item->sort));
    }
    fault(sampler, path->entity,
          dyn_text(&sampler->arena, "`%.*s` (%.*s) %s%.*s", DYN_STR(path->name),
                   DYN_STR(path->key_condition), what, DYN_STR(shown)));
}

static void check_distinct(struct sampler *sampler, const struct space *space)
{
    for (size_t i = 1; i < space->n; i++) {
        const struct item *a = &space->items[i - 1];
        const struct item *b = &space->items[i];
        bool equal = dynr_str_equal(a->partition, b->partition) && dynr_str_equal(a->sort, b->sort);
        /* Two rows with one unique value: the second would be refused. */
        bool same_guard = a->unique != NULL && a->unique == b->unique;
        if (equal && !same_guard) {
            fault(sampler, a->entity,
                  dyn_text(&sampler->arena,
                           "%s of %.*s and %s of %.*s have the same key \"%.*s\" / \"%.*s\"",
                           a->unique != NULL ? "a guard" : "a row",
                           DYN_STR(a->entity->model->name->text),
                           b->unique != NULL ? "a guard" : "a row",
                           DYN_STR(b->entity->model->name->text), DYN_STR(a->partition),
                           DYN_STR(a->sort)));
            return;
        }
    }
}

/* ---- paths ------------------------------------------------------------------------------------------------- */

/* Sample values of all rows, by value: what the naive definition of a path is evaluated on. */
struct columns {
    int cells[VALUES_MAX][N_ROWS];
    size_t n;
};

struct trial {
    struct sampler *sampler;
    const struct dyn_plan_path *path;
    const struct space *space;
    bool distinct[N_ROWS];
    struct columns partition;
    struct columns sort;
    struct columns presence;
    /* The probe. */
    size_t row;
    struct dynr_str partition_text;
};

static void add_column(struct columns *columns, const struct dyn_plan_entity *entity,
                       const struct dyn_key_value *value, bool fold)
{
    if (columns->n == VALUES_MAX) {
        return;
    }
    for (size_t row = 0; row < N_ROWS; row++) {
        int index = dyn_sample_index(entity, value, row);
        columns->cells[columns->n][row] =
            fold && index >= 0 ? dyn_sample_folded(value->type, index) : index;
    }
    columns->n++;
}

static void add_field_columns(struct trial *trial, struct columns *columns,
                              const struct dyn_field *field)
{
    bool fold = trial->path->unique != NULL && trial->path->unique->unique->fold;
    struct dyn_values values = {0};
    dyn_values_add_field(&trial->sampler->scratch, &values, field);
    for (size_t i = 0; i < values.n; i++) {
        add_column(columns, trial->path->entity, values.items[i], fold);
    }
}

static bool rows_agree(const struct columns *columns, size_t n, size_t a, size_t b)
{
    for (size_t i = 0; i < n && i < columns->n; i++) {
        if (columns->cells[i][a] < 0 || columns->cells[i][a] != columns->cells[i][b]) {
            return false;
        }
    }
    return true;
}

/* The naive definition: rows of the entity with the probe's partition fields, the optional parts there, and the first
 * `n_equal` sort values equal. */
static bool is_wanted(const struct trial *trial, size_t row, size_t n_equal)
{
    if (!trial->distinct[row] ||
        !rows_agree(&trial->partition, trial->partition.n, trial->row, row)) {
        return false;
    }
    for (size_t i = 0; i < trial->presence.n; i++) {
        if (trial->presence.cells[i][row] < 0) {
            return false;
        }
    }
    return rows_agree(&trial->sort, n_equal, trial->row, row);
}

static size_t lower_bound(const struct space *space, struct dynr_str partition,
                          struct dynr_str sort)
{
    uint64_t hash = hash_of(partition);
    size_t low = 0;
    size_t high = space->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(hash, partition, sort, &space->items[middle]) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/*
 * The sort key's text up to and with the first `n_values` values, and the delimiter behind them, of the probe. `out_whole`:
 * nothing follows. False when a value is absent.
 */
static bool build_prefix(struct trial *trial, size_t n_values, bool *out_whole,
                         struct dynr_str *out)
{
    const struct dyn_key_template *key = trial->path->sort;
    struct dynr_buf *buf = &trial->sampler->buf;
    dynr_buf_clear(buf);
    size_t n = 0;
    *out_whole = true;
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_piece *piece = &key->pieces[i];
        dynr_buf_append_str(buf, piece->literal);
        if (piece->value == NULL) {
            continue;
        }
        if (n++ == n_values) {
            *out_whole = false;
            break;
        }
        int index = dyn_sample_index(trial->path->entity, piece->value, trial->row);
        if (index < 0) {
            return false;
        }
        dyn_sample_append(piece->value->type, index, key, piece->fold, buf);
    }
    *out = dyn_dup(&trial->sampler->scratch, dynr_buf_str(buf));
    return true;
}

static bool is_selected(const struct item *item, struct dynr_str partition, struct dynr_str prefix,
                        bool whole)
{
    return dynr_str_equal(item->partition, partition) &&
           (whole ? dynr_str_equal(item->sort, prefix) : dynr_str_starts_with(item->sort, prefix));
}

/* Rows come in the order of the sort values. */
static bool in_order(const struct trial *trial, size_t a, size_t b)
{
    for (size_t i = 0; i < trial->sort.n; i++) {
        if (trial->sort.cells[i][a] != trial->sort.cells[i][b]) {
            return trial->sort.cells[i][a] < trial->sort.cells[i][b];
        }
    }
    return true;
}

/* `>=` on the next sort value, as bytes and as values. */
static bool range_holds(struct trial *trial, const struct item *item, size_t n_equal,
                        struct dynr_str bound)
{
    if (n_equal >= trial->sort.n || trial->sort.cells[n_equal][trial->row] < 0) {
        return true;
    }
    bool as_bytes = dynr_str_compare(item->sort, bound) >= 0;
    bool as_values =
        trial->sort.cells[n_equal][item->row] >= trial->sort.cells[n_equal][trial->row];
    return as_bytes == as_values;
}

static bool try_rows(struct trial *trial, size_t n_equal)
{
    struct sampler *sampler = trial->sampler;
    const struct dyn_plan_path *path = trial->path;
    struct dynr_str prefix;
    struct dynr_str bound = {0};
    bool whole;
    bool ignored;
    if (!build_prefix(trial, path->n_determined + n_equal, &whole, &prefix)) {
        return true;
    }
    bool ranged = !whole && build_prefix(trial, path->n_determined + n_equal + 1, &ignored, &bound);
    if (ranged && !ignored && bound.len != 0) {
        /* Without the delimiter behind it: the least key with this value. */
        bound.len--;
    }
    size_t n_wanted = 0;
    for (size_t row = 0; row < N_ROWS; row++) {
        n_wanted += is_wanted(trial, row, n_equal);
    }
    const struct item *before = NULL;
    for (size_t i = lower_bound(trial->space, trial->partition_text, prefix); i < trial->space->n;
         i++) {
        const struct item *item = &trial->space->items[i];
        if (!is_selected(item, trial->partition_text, prefix, whole)) {
            break;
        }
        if (item->entity != path->entity || item->unique != NULL ||
            !is_wanted(trial, item->row, n_equal)) {
            path_fault(sampler, path, "would select what it should not", item);
            return false;
        }
        if (before != NULL && !in_order(trial, before->row, item->row)) {
            path_fault(sampler, path, "does not give rows in the order of its sort values", item);
            return false;
        }
        if (ranged && !range_holds(trial, item, n_equal, bound)) {
            path_fault(sampler, path, "has a range that is not one of values", item);
            return false;
        }
        before = item;
        n_wanted--;
    }
    if (n_wanted != 0) {
        path_fault(sampler, path, "misses rows that it should select", NULL);
        return false;
    }
    return true;
}

static bool try_unique(struct trial *trial)
{
    struct dynr_str sort;
    if (!build(trial->sampler, &trial->sampler->scratch, trial->path->entity, trial->path->sort,
               trial->row, &sort)) {
        return true;
    }
    size_t n_found = 0;
    for (size_t i = lower_bound(trial->space, trial->partition_text, sort); i < trial->space->n;
         i++) {
        const struct item *item = &trial->space->items[i];
        if (!is_selected(item, trial->partition_text, sort, true)) {
            break;
        }
        if (item->unique != trial->path->unique ||
            !rows_agree(&trial->partition, trial->partition.n, trial->row, item->row)) {
            path_fault(trial->sampler, trial->path, "would find the guard of another value", item);
            return false;
        }
        n_found++;
    }
    size_t n_wanted = 0;
    for (size_t row = 0; row < N_ROWS; row++) {
        n_wanted += trial->distinct[row] &&
                    rows_agree(&trial->partition, trial->partition.n, trial->row, row);
    }
    if (n_found != n_wanted) {
        path_fault(trial->sampler, trial->path, "does not find the guard of its value", NULL);
        return false;
    }
    return true;
}

static void check_path(struct sampler *sampler, const struct dyn_plan_path *path,
                       struct trial *trial)
{
    const struct dyn_plan_entity *entity = path->entity;
    memset(trial, 0, sizeof *trial);
    trial->sampler = sampler;
    trial->path = path;
    trial->space =
        space_of(sampler, path->requirement != NULL ? (const void *)path->requirement->slot
                                                    : (const void *)entity->table);
    for (size_t i = 0; i < path->n_partition_fields; i++) {
        add_field_columns(trial, &trial->partition, path->partition_fields[i]);
    }
    for (size_t i = 0; i < path->n_sort_values; i++) {
        add_column(&trial->sort, entity, path->sort_values[i], false);
    }
    for (size_t i = 0; i < path->n_presence; i++) {
        add_field_columns(trial, &trial->presence, path->presence[i]);
    }
    for (size_t row = 0; row < N_ROWS; row++) {
        trial->distinct[row] = has_row(sampler, entity, row);
    }
    for (size_t row = 0; row < N_ROWS; row++) {
        trial->row = row;
        if (!trial->distinct[row] || !rows_agree(&trial->partition, trial->partition.n, row, row) ||
            !build(sampler, &sampler->scratch, entity, path->partition, row,
                   &trial->partition_text)) {
            continue;
        }
        bool holds = true;
        if (path->kind == DYN_PATH_UNIQUE) {
            holds = try_unique(trial);
        } else if (path->kind == DYN_PATH_GET) {
            holds = try_rows(trial, path->n_sort_values);
        } else {
            /* All of the partition, one value bound, all bound: the lengths between differ in nothing. */
            holds = try_rows(trial, 0) && (path->n_sort_values < 2 || try_rows(trial, 1)) &&
                    (path->n_sort_values == 0 || try_rows(trial, path->n_sort_values));
        }
        if (!holds) {
            return;
        }
    }
}

bool dyn_verify_samples(const struct dyn_plan *plan, struct dynr_arena *arena,
                        struct dyn_diags *diags)
{
    (void)arena;
    struct sampler sampler;
    memset(&sampler, 0, sizeof sampler);
    dynr_arena_init(&sampler.arena, NULL, 0);
    dynr_map_init(&sampler.spaces, NULL);
    dynr_arena_init(&sampler.scratch, NULL, 0);
    sampler.diags = diags;
    sampler.ok = true;
    sampler.rows = dyn_alloc_array(&sampler.arena, plan->n_entities, sizeof *sampler.rows);
    for (size_t i = 0; i < plan->n_entities; i++) {
        if (plan->entities[i]->partition.n_pieces != 0) {
            add_entity(&sampler, plan->entities[i]);
        }
    }
    for (size_t i = 0; i < sampler.spaces.n_entries; i++) {
        struct space *space = sampler.spaces.entries[i].value;
        if (space->n > 1) {
            qsort(space->items, space->n, sizeof *space->items, compare_items);
        }
    }
    for (size_t i = 0; i < plan->n_tables; i++) {
        check_distinct(&sampler, space_of(&sampler, plan->tables[i]));
    }
    struct trial *trial = dyn_alloc(&sampler.arena, sizeof *trial);
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        for (size_t k = 0; k < entity->n_paths && entity->partition.n_pieces != 0; k++) {
            check_path(&sampler, entity->paths[k], trial);
            dynr_arena_reset(&sampler.scratch);
        }
    }
    dynr_buf_cleanup(&sampler.buf);
    dynr_map_cleanup(&sampler.spaces);
    dynr_arena_cleanup(&sampler.scratch);
    dynr_arena_cleanup(&sampler.arena);
    return sampler.ok;
}

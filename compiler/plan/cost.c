/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request units of one call. A read unit is 4 KB strongly consistent, half a unit eventually; a write unit is 1 KB; in
 * transactions everything counts twice. Each index that holds the row is written too: once where its keys stay, twice
 * where they change (the old entry goes, the new one comes).
 *
 * Estimates: texts and lists a quarter full, half of what `take` allows, a filter that passes one row in four, and a policy that
 * needs all of its rows.
 */
#include "plan/policy.h"

#define READ_UNIT  4096.0
#define WRITE_UNIT 1024.0
/* One page of a query: 1 MB. */
#define PAGE_UNITS    256.0
#define FILTER_PASSES 4.0

struct rows {
    double typical;
    double max;
};

static double units(double bytes, double unit)
{
    double n = bytes / unit;
    double whole = (double)(uint64_t)n;
    whole = whole < n ? whole + 1 : whole;
    return whole < 1 ? 1 : whole;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Rows that `take` allows; max 0: a page of whatever is there. */
static struct rows rows_of(const struct dyn_expr *take)
{
    struct rows rows = {25, 0};
    if (take == NULL) {
        return rows;
    }
    if (take->kind == DYN_EXPR_INT) {
        rows.max = (double)take->integer;
        rows.typical = larger(1, rows.max / 2);
    } else if (take->kind == DYN_EXPR_ARGUMENT && take->field != NULL && take->n_path == 0) {
        const struct dyn_field *argument = take->field;
        rows.max = argument->type->has_high ? (double)argument->type->high : 0;
        if (argument->default_value != NULL && argument->default_value->kind == DYN_EXPR_INT) {
            rows.typical = larger(1, (double)argument->default_value->integer / 2);
        } else if (rows.max > 0) {
            rows.typical = larger(1, rows.max / 2);
        }
    }
    return rows;
}

static void add_read(struct dyn_cost *cost, double min, double typical, double max)
{
    cost->read_min += min;
    cost->read_typical += typical;
    cost->read_max += larger(max, typical);
}

/* One variant along its path. `out_rows` is what it returns. */
static void variant_cost(const struct dyn_plan_variant *variant, const struct dyn_expr *take,
                         struct dyn_cost *cost, struct rows *out_rows)
{
    const struct dyn_plan_path *path = variant->path;
    struct rows one = {1, 1};
    if (path == NULL) {
        out_rows->typical = 0;
        out_rows->max = 0;
        return;
    }
    double typical_size = (double)path->entity->typical_size;
    double max_size = smaller((double)path->entity->max_size, (double)DYN_ITEM_MAX);
    double factor = path->kind == DYN_PATH_INDEX ? 0.5 : 1;
    if (path->single_row) {
        double guard = path->kind == DYN_PATH_UNIQUE ? 1 : 0;
        add_read(cost, 1, guard + units(typical_size, READ_UNIT),
                 guard + units(max_size, READ_UNIT));
        *out_rows = one;
        return;
    }
    struct rows rows = rows_of(take);
    bool filtered = variant->filter.text.len != 0;
    double evaluated = rows.typical * (filtered ? FILTER_PASSES : 1);
    double max = filtered || rows.max <= 0 ? PAGE_UNITS : units(rows.max * max_size, READ_UNIT);
    add_read(cost, factor, factor * smaller(PAGE_UNITS, units(evaluated * typical_size, READ_UNIT)),
             factor * max);
    *out_rows = rows;
    if (rows.max <= 0) {
        out_rows->max = larger(1, PAGE_UNITS * READ_UNIT / larger(typical_size, 1));
    }
}

/* Rows that a policy looks up, each once for each of `rows`. `is_needed`: before anything else, until it is decided. */
static void predicate_cost(const struct dyn_plan_predicate *predicate, struct rows rows,
                           bool is_needed, struct dyn_cost *cost)
{
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        const struct dyn_plan_entity *entity = predicate->lookups[i].entity;
        /* At least: those who pass soonest. */
        is_needed = is_needed && predicate->lookups[i].allows == NULL;
        double typical = units((double)entity->typical_size, READ_UNIT);
        double max = units(smaller((double)entity->max_size, (double)DYN_ITEM_MAX), READ_UNIT);
        /* Each distinct row is read once: one that no row leads to, once for all of them. */
        bool is_shared = true;
        for (size_t k = 0; k < predicate->lookups[i].n_key; k++) {
            is_shared = is_shared && !dyn_expr_needs_row(predicate->lookups[i].key[k].value);
        }
        add_read(cost, is_needed ? 1 : 0, (is_shared ? 1 : rows.typical) * typical,
                 (is_shared ? 1 : rows.max) * max);
    }
}

static void shape_cost(const struct dyn_plan_shape *shape, struct rows rows, struct dyn_cost *cost)
{
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        const struct dyn_plan_aggregate *aggregate = shape->members[i].aggregate;
        struct dyn_cost each = {0};
        struct rows below = {1, 1};
        if (aggregate != NULL && aggregate->aggregate->relation != NULL) {
            variant_cost(&aggregate->variant, NULL, &each, &below);
            predicate_cost(&aggregate->variant.row_filter, below, false, &each);
            add_read(cost, 0, rows.typical * each.read_typical, rows.max * each.read_max);
        }
        if (include == NULL) {
            continue;
        }
        if (include->kind == DYN_INCLUDE_BY_KEY) {
            /* Its size is not known here beyond one unit in most schemas; references point to small rows. */
            add_read(&each, 0, 1, 1);
        } else {
            variant_cost(&include->variant, include->take, &each, &below);
        }
        predicate_cost(&include->variant.row_filter, below, false, &each);
        shape_cost(&include->shape, below, &each);
        add_read(cost, 0, rows.typical * each.read_typical, rows.max * each.read_max);
    }
}

static void query_cost(const struct dyn_plan_query *query, struct dyn_cost *out)
{
    bool first = true;
    for (size_t i = 0; i < query->n_variants; i++) {
        struct dyn_cost cost = {0};
        struct rows rows = {0, 0};
        const struct rows one = {1, 1};
        predicate_cost(&query->variants[i].gate, one, true, &cost);
        variant_cost(&query->variants[i], query->take, &cost, &rows);
        predicate_cost(&query->variants[i].row_filter, rows, false, &cost);
        shape_cost(&query->shape, rows, &cost);
        out->read_min = first ? cost.read_min : smaller(out->read_min, cost.read_min);
        out->read_typical = larger(out->read_typical, cost.read_typical);
        out->read_max = larger(out->read_max, cost.read_max);
        first = false;
    }
}

/* ---- writes ------------------------------------------------------------------------------------------------ */

static bool template_uses_change(const struct dyn_key_template *key,
                                 const struct dyn_plan_write *write)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        for (size_t k = 0; k < write->n_changes && key->pieces[i].value != NULL; k++) {
            if (key->pieces[i].value->path[0] == write->changes[k].field) {
                return true;
            }
        }
    }
    return false;
}

/* `always_transactional`: with the fewest checks, too. */
static void write_cost(const struct dyn_plan_write *write, bool always_transactional,
                       bool transactional, struct dyn_cost *cost)
{
    const struct dyn_plan_entity *entity = write->entity;
    double typical = units((double)entity->typical_size, WRITE_UNIT);
    double max = units(smaller((double)entity->max_size, (double)DYN_ITEM_MAX), WRITE_UNIT);
    double factor = transactional ? 2 : 1;
    double least = always_transactional ? 2 : 1;
    size_t n_items = dyn_write_item_count(write);
    /* Guards are small; a row that moves is written in two places. */
    double guards = (double)(n_items - 1);
    double index_min = 0;
    double index_typical = 0;
    double index_max = 0;
    for (size_t i = 0; i < entity->n_requirements; i++) {
        const struct dyn_requirement *requirement = entity->requirements[i];
        if (requirement->served_by != NULL) {
            continue;
        }
        bool sparse = requirement->partition.sparse || requirement->sort.sparse;
        bool moves = write->write->kind == DYN_WRITE_UPDATE &&
                     (template_uses_change(&requirement->partition, write) ||
                      template_uses_change(&requirement->sort, write));
        index_min += sparse ? 0 : 1;
        index_typical += typical * (moves ? 2 : 1);
        index_max += max * (moves ? 2 : 1);
    }
    cost->write_min += least * (1 + guards) + index_min;
    cost->write_typical += factor * (typical + guards) + index_typical;
    cost->write_max += factor * (max + guards) + index_max;
    bool reads = write->write_class == DYN_WRITE_READ_COMPUTE;
    for (size_t i = 0; i < write->n_changes; i++) {
        enum dyn_update_class update_class = write->changes[i].update_class;
        reads = reads || (write->write->kind == DYN_WRITE_UPDATE &&
                          (update_class == DYN_UPDATE_READ_FIRST ||
                           update_class == DYN_UPDATE_GUARD || update_class == DYN_UPDATE_MOVE));
    }
    if (reads || (write->write->kind == DYN_WRITE_DELETE && entity->n_uniques != 0)) {
        double row = units((double)entity->typical_size, READ_UNIT);
        add_read(cost, 1, row,
                 units(smaller((double)entity->max_size, (double)DYN_ITEM_MAX), READ_UNIT));
    }
}

/* The gates of a mutation: nothing is read where it is tried first and all of them let it pass. */
static void gates_cost(const struct dyn_plan_procedure *procedure, struct dyn_cost *cost)
{
    const struct rows one = {1, 1};
    bool is_direct = dyn_writes_are_direct(procedure->writes, procedure->n_writes);
    double typical = cost->read_typical;
    for (size_t i = 0; i < procedure->n_writes; i++) {
        predicate_cost(&procedure->writes[i].gate.predicate, one, !is_direct, cost);
    }
    cost->read_typical = is_direct ? typical : cost->read_typical;
}

/* Rows that the transaction checks beside those that it writes: those of the grant that has fewest, and of the one that has most. */
struct check_counts {
    size_t least;
    size_t most;
};

static struct check_counts check_counts(const struct dyn_plan_write *write)
{
    struct check_counts counts = {0, 0};
    for (size_t i = 0; i < write->gate.n_grants; i++) {
        const struct dyn_plan_grant *grant = &write->gate.grants[i];
        size_t n = 0;
        for (size_t k = 0; k < grant->n_checks; k++) {
            const struct dyn_plan_lookup *lookup =
                &write->gate.predicate.lookups[grant->checks[k].lookup];
            n += dynr_str_equal_c(lookup->name, "self") ? 0 : 1;
        }
        counts.least = i == 0 || n < counts.least ? n : counts.least;
        counts.most = n > counts.most ? n : counts.most;
    }
    return counts;
}

void dyn_procedure_cost(const struct dyn_plan_procedure *procedure, struct dyn_cost *out)
{
    memset(out, 0, sizeof *out);
    if (procedure->query != NULL) {
        query_cost(procedure->query, out);
    }
    size_t n_least = 0;
    size_t n_items = 0;
    gates_cost(procedure, out);
    for (size_t i = 0; i < procedure->n_writes; i++) {
        struct check_counts checks = check_counts(&procedure->writes[i]);
        size_t n_written = dyn_write_item_count(&procedure->writes[i]);
        n_least += n_written + checks.least;
        n_items += n_written + checks.most;
        /* A check costs what a write of the smallest item does in a transaction. */
        out->write_min += 2 * (double)checks.least;
        out->write_typical += 2 * (double)checks.most;
        out->write_max += 2 * (double)checks.most;
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        write_cost(&procedure->writes[i], n_least > 1, n_items > 1, out);
    }
}

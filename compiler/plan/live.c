/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a planned query to the nodes that keep it live. Nothing is chosen here that planning has not chosen: paths, bindings
 * and shapes are read as they are, and restated as what the engine needs to judge one row alone.
 */
#include "plan/live.h"

#include "plan/derive.h"

struct making {
    struct dynr_arena *arena;
    const struct dyn_plan *plan;
    const struct dyn_plan_procedure *procedure;
    struct dyn_live_node *nodes;
    size_t n_nodes;
    size_t cap_nodes;
    struct dynr_str refusal;
};

/* ---- small lists ------------------------------------------------------------------------------------------- */

static void add_field(struct making *making, struct dyn_live_node *node,
                      const struct dyn_field *field)
{
    for (size_t i = 0; i < node->n_fields; i++) {
        if (node->fields[i] == field) {
            return;
        }
    }
    /* Every field at most once, so the model's number of fields is room enough. */
    if (node->fields == NULL) {
        node->fields =
            dyn_alloc_array(making->arena, node->entity->model->n_fields, sizeof *node->fields);
    }
    node->fields[node->n_fields++] = field;
}

static void add_path(struct making *making, struct dyn_live_node *node,
                     const struct dyn_plan_path *path)
{
    for (size_t i = 0; i < node->n_paths; i++) {
        if (node->paths[i] == path) {
            return;
        }
    }
    if (node->paths == NULL) {
        node->paths =
            dyn_alloc_array(making->arena, node->entity->n_paths + 1, sizeof *node->paths);
    }
    node->paths[node->n_paths++] = path;
}

static struct dyn_live_node *add_node(struct making *making, const struct dyn_plan_entity *entity,
                                      struct dynr_str name, size_t parent)
{
    making->nodes = dyn_grow(making->arena, making->nodes, making->n_nodes, &making->cap_nodes,
                             sizeof *making->nodes);
    struct dyn_live_node *node = &making->nodes[making->n_nodes++];
    memset(node, 0, sizeof *node);
    node->entity = entity;
    node->name = name;
    node->parent = parent;
    node->deciding =
        dyn_alloc_array(making->arena, entity->model->n_fields, sizeof *node->deciding);
    if (entity->table->table->no_stream) {
        making->refusal =
            dyn_text(making->arena, "its rows are in table `%.*s`, which says `stream off`",
                     DYN_STR(entity->table->table->name->text));
    }
    return node;
}

/* ---- the condition ----------------------------------------------------------------------------------------- */

/* `.list == list`; for `get Todo(todo)`, where one value is the whole key, `.list == todo.list`. */
static const struct dyn_expr *bound_equality(struct making *making, const struct dyn_model *model,
                                             const struct dyn_plan_binding *bound)
{
    const struct dyn_expr *value = bound->value;
    const struct dyn_type *type = value->type;
    bool is_whole_key = bound->field->is_key && type->kind == DYN_TYPE_REF && type->model == model;
    if (is_whole_key) {
        struct dyn_expr *part = dyn_alloc(making->arena, sizeof *part);
        *part = *value;
        const struct dyn_field **path =
            dyn_alloc_array(making->arena, value->n_path + 1, sizeof *path);
        for (size_t i = 0; i < value->n_path; i++) {
            path[i] = value->path[i];
        }
        path[value->n_path] = bound->field;
        part->path = path;
        part->n_path = value->n_path + 1;
        part->type = bound->field->type;
        value = part;
    }
    return dyn_expr_equal(making->arena, dyn_expr_row(making->arena, bound->field, value->span),
                          value);
}

static const struct dyn_expr *conjunction(struct making *making, const struct dyn_expr *left,
                                          const struct dyn_expr *right)
{
    if (left == NULL || right == NULL) {
        return left == NULL ? right : left;
    }
    return dyn_expr_and(making->arena, left, right);
}

/* ---- order, key, fields ------------------------------------------------------------------------------------ */

static bool is_bound(const struct dyn_live_node *node, const struct dyn_field *field)
{
    for (size_t i = 0; node->query != NULL && i < node->query->n_bound; i++) {
        if (node->query->bound[i].field == field) {
            return true;
        }
    }
    return node->include != NULL && node->include->relation != NULL &&
           node->include->relation->via == field;
}

/* The rows of a variant come in the order of the sort values that are not bound by equality. */
static size_t first_free_value(const struct dyn_plan_variant *variant)
{
    size_t n_bound = variant->n_equal - (variant->last_is_prefix ? 1 : 0);
    size_t n_determined = variant->path->n_determined;
    return n_bound > n_determined ? n_bound - n_determined : 0;
}

static size_t variant_order(struct making *making, const struct dyn_plan_variant *variant,
                            const struct dyn_field *from, bool descending,
                            struct dyn_live_order **out)
{
    const struct dyn_plan_path *path = variant->path;
    struct dyn_live_order *order =
        dyn_alloc_array(making->arena, path->n_sort_values + 1, sizeof *order);
    size_t n = 0;
    bool begun = from == NULL;
    for (size_t i = first_free_value(variant); i < path->n_sort_values; i++) {
        const struct dyn_field *field = path->sort_values[i]->path[0];
        begun = begun || field == from;
        bool again = n > 0 && order[n - 1].field == field;
        if (begun && !again) {
            order[n].field = field;
            order[n++].descending = descending;
        }
    }
    *out = order;
    return n;
}

static bool same_order(const struct dyn_live_order *a, size_t n_a, const struct dyn_live_order *b,
                       size_t n_b)
{
    for (size_t i = 0; i < n_a && i < n_b; i++) {
        if (a[i].field != b[i].field) {
            return false;
        }
    }
    return n_a == n_b;
}

static void complete_order(struct making *making, struct dyn_live_node *node,
                           struct dyn_live_order *order, size_t n, bool descending)
{
    struct dyn_live_order *all = dyn_alloc_array(making->arena, n + node->n_key, sizeof *all);
    memcpy(all, order, n * sizeof *all);
    for (size_t i = 0; i < node->n_key; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++) {
            there = there || all[k].field == node->key[i];
        }
        if (!there) {
            all[n].field = node->key[i];
            all[n++].descending = descending;
        }
    }
    node->order = all;
    node->n_order = n;
}

static bool make_order(struct making *making, struct dyn_live_node *node,
                       const struct dyn_plan_variant *variants, size_t n_variants,
                       const struct dyn_field *from, bool descending)
{
    struct dyn_live_order *order = NULL;
    size_t n_order = 0;
    bool known = false;
    for (size_t i = 0; i < n_variants; i++) {
        if (variants[i].empty) {
            continue;
        }
        struct dyn_live_order *other;
        size_t n_other = variant_order(making, &variants[i], from, descending, &other);
        if (known && !same_order(order, n_order, other, n_other)) {
            making->refusal = dyn_text(
                making->arena, "its rows come in different orders, depending on the arguments; "
                               "an `order` that all of them serve would fix it");
            return false;
        }
        order = known ? order : other;
        n_order = known ? n_order : n_other;
        known = true;
    }
    if (known) {
        complete_order(making, node, order, n_order, descending);
    }
    return true;
}

static void make_key(struct making *making, struct dyn_live_node *node)
{
    const struct dyn_model *model = node->entity->model;
    const struct dyn_field **key = dyn_alloc_array(making->arena, model->n_key_fields, sizeof *key);
    for (size_t i = 0; i < model->n_key_fields; i++) {
        if (!is_bound(node, model->fields[i])) {
            key[node->n_key++] = model->fields[i];
        }
    }
    node->key = key;
}

static void send_shape(struct making *making, struct dyn_live_node *node,
                       const struct dyn_plan_shape *shape)
{
    const struct dyn_model *model = node->entity->model;
    /* A shape without members is the whole row. */
    size_t n_members = shape->members == NULL ? 0 : shape->n_members;
    for (size_t i = 0; shape->members == NULL && i < model->n_fields; i++) {
        add_field(making, node, model->fields[i]);
    }
    for (size_t i = 0; i < n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_FIELD) {
            add_field(making, node, shape->members[i].field);
        }
    }
    node->n_shown = node->n_fields;
    for (size_t i = 0; i < node->n_key; i++) {
        add_field(making, node, node->key[i]);
    }
    for (size_t i = 0; i < node->n_order; i++) {
        add_field(making, node, node->order[i].field);
    }
    for (size_t i = 0; i < n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        if (shape->members[i].kind == DYN_MEMBER_INCLUDE && include->kind == DYN_INCLUDE_BY_KEY) {
            add_field(making, node, include->field);
        }
    }
}

/* ---- what decides ------------------------------------------------------------------------------------------ */

static void decide_by_predicate(struct dyn_live_node *node,
                                const struct dyn_plan_predicate *predicate)
{
    dyn_expr_row_fields(predicate->expr, node->deciding);
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        for (size_t k = 0; k < predicate->lookups[i].n_key; k++) {
            dyn_expr_row_fields(predicate->lookups[i].key[k].value, node->deciding);
        }
    }
}

static void decide(struct dyn_live_node *node, const struct dyn_plan_shape *shape)
{
    const struct dyn_model *model = node->entity->model;
    if (node->folded != NULL) {
        node->deciding[node->folded->field->index] = true;
    }
    dyn_expr_row_fields(node->predicate, node->deciding);
    for (size_t i = 0; i < node->n_policies; i++) {
        dyn_expr_row_fields(node->policies[i].filter, node->deciding);
        decide_by_predicate(node, node->policies[i].row_filter);
    }
    for (size_t i = 0; i < node->n_order; i++) {
        node->deciding[node->order[i].field->index] = true;
    }
    for (size_t i = 0; i < node->n_paths; i++) {
        for (size_t k = 0; k < node->paths[i]->n_partition_fields; k++) {
            node->deciding[node->paths[i]->partition_fields[k]->index] = true;
        }
        for (size_t k = 0; k < node->paths[i]->n_presence; k++) {
            node->deciding[node->paths[i]->presence[k]->index] = true;
        }
    }
    for (size_t i = 0; shape != NULL && i < shape->n_members; i++) {
        const struct dyn_plan_include *include = shape->members[i].include;
        if (shape->members[i].kind == DYN_MEMBER_INCLUDE && include->kind == DYN_INCLUDE_BY_KEY) {
            node->deciding[include->field->index] = true;
        }
    }
    if (model->deleted_at != NULL) {
        node->deciding[model->deleted_at->index] = true;
    }
    if (node->aggregate != NULL && node->aggregate->aggregate->field != NULL) {
        node->deciding[node->aggregate->aggregate->field->index] = true;
    }
}

static void take_policies(struct making *making, struct dyn_live_node *node,
                          const struct dyn_plan_variant *variants, size_t n_variants)
{
    struct dyn_live_policy *policies = dyn_alloc_array(making->arena, n_variants, sizeof *policies);
    for (size_t i = 0; i < n_variants; i++) {
        bool says_something =
            variants[i].policy_filter != NULL || variants[i].row_filter.expr != NULL;
        if (!variants[i].empty && says_something) {
            struct dyn_live_policy *policy = &policies[node->n_policies++];
            policy->guards = variants[i].guards;
            policy->n_guards = variants[i].n_guards;
            policy->filter = variants[i].policy_filter;
            policy->row_filter = &variants[i].row_filter;
        }
    }
    node->policies = policies;
}

static void take_paths(struct making *making, struct dyn_live_node *node,
                       const struct dyn_plan_variant *variants, size_t n_variants)
{
    for (size_t i = 0; i < n_variants; i++) {
        if (!variants[i].empty) {
            add_path(making, node, variants[i].path);
        }
    }
}

/* ---- nodes ------------------------------------------------------------------------------------------------- */

static bool add_members(struct making *making, const struct dyn_plan_shape *shape, size_t parent);

bool dyn_live_is_judged(const struct dyn_live_node *node)
{
    bool is_judged = false;
    for (size_t i = 0; i < node->n_policies; i++) {
        is_judged = is_judged || node->policies[i].row_filter->expr != NULL;
    }
    return is_judged;
}

static bool is_refused(const struct making *making)
{
    return making->refusal.len > 0;
}

static const struct dyn_plan_path *get_path(const struct dyn_plan_entity *entity)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (entity->paths[i]->kind == DYN_PATH_GET) {
            return entity->paths[i];
        }
    }
    return NULL;
}

static void add_keyed(struct making *making, const struct dyn_plan_include *include, size_t parent)
{
    const struct dyn_plan_entity *entity = dyn_plan_entity_of(making->plan, include->model);
    struct dyn_live_node *node = add_node(making, entity, include->name->text, parent);
    size_t index = making->n_nodes - 1;
    node->node_class = DYN_LIVE_KEYED;
    node->reason =
        dyn_text(making->arena,
                 "`%.*s` refers to it: one read for each row that enters or refers to another",
                 DYN_STR(include->field->name->text));
    node->single = true;
    node->include = include;
    node->reference = include->field;
    make_key(making, node);
    add_path(making, node, get_path(entity));
    take_policies(making, node, &include->variant, 1);
    send_shape(making, node, &include->shape);
    decide(node, &include->shape);
    (void)add_members(making, &include->shape, index);
}

static void add_children(struct making *making, const struct dyn_plan_include *include,
                         size_t parent)
{
    const struct dyn_plan_entity *entity = dyn_plan_entity_of(making->plan, include->model);
    struct dyn_live_node *node = add_node(making, entity, include->name->text, parent);
    size_t index = making->n_nodes - 1;
    const struct dyn_relation *relation = include->relation;
    node->node_class = DYN_LIVE_CHILDREN;
    node->reason = dyn_text(
        making->arena, "rows whose `%.*s` is the row above: one query for each row that enters",
        DYN_STR(relation->via->name->text));
    node->single = !include->many;
    node->include = include;
    make_key(making, node);
    /* What `where` said is split over the variant; its conditions are those of the source. */
    node->predicate = include->where;
    take_policies(making, node, &include->variant, 1);
    take_paths(making, node, &include->variant, 1);
    if (include->many &&
        !make_order(making, node, &include->variant, 1, include->order, include->descending)) {
        return;
    }
    send_shape(making, node, &include->shape);
    decide(node, &include->shape);
    (void)add_members(making, &include->shape, index);
}

static const char *aggregate_reason(const struct dyn_live_node *node)
{
    enum dyn_aggregate_kind kind = node->aggregate->aggregate->kind;
    if (dyn_live_is_judged(node)) {
        return "one value over rows that are remembered, since other rows decide which of them "
               "count: one read for each row that changes, or that they let in or out";
    }
    return kind == DYN_AGGREGATE_MIN || kind == DYN_AGGREGATE_MAX
               ? "one value: read again only when the row that has it leaves"
               : "one value, counted up and down from the rows before and after";
}

static void add_aggregate(struct making *making, const struct dyn_plan_aggregate *aggregate,
                          size_t parent, const struct dyn_live_node *rows)
{
    struct dyn_live_node *node =
        add_node(making, aggregate->entity, aggregate->aggregate->name->text, parent);
    node->node_class = DYN_LIVE_AGGREGATE;
    node->aggregate = aggregate;
    if (rows != NULL) {
        node->query = rows->query;
        node->predicate = rows->predicate;
        node->folded = rows->folded;
        node->policies = rows->policies;
        node->n_policies = rows->n_policies;
        node->paths = rows->paths;
        node->n_paths = rows->n_paths;
    } else {
        node->predicate = aggregate->aggregate->where;
        take_policies(making, node, &aggregate->variant, 1);
        take_paths(making, node, &aggregate->variant, 1);
    }
    node->reason = dyn_text(making->arena, "%s", aggregate_reason(node));
    make_key(making, node);
    decide(node, NULL);
}

static bool add_members(struct making *making, const struct dyn_plan_shape *shape, size_t parent)
{
    for (size_t i = 0; i < shape->n_members && !is_refused(making); i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        switch (member->kind) {
        case DYN_MEMBER_FIELD:
            break;
        case DYN_MEMBER_INCLUDE:
            if (member->include->kind == DYN_INCLUDE_BY_KEY) {
                add_keyed(making, member->include, parent);
            } else {
                add_children(making, member->include, parent);
            }
            break;
        case DYN_MEMBER_AGGREGATE:
            add_aggregate(making, member->aggregate, parent, NULL);
            break;
        }
    }
    return !is_refused(making);
}

static void classify_root(struct making *making, struct dyn_live_node *node,
                          const struct dyn_plan_query *query)
{
    const char *reason = "all rows of one partition";
    node->node_class = DYN_LIVE_PURE;
    if (query->single_row) {
        reason = "one row, by its key";
    } else if (query->take != NULL) {
        node->node_class = DYN_LIVE_WINDOW;
        reason = "the first rows of one ordered partition (`take`)";
    }
    node->reason = dyn_text(making->arena, "%s", reason);
}

static void fill_root(struct making *making, struct dyn_live_node *node)
{
    const struct dyn_plan_query *query = making->procedure->query;
    node->query = query;
    node->single = query->single_row;
    for (size_t i = 0; i < query->n_bound; i++) {
        const struct dyn_unique *unique = query->query->by_unique;
        if (unique != NULL && unique->fold && query->bound[i].field == unique->field) {
            node->folded = &query->bound[i];
            continue;
        }
        node->predicate = conjunction(
            making, node->predicate, bound_equality(making, node->entity->model, &query->bound[i]));
    }
    node->predicate = conjunction(making, node->predicate, query->query->where);
    take_policies(making, node, query->variants, query->n_variants);
    take_paths(making, node, query->variants, query->n_variants);
    make_key(making, node);
}

static void make_root(struct making *making)
{
    const struct dyn_plan_query *query = making->procedure->query;
    struct dyn_live_node *node = add_node(making, query->entity, (struct dynr_str){0}, 0);
    fill_root(making, node);
    classify_root(making, node, query);
    if (!node->single && !make_order(making, node, query->variants, query->n_variants,
                                     query->query->order, query->descending)) {
        return;
    }
    send_shape(making, node, &query->shape);
    decide(node, &query->shape);
    (void)add_members(making, &query->shape, 0);
}

/* `from ... count`: the output has no rows, only values over them. Those of the root are read, and none is sent. */
static void make_values(struct making *making)
{
    const struct dyn_plan_query *query = making->procedure->query;
    struct dyn_live_node *node = add_node(making, query->entity, (struct dynr_str){0}, 0);
    fill_root(making, node);
    node->node_class = DYN_LIVE_PURE;
    node->reason = dyn_text(making->arena, "rows that the values are made of: read, not sent");
    decide(node, NULL);
    const struct dyn_live_node rows = *node;
    for (size_t i = 0; i < query->shape.n_members && !is_refused(making); i++) {
        if (query->shape.members[i].kind == DYN_MEMBER_AGGREGATE) {
            add_aggregate(making, query->shape.members[i].aggregate, 0, &rows);
        }
    }
}

/* Code: it is run again when any row of a model that it reads changes. */
static void make_tracked(struct making *making)
{
    const struct dyn_procedure *procedure = making->procedure->procedure;
    for (size_t i = 0; i < procedure->n_extern_reads && !is_refused(making); i++) {
        const struct dyn_model *model = procedure->extern_reads[i];
        struct dyn_live_node *node =
            add_node(making, dyn_plan_entity_of(making->plan, model), (struct dynr_str){0}, 0);
        node->node_class = DYN_LIVE_TRACKED;
        node->single = true;
        node->reason = dyn_text(making->arena,
                                "`%.*s` is run again when any row of it changes, and its output "
                                "sent as a whole",
                                DYN_STR(procedure->extern_symbol));
    }
}

/* ---- the view ---------------------------------------------------------------------------------------------- */

static void variant_caller_fields(const struct dyn_plan_variant *variant, bool *out)
{
    for (size_t i = 0; i < variant->n_guards; i++) {
        dyn_expr_caller_fields(variant->guards[i].condition, out);
    }
    for (size_t i = 0; i < variant->n_bindings; i++) {
        dyn_expr_caller_fields(variant->bindings[i].value, out);
    }
    dyn_expr_caller_fields(variant->low.value, out);
    dyn_expr_caller_fields(variant->high.value, out);
    dyn_expr_caller_fields(variant->policy_filter, out);
    dyn_expr_caller_fields(variant->row_filter.expr, out);
    for (size_t i = 0; i < variant->row_filter.n_lookups; i++) {
        for (size_t k = 0; k < variant->row_filter.lookups[i].n_key; k++) {
            dyn_expr_caller_fields(variant->row_filter.lookups[i].key[k].value, out);
        }
    }
}

static void collect_caller(struct making *making, struct dyn_live_view *view)
{
    const struct dyn_context *context = making->procedure->procedure->context;
    if (context == NULL) {
        return;
    }
    bool *used = dyn_alloc_array(making->arena, context->n_fields + 1, sizeof *used);
    const struct dyn_plan_query *query = making->procedure->query;
    if (view->is_tracked) {
        /* Code may look at all of it. */
        view->caller_fields =
            dyn_alloc_array(making->arena, context->n_fields + 1, sizeof *view->caller_fields);
        for (size_t i = 0; i < context->n_fields; i++) {
            view->caller_fields[view->n_caller_fields++] = context->fields[i];
        }
        return;
    }
    dyn_expr_caller_fields(query->take, used);
    for (size_t i = 0; i < query->n_variants; i++) {
        variant_caller_fields(&query->variants[i], used);
    }
    for (size_t i = 0; i < view->n_nodes; i++) {
        const struct dyn_live_node *node = &view->nodes[i];
        dyn_expr_caller_fields(node->predicate, used);
        if (node->include != NULL) {
            dyn_expr_caller_fields(node->include->take, used);
            variant_caller_fields(&node->include->variant, used);
        }
        if (node->aggregate != NULL) {
            variant_caller_fields(&node->aggregate->variant, used);
        }
    }
    view->caller_fields =
        dyn_alloc_array(making->arena, context->n_fields + 1, sizeof *view->caller_fields);
    for (size_t i = 0; i < context->n_fields; i++) {
        if (used[i]) {
            view->caller_fields[view->n_caller_fields++] = context->fields[i];
        }
    }
}

/* ---- what may be sent ---------------------------------------------------------------------------------------- */

static bool allows_field(const struct dyn_allow *allow, const struct dyn_field *field)
{
    bool allowed = allow->fields == NULL;
    for (size_t i = 0; i < allow->n_fields && !allowed; i++) {
        allowed = allow->fields[i] == field;
    }
    return allowed;
}

/** Every rule by which rows of the model may be seen lets this field be read, too. */
static bool is_readable(const struct dyn_plan_procedure *procedure, const struct dyn_model *model,
                        const struct dyn_field *field)
{
    for (size_t i = 0; i < procedure->n_policy_uses; i++) {
        const struct dyn_plan_policy_use *use = &procedure->policy_uses[i];
        bool reads = use->model == model && dynr_str_equal_c(use->verb->text, "read");
        for (size_t k = 0; reads && k < use->n_allows; k++) {
            if (!allows_field(use->allows[k], field)) {
                return false;
            }
        }
    }
    return true;
}

/**
 * Clients get more than is shown: keys, what rows are ordered by, references. The policy was asked about what is shown; what it
 * would not let be read must not be sent either.
 */
static void refuse_unreadable(struct making *making)
{
    for (size_t i = 0; i < making->n_nodes && !is_refused(making); i++) {
        const struct dyn_live_node *node = &making->nodes[i];
        const struct dyn_model *model = node->entity->model;
        for (size_t k = node->n_shown; k < node->n_fields && !is_refused(making); k++) {
            if (!is_readable(making->procedure, model, node->fields[k])) {
                making->refusal = dyn_text(
                    making->arena,
                    "watching it would send `%.*s` of %.*s (as key, order or reference), which the "
                    "policy does not let everybody "
                    "read who may see the row; an order by what they may read would fix it",
                    DYN_STR(node->fields[k]->name->text), DYN_STR(model->name->text));
            }
        }
    }
}

const struct dyn_live_view *dyn_live_make(struct dynr_arena *arena, const struct dyn_plan *plan,
                                          const struct dyn_plan_procedure *procedure,
                                          struct dynr_str *out_reason)
{
    struct making making = {.arena = arena, .plan = plan, .procedure = procedure};
    const struct dyn_procedure *written = procedure->procedure;
    bool is_tracked = written->kind == DYN_PROCEDURE_EXTERN && !written->is_mutation;
    if (procedure->query == NULL && !is_tracked) {
        *out_reason = dyn_text(arena, "it writes");
        return NULL;
    }
    if (written->once) {
        *out_reason = dyn_text(arena, "it is `once`");
        return NULL;
    }
    if (is_tracked && written->n_extern_reads == 0) {
        *out_reason =
            dyn_text(arena, "it is `extern`, and does not say what its code reads; `reads Todo` "
                            "behind it would do");
        return NULL;
    }
    if (is_tracked) {
        make_tracked(&making);
    } else if (procedure->query->is_aggregate) {
        make_values(&making);
    } else {
        make_root(&making);
    }
    if (!is_refused(&making)) {
        refuse_unreadable(&making);
    }
    if (is_refused(&making)) {
        *out_reason = making.refusal;
        return NULL;
    }
    struct dyn_live_view *view = dyn_alloc(arena, sizeof *view);
    view->procedure = procedure;
    view->nodes = making.nodes;
    view->n_nodes = making.n_nodes;
    view->values_only = !is_tracked && procedure->query->is_aggregate;
    view->is_tracked = is_tracked;
    collect_caller(&making, view);
    return view;
}

const char *dyn_live_class_name(enum dyn_live_class node_class)
{
    switch (node_class) {
    case DYN_LIVE_PURE:
        return "pure";
    case DYN_LIVE_WINDOW:
        return "window";
    case DYN_LIVE_KEYED:
        return "keyed";
    case DYN_LIVE_CHILDREN:
        return "children";
    case DYN_LIVE_AGGREGATE:
        return "aggregate";
    case DYN_LIVE_TRACKED:
        return "tracked";
    }
    return "";
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes of output rows, and the rows of other models under them: by key along a reference, or by a query along a
 * relation, planned like any other with the reference back to the root as its binding.
 */
#include "plan/policy.h"

struct members {
    struct dyn_policies *policies;
    struct dyn_derive *derive;
    const struct dyn_model *model;
    /** What is known of the rows that have these members. */
    const struct dyn_subject *subject;
    struct dyn_plan_member *items;
    size_t n;
    size_t cap;
    const struct dyn_field **hidden;
    size_t n_hidden;
    size_t cap_hidden;
};

static struct dyn_plan_member *add_member(struct members *members, enum dyn_member_kind kind,
                                          const struct dyn_name *name)
{
    members->items = dyn_grow(members->derive->arena, members->items, members->n, &members->cap,
                              sizeof *members->items);
    struct dyn_plan_member *member = &members->items[members->n++];
    memset(member, 0, sizeof *member);
    member->kind = kind;
    member->name = name;
    return member;
}

static void add_field(struct members *members, const struct dyn_name *name,
                      const struct dyn_field *field)
{
    add_member(members, DYN_MEMBER_FIELD, name)->field = field;
}

static void add_include(struct members *members, const struct dyn_plan_include *include)
{
    add_member(members, DYN_MEMBER_INCLUDE, include->name)->include = include;
}

static bool has_member(const struct members *members, const struct dyn_field *field)
{
    for (size_t i = 0; i < members->n; i++) {
        if (members->items[i].kind == DYN_MEMBER_FIELD && members->items[i].field == field) {
            return true;
        }
    }
    for (size_t i = 0; i < members->n_hidden; i++) {
        if (members->hidden[i] == field) {
            return true;
        }
    }
    return false;
}

static void require_field(struct members *members, const struct dyn_field *field)
{
    if (!has_member(members, field)) {
        members->hidden =
            dyn_grow(members->derive->arena, (void *)members->hidden, members->n_hidden,
                     &members->cap_hidden, sizeof *members->hidden);
        members->hidden[members->n_hidden++] = field;
    }
}

/* Includes are found by values of the row above them: those are read, shown or not. */
static void finish(struct members *members, struct dyn_plan_shape *out)
{
    for (size_t i = 0; i < members->n; i++) {
        const struct dyn_plan_include *include = members->items[i].include;
        const struct dyn_plan_aggregate *aggregate = members->items[i].aggregate;
        bool is_of_relation = aggregate != NULL && aggregate->aggregate->relation != NULL;
        if (include == NULL && !is_of_relation) {
            continue;
        }
        if (include != NULL && include->kind == DYN_INCLUDE_BY_KEY) {
            require_field(members, include->field);
            continue;
        }
        for (size_t k = 0; k < members->model->n_key_fields; k++) {
            require_field(members, members->model->fields[k]);
        }
    }
    out->model = members->model;
    out->members = members->items;
    out->n_members = members->n;
    out->hidden = members->hidden;
    out->n_hidden = members->n_hidden;
}

static void make_shape(struct dyn_policies *policies, const struct dyn_subject *subject,
                       const struct dyn_selection *select, size_t n_select,
                       struct dyn_plan_shape *out);

static void make_link_shape(struct dyn_policies *policies, const struct dyn_subject *subject,
                            const struct dyn_relation *relation, struct dyn_plan_shape *out);

/* ---- includes ---------------------------------------------------------------------------------------------- */

struct request {
    const struct dyn_name *name;
    struct dyn_span span;
    const struct dyn_field *field;
    const struct dyn_relation *relation;
    const struct dyn_selection *select;
    size_t n_select;
    /** NULL for what `select` includes. */
    const struct dyn_include *include;
};

/* A read along a relation, whose condition is on the rows alone. */
bool dyn_plan_relation(struct dyn_derive *derive, const struct dyn_need *need,
                       const struct dyn_expr *where, struct dyn_plan_variant *out)
{
    const struct dyn_expr *condition = dyn_find_switch(where);
    if (condition != NULL) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_INCLUDE, condition->span,
                       "a condition on the input alone cannot switch an include");
        dyn_diag_help(derive->diags, diag, "write a query of its own for these rows");
        return false;
    }
    const struct dyn_expr *optional = dyn_find_optional(where, true);
    if (optional != NULL) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_INCLUDE, optional->span,
                       "this value may be absent, and is compared below `or` or `not`");
        dyn_diag_help(derive->diags, diag,
                      "make the argument required, or write a query of its own for these rows");
        return false;
    }
    return dyn_plan_access(derive, need, where, out);
}

/* What is known of rows found by a relation: the reference to the row above. */
void dyn_subject_below(struct dynr_arena *arena, const struct dyn_subject *above,
                       const struct dyn_relation *relation, const struct dyn_expr *where,
                       struct dyn_subject *out)
{
    struct dyn_plan_binding bound = {relation->via, dyn_subject_reference(arena, above)};
    dyn_subject_known(arena, relation->target, &bound, bound.value == NULL ? 0 : 1, where, out);
}

static void plan_relation(const struct members *above, const struct request *request,
                          const struct dyn_subject *subject, struct dyn_plan_include *out)
{
    struct dyn_derive *derive = above->derive;
    const struct dyn_include *include = request->include;
    const struct dyn_expr *where = include == NULL ? NULL : include->where;
    struct dyn_plan_binding bound = {request->relation->via, NULL};
    struct dyn_policy_read read = {.subject = *subject, .span = request->span};
    struct dyn_policy_parts parts = {0};
    read.fields = dyn_shape_fields(derive->arena, &out->shape, &read.n_fields);
    dyn_policy_read_below(above->policies, &read, &parts);
    dyn_shape_require(derive->arena, &out->shape, parts.row_filter);
    struct dyn_need need = {0};
    need.entity = dyn_plan_entity_of(derive->plan, request->relation->target);
    need.bound = &bound;
    need.n_bound = 1;
    need.span = request->span;
    need.where = where;
    if (include != NULL) {
        need.order = include->order;
        need.order_span = include->order_span;
        out->where = include->where;
        out->order = include->order;
        out->descending = include->descending;
        out->take = include->take;
    }
    dyn_plan_relation(derive, &need, dyn_expr_and(derive->arena, where, parts.filter),
                      &out->variant);
    out->variant.policy_filter = parts.filter;
    dyn_predicate_make(derive, parts.row_filter, &out->variant.row_filter);
}

/* The row that a reference leads to. Its key is known where the reference is. */
static void plan_reference(const struct members *above, const struct request *request,
                           struct dyn_plan_include *out)
{
    struct dyn_derive *derive = above->derive;
    const struct dyn_model *model = out->model;
    const struct dyn_include *include = request->include;
    if (include != NULL &&
        (include->where != NULL || include->order != NULL || include->take != NULL)) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_INCLUDE,
                       include->where != NULL ? include->where->span : include->span,
                       "`%.*s` is one row, read by its key", DYN_STR(request->field->name->text));
        dyn_diag_help(derive->diags, diag, "leave `where`, `order` and `take` out");
    }
    const struct dyn_expr *reference = dyn_subject_value(above->subject, request->field);
    struct dyn_plan_binding *known =
        dyn_alloc_array(derive->arena, model->n_key_fields, sizeof *known);
    struct dyn_policy_read read = {.in_memory = true, .span = request->span};
    read.subject.model = model;
    read.subject.known = known;
    for (size_t i = 0; i < model->n_key_fields && reference != NULL; i++) {
        known[i].field = model->fields[i];
        known[i].value = dyn_policy_part(derive->arena, reference, model, model->fields[i]);
        read.subject.n_known++;
    }
    make_shape(above->policies, &read.subject, request->select, request->n_select, &out->shape);
    struct dyn_policy_parts parts = {0};
    read.fields = dyn_shape_fields(derive->arena, &out->shape, &read.n_fields);
    dyn_policy_read_below(above->policies, &read, &parts);
    dyn_shape_require(derive->arena, &out->shape, parts.row_filter);
    dyn_predicate_make(derive, parts.row_filter, &out->variant.row_filter);
}

static const struct dyn_plan_include *make_include(const struct members *above,
                                                   const struct request *request)
{
    struct dyn_derive *derive = above->derive;
    struct dyn_plan_include *out = dyn_alloc(derive->arena, sizeof *out);
    out->name = request->name;
    out->field = request->field;
    out->relation = request->relation;
    if (request->relation == NULL) {
        out->kind = DYN_INCLUDE_BY_KEY;
        out->model = request->field->type->model;
        plan_reference(above, request, out);
        return out;
    }
    out->kind = DYN_INCLUDE_BY_QUERY;
    out->many = request->relation->many;
    out->model = request->relation->target;
    struct dyn_subject subject = {0};
    dyn_subject_below(derive->arena, above->subject, request->relation,
                      request->include == NULL ? NULL : request->include->where, &subject);
    if (request->relation->far != NULL && request->n_select == 0) {
        make_link_shape(above->policies, &subject, request->relation, &out->shape);
    } else {
        make_shape(above->policies, &subject, request->select, request->n_select, &out->shape);
    }
    plan_relation(above, request, &subject, out);
    return out;
}

/* Without `select`: the link's own fields, and the far row in place of the reference to it. */
static void make_link_shape(struct dyn_policies *policies, const struct dyn_subject *subject,
                            const struct dyn_relation *relation, struct dyn_plan_shape *out)
{
    struct members members = {.policies = policies, .derive = policies->derive, .subject = subject};
    members.model = relation->target;
    for (size_t i = 0; i < relation->target->n_fields; i++) {
        const struct dyn_field *field = relation->target->fields[i];
        if (field != relation->far) {
            add_field(&members, field->name, field);
            continue;
        }
        struct request request = {0};
        request.name = field->name;
        request.span = relation->span;
        request.field = field;
        add_include(&members, make_include(&members, &request));
    }
    finish(&members, out);
}

/* ---- shapes ------------------------------------------------------------------------------------------------ */

static void add_selection(struct members *members, const struct dyn_selection *selection)
{
    bool is_row = selection->relation != NULL || selection->n_children != 0;
    if (!is_row) {
        add_field(members, selection->name, selection->field);
        return;
    }
    struct request request = {0};
    request.name = selection->name;
    request.span = selection->span;
    request.field = selection->field;
    request.relation = selection->relation;
    request.select = selection->children;
    request.n_select = selection->n_children;
    add_include(members, make_include(members, &request));
}

static void make_shape(struct dyn_policies *policies, const struct dyn_subject *subject,
                       const struct dyn_selection *select, size_t n_select,
                       struct dyn_plan_shape *out)
{
    struct members members = {.policies = policies, .derive = policies->derive, .subject = subject};
    members.model = subject->model;
    for (size_t i = 0; i < n_select; i++) {
        add_selection(&members, &select[i]);
    }
    finish(&members, out);
}

/* Aggregates of a `from` are all that comes out; those of a `get` stand behind its other members. */
static void add_aggregates(struct members *members, const struct dyn_query *query)
{
    for (size_t i = 0; i < query->n_aggregates; i++) {
        const struct dyn_plan_aggregate *aggregate =
            dyn_plan_aggregate_make(members->policies, members->subject, &query->aggregates[i]);
        struct dyn_plan_member *member =
            add_member(members, DYN_MEMBER_AGGREGATE, query->aggregates[i].name);
        member->aggregate = aggregate;
    }
}

static bool shows_row(const struct dyn_query *query)
{
    bool is_aggregate = query->kind == DYN_QUERY_FROM && query->n_aggregates != 0;
    return query->n_select == 0 && !is_aggregate &&
           (query->n_includes != 0 || query->n_aggregates != 0);
}

void dyn_plan_shape_make(struct dyn_policies *policies, const struct dyn_subject *subject,
                         const struct dyn_query *query, struct dyn_plan_shape *out)
{
    struct members members = {.policies = policies, .derive = policies->derive, .subject = subject};
    members.model = query->model;
    for (size_t i = 0; i < query->n_select; i++) {
        add_selection(&members, &query->select[i]);
    }
    if (shows_row(query)) {
        for (size_t i = 0; i < query->model->n_fields; i++) {
            bool replaced = false;
            for (size_t k = 0; k < query->n_includes; k++) {
                replaced = replaced || query->includes[k].name == query->model->fields[i]->name;
            }
            if (!replaced) {
                add_field(&members, query->model->fields[i]->name, query->model->fields[i]);
            }
        }
    }
    for (size_t i = 0; i < query->n_includes; i++) {
        const struct dyn_include *include = &query->includes[i];
        struct request request = {0};
        request.name = include->name;
        request.span = include->span;
        request.field = include->field;
        request.relation = include->relation;
        request.select = include->select;
        request.n_select = include->n_select;
        request.include = include;
        add_include(&members, make_include(&members, &request));
    }
    add_aggregates(&members, query);
    finish(&members, out);
}

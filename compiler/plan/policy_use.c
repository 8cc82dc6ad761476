/* SPDX-License-Identifier: Apache-2.0 */
/* Policies in procedures: what is known of the rows that they read and write, and what nobody may do. */
#include "base/article.h"
#include "plan/policy.h"

/* ---- what is known of rows --------------------------------------------------------------------------------- */

const struct dyn_expr *dyn_subject_value(const struct dyn_subject *subject,
                                         const struct dyn_field *field)
{
    for (size_t i = 0; i < subject->n_known; i++) {
        if (subject->known[i].field == field) {
            return subject->known[i].value;
        }
    }
    return NULL;
}

/* A reference to the row itself gives each key field its part. */
static const struct dyn_expr *own_part(struct dynr_arena *arena, const struct dyn_model *model,
                                       const struct dyn_field *field, const struct dyn_expr *value)
{
    return field->is_key ? dyn_policy_part(arena, value, model, field) : value;
}

struct known_list {
    struct dynr_arena *arena;
    struct dyn_plan_binding *items;
    size_t n;
    size_t cap;
};

static void add_known(struct known_list *list, const struct dyn_field *field,
                      const struct dyn_expr *value)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].field == field) {
            return;
        }
    }
    list->items = dyn_grow(list->arena, list->items, list->n, &list->cap, sizeof *list->items);
    list->items[list->n].field = field;
    list->items[list->n++].value = value;
}

/* `.f == input` among the conditions that all rows satisfy. */
static void add_equations(struct known_list *list, const struct dyn_expr *where)
{
    if (where == NULL) {
        return;
    }
    if (where->kind == DYN_EXPR_AND) {
        add_equations(list, where->left);
        add_equations(list, where->right);
        return;
    }
    if (where->kind != DYN_EXPR_EQUAL) {
        return;
    }
    const struct dyn_expr *row = where->left->kind == DYN_EXPR_ROW ? where->left : where->right;
    const struct dyn_expr *value = row == where->left ? where->right : where->left;
    if (row->kind == DYN_EXPR_ROW && row->n_path == 0 && !value->uses_row) {
        add_known(list, row->field, value);
    }
}

void dyn_subject_known(struct dynr_arena *arena, const struct dyn_model *model,
                       const struct dyn_plan_binding *bound, size_t n_bound,
                       const struct dyn_expr *where, struct dyn_subject *out)
{
    struct known_list list = {.arena = arena};
    for (size_t i = 0; i < n_bound; i++) {
        add_known(&list, bound[i].field, own_part(arena, model, bound[i].field, bound[i].value));
    }
    add_equations(&list, where);
    memset(out, 0, sizeof *out);
    out->model = model;
    out->known = list.items;
    out->n_known = list.n;
}

/* The reference that `part` is the key field `field` of, or NULL. */
static const struct dyn_expr *whole_of(struct dynr_arena *arena, const struct dyn_expr *part,
                                       const struct dyn_model *model, const struct dyn_field *field)
{
    if (part == NULL || part->n_path == 0 || part->path[part->n_path - 1] != field ||
        (part->n_path == 1 && part->field == NULL)) {
        return NULL;
    }
    const struct dyn_type *type =
        part->n_path == 1 ? part->field->type : part->path[part->n_path - 2]->type;
    if (type->kind != DYN_TYPE_REF || type->model != model) {
        return NULL;
    }
    struct dyn_expr *whole = dyn_alloc(arena, sizeof *whole);
    *whole = *part;
    whole->n_path--;
    whole->type = type;
    return whole;
}

const struct dyn_expr *dyn_subject_reference(struct dynr_arena *arena,
                                             const struct dyn_subject *above)
{
    const struct dyn_model *model = above->model;
    if (model->n_key_fields == 1) {
        return dyn_subject_value(above, model->fields[0]);
    }
    /* A key of several parts is one where all of them are parts of the same. */
    const struct dyn_expr *reference = NULL;
    for (size_t i = 0; i < model->n_key_fields; i++) {
        const struct dyn_field *field = model->fields[i];
        const struct dyn_expr *whole =
            whole_of(arena, dyn_subject_value(above, field), model, field);
        if (whole == NULL || (reference != NULL && !dyn_expr_same(whole, reference))) {
            return NULL;
        }
        reference = whole;
    }
    return reference;
}

/* ---- fields ------------------------------------------------------------------------------------------------ */

static void add_field(const struct dyn_field **fields, size_t *n, const struct dyn_field *field)
{
    for (size_t i = 0; i < *n; i++) {
        if (fields[i] == field) {
            return;
        }
    }
    fields[(*n)++] = field;
}

const struct dyn_field **dyn_shape_fields(struct dynr_arena *arena,
                                          const struct dyn_plan_shape *shape, size_t *out_n)
{
    *out_n = 0;
    if (shape->members == NULL) {
        return NULL;
    }
    const struct dyn_field **fields =
        dyn_alloc_array(arena, shape->n_members, sizeof(const struct dyn_field *));
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        /* Which row stands beside this one tells the reference. */
        const struct dyn_field *field =
            member->include != NULL ? member->include->field : member->field;
        /* Rows that have it are not seen, so it shows nothing. */
        if (field != NULL && field->origin != DYN_FIELD_DELETED_AT) {
            add_field(fields, out_n, field);
        }
    }
    return fields;
}

struct requiring {
    struct dynr_arena *arena;
    struct dyn_plan_shape *shape;
};

static void require_field(void *context, const struct dyn_field *field)
{
    struct requiring *requiring = context;
    struct dyn_plan_shape *shape = requiring->shape;
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_FIELD && shape->members[i].field == field) {
            return;
        }
    }
    for (size_t i = 0; i < shape->n_hidden; i++) {
        if (shape->hidden[i] == field) {
            return;
        }
    }
    const struct dyn_field **hidden =
        dyn_alloc_array(requiring->arena, shape->n_hidden + 1, sizeof(const struct dyn_field *));
    for (size_t i = 0; i < shape->n_hidden; i++) {
        hidden[i] = shape->hidden[i];
    }
    hidden[shape->n_hidden++] = field;
    shape->hidden = hidden;
}

void dyn_shape_require(struct dynr_arena *arena, struct dyn_plan_shape *shape,
                       const struct dyn_expr *expr)
{
    struct requiring requiring = {arena, shape};
    if (shape->members != NULL) {
        dyn_expr_visit_row(expr, require_field, &requiring);
    }
}

/* ---- what nobody may do ------------------------------------------------------------------------------------ */

static void add_use(struct dyn_policies *policies, const struct dyn_model *model, const char *verb,
                    const struct dyn_field **fields, size_t n_fields, struct dyn_span span)
{
    struct dynr_arena *arena = policies->derive->arena;
    size_t n_allows = model->policy == NULL ? 0 : model->policy->n_allows;
    const struct dyn_allow **allows =
        dyn_alloc_array(arena, n_allows, sizeof(const struct dyn_allow *));
    policies->uses = dyn_grow(arena, policies->uses, policies->n_uses, &policies->cap_uses,
                              sizeof *policies->uses);
    struct dyn_plan_policy_use *use = &policies->uses[policies->n_uses++];
    struct dyn_name *name = dyn_alloc(arena, sizeof *name);
    name->text = dynr_str_from_c(verb);
    memset(use, 0, sizeof *use);
    use->model = model;
    use->verb = name;
    use->fields = fields;
    use->n_fields = n_fields;
    use->n_allows = dyn_policy_rules(model, verb, fields, n_fields, allows);
    use->allows = allows;
    use->span = span;
}

/* Fields that some rule gives away although not all that are wanted. */
static bool help_limits(struct dyn_derive *derive, struct dyn_diag *diag,
                        const struct dyn_model *model)
{
    bool any = false;
    for (size_t i = 0; i < model->policy->n_allows; i++) {
        const struct dyn_allow *allow = &model->policy->allows[i];
        struct dynr_buf names;
        dynr_buf_init(&names, NULL, 0);
        for (size_t k = 0; k < allow->n_fields; k++) {
            dynr_buf_append_c(&names, k == 0 ? "`" : ", `");
            dynr_buf_append_str(&names, allow->fields[k]->name->text);
            dynr_buf_append_char(&names, '`');
        }
        if (allow->fields != NULL && allow->n_fields == model->n_fields) {
            dynr_buf_cleanup(&names);
            dyn_diag_help(derive->diags, diag,
                          "write `allow` without a list: this one names all fields of today, and a "
                          "whole row has those of tomorrow, too");
            any = true;
        } else if (allow->fields != NULL) {
            struct dynr_str text = dyn_take_text(derive->arena, &names);
            dyn_diag_help(derive->diags, diag, "select nothing but %.*s, which may be read",
                          DYN_STR(text));
            any = true;
        } else {
            dynr_buf_cleanup(&names);
        }
    }
    return any;
}

static bool is_readable(const struct dyn_model *model, const struct dyn_field *field)
{
    for (size_t i = 0; i < model->policy->n_allows; i++) {
        const struct dyn_allow *allow = &model->policy->allows[i];
        bool is_read = false;
        for (size_t k = 0; k < allow->n_verbs; k++) {
            is_read = is_read || dynr_str_equal_c(allow->verbs[k]->text, "read");
        }
        bool covers = allow->fields == NULL;
        for (size_t k = 0; k < allow->n_fields; k++) {
            covers = covers || allow->fields[k] == field;
        }
        if (is_read && covers) {
            return true;
        }
    }
    return false;
}

/* Rules that give some fields away cover not all of those that come out. */
static bool report_unreadable(struct dyn_derive *derive, const struct dyn_model *model,
                              const struct dyn_field *const *fields, size_t n_fields,
                              struct dyn_span span)
{
    size_t n_limited = 0;
    for (size_t i = 0; i < model->policy->n_allows; i++) {
        n_limited += model->policy->allows[i].fields != NULL ? 1 : 0;
    }
    if (n_limited == 0) {
        return false;
    }
    const struct dyn_field *field = NULL;
    for (size_t i = 0; fields != NULL && i < n_fields && field == NULL; i++) {
        field = is_readable(model, fields[i]) ? NULL : fields[i];
    }
    struct dyn_diag *diag =
        field != NULL
            ? dyn_report(derive->diags, DYN_CODE_NOT_READABLE, span,
                         "nobody may read `%.*s` of %s `%.*s` here", DYN_STR(field->name->text),
                         dyn_article(model->name->text), DYN_STR(model->name->text))
            : dyn_report(derive->diags, DYN_CODE_NOT_READABLE, span,
                         fields == NULL ? "nobody may read all of %s `%.*s` here"
                                        : "nobody may read all of these fields of %s `%.*s` here",
                         dyn_article(model->name->text), DYN_STR(model->name->text));
    dyn_diag_note(derive->diags, diag, model->policy->span, "its policy");
    help_limits(derive, diag, model);
    return true;
}

/** One cause of refusals, which is reported where it is met first. */
struct dyn_denial {
    struct dyn_denial *next;
    const struct dyn_model *model;
    const char *verb;
    /** Whose caller is missing; empty: no rule names the verb. */
    struct dynr_str router;
    bool gives_row;
    struct dyn_diag *diag;
};

static struct dynr_str router_of(const struct dyn_procedure *procedure)
{
    size_t len = procedure->path.len;
    while (len > 0 && procedure->path.ptr[len - 1] != '.') {
        len--;
    }
    return dynr_str_make(procedure->path.ptr, len);
}

/** The denial of this cause, made where it is new: then without a diagnostic. */
static struct dyn_denial *need_denial(struct dyn_derive *derive, const struct dyn_denial *wanted)
{
    struct dyn_denial *denial = derive->denials;
    while (denial != NULL &&
           !(denial->model == wanted->model && strcmp(denial->verb, wanted->verb) == 0 &&
             dynr_str_equal(denial->router, wanted->router) &&
             denial->gives_row == wanted->gives_row)) {
        denial = denial->next;
    }
    if (denial == NULL) {
        denial = dyn_alloc(derive->arena, sizeof *denial);
        *denial = *wanted;
        denial->next = derive->denials;
        derive->denials = denial;
    }
    return denial;
}

static struct dyn_diag *report_denial(struct dyn_derive *derive, const struct dyn_model *model,
                                      const char *verb, struct dyn_span span)
{
    struct dyn_diag *diag =
        dyn_report(derive->diags, DYN_CODE_NOT_ALLOWED, span, "nobody may %s %s `%.*s` here", verb,
                   dyn_article(model->name->text), DYN_STR(model->name->text));
    dyn_diag_note(derive->diags, diag, model->policy->span, "its policy");
    return diag;
}

static void report_denied(struct dyn_policies *policies, const struct dyn_model *model,
                          const char *verb, const struct dyn_plan_policy_use *use)
{
    struct dyn_derive *derive = policies->derive;
    if (model->policy == NULL) {
        /* Reported by sema. */
        return;
    }
    bool is_read = strcmp(verb, "read") == 0;
    bool gives_row = is_read && policies->procedure->kind == DYN_PROCEDURE_MUTATION;
    if (is_read && use->n_allows == 0 &&
        report_unreadable(derive, model, use->fields, use->n_fields, use->span)) {
        return;
    }
    struct dyn_diag *diag;
    if (use->n_allows > 0 && policies->procedure->context != NULL) {
        diag = report_denial(derive, model, verb, use->span);
        dyn_diag_fact(derive->diags, diag, "why: with what is known here, its rules are false");
    } else {
        struct dyn_denial wanted = {.model = model, .verb = verb, .gives_row = gives_row};
        if (use->n_allows > 0) {
            wanted.router = router_of(policies->procedure);
        }
        struct dyn_denial *denial = need_denial(derive, &wanted);
        if (denial->diag != NULL) {
            dyn_diag_note(derive->diags, denial->diag, use->span, "nor here");
            return;
        }
        diag = report_denial(derive, model, verb, use->span);
        denial->diag = diag;
        if (use->n_allows == 0) {
            dyn_diag_fact(derive->diags, diag,
                          "why: what no rule allows is denied, and none names `%s`", verb);
            dyn_diag_help(derive->diags, diag, "add a rule: allow %s if ...", verb);
        } else {
            dyn_diag_fact(derive->diags, diag,
                          "why: its rules compare with the caller, and this router has none");
            dyn_diag_help(derive->diags, diag,
                          "give the router a context: router name(caller: Caller) { ... }");
        }
    }
    if (gives_row) {
        dyn_diag_help(derive->diags, diag, "leave `-> %.*s` out: then no row comes back",
                      DYN_STR(model->name->text));
    }
}

/* Who may; reports where nobody may, and then allows it, so that nothing follows. */
static const struct dyn_expr *ask(struct dyn_policies *policies, const struct dyn_subject *subject,
                                  const char *verb, const struct dyn_field **fields,
                                  size_t n_fields, struct dyn_span span)
{
    struct dynr_arena *arena = policies->derive->arena;
    add_use(policies, subject->model, verb, fields, n_fields, span);
    const struct dyn_plan_policy_use *use = &policies->uses[policies->n_uses - 1];
    const struct dyn_expr *expr = dyn_policy_expr(policies, subject, verb, fields, n_fields);
    if (dyn_expr_is_bool(expr, false)) {
        report_denied(policies, subject->model, verb, use);
        return dyn_expr_boolean(arena, true, span);
    }
    return expr;
}

/* ---- reads ------------------------------------------------------------------------------------------------- */

static bool is_native(const struct dyn_written_key *key)
{
    return key != NULL && (key->partition.native || (key->has_sort && key->sort.native));
}

static bool computes(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    bool is_sum = expr->kind == DYN_EXPR_ADD || expr->kind == DYN_EXPR_SUBTRACT ||
                  expr->kind == DYN_EXPR_NEGATE;
    return (is_sum && expr->uses_row) || computes(expr->left) || computes(expr->right);
}

/*
 * Whether the condition can stand in any request for such rows. Parts on the input alone would double the ways
 * of carrying the query out, attributes that are keys cannot be filtered on, and nothing is computed there. A
 * filter saves no read units, so nothing is lost.
 */
static bool fits_request(const struct dyn_model *model, const struct dyn_expr *filter)
{
    bool has_native = is_native(model->written_key);
    for (size_t i = 0; i < model->n_written_indexes; i++) {
        has_native = has_native || is_native(model->written_indexes[i]);
    }
    return filter == NULL ||
           (!has_native && !dyn_expr_has_reference_part(filter) && !computes(filter) &&
            dyn_find_switch(filter) == NULL && dyn_find_optional(filter, true) == NULL);
}

void dyn_policy_read(struct dyn_policies *policies, const struct dyn_policy_read *read,
                     struct dyn_policy_parts *out)
{
    struct dynr_arena *arena = policies->derive->arena;
    memset(out, 0, sizeof *out);
    if (!dyn_has_policies(policies->derive)) {
        return;
    }
    const struct dyn_expr *expr =
        ask(policies, &read->subject, "read", read->fields, read->n_fields, read->span);
    dyn_policy_split(arena, expr, out);
    if (read->in_memory || !fits_request(read->subject.model, out->filter)) {
        out->row_filter = dyn_fold_and(arena, out->filter, out->row_filter);
        out->filter = NULL;
    }
}

void dyn_policy_read_below(struct dyn_policies *policies, const struct dyn_policy_read *read,
                           struct dyn_policy_parts *out)
{
    dyn_policy_read(policies, read, out);
    policies->gate = dyn_fold_and(policies->derive->arena, policies->gate, out->gate);
    out->gate = NULL;
}

/* ---- writes ------------------------------------------------------------------------------------------------ */

static const char *verb_of(const struct dyn_write *write)
{
    static const char *const verbs[] = {[DYN_WRITE_CREATE] = "create",
                                        [DYN_WRITE_UPDATE] = "update",
                                        [DYN_WRITE_DELETE] = "delete"};
    return verbs[write->kind];
}

/* The row that the write finds by its key, or makes. */
static void written_subject(struct dynr_arena *arena, const struct dyn_write *write,
                            struct dyn_subject *out)
{
    struct known_list list = {.arena = arena};
    bool is_whole = write->n_key == 1 && write->model->n_key_fields > 1;
    memset(out, 0, sizeof *out);
    out->model = write->model;
    out->kind = write->kind == DYN_WRITE_CREATE ? DYN_SUBJECT_NEW : DYN_SUBJECT_KEYED;
    for (size_t i = 0; i < write->model->n_key_fields && write->kind != DYN_WRITE_CREATE; i++) {
        const struct dyn_field *field = write->model->fields[i];
        add_known(&list, field, own_part(arena, write->model, field, write->key[is_whole ? 0 : i]));
    }
    for (size_t i = 0; i < write->n_assignments && write->kind == DYN_WRITE_CREATE; i++) {
        add_known(&list, write->assignments[i].field, write->assignments[i].value);
    }
    out->known = list.items;
    out->n_known = list.n;
}

/* The row afterwards, where its key changes: it must be allowed where it goes, too. False: the key stays. */
static bool moved_subject(struct dynr_arena *arena, const struct dyn_write *write,
                          const struct dyn_subject *before, struct dyn_subject *out)
{
    struct known_list list = {.arena = arena};
    bool moves = false;
    for (size_t i = 0; i < write->n_assignments && write->kind == DYN_WRITE_UPDATE; i++) {
        if (write->assignments[i].field->is_key && !write->assignments[i].value->uses_row) {
            add_known(&list, write->assignments[i].field, write->assignments[i].value);
            moves = true;
        }
    }
    for (size_t i = 0; i < before->n_known; i++) {
        add_known(&list, before->known[i].field, before->known[i].value);
    }
    *out = *before;
    out->stored = before;
    out->known = list.items;
    out->n_known = list.n;
    return moves;
}

static void make_gate(struct dyn_policies *policies, struct dyn_plan_write *write, size_t index,
                      bool is_shown)
{
    struct dyn_derive *derive = policies->derive;
    struct dynr_arena *arena = derive->arena;
    struct dyn_subject subject;
    struct dyn_subject moved;
    written_subject(arena, write->write, &subject);
    const struct dyn_expr *expr =
        ask(policies, &subject, verb_of(write->write), NULL, 0, write->write->span);
    if (moved_subject(arena, write->write, &subject, &moved)) {
        expr = dyn_fold_and(arena, expr,
                            dyn_policy_expr(policies, &moved, verb_of(write->write), NULL, 0));
    }
    const struct dyn_expr *whole = expr;
    if (is_shown) {
        whole =
            dyn_fold_and(arena, expr, ask(policies, &subject, "read", NULL, 0, write->write->span));
    }
    dyn_predicate_make(derive, whole, &write->gate.predicate);
    /* Placeholders are numbered through the writes of a transaction, whose conditions may meet. */
    dyn_grants_make(derive, expr, write->write->span, index * 100, &write->gate);
}

void dyn_policy_writes(struct dyn_policies *policies, struct dyn_plan_write *writes,
                       size_t n_writes)
{
    struct dynr_arena *arena = policies->derive->arena;
    if (!dyn_has_policies(policies->derive)) {
        return;
    }
    struct dyn_subject *created = dyn_alloc_array(arena, n_writes, sizeof *created);
    policies->created = created;
    for (size_t i = 0; i < n_writes; i++) {
        bool is_shown = policies->procedure->result_model != NULL && i + 1 == n_writes;
        make_gate(policies, &writes[i], i, is_shown);
        if (writes[i].write->kind == DYN_WRITE_CREATE) {
            written_subject(arena, writes[i].write, &created[policies->n_created++]);
        }
    }
}

/* ---- the caller -------------------------------------------------------------------------------------------- */

static bool uses_caller(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == DYN_EXPR_CALLER || uses_caller(expr->left) || uses_caller(expr->right)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (uses_caller(expr->items[i])) {
            return true;
        }
    }
    for (size_t i = 0; expr->kind == DYN_EXPR_LOOKUP && i < expr->lookup->n_key; i++) {
        if (uses_caller(expr->lookup->key[i])) {
            return true;
        }
    }
    return false;
}

static bool variant_uses_caller(const struct dyn_plan_variant *variant)
{
    return uses_caller(variant->gate.expr) || uses_caller(variant->policy_filter) ||
           uses_caller(variant->row_filter.expr);
}

static bool shape_uses_caller(const struct dyn_plan_shape *shape)
{
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        if ((member->include != NULL && (variant_uses_caller(&member->include->variant) ||
                                         shape_uses_caller(&member->include->shape))) ||
            (member->aggregate != NULL && variant_uses_caller(&member->aggregate->variant))) {
            return true;
        }
    }
    return false;
}

bool dyn_policies_use_caller(const struct dyn_plan_procedure *procedure)
{
    for (size_t i = 0; procedure->query != NULL && i < procedure->query->n_variants; i++) {
        if (variant_uses_caller(&procedure->query->variants[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        if (uses_caller(procedure->writes[i].gate.predicate.expr)) {
            return true;
        }
    }
    return procedure->query != NULL && shape_uses_caller(&procedure->query->shape);
}

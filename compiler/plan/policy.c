/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for a verb as one expression about one row, with other rows found by keys. */
#include "plan/policy.h"

/* The row that `.field` means while a policy is put in: the row in question, or one that a delegation led to. */
struct frame {
    struct dyn_policies *policies;
    const struct dyn_model *model;
    /** NULL: the row of `lookup`. */
    const struct dyn_subject *subject;
    const struct dyn_lookup *lookup;
};

static const struct dyn_expr *expand(const struct frame *frame, const struct dyn_expr *expr);

bool dyn_has_policies(const struct dyn_derive *derive)
{
    return derive->program->n_policies > 0;
}

/* ---- paths ------------------------------------------------------------------------------------------------- */

/* What the value is stored as: sema may have given it the type that its place expects. */
static const struct dyn_type *stored_type(const struct dyn_expr *expr)
{
    if (expr->field == NULL) {
        return expr->type;
    }
    return expr->n_path > 0 ? expr->path[expr->n_path - 1]->type : expr->field->type;
}

/* A reference to a row of a one-part key may be that part itself, which is all that a path can lead to. */
static bool is_part_already(const struct dyn_expr *expr, const struct dyn_field *part)
{
    const struct dyn_type *type = stored_type(expr);
    if (expr->field == NULL || !part->is_key || type->kind == DYN_TYPE_STRUCT) {
        return false;
    }
    return type->kind != DYN_TYPE_REF || part->index >= type->model->n_fields ||
           type->model->fields[part->index] != part;
}

const struct dyn_expr *dyn_policy_path(struct dynr_arena *arena, const struct dyn_expr *expr,
                                       const struct dyn_field *const *path, size_t n_path)
{
    if (n_path == 0 || dyn_expr_is_unknown(expr)) {
        return expr;
    }
    if (expr->kind == DYN_EXPR_OBJECT) {
        const struct dyn_expr *item = expr->items[path[0]->index];
        return item == NULL ? dyn_expr_absent(arena, expr->span, path[0]->type)
                            : dyn_policy_path(arena, item, path + 1, n_path - 1);
    }
    if (is_part_already(expr, path[0])) {
        return dyn_policy_path(arena, expr, path + 1, n_path - 1);
    }
    struct dyn_expr *longer = dyn_alloc(arena, sizeof *longer);
    *longer = *expr;
    longer->path = dyn_alloc_array(arena, expr->n_path + n_path, sizeof(const struct dyn_field *));
    bool optional = expr->type->optional;
    for (size_t i = 0; i < expr->n_path; i++) {
        longer->path[i] = expr->path[i];
    }
    for (size_t i = 0; i < n_path; i++) {
        longer->path[expr->n_path + i] = path[i];
        optional = optional || path[i]->type->optional;
    }
    longer->n_path = expr->n_path + n_path;
    struct dyn_type *type = dyn_alloc(arena, sizeof *type);
    *type = *path[n_path - 1]->type;
    type->optional = optional;
    longer->type = type;
    return longer;
}

const struct dyn_expr *dyn_policy_part(struct dynr_arena *arena, const struct dyn_expr *expr,
                                       const struct dyn_model *model, const struct dyn_field *field)
{
    const struct dyn_type *type = stored_type(expr);
    bool is_reference = type->kind == DYN_TYPE_REF && type->model == model;
    /* A reference of one scalar and that scalar stand for each other. */
    bool is_scalar = model->n_key_fields == 1 && field->type->kind != DYN_TYPE_REF;
    return !is_reference || is_scalar || dyn_expr_is_unknown(expr)
               ? expr
               : dyn_policy_path(arena, expr, &field, 1);
}

/* ---- look-ups ---------------------------------------------------------------------------------------------- */

static bool same_key(const struct dyn_expr *const *a, const struct dyn_expr *const *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!dyn_expr_same(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

/* "list", and "list2" where another row is called so already: for people. */
static const struct dyn_name *distinct_name(struct dyn_policies *policies,
                                            const struct dyn_name *name)
{
    size_t n = 1;
    for (size_t i = 0; i < policies->n_lookups; i++) {
        n += policies->given_names[i] == name ? 1 : 0;
    }
    if (n == 1) {
        return name;
    }
    struct dyn_name *numbered = dyn_alloc(policies->derive->arena, sizeof *numbered);
    numbered->text = dyn_text(policies->derive->arena, "%.*s%zu", DYN_STR(name->text), n);
    return numbered;
}

/* The one look-up of the procedure for this row; NULL: there is no such row, because a part of the key is unknown. */
static const struct dyn_lookup *intern_lookup(struct dyn_policies *policies,
                                              const struct dyn_name *name, struct dyn_span span,
                                              const struct dyn_model *model,
                                              const struct dyn_expr **key)
{
    for (size_t i = 0; i < model->n_key_fields; i++) {
        if (dyn_expr_is_unknown(key[i])) {
            return NULL;
        }
    }
    for (size_t i = 0; i < policies->n_lookups; i++) {
        const struct dyn_lookup *known = policies->lookups[i];
        if (known->model == model && same_key(known->key, key, model->n_key_fields)) {
            return known;
        }
    }
    struct dyn_lookup *lookup = dyn_alloc(policies->derive->arena, sizeof *lookup);
    lookup->name = distinct_name(policies, name);
    lookup->span = span;
    lookup->model = model;
    lookup->key = key;
    lookup->n_key = model->n_key_fields;
    size_t cap_names = policies->cap_lookups;
    policies->given_names =
        dyn_grow(policies->derive->arena, (void *)policies->given_names, policies->n_lookups,
                 &cap_names, sizeof *policies->given_names);
    policies->lookups = dyn_grow(policies->derive->arena, policies->lookups, policies->n_lookups,
                                 &policies->cap_lookups, sizeof *policies->lookups);
    policies->given_names[policies->n_lookups] = name;
    policies->lookups[policies->n_lookups++] = lookup;
    return lookup;
}

/* The row that an earlier write of the transaction creates under this key, or NULL. */
static const struct dyn_subject *find_created(const struct dyn_policies *policies,
                                              const struct dyn_model *model,
                                              const struct dyn_expr *const *key)
{
    for (size_t i = 0; i < policies->n_created; i++) {
        const struct dyn_subject *created = &policies->created[i];
        bool same = created->model == model;
        for (size_t k = 0; k < model->n_key_fields && same; k++) {
            const struct dyn_expr *value = NULL;
            for (size_t j = 0; j < created->n_known; j++) {
                value =
                    created->known[j].field == model->fields[k] ? created->known[j].value : value;
            }
            same = value != NULL && !dyn_expr_is_unknown(value) && dyn_expr_same(value, key[k]);
        }
        if (same) {
            return created;
        }
    }
    return NULL;
}

static const struct dyn_expr *lookup_field(struct dynr_arena *arena,
                                           const struct dyn_lookup *lookup,
                                           const struct dyn_field *field, struct dyn_span span)
{
    struct dyn_type *type = dyn_alloc(arena, sizeof *type);
    struct dyn_expr *expr = dyn_alloc(arena, sizeof *expr);
    if (field != NULL) {
        *type = *field->type;
    } else {
        type->kind = DYN_TYPE_REF;
        type->model = lookup->model;
    }
    type->optional = true;
    expr->kind = DYN_EXPR_LOOKUP;
    expr->span = span;
    expr->type = type;
    expr->lookup = lookup;
    expr->field = field;
    expr->uses_input = true;
    return expr;
}

/* ---- fields of the row ------------------------------------------------------------------------------------- */

static const struct dyn_expr *new_value(struct dynr_arena *arena, const struct dyn_field *field,
                                        struct dyn_span span)
{
    if (field->automatic || (field->origin != DYN_FIELD_DECLARED &&
                             field->origin != DYN_FIELD_PARENT && !field->type->optional)) {
        return dyn_expr_fresh(arena, span, field->type);
    }
    return field->default_value != NULL ? field->default_value
                                        : dyn_expr_absent(arena, span, field->type);
}

static const struct dyn_lookup *self_lookup(struct dyn_policies *policies,
                                            const struct dyn_subject *subject, struct dyn_span span)
{
    static const struct dyn_name self = {.text = {"self", 4}};
    const struct dyn_model *model = subject->model;
    const struct dyn_subject *stored = subject->stored != NULL ? subject->stored : subject;
    const struct dyn_expr **key = dyn_alloc_array(policies->derive->arena, model->n_key_fields,
                                                  sizeof(const struct dyn_expr *));
    for (size_t i = 0; i < stored->n_known; i++) {
        if (stored->known[i].field->is_key) {
            key[stored->known[i].field->index] = stored->known[i].value;
        }
    }
    return intern_lookup(policies, &self, span, model, key);
}

static const struct dyn_expr *subject_field(const struct frame *frame,
                                            const struct dyn_field *field, struct dyn_span span)
{
    struct dynr_arena *arena = frame->policies->derive->arena;
    const struct dyn_subject *subject = frame->subject;
    for (size_t i = 0; i < subject->n_known; i++) {
        if (subject->known[i].field == field) {
            return subject->known[i].value;
        }
    }
    switch (subject->kind) {
    case DYN_SUBJECT_ROW:
        return dyn_expr_row(arena, field, span);
    case DYN_SUBJECT_KEYED:
        return lookup_field(arena, self_lookup(frame->policies, subject, span), field, span);
    case DYN_SUBJECT_NEW:
        return new_value(arena, field, span);
    }
    return NULL;
}

static const struct dyn_expr *expand_row(const struct frame *frame, const struct dyn_expr *expr)
{
    struct dynr_arena *arena = frame->policies->derive->arena;
    const struct dyn_expr *value = NULL;
    if (frame->subject != NULL) {
        value = subject_field(frame, expr->field, expr->span);
    } else if (expr->field->is_key) {
        /* What the row was found by. */
        value = frame->lookup->key[expr->field->index];
    } else {
        value = lookup_field(arena, frame->lookup, expr->field, expr->span);
    }
    return dyn_policy_path(arena, value, expr->path, expr->n_path);
}

/* ---- other rows -------------------------------------------------------------------------------------------- */

static const struct dyn_expr *expand_lookup(const struct frame *frame, const struct dyn_expr *expr)
{
    struct dyn_policies *policies = frame->policies;
    struct dynr_arena *arena = policies->derive->arena;
    const struct dyn_lookup *let = expr->lookup;
    const struct dyn_expr **key =
        dyn_alloc_array(arena, let->n_key, sizeof(const struct dyn_expr *));
    for (size_t i = 0; i < let->n_key; i++) {
        key[i] = expand(frame, let->key[i]);
    }
    const struct dyn_subject *created = find_created(policies, let->model, key);
    if (created != NULL) {
        struct frame inner = {policies, let->model, created, NULL};
        return expr->field == NULL
                   ? dyn_expr_fresh(arena, expr->span, expr->type)
                   : dyn_policy_path(arena, subject_field(&inner, expr->field, expr->span),
                                     expr->path, expr->n_path);
    }
    const struct dyn_lookup *lookup =
        intern_lookup(policies, let->name, let->span, let->model, key);
    if (lookup == NULL) {
        return dyn_expr_absent(arena, expr->span, expr->type);
    }
    const struct dyn_expr *value = lookup_field(arena, lookup, expr->field, expr->span);
    return dyn_policy_path(arena, value, expr->path, expr->n_path);
}

static const struct dyn_expr *verb_expr(const struct frame *frame, const char *verb,
                                        const struct dyn_field *const *fields, size_t n_fields,
                                        bool is_limited);

/* `.list.read`: the list is there, and its policy allows it. */
static const struct dyn_expr *expand_delegation(const struct frame *frame,
                                                const struct dyn_expr *expr)
{
    struct dyn_policies *policies = frame->policies;
    struct dynr_arena *arena = policies->derive->arena;
    const struct dyn_model *model = expr->left->type->model;
    const struct dyn_expr *reference = expand(frame, expr->left);
    const struct dyn_expr **key =
        dyn_alloc_array(arena, model->n_key_fields, sizeof(const struct dyn_expr *));
    for (size_t i = 0; i < model->n_key_fields; i++) {
        key[i] = dyn_policy_part(arena, reference, model, model->fields[i]);
    }
    struct dynr_str text = dyn_text(arena, "%.*s", DYN_STR(expr->verb->text));
    const struct dyn_subject *created = find_created(policies, model, key);
    if (created != NULL) {
        struct frame inner = {policies, model, created, NULL};
        return verb_expr(&inner, text.ptr, NULL, 0, false);
    }
    const struct dyn_lookup *lookup =
        intern_lookup(policies, expr->left->field->name, expr->span, model, key);
    if (lookup == NULL) {
        return dyn_expr_boolean(arena, false, expr->span);
    }
    struct dyn_expr *exists = dyn_alloc(arena, sizeof *exists);
    *exists = *dyn_expr_boolean(arena, false, expr->span);
    exists->kind = DYN_EXPR_EXISTS;
    exists->left = lookup_field(arena, lookup, NULL, expr->span);
    exists->uses_input = true;
    struct frame inner = {policies, model, NULL, lookup};
    return dyn_fold_and(arena, exists, verb_expr(&inner, text.ptr, NULL, 0, false));
}

/* ---- expressions ------------------------------------------------------------------------------------------- */

static const struct dyn_expr *expand_operands(const struct frame *frame,
                                              const struct dyn_expr *expr)
{
    struct dynr_arena *arena = frame->policies->derive->arena;
    struct dyn_expr *copy = dyn_alloc(arena, sizeof *copy);
    *copy = *expr;
    copy->uses_row = false;
    copy->uses_input = false;
    const struct dyn_expr *const operands[] = {expr->left, expr->right};
    const struct dyn_expr **places[] = {&copy->left, &copy->right};
    for (size_t i = 0; i < 2; i++) {
        if (operands[i] != NULL) {
            *places[i] = expand(frame, operands[i]);
            copy->uses_row = copy->uses_row || (*places[i])->uses_row;
            copy->uses_input = copy->uses_input || (*places[i])->uses_input;
        }
    }
    if (expr->n_items > 0) {
        copy->items = dyn_alloc_array(arena, expr->n_items, sizeof(const struct dyn_expr *));
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        copy->items[i] = expr->items[i] == NULL ? NULL : expand(frame, expr->items[i]);
        copy->uses_row = copy->uses_row || (copy->items[i] != NULL && copy->items[i]->uses_row);
        copy->uses_input =
            copy->uses_input || (copy->items[i] != NULL && copy->items[i]->uses_input);
    }
    return copy;
}

/* In the place of a condition: a flag, a test, a comparison. */
static const struct dyn_expr *expand_condition(const struct frame *frame,
                                               const struct dyn_expr *expr)
{
    struct dynr_arena *arena = frame->policies->derive->arena;
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_AND:
        return dyn_fold_and(arena, expand_condition(frame, expr->left),
                            expand_condition(frame, expr->right));
    case DYN_EXPR_OR:
        return dyn_fold_or(arena, expand_condition(frame, expr->left),
                           expand_condition(frame, expr->right));
    case DYN_EXPR_NOT:
        return dyn_fold_not(arena, expand_condition(frame, expr->left));
    case DYN_EXPR_ALLOWED:
        return expand_delegation(frame, expr);
    default:
        return dyn_fold_atom(arena, expand(frame, expr));
    }
}

static const struct dyn_expr *expand(const struct frame *frame, const struct dyn_expr *expr)
{
    struct dynr_arena *arena = frame->policies->derive->arena;
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_ROW:
        return expand_row(frame, expr);
    case DYN_EXPR_LOOKUP:
        return expand_lookup(frame, expr);
    case DYN_EXPR_CALLER:
        /* Nobody calls here. */
        return frame->policies->procedure->context == NULL
                   ? dyn_expr_absent(arena, expr->span, expr->type)
                   : expr;
    default:
        return expr->left == NULL && expr->n_items == 0 ? expr : expand_operands(frame, expr);
    }
}

/* ---- rules ------------------------------------------------------------------------------------------------- */

static bool covers(const struct dyn_allow *allow, const struct dyn_field *const *fields,
                   size_t n_fields, bool is_limited)
{
    if (allow->fields == NULL) {
        return true;
    }
    if (fields == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_fields; i++) {
        size_t k = 0;
        while (k < allow->n_fields && allow->fields[k] != fields[i]) {
            k++;
        }
        if (k == allow->n_fields) {
            return false;
        }
    }
    return is_limited;
}

static bool names_verb(const struct dyn_allow *allow, const char *verb)
{
    for (size_t i = 0; i < allow->n_verbs; i++) {
        if (dynr_str_equal_c(allow->verbs[i]->text, verb)) {
            return true;
        }
    }
    return false;
}

static bool is_write(const char *verb)
{
    return strcmp(verb, "create") == 0 || strcmp(verb, "update") == 0 ||
           strcmp(verb, "delete") == 0;
}

/* `write` stands for what no rule names by itself. */
static const char *effective_verb(const struct dyn_policy *policy, const char *verb)
{
    for (size_t i = 0; i < policy->n_allows; i++) {
        if (names_verb(&policy->allows[i], verb)) {
            return verb;
        }
    }
    return is_write(verb) ? "write" : verb;
}

static size_t collect_rules(const struct dyn_model *model, const char *verb,
                            const struct dyn_field *const *fields, size_t n_fields, bool is_limited,
                            const struct dyn_allow **out)
{
    const struct dyn_policy *policy = model->policy;
    size_t n = 0;
    const char *effective = policy == NULL ? verb : effective_verb(policy, verb);
    for (size_t i = 0; policy != NULL && i < policy->n_allows; i++) {
        const struct dyn_allow *allow = &policy->allows[i];
        if (names_verb(allow, effective) && covers(allow, fields, n_fields, is_limited)) {
            out[n++] = allow;
        }
    }
    return n;
}

size_t dyn_policy_rules(const struct dyn_model *model, const char *verb,
                        const struct dyn_field *const *fields, size_t n_fields,
                        const struct dyn_allow **out)
{
    return collect_rules(model, verb, fields, n_fields, fields != NULL, out);
}

/* `is_limited`: rules for these fields alone count, too. */
static const struct dyn_expr *verb_expr(const struct frame *frame, const char *verb,
                                        const struct dyn_field *const *fields, size_t n_fields,
                                        bool is_limited)
{
    struct dynr_arena *arena = frame->policies->derive->arena;
    const struct dyn_model *model = frame->model;
    if (model->is_public) {
        return dyn_expr_boolean(arena, true, model->span);
    }
    size_t n_allows = model->policy == NULL ? 0 : model->policy->n_allows;
    const struct dyn_allow **rules =
        dyn_alloc_array(arena, n_allows, sizeof(const struct dyn_allow *));
    size_t n = collect_rules(model, verb, fields, n_fields, is_limited, rules);
    const struct dyn_expr *any = dyn_expr_boolean(arena, false, model->span);
    for (size_t i = 0; i < n; i++) {
        any =
            dyn_fold_or(arena, any,
                        rules[i]->condition == NULL ? dyn_expr_boolean(arena, true, rules[i]->span)
                                                    : expand_condition(frame, rules[i]->condition));
    }
    return any;
}

const struct dyn_expr *dyn_policy_expr(struct dyn_policies *policies,
                                       const struct dyn_subject *subject, const char *verb,
                                       const struct dyn_field *const *fields, size_t n_fields)
{
    struct frame frame = {policies, subject->model, subject, NULL};
    return verb_expr(&frame, verb, fields, n_fields, fields != NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: look-ups, rules and their conditions, in the scope of a row and the caller. Delegations name verbs of other
 * policies, so these are checked when all are read.
 */
#include "base/article.h"
#include "sema/internal.h"

static const char *const verbs[] = {"read", "write", "create", "update", "delete", NULL};
static const char *const write_verbs[] = {"create", "update", "delete", NULL};

struct policy_reader {
    struct dyn_sema *sema;
    struct dyn_sema_policy *own;
    const struct dyn_ast_decl *decl;
    /** Gives expressions their caller; has neither arguments nor a body. */
    struct dyn_sema_procedure procedure;
};

static struct dyn_expr_scope policy_scope(struct policy_reader *reader)
{
    struct dyn_expr_scope scope = {.sema = reader->sema,
                                   .file = reader->own->file,
                                   .procedure = &reader->procedure,
                                   .row = dyn_sema_model_of(reader->own->policy.model),
                                   .policy = reader->own};
    return scope;
}

/* ---- let --------------------------------------------------------------------------------------------------------- */

/* The part of a reference to `model` for one of its key fields. */
static const struct dyn_expr *key_part(struct dyn_sema *sema, const struct dyn_expr *reference,
                                       const struct dyn_model *model, size_t index)
{
    /* A reference of one scalar and that scalar stand for each other. */
    if (model->n_key_fields == 1 && model->fields[0]->type->kind != DYN_TYPE_REF) {
        return reference;
    }
    struct dyn_expr *part = dyn_sema_new_expr(sema, reference->kind, reference->span, NULL);
    *part = *reference;
    part->type = dyn_sema_optional(sema, model->fields[index]->type, reference->type->optional);
    part->path = dyn_sema_alloc(sema, reference->n_path + 1, sizeof(const struct dyn_field *));
    for (size_t i = 0; i < reference->n_path; i++) {
        part->path[i] = reference->path[i];
    }
    part->path[reference->n_path] = model->fields[index];
    part->n_path = reference->n_path + 1;
    return part;
}

/* `User(.owner)`: a reference is a whole key. False: it is something else, or in error. */
static bool read_reference(struct policy_reader *reader, const struct dyn_ast_expr *call,
                           const struct dyn_sema_model *model, struct dyn_lookup *lookup)
{
    const struct dyn_ast_expr *item = call->items;
    bool is_path = item != NULL && item->next == NULL && item->label.name == NULL &&
                   (item->kind == DYN_AST_ROW_FIELD || item->kind == DYN_AST_MEMBER);
    if (!is_path) {
        return false;
    }
    struct dyn_sema *sema = reader->sema;
    struct dyn_expr_scope scope = policy_scope(reader);
    const struct dyn_expr *value = dyn_sema_expr(&scope, item, NULL);
    if (dyn_expr_is_error(value)) {
        return true;
    }
    if (value->type->kind != DYN_TYPE_REF || value->type->model != &model->model) {
        return false;
    }
    const struct dyn_expr **key =
        dyn_sema_alloc(sema, model->model.n_key_fields, sizeof(const struct dyn_expr *));
    for (size_t i = 0; i < model->model.n_key_fields; i++) {
        key[i] = key_part(sema, value, &model->model, i);
    }
    lookup->key = key;
    lookup->n_key = model->model.n_key_fields;
    lookup->model = &model->model;
    return true;
}

static void read_let(struct policy_reader *reader, const struct dyn_ast_rule *rule,
                     struct dyn_lookup *lookup)
{
    struct dyn_sema *sema = reader->sema;
    const struct dyn_ast_expr *call = rule->expr;
    lookup->name = rule->name.name;
    lookup->span = rule->name.span;
    if (!dyn_sema_check_name(sema, rule->name)) {
        return;
    }
    const struct dyn_lookup *first = dynr_map_get(&reader->own->lets, rule->name.name->text);
    if (first != NULL) {
        dyn_sema_duplicate(sema, rule->name, first->span, "row");
        return;
    }
    dynr_map_put(&reader->own->lets, rule->name.name->text, lookup, NULL);
    if (call->kind != DYN_AST_CALL) {
        if (call->kind != DYN_AST_ERROR) {
            struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_POLICY, call->span,
                                               "`let` names a row that is found by its key");
            dyn_diag_help(sema->diags, diag,
                          "write let member = Member(list: .id, user: caller.userId)");
        }
        return;
    }
    const struct dyn_sema_model *model = dyn_sema_find_model(sema, reader->own->file, call->name);
    if (model == NULL || model->key_poisoned || read_reference(reader, call, model, lookup)) {
        return;
    }
    struct dyn_expr_scope scope = policy_scope(reader);
    const struct dyn_expr **key =
        dyn_sema_alloc(sema, model->model.n_key_fields + 1, sizeof(const struct dyn_expr *));
    struct dyn_ast_statement statement = {.model = call->name, .key = call->items};
    if (dyn_sema_fill_key(&scope, model, &statement, DYN_CODE_POLICY, key)) {
        lookup->key = key;
        lookup->n_key = model->model.n_key_fields;
        lookup->model = &model->model;
    }
}

/* ---- allow ------------------------------------------------------------------------------------------------------- */

static void read_limits(struct policy_reader *reader, const struct dyn_ast_verb *verb,
                        struct dyn_allow *allow, bool is_alone)
{
    struct dyn_sema *sema = reader->sema;
    bool is_read = dynr_str_equal_c(verb->name.name->text, "read");
    if (!is_read || !is_alone) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_POLICY, verb->span,
                       is_read ? "an `allow` that names fields has no other verb"
                               : "only `read` is limited to fields");
        dyn_diag_help(sema->diags, diag, "write a rule of its own: allow read(id, name)");
        return;
    }
    size_t n = 0;
    for (const struct dyn_ast_expr *name = verb->fields; name != NULL; name = name->next) {
        n++;
    }
    allow->fields = dyn_sema_alloc(sema, n, sizeof(const struct dyn_field *));
    for (const struct dyn_ast_expr *name = verb->fields; name != NULL; name = name->next) {
        const struct dyn_field *field =
            name->kind == DYN_AST_NAME
                ? dyn_sema_find_field(sema, dyn_sema_model_of(reader->own->policy.model),
                                      name->name)
                : NULL;
        if (field != NULL) {
            allow->fields[allow->n_fields++] = field;
        }
    }
}

static void read_verbs(struct policy_reader *reader, const struct dyn_ast_rule *rule,
                       struct dyn_allow *allow)
{
    struct dyn_sema *sema = reader->sema;
    size_t n = 0;
    for (const struct dyn_ast_verb *verb = rule->verbs; verb != NULL; verb = verb->next) {
        n++;
    }
    allow->verbs = dyn_sema_alloc(sema, n, sizeof(const struct dyn_name *));
    for (const struct dyn_ast_verb *verb = rule->verbs; verb != NULL; verb = verb->next) {
        if (!dyn_sema_check_name(sema, verb->name)) {
            continue;
        }
        for (size_t i = 0; i < allow->n_verbs; i++) {
            if (allow->verbs[i] == verb->name.name) {
                dyn_sema_duplicate(sema, verb->name, rule->span, "verb");
            }
        }
        allow->verbs[allow->n_verbs++] = verb->name.name;
        dynr_map_put(&reader->own->verbs, verb->name.name->text, allow, NULL);
        if (verb->fields != NULL) {
            read_limits(reader, verb, allow, n == 1);
        }
    }
}

static void read_allow(struct policy_reader *reader, const struct dyn_ast_rule *rule,
                       struct dyn_allow *allow)
{
    allow->span = rule->span;
    read_verbs(reader, rule, allow);
    if (rule->expr != NULL) {
        struct dyn_expr_scope scope = policy_scope(reader);
        allow->condition = dyn_sema_condition(&scope, rule->expr);
    }
}

/* ---- one policy ---------------------------------------------------------------------------------------------------- */

static void read_rules(struct policy_reader *reader)
{
    struct dyn_sema *sema = reader->sema;
    struct dyn_policy *policy = &reader->own->policy;
    size_t n_lets = 0;
    size_t n_allows = 0;
    for (const struct dyn_ast_rule *rule = reader->decl->rules; rule != NULL; rule = rule->next) {
        n_lets += rule->kind == DYN_AST_LET ? 1 : 0;
        n_allows += rule->kind == DYN_AST_ALLOW ? 1 : 0;
    }
    struct dyn_lookup *lookups = dyn_sema_alloc(sema, n_lets, sizeof *lookups);
    struct dyn_allow *allows = dyn_sema_alloc(sema, n_allows, sizeof *allows);
    const struct dyn_lookup **list =
        dyn_sema_alloc(sema, n_lets, sizeof(const struct dyn_lookup *));
    policy->lookups = list;
    policy->allows = allows;
    for (const struct dyn_ast_rule *rule = reader->decl->rules; rule != NULL; rule = rule->next) {
        if (rule->kind == DYN_AST_LET) {
            list[policy->n_lookups] = &lookups[policy->n_lookups];
            read_let(reader, rule, &lookups[policy->n_lookups++]);
        } else {
            read_allow(reader, rule, &allows[policy->n_allows++]);
        }
    }
}

/* The one context, whose caller policies speak about; NULL where there is none. */
static struct dyn_sema_context *find_context(struct dyn_sema *sema, const struct dyn_ast_decl *decl)
{
    if (sema->contexts.n_items == 0) {
        return NULL;
    }
    if (sema->contexts.n_items > 1) {
        const struct dyn_sema_context *second = sema->contexts.items[1];
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_POLICY, decl->head,
                                           "a program with policies has one context");
        dyn_diag_note(sema->diags, diag, second->context.span, "this is a second one");
        dyn_diag_fact(sema->diags, diag,
                      "why: `caller` in a policy is whoever calls, by any router");
    }
    return sema->contexts.items[0];
}

static void read_policy(struct dyn_sema *sema, struct dyn_sema_file *file,
                        const struct dyn_ast_decl *decl)
{
    sema->has_policies = true;
    struct dyn_sema_model *model = dyn_sema_find_model(sema, file, decl->name);
    if (model == NULL) {
        sema->has_lost_policy = true;
        return;
    }
    if (model->model.policy != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_DUPLICATE, decl->name.span, "`%.*s` has two policies",
                       DYN_NAME_ARG(decl->name.name));
        dyn_diag_note(sema->diags, diag, model->model.policy->span, "the first one is here");
        dyn_diag_help(sema->diags, diag, "put all rules of a model into one policy");
        return;
    }
    struct dyn_sema_policy *own = dyn_sema_alloc(sema, 1, sizeof *own);
    own->file = file;
    own->decl = decl;
    own->policy.span = decl->name.span;
    own->policy.model = &model->model;
    own->has_errors = decl->has_errors;
    dyn_sema_map_init(sema, &own->lets);
    dyn_sema_map_init(sema, &own->verbs);
    model->model.policy = &own->policy;
    dyn_sema_push(sema, &sema->policies, own);
    struct policy_reader reader = {.sema = sema, .own = own, .decl = decl};
    reader.procedure.file = file;
    reader.procedure.context = find_context(sema, decl);
    reader.procedure.caller =
        reader.procedure.context == NULL ? NULL : dyn_sema_name(sema, "caller");
    dyn_sema_map_init(sema, &reader.procedure.arguments);
    read_rules(&reader);
}

/* ---- delegations ------------------------------------------------------------------------------------------------- */

static struct dyn_sema_policy *policy_of(const struct dyn_model *model)
{
    return (struct dyn_sema_policy *)(void *)(uintptr_t)(const void *)model->policy;
}

/* `write` stands for each of `create`, `update` and `delete` that has no rule of its own. */
static bool speaks_about(const struct dyn_sema_policy *policy, const struct dyn_name *verb)
{
    return dynr_map_get(&policy->verbs, verb->text) != NULL ||
           (dyn_is_word(verb->text, write_verbs) &&
            dynr_map_get(&policy->verbs, dynr_str_from_c("write")) != NULL);
}

static void check_target(struct dyn_sema *sema, const struct dyn_expr *expr)
{
    const struct dyn_model *target = expr->left->type->model;
    if (target->is_public || sema->has_holes) {
        return;
    }
    if (target->policy == NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_POLICY, expr->span, "`%.*s` has no policy to ask",
                       DYN_NAME_ARG(target->name));
        dyn_diag_note(sema->diags, diag, target->span, "declared here");
        return;
    }
    const struct dyn_sema_policy *policy = policy_of(target);
    if (!speaks_about(policy, expr->verb) && !policy->has_errors) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_POLICY, expr->span,
                                           "the policy of `%.*s` never allows `%.*s`",
                                           DYN_NAME_ARG(target->name), DYN_NAME_ARG(expr->verb));
        dyn_diag_note(sema->diags, diag, policy->policy.span, "this policy");
        dyn_sema_suggest(sema, diag, expr->verb->text, NULL, &policy->verbs, NULL, 0);
    }
}

/* Delegations from one rule to the next, innermost first. */
struct delegation {
    const struct dyn_model *model;
    const struct dyn_name *verb;
    const struct delegation *outer;
    unsigned depth;
};

static bool follow_verb(struct dyn_sema *sema, const struct delegation *at);

/* False: a circle was reported. */
static bool follow(struct dyn_sema *sema, const struct dyn_expr *expr, const struct delegation *at)
{
    if (expr == NULL) {
        return true;
    }
    if (expr->kind != DYN_EXPR_ALLOWED) {
        return follow(sema, expr->left, at) && follow(sema, expr->right, at);
    }
    struct delegation next = {expr->left->type->model, expr->verb, at, at->depth + 1};
    for (const struct delegation *step = at; step != NULL; step = step->outer) {
        if (step->model == next.model && step->verb == next.verb) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_POLICY, expr->span,
                           "whether `%.*s` of %s `%.*s` is allowed would depend on itself",
                           DYN_NAME_ARG(next.verb), dyn_article(next.model->name->text),
                           DYN_NAME_ARG(next.model->name));
            dyn_diag_fact(
                sema->diags, diag,
                "why: a policy looks a fixed number of rows up, and this chain has no end");
            dyn_diag_help(sema->diags, diag,
                          "decide by fields of the row, or by a row named with `let`");
            return false;
        }
    }
    return follow_verb(sema, &next);
}

static bool follow_verb(struct dyn_sema *sema, const struct delegation *at)
{
    const struct dyn_policy *policy = at->model->policy;
    for (size_t i = 0; policy != NULL && i < policy->n_allows; i++) {
        const struct dyn_allow *allow = &policy->allows[i];
        for (size_t k = 0; k < allow->n_verbs; k++) {
            bool is_meant =
                allow->verbs[k] == at->verb || (dyn_is_word(at->verb->text, write_verbs) &&
                                                dynr_str_equal_c(allow->verbs[k]->text, "write"));
            if (is_meant && !follow(sema, allow->condition, at)) {
                return false;
            }
        }
    }
    return true;
}

static void check_targets(struct dyn_sema *sema, const struct dyn_expr *expr)
{
    if (expr == NULL || expr->kind == DYN_EXPR_ERROR) {
        return;
    }
    if (expr->kind == DYN_EXPR_ALLOWED) {
        check_target(sema, expr);
        return;
    }
    check_targets(sema, expr->left);
    check_targets(sema, expr->right);
}

/* ---- verbs of one's own ------------------------------------------------------------------------------------------ */

/* Whether some rule delegates to a verb of the model. */
static bool delegates_to(const struct dyn_expr *expr, const struct dyn_model *model,
                         const struct dyn_name *verb)
{
    if (expr == NULL || expr->kind == DYN_EXPR_ERROR) {
        return false;
    }
    if (expr->kind == DYN_EXPR_ALLOWED) {
        return expr->left->type->model == model && expr->verb == verb;
    }
    return delegates_to(expr->left, model, verb) || delegates_to(expr->right, model, verb);
}

static bool is_asked_for(const struct dyn_sema *sema, const struct dyn_model *model,
                         const struct dyn_name *verb)
{
    for (size_t i = 0; i < sema->policies.n_items; i++) {
        const struct dyn_sema_policy *other = sema->policies.items[i];
        if (other->has_errors) {
            return true;
        }
        for (size_t k = 0; k < other->policy.n_allows; k++) {
            if (delegates_to(other->policy.allows[k].condition, model, verb)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_near_verb(const struct dyn_name *name)
{
    for (size_t i = 0; verbs[i] != NULL; i++) {
        if (dyn_diag_is_near(name->text, dynr_str_from_c(verbs[i]))) {
            return true;
        }
    }
    return false;
}

/* A rule for a verb that nobody asks for allows nothing: mistyped, it denies what it was to allow, or leaves to `write` what it
 * was to narrow. */
static void check_verb(struct dyn_sema *sema, const struct dyn_sema_policy *own,
                       struct dyn_ast_name verb)
{
    if (verb.name == NULL || dyn_is_word(verb.name->text, verbs) || sema->has_holes ||
        is_asked_for(sema, own->policy.model, verb.name)) {
        return;
    }
    bool is_foreign = dyn_sema_is_foreign_verb(verb.name);
    bool is_near = is_near_verb(verb.name);
    struct dyn_diag *diag =
        dyn_report(sema->diags, is_foreign || is_near ? DYN_CODE_POLICY : DYN_CODE_VERB_UNUSED,
                   verb.span, "nothing asks whether `%.*s` is allowed", DYN_NAME_ARG(verb.name));
    dyn_diag_fact(sema->diags, diag, "verbs: read, write, create, update, delete%s",
                  is_foreign || is_near ? ""
                                        : "; one of your own is for other policies to ask for, as "
                                          "`.list.share` does");
    if (is_foreign) {
        dyn_sema_help_verb(sema, diag, verb);
    } else {
        dyn_sema_suggest(sema, diag, verb.name->text, verbs, NULL, NULL, 0);
    }
}

static void check_verbs(struct dyn_sema *sema, const struct dyn_sema_policy *own)
{
    for (const struct dyn_ast_rule *rule = own->decl->rules; rule != NULL; rule = rule->next) {
        for (const struct dyn_ast_verb *verb = rule->verbs; verb != NULL; verb = verb->next) {
            check_verb(sema, own, verb->name);
        }
    }
}

static void check_policy(struct dyn_sema *sema, const struct dyn_sema_policy *own)
{
    const struct dyn_policy *policy = &own->policy;
    if (policy->model->is_public) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_POLICY, policy->span,
                                           "`%.*s` is public, so its policy says nothing",
                                           DYN_NAME_ARG(policy->model->name));
        dyn_diag_help(sema->diags, diag,
                      "drop the policy, or name the models that are public: public A, B");
    }
    for (size_t i = 0; i < policy->n_allows; i++) {
        check_targets(sema, policy->allows[i].condition);
    }
    check_verbs(sema, own);
}

void dyn_sema_policies(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->files.n_items; i++) {
        struct dyn_sema_file *file = sema->files.items[i];
        for (const struct dyn_ast_decl *decl = file->ast->decls; decl != NULL; decl = decl->next) {
            if (decl->kind == DYN_AST_POLICY) {
                read_policy(sema, file, decl);
            }
        }
    }
}

void dyn_sema_check_policies(struct dyn_sema *sema)
{
    size_t n_errors = sema->diags->n_errors;
    for (size_t i = 0; i < sema->policies.n_items; i++) {
        check_policy(sema, sema->policies.items[i]);
    }
    for (size_t i = 0; i < sema->policies.n_items && sema->diags->n_errors == n_errors; i++) {
        const struct dyn_sema_policy *own = sema->policies.items[i];
        for (size_t k = 0; k < own->verbs.n_entries; k++) {
            const struct delegation start = {
                .model = own->policy.model,
                .verb = dyn_names_intern(sema->names, own->verbs.entries[k].key)};
            if (!follow_verb(sema, &start)) {
                return;
            }
        }
    }
}

/* ---- expressions --------------------------------------------------------------------------------------------------- */

struct dyn_expr *dyn_sema_let_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    if (scope->policy == NULL || ast->kind != DYN_AST_NAME || ast->name.name == NULL) {
        return NULL;
    }
    const struct dyn_lookup *lookup = dynr_map_get(&scope->policy->lets, ast->name.name->text);
    if (lookup == NULL) {
        return NULL;
    }
    if (lookup->model == NULL) {
        return dyn_sema_error_expr(scope->sema, ast->span);
    }
    const struct dyn_type *type = dyn_sema_ref_type(scope->sema, lookup->model);
    struct dyn_expr *expr = dyn_sema_new_expr(scope->sema, DYN_EXPR_LOOKUP, ast->span,
                                              dyn_sema_optional(scope->sema, type, true));
    expr->lookup = lookup;
    expr->uses_input = true;
    return expr;
}

struct dyn_expr *dyn_sema_let_field(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                    const struct dyn_expr *row)
{
    struct dyn_sema *sema = scope->sema;
    const struct dyn_field *field =
        ast->name.name == NULL
            ? NULL
            : dyn_sema_find_field(sema, dyn_sema_model_of(row->lookup->model), ast->name);
    if (field == NULL || field->type->kind == DYN_TYPE_ERROR) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    /* The row may not be there, and then no field of it is. */
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_LOOKUP, ast->span,
                                              dyn_sema_optional(sema, field->type, true));
    expr->lookup = row->lookup;
    expr->field = field;
    expr->uses_input = true;
    return expr;
}

struct dyn_expr *dyn_sema_delegation(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                     const struct dyn_expr *base)
{
    bool is_reference = base->type->kind == DYN_TYPE_REF && base->n_path == 0 &&
                        (base->kind == DYN_EXPR_ROW || base->kind == DYN_EXPR_LOOKUP);
    if (scope->policy == NULL || !is_reference || ast->name.name == NULL) {
        return NULL;
    }
    const struct dyn_sema_model *target = dyn_sema_model_of(base->type->model);
    const struct dyn_model_member *member = dynr_map_get(&target->members, ast->name.name->text);
    if (member != NULL) {
        struct dyn_diag *diag =
            dyn_report(scope->sema->diags, DYN_CODE_POLICY, ast->name.span,
                       "`%.*s` is a field of another row, which this policy has no name for",
                       DYN_NAME_ARG(ast->name.name));
        dyn_diag_note(scope->sema->diags, diag, member->span, "declared here");
        dyn_diag_help(scope->sema->diags, diag,
                      "name the row: let %.*s = %.*s(.%.*s), and write %.*s.%.*s",
                      DYN_NAME_ARG(base->field->name), DYN_NAME_ARG(target->model.name),
                      DYN_NAME_ARG(base->field->name), DYN_NAME_ARG(base->field->name),
                      DYN_NAME_ARG(ast->name.name));
        return dyn_sema_error_expr(scope->sema, ast->span);
    }
    struct dyn_expr *expr =
        dyn_sema_new_expr(scope->sema, DYN_EXPR_ALLOWED, ast->span, scope->sema->bool_type);
    expr->left = base;
    expr->verb = ast->name.name;
    expr->uses_row = base->uses_row;
    expr->uses_input = true;
    return expr;
}

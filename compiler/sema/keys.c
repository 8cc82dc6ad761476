/* SPDX-License-Identifier: Apache-2.0 */
/* What identifies a row: the parent, then the `@key` fields, or what a written key names. */
#include "sema/internal.h"

static bool is_key_member(const struct dyn_model_member *member)
{
    if (member->kind != DYN_MODEL_FIELD) {
        return false;
    }
    return member->field->origin == DYN_FIELD_PARENT ||
           (member->ast != NULL && dyn_sema_marks_key(member->ast->attributes));
}

/* ---- types of key fields ----------------------------------------------------------------------------------------- */

void dyn_sema_explain_key_fault(struct dyn_sema *sema, struct dyn_diag *diag, const char *fault,
                                const struct dyn_type *type)
{
    dyn_diag_fact(sema->diags, diag, "why: %s", fault);
    const char *remedy = fault == dyn_type_key_fault(type) ? dyn_type_key_remedy(type) : NULL;
    if (remedy != NULL) {
        dyn_diag_help(sema->diags, diag, "%s", remedy);
    }
}

static void report_key_type(struct dyn_sema *sema, const struct dyn_field *field,
                            struct dyn_span span, const char *why)
{
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_KEY_TYPE, span, "`%.*s` cannot be part of a key",
                   DYN_STR_ARG(dyn_sema_type_text(sema, field->type)));
    dyn_sema_explain_key_fault(sema, diag, why, field->type);
}

/* False: the key is in error. */
static bool check_key_field(struct dyn_sema *sema, const struct dyn_field *field,
                            struct dyn_span span)
{
    if (field->type->kind == DYN_TYPE_ERROR) {
        return false;
    }
    const char *fault = dyn_type_key_fault(field->type);
    if (field->type->optional) {
        fault = "without it the row could not be found: a key is always complete";
    } else if (field->type->kind == DYN_TYPE_BOOL) {
        fault = "it has two values only";
    }
    if (fault != NULL) {
        report_key_type(sema, field, span, fault);
    }
    return fault == NULL;
}

/* ---- finding the key ------------------------------------------------------------------------------------------------ */

static void check_single(struct dyn_sema *sema, struct dyn_sema_model *own, size_t n_key)
{
    const struct dyn_ast_decl *decl = own->decl;
    if (decl->parent_field.name == NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_NO_KEY, decl->head,
                                           "`single` needs a parent that there is one row of");
        dyn_diag_help(sema->diags, diag, "write `model %.*s in user: User single`",
                      DYN_NAME_ARG(own->model.name));
        own->key_poisoned = true;
        return;
    }
    if (n_key > 1) {
        const struct dyn_field *extra = own->model.fields[1];
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_NO_KEY, extra->span,
                                           "`%.*s` is `single`, so its parent alone is its key",
                                           DYN_NAME_ARG(own->model.name));
        dyn_diag_help(sema->diags, diag, "drop `@key` here, or drop `single`");
        own->key_poisoned = true;
    }
}

static void report_no_key(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    /* What is missing may have been refused. */
    bool is_reported = own->key_poisoned;
    own->key_poisoned = true;
    if (is_reported) {
        return;
    }
    for (size_t i = 0; i < own->members.n_entries; i++) {
        const struct dyn_model_member *member = own->members.entries[i].value;
        if (member->kind == DYN_MODEL_POISON && member->ast != NULL &&
            dyn_sema_marks_key(member->ast->attributes)) {
            return;
        }
    }
    if (sema->has_holes) {
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_NO_KEY, own->decl->head,
                                       "`%.*s` has no key", DYN_NAME_ARG(own->model.name));
    dyn_diag_help(sema->diags, diag, "add a field that identifies a row: id ulid @key @auto");
    if (own->decl->parent_field.name != NULL) {
        dyn_diag_help(sema->diags, diag, "or write `single`, if each `%.*s` has at most one",
                      DYN_NAME_ARG(own->decl->parent_model.name));
    }
}

static void add_key_field(struct dyn_sema_model *own, struct dyn_field *field)
{
    field->is_key = true;
    field->index = own->model.n_fields;
    own->model.fields[own->model.n_fields++] = field;
    own->model.n_key_fields = own->model.n_fields;
}

/* `key pk "ORG#{org}" sk "USER#{id}"` without `@key`: the key is what the templates name, in their order. */
static void add_written_fields(struct dyn_sema_model *own)
{
    const struct dyn_written_key *key = own->model.written_key;
    const struct dyn_written_template *templates[] = {&key->partition, &key->sort};
    for (size_t i = 0; i < (key->has_sort ? 2u : 1u); i++) {
        for (size_t j = 0; j < templates[i]->n_pieces; j++) {
            const struct dyn_field *field = templates[i]->pieces[j].field;
            if (field != NULL && !field->is_key) {
                const struct dyn_model_member *member =
                    dynr_map_get(&own->members, field->name->text);
                add_key_field(own, member->field);
            }
        }
    }
}

/* Puts the key fields first; returns how many they are. */
static size_t order_fields(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    struct dyn_model *model = &own->model;
    bool has_attribute = false;
    model->fields = dyn_sema_alloc(sema, own->members.n_entries, sizeof(struct dyn_field *));
    for (size_t i = 0; i < own->members.n_entries; i++) {
        const struct dyn_model_member *member = own->members.entries[i].value;
        if (is_key_member(member)) {
            add_key_field(own, member->field);
            has_attribute = has_attribute || member->field->origin == DYN_FIELD_DECLARED;
        }
    }
    if (model->written_key != NULL && !has_attribute) {
        add_written_fields(own);
    }
    for (size_t i = 0; i < own->members.n_entries; i++) {
        const struct dyn_model_member *member = own->members.entries[i].value;
        if (member->kind == DYN_MODEL_FIELD && !member->field->is_key) {
            member->field->index = model->n_fields;
            model->fields[model->n_fields++] = member->field;
        }
    }
    return model->n_key_fields;
}

void dyn_sema_model_key(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    size_t n_key = order_fields(sema, own);
    if (own->decl->single) {
        check_single(sema, own, n_key);
    } else if (n_key == 0 || (own->decl->parent_field.name != NULL && n_key == 1 &&
                              own->model.written_key == NULL)) {
        report_no_key(sema, own);
    }
    for (size_t i = 0; i < n_key; i++) {
        const struct dyn_model_member *member =
            dynr_map_get(&own->members, own->model.fields[i]->name->text);
        struct dyn_span span = member->ast != NULL && member->ast->type != NULL
                                   ? member->ast->type->span
                                   : member->span;
        if (!check_key_field(sema, own->model.fields[i], span)) {
            own->key_poisoned = true;
        }
    }
}

/* ---- widths and cycles -------------------------------------------------------------------------------------------------- */

/* The models whose keys are being measured, innermost first. */
struct key_path {
    const struct dyn_sema_model *own;
    const struct key_path *outer;
};

static struct dyn_sema_model *mutable_model(struct dyn_sema *sema, const struct dyn_model *model)
{
    const struct dyn_symbol *symbol = dynr_map_get(&sema->symbols, model->name->text);
    return symbol->object;
}

static void report_cycle(struct dyn_sema *sema, const struct key_path *path,
                         const struct dyn_sema_model *again, const struct dyn_field *field)
{
    struct dynr_str cycle = again->model.name->text;
    const struct key_path *step = path;
    for (; step != NULL; step = step->outer) {
        cycle = dynr_arena_printf(sema->arena, "%.*s -> %.*s", DYN_NAME_ARG(step->own->model.name),
                                  DYN_STR_ARG(cycle));
        if (step->own == again) {
            break;
        }
    }
    bool by_parent = field->origin == DYN_FIELD_PARENT;
    struct dyn_span span = by_parent ? path->own->decl->parent_model.span : field->span;
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_PARENT_CYCLE, span,
                   "the key of `%.*s` would contain itself", DYN_NAME_ARG(again->model.name));
    dyn_diag_fact(sema->diags, diag, "cycle: %.*s", DYN_STR_ARG(cycle));
    dyn_diag_help(sema->diags, diag,
                  by_parent
                      ? "one of these models must be a root: give it a key of its own and no `in`"
                      : "one of these references must not be `@key`");
}

static void report_wide(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    own->key_poisoned = true;
    dyn_report(sema->diags, DYN_CODE_KEY_TOO_LONG, own->decl->head,
               "the key of `%.*s` has more than %d parts", DYN_NAME_ARG(own->model.name),
               DYN_KEY_WIDTH_MAX);
}

static void measure_key(struct dyn_sema *sema, struct dyn_sema_model *own,
                        const struct key_path *outer, unsigned depth)
{
    struct key_path path = {.own = own, .outer = outer};
    own->key_state = DYN_KEY_OPEN;
    for (size_t i = 0; i < own->model.n_key_fields && !own->key_poisoned; i++) {
        const struct dyn_field *field = own->model.fields[i];
        if (field->type->kind != DYN_TYPE_REF) {
            own->key_width++;
            continue;
        }
        struct dyn_sema_model *other = mutable_model(sema, field->type->model);
        if (other->key_state == DYN_KEY_OPEN) {
            report_cycle(sema, &path, other, field);
            own->key_poisoned = true;
            break;
        }
        if (other->key_state == DYN_KEY_NEW && depth >= DYN_KEY_WIDTH_MAX) {
            report_wide(sema, own);
            break;
        }
        if (other->key_state == DYN_KEY_NEW) {
            measure_key(sema, other, &path, depth + 1);
        }
        own->key_poisoned = own->key_poisoned || other->key_poisoned;
        own->key_width += other->key_width;
    }
    if (own->key_width > DYN_KEY_WIDTH_MAX && !own->key_poisoned) {
        report_wide(sema, own);
    }
    own->key_state = DYN_KEY_DONE;
}

void dyn_sema_key_widths(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->models.n_items; i++) {
        struct dyn_sema_model *own = sema->models.items[i];
        if (own->key_state == DYN_KEY_NEW) {
            measure_key(sema, own, NULL, 0);
        }
    }
}

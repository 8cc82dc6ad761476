/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is new beside rows that are stored already: a field that they do not have, a unique value without guards, an index
 * without their keys. A line in the lock file says that the rows were brought up to it, so adding the line by hand accepts.
 */
#include "plan/derive.h"

/** Structs in structs that are followed. */
#define STRUCT_DEPTH_MAX 16

/* ---- fields that older rows lack --------------------------------------------------------------------------- */

bool dyn_lock_knows_struct(const struct dyn_lock *lock, const struct dyn_struct *structure)
{
    return dynr_map_get(&lock->owners, structure->name->text) != NULL ||
           (structure->was != NULL && dynr_map_get(&lock->owners, structure->was->text) != NULL);
}

bool dyn_lock_field_is_late(const struct dyn_lock *lock, bool owner_is_locked,
                            const struct dyn_name *owner, const struct dyn_name *owner_was,
                            const struct dyn_field *field)
{
    const struct dyn_lock_entry *entry =
        dyn_lock_find_owned(lock, "field", owner, owner_was, field->name, field->was);
    if (entry != NULL) {
        return dyn_lock_word(entry, "late").len != 0;
    }
    /* An absent set is the empty one, and a key changes with its fields. */
    return owner_is_locked && !field->is_key && !field->type->optional &&
           field->type->kind != DYN_TYPE_SET;
}

static void add_late(struct dyn_derive *derive, bool owner_is_locked, const struct dyn_name *owner,
                     const struct dyn_name *owner_was, struct dyn_field *const *fields,
                     size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (!dyn_lock_field_is_late(derive->lock, owner_is_locked, owner, owner_was, fields[i])) {
            continue;
        }
        struct dyn_late_fields *late = &derive->late;
        late->items =
            dyn_grow(derive->arena, (void *)late->items, late->n, &late->cap, sizeof *late->items);
        late->items[late->n++] = fields[i];
    }
}

void dyn_lock_find_late(struct dyn_derive *derive)
{
    const struct dyn_program *program = derive->program;
    for (size_t i = 0; derive->lock->present && i < program->n_models; i++) {
        const struct dyn_model *model = program->models[i];
        add_late(derive, dyn_lock_find_model(derive->lock, model) != NULL, model->name, model->was,
                 model->fields, model->n_fields);
    }
    for (size_t i = 0; derive->lock->present && i < program->n_structs; i++) {
        const struct dyn_struct *structure = program->structs[i];
        add_late(derive, dyn_lock_knows_struct(derive->lock, structure), structure->name,
                 structure->was, structure->fields, structure->n_fields);
    }
}

bool dyn_field_is_late(const struct dyn_derive *derive, const struct dyn_field *field)
{
    for (size_t i = 0; i < derive->late.n; i++) {
        if (derive->late.items[i] == field) {
            return !field->type->optional;
        }
    }
    return false;
}

/* ---- required fields --------------------------------------------------------------------------------------- */

void dyn_lock_help_delete(struct dyn_diags *diags, struct dyn_diag *diag)
{
    dyn_diag_help(diags, diag,
                  "no rows are stored yet (before the first deployment)? delete the lock file, or "
                  "the lines of what has none");
}

static bool has_constant_default(const struct dyn_field *field)
{
    return field->default_value != NULL && field->default_value->kind != DYN_EXPR_NOW;
}

static bool is_managed(const struct dyn_field *field)
{
    return field->origin == DYN_FIELD_CREATED_AT || field->origin == DYN_FIELD_UPDATED_AT ||
           field->origin == DYN_FIELD_VERSION;
}

static void report_required(struct dyn_derive *derive, const struct dyn_name *owner,
                            const struct dyn_name *owner_was, const struct dyn_field *field,
                            const struct dyn_lock_entry *known)
{
    const struct dyn_lock_entry *entry =
        dyn_lock_find_owned(derive->lock, "field", owner, owner_was, field->name, field->was);
    struct dyn_diag *diag = dyn_report(
        derive->diags, DYN_CODE_LOCK_REQUIRED, field->span,
        entry != NULL
            ? "rows without `%.*s.%.*s` may be stored, and it has no default any more"
            : "rows without `%.*s.%.*s` may be stored, and it is required without a default",
        DYN_STR(owner->text), DYN_STR(field->name->text));
    if (entry == NULL) {
        entry = known;
    }
    if (entry != NULL) {
        dyn_diag_note(derive->diags, diag, entry->span, "what is stored");
    }
    struct dynr_buf type = {0};
    dyn_lock_type_write(field->type, &type);
    dyn_diag_fact(derive->diags, diag,
                  "why: a row that lacks a required field cannot be read any more");
    if (!is_managed(field)) {
        dyn_diag_help(derive->diags, diag, "make it optional, or give it a constant default");
    }
    dyn_diag_help(derive->diags, diag,
                  "rows are stored? fill it in all of them with a program of your own, then write "
                  "into the lock file "
                  "(in place of its line there): field %.*s.%.*s attribute \"%.*s\" type \"%.*s\"",
                  DYN_STR(owner->text), DYN_STR(field->name->text), DYN_STR(field->attribute),
                  DYN_STR(dynr_buf_str(&type)));
    dyn_lock_help_delete(derive->diags, diag);
    dynr_buf_cleanup(&type);
}

static void check_required(struct dyn_derive *derive, const struct dyn_name *owner,
                           const struct dyn_name *owner_was, struct dyn_field *const *fields,
                           size_t n_fields, const struct dyn_lock_entry *known)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (dyn_field_is_late(derive, fields[i]) && !has_constant_default(fields[i])) {
            report_required(derive, owner, owner_was, fields[i], known);
        }
    }
}

/* ---- unique values ----------------------------------------------------------------------------------------- */

/* Rows that were stored before do not have it, so they need no guard or key. */
static bool is_new_and_optional(const struct dyn_derive *derive, const struct dyn_model *model,
                                const struct dyn_field *field)
{
    struct dynr_str name = dyn_text(derive->arena, "%.*s.%.*s", DYN_STR(model->name->text),
                                    DYN_STR(field->name->text));
    return field->type->optional && dyn_lock_find_any(derive->lock, "field", name) == NULL &&
           dyn_lock_find_member(derive->lock, "field", model, field->name, field->was) == NULL;
}

static void check_new_unique(struct dyn_derive *derive, const struct dyn_model *model,
                             const struct dyn_plan_unique *unique,
                             const struct dyn_lock_entry *known)
{
    const struct dyn_field *field = unique->unique->field;
    if (dyn_lock_find_member(derive->lock, "unique", model, field->name, field->was) != NULL ||
        is_new_and_optional(derive, model, field)) {
        return;
    }
    struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_LOCK_UNIQUE, unique->unique->span,
                                       "rows of `%.*s` may be stored that have no guard for `%.*s`",
                                       DYN_STR(model->name->text), DYN_STR(field->name->text));
    dyn_diag_note(derive->diags, diag, known->span, "what is stored");
    struct dynr_buf guard = {0};
    dyn_key_template_write(&unique->partition, &guard);
    dyn_diag_fact(derive->diags, diag,
                  "why: their values could be taken again, `by` would not find them, and they "
                  "could not be changed or "
                  "deleted");
    dyn_diag_help(derive->diags, diag, "use `@index`, or make it unique on a new optional field");
    dyn_diag_help(derive->diags, diag,
                  "rows are stored? write the guards with a program of your own, then add to the "
                  "lock file: unique "
                  "%.*s.%.*s label \"%.*s\" pk \"%.*s\" fold \"%s\"",
                  DYN_STR(model->name->text), DYN_STR(field->name->text), DYN_STR(unique->label),
                  DYN_STR(dynr_buf_str(&guard)), unique->unique->fold ? "yes" : "no");
    dyn_lock_help_delete(derive->diags, diag);
    dynr_buf_cleanup(&guard);
}

/* ---- indexes ----------------------------------------------------------------------------------------------- */

static bool needs_new_field(const struct dyn_derive *derive, const struct dyn_model *model,
                            const struct dyn_key_template *key)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        if (key->pieces[i].value != NULL &&
            is_new_and_optional(derive, model, key->pieces[i].value->path[0])) {
            return true;
        }
    }
    return false;
}

static void check_new_index(struct dyn_derive *derive, const struct dyn_model *model,
                            const struct dyn_requirement *requirement,
                            const struct dyn_lock_entry *known)
{
    struct dyn_name name = {requirement->name};
    const struct dyn_name *was = NULL;
    for (size_t i = 0; i < model->n_fields; i++) {
        if (dynr_str_equal(model->fields[i]->name->text, requirement->name)) {
            was = model->fields[i]->was;
        }
    }
    const struct dyn_lock_entry *entry =
        dyn_lock_find_member(derive->lock, "index", model, &name, was);
    bool had_keys = entry != NULL && dyn_lock_word(entry, "served-by").len == 0;
    bool is_native = requirement->partition.native &&
                     (requirement->sort.n_pieces == 0 || requirement->sort.native);
    if (had_keys || is_native || requirement->served_by != NULL ||
        needs_new_field(derive, model, &requirement->partition) ||
        needs_new_field(derive, model, &requirement->sort)) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(derive->diags, DYN_CODE_LOCK_BACKFILL, requirement->span,
                   "rows of `%.*s` may be stored that are not in the index `%.*s`",
                   DYN_STR(model->name->text), DYN_STR(requirement->name));
    dyn_diag_note(derive->diags, diag, known->span, "what is stored");
    dyn_diag_fact(derive->diags, diag,
                  "why: stored rows are not in the index until they are written again");
    dyn_diag_help(derive->diags, diag,
                  "after deploying, replace each stored row by itself (a program of your own); "
                  "query the index when that "
                  "is done");
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static bool type_stores(const struct dyn_type *type, const struct dyn_struct *structure,
                        unsigned depth)
{
    while (type->element != NULL) {
        type = type->element;
    }
    if (type->structure == NULL || depth == STRUCT_DEPTH_MAX) {
        return false;
    }
    if (type->structure == structure) {
        return true;
    }
    for (size_t i = 0; i < type->structure->n_fields; i++) {
        if (type_stores(type->structure->fields[i]->type, structure, depth + 1)) {
            return true;
        }
    }
    return false;
}

/* Whether rows of a model that the lock knows have such a struct. Arguments are not stored. */
static const struct dyn_lock_entry *find_stored(const struct dyn_derive *derive,
                                                const struct dyn_struct *structure)
{
    for (size_t i = 0; i < derive->program->n_models; i++) {
        const struct dyn_model *model = derive->program->models[i];
        for (size_t k = 0; k < model->n_fields; k++) {
            const struct dyn_field *field = model->fields[k];
            const struct dyn_lock_entry *entry =
                dyn_lock_find_member(derive->lock, "field", model, field->name, field->was);
            if (entry != NULL && type_stores(field->type, structure, 0)) {
                return entry;
            }
        }
    }
    return NULL;
}

void dyn_lock_check_added(struct dyn_derive *derive)
{
    for (size_t i = 0; i < derive->plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = derive->plan->entities[i];
        const struct dyn_model *model = entity->model;
        const struct dyn_lock_entry *known = dyn_lock_find_model(derive->lock, model);
        if (known == NULL) {
            continue;
        }
        check_required(derive, model->name, model->was, model->fields, model->n_fields, known);
        for (size_t k = 0; k < entity->n_uniques; k++) {
            check_new_unique(derive, model, &entity->uniques[k], known);
        }
        for (size_t k = 0; k < entity->n_requirements; k++) {
            check_new_index(derive, model, entity->requirements[k], known);
        }
    }
    for (size_t i = 0; derive->late.n != 0 && i < derive->program->n_structs; i++) {
        const struct dyn_struct *structure = derive->program->structs[i];
        const struct dyn_lock_entry *known = find_stored(derive, structure);
        if (known != NULL) {
            check_required(derive, structure->name, structure->was, structure->fields,
                           structure->n_fields, known);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lock decides before anything is derived: the attribute that a field is stored in and the tag of a model stay
 * what they were, whatever the source calls them now. The only write to the model after analysis, and idempotent.
 */
#include "plan/derive.h"

static void report_taken(struct dyn_derive *derive, const struct dyn_field *field,
                         const struct dyn_field *other)
{
    struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_LOCK_KEY_CHANGED, field->span,
                                       "`%.*s` would be stored in the attribute of `%.*s`",
                                       DYN_STR(field->name->text), DYN_STR(other->name->text));
    dyn_diag_note(derive->diags, diag, other->span, "the lock file keeps this field in `%.*s`",
                  DYN_STR(other->attribute));
    dyn_diag_help(derive->diags, diag, "give the new field another name");
}

/* A name that a renamed field left behind is still taken in the store. */
static void check_taken(struct dyn_derive *derive, struct dyn_field *const *fields, size_t n_fields,
                        const struct dyn_field *renamed)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (fields[i] != renamed && dynr_str_equal(fields[i]->attribute, renamed->attribute)) {
            report_taken(derive, fields[i], renamed);
        }
    }
}

static void apply_fields(struct dyn_derive *derive, const struct dyn_name *owner,
                         const struct dyn_name *owner_was, struct dyn_field *const *fields,
                         size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        const struct dyn_lock_entry *entry = dyn_lock_find_owned(
            derive->lock, "field", owner, owner_was, fields[i]->name, fields[i]->was);
        struct dynr_str attribute = dyn_lock_word(entry, "attribute");
        if (attribute.len != 0) {
            fields[i]->attribute = attribute;
        }
    }
    for (size_t i = 0; i < n_fields; i++) {
        if (!dynr_str_equal(fields[i]->attribute, fields[i]->name->text)) {
            check_taken(derive, fields, n_fields, fields[i]);
        }
    }
}

/* Whether the tag is the model's name in capitals, so that nobody wrote it. */
static bool tag_is_derived(const struct dyn_model *model)
{
    struct dynr_str name = model->name->text;
    if (model->tag.len != name.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char upper = name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? (char)(name.ptr[i] - 'a' + 'A')
                                                              : name.ptr[i];
        if (model->tag.ptr[i] != upper) {
            return false;
        }
    }
    return true;
}

void dyn_lock_apply(struct dyn_derive *derive)
{
    const struct dyn_program *program = derive->program;
    for (size_t i = 0; derive->lock->present && i < program->n_models; i++) {
        struct dyn_model *model = program->models[i];
        apply_fields(derive, model->name, model->was, model->fields, model->n_fields);
        struct dynr_str tag = dyn_lock_word(dyn_lock_find_model(derive->lock, model), "tag");
        if (tag.len != 0 && tag_is_derived(model)) {
            model->tag = tag;
        }
    }
    for (size_t i = 0; derive->lock->present && i < program->n_structs; i++) {
        struct dyn_struct *structure = program->structs[i];
        apply_fields(derive, structure->name, structure->was, structure->fields,
                     structure->n_fields);
    }
}

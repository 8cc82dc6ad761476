/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is stored already must still be found: the plan against the lock. Keys, tags, attribute names and types that
 * changed are errors that say which migration they would need; renames carry over through `@was(old)`.
 */
#include <stdlib.h>

#include "plan/derive.h"

struct check {
    struct dyn_derive *derive;
    const struct dyn_lock *lock;
    /** "table tag" and "enum tag" of every entry, retired ones too. */
    struct dynr_map tags;
};

static void put(struct dynr_map *map, struct dynr_str key, const void *value)
{
    if (!dynr_map_put(map, key, (void *)(uintptr_t)value, NULL)) {
        abort();
    }
}

static struct dyn_diag *report(struct check *check, enum dyn_code code,
                               const struct dyn_lock_entry *entry, struct dyn_span source,
                               struct dynr_str message)
{
    struct dyn_diags *diags = check->derive->diags;
    struct dyn_diag *diag = dyn_report(diags, code, entry->span, "%.*s", DYN_STR(message));
    dyn_diag_note(diags, diag, source, "declared here");
    return diag;
}

/* ---- templates with the names that the lock knows ---------------------------------------------------------- */

static struct dynr_str after_dot(struct dynr_str name)
{
    const char *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
    return dot == NULL ? name : dynr_str_make(dot + 1, name.len - (size_t)(dot + 1 - name.ptr));
}

static void write_locked_value(const struct check *check, const struct dyn_model *model,
                               const struct dyn_key_value *value, struct dynr_buf *out)
{
    for (size_t i = 0; i < value->n_path && model != NULL; i++) {
        const struct dyn_field *field = value->path[i];
        const struct dyn_lock_entry *entry =
            dyn_lock_find_member(check->lock, "field", model, field->name, field->was);
        dynr_buf_append_c(out, i == 0 ? "" : ".");
        dynr_buf_append_str(out, entry != NULL ? after_dot(entry->name) : field->name->text);
        bool is_reference = field->type->kind == DYN_TYPE_REF && field->type->model != NULL;
        if (is_reference && dyn_model_key_width(field->type->model) == 1) {
            return;
        }
        model = field->type->model;
    }
}

static void write_locked(const struct check *check, const struct dyn_model *model,
                         const struct dyn_key_template *key, struct dynr_buf *out)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        dynr_buf_append_str(out, key->pieces[i].literal);
        if (key->pieces[i].value != NULL) {
            dynr_buf_append_char(out, '{');
            write_locked_value(check, model, key->pieces[i].value, out);
            dynr_buf_append_char(out, '}');
        }
    }
}

static void check_template(struct check *check, const struct dyn_lock_entry *entry,
                           const char *word, const struct dyn_model *model,
                           const struct dyn_key_template *key, struct dyn_span source,
                           const char *help)
{
    struct dynr_str locked = dyn_lock_word(entry, word);
    struct dynr_buf now = {0};
    write_locked(check, model, key, &now);
    if (!dynr_str_equal(locked, dynr_buf_str(&now))) {
        struct dynr_str message =
            dyn_text(check->derive->arena, "the key of `%.*s` was `%.*s`, and would become `%.*s`",
                     DYN_STR(entry->name), DYN_STR(locked), DYN_STR(dynr_buf_str(&now)));
        struct dyn_diag *diag = report(check, DYN_CODE_LOCK_KEY_CHANGED, entry, source, message);
        dyn_diag_fact(check->derive->diags, diag,
                      "why: items that are stored under the old key would not be found");
        dyn_diag_help(check->derive->diags, diag, "%s", help);
    }
    dynr_buf_cleanup(&now);
}

/* ---- entries ----------------------------------------------------------------------------------------------- */

static void check_word(struct check *check, const struct dyn_lock_entry *entry, const char *word,
                       struct dynr_str now, struct dyn_span source, const char *what,
                       const char *help)
{
    struct dynr_str locked = dyn_lock_word(entry, word);
    if (dynr_str_equal(locked, now)) {
        return;
    }
    struct dynr_str message =
        dyn_text(check->derive->arena, "the %s of `%.*s` was `%.*s`, and would become `%.*s`", what,
                 DYN_STR(entry->name), DYN_STR(locked), DYN_STR(now));
    struct dyn_diag *diag = report(check, DYN_CODE_LOCK_KEY_CHANGED, entry, source, message);
    dyn_diag_fact(check->derive->diags, diag,
                  "why: items that are stored already have the old one");
    dyn_diag_help(check->derive->diags, diag, "%s", help);
}

static void check_table(struct check *check, const struct dyn_plan_table *plan_table)
{
    const struct dyn_table *table = plan_table->table;
    const struct dyn_lock_entry *entry = dyn_lock_find(check->lock, "table", table->name->text);
    if (entry == NULL) {
        return;
    }
    char types[2] = {plan_table->partition_type, plan_table->sort_type};
    static const char replaced[] =
        "a table's key cannot change: make a new table and copy the items";
    check_word(check, entry, "pk", table->partition_attribute, table->span, "partition key",
               replaced);
    check_word(check, entry, "sk", table->sort_attribute, table->span, "sort key", replaced);
    check_word(check, entry, "pk-type", dynr_str_make(&types[0], 1), table->span,
               "partition key's type", replaced);
    check_word(check, entry, "sk-type", dynr_str_make(&types[1], types[1] != 0 ? 1 : 0),
               table->span, "sort key's type", replaced);
    check_word(check, entry, "delimiter", dynr_str_make(&table->delimiter, 1), table->span,
               "delimiter", "keep it (`delimiter` in the table): it is part of every stored key");
    check_word(check, entry, "type", table->type_attribute, table->span, "type attribute",
               "keep it (`type` in the table): stored items have their tag there");
}

static struct dynr_str tag_key(struct check *check, const char *kind, struct dynr_str owner,
                               struct dynr_str tag)
{
    return dyn_text(check->derive->arena, "%s %.*s %.*s", kind, DYN_STR(owner), DYN_STR(tag));
}

static void report_reuse(struct check *check, const struct dyn_lock_entry *old,
                         struct dyn_span source, struct dynr_str name, struct dynr_str tag,
                         const char *help)
{
    struct dynr_str message =
        dyn_text(check->derive->arena, "`%.*s` would reuse the tag `%.*s` of `%.*s`", DYN_STR(name),
                 DYN_STR(tag), DYN_STR(old->name));
    struct dyn_diag *diag = report(check, DYN_CODE_LOCK_TAG_REUSED, old, source, message);
    dyn_diag_fact(check->derive->diags, diag,
                  "why: what is stored with this tag would be read as something else");
    dyn_diag_help(check->derive->diags, diag, "%s", help);
}

static void check_type(struct check *check, const struct dyn_lock_entry *entry,
                       const struct dyn_field *field)
{
    struct dynr_str locked = dyn_lock_word(entry, "type");
    struct dynr_buf now = {0};
    dyn_lock_type_write(field->type, &now);
    if (!dyn_lock_type_widens(locked, dynr_buf_str(&now))) {
        struct dynr_str message =
            dyn_text(check->derive->arena, "`%.*s` was `%.*s`, and would become `%.*s`",
                     DYN_STR(entry->name), DYN_STR(locked), DYN_STR(dynr_buf_str(&now)));
        struct dyn_diag *diag =
            report(check, DYN_CODE_LOCK_TYPE_CHANGED, entry, field->span, message);
        dyn_diag_fact(check->derive->diags, diag, "why: stored values may not be valid any more");
        dyn_diag_help(check->derive->diags, diag,
                      "widen it, or add a field with another name, fill it, and drop this one");
    }
    dynr_buf_cleanup(&now);
}

static void check_field(struct check *check, const struct dyn_name *owner,
                        const struct dyn_name *owner_was, const struct dyn_field *field)
{
    const struct dyn_lock_entry *entry =
        dyn_lock_find_owned(check->lock, "field", owner, owner_was, field->name, field->was);
    if (entry == NULL) {
        /* A field that comes back finds what its namesake left. */
        struct dynr_str name = dyn_text(check->derive->arena, "%.*s.%.*s", DYN_STR(owner->text),
                                        DYN_STR(field->name->text));
        entry = dyn_lock_find_any(check->lock, "field", name);
        if (entry == NULL || !dynr_str_equal(dyn_lock_word(entry, "attribute"), field->attribute)) {
            return;
        }
    }
    check_type(check, entry, field);
}

static void check_index(struct check *check, const struct dyn_model *model,
                        const struct dyn_requirement *requirement)
{
    struct dyn_name name = {requirement->name};
    const struct dyn_name *was = NULL;
    for (size_t i = 0; i < model->n_fields; i++) {
        if (dynr_str_equal(model->fields[i]->name->text, requirement->name)) {
            was = model->fields[i]->was;
        }
    }
    const struct dyn_lock_entry *entry =
        dyn_lock_find_member(check->lock, "index", model, &name, was);
    /* What another index served had no keys of its own. */
    if (entry == NULL || dyn_lock_word(entry, "served-by").len != 0) {
        return;
    }
    static const char help[] =
        "declare the new index beside this one, back-fill it, and drop this one later";
    check_template(check, entry, "pk", model, &requirement->partition, requirement->span, help);
    check_template(check, entry, "sk", model, &requirement->sort, requirement->span, help);
}

static void check_unique(struct check *check, const struct dyn_model *model,
                         const struct dyn_plan_unique *unique)
{
    const struct dyn_field *field = unique->unique->field;
    const struct dyn_lock_entry *entry =
        dyn_lock_find_member(check->lock, "unique", model, field->name, field->was);
    if (entry == NULL) {
        return;
    }
    static const char help[] =
        "write the guard items anew with a program of your own, then correct this line";
    check_template(check, entry, "pk", model, &unique->partition, unique->unique->span, help);
    check_word(check, entry, "fold", dynr_str_from_c(unique->unique->fold ? "yes" : "no"),
               unique->unique->span, "folding of case", help);
}

static void check_entity(struct check *check, const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    const struct dyn_lock_entry *entry = dyn_lock_find_model(check->lock, model);
    if (entry == NULL) {
        const struct dyn_lock_entry *old = dynr_map_get(
            &check->tags, tag_key(check, "model", model->table->name->text, model->tag));
        if (old != NULL) {
            report_reuse(check, old, model->span, model->name->text, model->tag,
                         "is it the same model under a new name? say so with `@was`; else give it "
                         "a `@tag` of its own");
        }
    } else {
        static const char moved[] =
            "copy the items with a program of your own, then remove this line";
        check_word(check, entry, "tag", model->tag, model->span, "tag",
                   "keep it: leave `@tag` out, or set it to what it was");
        check_word(check, entry, "table", model->table->name->text, model->span, "table", moved);
        check_template(check, entry, "pk", model, &entity->partition, model->span, moved);
        check_template(check, entry, "sk", model, &entity->sort, model->span, moved);
    }
    for (size_t i = 0; i < model->n_fields; i++) {
        check_field(check, model->name, model->was, model->fields[i]);
    }
    for (size_t i = 0; i < entity->n_requirements; i++) {
        check_index(check, model, entity->requirements[i]);
    }
    for (size_t i = 0; i < entity->n_uniques; i++) {
        check_unique(check, model, &entity->uniques[i]);
    }
}

static void check_enum(struct check *check, const struct dyn_enum *enumeration)
{
    for (size_t i = 0; i < enumeration->n_values; i++) {
        const struct dyn_enum_value *value = &enumeration->values[i];
        const struct dyn_lock_entry *entry = dyn_lock_find_owned(
            check->lock, "enum", enumeration->name, enumeration->was, value->name, NULL);
        struct dynr_str tag = dyn_text(check->derive->arena, "%d", (int)value->tag);
        if (entry != NULL) {
            if (!dynr_str_equal(dyn_lock_word(entry, "tag"), tag)) {
                struct dynr_str locked = dyn_lock_word(entry, "tag");
                struct dynr_str message = dyn_text(
                    check->derive->arena, "the tag of `%.*s` was %.*s, and would become %.*s",
                    DYN_STR(entry->name), DYN_STR(locked), DYN_STR(tag));
                struct dyn_diag *diag =
                    report(check, DYN_CODE_LOCK_TYPE_CHANGED, entry, value->span, message);
                dyn_diag_help(check->derive->diags, diag,
                              "tags are what is stored: keep them, add new ones at the end");
            }
            continue;
        }
        const struct dyn_name *owners[] = {enumeration->name, enumeration->was};
        for (size_t k = 0; k < 2; k++) {
            const struct dyn_lock_entry *old =
                owners[k] == NULL
                    ? NULL
                    : dynr_map_get(&check->tags, tag_key(check, "enum", owners[k]->text, tag));
            if (old != NULL) {
                report_reuse(check, old, value->span, value->name->text, tag,
                             "is it the same value under a new name? write that into this line of "
                             "the lock file; else give it a tag that was never used");
                break;
            }
        }
    }
}

static void note_tags(struct check *check)
{
    for (size_t i = 0; i < check->lock->n_entries; i++) {
        const struct dyn_lock_entry *entry = check->lock->entries[i];
        struct dynr_str tag = dyn_lock_word(entry, "tag");
        if (dynr_str_equal_c(entry->kind, "model")) {
            put(&check->tags, tag_key(check, "model", dyn_lock_word(entry, "table"), tag), entry);
        } else if (dynr_str_equal_c(entry->kind, "enum")) {
            const char *dot = memchr(entry->name.ptr, '.', entry->name.len);
            size_t len = dot == NULL ? entry->name.len : (size_t)(dot - entry->name.ptr);
            put(&check->tags, tag_key(check, "enum", dynr_str_make(entry->name.ptr, len), tag),
                entry);
        }
    }
}

void dyn_lock_check(struct dyn_derive *derive)
{
    if (!derive->lock->present) {
        return;
    }
    struct check check = {0};
    check.derive = derive;
    check.lock = derive->lock;
    dynr_map_init(&check.tags, NULL);
    note_tags(&check);
    for (size_t i = 0; i < derive->plan->n_tables; i++) {
        check_table(&check, derive->plan->tables[i]);
    }
    for (size_t i = 0; i < derive->plan->n_entities; i++) {
        check_entity(&check, derive->plan->entities[i]);
    }
    for (size_t i = 0; i < derive->program->n_structs; i++) {
        const struct dyn_struct *structure = derive->program->structs[i];
        for (size_t k = 0; k < structure->n_fields; k++) {
            check_field(&check, structure->name, structure->was, structure->fields[k]);
        }
    }
    for (size_t i = 0; i < derive->program->n_enums; i++) {
        check_enum(&check, derive->program->enums[i]);
    }
    dynr_map_cleanup(&check.tags);
    dyn_lock_check_added(derive);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stood in the lock file and is gone from the schema: renamed without `@was`, or dropped without a word. Where one new
 * name alone fits, the rest of the work takes it for the old one, so that there is one error for one cause.
 */
#include <stdio.h>
#include <stdlib.h>

#include "plan/derive.h"

/** A model, struct or enum of the schema. */
struct owner {
    const char *what;
    const struct dyn_name *name;
    const struct dyn_name **was;
    struct dyn_span span;
    struct dyn_field **fields;
    size_t n_fields;
    const struct dyn_enum *enumeration;
    /** NULL for structs and enums. */
    const struct dyn_model *model;
    bool is_locked;
};

/** The lines of one model, struct or enum in the lock file. */
struct group {
    struct dynr_str name;
    bool is_enum;
    /** The first of them. */
    const struct dyn_lock_entry *entry;
    struct owner *owner;
};

struct gone_check {
    struct dyn_derive *derive;
    struct owner *owners;
    size_t n_owners;
    struct group *groups;
    size_t n_groups;
    /** "field Todo" or "enum Kind" to its group. */
    struct dynr_map by_name;
};

/* ---- names of the lock file ---------------------------------------------------------------------------------- */

static struct dynr_str owner_part(struct dynr_str name)
{
    const char *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
    return dot == NULL ? name : dynr_str_make(name.ptr, (size_t)(dot - name.ptr));
}

static struct dynr_str member_part(struct dynr_str name)
{
    size_t owner = owner_part(name).len;
    return owner == name.len ? dynr_str_make(NULL, 0)
                             : dynr_str_make(name.ptr + owner + 1, name.len - owner - 1);
}

static bool is_name(const struct dyn_name *name, struct dynr_str text)
{
    return name != NULL && dynr_str_equal(name->text, text);
}

static struct group *group_of(const struct gone_check *check, const struct dyn_lock_entry *entry)
{
    bool is_enum = dynr_str_equal_c(entry->kind, "enum");
    struct dynr_str key = dyn_text(check->derive->arena, "%s %.*s", is_enum ? "enum" : "field",
                                   DYN_STR(owner_part(entry->name)));
    return dynr_map_get(&check->by_name, key);
}

static bool has_group(const struct dyn_lock_entry *entry)
{
    return !entry->retired &&
           (dynr_str_equal_c(entry->kind, "model") || dynr_str_equal_c(entry->kind, "field") ||
            dynr_str_equal_c(entry->kind, "enum"));
}

static void add_groups(struct gone_check *check)
{
    const struct dyn_lock *lock = check->derive->lock;
    check->groups =
        dyn_alloc_array(check->derive->arena, lock->n_entries + 1, sizeof *check->groups);
    for (size_t i = 0; i < lock->n_entries; i++) {
        const struct dyn_lock_entry *entry = lock->entries[i];
        if (!has_group(entry) || group_of(check, entry) != NULL) {
            continue;
        }
        struct group *group = &check->groups[check->n_groups++];
        group->name = owner_part(entry->name);
        group->is_enum = dynr_str_equal_c(entry->kind, "enum");
        group->entry = entry;
        struct dynr_str key = dyn_text(check->derive->arena, "%s %.*s",
                                       group->is_enum ? "enum" : "field", DYN_STR(group->name));
        if (!dynr_map_put(&check->by_name, key, group, NULL)) {
            abort();
        }
    }
}

/* ---- owners of the schema ------------------------------------------------------------------------------------ */

static void add_owners(struct gone_check *check)
{
    const struct dyn_program *program = check->derive->program;
    size_t n = program->n_models + program->n_structs + program->n_enums;
    check->owners = dyn_alloc_array(check->derive->arena, n + 1, sizeof *check->owners);
    for (size_t i = 0; i < program->n_models; i++) {
        struct dyn_model *model = program->models[i];
        check->owners[check->n_owners++] = (struct owner){
            .what = "model",
            .name = model->name,
            .was = &model->was,
            .span = model->span,
            .fields = model->fields,
            .n_fields = model->n_fields,
            .model = model,
        };
    }
    for (size_t i = 0; i < program->n_structs; i++) {
        struct dyn_struct *structure = program->structs[i];
        check->owners[check->n_owners++] = (struct owner){
            .what = "struct",
            .name = structure->name,
            .was = &structure->was,
            .span = structure->span,
            .fields = structure->fields,
            .n_fields = structure->n_fields,
        };
    }
    for (size_t i = 0; i < program->n_enums; i++) {
        struct dyn_enum *enumeration = program->enums[i];
        check->owners[check->n_owners++] = (struct owner){
            .what = "enum",
            .name = enumeration->name,
            .was = &enumeration->was,
            .span = enumeration->span,
            .enumeration = enumeration,
        };
    }
}

static void join_owners(struct gone_check *check)
{
    for (size_t i = 0; i < check->n_groups; i++) {
        struct group *group = &check->groups[i];
        for (size_t k = 0; k < check->n_owners && group->owner == NULL; k++) {
            struct owner *owner = &check->owners[k];
            if ((owner->enumeration != NULL) == group->is_enum &&
                (is_name(owner->name, group->name) || is_name(*owner->was, group->name))) {
                group->owner = owner;
                owner->is_locked = true;
            }
        }
    }
}

static const struct dyn_field *find_field(const struct owner *owner, struct dynr_str name)
{
    for (size_t i = 0; i < owner->n_fields; i++) {
        if (is_name(owner->fields[i]->name, name) || is_name(owner->fields[i]->was, name)) {
            return owner->fields[i];
        }
    }
    return NULL;
}

static bool has_value(const struct dyn_enum *enumeration, struct dynr_str name)
{
    for (size_t i = 0; i < enumeration->n_values; i++) {
        if (is_name(enumeration->values[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool has_member(const struct owner *owner, struct dynr_str name)
{
    return owner->enumeration != NULL ? has_value(owner->enumeration, name)
                                      : find_field(owner, name) != NULL;
}

/* ---- reporting ----------------------------------------------------------------------------------------------- */

static struct dyn_diag *report(struct gone_check *check, const struct dyn_lock_entry *entry,
                               const char *what, struct dynr_str name, const char *stored,
                               const char *why)
{
    struct dyn_diag *diag = dyn_report(
        check->derive->diags, DYN_CODE_LOCK_GONE, entry->span,
        "the %s `%.*s` is gone from the schema, and %s may be stored", what, DYN_STR(name), stored);
    dyn_diag_fact(check->derive->diags, diag, "why: %s", why);
    return diag;
}

static void help_to_drop(struct gone_check *check, struct dyn_diag *diag, const char *lines)
{
    dyn_diag_help(check->derive->diags, diag,
                  "dropped on purpose? write `retired` in front of %s in the lock file", lines);
    dyn_lock_help_delete(check->derive->diags, diag);
}

static void fix_with_was(struct gone_check *check, struct dyn_diag *diag, struct dyn_span at,
                         struct dynr_str old)
{
    dyn_diag_fix(check->derive->diags, diag, at,
                 dyn_text(check->derive->arena, " @was(%.*s)", DYN_STR(old)));
}

static const struct dyn_name *make_name(struct gone_check *check, struct dynr_str text)
{
    struct dyn_name *name = dyn_alloc(check->derive->arena, sizeof *name);
    name->text = text;
    return name;
}

/* ---- models, structs and enums ------------------------------------------------------------------------------- */

/* Whether all that the lock knows of the group is in the owner: more than a common `id`. */
static bool fits_owner(const struct gone_check *check, const struct group *group,
                       const struct owner *owner)
{
    if (owner->is_locked || *owner->was != NULL || (owner->enumeration != NULL) != group->is_enum) {
        return false;
    }
    bool is_model = dynr_str_equal_c(group->entry->kind, "model");
    if (!group->is_enum && (owner->model != NULL) != is_model) {
        return false;
    }
    size_t n = 0;
    const struct dyn_lock *lock = check->derive->lock;
    for (size_t i = 0; i < lock->n_entries; i++) {
        const struct dyn_lock_entry *entry = lock->entries[i];
        if (!has_group(entry) || group_of(check, entry) != group ||
            dynr_str_equal_c(entry->kind, "model")) {
            continue;
        }
        if (!has_member(owner, member_part(entry->name))) {
            return false;
        }
        n++;
    }
    return n > 1;
}

/* The owner that alone fits the group, and that no other lost group fits. */
static struct owner *find_new_owner(struct gone_check *check, const struct group *group)
{
    struct owner *found = NULL;
    for (size_t i = 0; i < check->n_owners; i++) {
        if (!fits_owner(check, group, &check->owners[i])) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = &check->owners[i];
    }
    for (size_t i = 0; found != NULL && i < check->n_groups; i++) {
        const struct group *other = &check->groups[i];
        if (other != group && other->owner == NULL && fits_owner(check, other, found)) {
            return NULL;
        }
    }
    return found;
}

/* DYN4105 says it then. */
static bool tag_is_reused(const struct gone_check *check, const struct dyn_lock_entry *entry)
{
    for (size_t i = 0; i < check->n_owners; i++) {
        const struct owner *owner = &check->owners[i];
        if (owner->model != NULL && !owner->is_locked && *owner->was == NULL &&
            dynr_str_equal(owner->model->tag, dyn_lock_word(entry, "tag")) &&
            dynr_str_equal(owner->model->table->name->text, dyn_lock_word(entry, "table"))) {
            return true;
        }
    }
    return false;
}

/* A struct or enum that only arguments had is not stored; the lock file says of a field no more than that it has one. */
static bool may_be_stored(const struct gone_check *check, const struct group *group)
{
    const char *kind = group->is_enum ? "enum" : "struct";
    const struct dyn_lock *lock = check->derive->lock;
    for (size_t i = 0; i < lock->n_entries; i++) {
        const struct dyn_lock_entry *entry = lock->entries[i];
        if (dynr_str_equal_c(entry->kind, "field") &&
            strstr(
                dyn_text(check->derive->arena, "%.*s", DYN_STR(dyn_lock_word(entry, "type"))).ptr,
                kind) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_lost_group(struct gone_check *check, struct group *group)
{
    struct dyn_diags *diags = check->derive->diags;
    bool is_model = dynr_str_equal_c(group->entry->kind, "model");
    const struct dyn_lock_entry *model =
        group->is_enum ? NULL : dyn_lock_find_any(check->derive->lock, "model", group->name);
    if ((model != NULL && model->retired) || (!is_model && !may_be_stored(check, group))) {
        return;
    }
    struct owner *owner = find_new_owner(check, group);
    if (owner == NULL && is_model && tag_is_reused(check, group->entry)) {
        return;
    }
    const char *what = is_model ? "model" : (group->is_enum ? "enum" : "struct");
    struct dyn_diag *diag = report(
        check, group->entry, what, group->name, is_model ? "rows of it" : "values of it",
        is_model ? "nothing would read them any more" : "how they are stored would be forgotten");
    if (owner == NULL) {
        dyn_diag_help(diags, diag, "renamed? write `@was(%.*s)` behind the new name",
                      DYN_STR(group->name));
    } else {
        dyn_diag_note(diags, diag, owner->span, "is this its new name?");
        dyn_diag_help(diags, diag, "renamed? write `%s %.*s @was(%.*s)`", owner->what,
                      DYN_STR(owner->name->text), DYN_STR(group->name));
        struct dyn_span behind = {owner->span.end, owner->span.end, owner->span.source};
        fix_with_was(check, diag, behind, group->name);
        *owner->was = make_name(check, group->name);
        owner->is_locked = true;
        group->owner = owner;
    }
    help_to_drop(check, diag, is_model ? "this line" : "its lines");
}

/* ---- fields -------------------------------------------------------------------------------------------------- */

static bool template_has(struct dynr_str text, struct dynr_str name)
{
    for (size_t i = 0; i + name.len + 1 < text.len; i++) {
        char after = text.ptr[i + name.len + 1];
        if (text.ptr[i] == '{' && (after == '}' || after == '.') &&
            dynr_str_equal(dynr_str_make(text.ptr + i + 1, name.len), name)) {
            return true;
        }
    }
    return false;
}

static bool is_in_base_key(const struct gone_check *check, const struct dyn_lock_entry *entry)
{
    const struct dyn_lock_entry *model =
        dyn_lock_find(check->derive->lock, "model", owner_part(entry->name));
    struct dynr_str name = member_part(entry->name);
    return template_has(dyn_lock_word(model, "pk"), name) ||
           template_has(dyn_lock_word(model, "sk"), name);
}

static bool fits_field(const struct gone_check *check, const struct dyn_lock_entry *entry,
                       const struct owner *owner, const struct dyn_field *field)
{
    if (field->was != NULL || field->is_key != is_in_base_key(check, entry) ||
        (field->origin != DYN_FIELD_DECLARED && field->origin != DYN_FIELD_PARENT) ||
        dyn_lock_find_owned(check->derive->lock, "field", owner->name, *owner->was, field->name,
                            NULL) != NULL) {
        return false;
    }
    struct dynr_buf type = {0};
    dyn_lock_type_write(field->type, &type);
    bool fits = dyn_lock_type_widens(dyn_lock_word(entry, "type"), dynr_buf_str(&type));
    dynr_buf_cleanup(&type);
    return fits;
}

static bool is_lost_field(const struct gone_check *check, const struct dyn_lock_entry *entry,
                          const struct owner *owner)
{
    return has_group(entry) && dynr_str_equal_c(entry->kind, "field") &&
           group_of(check, entry)->owner == owner &&
           find_field(owner, member_part(entry->name)) == NULL;
}

/* The field that alone fits the entry, and that no other lost entry fits. */
static struct dyn_field *find_new_field(const struct gone_check *check,
                                        const struct dyn_lock_entry *entry,
                                        const struct owner *owner)
{
    struct dyn_field *found = NULL;
    for (size_t i = 0; i < owner->n_fields; i++) {
        if (!fits_field(check, entry, owner, owner->fields[i])) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = owner->fields[i];
    }
    const struct dyn_lock *lock = check->derive->lock;
    for (size_t i = 0; found != NULL && i < lock->n_entries; i++) {
        const struct dyn_lock_entry *other = lock->entries[i];
        if (other != entry && is_lost_field(check, other, owner) &&
            fits_field(check, other, owner, found)) {
            return NULL;
        }
    }
    return found;
}

static void offer_field(struct gone_check *check, struct dyn_diag *diag,
                        const struct dyn_lock_entry *entry, const struct owner *owner,
                        struct dyn_field *field)
{
    struct dyn_diags *diags = check->derive->diags;
    struct dynr_str old = member_part(entry->name);
    dyn_diag_note(diags, diag, field->span, "is this its new name?");
    if (field->after_type.end == 0) {
        /* `in list: List` and the ends of a link have no place for an attribute. */
        dyn_diag_help(diags, diag,
                      "renamed? write `%.*s.%.*s` into this line of the lock file, and `{%.*s}` "
                      "into the keys that have `{%.*s}`",
                      DYN_STR(owner->name->text), DYN_STR(field->name->text),
                      DYN_STR(field->name->text), DYN_STR(old));
    } else {
        dyn_diag_help(diags, diag, "renamed? write `@was(%.*s)` behind the type of `%.*s`",
                      DYN_STR(old), DYN_STR(field->name->text));
        fix_with_was(check, diag, field->after_type, old);
    }
    field->was = make_name(check, old);
}

static void check_lost_field(struct gone_check *check, const struct dyn_lock_entry *entry,
                             const struct owner *owner)
{
    struct dyn_field *field = find_new_field(check, entry, owner);
    if (field == NULL && is_in_base_key(check, entry)) {
        /* DYN4068 says it. */
        return;
    }
    struct dyn_diag *diag = report(check, entry, "field", entry->name, "rows that have it",
                                   "its values stay in the rows, where nothing would read them");
    if (field == NULL) {
        dyn_diag_note(check->derive->diags, diag, owner->span, "it was here");
        dyn_diag_help(check->derive->diags, diag,
                      "renamed? write `@was(%.*s)` behind the type of the field that it is now",
                      DYN_STR(member_part(entry->name)));
    } else {
        offer_field(check, diag, entry, owner, field);
    }
    help_to_drop(check, diag, "this line");
}

/* ---- values of enums ----------------------------------------------------------------------------------------- */

static bool has_tag(const struct dyn_enum *enumeration, struct dynr_str tag)
{
    for (size_t i = 0; i < enumeration->n_values; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", (int)enumeration->values[i].tag);
        if (dynr_str_equal_c(tag, text)) {
            return true;
        }
    }
    return false;
}

static void check_lost_value(struct gone_check *check, const struct dyn_lock_entry *entry,
                             const struct owner *owner)
{
    if (has_tag(owner->enumeration, dyn_lock_word(entry, "tag"))) {
        /* DYN4105 or DYN4142 says it. */
        return;
    }
    struct dyn_diag *diag = report(check, entry, "value", entry->name, "rows that have it",
                                   "their tag would be read as unknown");
    dyn_diag_note(check->derive->diags, diag, owner->span, "it was here");
    dyn_diag_help(check->derive->diags, diag,
                  "renamed? give the new name its tag, and write it into this line");
    help_to_drop(check, diag, "this line");
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static void check_members(struct gone_check *check)
{
    const struct dyn_lock *lock = check->derive->lock;
    for (size_t i = 0; i < lock->n_entries; i++) {
        const struct dyn_lock_entry *entry = lock->entries[i];
        if (!has_group(entry) || dynr_str_equal_c(entry->kind, "model")) {
            continue;
        }
        const struct owner *owner = group_of(check, entry)->owner;
        if (owner == NULL || has_member(owner, member_part(entry->name))) {
            continue;
        }
        if (owner->enumeration != NULL) {
            check_lost_value(check, entry, owner);
        } else {
            check_lost_field(check, entry, owner);
        }
    }
}

void dyn_lock_check_gone(struct dyn_derive *derive)
{
    if (!derive->lock->present) {
        return;
    }
    struct gone_check check = {.derive = derive};
    dynr_map_init(&check.by_name, NULL);
    add_groups(&check);
    add_owners(&check);
    join_owners(&check);
    for (size_t i = 0; i < check.n_groups; i++) {
        if (check.groups[i].owner == NULL) {
            check_lost_group(&check, &check.groups[i]);
        }
    }
    check_members(&check);
    dynr_map_cleanup(&check.by_name);
}

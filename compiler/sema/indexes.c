/* SPDX-License-Identifier: Apache-2.0 */
/* `@index` and `@unique`. */
#include "sema/internal.h"

struct dyn_model_access *dyn_sema_access(struct dyn_sema *sema, struct dyn_sema_model *own,
                                         struct dyn_ast_name name)
{
    struct dyn_model_access *access = dynr_map_get(&own->accesses, name.name->text);
    if (access == NULL) {
        access = dyn_sema_alloc(sema, 1, sizeof *access);
        access->span = name.span;
        dynr_map_put(&own->accesses, name.name->text, access, NULL);
    }
    return access;
}

/* ---- @index ---------------------------------------------------------------------------------------------------- */

/* Fields of an index as they are collected. */
struct field_names {
    const struct dyn_field **fields;
    size_t n_fields;
};

struct index_parts {
    struct dyn_sema *sema;
    struct dyn_sema_model *own;
    struct field_names within;
    struct field_names sort;
    /** Some field beside the one that has the attribute. */
    bool has_others;
    struct dynr_map seen;
};

/* False: reported, or poisoned. */
static bool check_index_field(struct index_parts *parts, const struct dyn_field *field,
                              struct dyn_span span)
{
    struct dyn_sema *sema = parts->sema;
    if (field->type->kind == DYN_TYPE_ERROR) {
        return false;
    }
    const char *fault = dyn_type_key_fault(field->type);
    if (fault != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_INDEX, span, "`%.*s` cannot be part of an index",
                       DYN_NAME_ARG(field->name));
        dyn_sema_explain_key_fault(sema, diag, fault, field->type);
        return false;
    }
    if (dynr_map_get(&parts->seen, field->name->text) != NULL) {
        dyn_report(sema->diags, DYN_CODE_INDEX, span, "`%.*s` is twice in this index",
                   DYN_NAME_ARG(field->name));
        return false;
    }
    if (parts->has_others) {
        dynr_map_put(&parts->seen, field->name->text, parts, NULL);
    }
    return true;
}

static bool add_index_field(struct index_parts *parts, struct field_names *names,
                            const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = parts->sema;
    if (ast->kind == DYN_AST_ERROR) {
        return false;
    }
    if (ast->kind != DYN_AST_NAME) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INDEX, ast->span,
                                           "an index consists of fields of the model");
        dyn_diag_help(sema->diags, diag,
                      "name fields: sort: createdAt, or within: [region, status]");
        return false;
    }
    const struct dyn_field *field = dyn_sema_find_field(sema, parts->own, ast->name);
    if (field == NULL || !check_index_field(parts, field, ast->span)) {
        return false;
    }
    names->fields[names->n_fields++] = field;
    return true;
}

static void report_index_argument(struct dyn_sema *sema, const struct dyn_ast_expr *argument,
                                  const char *const *labels)
{
    const struct dyn_name *label = argument->label.name;
    if (label == NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INDEX, argument->span,
                                           "this argument of `@index` has no label");
        dyn_diag_help(sema->diags, diag, "write @index(sort: field), or @index(within: field)");
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INDEX, argument->label.span,
                                       "`@index` has no argument `%.*s`", DYN_NAME_ARG(label));
    dyn_sema_suggest(sema, diag, label->text, labels, NULL, NULL, 0);
}

static bool read_index_argument(struct index_parts *parts, const struct dyn_ast_expr *argument)
{
    static const char *const labels[] = {"sort", "within", NULL};
    struct dyn_sema *sema = parts->sema;
    const struct dyn_name *label = argument->label.name;
    if (argument->kind == DYN_AST_ERROR) {
        return false;
    }
    if (label != NULL && dynr_str_equal_c(label->text, "when")) {
        dyn_sema_not_supported(sema, argument->label.span,
                               "`when:` (an index over some of the rows) is");
        return false;
    }
    if (label == NULL || !dyn_is_word(label->text, labels)) {
        report_index_argument(sema, argument, labels);
        return false;
    }
    struct field_names *names =
        dynr_str_equal_c(label->text, "sort") ? &parts->sort : &parts->within;
    if (names->fields != NULL) {
        dyn_report(sema->diags, DYN_CODE_INDEX, argument->label.span, "`%.*s:` is written twice",
                   DYN_NAME_ARG(label));
        return false;
    }
    const struct dyn_ast_expr *first = argument->kind == DYN_AST_LIST ? argument->items : argument;
    size_t n = 0;
    for (const struct dyn_ast_expr *item = first; item != NULL; item = item->next) {
        n++;
    }
    /* Room for the field that has the attribute. */
    names->fields = dyn_sema_alloc(sema, n + 1, sizeof(const struct dyn_field *));
    if (argument->kind != DYN_AST_LIST) {
        return add_index_field(parts, names, argument);
    }
    bool good = true;
    for (const struct dyn_ast_expr *item = first; item != NULL; item = item->next) {
        good = add_index_field(parts, names, item) && good;
    }
    return good;
}

static const struct dyn_field **single_field(struct dyn_sema *sema, const struct dyn_field *field)
{
    const struct dyn_field **fields = dyn_sema_alloc(sema, 1, sizeof(const struct dyn_field *));
    fields[0] = field;
    return fields;
}

/* `within` takes the field's place as partition; the field is then the first that sorts. */
static void place_parts(struct index_parts *parts, const struct dyn_field *field,
                        struct dyn_index *index)
{
    if (parts->within.n_fields == 0) {
        index->partition = single_field(parts->sema, field);
        index->n_partition = 1;
        index->sort = parts->sort.fields;
        index->n_sort = parts->sort.n_fields;
        return;
    }
    index->partition = parts->within.fields;
    index->n_partition = parts->within.n_fields;
    index->sort =
        dyn_sema_alloc(parts->sema, parts->sort.n_fields + 1, sizeof(const struct dyn_field *));
    index->sort[0] = field;
    for (size_t i = 0; i < parts->sort.n_fields; i++) {
        index->sort[i + 1] = parts->sort.fields[i];
    }
    index->n_sort = parts->sort.n_fields + 1;
}

static void read_index(struct dyn_sema *sema, struct dyn_sema_model *own,
                       const struct dyn_model_member *member,
                       const struct dyn_ast_attribute *attribute)
{
    struct dyn_ast_name name = {.name = member->name, .span = member->span};
    struct dyn_model_access *access = dyn_sema_access(sema, own, name);
    if (access->written != NULL) {
        dyn_sema_duplicate(sema, name, access->span, "index");
        return;
    }
    struct index_parts parts = {
        .sema = sema, .own = own, .has_others = attribute->arguments != NULL};
    dyn_sema_map_init(sema, &parts.seen);
    bool good = check_index_field(&parts, member->field, attribute->span);
    for (const struct dyn_ast_expr *argument = attribute->arguments; argument != NULL;
         argument = argument->next) {
        good = read_index_argument(&parts, argument) && good;
    }
    if (!good) {
        return;
    }
    struct dyn_index *index = dyn_sema_alloc(sema, 1, sizeof *index);
    index->name = member->name;
    index->span = attribute->span;
    index->model = &own->model;
    place_parts(&parts, member->field, index);
    access->index = index;
    dyn_sema_push(sema, &own->indexes, index);
}

/* ---- @unique ----------------------------------------------------------------------------------------------------- */

static bool can_be_unique(const struct dyn_type *type)
{
    return dyn_type_is_text(type) || dyn_type_is_fixed_length(type);
}

/* False: reported. */
static bool read_fold(struct dyn_sema *sema, const struct dyn_ast_attribute *attribute,
                      const struct dyn_field *field, bool *out)
{
    const struct dyn_ast_expr *argument = attribute->arguments;
    if (argument == NULL) {
        return true;
    }
    if (argument->kind == DYN_AST_ERROR) {
        return false;
    }
    bool is_name =
        argument->kind == DYN_AST_NAME && argument->name.name != NULL && argument->next == NULL;
    if (is_name && dynr_str_equal_c(argument->name.name->text, "release")) {
        dyn_sema_not_supported(sema, attribute->span,
                               "`@unique(release)` (a deleted row gives up its value) is");
        return false;
    }
    if (!is_name || !dynr_str_equal_c(argument->name.name->text, "fold")) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNIQUE, argument->span, "`@unique` takes `fold` only");
        dyn_diag_help(sema->diags, diag, "@unique(fold) compares without case");
        return false;
    }
    if (!dyn_type_is_text(field->type)) {
        dyn_report(sema->diags, DYN_CODE_UNIQUE, argument->span,
                   "`fold` is for texts, and `%.*s` is `%.*s`", DYN_NAME_ARG(field->name),
                   DYN_STR_ARG(dyn_sema_type_text(sema, field->type)));
        return false;
    }
    *out = true;
    return true;
}

/* NULL: it can be unique. */
static const char *unique_fault(const struct dyn_sema_model *own, const struct dyn_field *field)
{
    if (!can_be_unique(field->type)) {
        return "unique values are texts, ids and times";
    }
    if (dyn_type_key_fault(field->type) != NULL) {
        return dyn_type_key_fault(field->type);
    }
    if (own->model.ttl != NULL) {
        return "rows of this model expire by themselves (`use ttl`), and nobody would give the "
               "value free again";
    }
    const struct dyn_sema_model *ancestor = own->parent;
    /* The bound ends the walk where parents form a cycle, which is reported elsewhere. */
    for (unsigned i = 0; ancestor != NULL && i <= DYN_KEY_WIDTH_MAX; i++) {
        if (ancestor->model.ttl != NULL) {
            return "rows that these stand under expire by themselves (`use ttl`), nobody deletes "
                   "these then, and the value would stay taken";
        }
        ancestor = ancestor->parent;
    }
    return NULL;
}

static void read_unique(struct dyn_sema *sema, struct dyn_sema_model *own,
                        const struct dyn_model_member *member,
                        const struct dyn_ast_attribute *attribute)
{
    const struct dyn_field *field = member->field;
    struct dyn_ast_name name = {.name = member->name, .span = member->span};
    struct dyn_model_access *access = dyn_sema_access(sema, own, name);
    if (field->type->kind == DYN_TYPE_ERROR) {
        return;
    }
    const char *fault = unique_fault(own, field);
    if (fault != NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNIQUE, attribute->span,
                                           "`%.*s` cannot be unique", DYN_NAME_ARG(field->name));
        dyn_sema_explain_key_fault(sema, diag, fault, field->type);
        return;
    }
    if (own->model.table != NULL && (own->model.table->targets & DYN_TARGET_ALTERNATOR) != 0) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_TARGET, attribute->span,
                       "`@unique` needs transactions, which the target `alternator` lacks");
        dyn_sema_note_table(sema, diag, own->model.table, "the table has that target");
        return;
    }
    bool fold = false;
    if (!read_fold(sema, attribute, field, &fold)) {
        return;
    }
    struct dyn_unique *unique = dyn_sema_alloc(sema, 1, sizeof *unique);
    unique->span = attribute->span;
    unique->field = field;
    unique->fold = fold;
    access->unique = unique;
    dyn_sema_push(sema, &own->uniques, unique);
}

void dyn_sema_model_indexes(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    for (size_t i = 0; i < own->members.n_entries; i++) {
        const struct dyn_model_member *member = own->members.entries[i].value;
        if (member->kind != DYN_MODEL_FIELD || member->ast == NULL) {
            continue;
        }
        const struct dyn_ast_attribute *index =
            dyn_find_attribute(member->ast->attributes, "index");
        const struct dyn_ast_attribute *unique =
            dyn_find_attribute(member->ast->attributes, "unique");
        if (index != NULL) {
            read_index(sema, own, member, index);
        }
        if (unique != NULL) {
            read_unique(sema, own, member, unique);
        }
    }
    own->model.indexes = (struct dyn_index **)(void *)own->indexes.items;
    own->model.n_indexes = own->indexes.n_items;
    own->model.uniques = (struct dyn_unique **)(void *)own->uniques.items;
    own->model.n_uniques = own->uniques.n_items;
}

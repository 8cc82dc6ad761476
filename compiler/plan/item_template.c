/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Item templates: the base key of every model and the guard items of its unique fields.
 *
 * Packed layout: a root is `USER#{id}` / `USER`; a child stands in its root's partition as `TODO#{id}`, deeper ones as
 * `COMMENT#{todo.id}#{id}`: the leaf's tag first, so that the kinds of items in a partition have disjoint prefixes.
 */
#include "plan/derive.h"

#include "base/key_codec.h"

static struct dynr_str delimiter_text(struct dyn_derive *derive, const struct dyn_model *model)
{
    return dyn_dup(derive->arena, dynr_str_make(&model->table->delimiter, 1));
}

static const struct dyn_model *root_of(const struct dyn_model *model)
{
    for (size_t depth = 0; model->parent != NULL && depth < DYN_KEY_DEPTH_MAX; depth++) {
        model = model->parent;
    }
    return model;
}

static void make_packed_key(struct dyn_derive *derive, struct dyn_plan_entity *entity,
                            const struct dyn_values *values)
{
    const struct dyn_model *model = entity->model;
    const struct dyn_table *table = model->table;
    struct dynr_str delimiter = delimiter_text(derive, model);
    const struct dyn_model *root = root_of(model);
    size_t n_root = root == model ? values->n : dyn_model_key_width(root);
    struct dyn_values partition = {0};
    for (size_t i = 0; i < n_root && i < values->n; i++) {
        dyn_values_add(derive->arena, &partition, values->items[i]);
    }
    struct dyn_template_builder builder = {0};
    builder.arena = derive->arena;
    dyn_template_literal(&builder, root->tag);
    dyn_template_literal(&builder, delimiter);
    dyn_template_values(&builder, &partition, 0, table->delimiter);
    dyn_template_finish(&builder, table->partition_attribute, table->delimiter, &entity->partition);

    memset(&builder, 0, sizeof builder);
    builder.arena = derive->arena;
    dyn_template_literal(&builder, model->tag);
    if (root != model && values->n > n_root) {
        dyn_template_literal(&builder, delimiter);
        dyn_template_values(&builder, values, n_root, table->delimiter);
    }
    dyn_template_finish(&builder, table->sort_attribute, table->delimiter, &entity->sort);
}

/* ---- written-out templates --------------------------------------------------------------------------------- */

static bool make_native(struct dyn_derive *derive, const struct dyn_model *model,
                        const struct dyn_written_template *written, struct dyn_key_template *out)
{
    const struct dyn_field *field = written->pieces[0].field;
    struct dyn_values values = {0};
    dyn_values_add_field(derive->arena, &values, field);
    if (values.n != 1 || dyn_native_key_type(values.items[0]->type) == 0) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
                       "`%.*s` cannot be a key attribute by itself", DYN_STR(field->name->text));
        dyn_diag_fact(derive->diags, diag,
                      "why: a key attribute is one text, number or binary value");
        dyn_diag_help(derive->diags, diag, "write a template: \"%.*s%c{%.*s}\"",
                      DYN_STR(model->tag), model->table->delimiter, DYN_STR(field->name->text));
        return false;
    }
    dyn_template_native(derive->arena, values.items[0], field->attribute, out);
    return true;
}

/* A value ends where the delimiter begins, since the codec escapes the delimiter and nothing else. */
static bool check_separated(struct dyn_derive *derive, const struct dyn_model *model,
                            const struct dyn_written_template *written,
                            const struct dyn_key_template *key)
{
    for (size_t i = 1; i < key->n_pieces; i++) {
        const struct dyn_key_piece *piece = &key->pieces[i];
        if (piece->literal.len == 0 || piece->literal.ptr[0] != key->delimiter) {
            struct dyn_diag *diag =
                dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
                           "a value in a key of `%.*s` could run into what follows it",
                           DYN_STR(model->name->text));
            dyn_diag_fact(derive->diags, diag,
                          "why: values are escaped for the table's delimiter `%c` only",
                          key->delimiter);
            dyn_diag_help(derive->diags, diag, "put `%c` behind each value", key->delimiter);
            return false;
        }
    }
    return true;
}

static bool check_types(struct dyn_derive *derive, const struct dyn_written_template *written,
                        const struct dyn_key_template *key)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        const struct dyn_key_value *value = key->pieces[i].value;
        if (value == NULL || value->type->kind == DYN_TYPE_BOOL) {
            continue;
        }
        if (dyn_native_key_type(value->type) == 0 || value->type->kind == DYN_TYPE_FLOAT) {
            dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
                       "`%.*s` has no order-preserving key text",
                       DYN_STR(value->path[0]->name->text));
            return false;
        }
    }
    return true;
}

bool dyn_written_template_make(struct dyn_derive *derive, const struct dyn_model *model,
                               const struct dyn_written_template *written,
                               struct dynr_str attribute, struct dyn_key_template *out)
{
    if (written->n_pieces == 0) {
        memset(out, 0, sizeof *out);
        dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
                   "this key template is empty");
        return false;
    }
    if (written->native) {
        return make_native(derive, model, written, out);
    }
    char delimiter = model->table->delimiter;
    struct dyn_template_builder builder = {0};
    builder.arena = derive->arena;
    for (size_t i = 0; i < written->n_pieces; i++) {
        const struct dyn_template_piece *piece = &written->pieces[i];
        dyn_template_literal(&builder, piece->literal);
        if (piece->field != NULL) {
            struct dyn_values values = {0};
            dyn_values_add_field(derive->arena, &values, piece->field);
            dyn_template_values(&builder, &values, 0, delimiter);
        }
    }
    dyn_template_finish(&builder, attribute, delimiter, out);
    if (!dynr_key_delimiter_is_ordered(delimiter)) {
        struct dyn_diag *diag = dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
                                           "keys cannot be joined by `%c`", delimiter);
        dyn_diag_help(derive->diags, diag, "use a delimiter from `!` to `+`, or native key fields");
        return false;
    }
    return check_separated(derive, model, written, out) && check_types(derive, written, out);
}

/* The base key holds exactly the key's values: fewer, and two rows share a key; more, and it cannot be built. */
static void check_key_values(struct dyn_derive *derive, const struct dyn_plan_entity *entity,
                             const struct dyn_values *key)
{
    const struct dyn_model *model = entity->model;
    struct dyn_values written = {0};
    dyn_template_collect(derive->arena, &entity->partition, &written);
    dyn_template_collect(derive->arena, &entity->sort, &written);
    for (size_t i = 0; i < key->n; i++) {
        if (!dyn_values_has(&written, key->items[i])) {
            const struct dynr_str name = key->items[i]->path[0]->name->text;
            struct dyn_diag *diag = dyn_report(
                derive->diags, DYN_CODE_KEY_TEMPLATE, model->written_key->span,
                "the key of `%.*s` leaves out `%.*s`", DYN_STR(model->name->text), DYN_STR(name));
            dyn_diag_fact(derive->diags, diag,
                          "why: two rows that differ only in `%.*s` would overwrite each other",
                          DYN_STR(name));
            dyn_diag_help(derive->diags, diag, "add `{%.*s}` to `pk` or `sk`", DYN_STR(name));
            return;
        }
    }
    for (size_t i = 0; i < written.n; i++) {
        if (!dyn_values_has(key, written.items[i])) {
            const struct dynr_str name = written.items[i]->path[0]->name->text;
            struct dyn_diag *diag = dyn_report(
                derive->diags, DYN_CODE_KEY_TEMPLATE, model->written_key->span,
                "`%.*s` is not a key field of `%.*s`", DYN_STR(name), DYN_STR(model->name->text));
            dyn_diag_help(derive->diags, diag, "mark it `@key`, or leave it out of the template");
            return;
        }
    }
}

static bool check_attribute(struct dyn_derive *derive, const struct dyn_written_template *written,
                            const struct dyn_key_template *key, struct dynr_str attribute,
                            const char *setting)
{
    if (!key->native || dynr_str_equal(key->attribute, attribute)) {
        return true;
    }
    struct dyn_diag *diag = dyn_report(
        derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
        "`%.*s` is stored in `%.*s`, not in the table's key attribute `%.*s`",
        DYN_STR(written->pieces[0].field->name->text), DYN_STR(key->attribute), DYN_STR(attribute));
    dyn_diag_help(derive->diags, diag,
                  "say `%s \"%.*s\"` in the table, or write a template in quotes", setting,
                  DYN_STR(key->attribute));
    return false;
}

static void make_written_key(struct dyn_derive *derive, struct dyn_plan_entity *entity,
                             const struct dyn_values *values)
{
    const struct dyn_model *model = entity->model;
    const struct dyn_written_key *written = model->written_key;
    const struct dyn_table *table = model->table;
    bool table_has_sort = table->sort_attribute.len != 0;
    if (written->has_sort != table_has_sort) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, written->span,
                       table_has_sort ? "the key of `%.*s` has no `sk`, its table has"
                                      : "the table of `%.*s` has no sort key",
                       DYN_STR(model->name->text));
        dyn_diag_help(derive->diags, diag,
                      table_has_sort ? "add `sk`, or say `sk none` in the table"
                                     : "leave `sk` out, or name one in the table");
        return;
    }
    bool ok = dyn_written_template_make(derive, model, &written->partition,
                                        table->partition_attribute, &entity->partition) &&
              check_attribute(derive, &written->partition, &entity->partition,
                              table->partition_attribute, "pk");
    if (ok && written->has_sort) {
        ok = dyn_written_template_make(derive, model, &written->sort, table->sort_attribute,
                                       &entity->sort) &&
             check_attribute(derive, &written->sort, &entity->sort, table->sort_attribute, "sk");
    }
    if (ok) {
        check_key_values(derive, entity, values);
    }
}

/* ---- guards ------------------------------------------------------------------------------------------------ */

static void make_unique(struct dyn_derive *derive, const struct dyn_plan_entity *entity,
                        const struct dyn_unique *unique, struct dyn_plan_unique *out)
{
    const struct dyn_table *table = entity->model->table;
    struct dyn_values values = {0};
    dyn_values_add_field(derive->arena, &values, unique->field);
    const struct dyn_lock_entry *locked = dyn_lock_find_member(
        derive->lock, "unique", entity->model, unique->field->name, unique->field->was);
    out->unique = unique;
    out->label = dyn_lock_word(locked, "label");
    if (out->label.len == 0) {
        out->label = dyn_text(derive->arena, "%.*s.%.*s", DYN_STR(entity->model->tag),
                              DYN_STR(unique->field->name->text));
    }
    struct dyn_template_builder builder = {0};
    builder.arena = derive->arena;
    dyn_template_literal(&builder, out->label);
    for (size_t i = 0; i < values.n; i++) {
        dyn_template_literal(&builder, delimiter_text(derive, entity->model));
        dyn_template_value(&builder, values.items[i], unique->fold);
    }
    dyn_template_finish(&builder, table->partition_attribute, table->delimiter, &out->partition);
    if (table->sort_attribute.len != 0) {
        memset(&builder, 0, sizeof builder);
        builder.arena = derive->arena;
        dyn_template_literal(&builder, dynr_str_from_c("UNIQUE"));
        dyn_template_finish(&builder, table->sort_attribute, table->delimiter, &out->sort);
    }
}

static void make_uniques(struct dyn_derive *derive, struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dyn_plan_unique *uniques =
        dyn_alloc_array(derive->arena, model->n_uniques, sizeof *uniques);
    for (size_t i = 0; i < model->n_uniques; i++) {
        make_unique(derive, entity, model->uniques[i], &uniques[i]);
    }
    entity->uniques = uniques;
    entity->n_uniques = model->n_uniques;
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static struct dyn_plan_table *find_table(const struct dyn_plan *plan, const struct dyn_table *table)
{
    for (size_t i = 0; i < plan->n_tables; i++) {
        if (plan->tables[i]->table == table) {
            /* The plan's own tables are made, and finished, here and in index_slots.c. */
            return plan->tables[i];
        }
    }
    return NULL;
}

/* All base keys of a table have one type. */
static void join_table(struct dyn_derive *derive, struct dyn_plan_table *table,
                       const struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dyn_span span = model->written_key != NULL ? model->written_key->span : model->span;
    char types[2] = {entity->partition.type,
                     entity->sort.n_pieces != 0 ? entity->sort.type : (char)0};
    if (entity->partition.n_pieces == 0) {
        return;
    }
    if (table->partition_type == 0) {
        table->partition_type = types[0];
        table->sort_type = types[1];
    } else if (table->partition_type != types[0] || table->sort_type != types[1]) {
        dyn_report(
            derive->diags, DYN_CODE_KEY_TEMPLATE, span,
            "the key of `%.*s` has another type than the keys of the other models in table `%.*s`",
            DYN_STR(model->name->text), DYN_STR(table->table->name->text));
    }
    if (model->ttl != NULL) {
        table->has_ttl = true;
    }
    for (size_t i = 0; i < model->n_uniques; i++) {
        if (types[0] != 'S' || (types[1] != 0 && types[1] != 'S')) {
            struct dyn_diag *diag =
                dyn_report(derive->diags, DYN_CODE_UNIQUE, model->uniques[i]->span,
                           "`@unique` needs a table whose keys are text");
            dyn_diag_fact(derive->diags, diag, "why: the guard item of a value has the key `%.*s`",
                          DYN_STR(entity->uniques[i].label));
        }
    }
}

static void make_entity(struct dyn_derive *derive, struct dyn_plan_entity *entity)
{
    const struct dyn_model *model = entity->model;
    struct dyn_values values = {0};
    for (size_t i = 0; i < model->n_key_fields; i++) {
        dyn_values_add_field(derive->arena, &values, model->fields[i]);
    }
    entity->key_values = values.items;
    entity->n_key_values = values.n;
    if (model->written_key != NULL) {
        make_written_key(derive, entity, &values);
    } else if (model->table->sort_attribute.len == 0) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_KEY_TEMPLATE, model->span,
                       "the packed layout needs a sort key, table `%.*s` has none",
                       DYN_STR(model->table->name->text));
        dyn_diag_help(derive->diags, diag,
                      "write the key out: `key pk ...`, or name `sk` in the table");
    } else {
        make_packed_key(derive, entity, &values);
    }
    make_uniques(derive, entity);
}

void dyn_derive_items(struct dyn_derive *derive)
{
    struct dyn_plan *plan = derive->plan;
    const struct dyn_program *program = derive->program;
    plan->tables = dyn_alloc_array(derive->arena, program->n_tables, sizeof *plan->tables);
    for (size_t i = 0; i < program->n_tables; i++) {
        struct dyn_plan_table *table = dyn_alloc(derive->arena, sizeof *table);
        table->table = program->tables[i];
        plan->tables[plan->n_tables++] = table;
    }
    for (size_t i = 0; i < plan->n_entities; i++) {
        struct dyn_plan_entity *entity = plan->entities[i];
        struct dyn_plan_table *table = find_table(plan, entity->model->table);
        entity->table = table;
        make_entity(derive, entity);
        if (table != NULL) {
            join_table(derive, table, entity);
        }
    }
    for (size_t i = 0; i < plan->n_tables; i++) {
        struct dyn_plan_table *table = find_table(plan, program->tables[i]);
        if (table != NULL && table->partition_type == 0) {
            table->partition_type = 'S';
            table->sort_type = table->table->sort_attribute.len != 0 ? 'S' : (char)0;
        }
    }
}

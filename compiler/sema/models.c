/* SPDX-License-Identifier: Apache-2.0 */
/* Models, step by step over all of them: each step needs the one before of every model. */
#include "sema/internal.h"

#define TAG_MAX 64

/* ---- headers --------------------------------------------------------------------------------------------------- */

static struct dynr_str default_tag(struct dyn_sema *sema, const struct dyn_name *name)
{
    char *text = dynr_arena_text(sema->arena, name->text.len + 1);
    for (size_t i = 0; i < name->text.len; i++) {
        char c = name->text.ptr[i];
        text[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return dynr_str_make(text, name->text.len);
}

static bool is_tag(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= TAG_MAX;
}

static void read_tag(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    own->model.tag = default_tag(sema, own->model.name);
    const struct dyn_ast_attribute *attribute = dyn_find_attribute(own->decl->attributes, "tag");
    if (attribute == NULL) {
        return;
    }
    const struct dyn_ast_expr *text =
        dyn_sema_attribute_argument(sema, attribute, DYN_AST_STRING, "@tag(\"TASK\")");
    if (text == NULL) {
        return;
    }
    if (!is_tag(text->text)) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_ATTRIBUTE, text->span, "this cannot be a tag");
        dyn_diag_fact(sema->diags, diag, "limit: a tag has 1 to %d letters, digits, `_` and `-`",
                      TAG_MAX);
        return;
    }
    own->model.tag = text->text;
}

static void read_table(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    const struct dyn_ast_attribute *attribute = dyn_find_attribute(own->decl->attributes, "table");
    if (attribute == NULL) {
        return;
    }
    const struct dyn_ast_expr *name =
        dyn_sema_attribute_argument(sema, attribute, DYN_AST_NAME, "@table(App)");
    if (name == NULL) {
        return;
    }
    const struct dyn_symbol *symbol =
        dyn_sema_find(sema, own->file, name->name, DYN_SYMBOL_BIT(DYN_SYMBOL_TABLE), "table");
    if (symbol != NULL) {
        const struct dyn_sema_table *table = symbol->object;
        own->model.table = &table->table;
        own->table_attribute = attribute;
    }
}

static void read_parent(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    const struct dyn_ast_decl *decl = own->decl;
    if (decl->parent_field.name == NULL) {
        /* The parser lost the parent's name: what depends on it is unknown. */
        own->key_poisoned = decl->parent_model.name != NULL;
        return;
    }
    if (!dyn_sema_check_name(sema, decl->parent_field)) {
        return;
    }
    struct dyn_sema_model *parent = dyn_sema_find_model(sema, own->file, decl->parent_model);
    const struct dyn_type *type =
        parent == NULL ? sema->error_type : dyn_sema_ref_type(sema, &parent->model);
    struct dyn_field *field =
        dyn_sema_add_field(sema, own, decl->parent_field, DYN_FIELD_PARENT, type, NULL);
    if (parent == NULL || field == NULL) {
        own->key_poisoned = true;
        return;
    }
    own->parent = parent;
    own->model.parent = &parent->model;
    dyn_sema_push(sema, &parent->children, &own->model);
}

static void read_header(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    static const char *const allowed[] = {"tag", "was", "table", NULL};
    const struct dyn_ast_decl *decl = own->decl;
    own->model.doc = decl->doc;
    own->model.span = decl->name.span;
    own->model.single = decl->single;
    dyn_sema_check_attributes(sema, decl->attributes, allowed, "a model");
    own->model.was = dyn_sema_was(sema, decl->attributes);
    read_tag(sema, own);
    read_table(sema, own);
    read_parent(sema, own);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* A child lives in its parent's partition, so in its table. Walks up to the first ancestor that knows its table. */
static const struct dyn_table *inherited_table(struct dyn_sema *sema,
                                               const struct dyn_sema_model *own)
{
    const struct dyn_sema_model *ancestor = own->parent;
    /* The bound ends the walk where parents form a cycle, which is reported elsewhere. */
    for (unsigned i = 0; ancestor != NULL && i <= DYN_KEY_WIDTH_MAX; i++) {
        if (ancestor->model.table != NULL) {
            return ancestor->model.table;
        }
        ancestor = ancestor->parent;
    }
    const struct dyn_sema_table *first = sema->tables.items[0];
    return &first->table;
}

static void check_table(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    if (own->parent == NULL || own->table_attribute == NULL ||
        own->model.table == own->parent->model.table) {
        return;
    }
    struct dyn_diag *diag = dyn_report(
        sema->diags, DYN_CODE_TABLE_SETTING, own->table_attribute->span,
        "`%.*s` is in `%.*s`, which is in the table `%.*s`", DYN_NAME_ARG(own->model.name),
        DYN_NAME_ARG(own->parent->model.name), DYN_NAME_ARG(own->parent->model.table->name));
    dyn_diag_help(sema->diags, diag, "drop `@table` here: a child is stored beside its parent");
    own->model.table = own->parent->model.table;
}

static void place_in_tables(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->models.n_items; i++) {
        struct dyn_sema_model *own = sema->models.items[i];
        if (own->model.table == NULL) {
            own->model.table = inherited_table(sema, own);
        }
    }
    for (size_t i = 0; i < sema->models.n_items; i++) {
        check_table(sema, sema->models.items[i]);
    }
}

/* ---- what must be distinct ------------------------------------------------------------------------------------------ */

static void check_tags(struct dyn_sema *sema)
{
    struct dynr_map seen;
    dyn_sema_map_init(sema, &seen);
    for (size_t i = 0; i < sema->models.n_items; i++) {
        struct dyn_sema_model *own = sema->models.items[i];
        struct dynr_str key =
            dynr_arena_printf(sema->arena, "%.*s %.*s", DYN_NAME_ARG(own->model.table->name),
                              DYN_STR_ARG(own->model.tag));
        const struct dyn_sema_model *first = dynr_map_get(&seen, key);
        if (first == NULL) {
            dynr_map_put(&seen, key, own, NULL);
            continue;
        }
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_TAG_COLLISION, own->model.span,
            "`%.*s` and `%.*s` have the same tag `%.*s`", DYN_NAME_ARG(first->model.name),
            DYN_NAME_ARG(own->model.name), DYN_STR_ARG(own->model.tag));
        dyn_diag_note(sema->diags, diag, first->model.span, "first declared here");
        dyn_diag_help(sema->diags, diag, "give one of them its own: @tag(\"%.*s2\")",
                      DYN_STR_ARG(own->model.tag));
    }
}

struct reserved_attribute {
    struct dynr_str name;
    const char *setting;
};

static void check_attribute_name(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                 const struct dyn_field *field)
{
    const struct dyn_table *table = own->model.table;
    const struct reserved_attribute reserved[] = {
        {table->partition_attribute, "pk"}, {table->sort_attribute, "sk"},
        {table->type_attribute, "type"},    {table->version_attribute, "version"},
        {table->ttl_attribute, "ttl"},
    };
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (!dynr_str_equal(field->attribute, reserved[i].name)) {
            continue;
        }
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_NAME_COLLISION, field->span,
                       "`%.*s` is the table's own attribute", DYN_STR_ARG(field->attribute));
        dyn_sema_note_table(sema, diag, table, "of this table");
        dyn_diag_fact(sema->diags, diag, "why: it is the table's `%s`", reserved[i].setting);
        dyn_diag_help(sema->diags, diag,
                      "rename the field, or write %s \"another_name\" in the table",
                      reserved[i].setting);
        return;
    }
}

static bool is_native_key(const struct dyn_sema_model *own, const struct dyn_field *field)
{
    const struct dyn_written_key *key = own->model.written_key;
    return key != NULL &&
           ((key->partition.native && key->partition.pieces[0].field == field) ||
            (key->has_sort && key->sort.native && key->sort.pieces[0].field == field));
}

static void name_attributes(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    for (size_t i = 0; i < own->model.n_fields; i++) {
        struct dyn_field *field = own->model.fields[i];
        if (field->origin == DYN_FIELD_VERSION) {
            field->attribute = own->model.table->version_attribute;
        } else if (field->origin == DYN_FIELD_TTL) {
            field->attribute = own->model.table->ttl_attribute;
        } else if (!is_native_key(own, field)) {
            check_attribute_name(sema, own, field);
        }
    }
}

/* An earlier name is that of one thing only, and of nothing that exists now. */
static void check_was(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    struct dynr_map earlier;
    dyn_sema_map_init(sema, &earlier);
    for (size_t i = 0; i < own->model.n_fields; i++) {
        struct dyn_field *field = own->model.fields[i];
        if (field->was == NULL) {
            continue;
        }
        const struct dyn_model_member *now = dynr_map_get(&own->members, field->was->text);
        const struct dyn_field *other = dynr_map_get(&earlier, field->was->text);
        if (now == NULL && other == NULL) {
            dynr_map_put(&earlier, field->was->text, field, NULL);
            continue;
        }
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_DUPLICATE, field->span,
                       now != NULL ? "`%.*s` was `%.*s`, but there is a field of that name"
                                   : "`%.*s` was `%.*s`, but so was another field",
                       DYN_NAME_ARG(field->name), DYN_NAME_ARG(field->was));
        dyn_diag_note(sema->diags, diag, now != NULL ? now->span : other->span, "the other one");
    }
}

/* ---- all models ------------------------------------------------------------------------------------------------------ */

static void read_defaults(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    for (size_t i = 0; i < own->members.n_entries; i++) {
        const struct dyn_model_member *member = own->members.entries[i].value;
        if (member->kind == DYN_MODEL_FIELD && member->ast != NULL) {
            member->field->default_value =
                dyn_sema_default(sema, own->file, member->ast->default_value, member->field->type,
                                 member->ast->name);
        }
    }
}

typedef void (*model_step_fn)(struct dyn_sema *sema, struct dyn_sema_model *own);

static void each_model(struct dyn_sema *sema, model_step_fn step)
{
    for (size_t i = 0; i < sema->models.n_items; i++) {
        step(sema, sema->models.items[i]);
    }
}

static void finish(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    (void)sema;
    own->model.children = (const struct dyn_model **)(void *)own->children.items;
    own->model.n_children = own->children.n_items;
}

void dyn_sema_models(struct dyn_sema *sema)
{
    each_model(sema, read_header);
    place_in_tables(sema);
    each_model(sema, dyn_sema_model_fields);
    each_model(sema, dyn_sema_model_traits);
    each_model(sema, dyn_sema_written_keys);
    each_model(sema, dyn_sema_model_key);
    each_model(sema, dyn_sema_link_end);
    dyn_sema_key_widths(sema);
    each_model(sema, dyn_sema_check_written_keys);
    each_model(sema, name_attributes);
    each_model(sema, read_defaults);
    each_model(sema, dyn_sema_model_relations);
    each_model(sema, dyn_sema_model_indexes);
    each_model(sema, check_was);
    each_model(sema, finish);
    check_tags(sema);
}

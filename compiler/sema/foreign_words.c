/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, functions and verbs as other languages have them, and what says the same here. */
#include "diag/foreign.h"
#include "sema/internal.h"

static const char no_column[] =
    "names in the database follow from the schema; `@was(old)` keeps the place of an earlier name";
static const char relation[] =
    "a reference is a field of the model's type, `author User @index`, and the other side names "
    "it: `posts Post[] via Post.author`";
static const char bounds[] = "bounds stand in the type: `string(1..80)`, `int(0..100)`";
static const char stamps[] = "write `use timestamps` in the model: it adds and sets both of them";

static const struct dyn_foreign_word key_words[] = {
    {"id", "key", "the key is marked with `@key`"},
    {"pk", "key", "the key is marked with `@key`"},
    {"primary", "key", "the key is marked with `@key`"},
    {"primarykey", "key", "the key is marked with `@key`"},
    {"partitionkey", "key",
     "the key is marked with `@key`; `dynrc tables` shows what becomes of it"},
    {"hashkey", "key", "the key is marked with `@key`; `dynrc tables` shows what becomes of it"},
};

static const struct dyn_foreign_word words[] = {
    {"sortkey", NULL,
     "fields of the key have `@key`, in their order; those of an index: `@index(sort: at)`"},
    {"rangekey", NULL,
     "fields of the key have `@key`, in their order; those of an index: `@index(sort: at)`"},
    {"relation", NULL, relation},
    {"references", NULL, relation},
    {"foreignkey", NULL, relation},
    {"belongsto", NULL, relation},
    {"hasone", NULL, relation},
    {"hasmany", NULL, relation},
    {"manytomany", NULL, "declare a link: `link Member between list: List, user: User { }`"},
    {"createdat", NULL, stamps},
    {"updatedat", NULL, stamps},
    {"timestamps", NULL, stamps},
    {"version", NULL, "write `use versioned` in the model"},
    {"softdelete", NULL, "write `use softDelete` in the model"},
    {"ttl", NULL, "write `use ttl(field)` in the model, with a field of type `timestamp`"},
    {"expires", NULL, "write `use ttl(field)` in the model, with a field of type `timestamp`"},
    {"autoincrement", NULL,
     "a number that counts up does not scale: `@auto` fills a `ulid` or a `uuid`"},
    {"generated", "auto", "`@auto` fills a `ulid`, a `uuid` or a `timestamp`"},
    {"map", NULL, no_column},
    {"column", NULL, no_column},
    {"name", NULL, no_column},
    {"db", NULL, "types are those of the language: what they are stored as is derived"},
    {"nullable", NULL, "write `?` behind the type"},
    {"optional", NULL, "write `?` behind the type"},
    {"required", NULL, "drop it: a field is required, unless `?` stands behind its type"},
    {"notnull", NULL, "drop it: a field is required, unless `?` stands behind its type"},
    {"length", NULL, bounds},
    {"size", NULL, bounds},
    {"min", NULL, bounds},
    {"max", NULL, bounds},
    {"range", NULL, bounds},
    {"auth", NULL, "who may do what is said by a `policy`: allow read if .owner == caller.userId"},
    {"allow", NULL, "who may do what is said by a `policy`: allow read if .owner == caller.userId"},
    {"rename", "was", "the name that a field had is said with `@was(old)`"},
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

bool dyn_sema_marks_key(const struct dyn_ast_attribute *attributes)
{
    for (; attributes != NULL; attributes = attributes->next) {
        const struct dyn_name *name = attributes->name.name;
        if (name != NULL && (dynr_str_equal_c(name->text, "key") ||
                             dyn_foreign_find(key_words, COUNT(key_words), name->text) != NULL)) {
            return true;
        }
    }
    return false;
}

/* `@default("x")`: what stands in it, as it would stand behind `=`. */
static void help_default(struct dyn_sema *sema, struct dyn_diag *diag,
                         const struct dyn_ast_attribute *attribute)
{
    const struct dyn_ast_expr *value = attribute->arguments;
    if (value == NULL || value->next != NULL || value->label.name != NULL ||
        value->kind == DYN_AST_ERROR) {
        dyn_diag_help(sema->diags, diag, "a default stands behind the type: `int = 0`");
        return;
    }
    bool is_call = value->kind == DYN_AST_CALL && value->name.name != NULL;
    bool is_made = is_call && !dynr_str_equal_c(value->name.name->text, "now");
    struct dynr_str source = sema->diags->sources->items[value->span.source].text;
    struct dynr_str text =
        dynr_str_make(source.ptr + value->span.start, value->span.end - value->span.start);
    struct dynr_str instead = is_made ? dynr_str_from_c("@auto")
                                      : dynr_arena_printf(sema->arena, "= %.*s", DYN_STR_ARG(text));
    dyn_diag_help(sema->diags, diag, "write `%.*s`", DYN_STR_ARG(instead));
    dyn_diag_fix(sema->diags, diag, attribute->span, instead);
}

bool dyn_sema_help_attribute(struct dyn_sema *sema, struct dyn_diag *diag,
                             const struct dyn_ast_attribute *attribute)
{
    struct dynr_str name = attribute->name.name->text;
    if (dynr_str_equal_c(name, "default")) {
        help_default(sema, diag, attribute);
        return true;
    }
    const struct dyn_foreign_word *word = dyn_foreign_find(key_words, COUNT(key_words), name);
    if (word == NULL) {
        word = dyn_foreign_find(words, COUNT(words), name);
    }
    if (word != NULL) {
        dyn_foreign_help(sema->diags, diag, word, attribute->name.span, true);
    }
    return word != NULL;
}

/* ---- functions ------------------------------------------------------------------------------------------------- */

static const char made[] = "an identifier is made where it is stored: `id ulid @key @auto`";
static const char no_case[] =
    "texts are compared as they are: `@unique(fold)` compares without case, other forms are fields "
    "of their own";

static const struct dyn_foreign_word functions[] = {
    {"avg", NULL, "the aggregates are `count`, `sum`, `min` and `max`, clauses of a query"},
    {"average", NULL, "the aggregates are `count`, `sum`, `min` and `max`, clauses of a query"},
    {"currenttimestamp", "now", NULL},
    {"getdate", "now", NULL},
    {"uuid", NULL, made},
    {"ulid", NULL, made},
    {"cuid", NULL, made},
    {"lower", NULL, no_case},
    {"upper", NULL, no_case},
    {"startswith", NULL, "write `.title begins_with text`"},
    {"beginswith", NULL, "write `.title begins_with text`"},
    {"contains", NULL, "write `.title contains text`"},
    {"exists", NULL, "write `.assignee exists`"},
    {"isnull", NULL, "write `.assignee == null`"},
    {"attributeexists", NULL, "write `.assignee exists`"},
    {"coalesce", NULL, "what may be absent is decided by `exists`, or has a default in the model"},
};

bool dyn_sema_help_function(struct dyn_sema *sema, struct dyn_diag *diag, struct dyn_ast_name name)
{
    const struct dyn_foreign_word *word =
        dyn_foreign_find(functions, COUNT(functions), name.name->text);
    if (word != NULL) {
        dyn_foreign_help(sema->diags, diag, word, name.span, true);
    }
    return word != NULL;
}

/* ---- verbs of policies ----------------------------------------------------------------------------------------- */

static const struct dyn_foreign_word verbs[] = {
    {"select", "read", NULL},     {"get", "read", NULL},        {"list", "read", NULL},
    {"view", "read", NULL},       {"find", "read", NULL},       {"insert", "create", NULL},
    {"add", "create", NULL},      {"put", "create", NULL},      {"edit", "update", NULL},
    {"modify", "update", NULL},   {"change", "update", NULL},   {"patch", "update", NULL},
    {"set", "update", NULL},      {"remove", "delete", NULL},   {"destroy", "delete", NULL},
    {"all", "read, write", NULL}, {"any", "read, write", NULL}, {"manage", "read, write", NULL},
};

bool dyn_sema_is_foreign_verb(const struct dyn_name *name)
{
    return dyn_foreign_find(verbs, COUNT(verbs), name->text) != NULL;
}

void dyn_sema_help_verb(struct dyn_sema *sema, struct dyn_diag *diag, struct dyn_ast_name name)
{
    dyn_foreign_help(sema->diags, diag, dyn_foreign_find(verbs, COUNT(verbs), name.name->text),
                     name.span, true);
}

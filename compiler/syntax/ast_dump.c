/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree as indented text: one node a line, `kind detail start..end`. Golden tests compare it, so it prints what is
 * there and nothing else.
 */
#include "syntax/ast.h"

struct dump {
    struct dynr_buf *out;
    int depth;
};

static const char *expr_word(enum dyn_ast_expr_kind kind)
{
    static const char *const words[] = {
        "null",      "bool",      "int",         "number",     "string",  "name",
        "row-field", "member",    "not",         "negate",     "and",     "or",
        "equal",     "not-equal", "less",        "less-equal", "greater", "greater-equal",
        "in",        "between",   "begins-with", "contains",   "exists",  "add",
        "subtract",  "call",      "list",        "object",     "error",
    };
    _Static_assert(sizeof words / sizeof words[0] == DYN_AST_ERROR + 1, "a word for each kind");
    return words[kind];
}

static void begin(const struct dump *dump, const char *word)
{
    dynr_buf_printf(dump->out, "%*s%s", dump->depth * 2, "", word);
}

static void add_name(const struct dump *dump, struct dyn_ast_name name)
{
    if (name.name == NULL) {
        dynr_buf_append_c(dump->out, " ?");
    } else {
        dynr_buf_printf(dump->out, " %.*s", (int)name.name->text.len, name.name->text.ptr);
    }
}

static void add_text(const struct dump *dump, struct dynr_str text)
{
    dynr_buf_append_char(dump->out, ' ');
    dynr_buf_append_json_string(dump->out, text);
}

static void end(const struct dump *dump, struct dyn_span span)
{
    dynr_buf_printf(dump->out, " %u..%u\n", (unsigned)span.start, (unsigned)span.end);
}

/* A name with a place of its own. */
static void dump_name(const struct dump *dump, const char *word, struct dyn_ast_name name)
{
    if (name.name != NULL) {
        begin(dump, word);
        add_name(dump, name);
        end(dump, name.span);
    }
}

static void dump_doc(const struct dump *dump, struct dynr_str doc)
{
    if (doc.len > 0) {
        begin(dump, "doc");
        add_text(dump, doc);
        dynr_buf_append_char(dump->out, '\n');
    }
}

static void dump_exprs(struct dump dump, const char *label, const struct dyn_ast_expr *exprs);

static void dump_expr(struct dump dump, const char *label, const struct dyn_ast_expr *expr)
{
    begin(&dump, label);
    if (expr->label.name != NULL) {
        dynr_buf_printf(dump.out, "%.*s: ", (int)expr->label.name->text.len,
                        expr->label.name->text.ptr);
    }
    dynr_buf_append_c(dump.out, expr_word(expr->kind));
    if (expr->name.name != NULL) {
        add_name(&dump, expr->name);
    }
    if (expr->kind == DYN_AST_STRING) {
        add_text(&dump, expr->text);
    } else if (expr->kind == DYN_AST_INT || expr->kind == DYN_AST_NUMBER ||
               expr->kind == DYN_AST_BOOL) {
        dynr_buf_printf(dump.out, " %.*s", (int)expr->text.len, expr->text.ptr);
    }
    end(&dump, expr->span);
    dump.depth++;
    if (expr->left != NULL) {
        dump_expr(dump, "", expr->left);
    }
    if (expr->right != NULL) {
        dump_expr(dump, "", expr->right);
    }
    dump_exprs(dump, "", expr->items);
}

static void dump_exprs(struct dump dump, const char *label, const struct dyn_ast_expr *exprs)
{
    for (; exprs != NULL; exprs = exprs->next) {
        dump_expr(dump, label, exprs);
    }
}

/* An optional expression behind a word. */
static void dump_part(struct dump dump, const char *label, const struct dyn_ast_expr *expr)
{
    if (expr != NULL) {
        dump_expr(dump, label, expr);
    }
}

static void dump_type(struct dump dump, const char *label, const struct dyn_ast_type *type)
{
    static const char *const words[] = {"named", "set", "map", "list", "ref", "id", "error"};
    if (type == NULL) {
        return;
    }
    begin(&dump, label);
    dynr_buf_append_c(dump.out, words[type->kind]);
    if (type->name.name != NULL) {
        add_name(&dump, type->name);
    }
    if (type->optional) {
        dynr_buf_append_c(dump.out, " optional");
    }
    end(&dump, type->span);
    dump.depth++;
    dump_part(dump, "width ", type->width);
    dump_part(dump, "low ", type->low);
    dump_part(dump, "high ", type->high);
    dump_part(dump, "max ", type->max);
    dump_type(dump, "of ", type->element);
}

static void dump_attributes(struct dump dump, const struct dyn_ast_attribute *attribute)
{
    for (; attribute != NULL; attribute = attribute->next) {
        begin(&dump, "attribute");
        add_name(&dump, attribute->name);
        if (attribute->has_arguments) {
            dynr_buf_append_c(dump.out, " ()");
        }
        end(&dump, attribute->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_exprs(inner, "", attribute->arguments);
    }
}

static void dump_fields(struct dump dump, const char *word, const struct dyn_ast_field *field)
{
    for (; field != NULL; field = field->next) {
        begin(&dump, word);
        add_name(&dump, field->name);
        end(&dump, field->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_doc(&inner, field->doc);
        dump_type(inner, "type ", field->type);
        dump_part(inner, "default ", field->default_value);
        dump_attributes(inner, field->attributes);
        dump_name(&inner, "via-model", field->via_model);
        dump_name(&inner, "via-field", field->via_field);
        dump_name(&inner, "through", field->through);
    }
}

static void dump_values(struct dump dump, const struct dyn_ast_enum_value *value)
{
    for (; value != NULL; value = value->next) {
        begin(&dump, "value");
        add_name(&dump, value->name);
        end(&dump, value->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_doc(&inner, value->doc);
        dump_part(inner, "tag ", value->tag);
    }
}

static void dump_template(const struct dump *dump, const char *word,
                          const struct dyn_ast_template *template)
{
    begin(dump, word);
    if (template->is_field) {
        add_name(dump, template->field);
    } else {
        add_text(dump, template->text);
    }
    end(dump, template->span);
}

static void dump_clauses(struct dump dump, const struct dyn_ast_decl *decl)
{
    struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
    for (const struct dyn_ast_trait *trait = decl->traits; trait != NULL; trait = trait->next) {
        begin(&dump, "use");
        add_name(&dump, trait->name);
        end(&dump, trait->span);
        dump_exprs(inner, "", trait->arguments);
    }
    for (const struct dyn_ast_key *key = decl->keys; key != NULL; key = key->next) {
        begin(&dump, key->is_index ? "index" : "key");
        if (key->is_index) {
            add_name(&dump, key->name);
        }
        if (key->physical_name.len > 0) {
            add_text(&dump, key->physical_name);
        }
        end(&dump, key->span);
        dump_template(&inner, "partition", &key->partition);
        if (key->has_sort) {
            dump_template(&inner, "sort", &key->sort);
        }
    }
    for (const struct dyn_ast_setting *setting = decl->settings; setting != NULL;
         setting = setting->next) {
        begin(&dump, "setting");
        add_name(&dump, setting->name);
        end(&dump, setting->span);
        dump_exprs(inner, "", setting->values);
    }
}

static void dump_selections(struct dump dump, const struct dyn_ast_selection *selection)
{
    for (; selection != NULL; selection = selection->next) {
        begin(&dump, "select");
        add_name(&dump, selection->name);
        end(&dump, selection->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_name(&inner, "as", selection->alias);
        dump_selections(inner, selection->children);
    }
}

static void dump_includes(struct dump dump, const struct dyn_ast_include *include)
{
    for (; include != NULL; include = include->next) {
        begin(&dump, "include");
        add_name(&dump, include->name);
        end(&dump, include->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_name(&inner, "as", include->alias);
        dump_part(inner, "where ", include->where);
        dump_part(inner, include->order_descending ? "order-desc " : "order ", include->order);
        dump_part(inner, "take ", include->take);
        dump_selections(inner, include->select);
    }
}

static void dump_statements(struct dump dump, const struct dyn_ast_statement *statement)
{
    static const char *const words[] = {"get",    "from",        "create",   "update",
                                        "delete", "transaction", "aggregate"};
    for (; statement != NULL; statement = statement->next) {
        begin(&dump, words[statement->kind]);
        if (statement->scan) {
            dynr_buf_append_c(dump.out, " scan");
        }
        if (statement->aggregate.name != NULL) {
            add_name(&dump, statement->aggregate);
        }
        if (statement->model.name != NULL) {
            add_name(&dump, statement->model);
        }
        end(&dump, statement->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_exprs(inner, "key ", statement->key);
        dump_part(inner, "over ", statement->operand);
        dump_part(inner, "in ", statement->in);
        dump_name(&inner, "by", statement->by);
        dump_part(inner, "by-value ", statement->by_value);
        dump_part(inner, "where ", statement->where);
        dump_part(inner, statement->order_descending ? "order-desc " : "order ", statement->order);
        dump_part(inner, "take ", statement->take);
        dump_selections(inner, statement->select);
        dump_includes(inner, statement->includes);
        for (const struct dyn_ast_assignment *set = statement->assignments; set != NULL;
             set = set->next) {
            begin(&inner, "set");
            add_name(&inner, set->name);
            end(&inner, set->span);
            struct dump value = {.out = dump.out, .depth = inner.depth + 1};
            dump_part(value, "", set->value);
        }
        dump_part(inner, "if ", statement->condition);
        dump_part(inner, "expecting ", statement->expecting);
        dump_name(&inner, "as", statement->alias);
        dump_statements(inner, statement->statements);
    }
}

static void dump_procedures(struct dump dump, const struct dyn_ast_procedure *procedure)
{
    for (; procedure != NULL; procedure = procedure->next) {
        begin(&dump, procedure->is_mutation ? "mutation" : "query");
        add_name(&dump, procedure->name);
        dynr_buf_append_c(dump.out, procedure->once ? " once" : "");
        end(&dump, procedure->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        dump_doc(&inner, procedure->doc);
        for (const struct dyn_ast_argument *argument = procedure->arguments; argument != NULL;
             argument = argument->next) {
            begin(&inner, "argument");
            add_name(&inner, argument->name);
            end(&inner, argument->span);
            struct dump part = {.out = dump.out, .depth = inner.depth + 1};
            dump_doc(&part, argument->doc);
            dump_type(part, "type ", argument->type);
            dump_part(part, "default ", argument->default_value);
        }
        dump_type(inner, "result ", procedure->result);
        if (procedure->is_extern) {
            begin(&inner, "extern");
            add_text(&inner, procedure->extern_symbol);
            end(&inner, procedure->extern_span);
        }
        dump_exprs(inner, "reads ", procedure->reads);
        dump_exprs(inner, "writes ", procedure->writes);
        dump_statements(inner, procedure->statements);
    }
}

static void dump_rules(struct dump dump, const struct dyn_ast_rule *rules)
{
    for (const struct dyn_ast_rule *rule = rules; rule != NULL; rule = rule->next) {
        begin(&dump, rule->kind == DYN_AST_LET ? "let" : "allow");
        if (rule->kind == DYN_AST_LET) {
            add_name(&dump, rule->name);
        }
        end(&dump, rule->span);
        struct dump inner = {.out = dump.out, .depth = dump.depth + 1};
        for (const struct dyn_ast_verb *verb = rule->verbs; verb != NULL; verb = verb->next) {
            begin(&inner, "verb");
            add_name(&inner, verb->name);
            end(&inner, verb->span);
            struct dump part = {.out = dump.out, .depth = inner.depth + 1};
            dump_exprs(part, "field ", verb->fields);
        }
        dump_part(inner, rule->kind == DYN_AST_LET ? "is " : "if ", rule->expr);
    }
}

static void dump_decl(struct dump dump, const struct dyn_ast_decl *decl)
{
    static const char *const words[] = {
        "table", "enum",   "struct", "model",       "context", "router", "public",
        "link",  "policy", "topic",  "materialize", "trait",   "error",
    };
    begin(&dump, words[decl->kind]);
    if (decl->kind != DYN_AST_PUBLIC) {
        add_name(&dump, decl->name);
    }
    dynr_buf_append_c(dump.out, decl->single ? " single" : "");
    end(&dump, decl->span);
    dump.depth++;
    dump_doc(&dump, decl->doc);
    dump_name(&dump, "parent-field", decl->parent_field);
    dump_name(&dump, "parent-model", decl->parent_model);
    dump_name(&dump, "context-name", decl->context_name);
    dump_name(&dump, "context-type", decl->context_type);
    dump_attributes(dump, decl->attributes);
    dump_exprs(dump, "public ", decl->names);
    dump_fields(dump, "end", decl->ends);
    dump_fields(dump, "field", decl->fields);
    dump_values(dump, decl->values);
    dump_clauses(dump, decl);
    dump_procedures(dump, decl->procedures);
    dump_rules(dump, decl->rules);
}

void dyn_ast_dump(const struct dyn_ast_file *file, struct dynr_buf *out)
{
    struct dump dump = {.out = out, .depth = 0};
    begin(&dump, "edition");
    dynr_buf_printf(out, " %d", file->edition);
    end(&dump, file->edition_span);
    dump_name(&dump, "namespace", file->namespace_name);
    for (const struct dyn_ast_import *import = file->imports; import != NULL;
         import = import->next) {
        begin(&dump, "import");
        add_text(&dump, import->path);
        end(&dump, import->span);
        struct dump inner = {.out = out, .depth = 1};
        dump_exprs(inner, "", import->names);
    }
    for (const struct dyn_ast_decl *decl = file->decls; decl != NULL; decl = decl->next) {
        dump_decl(dump, decl);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `create`, `update`, `delete` and `transaction`. */
#include "base/article.h"
#include "sema/internal.h"

/* DynamoDB's limit of actions in one transaction. */
#define TRANSACTION_MAX 100

static const char no_row_in_create[] = "a row that is created is not there yet";

/* ---- assignments ------------------------------------------------------------------------------------------------------ */

static const char *managed_by(const struct dyn_field *field)
{
    switch (field->origin) {
    case DYN_FIELD_CREATED_AT:
    case DYN_FIELD_UPDATED_AT:
        return "timestamps";
    case DYN_FIELD_VERSION:
        return "versioned";
    case DYN_FIELD_DELETED_AT:
        return "softDelete";
    case DYN_FIELD_DECLARED:
    case DYN_FIELD_PARENT:
    case DYN_FIELD_TTL:
        return NULL;
    }
    return NULL;
}

struct write_reader {
    struct dyn_sema *sema;
    struct dyn_sema_procedure *procedure;
    const struct dyn_sema_model *own;
    const struct dyn_ast_statement *ast;
    struct dyn_write *write;
};

static bool check_rekey(const struct write_reader *reader, const struct dyn_ast_assignment *ast)
{
    struct dyn_sema *sema = reader->sema;
    const struct dyn_model *model = &reader->own->model;
    if (model->n_children > 0 || reader->own->children.n_items > 0) {
        const struct dyn_model *child = reader->own->children.items[0];
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UPDATE_KEY, ast->name.span,
                       "`%.*s` is part of the key, and rows of `%.*s` are stored under it",
                       DYN_NAME_ARG(ast->name.name), DYN_NAME_ARG(child->name));
        dyn_diag_help(sema->diags, diag,
                      "moving a row with its children is not one write: create a new row, or use "
                      "an extern procedure");
        return false;
    }
    if ((model->table->targets & DYN_TARGET_ALTERNATOR) != 0) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_TARGET, ast->name.span,
            "setting a part of the key needs transactions, which the target `alternator` lacks");
        dyn_sema_note_table(sema, diag, model->table, "the table has that target");
        return false;
    }
    return true;
}

/* The field that may be set here, or NULL: reported, or poisoned. */
static const struct dyn_field *assigned_field(const struct write_reader *reader,
                                              const struct dyn_ast_assignment *ast)
{
    struct dyn_sema *sema = reader->sema;
    const struct dyn_field *field = dyn_sema_find_field(sema, reader->own, ast->name);
    if (field == NULL) {
        reader->procedure->poisoned = true;
        return NULL;
    }
    const char *trait = managed_by(field);
    if (trait != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, ast->name.span,
                       "`%.*s` is set by `use %s`", DYN_NAME_ARG(field->name), trait);
        dyn_diag_help(sema->diags, diag,
                      field->origin == DYN_FIELD_DELETED_AT
                          ? "leave it out: `delete` sets it"
                          : "leave it out: every write sets it by itself");
        return NULL;
    }
    if (field->is_key && reader->write->kind == DYN_WRITE_UPDATE && !check_rekey(reader, ast)) {
        return NULL;
    }
    return field;
}

/* `create Todo { list, text }`: each is the argument of the same name. */
static struct dyn_expr *short_value(const struct write_reader *reader, struct dyn_expr_scope *scope,
                                    const struct dyn_ast_assignment *ast,
                                    const struct dyn_field *field, struct dynr_str what)
{
    struct dyn_sema *sema = reader->sema;
    struct dyn_expr *value = dyn_sema_argument_expr(scope, ast->name);
    if (value == NULL) {
        if (!sema->has_holes) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_UNKNOWN_NAME, ast->name.span,
                           "there is no argument `%.*s`", DYN_NAME_ARG(ast->name.name));
            dyn_diag_help(sema->diags, diag, "declare it, or write the value: %.*s: value",
                          DYN_NAME_ARG(ast->name.name));
        }
        return dyn_sema_error_expr(sema, ast->name.span);
    }
    if (dyn_expr_is_error(value) || field->type->kind == DYN_TYPE_ERROR) {
        return value;
    }
    value = dyn_sema_adapt(sema, value, field->type);
    return dyn_sema_check_assignable(sema, value, field->type, what)
               ? value
               : dyn_sema_error_expr(sema, ast->name.span);
}

static void read_assignment(const struct write_reader *reader, const struct dyn_ast_assignment *ast,
                            struct dyn_assignment *assignment)
{
    struct dyn_sema *sema = reader->sema;
    const struct dyn_field *field = assigned_field(reader, ast);
    bool is_create = reader->write->kind == DYN_WRITE_CREATE;
    struct dyn_expr_scope scope =
        is_create ? dyn_sema_input_scope(sema, reader->procedure, no_row_in_create)
                  : dyn_sema_row_scope(sema, reader->procedure, reader->own);
    scope.allows_now = true;
    if (field == NULL) {
        /* The value is not checked without its type, but it uses its arguments. */
        reader->procedure->poisoned = true;
        return;
    }
    struct dynr_str what = dynr_arena_printf(sema->arena, "`%.*s`", DYN_NAME_ARG(field->name));
    assignment->field = field;
    assignment->span = ast->span;
    assignment->value = ast->value == NULL ? short_value(reader, &scope, ast, field, what)
                                           : dyn_sema_value(&scope, ast->value, field->type, what);
}

static void read_assignments(const struct write_reader *reader)
{
    struct dyn_sema *sema = reader->sema;
    size_t n = 0;
    for (const struct dyn_ast_assignment *ast = reader->ast->assignments; ast != NULL;
         ast = ast->next) {
        n++;
    }
    struct dyn_assignment *assignments = dyn_sema_alloc(sema, n, sizeof *assignments);
    struct dynr_map seen;
    dyn_sema_map_init(sema, &seen);
    for (struct dyn_ast_assignment *ast = reader->ast->assignments; ast != NULL; ast = ast->next) {
        if (ast->name.name == NULL) {
            reader->procedure->poisoned = true;
            continue;
        }
        const struct dyn_ast_assignment *first = dynr_map_get(&seen, ast->name.name->text);
        if (first != NULL) {
            dyn_sema_duplicate(sema, ast->name, first->name.span, "assignment");
            continue;
        }
        dynr_map_put(&seen, ast->name.name->text, ast, NULL);
        struct dyn_assignment assignment = {0};
        read_assignment(reader, ast, &assignment);
        if (assignment.value != NULL) {
            assignments[reader->write->n_assignments++] = assignment;
        }
    }
    reader->write->assignments = assignments;
}

/* ---- create ------------------------------------------------------------------------------------------------------------- */

/* A default that was refused is reported where it stands. */
static bool has_default(const struct dyn_sema_model *own, const struct dyn_field *field)
{
    const struct dyn_model_member *member = dynr_map_get(&own->members, field->name->text);
    return field->default_value != NULL ||
           (member != NULL && member->ast != NULL && member->ast->default_value != NULL);
}

static bool must_be_given(const struct dyn_sema_model *own, const struct dyn_field *field)
{
    return !field->type->optional && !has_default(own, field) && !field->automatic &&
           managed_by(field) == NULL && field->type->kind != DYN_TYPE_ERROR &&
           !dyn_type_is_container(field->type);
}

static void check_complete(const struct write_reader *reader)
{
    struct dyn_sema *sema = reader->sema;
    const struct dyn_model *model = &reader->own->model;
    struct dynr_str missing = dynr_str_make("", 0);
    const struct dyn_field *first = NULL;
    bool *given = dyn_sema_alloc(sema, model->n_fields, sizeof(bool));
    for (size_t i = 0; i < reader->write->n_assignments; i++) {
        given[reader->write->assignments[i].field->index] = true;
    }
    for (size_t i = 0; i < model->n_fields; i++) {
        if (!given[i] && must_be_given(reader->own, model->fields[i])) {
            missing =
                dynr_arena_printf(sema->arena, "%.*s%s`%.*s`", DYN_STR_ARG(missing),
                                  first == NULL ? "" : ", ", DYN_NAME_ARG(model->fields[i]->name));
            first = first == NULL ? model->fields[i] : first;
        }
    }
    if (first == NULL || reader->procedure->poisoned || sema->has_holes) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, reader->ast->model.span,
                   "this `%.*s` lacks %.*s", DYN_NAME_ARG(model->name), DYN_STR_ARG(missing));
    dyn_diag_note(sema->diags, diag, first->span, "declared without a default here");
}

/* ---- expecting ---------------------------------------------------------------------------------------------------------- */

static void read_expecting(const struct write_reader *reader)
{
    struct dyn_sema *sema = reader->sema;
    struct dyn_expr_scope scope =
        dyn_sema_input_scope(sema, reader->procedure, "`expecting` says what the caller has seen");
    struct dyn_expr *value =
        dyn_sema_expr(&scope, reader->ast->expecting, dyn_sema_plain_type(sema, DYN_TYPE_VERSION));
    if (dyn_expr_is_error(value)) {
        return;
    }
    if (reader->own->model.version == NULL) {
        if (!reader->own->poisoned) {
            struct dyn_diag *diag = dyn_report(
                sema->diags, DYN_CODE_EXPECTING, reader->ast->expecting->span,
                "`%.*s` has no version to compare with", DYN_NAME_ARG(reader->own->model.name));
            dyn_diag_note(sema->diags, diag, reader->own->model.span,
                          "add `use versioned` to the model");
        }
        return;
    }
    if (value->type->kind != DYN_TYPE_VERSION || value->type->optional ||
        value->kind == DYN_EXPR_INT) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_EXPECTING, value->span,
            "`expecting` needs the version that the caller has seen, and this is `%.*s`",
            DYN_STR_ARG(value->kind == DYN_EXPR_INT ? dynr_str_from_c("int")
                                                    : dyn_sema_type_text(sema, value->type)));
        if (value->kind == DYN_EXPR_ARGUMENT && value->n_path == 0) {
            dyn_diag_note(sema->diags, diag, value->field->span,
                          "declare the argument as `version`");
        } else {
            dyn_diag_help(sema->diags, diag, "pass it as an argument: expect: version");
        }
        return;
    }
    reader->write->expecting = value;
}

/* ---- one write ---------------------------------------------------------------------------------------------------------- */

static enum dyn_write_kind write_kind(enum dyn_ast_statement_kind kind)
{
    return kind == DYN_AST_CREATE ? DYN_WRITE_CREATE
                                  : (kind == DYN_AST_UPDATE ? DYN_WRITE_UPDATE : DYN_WRITE_DELETE);
}

/* False: the model is unknown, so there is no write. */
static bool read_write(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                       const struct dyn_ast_statement *ast, struct dyn_write *write)
{
    const struct dyn_sema_model *own = dyn_sema_find_model(sema, procedure->file, ast->model);
    if (own == NULL) {
        procedure->poisoned = true;
        return false;
    }
    struct write_reader reader = {
        .sema = sema, .procedure = procedure, .own = own, .ast = ast, .write = write};
    write->kind = write_kind(ast->kind);
    write->span = ast->span;
    write->model = &own->model;
    if (write->kind != DYN_WRITE_CREATE) {
        dyn_sema_key(sema, procedure, own, ast, DYN_CODE_MUTATION_SHAPE, &write->key,
                     &write->n_key);
    }
    size_t n_errors = sema->diags->n_errors;
    read_assignments(&reader);
    if (write->kind == DYN_WRITE_CREATE && sema->diags->n_errors == n_errors) {
        check_complete(&reader);
    }
    if (ast->condition != NULL) {
        struct dyn_expr_scope scope = dyn_sema_row_scope(sema, procedure, own);
        write->condition = dyn_sema_condition(&scope, ast->condition);
    }
    if (ast->expecting != NULL) {
        read_expecting(&reader);
    }
    if (write->kind == DYN_WRITE_UPDATE && ast->assignments == NULL && !sema->has_holes) {
        dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, ast->keyword, "this update sets nothing");
    }
    return true;
}

/* ---- transactions --------------------------------------------------------------------------------------------------------- */

static bool same_text(const struct dyn_expr *a, const struct dyn_expr *b)
{
    struct dynr_buf left;
    struct dynr_buf right;
    dynr_buf_init(&left, NULL, 0);
    dynr_buf_init(&right, NULL, 0);
    dyn_expr_write(a, &left);
    dyn_expr_write(b, &right);
    bool same = a->kind == b->kind && dynr_str_equal(dynr_buf_str(&left), dynr_buf_str(&right));
    dynr_buf_cleanup(&left);
    dynr_buf_cleanup(&right);
    return same;
}

/* The expression of key field `index` in a write, or NULL where it is not known here. */
static const struct dyn_expr *key_value(const struct dyn_write *write, size_t index)
{
    if (write->kind != DYN_WRITE_CREATE) {
        return index < write->n_key ? write->key[index] : NULL;
    }
    for (size_t i = 0; i < write->n_assignments; i++) {
        if (write->assignments[i].field->index == index) {
            return write->assignments[i].value;
        }
    }
    return NULL;
}

static bool same_row(const struct dyn_write *a, const struct dyn_write *b)
{
    if (a->model != b->model) {
        return false;
    }
    bool whole_a = a->kind != DYN_WRITE_CREATE && a->n_key == 1 && a->model->n_key_fields != 1;
    bool whole_b = b->kind != DYN_WRITE_CREATE && b->n_key == 1 && b->model->n_key_fields != 1;
    if (whole_a != whole_b) {
        return false;
    }
    size_t n = whole_a ? 1 : a->model->n_key_fields;
    for (size_t i = 0; i < n; i++) {
        const struct dyn_expr *left = key_value(a, i);
        const struct dyn_expr *right = key_value(b, i);
        if (left == NULL || right == NULL || dyn_expr_is_error(left) || dyn_expr_is_error(right) ||
            !same_text(left, right)) {
            return false;
        }
    }
    return n > 0;
}

static void check_transaction(struct dyn_sema *sema, const struct dyn_procedure *procedure,
                              const struct dyn_ast_statement *ast)
{
    const struct dyn_write *writes = procedure->writes;
    if (procedure->n_writes > TRANSACTION_MAX) {
        dyn_report(sema->diags, DYN_CODE_TRANSACTION, ast->keyword,
                   "a transaction has at most %d writes", TRANSACTION_MAX);
        return;
    }
    for (size_t i = 0; i < procedure->n_writes; i++) {
        if ((writes[i].model->table->targets & DYN_TARGET_ALTERNATOR) != 0) {
            struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TARGET, ast->keyword,
                                               "the target `alternator` has no transactions");
            dyn_sema_note_table(sema, diag, writes[i].model->table, "the table has that target");
            return;
        }
        for (size_t j = 0; j < i; j++) {
            if (same_row(&writes[j], &writes[i])) {
                struct dyn_diag *diag =
                    dyn_report(sema->diags, DYN_CODE_TRANSACTION, writes[i].span,
                               "this writes the same row once more");
                dyn_diag_note(sema->diags, diag, writes[j].span, "first written here");
                dyn_diag_help(sema->diags, diag, "a transaction writes a row once: join the two");
                return;
            }
        }
    }
}

/* ---- mutations -------------------------------------------------------------------------------------------------------------- */

static void refuse_read(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                        const struct dyn_ast_statement *ast)
{
    procedure->poisoned = true;
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, ast->keyword, "a mutation only writes");
    dyn_diag_help(sema->diags, diag, "put the read into a query, or into the `if` of the write");
}

static bool is_write(const struct dyn_ast_statement *ast)
{
    return ast->kind == DYN_AST_CREATE || ast->kind == DYN_AST_UPDATE ||
           ast->kind == DYN_AST_DELETE;
}

static void read_writes(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                        const struct dyn_ast_statement *statements)
{
    size_t n = 0;
    for (const struct dyn_ast_statement *ast = statements; ast != NULL; ast = ast->next) {
        n++;
    }
    struct dyn_write *writes = dyn_sema_alloc(sema, n, sizeof *writes);
    procedure->procedure.writes = writes;
    for (const struct dyn_ast_statement *ast = statements; ast != NULL; ast = ast->next) {
        if (ast->kind == DYN_AST_TRANSACTION) {
            dyn_report(sema->diags, DYN_CODE_TRANSACTION, ast->keyword, "transactions do not nest");
            procedure->poisoned = true;
        } else if (!is_write(ast)) {
            refuse_read(sema, procedure, ast);
        } else if (read_write(sema, procedure, ast, &writes[procedure->procedure.n_writes])) {
            procedure->procedure.n_writes++;
        }
    }
}

static void check_result(struct dyn_sema *sema, const struct dyn_sema_procedure *procedure)
{
    const struct dyn_procedure *result = &procedure->procedure;
    if (result->result_model == NULL || result->n_writes == 0 || procedure->poisoned) {
        return;
    }
    const struct dyn_write *last = &result->writes[result->n_writes - 1];
    if (last->model != result->result_model) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_MUTATION_SHAPE, procedure->ast->result->span,
            "the last write gives %s `%.*s`, not %s `%.*s`", dyn_article(last->model->name->text),
            DYN_NAME_ARG(last->model->name), dyn_article(result->result_model->name->text),
            DYN_NAME_ARG(result->result_model->name));
        dyn_diag_note(sema->diags, diag, last->span, "written here");
        bool is_written = false;
        for (size_t i = 0; i + 1 < result->n_writes; i++) {
            is_written = is_written || result->writes[i].model == result->result_model;
        }
        if (is_written) {
            dyn_diag_help(sema->diags, diag,
                          "put the write of the `%.*s` last: a mutation gives the row of its last "
                          "write",
                          DYN_NAME_ARG(result->result_model->name));
        } else {
            dyn_diag_help(sema->diags, diag, "write `-> %.*s`, or leave the result out",
                          DYN_NAME_ARG(last->model->name));
        }
    }
}

void dyn_sema_mutation(struct dyn_sema *sema, struct dyn_sema_procedure *procedure)
{
    const struct dyn_ast_statement *first = procedure->ast->statements;
    if (first == NULL) {
        if (!sema->has_holes) {
            dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, procedure->ast->head,
                       "this mutation writes nothing");
        }
        return;
    }
    if (first->kind == DYN_AST_TRANSACTION && first->next == NULL) {
        read_writes(sema, procedure, first->statements);
        if (first->statements == NULL && !sema->has_holes) {
            dyn_report(sema->diags, DYN_CODE_TRANSACTION, first->keyword,
                       "this transaction writes nothing");
        }
        check_transaction(sema, &procedure->procedure, first);
    } else {
        if (first->next != NULL && first->kind != DYN_AST_AGGREGATE &&
            first->next->kind != DYN_AST_AGGREGATE) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_TRANSACTION, first->next->keyword,
                           "several writes are not one unit by themselves");
            dyn_diag_help(
                sema->diags, diag,
                "put them into `transaction { ... }`, so that all of them happen or none");
            procedure->poisoned = true;
        }
        read_writes(sema, procedure,
                    first->kind == DYN_AST_TRANSACTION ? first->statements : first);
    }
    check_result(sema, procedure);
}

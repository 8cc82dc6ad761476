/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written-out keys: `key pk "ORG#{org}" sk "USER#{id}"`, `index byAlias pk "{scope}#{alias}" sort sequence`.
 * `{{` and `}}` stand for braces. A bare name is the field's own attribute, in its native type.
 */
#include "sema/internal.h"

struct template_reader {
    struct dyn_sema *sema;
    struct dyn_sema_model *own;
    const struct dyn_ast_template *ast;
    struct dyn_template_piece *pieces;
    size_t n_pieces;
    /** Every byte of the text stands in the source as it is, so that offsets are exact. */
    bool exact;
};

static struct dyn_span span_at(const struct template_reader *reader, size_t start, size_t end)
{
    struct dyn_span span = reader->ast->span;
    if (reader->exact) {
        span.start = reader->ast->span.start + 1 + (uint32_t)start;
        span.end = reader->ast->span.start + 1 + (uint32_t)end;
    }
    return span;
}

static bool report_template(const struct template_reader *reader, size_t start, size_t end,
                            const char *problem, const char *help)
{
    struct dyn_diag *diag = dyn_report(reader->sema->diags, DYN_CODE_KEY_TEMPLATE,
                                       span_at(reader, start, end), "%s", problem);
    if (help != NULL) {
        dyn_diag_help(reader->sema->diags, diag, "%s", help);
    }
    return false;
}

static void add_literal(struct template_reader *reader, struct dynr_str text, struct dyn_span span)
{
    if (text.len > 0) {
        struct dyn_template_piece *piece = &reader->pieces[reader->n_pieces++];
        piece->literal = text;
        piece->span = span;
    }
}

/* ---- pieces ---------------------------------------------------------------------------------------------------- */

static bool check_type(const struct template_reader *reader, const struct dyn_field *field,
                       struct dyn_span span)
{
    const char *fault = dyn_type_key_fault(field->type);
    if (fault == NULL && reader->ast->is_field &&
        (field->type->kind == DYN_TYPE_BOOL || field->type->kind == DYN_TYPE_REF)) {
        fault = "as an attribute of its own, a key is a text, a number or bytes";
    }
    if (fault == NULL) {
        return true;
    }
    struct dyn_diag *diag = dyn_report(reader->sema->diags, DYN_CODE_KEY_TEMPLATE, span,
                                       "`%.*s` cannot be part of a key", DYN_NAME_ARG(field->name));
    dyn_sema_explain_key_fault(reader->sema, diag, fault, field->type);
    return false;
}

static bool add_field(struct template_reader *reader, struct dyn_ast_name name)
{
    struct dyn_field *field = dyn_sema_find_field(reader->sema, reader->own, name);
    if (field == NULL || field->type->kind == DYN_TYPE_ERROR ||
        !check_type(reader, field, name.span)) {
        return false;
    }
    struct dyn_template_piece *piece = &reader->pieces[reader->n_pieces++];
    piece->field = field;
    piece->span = name.span;
    return true;
}

/* `{name}` at `start`; `end` is behind the brace. */
static bool add_placeholder(struct template_reader *reader, size_t start, size_t *out_end)
{
    struct dynr_str text = reader->ast->text;
    const char *close = memchr(text.ptr + start, '}', text.len - start);
    if (close == NULL) {
        return report_template(reader, start, text.len, "this `{` has no `}`",
                               "write `{{` for a brace itself");
    }
    size_t end = (size_t)(close - text.ptr);
    struct dynr_str inner = dynr_str_make(text.ptr + start + 1, end - start - 1);
    *out_end = end + 1;
    if (inner.len == 0) {
        return report_template(reader, start, end + 1, "a field's name is missing here",
                               "write `{{` for a brace itself");
    }
    if (memchr(inner.ptr, '.', inner.len) != NULL) {
        dyn_sema_not_supported(reader->sema, span_at(reader, start, end + 1),
                               "a part of a field in a key is");
        return false;
    }
    struct dyn_ast_name name = {
        .name = dyn_names_intern(reader->sema->names, dynr_arena_dup(reader->sema->arena, inner)),
        .span = span_at(reader, start + 1, end)};
    return add_field(reader, name);
}

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* Takes the literal at `start`, up to the next placeholder. */
static bool add_text(struct template_reader *reader, size_t start, size_t *out_end)
{
    struct dynr_str text = reader->ast->text;
    char *literal = dynr_arena_text(reader->sema->arena, text.len - start + 1);
    size_t len = 0;
    size_t i = start;
    while (i < text.len) {
        char c = text.ptr[i];
        bool doubled = (c == '{' || c == '}') && i + 1 < text.len && text.ptr[i + 1] == c;
        if (c == '{' && !doubled) {
            break;
        }
        if (c == '}' && !doubled) {
            return report_template(reader, i, i + 1, "this `}` has no `{`",
                                   "write `}}` for a brace itself");
        }
        if (!is_printable(c)) {
            return report_template(reader, i, i + 1, "literal text in keys is printable ASCII",
                                   NULL);
        }
        literal[len++] = c;
        i += doubled ? 2 : 1;
    }
    add_literal(reader, dynr_str_make(literal, len), span_at(reader, start, i));
    *out_end = i;
    return true;
}

static bool read_pieces(struct template_reader *reader)
{
    struct dynr_str text = reader->ast->text;
    bool good = true;
    size_t i = 0;
    while (i < text.len) {
        bool is_placeholder = text.ptr[i] == '{' && (i + 1 == text.len || text.ptr[i + 1] != '{');
        size_t end = text.len;
        bool piece_is_good =
            is_placeholder ? add_placeholder(reader, i, &end) : add_text(reader, i, &end);
        good = good && piece_is_good;
        i = end;
    }
    return good;
}

/* Two values side by side: ("ab", "c") and ("a", "bc") would be one key. */
static bool check_neighbours(const struct template_reader *reader)
{
    for (size_t i = 1; i < reader->n_pieces; i++) {
        const struct dyn_field *first = reader->pieces[i - 1].field;
        const struct dyn_field *second = reader->pieces[i].field;
        if (first == NULL || second == NULL || dyn_type_is_fixed_length(first->type)) {
            continue;
        }
        struct dyn_diag *diag =
            dyn_report(reader->sema->diags, DYN_CODE_KEY_TEMPLATE, reader->pieces[i].span,
                       "nothing stands between `%.*s` and `%.*s`", DYN_NAME_ARG(first->name),
                       DYN_NAME_ARG(second->name));
        dyn_diag_fact(
            reader->sema->diags, diag,
            "why: different rows could get the same key: \"ab\" + \"c\" is \"a\" + \"bc\"");
        dyn_diag_help(reader->sema->diags, diag,
                      "put a literal between them, as in \"{%.*s}#{%.*s}\"",
                      DYN_NAME_ARG(first->name), DYN_NAME_ARG(second->name));
        return false;
    }
    return true;
}

/* False: reported, or poisoned. */
static bool read_template(struct dyn_sema *sema, struct dyn_sema_model *own,
                          const struct dyn_ast_template *ast, struct dyn_written_template *out)
{
    struct template_reader reader = {.sema = sema, .own = own, .ast = ast};
    reader.exact = ast->span.end - ast->span.start == ast->text.len + 2;
    /* Each piece takes at least one byte of the text. */
    reader.pieces = dyn_sema_alloc(sema, ast->text.len + 1, sizeof *reader.pieces);
    out->span = ast->span;
    out->native = ast->is_field;
    bool good;
    if (ast->is_field) {
        good = ast->field.name != NULL && add_field(&reader, ast->field);
    } else if (ast->text.len == 0) {
        good = report_template(&reader, 0, 0, "a key attribute cannot be empty", NULL);
    } else {
        good = read_pieces(&reader) && check_neighbours(&reader);
    }
    out->pieces = reader.pieces;
    out->n_pieces = reader.n_pieces;
    return good;
}

/* ---- keys and indexes -------------------------------------------------------------------------------------------- */

static bool check_physical_name(struct dyn_sema *sema, const struct dyn_ast_key *ast)
{
    struct dynr_str text = ast->physical_name;
    if (text.len == 0) {
        return true;
    }
    bool good = text.len >= 3 && text.len <= 255;
    for (size_t i = 0; i < text.len && good; i++) {
        char c = text.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    }
    if (!good) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INDEX, ast->physical_span,
                                           "this cannot be the name of an index");
        dyn_diag_fact(sema->diags, diag,
                      "limit: names of indexes have 3 to 255 letters, digits, `_`, `-` and `.`");
    }
    return good;
}

/* NULL: reported, or poisoned. */
static struct dyn_written_key *read_key(struct dyn_sema *sema, struct dyn_sema_model *own,
                                        const struct dyn_ast_key *ast)
{
    struct dyn_written_key *key = dyn_sema_alloc(sema, 1, sizeof *key);
    key->span = ast->span;
    key->name = ast->is_index ? ast->name.name : NULL;
    key->physical_name = ast->physical_name;
    key->has_sort = ast->has_sort;
    bool good = check_physical_name(sema, ast);
    good = read_template(sema, own, &ast->partition, &key->partition) && good;
    if (ast->has_sort) {
        good = read_template(sema, own, &ast->sort, &key->sort) && good;
    }
    return good ? key : NULL;
}

static void read_index(struct dyn_sema *sema, struct dyn_sema_model *own,
                       const struct dyn_ast_key *ast)
{
    if (!dyn_sema_check_name(sema, ast->name)) {
        return;
    }
    const struct dyn_model_access *first = dynr_map_get(&own->accesses, ast->name.name->text);
    if (first != NULL) {
        dyn_sema_duplicate(sema, ast->name, first->span, "index");
        return;
    }
    struct dyn_model_access *access = dyn_sema_access(sema, own, ast->name);
    struct dyn_written_key *key = read_key(sema, own, ast);
    if (key != NULL) {
        access->written = key;
        dyn_sema_push(sema, &own->written_indexes, key);
    }
}

void dyn_sema_written_keys(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    const struct dyn_ast_key *base = NULL;
    for (const struct dyn_ast_key *ast = own->decl->keys; ast != NULL; ast = ast->next) {
        if (ast->is_index) {
            read_index(sema, own, ast);
        } else if (base != NULL) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_DUPLICATE, ast->span, "`%.*s` has two keys",
                           DYN_NAME_ARG(own->model.name));
            dyn_diag_note(sema->diags, diag, base->span, "first written here");
        } else {
            base = ast;
            own->model.written_key = read_key(sema, own, ast);
            own->key_poisoned = own->key_poisoned || own->model.written_key == NULL;
        }
    }
    own->model.written_indexes = (struct dyn_written_key **)(void *)own->written_indexes.items;
    own->model.n_written_indexes = own->written_indexes.n_items;
}

/* ---- coverage ------------------------------------------------------------------------------------------------------ */

/* Whether the base key's templates hold exactly the key fields: then they identify the row, and nothing else moves it. */
static void check_coverage(struct dyn_sema *sema, const struct dyn_sema_model *own)
{
    const struct dyn_written_key *key = own->model.written_key;
    const struct dyn_written_template *templates[] = {&key->partition, &key->sort};
    bool *held = dyn_sema_alloc(sema, own->model.n_fields, sizeof(bool));
    for (size_t i = 0; i < (key->has_sort ? 2u : 1u); i++) {
        for (size_t j = 0; j < templates[i]->n_pieces; j++) {
            const struct dyn_template_piece *piece = &templates[i]->pieces[j];
            if (piece->field == NULL) {
                continue;
            }
            held[piece->field->index] = true;
            if (!piece->field->is_key) {
                struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_KEY_TEMPLATE, piece->span,
                                                   "`%.*s` is in the key, but it is not `@key`",
                                                   DYN_NAME_ARG(piece->field->name));
                dyn_diag_help(sema->diags, diag, "mark it `@key`, or leave it out of the key");
                return;
            }
        }
    }
    for (size_t i = 0; i < own->model.n_key_fields; i++) {
        if (!held[i]) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_KEY_TEMPLATE, key->span,
                           "the key lacks `%.*s`, so rows that differ in it only would meet",
                           DYN_NAME_ARG(own->model.fields[i]->name));
            dyn_diag_note(sema->diags, diag, own->model.fields[i]->span,
                          "declared as part of the key");
            return;
        }
    }
}

/* The table's key attributes are what the templates fill. */
static void check_table(struct dyn_sema *sema, const struct dyn_sema_model *own)
{
    const struct dyn_written_key *key = own->model.written_key;
    const struct dyn_table *table = own->model.table;
    bool has_sort = table->sort_attribute.len > 0;
    if (has_sort == key->has_sort) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_KEY_TEMPLATE, key->span,
                   has_sort ? "the table has a sort key, but this key has none"
                            : "the table has no sort key, but this key has one");
    dyn_sema_note_table(sema, diag, table, "the table is declared here");
    dyn_diag_help(sema->diags, diag,
                  has_sort ? "add `sk \"...\"`, or write `sk none` in the table"
                           : "drop `sk`, or give the table one with `sk \"sk\"`");
}

/* A native part of the base key is stored in the table's key attribute itself. */
static void rename_native(struct dyn_sema_model *own, const struct dyn_written_template *written,
                          struct dynr_str attribute)
{
    if (written->native && written->n_pieces == 1) {
        own->model.fields[written->pieces[0].field->index]->attribute = attribute;
    }
}

void dyn_sema_check_written_keys(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    const struct dyn_written_key *key = own->model.written_key;
    if (own->key_poisoned) {
        return;
    }
    if (key == NULL) {
        if (own->model.table->sort_attribute.len == 0) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_KEY_TEMPLATE, own->decl->head,
                           "the table has no sort key, so `%.*s` needs a written key",
                           DYN_NAME_ARG(own->model.name));
            dyn_sema_note_table(sema, diag, own->model.table, "the table is declared here");
            dyn_diag_help(sema->diags, diag, "write `key pk id` in the model");
        }
        return;
    }
    check_table(sema, own);
    check_coverage(sema, own);
    rename_native(own, &key->partition, own->model.table->partition_attribute);
    if (key->has_sort) {
        rename_native(own, &key->sort, own->model.table->sort_attribute);
    }
}

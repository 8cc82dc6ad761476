/* SPDX-License-Identifier: Apache-2.0 */
/* Literals: what a number or a string means where a certain type is expected. */
#include "sema/internal.h"

#include "base/base64.h"
#include "base/json_read.h"
#include "base/number_text.h"
#include "dynr/value.h"

#define EMAIL_MAX 254

/* ---- numbers ------------------------------------------------------------------------------------------------- */

static struct dynr_str number_text(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                   bool negative)
{
    char *text = dynr_arena_text(sema->arena, ast->text.len + 1);
    size_t len = 0;
    if (negative) {
        text[len++] = '-';
    }
    for (size_t i = 0; i < ast->text.len; i++) {
        if (ast->text.ptr[i] != '_') {
            text[len++] = ast->text.ptr[i];
        }
    }
    return dynr_str_make(text, len);
}

static struct dyn_expr *report_literal(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                       const char *problem, const char *form)
{
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_LITERAL, ast->span, "%s", problem);
    if (form != NULL) {
        dyn_diag_help(sema->diags, diag, "%s", form);
    }
    return dyn_sema_error_expr(sema, ast->span);
}

static struct dyn_expr *decimal_literal(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                        struct dynr_str text)
{
    struct dynr_decimal decimal;
    if (dynr_decimal_parse(text, sema->arena, &decimal, NULL) != DYNR_OK) {
        return report_literal(
            sema, ast, "this number is none that DynamoDB can store",
            "numbers have at most 38 digits and lie between 1E-130 and 9.99E+125");
    }
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_NUMBER, ast->span,
                                              dyn_sema_plain_type(sema, DYN_TYPE_DECIMAL));
    expr->text = decimal.text;
    return expr;
}

static struct dyn_expr *float_literal(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                      struct dynr_str text)
{
    double value = 0;
    struct dynr_decimal decimal;
    if (!dynr_double_parse(text, &value) ||
        dynr_decimal_parse(text, sema->arena, &decimal, NULL) == DYNR_ERR_RANGE) {
        return report_literal(
            sema, ast, "this number is none that DynamoDB can store",
            "numbers have at most 38 digits and lie between 1E-130 and 9.99E+125");
    }
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_NUMBER, ast->span,
                                              dyn_sema_plain_type(sema, DYN_TYPE_FLOAT));
    expr->text = text;
    return expr;
}

static struct dyn_expr *int_literal(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                    struct dynr_str text, const struct dyn_type *expected)
{
    int64_t value = 0;
    if (!dynr_int64_parse(text, &value)) {
        return report_literal(sema, ast, "this number does not fit into 64 bits", NULL);
    }
    bool is_version = expected != NULL && expected->kind == DYN_TYPE_VERSION;
    struct dyn_type *type = dyn_sema_new_type(sema, is_version ? DYN_TYPE_VERSION : DYN_TYPE_INT);
    type->width = is_version ? 0 : 64;
    if (expected != NULL && expected->kind == DYN_TYPE_INT) {
        type->width = expected->width;
        if (type->width == 32 && (value < INT32_MIN || value > INT32_MAX)) {
            dyn_report(sema->diags, DYN_CODE_BOUNDS, ast->span, "%lld does not fit into int(32)",
                       (long long)value);
            return dyn_sema_error_expr(sema, ast->span);
        }
    }
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_INT, ast->span, type);
    expr->integer = value;
    return expr;
}

struct dyn_expr *dyn_sema_number(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                 bool negative, const struct dyn_type *expected)
{
    struct dynr_str text = number_text(sema, ast, negative);
    if (expected != NULL && expected->kind == DYN_TYPE_FLOAT) {
        return float_literal(sema, ast, text);
    }
    if (ast->kind == DYN_AST_NUMBER || (expected != NULL && expected->kind == DYN_TYPE_DECIMAL)) {
        return decimal_literal(sema, ast, text);
    }
    return int_literal(sema, ast, text, expected);
}

/* ---- strings ------------------------------------------------------------------------------------------------- */

static bool is_email(struct dynr_str text)
{
    const char *at = text.len == 0 ? NULL : memchr(text.ptr, '@', text.len);
    if (at == NULL || at == text.ptr || at + 1 == text.ptr + text.len || text.len > EMAIL_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] <= ' ' || (text.ptr[i] == '@' && text.ptr + i != at)) {
            return false;
        }
    }
    return true;
}

/* A scheme, "://" and something behind it, without spaces. */
static bool is_url(struct dynr_str text)
{
    size_t scheme = 0;
    while (scheme < text.len &&
           ((text.ptr[scheme] >= 'a' && text.ptr[scheme] <= 'z') || text.ptr[scheme] == '+')) {
        scheme++;
    }
    if (scheme == 0 || text.len <= scheme + 3 || memcmp(text.ptr + scheme, "://", 3) != 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] <= ' ') {
            return false;
        }
    }
    return true;
}

static bool is_json(struct dynr_str text)
{
    struct dynr_json_reader reader;
    dynr_json_reader_init(&reader, text);
    return dynr_json_skip(&reader, NULL) && dynr_json_finish(&reader);
}

static bool parse_date(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    struct dynr_date date;
    char form[DYNR_DATE_LENGTH];
    if (!dynr_date_parse(text, &date)) {
        return false;
    }
    dynr_date_format(date, form);
    *out = dynr_arena_dup(sema->arena, dynr_str_make(form, sizeof form));
    return true;
}

static bool parse_timestamp(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    struct dynr_timestamp timestamp;
    char form[DYNR_TIMESTAMP_LENGTH];
    if (!dynr_timestamp_parse(text, &timestamp)) {
        return false;
    }
    dynr_timestamp_format(timestamp, form);
    *out = dynr_arena_dup(sema->arena, dynr_str_make(form, sizeof form));
    return true;
}

static bool parse_ulid(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    struct dynr_ulid ulid;
    if (!dynr_ulid_parse(text, &ulid)) {
        return false;
    }
    *out = dynr_arena_dup(sema->arena, dynr_ulid_str(&ulid));
    return true;
}

static bool parse_uuid(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    struct dynr_uuid uuid;
    if (!dynr_uuid_parse(text, &uuid)) {
        return false;
    }
    *out = dynr_arena_dup(sema->arena, dynr_uuid_str(&uuid));
    return true;
}

static bool parse_bytes(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    (void)out;
    struct dynr_bytes bytes;
    return dynr_base64_decode(text, sema->arena, &bytes);
}

static bool parse_email(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    (void)sema;
    (void)out;
    return is_email(text);
}

static bool parse_url(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    (void)sema;
    (void)out;
    return is_url(text);
}

static bool parse_json(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out)
{
    (void)sema;
    (void)out;
    return is_json(text);
}

/* Leaves `out` alone where the text is canonical as it is written. */
typedef bool (*parse_literal_fn)(struct dyn_sema *sema, struct dynr_str text, struct dynr_str *out);

struct text_form {
    enum dyn_type_kind kind;
    parse_literal_fn parse;
    const char *problem;
    const char *form;
};

static const struct text_form text_forms[] = {
    {DYN_TYPE_DATE, parse_date, "this is not a date", "dates are written \"2026-01-31\""},
    {DYN_TYPE_TIMESTAMP, parse_timestamp, "this is not a timestamp",
     "timestamps are written \"2026-01-31T12:00:00Z\""},
    {DYN_TYPE_EPOCH, parse_timestamp, "this is not a timestamp",
     "timestamps are written \"2026-01-31T12:00:00Z\""},
    {DYN_TYPE_ULID, parse_ulid, "this is not a ULID",
     "ULIDs have 26 characters of Crockford's base 32"},
    {DYN_TYPE_UUID, parse_uuid, "this is not a UUID",
     "UUIDs are written \"123e4567-e89b-12d3-a456-426614174000\""},
    {DYN_TYPE_EMAIL, parse_email, "this is not an e-mail address",
     "addresses are written \"name@example.org\""},
    {DYN_TYPE_URL, parse_url, "this is not a URL", "URLs are written \"https://example.org/\""},
    {DYN_TYPE_BYTES, parse_bytes, "this is not base64",
     "bytes are written in base64 with padding, as \"aGVsbG8=\""},
    {DYN_TYPE_JSON, parse_json, "this is not JSON",
     "a json value is written as a string that holds JSON"},
};

static const struct text_form *find_form(const struct dyn_type *expected)
{
    for (size_t i = 0; expected != NULL && i < sizeof text_forms / sizeof text_forms[0]; i++) {
        if (text_forms[i].kind == expected->kind) {
            return &text_forms[i];
        }
    }
    return NULL;
}

struct dyn_expr *dyn_sema_string(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                 const struct dyn_type *expected)
{
    /* A reference to a model with a single key value is written as that value. */
    if (expected != NULL && expected->kind == DYN_TYPE_REF) {
        expected = dyn_model_single_key(expected->model);
    }
    const struct text_form *form = find_form(expected);
    struct dynr_str text = ast->text;
    if (form != NULL && !form->parse(sema, ast->text, &text)) {
        return report_literal(sema, ast, form->problem, form->form);
    }
    enum dyn_type_kind kind = form == NULL ? DYN_TYPE_STRING : form->kind;
    struct dyn_expr *expr =
        dyn_sema_new_expr(sema, DYN_EXPR_STRING, ast->span, dyn_sema_plain_type(sema, kind));
    expr->text = text;
    return expr;
}

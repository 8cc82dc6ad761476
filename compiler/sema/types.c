/* SPDX-License-Identifier: Apache-2.0 */
/* Types as written -> types. */
#include "sema/internal.h"

#include "base/article.h"
#include "base/number_text.h"

/* A string, list or map cannot be larger than an item. */
#define SIZE_MAX_OF_ITEM 409600

struct scalar {
    const char *name;
    enum dyn_type_kind kind;
    /* What its bounds count, or NULL: it has none. */
    const char *bounds;
};

static const struct scalar scalars[] = {
    {"string", DYN_TYPE_STRING, "length"}, {"bool", DYN_TYPE_BOOL, NULL},
    {"int", DYN_TYPE_INT, "value"},        {"float", DYN_TYPE_FLOAT, NULL},
    {"decimal", DYN_TYPE_DECIMAL, NULL},   {"bytes", DYN_TYPE_BYTES, "length"},
    {"date", DYN_TYPE_DATE, NULL},         {"timestamp", DYN_TYPE_TIMESTAMP, NULL},
    {"ulid", DYN_TYPE_ULID, NULL},         {"uuid", DYN_TYPE_UUID, NULL},
    {"email", DYN_TYPE_EMAIL, "length"},   {"url", DYN_TYPE_URL, "length"},
    {"json", DYN_TYPE_JSON, NULL},         {"version", DYN_TYPE_VERSION, NULL},
};
#define N_SCALARS (sizeof scalars / sizeof scalars[0])

/* ORDER scalars */
const char *const dyn_scalar_names[] = {"string", "bool", "int",       "float",   "decimal",
                                        "bytes",  "date", "timestamp", "ulid",    "uuid",
                                        "email",  "url",  "json",      "version", NULL};

struct resolver {
    struct dyn_sema *sema;
    struct dyn_sema_file *file;
    enum dyn_type_place place;
    unsigned depth;
};

struct dyn_type *dyn_sema_new_type(struct dyn_sema *sema, enum dyn_type_kind kind)
{
    struct dyn_type *type = dyn_sema_alloc(sema, 1, sizeof *type);
    type->kind = kind;
    return type;
}

const struct dyn_type *dyn_sema_plain_type(struct dyn_sema *sema, enum dyn_type_kind kind)
{
    if (sema->plain_types[kind] == NULL) {
        struct dyn_type *type = dyn_sema_new_type(sema, kind);
        type->width = kind == DYN_TYPE_INT ? 64 : 0;
        sema->plain_types[kind] = type;
    }
    return sema->plain_types[kind];
}

const struct dyn_type *dyn_sema_ref_type(struct dyn_sema *sema, const struct dyn_model *model)
{
    struct dyn_type *type = dyn_sema_new_type(sema, DYN_TYPE_REF);
    type->model = model;
    return type;
}

const struct dyn_type *dyn_sema_optional(struct dyn_sema *sema, const struct dyn_type *type,
                                         bool optional)
{
    if (type->optional == optional || type->kind == DYN_TYPE_ERROR) {
        return type;
    }
    struct dyn_type *copy = dyn_sema_new_type(sema, type->kind);
    *copy = *type;
    copy->optional = optional;
    return copy;
}

/* ---- bounds -------------------------------------------------------------------------------------------------- */

static bool parse_int(struct dynr_str text, bool negative, int64_t *out)
{
    char digits[64];
    size_t len = 0;
    if (negative) {
        digits[len++] = '-';
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_') {
            if (len == sizeof digits) {
                return false;
            }
            digits[len++] = text.ptr[i];
        }
    }
    return dynr_int64_parse(dynr_str_make(digits, len), out);
}

bool dyn_sema_constant_int(struct dyn_sema *sema, const struct dyn_ast_expr *expr, int64_t *out)
{
    if (expr->kind == DYN_AST_ERROR) {
        return false;
    }
    bool negative = expr->kind == DYN_AST_NEGATE && expr->left != NULL;
    const struct dyn_ast_expr *number = negative ? expr->left : expr;
    if (number->kind != DYN_AST_INT) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, expr->span, "a whole number is expected here");
        return false;
    }
    if (!parse_int(number->text, negative, out)) {
        dyn_report(sema->diags, DYN_CODE_LITERAL, expr->span, "`%.*s` does not fit into 64 bits",
                   DYN_STR_ARG(number->text));
        return false;
    }
    return true;
}

/* What a type's bounds can be at most. */
static void widest_bounds(const struct dyn_type *type, int64_t *out_low, int64_t *out_high)
{
    if (type->kind == DYN_TYPE_INT) {
        *out_low = type->width == 32 ? INT32_MIN : INT64_MIN;
        *out_high = type->width == 32 ? INT32_MAX : INT64_MAX;
    } else {
        *out_low = 0;
        *out_high = SIZE_MAX_OF_ITEM;
    }
}

static bool check_bound(struct dyn_sema *sema, const struct dyn_type *type, struct dyn_span span,
                        int64_t value)
{
    int64_t low;
    int64_t high;
    widest_bounds(type, &low, &high);
    if (value >= low && value <= high) {
        return true;
    }
    if (type->kind == DYN_TYPE_INT) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, span, "this bound does not fit into int(%u)",
                   type->width);
        return false;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_BOUNDS, span,
                                       value < 0 ? "a length is not negative"
                                                 : "this bound is larger than an item can be");
    if (value > 0) {
        dyn_diag_fact(sema->diags, diag, "limit: an item has at most %d bytes", SIZE_MAX_OF_ITEM);
    }
    return false;
}

/* False: reported. */
static bool read_bounds(struct dyn_sema *sema, const struct dyn_ast_type *ast,
                        struct dyn_type *type)
{
    bool good = true;
    if (ast->low != NULL) {
        good = dyn_sema_constant_int(sema, ast->low, &type->low) &&
               check_bound(sema, type, ast->low->span, type->low);
        type->has_low = good;
    }
    if (ast->high != NULL && good) {
        good = dyn_sema_constant_int(sema, ast->high, &type->high) &&
               check_bound(sema, type, ast->high->span, type->high);
        type->has_high = good;
    }
    bool is_inverted = ast->low != NULL && ast->high != NULL && type->has_low && type->has_high &&
                       type->low > type->high;
    if (is_inverted) {
        struct dyn_span span = dyn_span_join(ast->low->span, ast->high->span);
        dyn_report(sema->diags, DYN_CODE_BOUNDS, span,
                   "the lower bound %lld is above the upper bound %lld", (long long)type->low,
                   (long long)type->high);
        return false;
    }
    if (good && ast->high != NULL && type->kind != DYN_TYPE_INT && type->high == 0) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, ast->high->span,
                   "an upper bound of 0 leaves nothing to store");
        return false;
    }
    return good;
}

static bool has_bounds(const struct dyn_ast_type *ast)
{
    return ast->low != NULL || ast->high != NULL || ast->width != NULL;
}

static struct dyn_span bounds_span(const struct dyn_ast_type *ast)
{
    const struct dyn_ast_expr *first =
        ast->width != NULL ? ast->width : (ast->low != NULL ? ast->low : ast->high);
    const struct dyn_ast_expr *last = ast->high != NULL ? ast->high : first;
    return dyn_span_join(first->span, last->span);
}

static bool read_width(struct dyn_sema *sema, const struct dyn_ast_type *ast,
                       const struct scalar *scalar, struct dyn_type *type)
{
    if (ast->width == NULL) {
        return true;
    }
    int64_t width = 0;
    if (!dyn_sema_constant_int(sema, ast->width, &width)) {
        return false;
    }
    if (type->kind == DYN_TYPE_INT && (width == 32 || width == 64)) {
        type->width = (unsigned)width;
        return true;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_BOUNDS, ast->width->span,
                   "`%s(%lld)` has neither a width nor bounds", scalar->name, (long long)width);
    if (type->kind == DYN_TYPE_INT) {
        dyn_diag_help(sema->diags, diag,
                      "write int(32) or int(64) for the width, int(0..%lld) for bounds",
                      (long long)width);
    } else if (scalar->bounds != NULL) {
        dyn_diag_help(sema->diags, diag, "write %s(..%lld) for an upper bound", scalar->name,
                      (long long)width);
    }
    return false;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

static const struct scalar *find_scalar(struct dynr_str name)
{
    for (size_t i = 0; i < N_SCALARS; i++) {
        if (dynr_str_equal_c(name, scalars[i].name)) {
            return &scalars[i];
        }
    }
    return NULL;
}

static const struct dyn_type *scalar_type(struct resolver *resolver, const struct dyn_ast_type *ast,
                                          const struct scalar *scalar)
{
    struct dyn_sema *sema = resolver->sema;
    if (scalar->kind == DYN_TYPE_VERSION &&
        (resolver->place == DYN_PLACE_MODEL || resolver->place == DYN_PLACE_STRUCT)) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_TYPE, ast->span,
                       "`version` is the type of arguments for `expecting`, not of fields");
        dyn_diag_help(sema->diags, diag, "write `use versioned` in the model");
        return sema->error_type;
    }
    if (scalar->bounds == NULL && has_bounds(ast)) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, bounds_span(ast), "`%s` has no bounds",
                   scalar->name);
        return sema->error_type;
    }
    if (!ast->optional && !has_bounds(ast)) {
        return dyn_sema_plain_type(sema, scalar->kind);
    }
    struct dyn_type *type = dyn_sema_new_type(sema, scalar->kind);
    type->optional = ast->optional;
    type->width = scalar->kind == DYN_TYPE_INT ? 64 : 0;
    if (!read_width(sema, ast, scalar, type) || !read_bounds(sema, ast, type)) {
        return sema->error_type;
    }
    return type;
}

static const struct dyn_type *model_type(struct resolver *resolver, const struct dyn_ast_type *ast,
                                         const struct dyn_sema_model *model)
{
    struct dyn_sema *sema = resolver->sema;
    if (resolver->place == DYN_PLACE_MODEL || resolver->place == DYN_PLACE_RESULT) {
        return dyn_sema_optional(sema, dyn_sema_ref_type(sema, &model->model), ast->optional);
    }
    struct dyn_diag *diag = dyn_report(
        sema->diags, DYN_CODE_RELATION, ast->span, "only a model's field can be %s `%.*s`",
        dyn_article(model->model.name->text), DYN_NAME_ARG(model->model.name));
    dyn_diag_help(sema->diags, diag, "write `ref %.*s` for its key as a value",
                  DYN_NAME_ARG(model->model.name));
    return sema->error_type;
}

static const struct dyn_type *named_type(struct resolver *resolver, const struct dyn_ast_type *ast)
{
    struct dyn_sema *sema = resolver->sema;
    if (ast->name.name == NULL) {
        return sema->error_type;
    }
    const struct scalar *scalar = find_scalar(ast->name.name->text);
    if (scalar != NULL) {
        return scalar_type(resolver, ast, scalar);
    }
    const unsigned kinds = DYN_SYMBOL_BIT(DYN_SYMBOL_ENUM) | DYN_SYMBOL_BIT(DYN_SYMBOL_STRUCT) |
                           DYN_SYMBOL_BIT(DYN_SYMBOL_MODEL);
    const struct dyn_symbol *symbol = dyn_sema_find(sema, resolver->file, ast->name, kinds, "type");
    if (symbol == NULL) {
        return sema->error_type;
    }
    if (has_bounds(ast)) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, bounds_span(ast), "`%.*s` has no bounds",
                   DYN_NAME_ARG(ast->name.name));
        return sema->error_type;
    }
    if (symbol->kind == DYN_SYMBOL_MODEL) {
        return model_type(resolver, ast, symbol->object);
    }
    bool is_enum = symbol->kind == DYN_SYMBOL_ENUM;
    struct dyn_type *type = dyn_sema_new_type(sema, is_enum ? DYN_TYPE_ENUM : DYN_TYPE_STRUCT);
    type->optional = ast->optional;
    if (is_enum) {
        type->enumeration = symbol->object;
    } else {
        type->structure = symbol->object;
    }
    return type;
}

/* ---- containers ---------------------------------------------------------------------------------------------- */

static const struct dyn_type *resolve(struct resolver *resolver, const struct dyn_ast_type *ast);

static bool can_be_in_set(const struct dyn_type *type)
{
    return dyn_type_is_text(type) || dyn_type_is_number(type) || dyn_type_is_fixed_length(type) ||
           type->kind == DYN_TYPE_BYTES || type->kind == DYN_TYPE_ENUM;
}

/* NULL: reported, or poison. */
static const struct dyn_type *element_type(struct resolver *resolver,
                                           const struct dyn_ast_type *ast)
{
    struct dyn_sema *sema = resolver->sema;
    if (ast->element == NULL) {
        return NULL;
    }
    const struct dyn_type *element = resolve(resolver, ast->element);
    if (element->kind == DYN_TYPE_ERROR) {
        return NULL;
    }
    if (element->optional) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->element->span,
                                           "an element is never absent, so its type has no `?`");
        dyn_diag_help(sema->diags, diag,
                      "put the `?` behind the whole type when all of it may be absent");
        return NULL;
    }
    if (ast->element->kind == DYN_AST_TYPE_NAME && element->kind == DYN_TYPE_REF) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_RELATION, ast->span, "a field holds no rows of `%.*s`",
                       DYN_NAME_ARG(element->model->name));
        dyn_diag_help(sema->diags, diag, "name the field that refers back: `%.*s[] via %.*s.field`",
                      DYN_NAME_ARG(element->model->name), DYN_NAME_ARG(element->model->name));
        dyn_diag_help(sema->diags, diag, "or store keys: a list of `ref %.*s`",
                      DYN_NAME_ARG(element->model->name));
        return NULL;
    }
    if (ast->kind == DYN_AST_TYPE_SET && !can_be_in_set(element)) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->element->span,
                       "a set cannot hold `%.*s`", DYN_STR_ARG(dyn_sema_type_text(sema, element)));
        dyn_diag_fact(sema->diags, diag,
                      "why: sets hold texts, numbers, times, ids, enums and bytes");
        return NULL;
    }
    return element;
}

static const char *container_name(enum dyn_ast_type_kind kind)
{
    return kind == DYN_AST_TYPE_LIST ? "list" : (kind == DYN_AST_TYPE_SET ? "set" : "map");
}

static const struct dyn_type *
container_type(struct resolver *resolver, const struct dyn_ast_type *ast, enum dyn_type_kind kind)
{
    struct dyn_sema *sema = resolver->sema;
    const struct dyn_type *element = element_type(resolver, ast);
    if (element == NULL) {
        return sema->error_type;
    }
    struct dyn_type *type = dyn_sema_new_type(sema, kind);
    type->optional = ast->optional;
    type->element = element;
    if (ast->max == NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNBOUNDED_LIST, ast->span,
                                           "this %s has no bound", container_name(ast->kind));
        dyn_diag_help(sema->diags, diag, "say how many elements it has at most: (max 50)");
        return sema->error_type;
    }
    if (!dyn_sema_constant_int(sema, ast->max, &type->high)) {
        return sema->error_type;
    }
    if (type->high < 1 || type->high > SIZE_MAX_OF_ITEM) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, ast->max->span, "a %s has 1 to %d elements",
                   container_name(ast->kind), SIZE_MAX_OF_ITEM);
        return sema->error_type;
    }
    type->has_high = true;
    return type;
}

/* ---- references ---------------------------------------------------------------------------------------------- */

static const struct dyn_type *id_type(struct resolver *resolver, const struct dyn_ast_type *ast,
                                      const struct dyn_sema_model *model)
{
    struct dyn_sema *sema = resolver->sema;
    if (resolver->place != DYN_PLACE_ARGUMENT) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_RELATION, ast->span, "`id` is for arguments only");
        dyn_diag_help(sema->diags, diag, "write `ref %.*s` for the whole key as a value",
                      DYN_NAME_ARG(ast->name.name));
        return sema->error_type;
    }
    if (model->key_poisoned) {
        return sema->error_type;
    }
    if (model->model.single || model->model.n_key_fields == 0) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_NO_KEY, ast->span,
                       "`%.*s` has no key field of its own", DYN_NAME_ARG(ast->name.name));
        dyn_diag_help(sema->diags, diag, "its parent's key names it: drop this argument");
        return sema->error_type;
    }
    const struct dyn_type *type = model->model.fields[model->model.n_key_fields - 1]->type;
    return dyn_sema_optional(sema, type, ast->optional);
}

static const struct dyn_type *reference_type(struct resolver *resolver,
                                             const struct dyn_ast_type *ast)
{
    struct dyn_sema *sema = resolver->sema;
    const struct dyn_sema_model *model = dyn_sema_find_model(sema, resolver->file, ast->name);
    if (model == NULL) {
        return sema->error_type;
    }
    if (ast->kind == DYN_AST_TYPE_ID) {
        return id_type(resolver, ast, model);
    }
    return dyn_sema_optional(sema, dyn_sema_ref_type(sema, &model->model), ast->optional);
}

static const struct dyn_type *resolve_kind(struct resolver *resolver,
                                           const struct dyn_ast_type *ast)
{
    switch (ast->kind) {
    case DYN_AST_TYPE_NAME:
        return named_type(resolver, ast);
    case DYN_AST_TYPE_SET:
        return container_type(resolver, ast, DYN_TYPE_SET);
    case DYN_AST_TYPE_MAP:
        return container_type(resolver, ast, DYN_TYPE_MAP);
    case DYN_AST_TYPE_LIST:
        return container_type(resolver, ast, DYN_TYPE_LIST);
    case DYN_AST_TYPE_REF:
    case DYN_AST_TYPE_ID:
        return reference_type(resolver, ast);
    case DYN_AST_TYPE_ERROR:
        return resolver->sema->error_type;
    }
    return resolver->sema->error_type;
}

static const struct dyn_type *resolve(struct resolver *resolver, const struct dyn_ast_type *ast)
{
    if (resolver->depth >= DYN_TYPE_DEPTH_MAX) {
        dyn_report(resolver->sema->diags, DYN_CODE_TOO_DEEP, ast->span,
                   "types are nested deeper than %d levels", DYN_TYPE_DEPTH_MAX);
        return resolver->sema->error_type;
    }
    resolver->depth++;
    const struct dyn_type *type = resolve_kind(resolver, ast);
    resolver->depth--;
    return type;
}

const struct dyn_type *dyn_sema_type(struct dyn_sema *sema, struct dyn_sema_file *file,
                                     const struct dyn_ast_type *ast, enum dyn_type_place place)
{
    struct resolver resolver = {.sema = sema, .file = file, .place = place};
    return ast == NULL ? sema->error_type : resolve(&resolver, ast);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics as data: reporting and details. */
#include <assert.h>
#include <stdarg.h>

#include "base/memory.h"
#include "diag/internal.h"

#define DEFAULT_ERROR_LIMIT 20

void dyn_diags_init(struct dyn_diags *diags, struct dynr_arena *arena, struct dyn_sources *sources,
                    size_t error_limit)
{
    *diags = (struct dyn_diags){0};
    diags->arena = arena;
    diags->sources = sources;
    diags->error_limit = error_limit == 0 ? DEFAULT_ERROR_LIMIT : error_limit;
}

static bool is_repeated(const struct dyn_diags *diags, enum dyn_code code, struct dyn_span span)
{
    for (size_t i = 0; i < diags->n_items; i++) {
        const struct dyn_diag *other = diags->items[i];
        if (other->code == code && other->span.source == span.source &&
            other->span.start == span.start && other->span.end == span.end) {
            return true;
        }
    }
    return false;
}

static void keep(struct dyn_diags *diags, struct dyn_diag *diag)
{
    diags->items =
        dyn_grow(diags->arena, diags->items, diags->n_items, &diags->cap_items, sizeof(void *));
    diags->items[diags->n_items++] = diag;
}

struct dyn_diag *dyn_report(struct dyn_diags *diags, enum dyn_code code, struct dyn_span span,
                            const char *format, ...)
{
    struct dyn_code_info info = {.code = code, .slug = "", .severity = DYN_SEVERITY_ERROR};
    bool known = dyn_code_lookup((unsigned)code, &info);
    assert(known);
    (void)known;

    struct dyn_diag *diag = dyn_alloc(diags->arena, sizeof *diag);
    diag->code = code;
    diag->span = span;
    diag->details_end = &diag->details;
    va_list arguments;
    va_start(arguments, format);
    diag->message = dyn_vprintf(diags->arena, format, arguments);
    va_end(arguments);

    switch (dyn_diag_effect(diags, &info)) {
    case DYN_EFFECT_ERROR:
        diag->severity = DYN_SEVERITY_ERROR;
        if (!is_repeated(diags, code, span)) {
            diags->n_errors++;
            if (diags->n_errors <= diags->error_limit) {
                keep(diags, diag);
            }
        }
        break;
    case DYN_EFFECT_WARNING:
        diag->severity = DYN_SEVERITY_WARNING;
        diags->n_warnings++;
        keep(diags, diag);
        break;
    case DYN_EFFECT_NOTE:
        diag->severity = DYN_SEVERITY_NOTE;
        keep(diags, diag);
        break;
    case DYN_EFFECT_NONE:
        diag->severity = DYN_SEVERITY_WARNING;
        break;
    }
    return diag;
}

static struct dyn_detail *add_detail(struct dyn_diags *diags, struct dyn_diag *diag,
                                     enum dyn_detail_kind kind)
{
    struct dyn_detail *detail = dyn_alloc(diags->arena, sizeof *detail);
    detail->kind = kind;
    detail->span = diag->span;
    *diag->details_end = detail;
    diag->details_end = &detail->next;
    return detail;
}

void dyn_diag_label(struct dyn_diags *diags, struct dyn_diag *diag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_detail(diags, diag, DYN_DETAIL_LABEL)->text = dyn_vprintf(diags->arena, format, arguments);
    va_end(arguments);
}

void dyn_diag_fact(struct dyn_diags *diags, struct dyn_diag *diag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_detail(diags, diag, DYN_DETAIL_FACT)->text = dyn_vprintf(diags->arena, format, arguments);
    va_end(arguments);
}

void dyn_diag_help(struct dyn_diags *diags, struct dyn_diag *diag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_detail(diags, diag, DYN_DETAIL_HELP)->text = dyn_vprintf(diags->arena, format, arguments);
    va_end(arguments);
}

void dyn_diag_note(struct dyn_diags *diags, struct dyn_diag *diag, struct dyn_span span,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct dyn_detail *detail = add_detail(diags, diag, DYN_DETAIL_NOTE);
    detail->text = dyn_vprintf(diags->arena, format, arguments);
    detail->span = span;
    va_end(arguments);
}

void dyn_diag_fix(struct dyn_diags *diags, struct dyn_diag *diag, struct dyn_span span,
                  struct dynr_str replacement)
{
    struct dyn_detail *detail = add_detail(diags, diag, DYN_DETAIL_FIX);
    detail->text = dyn_dup(diags->arena, replacement);
    detail->span = span;
}

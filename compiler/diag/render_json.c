/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics for programs: one document, one line per diagnostic, keys in a fixed order. */
#include "base/utf8.h"
#include "diag/internal.h"

/* Text with invalid bytes replaced: a JSON document is UTF-8, whatever the source was. */
static void append_text(struct dynr_buf *out, struct dynr_str text)
{
    if (dynr_utf8_is_valid(text)) {
        dynr_buf_append_json_string(out, text);
        return;
    }
    struct dynr_buf valid;
    dynr_buf_init(&valid, NULL, 0);
    size_t i = 0;
    while (i < text.len) {
        uint32_t code_point;
        size_t step = dynr_utf8_decode(text, i, &code_point);
        if (step == 0) {
            dynr_buf_append_c(&valid, "\xEF\xBF\xBD");
            i++;
        } else {
            dynr_buf_append(&valid, text.ptr + i, step);
            i += step;
        }
    }
    dynr_buf_append_json_string(out, dynr_buf_str(&valid));
    dynr_buf_cleanup(&valid);
}

static void append_position(struct dynr_buf *out, struct dyn_sources *sources, uint32_t source,
                            uint32_t offset)
{
    struct dyn_position position = dyn_sources_position(sources, source, offset);
    dynr_buf_printf(out, "{\"offset\":%u,\"line\":%u,\"column\":%u}", (unsigned)offset,
                    (unsigned)position.line, (unsigned)position.column);
}

static void append_span(struct dynr_buf *out, struct dyn_sources *sources, struct dyn_span span)
{
    dynr_buf_append_c(out, "\"file\":");
    append_text(out, sources->items[span.source].name);
    dynr_buf_append_c(out, ",\"start\":");
    append_position(out, sources, span.source, span.start);
    dynr_buf_append_c(out, ",\"end\":");
    append_position(out, sources, span.source, span.end);
}

/* `"key":["a","b"]` of the details of a kind. */
static void append_texts(struct dynr_buf *out, const struct dyn_diag *diag,
                         enum dyn_detail_kind kind, const char *key)
{
    dynr_buf_printf(out, ",\"%s\":[", key);
    const char *separator = "";
    for (const struct dyn_detail *detail = diag->details; detail != NULL; detail = detail->next) {
        if (detail->kind == kind) {
            dynr_buf_append_c(out, separator);
            append_text(out, detail->text);
            separator = ",";
        }
    }
    dynr_buf_append_char(out, ']');
}

/* The same for details that have a place of their own. */
static void append_places(struct dynr_buf *out, struct dyn_sources *sources,
                          const struct dyn_diag *diag, enum dyn_detail_kind kind, const char *key,
                          const char *text_key)
{
    dynr_buf_printf(out, ",\"%s\":[", key);
    const char *separator = "";
    for (const struct dyn_detail *detail = diag->details; detail != NULL; detail = detail->next) {
        if (detail->kind == kind) {
            dynr_buf_printf(out, "%s{\"%s\":", separator, text_key);
            append_text(out, detail->text);
            dynr_buf_append_char(out, ',');
            append_span(out, sources, detail->span);
            dynr_buf_append_char(out, '}');
            separator = ",";
        }
    }
    dynr_buf_append_char(out, ']');
}

static void append_diag(struct dynr_buf *out, struct dyn_sources *sources,
                        const struct dyn_diag *diag)
{
    static const char *const severities[] = {"error", "warning", "note"};
    struct dyn_code_info info = {.slug = ""};
    (void)dyn_code_lookup((unsigned)diag->code, &info);
    dynr_buf_printf(out, "{\"severity\":\"%s\",\"code\":\"DYN%04u\",\"slug\":\"%s\",\"message\":",
                    severities[diag->severity], (unsigned)diag->code, info.slug);
    append_text(out, diag->message);
    dynr_buf_append_char(out, ',');
    append_span(out, sources, diag->span);
    append_texts(out, diag, DYN_DETAIL_LABEL, "labels");
    append_texts(out, diag, DYN_DETAIL_FACT, "facts");
    append_texts(out, diag, DYN_DETAIL_HELP, "help");
    append_places(out, sources, diag, DYN_DETAIL_NOTE, "notes", "message");
    append_places(out, sources, diag, DYN_DETAIL_FIX, "fixes", "replacement");
    dynr_buf_append_char(out, '}');
}

void dyn_render_json(const struct dyn_diags *diags, struct dynr_buf *out)
{
    struct dyn_diag **ordered = dyn_diags_ordered(diags);
    dynr_buf_append_c(out, "{\"version\":1,\"diagnostics\":[");
    for (size_t i = 0; i < diags->n_items; i++) {
        dynr_buf_append_c(out, i == 0 ? "\n" : ",\n");
        append_diag(out, diags->sources, ordered[i]);
    }
    dynr_buf_printf(out, "%s],\"errors\":%zu,\"warnings\":%zu}\n", diags->n_items == 0 ? "" : "\n",
                    diags->n_errors, diags->n_warnings);
}

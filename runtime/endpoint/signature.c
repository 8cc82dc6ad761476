/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/signature.h"

#include <strings.h>

#include "base/percent.h"
#include "dynr/buf.h"

static const char missing[] = "MissingAuthenticationTokenException";
static const char incomplete[] = "IncompleteSignatureException";
static const char invalid[] = "InvalidSignatureException";

static const struct dynr_str none = {NULL, 0};

/* ---- the header ---- */

static bool is_gap(char c)
{
    return c == ' ' || c == ',' || c == '\t';
}

/* The next run without blanks and commas of `*rest`. */
static struct dynr_str next_word(struct dynr_str *rest)
{
    const char *start = rest->ptr;
    const char *end = rest->ptr + rest->len;
    while (start < end && is_gap(*start)) {
        start++;
    }
    /* A comma ends most words; what is before it seldom has a blank. */
    size_t len = (size_t)(end - start);
    const char *comma = len == 0 ? NULL : memchr(start, ',', len);
    len = comma == NULL ? len : (size_t)(comma - start);
    const char *blank = len == 0 ? NULL : memchr(start, ' ', len);
    len = blank == NULL ? len : (size_t)(blank - start);
    const char *tab = len == 0 ? NULL : memchr(start, '\t', len);
    len = tab == NULL ? len : (size_t)(tab - start);
    *rest = dynr_str_make(start + len, (size_t)(end - start) - len);
    return dynr_str_make(start, len);
}

static bool take_value(struct dynr_str word, const char *name, struct dynr_str *out)
{
    size_t len = strlen(name);
    if (word.len <= len || memcmp(word.ptr, name, len) != 0 || word.ptr[len] != '=') {
        return false;
    }
    *out = dynr_str_make(word.ptr + len + 1, word.len - len - 1);
    return true;
}

static bool read_header(const struct dynr_signature_place *place, struct dynr_arena *arena,
                        struct dynr_signature *out, struct dynr_str *out_message)
{
    struct dynr_str rest = place->authorization;
    out->algorithm = next_word(&rest);
    for (struct dynr_str word = next_word(&rest); word.len != 0; word = next_word(&rest)) {
        (void)(take_value(word, "Credential", &out->credential) ||
               take_value(word, "SignedHeaders", &out->signed_headers) ||
               take_value(word, "Signature", &out->signature));
    }
    out->time = place->amz_date.len != 0 ? place->amz_date : place->date;
    struct dynr_buf text = {.allocator = arena->allocator};
    const struct {
        struct dynr_str value;
        const char *name;
    } parts[] = {{out->credential, "Credential"},
                 {out->signature, "Signature"},
                 {out->signed_headers, "SignedHeaders"}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].value.len == 0) {
            dynr_buf_printf(&text, "Authorization header requires '%s' parameter. ", parts[i].name);
        }
    }
    if (out->time.len == 0) {
        dynr_buf_append_c(&text, "Authorization header requires existence of either a "
                                 "'X-Amz-Date' or a 'Date' header. ");
    }
    bool complete = text.len == 0 && !text.failed;
    if (!complete) {
        /* The service shows the whole header; the signature in it is not shown here. */
        dynr_buf_printf(&text, "Authorization=%.*s", (int)out->algorithm.len, out->algorithm.ptr);
        *out_message = text.failed ? none : dynr_arena_dup(arena, dynr_buf_str(&text));
    }
    dynr_buf_cleanup(&text);
    return complete;
}

/* ---- the query ---- */

static struct dynr_str decode(struct dynr_arena *arena, struct dynr_str text)
{
    char *out = dynr_arena_text(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (dynr_percent_read(text, i, &c)) {
            i += DYNR_PERCENT_LENGTH - 1;
        }
        out[len++] = (char)c;
    }
    return dynr_str_make(out, len);
}

static bool find_parameter(struct dynr_arena *arena, struct dynr_str query, const char *name,
                           struct dynr_str *out)
{
    for (size_t start = 0; start < query.len;) {
        const char *text = query.ptr + start;
        const char *end = memchr(text, '&', query.len - start);
        size_t len = end == NULL ? query.len - start : (size_t)(end - text);
        struct dynr_str value;
        if (take_value(dynr_str_make(text, len), name, &value)) {
            *out = decode(arena, value);
            return out->ptr != NULL;
        }
        start += len + 1;
    }
    return false;
}

static bool read_query(const struct dynr_signature_place *place, struct dynr_arena *arena,
                       struct dynr_signature *out, struct dynr_str *out_message)
{
    const struct {
        struct dynr_str *value;
        const char *name;
    } parts[] = {{&out->algorithm, "X-Amz-Algorithm"},
                 {&out->credential, "X-Amz-Credential"},
                 {&out->signature, "X-Amz-Signature"},
                 {&out->signed_headers, "X-Amz-SignedHeaders"},
                 {&out->time, "X-Amz-Date"}};
    struct dynr_buf text = {.allocator = arena->allocator};
    out->in_query = true;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!find_parameter(arena, place->query, parts[i].name, parts[i].value)) {
            dynr_buf_printf(&text, "AWS query-string parameters must include '%s'. ",
                            parts[i].name);
        }
    }
    (void)find_parameter(arena, place->query, "X-Amz-Expires", &out->expires);
    bool complete = text.len == 0 && !text.failed;
    if (!complete) {
        dynr_buf_append_c(&text, "Re-examine the query-string parameters.");
        *out_message = text.failed ? none : dynr_arena_dup(arena, dynr_buf_str(&text));
    }
    dynr_buf_cleanup(&text);
    return complete;
}

/* ---- the scope ---- */

static void split_scope(struct dynr_signature *out)
{
    struct dynr_str *const parts[] = {&out->access_key, &out->date, &out->region, &out->service,
                                      &out->terminator};
    struct dynr_str rest = out->credential;
    while (rest.len > 0) {
        const char *slash = memchr(rest.ptr, '/', rest.len);
        size_t len = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);
        if (out->n_scope_parts < sizeof parts / sizeof parts[0]) {
            *parts[out->n_scope_parts] = dynr_str_make(rest.ptr, len);
        }
        out->n_scope_parts++;
        size_t used = slash == NULL ? len : len + 1;
        rest = dynr_str_make(rest.ptr + used, rest.len - used);
    }
}

bool dynr_signature_read(const struct dynr_signature_place *place, struct dynr_arena *arena,
                         struct dynr_signature *out, const char **out_type,
                         struct dynr_str *out_message)
{
    memset(out, 0, sizeof *out);
    struct dynr_str algorithm;
    bool has_header = place->authorization.len != 0;
    bool has_query = find_parameter(arena, place->query, "X-Amz-Algorithm", &algorithm);
    if (has_header && has_query) {
        *out_type = invalid;
        *out_message = dynr_str_from_c("Found both 'X-Amz-Algorithm' as a query-string param and "
                                       "'Authorization' as HTTP header.");
        return false;
    }
    bool is_signature =
        dynr_str_starts_with(place->authorization, dynr_str_from_c("AWS4-")) || has_query;
    if (!is_signature) {
        *out_type = missing;
        *out_message = dynr_str_from_c("Request is missing Authentication Token");
        return false;
    }
    *out_type = incomplete;
    bool complete = has_query ? read_query(place, arena, out, out_message)
                              : read_header(place, arena, out, out_message);
    if (complete) {
        split_scope(out);
    }
    return complete;
}

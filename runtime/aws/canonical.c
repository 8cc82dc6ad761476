/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1: the request in the one form that both sides agree on.
 */
#include <stdlib.h>

#include "aws/sigv4.h"
#include "base/percent.h"
#include "dynr/buf.h"

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* Decodes and encodes anew, so that both spellings of a character give the same text. */
static void append_encoded(struct dynr_buf *out, struct dynr_str text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (dynr_percent_read(text, i, &c)) {
            i += DYNR_PERCENT_LENGTH - 1;
        }
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            dynr_buf_append_char(out, (char)c);
        } else {
            char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
            dynr_buf_append(out, escaped, sizeof escaped);
        }
    }
}

/* ---- path ---- */

/* Removes the last segment of `out`, which starts with a slash or is empty. */
static void drop_segment(struct dynr_buf *out)
{
    while (out->len > 0 && out->ptr[out->len - 1] != '/') {
        out->len--;
    }
    if (out->len > 0) {
        out->len--;
    }
}

static void append_normalized(struct dynr_buf *out, struct dynr_str path)
{
    bool ends_with_slash = false;
    for (size_t start = 0; start <= path.len;) {
        size_t end = start;
        while (end < path.len && path.ptr[end] != '/') {
            end++;
        }
        struct dynr_str segment = dynr_str_make(path.ptr + start, end - start);
        bool is_dot = dynr_str_equal_c(segment, ".");
        bool is_up = dynr_str_equal_c(segment, "..");
        ends_with_slash = segment.len == 0 || is_dot || is_up;
        if (is_up) {
            drop_segment(out);
        } else if (segment.len != 0 && !is_dot) {
            dynr_buf_append_char(out, '/');
            dynr_buf_append_str(out, segment);
        }
        start = end + 1;
    }
    if (out->len == 0 || ends_with_slash) {
        dynr_buf_append_char(out, '/');
    }
}

static void append_path(struct dynr_buf *out, struct dynr_str path, bool normalize)
{
    if (!normalize) {
        append_encoded(out, path.len == 0 ? dynr_str_from_c("/") : path, true);
        return;
    }
    struct dynr_buf normal = {.allocator = out->allocator};
    append_normalized(&normal, path.len == 0 ? dynr_str_from_c("/") : path);
    append_encoded(out, dynr_buf_str(&normal), true);
    out->failed = out->failed || normal.failed;
    dynr_buf_cleanup(&normal);
}

/* ---- names and values in order ---- */

static int compare_pairs(const void *left, const void *right)
{
    const struct dynr_sigv4_pair *a = left;
    const struct dynr_sigv4_pair *b = right;
    int order = dynr_str_compare(a->name, b->name);
    return order != 0 ? order : dynr_str_compare(a->value, b->value);
}

static struct dynr_str encoded(struct dynr_arena *arena, struct dynr_buf *scratch,
                               struct dynr_str text)
{
    dynr_buf_clear(scratch);
    append_encoded(scratch, text, false);
    return scratch->failed ? dynr_str_make(NULL, 0) : dynr_arena_dup(arena, dynr_buf_str(scratch));
}

static size_t count_parameters(struct dynr_str query)
{
    size_t n = query.len == 0 ? 0 : 1;
    for (size_t i = 0; i < query.len; i++) {
        n += query.ptr[i] == '&' ? 1 : 0;
    }
    return n;
}

static void append_query(struct dynr_buf *out, struct dynr_str query, struct dynr_arena *arena)
{
    size_t n = count_parameters(query);
    if (n == 0) {
        return;
    }
    struct dynr_sigv4_pair *pairs = dynr_arena_calloc(arena, n, sizeof *pairs);
    if (pairs == NULL) {
        out->failed = true;
        return;
    }
    struct dynr_buf scratch = {.allocator = out->allocator};
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const char *start = query.ptr + at;
        const char *end = memchr(start, '&', query.len - at);
        size_t len = end == NULL ? query.len - at : (size_t)(end - start);
        const char *equals = len == 0 ? NULL : memchr(start, '=', len);
        size_t name_len = equals == NULL ? len : (size_t)(equals - start);
        struct dynr_str value =
            equals == NULL ? dynr_str_from_c("") : dynr_str_make(equals + 1, len - name_len - 1);
        pairs[i].name = encoded(arena, &scratch, dynr_str_make(start, name_len));
        pairs[i].value = encoded(arena, &scratch, value);
        out->failed = out->failed || pairs[i].name.ptr == NULL || pairs[i].value.ptr == NULL;
        at += len + 1;
    }
    dynr_buf_cleanup(&scratch);
    qsort(pairs, n, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < n && !out->failed; i++) {
        if (i != 0) {
            dynr_buf_append_char(out, '&');
        }
        dynr_buf_append_str(out, pairs[i].name);
        dynr_buf_append_char(out, '=');
        dynr_buf_append_str(out, pairs[i].value);
    }
}

/* ---- headers ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Trimmed, and each run of blanks one space. */
static void append_header_value(struct dynr_buf *out, struct dynr_str value)
{
    size_t start = out->len;
    bool is_gap = false;
    for (size_t i = 0; i < value.len; i++) {
        if (is_space(value.ptr[i])) {
            is_gap = out->len != start;
            continue;
        }
        if (is_gap) {
            dynr_buf_append_char(out, ' ');
            is_gap = false;
        }
        dynr_buf_append_char(out, value.ptr[i]);
    }
}

struct named {
    struct dynr_str name;
    struct dynr_str value;
    /* Headers of one name keep the order of the request. */
    size_t place;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left;
    const struct named *b = right;
    int order = dynr_str_compare(a->name, b->name);
    if (order != 0) {
        return order;
    }
    return a->place < b->place ? -1 : (a->place > b->place ? 1 : 0);
}

static struct dynr_str lower(struct dynr_arena *arena, struct dynr_str text)
{
    char *out = dynr_arena_text(arena, text.len + 1);
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return dynr_str_make(out, out == NULL ? 0 : text.len);
}

static struct named *sort_headers(const struct dynr_sigv4_request *request,
                                  struct dynr_arena *arena)
{
    struct named *headers = dynr_arena_calloc(arena, request->n_headers + 1, sizeof *headers);
    for (size_t i = 0; headers != NULL && i < request->n_headers; i++) {
        headers[i].name = lower(arena, request->headers[i].name);
        headers[i].value = request->headers[i].value;
        headers[i].place = i;
        if (headers[i].name.ptr == NULL) {
            return NULL;
        }
    }
    if (headers != NULL) {
        qsort(headers, request->n_headers, sizeof *headers, compare_named);
    }
    return headers;
}

static void append_headers(struct dynr_buf *out, struct dynr_buf *names,
                           const struct named *headers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i != 0 && dynr_str_equal(headers[i].name, headers[i - 1].name)) {
            dynr_buf_append_char(out, ',');
        } else {
            if (i != 0) {
                dynr_buf_append_char(out, '\n');
                dynr_buf_append_char(names, ';');
            }
            dynr_buf_append_str(out, headers[i].name);
            dynr_buf_append_char(out, ':');
            dynr_buf_append_str(names, headers[i].name);
        }
        append_header_value(out, headers[i].value);
    }
    dynr_buf_append_char(out, '\n');
}

enum dynr_status dynr_sigv4_canonical_request(const struct dynr_sigv4_request *request,
                                              struct dynr_arena *arena, struct dynr_str *out,
                                              struct dynr_str *out_signed_headers)
{
    struct named *headers = sort_headers(request, arena);
    if (headers == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    struct dynr_buf text = {.allocator = arena->allocator};
    struct dynr_buf names = {.allocator = arena->allocator};
    dynr_buf_append_str(&text, request->method);
    dynr_buf_append_char(&text, '\n');
    append_path(&text, request->path, request->normalize_path);
    dynr_buf_append_char(&text, '\n');
    append_query(&text, request->query, arena);
    dynr_buf_append_char(&text, '\n');
    append_headers(&text, &names, headers, request->n_headers);
    dynr_buf_append_char(&text, '\n');
    dynr_buf_append_str(&text, dynr_buf_str(&names));
    dynr_buf_append_char(&text, '\n');
    dynr_buf_append_str(&text, request->payload_hash);
    bool fits = !text.failed && !names.failed;
    if (fits) {
        *out = dynr_arena_dup(arena, dynr_buf_str(&text));
        *out_signed_headers = dynr_arena_dup(arena, dynr_buf_str(&names));
        fits = out->ptr != NULL && out_signed_headers->ptr != NULL;
    }
    dynr_buf_cleanup(&text);
    dynr_buf_cleanup(&names);
    return fits ? DYNR_OK : DYNR_ERR_NO_MEMORY;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request_head.h"

#include <string.h>
#include <strings.h>

#include "base/percent.h"

#define BAD         400
#define TOO_MANY    431
#define NO_MEMORY   500
#define BAD_VERSION 505

size_t dynr_request_head_length(struct dynr_str bytes, size_t *in_out_looked)
{
    size_t at = *in_out_looked;
    while (at < bytes.len) {
        const char *end = memchr(bytes.ptr + at, '\n', bytes.len - at);
        if (end == NULL) {
            break;
        }
        size_t len = (size_t)(end - bytes.ptr) + 1;
        /* The parser insists on the carriage returns; here a bare line feed counts, too, so that it is refused and not waited on. */
        if (len >= 2 && (end[-1] == '\n' || (len >= 3 && end[-1] == '\r' && end[-2] == '\n'))) {
            *in_out_looked = 0;
            return len;
        }
        at = len;
    }
    *in_out_looked = bytes.len;
    return 0;
}

/* Letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, section 5.6.2): a bit for each of the first 128 characters. */
static bool is_token_char(char c)
{
    static const uint32_t bits[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};
    unsigned char byte = (unsigned char)c;
    return (bits[byte >> 5] >> (byte & 31) & 1) != 0;
}

static bool is_token(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_char(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/** Takes a line off `*rest`, without its end; false: no CRLF ends it, or a control character stands in it. */
static bool take_line(struct dynr_str *rest, struct dynr_str *out)
{
    for (size_t i = 0; i < rest->len; i++) {
        unsigned char c = (unsigned char)rest->ptr[i];
        if (c == '\r') {
            if (i + 1 == rest->len || rest->ptr[i + 1] != '\n') {
                return false;
            }
            *out = dynr_str_make(rest->ptr, i);
            *rest = dynr_str_make(rest->ptr + i + 2, rest->len - i - 2);
            return true;
        }
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return false;
}

static struct dynr_str trim(struct dynr_str text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text = dynr_str_make(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/** False: out of memory, or badly encoded; a NUL is, too. */
static bool decode(struct dynr_str text, bool plus_is_space, struct dynr_arena *arena,
                   struct dynr_str *out)
{
    char *to = dynr_arena_text(arena, text.len + 1);
    size_t len = 0;
    if (to == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            unsigned char byte = 0;
            if (!dynr_percent_read(text, i, &byte) || byte == 0) {
                return false;
            }
            c = (char)byte;
            i += DYNR_PERCENT_LENGTH - 1;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        to[len++] = c;
    }
    *out = dynr_str_make(to, len);
    return true;
}

static int parse_target(struct dynr_str target, struct dynr_arena *arena,
                        struct dynr_request_head *out)
{
    if (target.len == 0 || memchr(target.ptr, '#', target.len) != NULL) {
        return BAD;
    }
    out->target = target;
    const char *mark = memchr(target.ptr, '?', target.len);
    size_t path_len = mark == NULL ? target.len : (size_t)(mark - target.ptr);
    out->query =
        mark == NULL ? dynr_str_make(NULL, 0) : dynr_str_make(mark + 1, target.len - path_len - 1);
    bool is_star = path_len == 1 && target.ptr[0] == '*';
    /* Addresses with a host are for proxies, which this is not; two hosts in one request are one too many. */
    if (target.ptr[0] != '/' && !is_star) {
        return BAD;
    }
    return decode(dynr_str_make(target.ptr, path_len), false, arena, &out->path) ? 0 : BAD;
}

static int parse_request_line(struct dynr_str line, struct dynr_arena *arena,
                              struct dynr_request_head *out)
{
    static const char version[] = "HTTP/1.";
    size_t version_len = sizeof version - 1;
    const char *first = memchr(line.ptr, ' ', line.len);
    if (first == NULL) {
        return BAD;
    }
    out->method = dynr_str_make(line.ptr, (size_t)(first - line.ptr));
    size_t begin = out->method.len + 1;
    const char *second = memchr(line.ptr + begin, ' ', line.len - begin);
    if (second == NULL || !is_token(out->method)) {
        return BAD;
    }
    struct dynr_str target = dynr_str_make(line.ptr + begin, (size_t)(second - line.ptr) - begin);
    struct dynr_str protocol =
        dynr_str_make(second + 1, line.len - (size_t)(second - line.ptr) - 1);
    if (!dynr_str_starts_with(protocol, dynr_str_from_c("HTTP/"))) {
        return BAD;
    }
    if (protocol.len != version_len + 1 || memcmp(protocol.ptr, version, version_len) != 0 ||
        (protocol.ptr[version_len] != '0' && protocol.ptr[version_len] != '1')) {
        return BAD_VERSION;
    }
    out->minor = protocol.ptr[version_len] - '0';
    return parse_target(target, arena, out);
}

/*
 * Headers that no request may have twice: those of which one reader would take the first and another the last. RFC 9110 (section 5.3)
 * lets only fields that are lists come in several lines. The names from `x-amz-date` on are no standard's.
 */
static const char *const singletons[] = {
    "host",
    "content-length",
    "content-type",
    "content-range",
    "authorization",
    "proxy-authorization",
    "origin",
    "referer",
    "user-agent",
    "from",
    "date",
    "range",
    "if-range",
    "if-modified-since",
    "if-unmodified-since",
    "max-forwards",
    "access-control-request-method",
    "sec-websocket-key",
    "sec-websocket-version",
    "x-amz-date",
    "x-amz-target",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "idempotency-key",
    "dynr-caller",
    "dynr-ids",
};

/** Whether a header that may come once was `*seen` before: a bit for each of them. */
static bool is_repeated(struct dynr_str name, uint32_t *seen)
{
    for (size_t i = 0; i < sizeof singletons / sizeof singletons[0]; i++) {
        if (strlen(singletons[i]) == name.len &&
            strncasecmp(singletons[i], name.ptr, name.len) == 0) {
            bool before = (*seen >> i & 1) != 0;
            *seen |= UINT32_C(1) << i;
            return before;
        }
    }
    return false;
}

static int parse_header(struct dynr_str line, uint32_t *seen, struct dynr_request_head *out)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL) {
        return BAD;
    }
    struct dynr_str name = dynr_str_make(line.ptr, (size_t)(colon - line.ptr));
    /* A name ends at its colon; a line that begins with white space would go on with the header before. */
    if (!is_token(name) || is_repeated(name, seen)) {
        return BAD;
    }
    if (out->n_headers == DYNR_REQUEST_MAX_HEADERS) {
        return TOO_MANY;
    }
    out->headers[out->n_headers++] = (struct dynr_request_header){
        .name = name, .value = trim(dynr_str_make(colon + 1, line.len - name.len - 1))};
    return 0;
}

int dynr_request_head_parse(struct dynr_str head, struct dynr_arena *arena,
                            struct dynr_request_head *out)
{
    struct dynr_str rest = head;
    struct dynr_str line;
    uint32_t seen = 0;
    out->n_headers = 0;
    if (!take_line(&rest, &line)) {
        return BAD;
    }
    int status = parse_request_line(line, arena, out);
    while (status == 0) {
        if (!take_line(&rest, &line)) {
            return BAD;
        }
        if (line.len == 0) {
            break;
        }
        status = parse_header(line, &seen, out);
    }
    if (status != 0) {
        return status;
    }
    bool has_host = dynr_request_head_count(out, "host") == 1;
    return rest.len == 0 && (has_host || out->minor == 0) ? 0 : BAD;
}

static bool is_named(const struct dynr_request_header *header, const char *name, size_t len)
{
    return header->name.len == len && strncasecmp(header->name.ptr, name, len) == 0;
}

struct dynr_str dynr_request_head_find(const struct dynr_request_head *head, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < head->n_headers; i++) {
        if (is_named(&head->headers[i], name, len)) {
            return head->headers[i].value;
        }
    }
    return dynr_str_make(NULL, 0);
}

size_t dynr_request_head_count(const struct dynr_request_head *head, const char *name)
{
    size_t len = strlen(name);
    size_t count = 0;
    for (size_t i = 0; i < head->n_headers; i++) {
        count += is_named(&head->headers[i], name, len) ? 1 : 0;
    }
    return count;
}

bool dynr_request_list_has(struct dynr_str list, const char *token)
{
    size_t len = strlen(token);
    size_t at = 0;
    while (at < list.len) {
        const char *comma = memchr(list.ptr + at, ',', list.len - at);
        size_t end = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        struct dynr_str one = trim(dynr_str_make(list.ptr + at, end - at));
        if (one.len == len && strncasecmp(one.ptr, token, len) == 0) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool dynr_request_head_lists(const struct dynr_request_head *head, const char *name,
                             const char *token)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < head->n_headers; i++) {
        if (is_named(&head->headers[i], name, len) &&
            dynr_request_list_has(head->headers[i].value, token)) {
            return true;
        }
    }
    return false;
}

bool dynr_request_length_parse(struct dynr_str text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 15) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

/** Whether `text` is `name` once percent signs are read. */
static bool is_argument(struct dynr_str text, const char *name)
{
    size_t len = strlen(name);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte == '%' && dynr_percent_read(text, i, &byte)) {
            i += DYNR_PERCENT_LENGTH - 1;
        }
        if (n == len || byte != (unsigned char)name[n++]) {
            return false;
        }
    }
    return n == len;
}

bool dynr_request_query_find(struct dynr_str query, const char *name, struct dynr_arena *arena,
                             struct dynr_str *out)
{
    size_t at = 0;
    bool found = false;
    *out = dynr_str_make(NULL, 0);
    while (at < query.len) {
        const char *mark = memchr(query.ptr + at, '&', query.len - at);
        size_t end = mark == NULL ? query.len : (size_t)(mark - query.ptr);
        struct dynr_str one = dynr_str_make(query.ptr + at, end - at);
        const char *sign = one.len == 0 ? NULL : memchr(one.ptr, '=', one.len);
        size_t len = sign == NULL ? one.len : (size_t)(sign - one.ptr);
        if (is_argument(dynr_str_make(one.ptr, len), name)) {
            size_t skipped = sign == NULL ? len : len + 1;
            if (found ||
                !decode(dynr_str_make(one.ptr + skipped, one.len - skipped), true, arena, out)) {
                return false;
            }
            found = true;
        }
        at = end + 1;
    }
    return true;
}

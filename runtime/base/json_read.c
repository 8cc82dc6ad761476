/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pull reader. Strings are checked in one pass that allocates nothing; only those with escapes
 * are then copied. A fault sticks: `next` stays at the byte in question and every later call
 * returns false.
 */
#include "base/json_read.h"

#include "base/number_scan.h"
#include "base/text_scan.h"
#include "base/utf8.h"

/*
 * Compared by address in dynr_json_fail, so that memory that ran out is not reported as bad syntax.
 */
static const char fault_memory[] = "memory is exhausted";

static bool fail(struct dynr_json_reader *reader, const char *fault)
{
    if (reader->fault == NULL) {
        reader->fault = fault;
    }
    return false;
}

static bool fail_at(struct dynr_json_reader *reader, const char *where, const char *fault)
{
    reader->next = where;
    return fail(reader, fault);
}

static void skip_space(struct dynr_json_reader *reader)
{
    const char *p = reader->next;
    while (p < reader->end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
        p++;
    }
    reader->next = p;
}

void dynr_json_reader_init(struct dynr_json_reader *reader, struct dynr_str text)
{
    reader->start = text.len == 0 ? "" : text.ptr;
    reader->next = reader->start;
    reader->end = reader->start + text.len;
    reader->fault = NULL;
    reader->depth = 0;
}

enum dynr_json_kind dynr_json_peek(struct dynr_json_reader *reader)
{
    if (reader->fault != NULL) {
        return DYNR_JSON_FAULT;
    }
    skip_space(reader);
    if (reader->next == reader->end) {
        return DYNR_JSON_END;
    }
    switch (*reader->next) {
    case '"':
        return DYNR_JSON_STRING;
    case '{':
        return DYNR_JSON_OBJECT;
    case '[':
        return DYNR_JSON_ARRAY;
    case 'n':
        return DYNR_JSON_NULL;
    case 't':
        return DYNR_JSON_TRUE;
    case 'f':
        return DYNR_JSON_FALSE;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return DYNR_JSON_NUMBER;
    default:
        fail(reader, "a value is expected");
        return DYNR_JSON_FAULT;
    }
}

/* Whether a value of this kind comes next; else sets `fault`. */
static bool expect(struct dynr_json_reader *reader, enum dynr_json_kind kind, const char *fault)
{
    enum dynr_json_kind found = dynr_json_peek(reader);
    if (found == kind) {
        return true;
    }
    if (found == DYNR_JSON_END) {
        fault = "the text ends where a value is expected";
    }
    return fail(reader, fault);
}

static bool read_literal(struct dynr_json_reader *reader, const char *literal)
{
    size_t len = strlen(literal);
    if ((size_t)(reader->end - reader->next) < len || memcmp(reader->next, literal, len) != 0) {
        return fail(reader, "a value is expected");
    }
    reader->next += len;
    return true;
}

/* Four hexadecimal digits; false when they are not. */
static bool parse_hex4(const char *p, const char *end, uint32_t *out)
{
    if (end - p < 4) {
        return false;
    }
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)p[i];
        unsigned letter = (c | 0x20U) - 'a';
        unsigned digit = c - '0';
        if (digit > 9) {
            if (letter > 5) {
                return false;
            }
            digit = letter + 10;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

/*
 * Decodes the escape at `p`, a backslash. Returns its length, 0 when it is malformed; a surrogate
 * pair is one escape of 12 bytes.
 */
static size_t decode_escape(const char *p, const char *end, uint32_t *out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (end - p < 2) {
        return 0;
    }
    if (p[1] != 'u') {
        const char *letter = memchr(letters, p[1], sizeof letters - 1);
        if (letter == NULL) {
            return 0;
        }
        *out = (unsigned char)meanings[letter - letters];
        return 2;
    }
    uint32_t first = 0;
    uint32_t second = 0;
    if (!parse_hex4(p + 2, end, &first)) {
        return 0;
    }
    if (first < 0xD800 || first > 0xDFFF) {
        *out = first;
        return 6;
    }
    bool paired = first < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
                  parse_hex4(p + 8, end, &second) && second >= 0xDC00 && second <= 0xDFFF;
    if (!paired) {
        return 0;
    }
    *out = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 12;
}

/*
 * Checks the string that starts at `next` and steps over it. `raw` is what stands between the
 * quotes.
 */
static bool scan_string(struct dynr_json_reader *reader, struct dynr_str *raw, bool *has_escapes)
{
    const char *start = reader->next + 1;
    const char *p = start;
    *has_escapes = false;
    for (;;) {
        bool non_ascii = false;
        size_t len = dynr_scan_json_plain(p, (size_t)(reader->end - p), &non_ascii);
        if (non_ascii) {
            size_t valid = dynr_utf8_valid_length(dynr_str_make(p, len));
            if (valid != len) {
                return fail_at(reader, p + valid, "a string is not valid UTF-8");
            }
        }
        p += len;
        if (p == reader->end) {
            return fail_at(reader, p, "a string does not end");
        }
        if (*p == '"') {
            break;
        }
        uint32_t code_point = 0;
        size_t step = *p == '\\' ? decode_escape(p, reader->end, &code_point) : 0;
        if (step == 0) {
            return fail_at(reader, p,
                           *p == '\\' ? "a string holds an invalid escape"
                                      : "a string holds a control character");
        }
        *has_escapes = true;
        p += step;
    }
    *raw = dynr_str_make(start, (size_t)(p - start));
    reader->next = p + 1;
    return true;
}

/* Resolves the escapes of a checked string. A text never grows by it. */
static bool unescape(struct dynr_json_reader *reader, struct dynr_str raw, struct dynr_arena *arena,
                     struct dynr_str *out)
{
    char *text = dynr_arena_text(arena, raw.len);
    if (text == NULL) {
        return fail(reader, fault_memory);
    }
    const char *p = raw.ptr;
    const char *end = raw.ptr + raw.len;
    size_t len = 0;
    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((escape == NULL ? end : escape) - p);
        memcpy(text + len, p, plain);
        len += plain;
        p += plain;
        if (escape != NULL) {
            uint32_t code_point = 0;
            char utf8[4];
            p += decode_escape(p, end, &code_point);
            size_t n = dynr_utf8_encode(code_point, utf8);
            memcpy(text + len, utf8, n);
            len += n;
        }
    }
    *out = dynr_str_make(text, len);
    return true;
}

static bool take_string(struct dynr_json_reader *reader, struct dynr_arena *arena,
                        struct dynr_str *out)
{
    struct dynr_str raw;
    bool has_escapes;
    if (!scan_string(reader, &raw, &has_escapes)) {
        return false;
    }
    if (has_escapes) {
        return unescape(reader, raw, arena, out);
    }
    *out = raw;
    return true;
}

bool dynr_json_read_string(struct dynr_json_reader *reader, struct dynr_arena *arena,
                           struct dynr_str *out)
{
    return expect(reader, DYNR_JSON_STRING, "a string is expected") &&
           take_string(reader, arena, out);
}

bool dynr_json_read_number(struct dynr_json_reader *reader, struct dynr_str *out)
{
    if (!expect(reader, DYNR_JSON_NUMBER, "a number is expected")) {
        return false;
    }
    struct dynr_number_scan scan;
    struct dynr_str rest = dynr_str_make(reader->next, (size_t)(reader->end - reader->next));
    size_t len = dynr_number_scan(rest, false, &scan);
    if (len == 0) {
        return fail(reader, "a number is malformed");
    }
    *out = dynr_str_make(reader->next, len);
    reader->next += len;
    return true;
}

bool dynr_json_read_bool(struct dynr_json_reader *reader, bool *out)
{
    enum dynr_json_kind kind = dynr_json_peek(reader);
    if (kind == DYNR_JSON_TRUE || kind == DYNR_JSON_FALSE) {
        if (!read_literal(reader, kind == DYNR_JSON_TRUE ? "true" : "false")) {
            return false;
        }
        *out = kind == DYNR_JSON_TRUE;
        return true;
    }
    return expect(reader, DYNR_JSON_TRUE, "true or false is expected");
}

bool dynr_json_read_null(struct dynr_json_reader *reader)
{
    return expect(reader, DYNR_JSON_NULL, "null is expected") && read_literal(reader, "null");
}

static bool enter(struct dynr_json_reader *reader, bool *first)
{
    if (reader->depth >= DYNR_JSON_MAX_DEPTH) {
        return fail(reader, "values are nested too deeply");
    }
    reader->depth++;
    reader->next++;
    *first = true;
    return true;
}

/*
 * Steps over the comma or the closing character. True when a member or element follows; at the end
 * and at a fault false.
 */
static bool advance(struct dynr_json_reader *reader, bool *first, char closing)
{
    if (reader->fault != NULL) {
        return false;
    }
    skip_space(reader);
    if (reader->next == reader->end) {
        return fail(reader, closing == '}' ? "an object does not end" : "an array does not end");
    }
    if (*reader->next == closing) {
        reader->next++;
        reader->depth--;
        return false;
    }
    if (*first) {
        *first = false;
        return true;
    }
    if (*reader->next != ',') {
        return fail(reader, closing == '}' ? "a comma or a closing brace is expected"
                                           : "a comma or a closing bracket is expected");
    }
    reader->next++;
    skip_space(reader);
    if (reader->next < reader->end && *reader->next == closing) {
        return fail(reader, "a comma stands before the end");
    }
    return true;
}

/* Stands before a key: says whether it is one. */
static bool expect_key(struct dynr_json_reader *reader)
{
    if (reader->next == reader->end || *reader->next != '"') {
        return fail(reader, "a member's name is expected");
    }
    return true;
}

static bool take_colon(struct dynr_json_reader *reader)
{
    skip_space(reader);
    if (reader->next == reader->end || *reader->next != ':') {
        return fail(reader, "a colon is expected");
    }
    reader->next++;
    return true;
}

bool dynr_json_enter_object(struct dynr_json_reader *reader, bool *first)
{
    return expect(reader, DYNR_JSON_OBJECT, "an object is expected") && enter(reader, first);
}

bool dynr_json_next_member(struct dynr_json_reader *reader, struct dynr_arena *arena, bool *first,
                           struct dynr_str *key)
{
    return advance(reader, first, '}') && expect_key(reader) && take_string(reader, arena, key) &&
           take_colon(reader);
}

bool dynr_json_enter_array(struct dynr_json_reader *reader, bool *first)
{
    return expect(reader, DYNR_JSON_ARRAY, "an array is expected") && enter(reader, first);
}

bool dynr_json_next_element(struct dynr_json_reader *reader, bool *first)
{
    return advance(reader, first, ']');
}

static bool skip_object(struct dynr_json_reader *reader)
{
    bool first;
    bool has_escapes;
    struct dynr_str key;
    if (!dynr_json_enter_object(reader, &first)) {
        return false;
    }
    while (advance(reader, &first, '}')) {
        if (!expect_key(reader) || !scan_string(reader, &key, &has_escapes) ||
            !take_colon(reader) || !dynr_json_skip(reader, NULL)) {
            return false;
        }
    }
    return reader->fault == NULL;
}

static bool skip_array(struct dynr_json_reader *reader)
{
    bool first;
    if (!dynr_json_enter_array(reader, &first)) {
        return false;
    }
    while (advance(reader, &first, ']')) {
        if (!dynr_json_skip(reader, NULL)) {
            return false;
        }
    }
    return reader->fault == NULL;
}

/* Recursion is bounded by DYNR_JSON_MAX_DEPTH. */
static bool skip_value(struct dynr_json_reader *reader, enum dynr_json_kind kind)
{
    struct dynr_str text;
    bool flag;
    switch (kind) {
    case DYNR_JSON_NULL:
        return dynr_json_read_null(reader);
    case DYNR_JSON_FALSE:
    case DYNR_JSON_TRUE:
        return dynr_json_read_bool(reader, &flag);
    case DYNR_JSON_NUMBER:
        return dynr_json_read_number(reader, &text);
    case DYNR_JSON_STRING:
        return scan_string(reader, &text, &flag);
    case DYNR_JSON_ARRAY:
        return skip_array(reader);
    case DYNR_JSON_OBJECT:
        return skip_object(reader);
    case DYNR_JSON_END:
        return fail(reader, "the text ends where a value is expected");
    case DYNR_JSON_FAULT:
        break;
    }
    return false;
}

bool dynr_json_skip(struct dynr_json_reader *reader, struct dynr_str *out)
{
    enum dynr_json_kind kind = dynr_json_peek(reader);
    const char *start = reader->next;
    if (!skip_value(reader, kind)) {
        return false;
    }
    if (out != NULL) {
        *out = dynr_str_make(start, (size_t)(reader->next - start));
    }
    return true;
}

bool dynr_json_finish(struct dynr_json_reader *reader)
{
    if (reader->fault != NULL) {
        return false;
    }
    skip_space(reader);
    return reader->next == reader->end || fail(reader, "text after the value");
}

enum dynr_status dynr_json_fail(const struct dynr_json_reader *reader, struct dynr_error *err)
{
    if (reader->fault == fault_memory) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return dynr_fail(err, DYNR_ERR_SYNTAX, "JSON is malformed at byte %zu: %s",
                     (size_t)(reader->next - reader->start),
                     reader->fault == NULL ? "unexpected value" : reader->fault);
}

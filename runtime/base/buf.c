/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing buffer. It doubles, so that appending is linear in total, and never beyond its bound.
 */
#include "dynr/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/checked.h"
#include "base/number_text.h"
#include "base/plain_format.h"
#include "base/text_scan.h"

#define CAPACITY_MIN ((size_t)256)

static const struct dynr_allocator *allocator_of(const struct dynr_buf *buf)
{
    return buf->allocator == NULL ? dynr_allocator_default() : buf->allocator;
}

void dynr_buf_init(struct dynr_buf *buf, const struct dynr_allocator *allocator, size_t limit)
{
    memset(buf, 0, sizeof *buf);
    buf->allocator = allocator;
    buf->limit = limit;
}

void dynr_buf_cleanup(struct dynr_buf *buf)
{
    if (buf->ptr != NULL) {
        const struct dynr_allocator *allocator = allocator_of(buf);
        allocator->resize(allocator->context, buf->ptr, buf->cap, 0);
    }
    buf->ptr = NULL;
    buf->len = 0;
    buf->cap = 0;
    buf->failed = false;
}

void dynr_buf_clear(struct dynr_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

/* Enlarges the buffer to hold `need` bytes, more than it does. */
static bool grow(struct dynr_buf *buf, size_t need)
{
    size_t cap = buf->cap < CAPACITY_MIN / 2 ? CAPACITY_MIN : buf->cap;
    if (buf->cap >= CAPACITY_MIN / 2 && !dynr_checked_multiply(cap, 2, &cap)) {
        cap = need;
    }
    if (buf->limit != 0 && cap > buf->limit) {
        cap = buf->limit;
    }
    if (cap < need) {
        cap = need;
    }
    const struct dynr_allocator *allocator = allocator_of(buf);
    char *block = allocator->resize(allocator->context, buf->ptr, buf->cap, cap);
    if (block == NULL) {
        return false;
    }
    buf->ptr = block;
    buf->cap = cap;
    return true;
}

char *dynr_buf_reserve(struct dynr_buf *buf, size_t extra)
{
    size_t need = 0;
    if (buf->failed) {
        return NULL;
    }
    if (!dynr_checked_add(buf->len, extra, &need) || (buf->limit != 0 && need > buf->limit)) {
        buf->failed = true;
        return NULL;
    }
    if ((need > buf->cap || buf->ptr == NULL) && !grow(buf, need)) {
        buf->failed = true;
        return NULL;
    }
    return buf->ptr + buf->len;
}

void dynr_buf_append(struct dynr_buf *buf, const void *bytes, size_t len)
{
    if (len == 0) {
        return;
    }
    /* The usual case, without a call: there is room. */
    if (!buf->failed && len <= buf->cap - buf->len) {
        memcpy(buf->ptr + buf->len, bytes, len);
        buf->len += len;
        return;
    }
    char *out = dynr_buf_reserve(buf, len);
    if (out != NULL) {
        memcpy(out, bytes, len);
        buf->len += len;
    }
}

void dynr_buf_append_str(struct dynr_buf *buf, struct dynr_str text)
{
    dynr_buf_append(buf, text.ptr, text.len);
}

void dynr_buf_append_c(struct dynr_buf *buf, const char *text)
{
    dynr_buf_append_str(buf, dynr_str_from_c(text));
}

void dynr_buf_append_char(struct dynr_buf *buf, char c)
{
    char *out = dynr_buf_reserve(buf, 1);
    if (out != NULL) {
        *out = c;
        buf->len++;
    }
}

void dynr_buf_printf(struct dynr_buf *buf, const char *format, ...)
{
    if (buf->failed) {
        return;
    }
    /* Most texts are short: one formatting suffices, and the buffer needs no room for a NUL. */
    char small[256];
    va_list arguments;
    va_start(arguments, format);
    size_t plain = dynr_plain_format(small, sizeof small, format, arguments);
    va_end(arguments);
    if (plain <= sizeof small) {
        dynr_buf_append(buf, small, plain);
        return;
    }
    va_start(arguments, format);
    int printed = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        buf->failed = true;
        return;
    }
    size_t len = (size_t)printed;
    if (len < sizeof small) {
        dynr_buf_append(buf, small, len);
        return;
    }
    if (dynr_buf_reserve(buf, len) == NULL) {
        return;
    }
    /* vsnprintf ends with a NUL that counts for neither the length nor the bound. */
    if (buf->cap - buf->len <= len && !grow(buf, buf->len + len + 1)) {
        buf->failed = true;
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(buf->ptr + buf->len, len + 1, format, arguments);
    va_end(arguments);
    buf->len += len;
}

void dynr_buf_append_int(struct dynr_buf *buf, int64_t value)
{
    char digits[20];
    dynr_buf_append(buf, digits, dynr_int64_format(value, digits));
}

/* Writes the escape of a character that a JSON string cannot hold as it is. */
static void append_json_escape(struct dynr_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    /* Letters of the short escapes, by character; 0 where there is none. */
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    char escape[6] = {'\\', letters[c], '0', '0', hex[c >> 4], hex[c & 15]};
    size_t len = 2;
    if (escape[1] == 0) {
        escape[1] = 'u';
        len = sizeof escape;
    }
    dynr_buf_append(buf, escape, len);
}

void dynr_buf_append_json_string(struct dynr_buf *buf, struct dynr_str text)
{
    dynr_buf_append_char(buf, '"');
    size_t i = 0;
    while (i < text.len) {
        bool non_ascii = false;
        size_t plain = dynr_scan_json_plain(text.ptr + i, text.len - i, &non_ascii);
        dynr_buf_append(buf, text.ptr + i, plain);
        i += plain;
        if (i < text.len) {
            append_json_escape(buf, (unsigned char)text.ptr[i]);
            i++;
        }
    }
    dynr_buf_append_char(buf, '"');
}

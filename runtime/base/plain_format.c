/* SPDX-License-Identifier: Apache-2.0 */
#include "base/plain_format.h"

#include <stdbool.h>
#include <string.h>

#include "base/number_text.h"

struct sink {
    char *out;
    size_t room;
    size_t len;
};

static inline void put(struct sink *sink, const char *bytes, size_t len)
{
    if (len > 0 && sink->len <= sink->room && len <= sink->room - sink->len) {
        memcpy(sink->out + sink->len, bytes, len);
    } else if (len > 0 && sink->len < sink->room) {
        memcpy(sink->out + sink->len, bytes, sink->room - sink->len);
    }
    sink->len += len;
}

static void put_unsigned(struct sink *sink, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put(sink, digits + at, sizeof digits - at);
}

static void put_signed(struct sink *sink, int64_t value)
{
    char digits[20];
    put(sink, digits, dynr_int64_format(value, digits));
}

/* Formats the integer whose directive stands at `at`, behind the percent sign. Returns the directive's length, or 0. */
static size_t put_integer(struct sink *sink, const char *at, va_list *arguments)
{
    if (at[0] == 'd') {
        put_signed(sink, va_arg(*arguments, int));
        return 1;
    }
    if (at[0] == 'u') {
        put_unsigned(sink, va_arg(*arguments, unsigned));
        return 1;
    }
    if (at[0] == 'z' && at[1] == 'u') {
        put_unsigned(sink, va_arg(*arguments, size_t));
        return 2;
    }
    if (at[0] == 'l' && at[1] == 'd') {
        put_signed(sink, va_arg(*arguments, long));
        return 2;
    }
    if (at[0] == 'l' && at[1] == 'u') {
        put_unsigned(sink, va_arg(*arguments, unsigned long));
        return 2;
    }
    return 0;
}

/* The same for any directive. */
static size_t put_directive(struct sink *sink, const char *at, va_list *arguments)
{
    if (at[0] == 's') {
        const char *text = va_arg(*arguments, const char *);
        put(sink, text, strlen(text));
        return 1;
    }
    if (at[0] == '.' && at[1] == '*' && at[2] == 's') {
        int len = va_arg(*arguments, int);
        const char *text = va_arg(*arguments, const char *);
        put(sink, text, len > 0 ? (size_t)len : 0);
        return 3;
    }
    if (at[0] == 'c') {
        char character = (char)va_arg(*arguments, int);
        put(sink, &character, 1);
        return 1;
    }
    if (at[0] == '%') {
        put(sink, at, 1);
        return 1;
    }
    return put_integer(sink, at, arguments);
}

size_t dynr_plain_format(char *out, size_t room, const char *format, va_list arguments)
{
    struct sink sink = {.room = room};
    sink.out = out;
    /* A parameter of this type may be an array, whose address is of another type. */
    va_list own;
    va_copy(own, arguments);
    bool known = true;
    while (known && *format != '\0') {
        const char *percent = strchr(format, '%');
        if (percent == NULL) {
            put(&sink, format, strlen(format));
            break;
        }
        put(&sink, format, (size_t)(percent - format));
        size_t len = put_directive(&sink, percent + 1, &own);
        known = len > 0;
        format = percent + 1 + len;
    }
    va_end(own);
    return known ? sink.len : DYNR_NOT_PLAIN;
}

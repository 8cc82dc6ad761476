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

size_t dynr_plain_format(char *out, size_t room, const char *format, va_list arguments)
{
    struct sink sink = {out, room, 0};
    for (;;) {
        const char *start = format;
        while (*format != '%' && *format != '\0') {
            format++;
        }
        put(&sink, start, (size_t)(format - start));
        if (*format == '\0') {
            return sink.len;
        }
        const char *text = format + 1;
        format += 2;
        char character = *text;
        if (character == 's') {
            text = va_arg(arguments, const char *);
            put(&sink, text, strlen(text));
        } else if (character == '.' && text[1] == '*' && text[2] == 's') {
            int len = va_arg(arguments, int);
            text = va_arg(arguments, const char *);
            put(&sink, text, len > 0 ? (size_t)len : 0);
            format += 2;
        } else if (character == 'z' && text[1] == 'u') {
            put_unsigned(&sink, va_arg(arguments, size_t));
            format++;
        } else if (character == 'l' && text[1] == 'u') {
            put_unsigned(&sink, va_arg(arguments, unsigned long));
            format++;
        } else if (character == 'l' && text[1] == 'd') {
            put_signed(&sink, va_arg(arguments, long));
            format++;
        } else if (character == 'd') {
            put_signed(&sink, va_arg(arguments, int));
        } else if (character == 'u') {
            put_unsigned(&sink, va_arg(arguments, unsigned));
        } else if (character == 'c' || character == '%') {
            character = character == 'c' ? (char)va_arg(arguments, int) : '%';
            put(&sink, &character, 1);
        } else {
            return DYNR_NOT_PLAIN;
        }
    }
}

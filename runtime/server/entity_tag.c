/* SPDX-License-Identifier: Apache-2.0 */
#include "server/entity_tag.h"

#include <string.h>

static struct dynr_str skip(struct dynr_str text, size_t n)
{
    return dynr_str_make(text.ptr + n, text.len - n);
}

static struct dynr_str skip_any(struct dynr_str text, const char *characters)
{
    while (text.len > 0 && strchr(characters, text.ptr[0]) != NULL && text.ptr[0] != '\0') {
        text = skip(text, 1);
    }
    return text;
}

bool dynr_entity_tag_matches(struct dynr_str header, struct dynr_str tag)
{
    struct dynr_str rest = skip_any(header, " \t");
    if (rest.len > 0 && rest.ptr[0] == '*') {
        return skip_any(skip(rest, 1), " \t").len == 0;
    }
    for (;;) {
        /* Empty elements are allowed. */
        rest = skip_any(rest, ", \t");
        if (dynr_str_starts_with(rest, dynr_str_from_c("W/"))) {
            rest = skip(rest, 2);
        }
        if (rest.len == 0 || rest.ptr[0] != '"') {
            return false;
        }
        const char *end = memchr(rest.ptr + 1, '"', rest.len - 1);
        if (end == NULL) {
            return false;
        }
        struct dynr_str one = dynr_str_make(rest.ptr, (size_t)(end - rest.ptr) + 1);
        rest = skip_any(skip(rest, one.len), " \t");
        if (rest.len > 0 && rest.ptr[0] != ',') {
            return false;
        }
        if (dynr_str_equal(one, tag)) {
            return true;
        }
    }
}

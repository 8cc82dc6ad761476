/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed run of bytes. Not NUL-terminated; never owns its memory. Every string that crosses this
 * library's interfaces is one of these, so no function has to guess a length.
 */
#ifndef DYNR_STR_H
#define DYNR_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "dynr/version.h"

DYNR_BEGIN_DECLS

/** Bytes at `ptr`, `len` of them. `{NULL, 0}` is the empty string. UTF-8 unless a function says otherwise. */
struct dynr_str {
    const char *ptr;
    size_t len;
};

/** The string of `len` bytes at `ptr`, borrowed. */
static inline struct dynr_str dynr_str_make(const char *ptr, size_t len)
{
    struct dynr_str str;
    str.ptr = ptr;
    str.len = len;
    return str;
}

/** A NUL-terminated C string as a borrowed string. `NULL` gives the empty string. */
static inline struct dynr_str dynr_str_from_c(const char *text)
{
    return dynr_str_make(text, text == NULL ? 0 : strlen(text));
}

/** Whether both hold the same bytes. */
static inline bool dynr_str_equal(struct dynr_str a, struct dynr_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** Whether `str` holds exactly the bytes of the NUL-terminated `text`. */
static inline bool dynr_str_equal_c(struct dynr_str str, const char *text)
{
    return dynr_str_equal(str, dynr_str_from_c(text));
}

/** Unsigned byte order, the order of DynamoDB's sort keys: negative, zero or positive. */
static inline int dynr_str_compare(struct dynr_str a, struct dynr_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, shorter);
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : (a.len > b.len ? 1 : 0);
}

/** Whether `str` starts with `prefix`. */
static inline bool dynr_str_starts_with(struct dynr_str str, struct dynr_str prefix)
{
    return str.len >= prefix.len &&
           (prefix.len == 0 || memcmp(str.ptr, prefix.ptr, prefix.len) == 0);
}

DYNR_END_DECLS

#endif

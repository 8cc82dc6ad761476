/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms of emails and urls, byte by byte and independent of the locale.
 */
#include "typed/form.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_alphanumeric(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

static bool is_domain(struct dynr_str text)
{
    size_t n_labels = 0;
    size_t i = 0;
    while (i < text.len) {
        size_t start = i;
        while (i < text.len && text.ptr[i] != '.') {
            if (!is_alphanumeric(text.ptr[i]) && text.ptr[i] != '-') {
                return false;
            }
            i++;
        }
        if (i == start || i - start > 63 || text.ptr[start] == '-' || text.ptr[i - 1] == '-') {
            return false;
        }
        n_labels++;
        if (i < text.len && ++i == text.len) {
            return false;
        }
    }
    return n_labels >= 2;
}

bool dynr_form_is_email(struct dynr_str text)
{
    if (text.len > 254) {
        return false;
    }
    size_t at = 0;
    while (at < text.len && text.ptr[at] != '@') {
        unsigned char c = (unsigned char)text.ptr[at];
        if (c <= ' ' || c == 0x7F || strchr("\"(),:;<>[\\]", c) != NULL) {
            return false;
        }
        at++;
    }
    if (at == 0 || at > 64 || at == text.len) {
        return false;
    }
    return is_domain(dynr_str_make(text.ptr + at + 1, text.len - at - 1));
}

bool dynr_form_is_url(struct dynr_str text)
{
    size_t scheme = 0;
    while (scheme < text.len && (unsigned char)text.ptr[scheme] < 0x80 &&
           (is_alphanumeric(text.ptr[scheme]) ||
            (text.ptr[scheme] != '\0' && strchr("+.-", text.ptr[scheme]) != NULL))) {
        scheme++;
    }
    if (scheme == 0 || !is_letter(text.ptr[0]) || text.len > 2048 || text.len - scheme < 4 ||
        memcmp(text.ptr + scheme, "://", 3) != 0 || strchr("/?#", text.ptr[scheme + 3]) != NULL) {
        return false;
    }
    for (size_t i = scheme + 3; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c == 0x7F || strchr("\"<>\\", c) != NULL) {
            return false;
        }
    }
    return true;
}

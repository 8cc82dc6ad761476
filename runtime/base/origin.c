/* SPDX-License-Identifier: Apache-2.0 */
#include "base/origin.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool equal_ignoring_case(struct dynr_str a, struct dynr_str b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

/** What stands behind the scheme; empty where there is none. */
static struct dynr_str host_of_origin(struct dynr_str origin)
{
    for (size_t i = 0; i + 2 < origin.len; i++) {
        if (origin.ptr[i] == ':' && origin.ptr[i + 1] == '/' && origin.ptr[i + 2] == '/') {
            return dynr_str_make(origin.ptr + i + 3, origin.len - i - 3);
        }
    }
    return dynr_str_make(NULL, 0);
}

/** "host:port" without ":port"; brackets of IPv6 addresses stay. */
static struct dynr_str without_port(struct dynr_str host)
{
    for (size_t i = host.len; i > 0; i--) {
        char c = host.ptr[i - 1];
        if (c == ':') {
            return dynr_str_make(host.ptr, i - 1);
        }
        if (c < '0' || c > '9') {
            break;
        }
    }
    return host;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_scheme(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_letter(c) && (i == 0 || (!is_digit(c) && c != '+' && c != '-' && c != '.'))) {
            return false;
        }
    }
    return text.len > 0;
}

/* A name (others than of ASCII come as punycode), or an IPv6 address in brackets. */
static bool is_host(struct dynr_str text)
{
    bool is_v6 = text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';
    size_t end = is_v6 ? text.len - 1 : text.len;
    for (size_t i = is_v6 ? 1 : 0; i < end; i++) {
        char c = text.ptr[i];
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != (is_v6 ? ':' : '-') &&
            (is_v6 || c != '_')) {
            return false;
        }
    }
    return text.len > 0;
}

/* As browsers write it: without zeros that it might begin with. */
static bool is_port(struct dynr_str text, struct dynr_str scheme)
{
    unsigned int port = 0;
    for (size_t i = 0; i < text.len && port <= UINT16_MAX; i++) {
        port = port * 10 + (unsigned int)(text.ptr[i] - '0');
    }
    bool goes_without_saying =
        (port == 80 && equal_ignoring_case(scheme, dynr_str_from_c("http"))) ||
        (port == 443 && equal_ignoring_case(scheme, dynr_str_from_c("https")));
    return text.len > 0 && text.ptr[0] != '0' && port <= UINT16_MAX && !goes_without_saying;
}

bool dynr_origin_is_valid(struct dynr_str origin)
{
    struct dynr_str host = host_of_origin(origin);
    if (host.len == 0) {
        return false;
    }
    struct dynr_str scheme = dynr_str_make(origin.ptr, origin.len - host.len - strlen("://"));
    struct dynr_str name = without_port(host);
    struct dynr_str port = dynr_str_make(host.ptr + name.len, host.len - name.len);
    return is_scheme(scheme) && is_host(name) &&
           (port.len == 0 || is_port(dynr_str_make(port.ptr + 1, port.len - 1), scheme));
}

enum dynr_origin_kind dynr_origin_judge(struct dynr_str origin, struct dynr_str host, bool is_tls,
                                        const char *const *origins, size_t n_origins)
{
    if (origin.len == 0) {
        return DYNR_ORIGIN_OWN;
    }
    for (size_t i = 0; i < n_origins; i++) {
        if (equal_ignoring_case(origin, dynr_str_from_c(origins[i]))) {
            return DYNR_ORIGIN_LISTED;
        }
    }
    struct dynr_str scheme = dynr_str_from_c(is_tls ? "https://" : "http://");
    bool own = host.len > 0 && dynr_str_starts_with(origin, scheme) &&
               equal_ignoring_case(host_of_origin(origin), host);
    return own ? DYNR_ORIGIN_OWN : DYNR_ORIGIN_FOREIGN;
}

bool dynr_host_is_local(struct dynr_str host, const char *const *origins, size_t n_origins)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    struct dynr_str name = without_port(host);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (equal_ignoring_case(name, dynr_str_from_c(names[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < n_origins; i++) {
        if (equal_ignoring_case(name, without_port(host_of_origin(dynr_str_from_c(origins[i]))))) {
            return true;
        }
    }
    return false;
}

bool dynr_origin_is_local(struct dynr_str origin)
{
    return dynr_host_is_local(host_of_origin(origin), NULL, 0);
}

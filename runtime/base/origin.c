/* SPDX-License-Identifier: Apache-2.0 */
#include "base/origin.h"

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

/* SPDX-License-Identifier: Apache-2.0 */
#include "server/static_path.h"

#include <string.h>

#define INDEX "index.html"

static bool is_component_fine(struct dynr_str component)
{
    if (component.len == 0 || component.ptr[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < component.len; i++) {
        unsigned char c = (unsigned char)component.ptr[i];
        if (c < 0x20 || c == 0x7f || c == '\\') {
            return false;
        }
    }
    return true;
}

bool dynr_static_path(struct dynr_str path, char out[DYNR_STATIC_MAX_PATH])
{
    if (path.len == 0 || path.ptr[0] != '/' || path.len + sizeof INDEX > DYNR_STATIC_MAX_PATH) {
        return false;
    }
    size_t at = 1;
    while (at < path.len) {
        const char *slash = memchr(path.ptr + at, '/', path.len - at);
        size_t end = slash == NULL ? path.len : (size_t)(slash - path.ptr);
        if (!is_component_fine(dynr_str_make(path.ptr + at, end - at))) {
            return false;
        }
        at = end + 1;
    }
    size_t len = path.len - 1;
    memcpy(out, path.ptr + 1, len);
    out[len] = '\0';
    if (len == 0 || out[len - 1] == '/') {
        memcpy(out + len, INDEX, sizeof INDEX);
    }
    return true;
}

const char *dynr_static_content_type(const char *path)
{
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".wasm", "application/wasm"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".avif", "image/avif"},
        {".ico", "image/x-icon"},
        {".woff", "font/woff"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".xml", "application/xml"},
        {".pdf", "application/pdf"},
    };
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t ending = strlen(types[i].ending);
        if (len > ending && strcmp(path + len - ending, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

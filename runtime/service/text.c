/* SPDX-License-Identifier: Apache-2.0 */
/* Building blocks of answers. */
#include "base/arena_allocator.h"
#include "service/service.h"

void dynr_service_text_init(struct service_text *text, struct dynr_arena *arena)
{
    text->allocator = dynr_arena_allocator(arena);
    dynr_buf_init(&text->buf, &text->allocator, 0);
}

bool dynr_service_text_end(struct service_call *call, struct service_text *text,
                           struct dynr_str *out)
{
    *out = dynr_buf_str(&text->buf);
    return dynr_buf_ok(&text->buf) || dynr_service_no_memory(call);
}

void dynr_service_key(struct dynr_buf *out, const char *name)
{
    if (out->len > 0 && out->ptr[out->len - 1] != '{') {
        dynr_buf_append_char(out, ',');
    }
    dynr_buf_append_char(out, '"');
    dynr_buf_append_c(out, name);
    dynr_buf_append_c(out, "\":");
}

void dynr_service_key_text(struct dynr_buf *out, const char *name, struct dynr_str text)
{
    dynr_service_key(out, name);
    dynr_buf_append_json_string(out, text);
}

void dynr_service_key_time(struct dynr_buf *out, const char *name, int64_t ms)
{
    dynr_service_key(out, name);
    dynr_buf_printf(out, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
}

void dynr_service_key_units(struct dynr_buf *out, const char *name, double units)
{
    int64_t halves = (int64_t)(units * 2 + 0.5);
    dynr_service_key(out, name);
    dynr_buf_printf(out, "%lld.%d", (long long)(halves / 2), halves % 2 == 0 ? 0 : 5);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

struct dynr_str dynr_service_members(struct dynr_str object)
{
    if (object.len < 2) {
        return dynr_str_make("", 0);
    }
    const char *first = object.ptr + 1;
    const char *last = object.ptr + object.len - 1;
    while (first < last && is_space(*first)) {
        first++;
    }
    while (last > first && is_space(last[-1])) {
        last--;
    }
    return dynr_str_make(first, (size_t)(last - first));
}

struct dynr_str dynr_service_find(struct dynr_str text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, part, len) == 0) {
            return dynr_str_make(text.ptr + i, text.len - i);
        }
    }
    return dynr_str_make(NULL, 0);
}

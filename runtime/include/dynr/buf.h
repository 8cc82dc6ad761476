/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing, bounded byte buffer with sticky failure: append as often as needed, check once.
 */
#ifndef DYNR_BUF_H
#define DYNR_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/allocator.h"
#include "dynr/str.h"

DYNR_BEGIN_DECLS

/** Zero is a valid, empty buffer on the default allocator without a bound. Owns its bytes. */
struct dynr_buf {
    char *ptr;
    size_t len;
    size_t cap;
    /** Upper bound for `len`; 0 means none. */
    size_t limit;
    /** NULL: the default allocator. */
    const struct dynr_allocator *allocator;
    /** An append did not fit (bound or memory). Sticky; later appends do nothing. */
    bool failed;
};

/** An empty buffer on `allocator` (NULL: the default) that never holds more than `limit` bytes (0: any). */
DYNR_API void dynr_buf_init(struct dynr_buf *buf, const struct dynr_allocator *allocator,
                            size_t limit);
/** Frees the bytes. The buffer is empty and usable again. Idempotent. */
DYNR_API void dynr_buf_cleanup(struct dynr_buf *buf);
/** Empties the buffer, keeps its memory, forgets a failure. */
DYNR_API void dynr_buf_clear(struct dynr_buf *buf);

/** Makes room for `extra` more bytes and returns where they go (`ptr + len`), or NULL and sets `failed`. */
DYNR_API char *dynr_buf_reserve(struct dynr_buf *buf, size_t extra);

DYNR_API void dynr_buf_append(struct dynr_buf *buf, const void *bytes, size_t len);
DYNR_API void dynr_buf_append_str(struct dynr_buf *buf, struct dynr_str text);
DYNR_API void dynr_buf_append_c(struct dynr_buf *buf, const char *text);
DYNR_API void dynr_buf_append_char(struct dynr_buf *buf, char c);
DYNR_API void dynr_buf_printf(struct dynr_buf *buf, const char *format, ...) DYNR_PRINTF(2, 3);
/** Decimal digits of a signed 64-bit integer. */
DYNR_API void dynr_buf_append_int(struct dynr_buf *buf, int64_t value);
/** `text` as a JSON string with its quotes; control characters, `"` and `\` escaped; UTF-8 passes through. */
DYNR_API void dynr_buf_append_json_string(struct dynr_buf *buf, struct dynr_str text);

/** Whether everything fitted. */
static inline bool dynr_buf_ok(const struct dynr_buf *buf)
{
    return !buf->failed;
}

/** The content, borrowed until the next append. */
static inline struct dynr_str dynr_buf_str(const struct dynr_buf *buf)
{
    return dynr_str_make(buf->ptr, buf->len);
}

DYNR_END_DECLS

#endif

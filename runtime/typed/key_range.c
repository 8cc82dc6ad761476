/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a query's equal values and bounds say about a sort key.
 *
 * Key text is TAG#value#value with every byte of a value above the delimiter D, and D + 1 the escape. So with P the text up to
 * a value v: keys that hold v are P+enc(v) and those that go on with D, all below P+enc(v)+(D+1); keys with a greater value are
 * all above that. A closed interval of texts therefore says every kind of range, but for one: the key that ends with an
 * excluded upper bound is the bound itself, and is dropped after the read.
 */
#include "base/key_codec.h"
#include "typed/encode_item.h"
#include "typed/key.h"
#include "typed/scratch.h"

static enum dynr_status invalid(struct dynr_error *err, const char *message)
{
    return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
}

static bool part_is_present(const struct dynr_key_part *part, const void *probe)
{
    return part->presence == DYNR_REQUIRED || *((const bool *)probe + part->presence);
}

static enum dynr_status append_part(const struct dynr_key_template *key,
                                    const struct dynr_key_part *part, const void *probe,
                                    struct dynr_buf *out, struct dynr_error *err)
{
    size_t offset = part->offset;
    const struct dynr_type_desc *type = dynr_type_resolve(part->type, &offset);
    if (!part_is_present(part, probe)) {
        return dynr_fail_field(err, DYNR_ERR_MISSING, dynr_str_from_c(key->attribute),
                               "a value of the query is absent");
    }
    if (!dynr_key_append_value(type, (const char *)probe + offset, key->delimiter, part->fold,
                               out)) {
        return invalid(err, "a key cannot hold this value");
    }
    return DYNR_OK;
}

static enum dynr_status finish_text(const struct dynr_key_template *key, struct dynr_scratch *text,
                                    struct dynr_str *out, struct dynr_error *err)
{
    if (!dynr_buf_ok(&text->buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (text->buf.len > DYNR_SORT_KEY_MAX) {
        return dynr_fail_field(err, DYNR_ERR_TOO_LARGE, dynr_str_from_c(key->attribute),
                               "the key has %zu bytes, at most %d are allowed", text->buf.len,
                               DYNR_SORT_KEY_MAX);
    }
    *out = dynr_str_make(text->buf.len == 0 ? "" : text->buf.ptr, text->buf.len);
    return DYNR_OK;
}

/* How long the longest beginning of `text` is that a sort key can hold; texts are not cut within a character. */
static size_t cut_length(char type, struct dynr_str text)
{
    size_t len = DYNR_SORT_KEY_MAX;
    while (type == 'S' && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}

/*
 * No key is as long as this bound, so none is equal to it: the ends of the range are then above, or up to, the last key that is
 * below the bound. That is its beginning, and in the room that a character left the greatest shorter one.
 */
static enum dynr_status cut_bound(char type, bool is_high, struct dynr_arena *arena,
                                  struct dynr_sort_range *range, struct dynr_error *err)
{
    static const char *const greatest[] = {"", "\x7f", "\xdf\xbf", "\xef\xbf\xbf"};
    struct dynr_str *bound = is_high ? &range->high : &range->low;
    if (bound->len <= DYNR_SORT_KEY_MAX) {
        return DYNR_OK;
    }
    size_t len = cut_length(type, *bound);
    struct dynr_scratch text;
    dynr_scratch_init(&text, arena);
    dynr_buf_append(&text.buf, bound->ptr, len);
    if (DYNR_SORT_KEY_MAX - len < sizeof greatest / sizeof greatest[0]) {
        dynr_buf_append_c(&text.buf, greatest[DYNR_SORT_KEY_MAX - len]);
    }
    if (!dynr_buf_ok(&text.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *bound = dynr_buf_str(&text.buf);
    if (is_high) {
        range->drop_high = false;
    } else {
        range->drop_low = true;
    }
    return DYNR_OK;
}

static bool has_bounds(const struct dynr_query *query)
{
    return query->low.kind != DYNR_BOUND_NONE || query->high.kind != DYNR_BOUND_NONE;
}

/* Text up to the first value that is not bound: `out_next` is its part, n_parts when all are bound. */
static enum dynr_status append_bound_parts(const struct dynr_query *query, struct dynr_buf *out,
                                           size_t *out_next, struct dynr_error *err)
{
    const struct dynr_key_template *key = query->path->sort;
    size_t n_values = 0;
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct dynr_key_part *part = &key->parts[i];
        dynr_buf_append(out, part->literal, part->literal_len);
        if (part->type == NULL) {
            continue;
        }
        if (n_values == query->n_equal) {
            *out_next = i;
            return DYNR_OK;
        }
        enum dynr_status status = append_part(key, part, query->probe, out, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (++n_values == query->n_equal && query->last_is_prefix) {
            *out_next = i;
            return DYNR_OK;
        }
    }
    *out_next = key->n_parts;
    return n_values == query->n_equal ? DYNR_OK
                                      : invalid(err, "the sort key has fewer values than given");
}

/* One end of a range on the value of part `next`. `out->ptr` stays NULL where that side is open without any prefix. */
static enum dynr_status build_end(const struct dynr_query *query, size_t next, bool is_high,
                                  struct dynr_str prefix, struct dynr_arena *arena,
                                  struct dynr_sort_range *range, struct dynr_error *err)
{
    const struct dynr_key_template *key = query->path->sort;
    const struct dynr_bound *bound = is_high ? &query->high : &query->low;
    struct dynr_str *out = is_high ? &range->high : &range->low;
    struct dynr_scratch text;
    dynr_scratch_init(&text, arena);
    dynr_buf_append_str(&text.buf, prefix);
    if (bound->kind == DYNR_BOUND_NONE) {
        if (prefix.len == 0) {
            return DYNR_OK;
        }
        if (is_high && prefix.ptr[prefix.len - 1] == key->delimiter && dynr_buf_ok(&text.buf)) {
            text.buf.ptr[text.buf.len - 1] = (char)(key->delimiter + 1);
        } else if (is_high) {
            range->prefix = prefix;
            if (!dynr_key_successor(prefix, arena, out)) {
                return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
            }
            return DYNR_OK;
        }
        return finish_text(key, &text, out, err);
    }
    enum dynr_status status = append_part(key, &key->parts[next], bound->probe, &text.buf, err);
    if (status != DYNR_OK) {
        return status;
    }
    bool exclusive = bound->kind == DYNR_BOUND_EXCLUSIVE;
    if (exclusive != is_high) {
        dynr_buf_append_char(&text.buf, (char)(key->delimiter + 1));
    }
    if (is_high) {
        range->drop_high = exclusive && next + 1 == key->n_parts;
    }
    if (!dynr_buf_ok(&text.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *out = dynr_str_make(text.buf.len == 0 ? "" : text.buf.ptr, text.buf.len);
    return cut_bound(key->type, is_high, arena, range, err);
}

/* Chooses the operator for the ends that there are. */
static void close_range(struct dynr_sort_range *range)
{
    /* The service refuses empty keys, also in conditions: every key is above one, none below. */
    if (range->high.ptr != NULL && range->high.len == 0) {
        range->op = DYNR_SORT_NOTHING;
        return;
    }
    if (range->low.len == 0) {
        range->low.ptr = NULL;
        range->drop_low = false;
    }
    if (range->low.ptr != NULL && range->high.ptr != NULL) {
        bool empty = dynr_key_compare_raw(range->type, range->low, range->high) > 0;
        range->op = empty ? DYNR_SORT_NOTHING : DYNR_SORT_FROM_TO;
    } else if (range->low.ptr != NULL) {
        range->op = range->drop_low ? DYNR_SORT_AFTER : DYNR_SORT_FROM;
    } else if (range->high.ptr != NULL) {
        range->op = range->drop_high ? DYNR_SORT_BEFORE : DYNR_SORT_TO;
    }
}

static enum dynr_status build_text_range(const struct dynr_query *query, struct dynr_arena *arena,
                                         struct dynr_sort_range *out, struct dynr_error *err)
{
    const struct dynr_key_template *key = query->path->sort;
    struct dynr_scratch scratch;
    struct dynr_str prefix = {NULL, 0};
    size_t next = 0;
    dynr_scratch_init(&scratch, arena);
    if (!dynr_key_delimiter_is_ordered(key->delimiter)) {
        return invalid(err, "the key's delimiter has no order");
    }
    enum dynr_status status = append_bound_parts(query, &scratch.buf, &next, err);
    status = status == DYNR_OK ? finish_text(key, &scratch, &prefix, err) : status;
    if (status != DYNR_OK) {
        return status;
    }
    if (query->last_is_prefix) {
        if (query->n_equal == 0 || has_bounds(query) ||
            !dynr_kind_is_text(key->parts[next].type->kind)) {
            return invalid(err, "only a text can be given by its beginning, and no range with it");
        }
    } else if (has_bounds(query)) {
        if (next == key->n_parts) {
            return invalid(err, "the sort key has no value left for a range");
        }
        status = build_end(query, next, false, prefix, arena, out, err);
        if (status == DYNR_OK) {
            status = build_end(query, next, true, prefix, arena, out, err);
        }
        close_range(out);
        return status;
    } else if (next == key->n_parts) {
        out->op = DYNR_SORT_IS;
        out->low = prefix;
        return DYNR_OK;
    }
    out->op = prefix.len == 0 ? DYNR_SORT_ANY : DYNR_SORT_STARTS_WITH;
    out->low = prefix;
    return DYNR_OK;
}

/* An empty text or one longer than any key is no key, but a bound. */
static enum dynr_status build_native_bound(const struct dynr_key_template *key,
                                           const struct dynr_bound *bound, bool is_high,
                                           struct dynr_arena *arena, struct dynr_sort_range *range,
                                           struct dynr_error *err)
{
    struct dynr_str *out = is_high ? &range->high : &range->low;
    if (bound->kind == DYNR_BOUND_NONE) {
        return DYNR_OK;
    }
    *(is_high ? &range->drop_high : &range->drop_low) = bound->kind == DYNR_BOUND_EXCLUSIVE;
    enum dynr_status status = dynr_key_text(key, bound->probe, SIZE_MAX, arena, out, err);
    if (status == DYNR_ERR_RANGE && out->len == 0 && key->type != 'N') {
        dynr_error_clear(err);
        *out = dynr_str_make("", 0);
        return DYNR_OK;
    }
    if (status == DYNR_OK && out->ptr == NULL) {
        return dynr_fail_field(err, DYNR_ERR_MISSING, dynr_str_from_c(key->attribute),
                               "a value of the query is absent");
    }
    return status == DYNR_OK ? cut_bound(key->type, is_high, arena, range, err) : status;
}

static enum dynr_status build_native_range(const struct dynr_query *query, struct dynr_arena *arena,
                                           struct dynr_sort_range *out, struct dynr_error *err)
{
    const struct dynr_key_template *key = query->path->sort;
    enum dynr_status status = DYNR_OK;
    if (query->n_equal > 1 || (query->n_equal == 1 && has_bounds(query))) {
        return invalid(err, "the sort key has fewer values than given");
    }
    if (query->n_equal == 1) {
        if (query->last_is_prefix && key->type == 'N') {
            return invalid(err, "only a text can be given by its beginning");
        }
        status = dynr_key_text(key, query->probe, DYNR_SORT_KEY_MAX, arena, &out->low, err);
        if (status == DYNR_ERR_RANGE && query->last_is_prefix) {
            dynr_error_clear(err);
            return DYNR_OK;
        }
        out->op = query->last_is_prefix ? DYNR_SORT_STARTS_WITH : DYNR_SORT_IS;
        if (status == DYNR_OK && out->low.ptr == NULL) {
            return invalid(err, "a value of the query is absent");
        }
        return status;
    }
    status = build_native_bound(key, &query->low, false, arena, out, err);
    if (status == DYNR_OK) {
        status = build_native_bound(key, &query->high, true, arena, out, err);
    }
    close_range(out);
    return status;
}

enum dynr_status dynr_sort_range_build(const struct dynr_query *query, struct dynr_arena *arena,
                                       struct dynr_sort_range *out, struct dynr_error *err)
{
    const struct dynr_key_template *key = query->path->sort;
    memset(out, 0, sizeof *out);
    out->type = key == NULL ? 'S' : key->type;
    if (key == NULL) {
        return query->n_equal == 0 && !has_bounds(query) ? DYNR_OK
                                                         : invalid(err, "the path has no sort key");
    }
    return key->native ? build_native_range(query, arena, out, err)
                       : build_text_range(query, arena, out, err);
}

bool dynr_sort_range_holds(const struct dynr_sort_range *range, struct dynr_str sort)
{
    switch (range->op) {
    case DYNR_SORT_ANY:
        return true;
    case DYNR_SORT_NOTHING:
        return false;
    case DYNR_SORT_IS:
        return dynr_key_compare_raw(range->type, sort, range->low) == 0;
    case DYNR_SORT_STARTS_WITH:
        return dynr_str_starts_with(sort, range->low);
    case DYNR_SORT_FROM:
    case DYNR_SORT_AFTER:
    case DYNR_SORT_TO:
    case DYNR_SORT_BEFORE:
    case DYNR_SORT_FROM_TO:
        break;
    }
    if (range->low.ptr != NULL) {
        int order = dynr_key_compare_raw(range->type, sort, range->low);
        if (order < 0 || (order == 0 && range->drop_low)) {
            return false;
        }
    }
    if (range->high.ptr != NULL) {
        int order = dynr_key_compare_raw(range->type, sort, range->high);
        if (order > 0 || (order == 0 && range->drop_high)) {
            return false;
        }
    }
    return dynr_str_starts_with(sort, range->prefix);
}

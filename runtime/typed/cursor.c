/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors: where a page ended, as opaque text.
 *
 * Base64url, without padding, of: a version byte, then the values of the key attributes in a fixed order (the table's, then the
 * index's that are not the table's), each as two bytes of length and the raw key. Names and types are the schema's and stand
 * nowhere in it. A cursor is not a secret: it holds what the row's key holds.
 */
#include "base/base64.h"
#include "ddb/attribute.h"
#include "typed/key.h"
#include "typed/read.h"

#define CURSOR_VERSION     1
#define KEY_ATTRIBUTES_MAX 4

struct key_attribute {
    const char *name;
    char type;
};

/* The key attributes of a path, each once. */
static size_t list_attributes(const struct dynr_path_desc *path,
                              struct key_attribute out[KEY_ATTRIBUTES_MAX])
{
    const struct dynr_table_desc *table = path->entity->table;
    struct key_attribute all[KEY_ATTRIBUTES_MAX] = {
        {table->partition_attribute, table->partition_type},
        {table->sort_attribute, table->sort_type},
        {path->index == NULL ? NULL : path->index->partition_attribute,
         path->index == NULL ? 'S' : path->index->partition_type},
        {path->index == NULL ? NULL : path->index->sort_attribute,
         path->index == NULL ? 'S' : path->index->sort_type},
    };
    size_t n = 0;
    for (size_t i = 0; i < KEY_ATTRIBUTES_MAX; i++) {
        bool known = all[i].name == NULL;
        for (size_t j = 0; j < n && !known; j++) {
            known = strcmp(out[j].name, all[i].name) == 0;
        }
        if (!known) {
            out[n++] = all[i];
        }
    }
    return n;
}

static void to_url_alphabet(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        text[i] = text[i] == '+' ? '-' : (text[i] == '/' ? '_' : text[i]);
    }
}

enum dynr_status dynr_cursor_make(const struct dynr_path_desc *path, struct dynr_str item,
                                  struct dynr_arena *arena, struct dynr_str *out,
                                  struct dynr_error *err)
{
    struct key_attribute attributes[KEY_ATTRIBUTES_MAX] = {{NULL, 0}};
    size_t n = list_attributes(path, attributes);
    struct dynr_scratch scratch;
    dynr_scratch_init(&scratch, arena);
    dynr_buf_append_char(&scratch.buf, CURSOR_VERSION);
    for (size_t i = 0; i < n; i++) {
        struct dynr_str value;
        struct dynr_str raw = {NULL, 0};
        if (!dynr_item_find(item, dynr_str_from_c(attributes[i].name), &value, err) ||
            !dynr_key_read_raw(attributes[i].type, value, arena, &raw) || raw.len > UINT16_MAX) {
            return dynr_fail(err, DYNR_ERR_CORRUPT, "an item has no key attribute %s",
                             attributes[i].name);
        }
        char length[2] = {(char)(raw.len >> 8), (char)(raw.len & 0xFF)};
        dynr_buf_append(&scratch.buf, length, sizeof length);
        dynr_buf_append_str(&scratch.buf, raw);
    }
    if (!dynr_buf_ok(&scratch.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_bytes bytes = {(const uint8_t *)scratch.buf.ptr, scratch.buf.len};
    size_t len = dynr_base64_length(bytes.len);
    char *text = dynr_arena_text(arena, len);
    if (text == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_base64_encode(bytes, text);
    while (len > 0 && text[len - 1] == '=') {
        len--;
    }
    to_url_alphabet(text, len);
    *out = dynr_str_make(text, len);
    return DYNR_OK;
}

static enum dynr_status refuse(struct dynr_error *err)
{
    return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c("cursor"),
                           "the cursor is not of this query");
}

static bool decode_url_base64(struct dynr_str text, struct dynr_arena *arena,
                              struct dynr_bytes *out)
{
    size_t padding = (4 - text.len % 4) % 4;
    char *copy = dynr_arena_text(arena, text.len + padding);
    if (copy == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' || c == '/' || c == '=') {
            return false;
        }
        copy[i] = c == '-' ? '+' : (c == '_' ? '/' : c);
    }
    memset(copy + text.len, '=', padding);
    return dynr_base64_decode(dynr_str_make(copy, text.len + padding), arena, out);
}

/* Takes the next raw key off `rest`. */
static bool take_key(struct dynr_bytes *rest, struct dynr_str *out)
{
    if (rest->len < 2) {
        return false;
    }
    size_t len = (size_t)rest->ptr[0] << 8 | rest->ptr[1];
    if (rest->len - 2 < len || len == 0) {
        return false;
    }
    *out = dynr_str_make((const char *)rest->ptr + 2, len);
    rest->ptr += 2 + len;
    rest->len -= 2 + len;
    return true;
}

/* A forged number or text would make the request malformed: better refused here. */
static bool key_is_well_formed(char type, struct dynr_str raw, struct dynr_arena *arena)
{
    struct dynr_scratch scratch;
    struct dynr_str read_back;
    dynr_scratch_init(&scratch, arena);
    dynr_key_append_raw(type, raw, &scratch.buf);
    return dynr_buf_ok(&scratch.buf) &&
           dynr_key_read_raw(type, dynr_buf_str(&scratch.buf), arena, &read_back);
}

enum dynr_status dynr_cursor_read(const struct dynr_path_desc *path, struct dynr_str text,
                                  struct dynr_arena *arena, struct dynr_cursor *out,
                                  struct dynr_error *err)
{
    struct key_attribute attributes[KEY_ATTRIBUTES_MAX] = {{NULL, 0}};
    size_t n = list_attributes(path, attributes);
    const char *partition = path->partition->attribute;
    const char *sort = path->sort == NULL ? NULL : path->sort->attribute;
    struct dynr_bytes rest;
    struct dynr_scratch scratch;
    memset(out, 0, sizeof *out);
    if (text.len > 16384 || !decode_url_base64(text, arena, &rest) || rest.len < 1 ||
        rest.ptr[0] != CURSOR_VERSION) {
        return refuse(err);
    }
    rest.ptr++;
    rest.len--;
    dynr_scratch_init(&scratch, arena);
    for (size_t i = 0; i < n; i++) {
        struct dynr_str raw;
        if (!take_key(&rest, &raw) || !key_is_well_formed(attributes[i].type, raw, arena)) {
            return refuse(err);
        }
        dynr_buf_append_char(&scratch.buf, i == 0 ? '{' : ',');
        dynr_buf_append_json_string(&scratch.buf, dynr_str_from_c(attributes[i].name));
        dynr_buf_append_char(&scratch.buf, ':');
        dynr_key_append_raw(attributes[i].type, raw, &scratch.buf);
        if (strcmp(attributes[i].name, partition) == 0) {
            out->partition = raw;
        }
        if (sort != NULL && strcmp(attributes[i].name, sort) == 0) {
            out->sort = raw;
        }
    }
    dynr_buf_append_char(&scratch.buf, '}');
    if (rest.len != 0 || out->partition.ptr == NULL || (sort != NULL && out->sort.ptr == NULL)) {
        return refuse(err);
    }
    if (!dynr_buf_ok(&scratch.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    out->start_key = dynr_buf_str(&scratch.buf);
    return DYNR_OK;
}

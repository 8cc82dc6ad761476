/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References to keys of several parts, in words: which parts they have and how these are written.
 */
#include <stdio.h>

#include "base/key_codec.h"
#include "typed/type.h"

/* The kinds of parts that stand in keys otherwise than in JSON. */
struct kinds {
    bool has_text;
    bool has_number;
    bool has_decimal;
    size_t n_parts;
};

static const char *name_of_part(enum dynr_kind kind)
{
    switch (kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
        return "text";
    case DYNR_KIND_BOOL:
        return "0 or 1";
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
        return "a whole number";
    case DYNR_KIND_ENUM:
        return "a value's tag, a whole number";
    case DYNR_KIND_EPOCH:
        return "seconds since 1970, a whole number";
    case DYNR_KIND_DECIMAL:
        return "a decimal";
    case DYNR_KIND_BYTES:
        return "bytes in hexadecimal";
    case DYNR_KIND_DATE:
        return "a date";
    case DYNR_KIND_TIMESTAMP:
        return "a timestamp";
    case DYNR_KIND_ULID:
        return "a ULID";
    case DYNR_KIND_UUID:
        return "a UUID";
    case DYNR_KIND_JSON:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_REF:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        break;
    }
    return "nothing";
}

static void note_kind(enum dynr_kind kind, struct kinds *kinds)
{
    kinds->n_parts++;
    kinds->has_text = kinds->has_text || kind == DYNR_KIND_STRING || kind == DYNR_KIND_EMAIL ||
                      kind == DYNR_KIND_URL;
    kinds->has_number = kinds->has_number || kind == DYNR_KIND_INT32 || kind == DYNR_KIND_INT64 ||
                        kind == DYNR_KIND_ENUM || kind == DYNR_KIND_EPOCH;
    kinds->has_decimal = kinds->has_decimal || kind == DYNR_KIND_DECIMAL;
}

/* "todo.list (a ULID), id (a ULID)": references of several parts are parts within. */
static void append_parts(const struct dynr_struct_desc *key, const char *prefix,
                         struct dynr_buf *out, struct kinds *kinds)
{
    char path[DYNR_ERROR_FIELD_SIZE];
    for (size_t i = 0; i < key->n_fields; i++) {
        size_t offset = 0;
        const struct dynr_type_desc *type = dynr_type_resolve(key->fields[i].type, &offset);
        (void)snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".",
                       key->fields[i].name);
        if (type->kind == DYNR_KIND_REF) {
            append_parts(type->structure, path, out, kinds);
        } else {
            dynr_buf_printf(out, "%s%s (%s)", kinds->n_parts == 0 ? "" : ", ", path,
                            name_of_part(type->kind));
            note_kind(type->kind, kinds);
        }
    }
}

static void append_text_example(struct dynr_buf *out, const char *words, const char *text)
{
    dynr_buf_append_c(out, words);
    dynr_key_append_text(out, dynr_str_from_c(text), DYNR_KEY_DELIMITER);
}

static void append_number_example(struct dynr_buf *out, const char *words, int64_t number)
{
    dynr_buf_append_c(out, words);
    dynr_key_append_int(out, number);
}

/* Written by the codec itself. */
static void append_examples(const struct kinds *kinds, struct dynr_buf *out)
{
    if (kinds->has_text) {
        append_text_example(out, "; in text a space is ", " ");
        append_text_example(out, ", # is ", "#");
        append_text_example(out, ", $ is ", "$");
    }
    if (kinds->has_number) {
        append_number_example(out, "; as a whole number 7 is ", 7);
        append_number_example(out, ", 12 is ", 12);
        append_number_example(out, ", -1 is ", -1);
    }
    if (kinds->has_decimal) {
        static const struct dynr_decimal example = {{"2.5", 3}};
        dynr_buf_append_c(out, "; as a decimal 2.5 is ");
        dynr_key_append_decimal(out, example);
    }
}

void dynr_ref_describe(const struct dynr_struct_desc *key, struct dynr_buf *out)
{
    struct kinds kinds = {0};
    dynr_buf_printf(out, "a key, its parts with %c between them: ", DYNR_KEY_DELIMITER);
    append_parts(key, "", out, &kinds);
    append_examples(&kinds, out);
    dynr_buf_append_c(out, "; a field that refers to such a row holds its key");
}

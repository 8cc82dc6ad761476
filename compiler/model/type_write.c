/* SPDX-License-Identifier: Apache-2.0 */
/* Types as they are written in a `.dyn` file. */
#include "model/model.h"

static void write_bounds(const struct dyn_type *type, struct dynr_buf *out)
{
    if (!type->has_low && !type->has_high) {
        return;
    }
    dynr_buf_append_char(out, '(');
    if (type->has_low) {
        dynr_buf_append_int(out, type->low);
    }
    dynr_buf_append_c(out, "..");
    if (type->has_high) {
        dynr_buf_append_int(out, type->high);
    }
    dynr_buf_append_char(out, ')');
}

static void write_max(const struct dyn_type *type, struct dynr_buf *out)
{
    if (type->has_high) {
        dynr_buf_append_c(out, "(max ");
        dynr_buf_append_int(out, type->high);
        dynr_buf_append_char(out, ')');
    }
}

static void write_name(const struct dyn_name *name, struct dynr_buf *out)
{
    dynr_buf_append_str(out, name == NULL ? dynr_str_from_c("?") : name->text);
}

static void write_int(const struct dyn_type *type, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "int");
    if (type->width == 32 && !type->has_low && !type->has_high) {
        dynr_buf_append_c(out, "(32)");
    } else {
        write_bounds(type, out);
    }
}

static void write_container(const char *name, const struct dyn_type *type, struct dynr_buf *out)
{
    dynr_buf_append_c(out, name);
    dynr_buf_append_char(out, '<');
    dyn_type_write(type->element, out);
    dynr_buf_append_char(out, '>');
    write_max(type, out);
}

static void write_bounded(const char *name, const struct dyn_type *type, struct dynr_buf *out)
{
    dynr_buf_append_c(out, name);
    write_bounds(type, out);
}

static void write_present(const struct dyn_type *type, struct dynr_buf *out)
{
    switch (type->kind) {
    case DYN_TYPE_ERROR:
        dynr_buf_append_c(out, "an unknown type");
        return;
    case DYN_TYPE_STRING:
        write_bounded("string", type, out);
        return;
    case DYN_TYPE_EMAIL:
        write_bounded("email", type, out);
        return;
    case DYN_TYPE_URL:
        write_bounded("url", type, out);
        return;
    case DYN_TYPE_JSON:
        dynr_buf_append_c(out, "json");
        return;
    case DYN_TYPE_BOOL:
        dynr_buf_append_c(out, "bool");
        return;
    case DYN_TYPE_INT:
        write_int(type, out);
        return;
    case DYN_TYPE_FLOAT:
        dynr_buf_append_c(out, "float");
        return;
    case DYN_TYPE_DECIMAL:
        dynr_buf_append_c(out, "decimal");
        return;
    case DYN_TYPE_BYTES:
        write_bounded("bytes", type, out);
        return;
    case DYN_TYPE_DATE:
        dynr_buf_append_c(out, "date");
        return;
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
        dynr_buf_append_c(out, "timestamp");
        return;
    case DYN_TYPE_ULID:
        dynr_buf_append_c(out, "ulid");
        return;
    case DYN_TYPE_UUID:
        dynr_buf_append_c(out, "uuid");
        return;
    case DYN_TYPE_VERSION:
        dynr_buf_append_c(out, "version");
        return;
    case DYN_TYPE_ENUM:
        write_name(type->enumeration->name, out);
        return;
    case DYN_TYPE_STRUCT:
        write_name(type->structure->name, out);
        return;
    case DYN_TYPE_REF:
        dynr_buf_append_c(out, "ref ");
        write_name(type->model->name, out);
        return;
    case DYN_TYPE_LIST:
        dyn_type_write(type->element, out);
        dynr_buf_append_c(out, "[]");
        write_max(type, out);
        return;
    case DYN_TYPE_SET:
        write_container("set", type, out);
        return;
    case DYN_TYPE_MAP:
        write_container("map", type, out);
        return;
    case DYN_TYPE_NULL:
        dynr_buf_append_c(out, "null");
        return;
    }
}

void dyn_type_write(const struct dyn_type *type, struct dynr_buf *out)
{
    write_present(type, out);
    if (type->optional && type->kind != DYN_TYPE_NULL) {
        dynr_buf_append_char(out, '?');
    }
}

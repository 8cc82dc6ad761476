/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of type can do: one row per kind. */
#include "sema/internal.h"

enum {
    IS_TEXT = 1,
    IS_NUMBER = 2,
    /* < and between */
    IS_ORDERED = 4,
    /* == and in */
    IS_COMPARABLE = 8,
    IS_CONTAINER = 16,
    IS_FIXED_LENGTH = 32,
};

static const unsigned traits[] = {
    [DYN_TYPE_ERROR] = IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_STRING] = IS_TEXT | IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_EMAIL] = IS_TEXT | IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_URL] = IS_TEXT | IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_JSON] = 0,
    [DYN_TYPE_BOOL] = IS_COMPARABLE,
    [DYN_TYPE_INT] = IS_NUMBER | IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_FLOAT] = IS_NUMBER | IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_DECIMAL] = IS_NUMBER | IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_BYTES] = IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_DATE] = IS_ORDERED | IS_COMPARABLE | IS_FIXED_LENGTH,
    [DYN_TYPE_TIMESTAMP] = IS_ORDERED | IS_COMPARABLE | IS_FIXED_LENGTH,
    [DYN_TYPE_EPOCH] = IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_ULID] = IS_ORDERED | IS_COMPARABLE | IS_FIXED_LENGTH,
    [DYN_TYPE_UUID] = IS_ORDERED | IS_COMPARABLE | IS_FIXED_LENGTH,
    [DYN_TYPE_VERSION] = IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_ENUM] = IS_ORDERED | IS_COMPARABLE,
    [DYN_TYPE_STRUCT] = 0,
    [DYN_TYPE_REF] = IS_COMPARABLE,
    [DYN_TYPE_LIST] = IS_CONTAINER,
    [DYN_TYPE_SET] = IS_CONTAINER,
    [DYN_TYPE_MAP] = IS_CONTAINER,
    [DYN_TYPE_NULL] = IS_COMPARABLE,
};

static bool has_trait(const struct dyn_type *type, unsigned trait)
{
    return (traits[type->kind] & trait) != 0;
}

bool dyn_type_is_text(const struct dyn_type *type)
{
    return has_trait(type, IS_TEXT);
}

bool dyn_type_is_number(const struct dyn_type *type)
{
    return has_trait(type, IS_NUMBER);
}

bool dyn_type_is_ordered(const struct dyn_type *type)
{
    return has_trait(type, IS_ORDERED);
}

bool dyn_type_is_comparable(const struct dyn_type *type)
{
    return has_trait(type, IS_COMPARABLE);
}

bool dyn_type_is_container(const struct dyn_type *type)
{
    return has_trait(type, IS_CONTAINER);
}

bool dyn_type_is_fixed_length(const struct dyn_type *type)
{
    return has_trait(type, IS_FIXED_LENGTH);
}

const char *dyn_type_key_fault(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_BYTES:
        return type->has_high ? NULL : "a key has a bounded length";
    case DYN_TYPE_FLOAT:
        return "a float is not exact, so equal keys could differ";
    case DYN_TYPE_JSON:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
        return "a key consists of single values";
    case DYN_TYPE_VERSION:
        return "the version changes with every write";
    case DYN_TYPE_EPOCH:
        return "the time to live is stored in whole seconds, for DynamoDB to delete by";
    case DYN_TYPE_ERROR:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_BOOL:
    case DYN_TYPE_INT:
    case DYN_TYPE_DECIMAL:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
    case DYN_TYPE_ENUM:
    case DYN_TYPE_REF:
    case DYN_TYPE_NULL:
        return NULL;
    }
    return NULL;
}

const char *dyn_type_key_remedy(const struct dyn_type *type)
{
    if (type->kind == DYN_TYPE_STRING) {
        return "write an upper bound, as in string(1..80)";
    }
    if (type->kind == DYN_TYPE_BYTES) {
        return "write an upper bound, as in bytes(..32)";
    }
    return type->kind == DYN_TYPE_FLOAT ? "use `decimal` or `int`" : NULL;
}

const struct dyn_type *dyn_model_single_key(const struct dyn_model *model)
{
    const struct dyn_sema_model *own = dyn_sema_model_of(model);
    /* A chain of `single` children ends at a root; the width says that it does. */
    while (own->key_state == DYN_KEY_DONE && own->key_width == 1 && !own->key_poisoned) {
        const struct dyn_type *type = own->model.fields[0]->type;
        if (type->kind != DYN_TYPE_REF) {
            return type;
        }
        own = dyn_sema_model_of(type->model);
    }
    return NULL;
}

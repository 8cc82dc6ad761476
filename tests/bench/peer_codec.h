/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody writes by hand between a JSON library and structs, for any library: included once for each, by the same
 * tables that our codec reads, so that both fill the same structs and write the same text. The macros that the includer
 * defines:
 *   PEER(name)                         this library's version of a function
 *   PEER_NODE, PEER_NEW                a parsed value, a value under construction (pointer types)
 *   PEER_MEMBER(node, name)            member of an object, or NULL
 *   PEER_TEXT(node), PEER_IS_TRUE(node), PEER_COUNT(node)
 *   PEER_FOR_EACH(element, node)       heads a loop over an array
 *   PEER_CONTEXT                       what construction needs (pointer type)
 *   PEER_OBJECT(c), PEER_ARRAY(c), PEER_BOOL(c, value), PEER_STRING(c, text)
 *   PEER_ADD(c, object, name, value), PEER_APPEND(c, array, value)
 */

static void PEER(read_struct)(const struct dynr_struct_desc *desc, PEER_NODE node, char *out,
                              struct dynr_arena *arena);
static PEER_NEW PEER(write_struct)(PEER_CONTEXT context, const struct dynr_struct_desc *desc,
                                   const char *object);

/* `text` is what stands in S, N or an element of a set. */
static void PEER(read_scalar)(const struct dynr_type_desc *type, struct dynr_str text, void *out)
{
    struct dynr_str *string = out;
    switch ((int)type->kind) {
    case DYNR_KIND_ULID:
        memcpy(out, text.ptr, text.len < 26 ? text.len : 26);
        break;
    case DYNR_KIND_TIMESTAMP:
        (void)dynr_timestamp_parse(text, out);
        break;
    case DYNR_KIND_INT32:
        *(int32_t *)out = (int32_t)strtol(text.ptr, NULL, 10);
        break;
    case DYNR_KIND_INT64:
        *(int64_t *)out = strtoll(text.ptr, NULL, 10);
        break;
    case DYNR_KIND_ENUM:
        *(int *)out = (int)strtol(text.ptr, NULL, 10);
        break;
    default:
        /* A decimal is its text; that of the library, as long as the tree lives. */
        *string = text;
    }
}

static void PEER(read_value)(const struct dynr_type_desc *type, PEER_NODE node, char *out,
                             struct dynr_arena *arena)
{
    if (type->kind == DYNR_KIND_BOOL) {
        *(bool *)(void *)out = PEER_IS_TRUE(PEER_MEMBER(node, "BOOL"));
    } else if (type->kind == DYNR_KIND_STRUCT) {
        PEER(read_struct)(type->structure, PEER_MEMBER(node, "M"), out, arena);
    } else if (type->kind == DYNR_KIND_LIST || type->kind == DYNR_KIND_SET) {
        PEER_NODE list = PEER_MEMBER(node, type->kind == DYNR_KIND_LIST ? "L" : "SS");
        struct any_list *target = (struct any_list *)(void *)out;
        target->n_items = PEER_COUNT(list);
        target->items = dynr_arena_alloc(arena, target->n_items * type->element_size);
        char *element = target->items;
        PEER_FOR_EACH(value, list)
        {
            if (type->kind == DYNR_KIND_LIST) {
                PEER(read_value)(type->element, value, element, arena);
            } else {
                PEER(read_scalar)(type->element, PEER_TEXT(value), element);
            }
            element += type->element_size;
        }
    } else {
        PEER_NODE text = PEER_MEMBER(node, is_number(type->kind) ? "N" : "S");
        PEER(read_scalar)(type, PEER_TEXT(text), out);
    }
}

static void PEER(read_struct)(const struct dynr_struct_desc *desc, PEER_NODE node, char *out,
                              struct dynr_arena *arena)
{
    memset(out, 0, desc->size);
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        PEER_NODE value = PEER_MEMBER(node, field->attribute);
        if (value == NULL) {
            continue;
        }
        PEER(read_value)(field->type, value, out + field->offset, arena);
        if (field->presence != DYNR_REQUIRED) {
            *((bool *)(void *)out + field->presence) = true;
        }
    }
}

static PEER_NEW PEER(write_scalar)(PEER_CONTEXT context, const struct dynr_type_desc *type,
                                   const void *value)
{
    char text[32];
    int n = 0;
    (void)context;
    switch ((int)type->kind) {
    case DYNR_KIND_ULID:
        return PEER_STRING(context, dynr_str_make(value, 26));
    case DYNR_KIND_TIMESTAMP:
        dynr_timestamp_format(*(const struct dynr_timestamp *)value, text);
        return PEER_STRING(context, dynr_str_make(text, DYNR_TIMESTAMP_LENGTH));
    case DYNR_KIND_INT32:
    case DYNR_KIND_ENUM:
        n = snprintf(text, sizeof text, "%d", *(const int *)value);
        return PEER_STRING(context, dynr_str_make(text, (size_t)n));
    case DYNR_KIND_INT64:
        n = snprintf(text, sizeof text, "%lld", (long long)*(const int64_t *)value);
        return PEER_STRING(context, dynr_str_make(text, (size_t)n));
    default:
        return PEER_STRING(context, *(const struct dynr_str *)value);
    }
}

static PEER_NEW PEER(write_value)(PEER_CONTEXT context, const struct dynr_type_desc *type,
                                  const char *value)
{
    PEER_NEW wrapped = PEER_OBJECT(context);
    if (type->kind == DYNR_KIND_BOOL) {
        PEER_ADD(context, wrapped, "BOOL", PEER_BOOL(context, *(const bool *)(const void *)value));
    } else if (type->kind == DYNR_KIND_STRUCT) {
        PEER_ADD(context, wrapped, "M", PEER(write_struct)(context, type->structure, value));
    } else if (type->kind == DYNR_KIND_LIST || type->kind == DYNR_KIND_SET) {
        const struct any_list *list = (const struct any_list *)(const void *)value;
        PEER_NEW array = PEER_ARRAY(context);
        for (size_t i = 0; i < list->n_items; i++) {
            const char *element = list->items + i * type->element_size;
            PEER_APPEND(context, array,
                        type->kind == DYNR_KIND_LIST
                            ? PEER(write_value)(context, type->element, element)
                            : PEER(write_scalar)(context, type->element, element));
        }
        PEER_ADD(context, wrapped, type->kind == DYNR_KIND_LIST ? "L" : "SS", array);
    } else {
        PEER_ADD(context, wrapped, is_number(type->kind) ? "N" : "S",
                 PEER(write_scalar)(context, type, value));
    }
    return wrapped;
}

static PEER_NEW PEER(write_struct)(PEER_CONTEXT context, const struct dynr_struct_desc *desc,
                                   const char *object)
{
    PEER_NEW out = PEER_OBJECT(context);
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (field->presence == DYNR_REQUIRED ||
            *((const bool *)(const void *)object + field->presence)) {
            PEER_ADD(context, out, field->attribute,
                     PEER(write_value)(context, field->type, object + field->offset));
        }
    }
    return out;
}

#undef PEER
#undef PEER_NODE
#undef PEER_NEW
#undef PEER_MEMBER
#undef PEER_TEXT
#undef PEER_IS_TRUE
#undef PEER_COUNT
#undef PEER_FOR_EACH
#undef PEER_CONTEXT
#undef PEER_OBJECT
#undef PEER_ARRAY
#undef PEER_BOOL
#undef PEER_STRING
#undef PEER_ADD
#undef PEER_APPEND

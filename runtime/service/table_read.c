/* SPDX-License-Identifier: Apache-2.0 */
/* From CreateTable's members to a definition, with the service's checks in their order. */
#include "service/table.h"

enum {
    MOST_LOCAL_INDEXES = 5,
    MOST_GLOBAL_INDEXES = 20
};

static const int64_t most_units = INT64_C(1000000000000);

#define INVALID_VALUES "One or more parameter values were invalid: "

static struct dynr_str attribute_name(const struct service_node *list, size_t position)
{
    return dynr_node_text(&list->children[position], SERVICE_FIELD_ATTRIBUTE_NAME);
}

static struct dynr_str key_type(const struct service_node *schema, size_t position)
{
    return dynr_node_text(&schema->children[position], SERVICE_FIELD_KEY_TYPE);
}

/* Its position in AttributeDefinitions, or SIZE_MAX. */
static size_t find_definition(const struct service_node *definitions, struct dynr_str name)
{
    for (size_t i = 0; i < definitions->n_children; i++) {
        if (dynr_str_equal(attribute_name(definitions, i), name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* "[pk, sk]" */
static bool show_names(struct service_call *call, const struct service_node *list,
                       struct dynr_str *out)
{
    struct service_text text;
    dynr_service_text_init(&text, call->arena);
    dynr_buf_append_char(&text.buf, '[');
    for (size_t i = 0; i < list->n_children; i++) {
        dynr_buf_append_c(&text.buf, i == 0 ? "" : ", ");
        dynr_buf_append_str(&text.buf, attribute_name(list, i));
    }
    dynr_buf_append_char(&text.buf, ']');
    return dynr_service_text_end(call, &text, out);
}

/* ---- throughput ---- */

static bool check_units(struct service_call *call, const struct service_node *node,
                        enum service_field field)
{
    int64_t units = dynr_node_member(node, field)->number;
    return units <= most_units ||
           dynr_service_invalid(call, "Given value %lld for %s is out of bounds", (long long)units,
                                dynr_field_name(field));
}

bool dynr_service_read_throughput(struct service_call *call, const struct service_node *node,
                                  struct dynr_throughput *out)
{
    out->read_units = dynr_node_member(node, SERVICE_FIELD_READ_CAPACITY_UNITS)->number;
    out->write_units = dynr_node_member(node, SERVICE_FIELD_WRITE_CAPACITY_UNITS)->number;
    return check_units(call, node, SERVICE_FIELD_READ_CAPACITY_UNITS) &&
           check_units(call, node, SERVICE_FIELD_WRITE_CAPACITY_UNITS);
}

static bool read_billing(struct service_call *call, struct dynr_table_definition *out)
{
    const struct service_node *input = &call->input;
    const struct service_node *throughput =
        dynr_node_member(input, SERVICE_FIELD_PROVISIONED_THROUGHPUT);
    bool is_on_demand =
        dynr_str_equal_c(dynr_node_text(input, SERVICE_FIELD_BILLING_MODE), "PAY_PER_REQUEST");
    if (is_on_demand && dynr_node_is_present(throughput)) {
        return dynr_service_invalid(call, INVALID_VALUES
                                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                    "specified when BillingMode is PAY_PER_REQUEST");
    }
    if (!is_on_demand && !dynr_node_is_present(throughput)) {
        return dynr_service_invalid(
            call, INVALID_VALUES "ReadCapacityUnits and WriteCapacityUnits must both be specified "
                                 "when BillingMode is PROVISIONED");
    }
    out->billing = is_on_demand ? DYNR_BILLING_PAY_PER_REQUEST : DYNR_BILLING_PROVISIONED;
    return dynr_service_read_throughput(call, throughput, &out->throughput);
}

/* ---- keys ---- */

static bool check_definitions(struct service_call *call, const struct service_node *definitions)
{
    for (size_t i = 0; i < definitions->n_children; i++) {
        if (find_definition(definitions, attribute_name(definitions, i)) != i) {
            return dynr_service_invalid(call, "Cannot have two attributes with the same name");
        }
    }
    return true;
}

static bool check_schema_order(struct service_call *call, const struct service_node *schema)
{
    if (schema->n_children == 2 &&
        dynr_str_equal(attribute_name(schema, 0), attribute_name(schema, 1))) {
        return dynr_service_invalid(call, "Both the Hash Key and the Range Key element in the "
                                          "KeySchema have the same name");
    }
    if (!dynr_str_equal_c(key_type(schema, 0), "HASH")) {
        return dynr_service_invalid(
            call, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    }
    if (schema->n_children == 2 && !dynr_str_equal_c(key_type(schema, 1), "RANGE")) {
        return dynr_service_invalid(
            call, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    }
    return true;
}

bool dynr_service_check_key_schema(struct service_call *call, const struct service_node *schema,
                                   const struct service_node *definitions)
{
    for (size_t i = 0; i < schema->n_children; i++) {
        struct dynr_str keys;
        struct dynr_str names;
        if (find_definition(definitions, attribute_name(schema, i)) != SIZE_MAX) {
            continue;
        }
        return show_names(call, schema, &keys) && show_names(call, definitions, &names) &&
               dynr_service_invalid(call,
                                    INVALID_VALUES
                                    "Some index key attributes are not defined in "
                                    "AttributeDefinitions. Keys: %.*s, AttributeDefinitions: %.*s",
                                    (int)keys.len, keys.ptr, (int)names.len, names.ptr);
    }
    return check_schema_order(call, schema);
}

static void read_key(const struct service_node *schema, size_t position,
                     const struct service_node *definitions, struct dynr_key_attribute *out)
{
    *out = (struct dynr_key_attribute){0};
    if (position >= schema->n_children) {
        return;
    }
    out->name = attribute_name(schema, position);
    size_t definition = find_definition(definitions, out->name);
    if (definition != SIZE_MAX) {
        out->type =
            dynr_node_text(&definitions->children[definition], SERVICE_FIELD_ATTRIBUTE_TYPE).ptr[0];
    }
}

/* ---- indexes ---- */

static bool read_projection(struct service_call *call, const struct service_node *projection,
                            struct dynr_index_definition *out)
{
    struct dynr_str type = dynr_node_text(projection, SERVICE_FIELD_PROJECTION_TYPE);
    const struct service_node *names =
        dynr_node_member(projection, SERVICE_FIELD_NON_KEY_ATTRIBUTES);
    bool is_include = dynr_str_equal_c(type, "INCLUDE");
    if (!dynr_node_has(projection, SERVICE_FIELD_PROJECTION_TYPE)) {
        return dynr_service_invalid(call, INVALID_VALUES "Unknown ProjectionType: null");
    }
    if (dynr_node_is_present(names) && !is_include) {
        return dynr_service_invalid(
            call, INVALID_VALUES "ProjectionType is %.*s, but NonKeyAttributes is specified",
            (int)type.len, type.ptr);
    }
    if (!dynr_node_is_present(names) && is_include) {
        return dynr_service_invalid(
            call,
            INVALID_VALUES "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
    }
    out->projection = is_include                            ? DYNR_PROJECT_INCLUDE
                      : dynr_str_equal_c(type, "KEYS_ONLY") ? DYNR_PROJECT_KEYS_ONLY
                                                            : DYNR_PROJECT_ALL;
    struct dynr_str *included =
        dynr_arena_calloc(call->arena, names->n_children + 1, sizeof *included);
    if (included == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < names->n_children; i++) {
        included[i] = names->children[i].text;
    }
    out->included = included;
    out->n_included = names->n_children;
    return true;
}

/* A local index shares the table's partition key and has a sort key of its own. */
static bool check_local(struct service_call *call, const struct service_node *schema,
                        struct dynr_str index)
{
    const struct service_node *table = dynr_node_member(&call->input, SERVICE_FIELD_KEY_SCHEMA);
    struct dynr_str own = attribute_name(schema, 0);
    struct dynr_str expected = attribute_name(table, 0);
    if (schema->n_children != 2) {
        return dynr_service_invalid(
            call, INVALID_VALUES "Index KeySchema does not have a range key for index: %.*s",
            (int)index.len, index.ptr);
    }
    return dynr_str_equal(own, expected) ||
           dynr_service_invalid(
               call,
               INVALID_VALUES "Index KeySchema does not have the same leading hash key as table "
                              "KeySchema for index: %.*s. index hash key: %.*s, table hash key: "
                              "%.*s",
               (int)index.len, index.ptr, (int)own.len, own.ptr, (int)expected.len, expected.ptr);
}

bool dynr_service_read_index(struct service_call *call, const struct service_node *node,
                             const struct service_node *definitions, bool is_local,
                             struct dynr_index_definition *out)
{
    const struct service_node *schema = dynr_node_member(node, SERVICE_FIELD_KEY_SCHEMA);
    *out = (struct dynr_index_definition){.is_local = is_local};
    out->name = dynr_node_text(node, SERVICE_FIELD_INDEX_NAME);
    if (!dynr_service_check_key_schema(call, schema, definitions) ||
        (is_local && !check_local(call, schema, out->name)) ||
        !read_projection(call, dynr_node_member(node, SERVICE_FIELD_PROJECTION), out)) {
        return false;
    }
    read_key(schema, 0, definitions, &out->partition_key);
    read_key(schema, 1, definitions, &out->sort_key);
    return dynr_service_read_throughput(
        call, dynr_node_member(node, SERVICE_FIELD_PROVISIONED_THROUGHPUT), &out->throughput);
}

static bool check_index_throughput(struct service_call *call, const struct service_node *node,
                                   const struct dynr_table_definition *table)
{
    bool has_throughput = dynr_node_has(node, SERVICE_FIELD_PROVISIONED_THROUGHPUT);
    struct dynr_str name = dynr_node_text(node, SERVICE_FIELD_INDEX_NAME);
    if (table->billing == DYNR_BILLING_PAY_PER_REQUEST && has_throughput) {
        return dynr_service_invalid(
            call,
            INVALID_VALUES "ProvisionedThroughput should not be specified for index: %.*s when "
                           "BillingMode is PAY_PER_REQUEST",
            (int)name.len, name.ptr);
    }
    if (table->billing == DYNR_BILLING_PROVISIONED && !has_throughput) {
        return dynr_service_invalid(
            call, INVALID_VALUES "ProvisionedThroughput must be specified for index: %.*s",
            (int)name.len, name.ptr);
    }
    return true;
}

static bool read_list(struct service_call *call, enum service_field field, bool is_local,
                      struct dynr_index_definition *indexes, struct dynr_table_definition *out)
{
    const struct service_node *input = &call->input;
    const struct service_node *list = dynr_node_member(input, field);
    const struct service_node *definitions =
        dynr_node_member(input, SERVICE_FIELD_ATTRIBUTE_DEFINITIONS);
    if (!dynr_node_is_present(list)) {
        return true;
    }
    if (list->n_children == 0) {
        return dynr_service_invalid(call, INVALID_VALUES "List of %s is empty",
                                    dynr_field_name(field));
    }
    if (is_local && dynr_node_member(input, SERVICE_FIELD_KEY_SCHEMA)->n_children != 2) {
        return dynr_service_invalid(call, INVALID_VALUES
                                    "Table KeySchema does not have a range key, which is required "
                                    "when specifying a LocalSecondaryIndex");
    }
    for (size_t i = 0; i < list->n_children; i++) {
        struct dynr_index_definition *index = &indexes[out->n_indexes];
        if (!dynr_service_read_index(call, &list->children[i], definitions, is_local, index) ||
            (!is_local && !check_index_throughput(call, &list->children[i], out))) {
            return false;
        }
        for (size_t k = 0; k < out->n_indexes; k++) {
            if (dynr_str_equal(indexes[k].name, index->name)) {
                return dynr_service_invalid(call, INVALID_VALUES "Duplicate index name: %.*s",
                                            (int)index->name.len, index->name.ptr);
            }
        }
        out->n_indexes++;
    }
    if (is_local && list->n_children > MOST_LOCAL_INDEXES) {
        return dynr_service_invalid(call, INVALID_VALUES
                                    "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    }
    return is_local || list->n_children <= MOST_GLOBAL_INDEXES ||
           dynr_service_invalid(call, INVALID_VALUES "GlobalSecondaryIndex count exceeds the "
                                                     "per-table limit of 20");
}

static bool read_indexes(struct service_call *call, struct dynr_table_definition *out)
{
    size_t n = dynr_node_member(&call->input, SERVICE_FIELD_LOCAL_SECONDARY_INDEXES)->n_children +
               dynr_node_member(&call->input, SERVICE_FIELD_GLOBAL_SECONDARY_INDEXES)->n_children;
    struct dynr_index_definition *indexes = dynr_arena_calloc(call->arena, n + 1, sizeof *indexes);
    if (indexes == NULL) {
        return dynr_service_no_memory(call);
    }
    out->indexes = indexes;
    return read_list(call, SERVICE_FIELD_LOCAL_SECONDARY_INDEXES, true, indexes, out) &&
           read_list(call, SERVICE_FIELD_GLOBAL_SECONDARY_INDEXES, false, indexes, out);
}

static bool is_key(const struct dynr_key_attribute *key, struct dynr_str name)
{
    return key->name.len > 0 && dynr_str_equal(key->name, name);
}

static bool is_used(const struct dynr_table_definition *table, struct dynr_str name)
{
    bool used = is_key(&table->partition_key, name) || is_key(&table->sort_key, name);
    for (size_t i = 0; i < table->n_indexes; i++) {
        used = used || is_key(&table->indexes[i].partition_key, name) ||
               is_key(&table->indexes[i].sort_key, name);
    }
    return used;
}

/* Every definition is of a key's attribute. */
static bool check_usage(struct service_call *call, const struct dynr_table_definition *table)
{
    const struct service_node *definitions =
        dynr_node_member(&call->input, SERVICE_FIELD_ATTRIBUTE_DEFINITIONS);
    struct service_text text;
    struct dynr_str names;
    struct dynr_str used;
    bool all_used = true;
    dynr_service_text_init(&text, call->arena);
    for (size_t i = 0; i < definitions->n_children; i++) {
        struct dynr_str name = attribute_name(definitions, i);
        if (is_used(table, name)) {
            dynr_buf_append_c(&text.buf, text.buf.len == 0 ? "" : ", ");
            dynr_buf_append_str(&text.buf, name);
        } else {
            all_used = false;
        }
    }
    if (!dynr_service_text_end(call, &text, &used)) {
        return false;
    }
    if (all_used) {
        return true;
    }
    return show_names(call, definitions, &names) &&
           dynr_service_invalid(call,
                                INVALID_VALUES "Some AttributeDefinitions are not used. "
                                               "AttributeDefinitions: %.*s, keys used: [%.*s]",
                                (int)names.len, names.ptr, (int)used.len, used.ptr);
}

/* ---- the rest ---- */

enum dynr_stream_view dynr_service_stream_view(const struct service_node *specification)
{
    struct dynr_str view = dynr_node_text(specification, SERVICE_FIELD_STREAM_VIEW_TYPE);
    for (int i = DYNR_STREAM_NEW_AND_OLD_IMAGES; i <= DYNR_STREAM_KEYS_ONLY; i++) {
        if (dynr_str_equal_c(view, dynr_service_view_name((enum dynr_stream_view)i))) {
            return (enum dynr_stream_view)i;
        }
    }
    return DYNR_STREAM_NEW_AND_OLD_IMAGES;
}

const char *dynr_service_view_name(enum dynr_stream_view view)
{
    switch (view) {
    case DYNR_STREAM_NEW_AND_OLD_IMAGES:
        return "NEW_AND_OLD_IMAGES";
    case DYNR_STREAM_NEW_IMAGE:
        return "NEW_IMAGE";
    case DYNR_STREAM_OLD_IMAGE:
        return "OLD_IMAGE";
    case DYNR_STREAM_KEYS_ONLY:
        break;
    }
    return "KEYS_ONLY";
}

static bool read_stream(struct service_call *call, struct dynr_table_definition *out)
{
    const struct service_node *stream =
        dynr_node_member(&call->input, SERVICE_FIELD_STREAM_SPECIFICATION);
    bool has_view = dynr_node_has(stream, SERVICE_FIELD_STREAM_VIEW_TYPE);
    out->stream = dynr_node_true(stream, SERVICE_FIELD_STREAM_ENABLED);
    out->stream_view = dynr_service_stream_view(stream);
    if (out->stream && !has_view) {
        return dynr_service_invalid(call, INVALID_VALUES "StreamSpecification.StreamViewType is "
                                                         "required when StreamEnabled is true");
    }
    return out->stream || !has_view ||
           dynr_service_invalid(call, INVALID_VALUES "StreamSpecification.StreamViewType cannot "
                                                     "be specified when StreamEnabled is false");
}

static bool read_tags(struct service_call *call, struct dynr_table_definition *out)
{
    const struct service_node *list = dynr_node_member(&call->input, SERVICE_FIELD_TAGS);
    struct dynr_tag *tags = dynr_arena_calloc(call->arena, list->n_children + 1, sizeof *tags);
    if (tags == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < list->n_children; i++) {
        tags[i].key = dynr_node_text(&list->children[i], SERVICE_FIELD_KEY);
        tags[i].value = dynr_node_text(&list->children[i], SERVICE_FIELD_VALUE);
    }
    out->tags = tags;
    out->n_tags = list->n_children;
    return true;
}

bool dynr_service_read_definition(struct service_call *call, struct dynr_table_definition *out)
{
    const struct service_node *input = &call->input;
    const struct service_node *definitions =
        dynr_node_member(input, SERVICE_FIELD_ATTRIBUTE_DEFINITIONS);
    const struct service_node *schema = dynr_node_member(input, SERVICE_FIELD_KEY_SCHEMA);
    struct service_settings settings = {.has_recovery = false};
    memset(out, 0, sizeof *out);
    if (!dynr_service_table(call, input, &out->name) || !read_billing(call, out)) {
        return false;
    }
    if (schema->n_children > definitions->n_children) {
        return dynr_service_invalid(
            call, "Invalid KeySchema: Some index key attribute have no definition");
    }
    if (!check_definitions(call, definitions) ||
        !dynr_service_check_key_schema(call, schema, definitions)) {
        return false;
    }
    bool has_indexes = dynr_node_has(input, SERVICE_FIELD_LOCAL_SECONDARY_INDEXES) ||
                       dynr_node_has(input, SERVICE_FIELD_GLOBAL_SECONDARY_INDEXES);
    if (!has_indexes && schema->n_children != definitions->n_children) {
        return dynr_service_invalid(
            call, INVALID_VALUES "Number of attributes in KeySchema does not exactly match number "
                                 "of attributes defined in AttributeDefinitions");
    }
    read_key(schema, 0, definitions, &out->partition_key);
    read_key(schema, 1, definitions, &out->sort_key);
    out->deletion_protection = dynr_node_true(input, SERVICE_FIELD_DELETION_PROTECTION_ENABLED);
    return read_indexes(call, out) && check_usage(call, out) && read_stream(call, out) &&
           read_tags(call, out) && dynr_service_take_settings(call, &settings, NULL) &&
           dynr_service_write_settings(call, &settings, &out->settings);
}

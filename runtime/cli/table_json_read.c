/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/json_read.h"
#include "cli/table_json.h"

/* More than the service allows of each: the store says what is too many. */
#define ATTRIBUTES_MAX 128
#define INDEXES_MAX    64
#define TAGS_MAX       64
#define INCLUDED_MAX   128

struct reading {
    struct dynr_json_reader json;
    struct dynr_arena *arena;
    struct dynr_error *err;
    struct dynr_table_definition *table;
    struct dynr_key_attribute *attributes;
    size_t n_attributes;
    struct dynr_index_definition *indexes;
    struct dynr_tag *tags;
    bool has_billing;
};

/* Reads the value of a member, or an element, into what `target` is. False: a fault of `json`, or `err` is filled. */
typedef bool (*member_fn)(struct reading *reading, struct dynr_str name, void *target);
typedef bool (*element_fn)(struct reading *reading, void *target);

static bool each_member(struct reading *reading, member_fn read, void *target)
{
    bool first;
    struct dynr_str name;
    if (!dynr_json_enter_object(&reading->json, &first)) {
        return false;
    }
    while (dynr_json_next_member(&reading->json, reading->arena, &first, &name)) {
        bool is_null = dynr_json_peek(&reading->json) == DYNR_JSON_NULL;
        if (!(is_null ? dynr_json_read_null(&reading->json) : read(reading, name, target))) {
            return false;
        }
    }
    return reading->json.fault == NULL;
}

static bool each_element(struct reading *reading, element_fn read, void *target)
{
    bool first;
    if (!dynr_json_enter_array(&reading->json, &first)) {
        return false;
    }
    while (dynr_json_next_element(&reading->json, &first)) {
        if (!read(reading, target)) {
            return false;
        }
    }
    return reading->json.fault == NULL;
}

static bool pass_over(struct reading *reading)
{
    return dynr_json_skip(&reading->json, NULL);
}

static bool read_text(struct reading *reading, struct dynr_str *out)
{
    return dynr_json_read_string(&reading->json, reading->arena, out);
}

/* False, and what is wrong. */
static bool refuse(struct reading *reading, const char *what, struct dynr_str value)
{
    (void)dynr_fail(reading->err, DYNR_ERR_INVALID_ARGUMENT, "%s%.*s", what, (int)value.len,
                    value.ptr);
    return false;
}

static bool refuse_many(struct reading *reading, const char *what)
{
    return refuse(reading, what, dynr_str_make("", 0));
}

/* ---- keys ---- */

struct key_element {
    struct dynr_str name;
    struct dynr_str kind;
};

static bool key_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct key_element *element = target;
    if (dynr_str_equal_c(name, "AttributeName")) {
        return read_text(reading, &element->name);
    }
    if (dynr_str_equal_c(name, "KeyType") || dynr_str_equal_c(name, "AttributeType")) {
        return read_text(reading, &element->kind);
    }
    return pass_over(reading);
}

/* Where a KeySchema goes; types come from AttributeDefinitions, which may stand behind it. */
struct keys {
    struct dynr_key_attribute *partition;
    struct dynr_key_attribute *sort;
};

static bool key_element(struct reading *reading, void *target)
{
    struct keys *keys = target;
    struct key_element element = {{NULL, 0}, {NULL, 0}};
    if (!each_member(reading, key_member, &element)) {
        return false;
    }
    if (dynr_str_equal_c(element.kind, "HASH")) {
        keys->partition->name = element.name;
    } else if (dynr_str_equal_c(element.kind, "RANGE")) {
        keys->sort->name = element.name;
    } else {
        return refuse(reading, "a KeyType is HASH or RANGE, not ", element.kind);
    }
    return true;
}

static bool attribute_element(struct reading *reading, void *target)
{
    struct key_element element = {{NULL, 0}, {NULL, 0}};
    (void)target;
    if (!each_member(reading, key_member, &element)) {
        return false;
    }
    if (!dynr_str_equal_c(element.kind, "S") && !dynr_str_equal_c(element.kind, "N") &&
        !dynr_str_equal_c(element.kind, "B")) {
        return refuse(reading, "an AttributeType is S, N or B, not ", element.kind);
    }
    if (reading->n_attributes == ATTRIBUTES_MAX) {
        return refuse_many(reading, "too many AttributeDefinitions");
    }
    reading->attributes[reading->n_attributes++] =
        (struct dynr_key_attribute){element.name, element.kind.ptr[0]};
    return true;
}

static bool resolve_key(struct reading *reading, struct dynr_key_attribute *key)
{
    if (key->name.len == 0) {
        return true;
    }
    for (size_t i = 0; i < reading->n_attributes; i++) {
        if (dynr_str_equal(reading->attributes[i].name, key->name)) {
            key->type = reading->attributes[i].type;
            return true;
        }
    }
    return refuse(reading, "AttributeDefinitions lacks the key attribute ", key->name);
}

/* ---- throughput ---- */

static bool units_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct dynr_throughput *throughput = target;
    struct dynr_str digits;
    int64_t *place = dynr_str_equal_c(name, "ReadCapacityUnits")    ? &throughput->read_units
                     : dynr_str_equal_c(name, "WriteCapacityUnits") ? &throughput->write_units
                                                                    : NULL;
    if (place == NULL) {
        return pass_over(reading);
    }
    if (!dynr_json_read_number(&reading->json, &digits)) {
        return false;
    }
    /* The text goes on behind the number, with something that is none of it. */
    char *end = NULL;
    *place = strtoll(digits.ptr, &end, 10);
    return end == digits.ptr + digits.len ||
           refuse(reading, "capacity units are whole numbers, not ", digits);
}

/* ---- indexes ---- */

static bool included_element(struct reading *reading, void *target)
{
    struct dynr_index_definition *index = target;
    struct dynr_str *names = NULL;
    if (index->n_included == INCLUDED_MAX) {
        return refuse(reading, "too many NonKeyAttributes in ", index->name);
    }
    if (index->included == NULL) {
        index->included = dynr_arena_calloc(reading->arena, INCLUDED_MAX, sizeof *names);
    }
    /* Made here, and not const to its maker. */
    memcpy(&names, &index->included, sizeof names);
    return names == NULL ? refuse_many(reading, "out of memory")
                         : read_text(reading, &names[index->n_included++]);
}

static bool projection_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct dynr_index_definition *index = target;
    struct dynr_str kind;
    if (dynr_str_equal_c(name, "NonKeyAttributes")) {
        return each_element(reading, included_element, index);
    }
    if (!dynr_str_equal_c(name, "ProjectionType")) {
        return pass_over(reading);
    }
    if (!read_text(reading, &kind)) {
        return false;
    }
    if (dynr_str_equal_c(kind, "ALL")) {
        index->projection = DYNR_PROJECT_ALL;
    } else if (dynr_str_equal_c(kind, "KEYS_ONLY")) {
        index->projection = DYNR_PROJECT_KEYS_ONLY;
    } else if (dynr_str_equal_c(kind, "INCLUDE")) {
        index->projection = DYNR_PROJECT_INCLUDE;
    } else {
        return refuse(reading, "a ProjectionType is ALL, KEYS_ONLY or INCLUDE, not ", kind);
    }
    return true;
}

static bool index_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct dynr_index_definition *index = target;
    if (dynr_str_equal_c(name, "IndexName")) {
        return read_text(reading, &index->name);
    }
    if (dynr_str_equal_c(name, "KeySchema")) {
        struct keys keys = {&index->partition_key, &index->sort_key};
        return each_element(reading, key_element, &keys);
    }
    if (dynr_str_equal_c(name, "Projection")) {
        return each_member(reading, projection_member, index);
    }
    if (dynr_str_equal_c(name, "ProvisionedThroughput")) {
        return each_member(reading, units_member, &index->throughput);
    }
    return pass_over(reading);
}

static bool index_element(struct reading *reading, void *target)
{
    const bool *is_local = target;
    if (reading->table->n_indexes == INDEXES_MAX) {
        return refuse_many(reading, "too many indexes");
    }
    struct dynr_index_definition *index = &reading->indexes[reading->table->n_indexes++];
    index->is_local = *is_local;
    return each_member(reading, index_member, index);
}

/* ---- the rest of a table ---- */

static bool read_billing(struct reading *reading)
{
    struct dynr_str mode;
    if (!read_text(reading, &mode)) {
        return false;
    }
    reading->has_billing = true;
    reading->table->billing = dynr_str_equal_c(mode, "PROVISIONED") ? DYNR_BILLING_PROVISIONED
                                                                    : DYNR_BILLING_PAY_PER_REQUEST;
    return reading->table->billing == DYNR_BILLING_PROVISIONED ||
           dynr_str_equal_c(mode, "PAY_PER_REQUEST") ||
           refuse(reading, "a BillingMode is PROVISIONED or PAY_PER_REQUEST, not ", mode);
}

static bool billing_member(struct reading *reading, struct dynr_str name, void *target)
{
    (void)target;
    return dynr_str_equal_c(name, "BillingMode") ? read_billing(reading) : pass_over(reading);
}

static bool stream_member(struct reading *reading, struct dynr_str name, void *target)
{
    static const char *const views[] = {"NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE",
                                        "KEYS_ONLY"};
    struct dynr_table_definition *table = target;
    struct dynr_str view;
    if (dynr_str_equal_c(name, "StreamEnabled")) {
        return dynr_json_read_bool(&reading->json, &table->stream);
    }
    if (!dynr_str_equal_c(name, "StreamViewType")) {
        return pass_over(reading);
    }
    if (!read_text(reading, &view)) {
        return false;
    }
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (dynr_str_equal_c(view, views[i])) {
            table->stream_view = (enum dynr_stream_view)i;
            return true;
        }
    }
    return refuse(reading, "there is no StreamViewType ", view);
}

static bool tag_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct dynr_tag *tag = target;
    if (dynr_str_equal_c(name, "Key")) {
        return read_text(reading, &tag->key);
    }
    return dynr_str_equal_c(name, "Value") ? read_text(reading, &tag->value) : pass_over(reading);
}

static bool tag_element(struct reading *reading, void *target)
{
    struct dynr_table_definition *table = target;
    return table->n_tags == TAGS_MAX
               ? refuse_many(reading, "too many Tags")
               : each_member(reading, tag_member, &reading->tags[table->n_tags++]);
}

struct expiry {
    struct dynr_str attribute;
    bool is_on;
};

static bool expiry_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct expiry *expiry = target;
    if (dynr_str_equal_c(name, "AttributeName")) {
        return read_text(reading, &expiry->attribute);
    }
    return dynr_str_equal_c(name, "Enabled") ? dynr_json_read_bool(&reading->json, &expiry->is_on)
                                             : pass_over(reading);
}

static bool read_expiry(struct reading *reading, struct dynr_table_definition *table)
{
    struct expiry expiry = {{NULL, 0}, false};
    if (!each_member(reading, expiry_member, &expiry)) {
        return false;
    }
    if (expiry.is_on) {
        table->ttl_attribute = expiry.attribute;
    }
    return true;
}

/* Members that are objects or lists. */
static bool table_part(struct reading *reading, struct dynr_str name,
                       struct dynr_table_definition *table)
{
    bool is_local = dynr_str_equal_c(name, "LocalSecondaryIndexes");
    if (dynr_str_equal_c(name, "KeySchema")) {
        struct keys keys = {&table->partition_key, &table->sort_key};
        return each_element(reading, key_element, &keys);
    }
    if (dynr_str_equal_c(name, "AttributeDefinitions")) {
        return each_element(reading, attribute_element, NULL);
    }
    if (is_local || dynr_str_equal_c(name, "GlobalSecondaryIndexes")) {
        return each_element(reading, index_element, &is_local);
    }
    if (dynr_str_equal_c(name, "ProvisionedThroughput")) {
        return each_member(reading, units_member, &table->throughput);
    }
    if (dynr_str_equal_c(name, "BillingModeSummary")) {
        return each_member(reading, billing_member, NULL);
    }
    if (dynr_str_equal_c(name, "StreamSpecification")) {
        return each_member(reading, stream_member, table);
    }
    if (dynr_str_equal_c(name, "Tags")) {
        return each_element(reading, tag_element, table);
    }
    return dynr_str_equal_c(name, "TimeToLiveSpecification") ? read_expiry(reading, table)
                                                             : pass_over(reading);
}

static bool table_member(struct reading *reading, struct dynr_str name, void *target)
{
    struct dynr_table_definition *table = target;
    if (dynr_str_equal_c(name, "Table")) {
        /* What DescribeTable answers. */
        return each_member(reading, table_member, table);
    }
    if (dynr_str_equal_c(name, "TableName")) {
        return read_text(reading, &table->name);
    }
    if (dynr_str_equal_c(name, "BillingMode")) {
        return read_billing(reading);
    }
    if (dynr_str_equal_c(name, "DeletionProtectionEnabled")) {
        return dynr_json_read_bool(&reading->json, &table->deletion_protection);
    }
    return table_part(reading, name, table);
}

static bool resolve(struct reading *reading)
{
    struct dynr_table_definition *table = reading->table;
    bool is_right =
        resolve_key(reading, &table->partition_key) && resolve_key(reading, &table->sort_key);
    for (size_t i = 0; is_right && i < table->n_indexes; i++) {
        is_right = resolve_key(reading, &reading->indexes[i].partition_key) &&
                   resolve_key(reading, &reading->indexes[i].sort_key);
    }
    if (!reading->has_billing && table->throughput.read_units > 0) {
        table->billing = DYNR_BILLING_PROVISIONED;
    }
    table->indexes = reading->indexes;
    table->tags = reading->tags;
    return is_right;
}

enum dynr_status dynr_table_json_read(struct dynr_str text, struct dynr_arena *arena,
                                      struct dynr_table_definition *out, struct dynr_error *err)
{
    struct dynr_error fault = {0};
    struct reading reading = {.arena = arena, .err = &fault, .table = out};
    memset(out, 0, sizeof *out);
    reading.attributes = dynr_arena_calloc(arena, ATTRIBUTES_MAX, sizeof reading.attributes[0]);
    reading.indexes = dynr_arena_calloc(arena, INDEXES_MAX, sizeof reading.indexes[0]);
    reading.tags = dynr_arena_calloc(arena, TAGS_MAX, sizeof reading.tags[0]);
    if (reading.attributes == NULL || reading.indexes == NULL || reading.tags == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_json_reader_init(&reading.json, text);
    if (each_member(&reading, table_member, out) && dynr_json_finish(&reading.json) &&
        resolve(&reading)) {
        return DYNR_OK;
    }
    return fault.status != DYNR_OK ? dynr_fail(err, fault.status, "%s", fault.message)
                                   : dynr_json_fail(&reading.json, err);
}

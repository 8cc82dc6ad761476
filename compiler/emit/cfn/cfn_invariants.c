/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariants of a template that no linter checks, or checks only in the cloud. A template is a promise about somebody's
 * data: a resource of a type that is unknown here is refused, so that whoever adds a type adds its invariants.
 */
#include "emit/cfn/cfn.h"

#include <stdarg.h>
#include <stdio.h>

/* One resource or output that is being checked. */
struct checker {
    const cJSON *root;
    const char *id;
    struct dynr_buf *out;
};

static void problem(const struct checker *checker, const char *format, ...) DYNR_PRINTF(2, 3);

static void problem(const struct checker *checker, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dynr_buf_printf(checker->out, "%s: %s\n", checker->id, printed < 0 ? format : text);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* The string at `name`, or "" where there is none. */
static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = member(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static bool is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(member(object, name)) != 0;
}

/* ---- names ------------------------------------------------------------------------------------------------- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_logical_id(const char *text)
{
    size_t len = 0;
    while (is_letter_or_digit(text[len])) {
        len++;
    }
    return text[len] == '\0' && len >= 1 && len <= 255;
}

/* Of tables and indexes. */
static bool is_physical_name(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0' &&
           (is_letter_or_digit(text[len]) || strchr("_.-", text[len]) != NULL)) {
        len++;
    }
    return text[len] == '\0' && len >= 3 && len <= 255;
}

static void check_member_names(const struct checker *checker, const cJSON *object, int limit)
{
    int n_members = 0;
    for (const cJSON *item = object == NULL ? NULL : object->child; item != NULL;
         item = item->next) {
        n_members++;
        if (!is_logical_id(item->string)) {
            problem(checker, "`%s` is no logical id (letters and digits)", item->string);
        }
        if (member(object, item->string) != item) {
            problem(checker, "`%s` is there twice", item->string);
        }
    }
    if (n_members > limit) {
        problem(checker, "%d members, and %d is the quota", n_members, limit);
    }
}

/* ---- keys -------------------------------------------------------------------------------------------------- */

static bool uses_attribute(const cJSON *holder, const char *name)
{
    const cJSON *element;
    cJSON_ArrayForEach(element, member(holder, "KeySchema"))
    {
        if (strcmp(text_of(element, "AttributeName"), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool table_uses_attribute(const cJSON *properties, const char *name)
{
    bool used = uses_attribute(properties, name);
    const cJSON *index;
    cJSON_ArrayForEach(index, member(properties, "GlobalSecondaryIndexes"))
    {
        used = used || uses_attribute(index, name);
    }
    return used;
}

static size_t count_definitions(const cJSON *properties, const char *name)
{
    size_t n_found = 0;
    const cJSON *definition;
    cJSON_ArrayForEach(definition, member(properties, "AttributeDefinitions"))
    {
        n_found += strcmp(text_of(definition, "AttributeName"), name) == 0;
    }
    return n_found;
}

static void check_definitions(const struct checker *checker, const cJSON *properties)
{
    const cJSON *definition;
    cJSON_ArrayForEach(definition, member(properties, "AttributeDefinitions"))
    {
        const char *name = text_of(definition, "AttributeName");
        const char *type = text_of(definition, "AttributeType");
        if (name[0] == '\0') {
            problem(checker, "an attribute definition has no name");
        } else if (count_definitions(properties, name) > 1) {
            problem(checker, "the attribute `%s` is defined twice", name);
        } else if (!table_uses_attribute(properties, name)) {
            problem(checker, "the attribute `%s` is defined, but no key uses it", name);
        }
        if (strcmp(type, "S") != 0 && strcmp(type, "N") != 0 && strcmp(type, "B") != 0) {
            problem(checker, "the attribute `%s` has the type `%s`, not S, N or B", name, type);
        }
    }
}

/* `what` names the table or an index in messages. */
static void check_key_schema(const struct checker *checker, const cJSON *properties,
                             const cJSON *holder, const char *what)
{
    const cJSON *schema = member(holder, "KeySchema");
    int n_elements = cJSON_GetArraySize(schema);
    if (!cJSON_IsArray(schema) || n_elements < 1 || n_elements > 2) {
        problem(checker, "the key of %s has %d attributes, not 1 or 2", what, n_elements);
        return;
    }
    for (int i = 0; i < n_elements; i++) {
        const cJSON *element = cJSON_GetArrayItem(schema, i);
        const char *name = text_of(element, "AttributeName");
        const char *wanted = i == 0 ? "HASH" : "RANGE";
        if (strcmp(text_of(element, "KeyType"), wanted) != 0) {
            problem(checker, "attribute %d of the key of %s is not %s", i + 1, what, wanted);
        }
        if (name[0] == '\0' || count_definitions(properties, name) == 0) {
            problem(checker, "the key of %s uses `%s`, which is not defined", what, name);
        }
    }
    if (n_elements == 2 && strcmp(text_of(cJSON_GetArrayItem(schema, 0), "AttributeName"),
                                  text_of(cJSON_GetArrayItem(schema, 1), "AttributeName")) == 0) {
        problem(checker, "the key of %s uses one attribute twice", what);
    }
}

/* ---- throughput -------------------------------------------------------------------------------------------- */

static bool is_capacity(const cJSON *throughput, const char *name)
{
    const cJSON *units = member(throughput, name);
    return cJSON_IsNumber(units) && units->valuedouble >= 1 &&
           units->valuedouble <= (double)UINT32_MAX;
}

static void check_throughput(const struct checker *checker, const cJSON *properties,
                             const cJSON *holder, const char *what)
{
    const char *billing = text_of(properties, "BillingMode");
    const cJSON *throughput = member(holder, "ProvisionedThroughput");
    if (strcmp(billing, "PROVISIONED") == 0) {
        if (!is_capacity(throughput, "ReadCapacityUnits") ||
            !is_capacity(throughput, "WriteCapacityUnits")) {
            problem(checker, "%s is provisioned, but has no read and write capacity of at least 1",
                    what);
        }
    } else if (strcmp(billing, "PAY_PER_REQUEST") != 0) {
        problem(checker, "the billing mode `%s` is unknown", billing);
    } else if (throughput != NULL) {
        problem(checker, "%s is on demand, but has a provisioned throughput", what);
    }
}

/* ---- indexes ----------------------------------------------------------------------------------------------- */

static void check_projection(const struct checker *checker, const cJSON *index, const char *what)
{
    const cJSON *projection = member(index, "Projection");
    const char *type = text_of(projection, "ProjectionType");
    bool lists = cJSON_GetArraySize(member(projection, "NonKeyAttributes")) > 0;
    if (strcmp(type, "INCLUDE") == 0) {
        if (!lists) {
            problem(checker, "%s includes attributes, but names none", what);
        }
    } else if (strcmp(type, "ALL") != 0 && strcmp(type, "KEYS_ONLY") != 0) {
        problem(checker, "%s has no projection", what);
    } else if (lists) {
        problem(checker, "%s names attributes that its projection does not ask for", what);
    }
}

static void check_indexes(const struct checker *checker, const cJSON *properties)
{
    const cJSON *indexes = member(properties, "GlobalSecondaryIndexes");
    int n_indexes = cJSON_GetArraySize(indexes);
    if (indexes != NULL && n_indexes == 0) {
        problem(checker, "the list of indexes is empty");
    }
    if (n_indexes > DYN_CFN_MAX_INDEXES) {
        problem(checker, "%d indexes, and %d is the quota", n_indexes, DYN_CFN_MAX_INDEXES);
    }
    const cJSON *index;
    cJSON_ArrayForEach(index, indexes)
    {
        const char *name = text_of(index, "IndexName");
        char what[300];
        if (snprintf(what, sizeof what, "the index `%s`", name) < 0) {
            what[0] = '\0';
        }
        if (!is_physical_name(name)) {
            problem(checker, "%s has no valid name", what);
        }
        for (const cJSON *other = index->next; other != NULL; other = other->next) {
            if (strcmp(text_of(other, "IndexName"), name) == 0) {
                problem(checker, "%s is there twice", what);
            }
        }
        check_key_schema(checker, properties, index, what);
        check_projection(checker, index, what);
        check_throughput(checker, properties, index, what);
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void check_retention(const struct checker *checker, const cJSON *resource)
{
    static const char *const policies[] = {"DeletionPolicy", "UpdateReplacePolicy"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        if (strcmp(text_of(resource, policies[i]), "Retain") != 0) {
            problem(checker, "%s must be Retain: the data outlives the stack", policies[i]);
        }
    }
}

static void check_table(const struct checker *checker, const cJSON *resource)
{
    const cJSON *properties = member(resource, "Properties");
    const cJSON *name = member(properties, "TableName");
    const cJSON *stream = member(properties, "StreamSpecification");
    const cJSON *ttl = member(properties, "TimeToLiveSpecification");
    check_retention(checker, resource);
    if (name != NULL && (!cJSON_IsString(name) || !is_physical_name(name->valuestring))) {
        problem(checker, "the table's name is not valid");
    }
    check_definitions(checker, properties);
    check_key_schema(checker, properties, properties, "the table");
    check_throughput(checker, properties, properties, "the table");
    check_indexes(checker, properties);
    if (stream != NULL && strcmp(text_of(stream, "StreamViewType"), "NEW_AND_OLD_IMAGES") != 0) {
        problem(checker, "the stream must carry both images");
    }
    if (ttl != NULL && (text_of(ttl, "AttributeName")[0] == '\0' || !is_true(ttl, "Enabled"))) {
        problem(checker, "time to live is not enabled on a named attribute");
    }
    if (ttl != NULL && uses_attribute(properties, text_of(ttl, "AttributeName"))) {
        problem(checker, "time to live stands in the table's key");
    }
    if (!cJSON_IsBool(member(member(properties, "PointInTimeRecoverySpecification"),
                             "PointInTimeRecoveryEnabled"))) {
        problem(checker, "point-in-time recovery is neither on nor off");
    }
    if (!cJSON_IsBool(member(properties, "DeletionProtectionEnabled"))) {
        problem(checker, "deletion protection is neither on nor off");
    }
}

/* ---- outputs ----------------------------------------------------------------------------------------------- */

/* The resource that an output's value names, as {"Ref": id} or {"Fn::GetAtt": [id, attribute]}. */
static void check_output(const struct checker *checker, const cJSON *output)
{
    const cJSON *value = member(output, "Value");
    const cJSON *attribute = member(value, "Fn::GetAtt");
    const cJSON *first = cJSON_GetArrayItem(attribute, 0);
    const cJSON *second = cJSON_GetArrayItem(attribute, 1);
    const char *target = cJSON_IsString(first) ? first->valuestring : text_of(value, "Ref");
    const cJSON *resource = member(member(checker->root, "Resources"), target);
    if (resource == NULL) {
        problem(checker, "the output names `%s`, which is no resource", target);
        return;
    }
    if (cJSON_IsString(second) && strcmp(second->valuestring, "StreamArn") == 0 &&
        member(member(resource, "Properties"), "StreamSpecification") == NULL) {
        problem(checker, "the output names the stream of `%s`, which has none", target);
    }
}

void dyn_cfn_check(const cJSON *root, struct dynr_buf *out_problems)
{
    struct checker checker = {root, "template", out_problems};
    const cJSON *resources = member(root, "Resources");
    const cJSON *outputs = member(root, "Outputs");
    if (strcmp(text_of(root, "AWSTemplateFormatVersion"), "2010-09-09") != 0) {
        problem(&checker, "the format version is missing");
    }
    if (strlen(text_of(root, "Description")) > DYN_CFN_MAX_DESCRIPTION) {
        problem(&checker, "the description is longer than %d bytes", DYN_CFN_MAX_DESCRIPTION);
    }
    if (cJSON_GetArraySize(resources) == 0) {
        problem(&checker, "there is no resource");
    }
    check_member_names(&checker, resources, DYN_CFN_MAX_RESOURCES);
    check_member_names(&checker, outputs, DYN_CFN_MAX_OUTPUTS);
    const cJSON *item;
    cJSON_ArrayForEach(item, resources)
    {
        checker.id = item->string;
        const char *type = text_of(item, "Type");
        if (strcmp(type, "AWS::DynamoDB::Table") == 0) {
            check_table(&checker, item);
        } else {
            problem(&checker, "no invariants are known of the type `%s`", type);
        }
    }
    cJSON_ArrayForEach(item, outputs)
    {
        checker.id = item->string;
        check_output(&checker, item);
    }
}

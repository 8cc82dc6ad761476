/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of hand-made plans, and every invariant broken once. */
#include <stdio.h>

#include "base/memory.h"
#include "emit/cfn/cfn.h"
#include "test_main.h"

static struct dyn_name program_name;
static struct dyn_name table_name;
static struct dyn_table table;
static struct dyn_table *tables[] = {&table};
static struct dyn_plan_slot slots[2];
static const struct dyn_plan_slot *slot_list[] = {&slots[0], &slots[1]};
static struct dyn_plan_table planned;
static struct dyn_plan_table *planned_list[] = {&planned, &planned};
static struct dyn_plan_entity entity;
static struct dyn_plan_entity *entities[] = {&entity};
static struct dyn_program program;
static struct dyn_plan plan;

static struct dynr_arena arena;
static struct dyn_sources sources;
static struct dyn_diags diags;
static struct dyn_outputs outputs;
static struct dyn_emit_options options;

static void set_slot(struct dyn_plan_slot *slot, const char *name, const char *partition,
                     const char *sort)
{
    memset(slot, 0, sizeof *slot);
    slot->name = dynr_str_from_c(name);
    slot->table = &table;
    slot->partition_attribute = dynr_str_from_c(partition);
    slot->sort_attribute = dynr_str_from_c(sort);
    slot->partition_type = 'S';
    slot->sort_type = sort[0] == '\0' ? 0 : 'S';
}

/* A table `App` with two indexes, of which one shares an attribute with the table, a stream and time to live. */
static struct dyn_emit_input start(void)
{
    memset(&table, 0, sizeof table);
    memset(&planned, 0, sizeof planned);
    memset(&program, 0, sizeof program);
    memset(&plan, 0, sizeof plan);
    program_name.text = dynr_str_from_c("todo");
    table_name.text = dynr_str_from_c("app");
    table.name = &table_name;
    table.targets = DYN_TARGET_EMBEDDED | DYN_TARGET_DYNAMODB;
    table.partition_attribute = dynr_str_from_c("pk");
    table.sort_attribute = dynr_str_from_c("sk");
    table.ttl_attribute = dynr_str_from_c("ttl");
    table.stream = true;
    table.point_in_time_recovery = true;
    set_slot(&slots[0], "gsi1", "gsi1pk", "gsi1sk");
    set_slot(&slots[1], "gsi2", "sk", "");
    planned.table = &table;
    planned.partition_type = 'S';
    planned.sort_type = 'S';
    planned.slots = slot_list;
    planned.n_slots = 2;
    planned.has_ttl = true;
    planned.stream = true;
    program.name = &program_name;
    program.tables = tables;
    program.n_tables = 1;
    plan.program = &program;
    plan.tables = planned_list;
    plan.n_tables = 1;
    entity.table = &planned;
    plan.entities = entities;
    plan.n_entities = 1;

    dynr_arena_init(&arena, NULL, 0);
    sources = (struct dyn_sources){.arena = &arena};
    (void)dyn_sources_add(&sources, dynr_str_from_c("todo.dyn"), dynr_str_from_c("dyn 1\n"));
    dyn_diags_init(&diags, &arena, &sources, 0);
    outputs = (struct dyn_outputs){.arena = &arena};
    return (struct dyn_emit_input){
        .plan = &plan, .options = &options, .arena = &arena, .diags = &diags, .outputs = &outputs};
}

static void finish(void)
{
    dyn_outputs_cleanup(&outputs);
    dynr_arena_cleanup(&arena);
}

static bool contains(struct dynr_str text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- what is written --------------------------------------------------------------------------------------- */

static void writes_one_file(void)
{
    struct dyn_emit_input input = start();
    dyn_emit_cfn(&input);
    DYNR_ASSERT_INT(diags.n_errors, 0);
    if (DYNR_ASSERT_INT(outputs.n_items, 1)) {
        struct dynr_str text = dyn_pieces_join(&outputs.items[0].text, &arena);
        DYNR_ASSERT_STR(outputs.items[0].name, "todo.template.json");
        DYNR_ASSERT(contains(text, "\"AppTable\": {\n      \"Type\": \"AWS::DynamoDB::Table\""));
        DYNR_ASSERT(contains(text, "NEW_AND_OLD_IMAGES"));
        DYNR_ASSERT(!contains(text, "\"TableName\""));
        DYNR_ASSERT(text.len > 0 && text.ptr[text.len - 1] == '\n');
    }
    finish();
}

static void names_the_table_only_when_asked(void)
{
    struct dyn_emit_input input = start();
    table.physical_name = dynr_str_from_c("todo-app");
    dyn_emit_cfn(&input);
    if (DYNR_ASSERT_INT(outputs.n_items, 1)) {
        DYNR_ASSERT(contains(dyn_pieces_join(&outputs.items[0].text, &arena),
                             "\"TableName\": \"todo-app\""));
    }
    finish();
}

static void provisions_indexes_too(void)
{
    struct dyn_emit_input input = start();
    table.billing = DYN_BILLING_PROVISIONED;
    table.read_capacity = 5;
    table.write_capacity = UINT32_MAX;
    bool exhausted = false;
    cJSON *root = dyn_cfn_build(&input, &exhausted);
    struct dynr_buf text = {0};
    struct dynr_buf problems = {0};
    dyn_cfn_write(root, &text);
    dyn_cfn_check(root, &problems);
    DYNR_ASSERT_INT(problems.len, 0);
    DYNR_ASSERT(contains(dynr_buf_str(&text), "\"WriteCapacityUnits\": 4294967295"));
    const cJSON *resource = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "Resources"), "AppTable");
    const cJSON *indexes =
        cJSON_GetObjectItem(cJSON_GetObjectItem(resource, "Properties"), "GlobalSecondaryIndexes");
    const cJSON *index;
    cJSON_ArrayForEach(index, indexes)
    {
        DYNR_ASSERT(cJSON_GetObjectItem(index, "ProvisionedThroughput") != NULL);
    }
    dynr_buf_cleanup(&text);
    dynr_buf_cleanup(&problems);
    cJSON_Delete(root);
    finish();
}

static void writes_nothing_without_a_dynamodb_table(void)
{
    struct dyn_emit_input input = start();
    table.targets = DYN_TARGET_EMBEDDED;
    dyn_emit_cfn(&input);
    DYNR_ASSERT_INT(outputs.n_items, 0);
    DYNR_ASSERT_INT(diags.n_errors, 0);
    finish();
}

static void leaves_out_tables_without_models(void)
{
    struct dyn_emit_input input = start();
    plan.n_entities = 0;
    dyn_emit_cfn(&input);
    DYNR_ASSERT_INT(outputs.n_items, 0);
    DYNR_ASSERT_INT(diags.n_errors, 0);
    finish();
}

static void reports_colliding_logical_ids(void)
{
    struct dyn_emit_input input = start();
    plan.n_tables = 2;
    dyn_check_cfn(&input);
    if (DYNR_ASSERT_INT(diags.n_errors, 1)) {
        DYNR_ASSERT_INT(diags.items[0]->code, DYN_CODE_NAME_COLLISION);
    }
    finish();
}

static void refuses_an_attribute_of_two_types(void)
{
    struct dyn_emit_input input = start();
    slots[1].partition_type = 'N';
    dyn_emit_cfn(&input);
    DYNR_ASSERT_INT(outputs.n_items, 0);
    if (DYNR_ASSERT_INT(diags.n_errors, 1)) {
        DYNR_ASSERT_INT(diags.items[0]->code, DYN_CODE_SELF_CHECK);
    }
    finish();
}

/* ---- faults ------------------------------------------------------------------------------------------------ */

/* A fault: the JSON text `value` (NULL: remove) is put at `path`, whose steps are separated by `/`. */
struct fault {
    const char *path;
    const char *value;
    const char *expected;
};

#define TABLE      "Resources/AppTable/"
#define PROPERTIES TABLE "Properties/"
#define GSI        PROPERTIES "GlobalSecondaryIndexes/0/"
#define ATTRIBUTES PROPERTIES "AttributeDefinitions/"
#define THROUGHPUT "{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":0}"
#define PK_HASH    "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}"
#define SK_RANGE   "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}"

static const struct fault faults[] = {
    {"AWSTemplateFormatVersion", NULL, "template: the format version is missing"},
    {"Resources", "{}", "template: there is no resource"},
    {"Resources/not-an-id", "{\"Type\":\"AWS::DynamoDB::Table\"}", "`not-an-id` is no logical id"},
    {TABLE "Type", "\"AWS::S3::Bucket\"", "no invariants are known of the type `AWS::S3::Bucket`"},
    {TABLE "DeletionPolicy", NULL, "AppTable: DeletionPolicy must be Retain"},
    {TABLE "DeletionPolicy", "\"Delete\"", "AppTable: DeletionPolicy must be Retain"},
    {TABLE "UpdateReplacePolicy", NULL, "AppTable: UpdateReplacePolicy must be Retain"},
    {PROPERTIES "TableName", "\"a b\"", "the table's name is not valid"},
    {ATTRIBUTES "0/AttributeName", "\"\"", "an attribute definition has no name"},
    {ATTRIBUTES "0/AttributeType", "\"BOOL\"", "the type `BOOL`, not S, N or B"},
    {ATTRIBUTES "9", "{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}", "`pk` is defined twice"},
    {ATTRIBUTES "9", "{\"AttributeName\":\"x\",\"AttributeType\":\"S\"}",
     "`x` is defined, but no key uses it"},
    {ATTRIBUTES "0", NULL, "the key of the table uses `pk`, which is not defined"},
    {PROPERTIES "KeySchema", "[]", "the key of the table has 0 attributes, not 1 or 2"},
    {PROPERTIES "KeySchema", NULL, "the key of the table has 0 attributes, not 1 or 2"},
    {PROPERTIES "KeySchema", "[" PK_HASH "," SK_RANGE "," SK_RANGE "]",
     "has 3 attributes, not 1 or 2"},
    {PROPERTIES "KeySchema", "[" SK_RANGE "," SK_RANGE "]",
     "attribute 1 of the key of the table is not HASH"},
    {PROPERTIES "KeySchema", "[" PK_HASH "," PK_HASH "]",
     "the key of the table uses one attribute twice"},
    {GSI "KeySchema/1/AttributeName", "\"x\"",
     "the key of the index `gsi1` uses `x`, which is not defined"},
    {GSI "KeySchema/0/KeyType", "\"RANGE\"",
     "attribute 1 of the key of the index `gsi1` is not HASH"},
    {GSI "IndexName", "\"gsi2\"", "the index `gsi2` is there twice"},
    {GSI "IndexName", "\"g\"", "the index `g` has no valid name"},
    {GSI "Projection", NULL, "the index `gsi1` has no projection"},
    {GSI "Projection/ProjectionType", "\"INCLUDE\"",
     "the index `gsi1` includes attributes, but names none"},
    {GSI "Projection/NonKeyAttributes", "[\"a\"]",
     "names attributes that its projection does not ask for"},
    {GSI "ProvisionedThroughput", THROUGHPUT,
     "the index `gsi1` is on demand, but has a provisioned throughput"},
    {PROPERTIES "GlobalSecondaryIndexes", "[]", "the list of indexes is empty"},
    {PROPERTIES "ProvisionedThroughput", THROUGHPUT,
     "the table is on demand, but has a provisioned throughput"},
    {PROPERTIES "BillingMode", "\"PROVISIONED\"",
     "the table is provisioned, but has no read and write capacity"},
    {PROPERTIES "BillingMode", "\"PROVISIONED\"",
     "the index `gsi2` is provisioned, but has no read"},
    {PROPERTIES "BillingMode", NULL, "the billing mode `` is unknown"},
    {PROPERTIES "StreamSpecification/StreamViewType", "\"KEYS_ONLY\"",
     "the stream must carry both images"},
    {PROPERTIES "StreamSpecification", NULL, "names the stream of `AppTable`, which has none"},
    {PROPERTIES "TimeToLiveSpecification/AttributeName", NULL,
     "time to live is not enabled on a named attribute"},
    {PROPERTIES "TimeToLiveSpecification/AttributeName", "\"\"",
     "time to live is not enabled on a named attribute"},
    {PROPERTIES "TimeToLiveSpecification/Enabled", "false",
     "time to live is not enabled on a named attribute"},
    {PROPERTIES "TimeToLiveSpecification/AttributeName", "\"sk\"",
     "time to live stands in the table's key"},
    {PROPERTIES "PointInTimeRecoverySpecification", NULL,
     "point-in-time recovery is neither on nor off"},
    {PROPERTIES "DeletionProtectionEnabled", NULL, "deletion protection is neither on nor off"},
    {"Outputs/AppTableName/Value/Ref", "\"Other\"",
     "AppTableName: the output names `Other`, which is no resource"},
    {"Outputs/AppTableArn/Value", NULL, "AppTableArn: the output names ``, which is no resource"},
};

static cJSON *child_of(cJSON *parent, const char *name)
{
    return cJSON_IsArray(parent) ? cJSON_GetArrayItem(parent, name[0] - '0')
                                 : cJSON_GetObjectItemCaseSensitive(parent, name);
}

/* Replaces, adds or removes the last step of the path. */
static void put(cJSON *parent, const char *name, const char *value)
{
    cJSON *item = value == NULL ? NULL : cJSON_Parse(value);
    bool exists = child_of(parent, name) != NULL;
    if (cJSON_IsArray(parent)) {
        if (item == NULL) {
            cJSON_DeleteItemFromArray(parent, name[0] - '0');
        } else if (exists) {
            cJSON_ReplaceItemInArray(parent, name[0] - '0', item);
        } else {
            cJSON_AddItemToArray(parent, item);
        }
    } else if (item == NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(parent, name);
    } else if (exists) {
        cJSON_ReplaceItemInObjectCaseSensitive(parent, name, item);
    } else {
        cJSON_AddItemToObject(parent, name, item);
    }
}

static void plant(cJSON *root, const struct fault *fault)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s", fault->path);
    cJSON *at = root;
    char *step = path;
    for (char *slash = strchr(step, '/'); slash != NULL; slash = strchr(step, '/')) {
        *slash = '\0';
        at = child_of(at, step);
        step = slash + 1;
    }
    if (DYNR_ASSERT(at != NULL)) {
        put(at, step, fault->value);
    }
}

static void finds_every_fault(void)
{
    struct dyn_emit_input input = start();
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        bool exhausted = false;
        cJSON *root = dyn_cfn_build(&input, &exhausted);
        struct dynr_buf problems = {0};
        dyn_cfn_check(root, &problems);
        DYNR_ASSERT_INT(problems.len, 0);
        plant(root, &faults[i]);
        dyn_cfn_check(root, &problems);
        if (!DYNR_ASSERT(contains(dynr_buf_str(&problems), faults[i].expected))) {
            (void)fprintf(stderr, "  %s: expected `%s`, found: %.*s\n", faults[i].path,
                          faults[i].expected, (int)problems.len,
                          problems.len == 0 ? "" : problems.ptr);
        }
        dynr_buf_cleanup(&problems);
        cJSON_Delete(root);
    }
    finish();
}

static void finds_duplicates_and_quotas(void)
{
    struct dyn_emit_input input = start();
    bool exhausted = false;
    cJSON *root = dyn_cfn_build(&input, &exhausted);
    cJSON *resources = cJSON_GetObjectItem(root, "Resources");
    cJSON *resource = cJSON_GetObjectItem(resources, "AppTable");
    cJSON *indexes =
        cJSON_GetObjectItem(cJSON_GetObjectItem(resource, "Properties"), "GlobalSecondaryIndexes");
    for (int i = 2; i <= DYN_CFN_MAX_INDEXES; i++) {
        cJSON *index = cJSON_Duplicate(cJSON_GetArrayItem(indexes, 0), 1);
        char name[20];
        (void)snprintf(name, sizeof name, "more%d", i);
        cJSON_ReplaceItemInObjectCaseSensitive(index, "IndexName", cJSON_CreateString(name));
        cJSON_AddItemToArray(indexes, index);
    }
    cJSON_AddItemToObject(resources, "AppTable", cJSON_Duplicate(resource, 1));
    cJSON *outputs_member = cJSON_GetObjectItem(root, "Outputs");
    const cJSON *output = cJSON_GetObjectItem(outputs_member, "AppTableArn");
    for (int i = 0; i < DYN_CFN_MAX_OUTPUTS; i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "More%d", i);
        cJSON_AddItemToObject(outputs_member, name, cJSON_Duplicate(output, 1));
    }
    char description[DYN_CFN_MAX_DESCRIPTION + 2];
    memset(description, 'x', sizeof description - 1);
    description[sizeof description - 1] = '\0';
    cJSON_ReplaceItemInObjectCaseSensitive(root, "Description", cJSON_CreateString(description));
    struct dynr_buf problems = {0};
    dyn_cfn_check(root, &problems);
    DYNR_ASSERT(contains(dynr_buf_str(&problems), "21 indexes, and 20 is the quota"));
    DYNR_ASSERT(contains(dynr_buf_str(&problems), "`AppTable` is there twice"));
    DYNR_ASSERT(contains(dynr_buf_str(&problems), "203 members, and 200 is the quota"));
    DYNR_ASSERT(contains(dynr_buf_str(&problems), "the description is longer than 1024 bytes"));
    dynr_buf_cleanup(&problems);
    cJSON_Delete(root);
    finish();
}

static const struct dynr_test tests[] = {
    DYNR_TEST(writes_one_file),
    DYNR_TEST(names_the_table_only_when_asked),
    DYNR_TEST(provisions_indexes_too),
    DYNR_TEST(writes_nothing_without_a_dynamodb_table),
    DYNR_TEST(leaves_out_tables_without_models),
    DYNR_TEST(reports_colliding_logical_ids),
    DYNR_TEST(refuses_an_attribute_of_two_types),
    DYNR_TEST(finds_every_fault),
    DYNR_TEST(finds_duplicates_and_quotas),
};

int main(void)
{
    return dynr_test_main("emit-cfn", tests, DYNR_TEST_COUNT(tests));
}

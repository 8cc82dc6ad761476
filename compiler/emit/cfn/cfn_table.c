/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the plan's tables to resources and outputs. Whatever names a key does so from the plan, so the template, the
 * generated code and the documentation cannot disagree.
 */
#include "emit/cfn/cfn.h"
#include "emit/names.h"

/* A tree under construction. Every helper below accepts a NULL parent, so failure is checked once, at the end. */
struct tree {
    struct dynr_arena *arena;
    bool failed;
};

static cJSON *add_member(struct tree *tree, cJSON *parent, const char *name, cJSON *item)
{
    if (parent == NULL || item == NULL || !cJSON_AddItemToObject(parent, name, item)) {
        cJSON_Delete(item);
        tree->failed = true;
        return NULL;
    }
    return item;
}

static cJSON *add_object(struct tree *tree, cJSON *parent, const char *name)
{
    return add_member(tree, parent, name, cJSON_CreateObject());
}

static cJSON *add_array(struct tree *tree, cJSON *parent, const char *name)
{
    return add_member(tree, parent, name, cJSON_CreateArray());
}

static void add_text(struct tree *tree, cJSON *parent, const char *name, struct dynr_str text)
{
    struct dynr_str copy = dynr_arena_dup(tree->arena, text);
    add_member(tree, parent, name, copy.ptr == NULL ? NULL : cJSON_CreateString(copy.ptr));
}

static void add_c(struct tree *tree, cJSON *parent, const char *name, const char *text)
{
    add_member(tree, parent, name, cJSON_CreateString(text));
}

static void add_bool(struct tree *tree, cJSON *parent, const char *name, bool value)
{
    add_member(tree, parent, name, cJSON_CreateBool(value));
}

/* A new object at the end of `array`. */
static cJSON *add_element(struct tree *tree, cJSON *array)
{
    cJSON *item = cJSON_CreateObject();
    if (array == NULL || item == NULL || !cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        tree->failed = true;
        return NULL;
    }
    return item;
}

/* ---- keys -------------------------------------------------------------------------------------------------- */

static bool is_defined(const cJSON *definitions, struct dynr_str name, char type)
{
    const cJSON *definition;
    cJSON_ArrayForEach(definition, definitions)
    {
        const cJSON *defined = cJSON_GetObjectItemCaseSensitive(definition, "AttributeName");
        const cJSON *as = cJSON_GetObjectItemCaseSensitive(definition, "AttributeType");
        if (cJSON_IsString(defined) && dynr_str_equal_c(name, defined->valuestring) &&
            cJSON_IsString(as) && as->valuestring[0] == type) {
            return true;
        }
    }
    return false;
}

/* An attribute that is used as two types gets two definitions; the check refuses them. */
static void define_attribute(struct tree *tree, cJSON *definitions, struct dynr_str name, char type)
{
    if (name.len == 0 || is_defined(definitions, name, type)) {
        return;
    }
    cJSON *definition = add_element(tree, definitions);
    add_text(tree, definition, "AttributeName", name);
    add_text(tree, definition, "AttributeType", dynr_str_make(&type, 1));
}

static void add_key_schema(struct tree *tree, cJSON *parent, struct dynr_str partition,
                           struct dynr_str sort)
{
    cJSON *schema = add_array(tree, parent, "KeySchema");
    cJSON *element = add_element(tree, schema);
    add_text(tree, element, "AttributeName", partition);
    add_c(tree, element, "KeyType", "HASH");
    if (sort.len > 0) {
        element = add_element(tree, schema);
        add_text(tree, element, "AttributeName", sort);
        add_c(tree, element, "KeyType", "RANGE");
    }
}

/* Every index of a provisioned table has a throughput of its own; nothing is added for tables on demand. */
static void add_throughput(struct tree *tree, cJSON *parent, const struct dyn_table *table)
{
    if (table->billing == DYN_BILLING_PROVISIONED) {
        cJSON *throughput = add_object(tree, parent, "ProvisionedThroughput");
        add_member(tree, throughput, "ReadCapacityUnits",
                   cJSON_CreateNumber((double)table->read_capacity));
        add_member(tree, throughput, "WriteCapacityUnits",
                   cJSON_CreateNumber((double)table->write_capacity));
    }
}

static void add_indexes(struct tree *tree, cJSON *properties, const struct dyn_plan_table *planned)
{
    if (planned->n_slots == 0) {
        return;
    }
    cJSON *indexes = add_array(tree, properties, "GlobalSecondaryIndexes");
    for (size_t i = 0; i < planned->n_slots; i++) {
        const struct dyn_plan_slot *slot = planned->slots[i];
        cJSON *index = add_element(tree, indexes);
        add_text(tree, index, "IndexName", slot->name);
        add_key_schema(tree, index, slot->partition_attribute, slot->sort_attribute);
        add_c(tree, add_object(tree, index, "Projection"), "ProjectionType", "ALL");
        add_throughput(tree, index, planned->table);
    }
}

static void add_definitions(struct tree *tree, cJSON *properties,
                            const struct dyn_plan_table *planned)
{
    const struct dyn_table *table = planned->table;
    cJSON *definitions = add_array(tree, properties, "AttributeDefinitions");
    define_attribute(tree, definitions, table->partition_attribute, planned->partition_type);
    define_attribute(tree, definitions, table->sort_attribute, planned->sort_type);
    for (size_t i = 0; i < planned->n_slots; i++) {
        const struct dyn_plan_slot *slot = planned->slots[i];
        define_attribute(tree, definitions, slot->partition_attribute, slot->partition_type);
        define_attribute(tree, definitions, slot->sort_attribute, slot->sort_type);
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void add_table(struct tree *tree, cJSON *resources, const struct dyn_plan_table *planned,
                      const char *id)
{
    const struct dyn_table *table = planned->table;
    bool provisioned = table->billing == DYN_BILLING_PROVISIONED;
    cJSON *resource = add_object(tree, resources, id);
    add_c(tree, resource, "Type", "AWS::DynamoDB::Table");
    add_c(tree, resource, "DeletionPolicy", "Retain");
    add_c(tree, resource, "UpdateReplacePolicy", "Retain");
    cJSON *properties = add_object(tree, resource, "Properties");
    if (table->physical_name.len > 0) {
        add_text(tree, properties, "TableName", table->physical_name);
    }
    add_definitions(tree, properties, planned);
    add_key_schema(tree, properties, table->partition_attribute, table->sort_attribute);
    add_indexes(tree, properties, planned);
    add_c(tree, properties, "BillingMode", provisioned ? "PROVISIONED" : "PAY_PER_REQUEST");
    add_throughput(tree, properties, table);
    if (planned->stream) {
        cJSON *stream = add_object(tree, properties, "StreamSpecification");
        add_c(tree, stream, "StreamViewType", "NEW_AND_OLD_IMAGES");
    }
    if (planned->has_ttl) {
        cJSON *ttl = add_object(tree, properties, "TimeToLiveSpecification");
        add_text(tree, ttl, "AttributeName", table->ttl_attribute);
        add_bool(tree, ttl, "Enabled", true);
    }
    cJSON *recovery = add_object(tree, properties, "PointInTimeRecoverySpecification");
    add_bool(tree, recovery, "PointInTimeRecoveryEnabled", table->point_in_time_recovery);
    add_bool(tree, properties, "DeletionProtectionEnabled", table->deletion_protection);
}

/* ---- outputs ----------------------------------------------------------------------------------------------- */

static cJSON *add_output(struct tree *tree, cJSON *outputs, const char *id, const char *what,
                         const char *description)
{
    struct dynr_str name = dynr_arena_printf(tree->arena, "%s%s", id, what);
    cJSON *output = name.ptr == NULL ? NULL : add_object(tree, outputs, name.ptr);
    add_c(tree, output, "Description", description);
    return output;
}

static void add_attribute_value(struct tree *tree, cJSON *output, const char *id,
                                const char *attribute)
{
    cJSON *value = add_array(tree, add_object(tree, output, "Value"), "Fn::GetAtt");
    const char *const parts[] = {id, attribute};
    for (size_t i = 0; i < 2; i++) {
        cJSON *part = cJSON_CreateString(parts[i]);
        if (value == NULL || part == NULL || !cJSON_AddItemToArray(value, part)) {
            cJSON_Delete(part);
            tree->failed = true;
        }
    }
}

size_t dyn_cfn_output_count(const struct dyn_plan_table *planned)
{
    return planned->stream ? 3 : 2;
}

static void add_outputs(struct tree *tree, cJSON *outputs, const struct dyn_plan_table *planned,
                        const char *id)
{
    cJSON *output =
        add_output(tree, outputs, id, "Name", "What applications set as the table's name.");
    add_c(tree, add_object(tree, output, "Value"), "Ref", id);
    output = add_output(tree, outputs, id, "Arn", "For policies; its indexes are <arn>/index/*.");
    add_attribute_value(tree, output, id, "Arn");
    if (planned->stream) {
        output = add_output(tree, outputs, id, "StreamArn",
                            "The table's change stream, with old and new images.");
        add_attribute_value(tree, output, id, "StreamArn");
        struct dynr_str name = dynr_arena_printf(tree->arena, "${AWS::StackName}-%sStreamArn", id);
        cJSON *exported = add_object(tree, add_object(tree, output, "Export"), "Name");
        add_text(tree, exported, "Fn::Sub", name);
    }
}

/* ---- the template ------------------------------------------------------------------------------------------ */

struct dynr_str dyn_cfn_logical_id(struct dynr_arena *arena, const struct dyn_table *table)
{
    struct dynr_str pascal = dyn_name_pascal(arena, table->name->text);
    return dynr_arena_printf(arena, "%.*sTable", (int)pascal.len, pascal.ptr);
}

static bool is_used(const struct dyn_plan *plan, const struct dyn_plan_table *planned)
{
    for (size_t i = 0; i < plan->n_entities; i++) {
        if (plan->entities[i]->table == planned) {
            return true;
        }
    }
    return false;
}

bool dyn_cfn_deploys(const struct dyn_plan *plan, const struct dyn_plan_table *planned)
{
    return (planned->table->targets & DYN_TARGET_DYNAMODB) != 0 && is_used(plan, planned);
}

static void add_tables(struct tree *tree, const struct dyn_emit_input *input, cJSON *resources,
                       cJSON *outputs)
{
    for (size_t i = 0; i < input->plan->n_tables; i++) {
        const struct dyn_plan_table *planned = input->plan->tables[i];
        if (dyn_cfn_deploys(input->plan, planned)) {
            struct dynr_str id = dyn_cfn_logical_id(tree->arena, planned->table);
            add_table(tree, resources, planned, id.ptr);
            add_outputs(tree, outputs, planned, id.ptr);
        }
    }
}

cJSON *dyn_cfn_build(const struct dyn_emit_input *input, bool *out_exhausted)
{
    struct tree tree = {input->arena, false};
    struct dynr_str program = input->plan->program->name->text;
    cJSON *root = cJSON_CreateObject();
    add_c(&tree, root, "AWSTemplateFormatVersion", "2010-09-09");
    add_text(&tree, root, "Description",
             dynr_arena_printf(input->arena, "Tables of %.*s, generated by dynrc.",
                               (int)program.len, program.ptr));
    cJSON *resources = add_object(&tree, root, "Resources");
    cJSON *outputs = add_object(&tree, root, "Outputs");
    add_tables(&tree, input, resources, outputs);
    *out_exhausted = tree.failed;
    if (tree.failed || resources->child == NULL) {
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

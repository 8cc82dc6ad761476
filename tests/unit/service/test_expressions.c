/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: what may stand beside what, and what each must be. */
#include "service_fixture.h"

static void expressions_do_not_mix_with_the_first_api(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':'attribute_exists(pk)'"
         ",'Expected':{}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Can not use both "
         "expression and non-expression parameters in the same request: Non-expression parameters: "
         "{Expected} Expression parameters: {ConditionExpression}'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = "
         ":v','AttributeUpdates':{},'Expected':{}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Can not use both "
         "expression and non-expression parameters in the same request: Non-expression parameters: "
         "{AttributeUpdates, Expected} Expression parameters: {UpdateExpression}'}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ProjectionExpression':'pk','AttributesToGet'"
         ":['pk']}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Can not use both "
         "expression and non-expression parameters in the same request: Non-expression parameters: "
         "{AttributesToGet} Expression parameters: {ProjectionExpression}'}"},
        {"Query",
         "{'TableName':'plain','KeyConditionExpression':'pk = "
         ":p','KeyConditions':{},'QueryFilter':{},'ExpressionAttributeValues':{':p':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Can not use both "
         "expression and non-expression parameters in the same request: Non-expression parameters: "
         "{QueryFilter, KeyConditions} Expression parameters: {KeyConditionExpression}'}"},
        {"Scan",
         "{'TableName':'plain','FilterExpression':'pk = "
         ":p','ScanFilter':{},'ConditionalOperator':'AND'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Can not use both "
         "expression and non-expression parameters in the same request: Non-expression parameters: "
         "{ScanFilter, ConditionalOperator} Expression parameters: {FilterExpression}'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void names_and_values_need_expressions(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ExpressionAttributeNames':{'#a':'a'}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeNames can only be specified when using expressions'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ExpressionAttributeValues':{':a':{'S':'a'}}"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues can only be specified when using expressions: "
         "ConditionExpression is null'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ExpressionAttributeValues':{':a':{'S':'a'}}"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression "
         "and ConditionExpression are null'}"},
        {"Query",
         "{'TableName':'plain','ProjectionExpression':'pk','ExpressionAttributeValues':{':a':{'S':'"
         "a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues can only be specified when using expressions: FilterExpression "
         "and KeyConditionExpression are null'}"},
        {"Scan",
         "{'TableName':'plain','ProjectionExpression':'pk','ExpressionAttributeValues':{':a':{'S':'"
         "a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues can only be specified when using expressions: FilterExpression "
         "is null'}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ExpressionAttributeNames':{'#a':'a'}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeNames can only be specified when using expressions'}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ProjectionExpression':'pk','"
         "ExpressionAttributeNames':{}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeNames must not be empty'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':'a = "
         ":a','ExpressionAttributeValues':{}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues must not be empty'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void empty_and_malformed_expressions_are_refused(void)
{
    static const struct service_step steps[] = {
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ConditionExpression: The expression can not be empty;'}"},
        {"UpdateItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "UpdateExpression: The expression can not be empty;'}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ProjectionExpression':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ProjectionExpression: The expression can not be empty;'}"},
        {"Query", "{'TableName':'plain','KeyConditionExpression':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "KeyConditionExpression: The expression can not be empty;'}"},
        {"Scan", "{'TableName':'plain','FilterExpression':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "FilterExpression: The expression can not be empty;'}"},
        {"Query", "{'TableName':'plain'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Either the "
         "KeyConditions or KeyConditionExpression parameter must be specified in the request.'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET a = :a'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "UpdateExpression: An expression attribute value used in expression is not defined; "
         "attribute value: :a'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET #a = "
         ":a','ExpressionAttributeValues':{':a':{'S':'x'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "UpdateExpression: An expression attribute name used in the document path is not defined; "
         "attribute name: #a'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':'a = = b'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ConditionExpression: Syntax error; token: \\'=\\', near: \\'= = b\\''}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':'attribute_exists(pk)'"
         ",'ExpressionAttributeNames':{'#x':'x'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Value provided in "
         "ExpressionAttributeNames unused in expressions: keys: {#x}'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET pk = "
         ":a','ExpressionAttributeValues':{':a':{'S':'x'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Cannot update attribute pk. This attribute is part of the "
         "key'}"},
        {"Query",
         "{'TableName':'plain','KeyConditionExpression':'v = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Query condition "
         "missed key schema element: pk'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void paths_into_keys_are_refused(void)
{
    static const struct service_step steps[] = {
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ProjectionExpression':'pk.x'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Key attributes must "
         "be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ProjectionExpression':'l[0]','ExpressionAttributeValues':{':p':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Key attributes must "
         "be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: l'}"},
        {"Scan",
         "{'TableName':'app','FilterExpression':'g.x = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Key attributes must "
         "be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: g'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void expressions_are_read_in_order(void)
{
    static const struct service_step steps[] = {
        {"Query",
         "{'TableName':'plain','KeyConditionExpression':'','FilterExpression':'','"
         "ProjectionExpression':''}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "KeyConditionExpression: The expression can not be empty;'}"},
        {"Query", "{'TableName':'plain','KeyConditionExpression':'pk = ','FilterExpression':''}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "KeyConditionExpression: Syntax error; token: \\'<EOF>\\', near: \\'=\\''}"},
        {"Query",
         "{'TableName':'plain','KeyConditionExpression':'pk = "
         ":p','FilterExpression':'','ExpressionAttributeValues':{':p':{'N':''}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value for key :p'}"},
        {"Scan", "{'TableName':'plain','FilterExpression':'','Segment':1}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The TotalSegments "
         "parameter is required but was not present in the request when Segment parameter is "
         "present'}"},
        {"Query",
         "{'TableName':'none','KeyConditionExpression':'pk = :p OR pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid operator "
         "used in KeyConditionExpression: OR'}"},
        {"GetItem", "{'TableName':'none','Key':{'pk':{'S':'a','N':'1'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue has more than one datatypes set, must contain exactly one of the "
         "supported datatypes'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void faults_of_the_item_come_before_those_of_the_table(void)
{
    static const struct service_step steps[] = {
        {"PutItem", "{'TableName':'none','Item':{'pk':{'SS':[]}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An string set  may not be empty'}"},
        {"PutItem", "{'TableName':'none','Item':{'pk':{'S':'a'}},'ConditionExpression':'a = '}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ConditionExpression: Syntax error; token: \\'<EOF>\\', near: \\'=\\''}"},
        {"PutItem", "{'TableName':'none','Item':{'pk':{'S':'a'}}}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found'}"},
        {"PutItem", "{'TableName':'none','Item':{'pk':{'SS':[]}},'ConditionExpression':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An string set  may not be empty'}"},
        {"PutItem", "{'TableName':'none','Item':{'pk':{'SS':[]}},'ReturnValues':'ALL_NEW'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An string set  may not be empty'}"},
        {"DeleteItem", "{'TableName':'none','Key':{'pk':{'S':'a'}},'ReturnValues':'UPDATED_NEW'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ReturnValues can "
         "only be ALL_OLD or NONE'}"},
        {"PutItem", "{'TableName':'plain','Item':{'x':{'S':'a'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Missing the key pk in the item'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'N':'1'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Type mismatch for key pk expected: S actual: N'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':''}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
         "empty string value. Key: pk'}"},
        {"GetItem", "{'TableName':'plain','Key':{'x':{'S':'a'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided key "
         "element does not match the schema'}"},
        {"GetItem", "{'TableName':'plain','Key':{}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided key "
         "element does not match the schema'}"},
        {"DeleteItem", "{'TableName':'plain','Key':{'pk':{'S':'a'},'b':{'S':'b'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided key "
         "element does not match the schema'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(expressions_do_not_mix_with_the_first_api),
        DYNR_TEST(names_and_values_need_expressions),
        DYNR_TEST(empty_and_malformed_expressions_are_refused),
        DYNR_TEST(paths_into_keys_are_refused),
        DYNR_TEST(expressions_are_read_in_order),
        DYNR_TEST(faults_of_the_item_come_before_those_of_the_table),
    };
    return dynr_test_main("service-expressions", tests, DYNR_TEST_COUNT(tests));
}

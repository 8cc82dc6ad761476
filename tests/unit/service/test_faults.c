/* SPDX-License-Identifier: Apache-2.0 */
/* SerializationException, UnknownOperationException, and N validation errors. */
#include "service_fixture.h"

static void other_operations_are_unknown(void)
{
    static const struct service_step steps[] = {
        {"Nothing", "{}", 400, "{'__type':'com.amazon.coral.service#UnknownOperationException'}"},
        {"Streams.PutItem", "{}", 400,
         "{'__type':'com.amazon.coral.service#UnknownOperationException'}"},
        {"GetRecords", "{}", 400,
         "{'__type':'com.amazon.coral.service#UnknownOperationException'}"},
        {"GetItemX", "{}", 400, "{'__type':'com.amazon.coral.service#UnknownOperationException'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void bodies_must_be_json_objects(void)
{
    static const struct service_step steps[] = {
        {"GetItem", "", 400, "{'__type':'com.amazon.coral.service#SerializationException'}"},
        {"GetItem", "[]", 400, "{'__type':'com.amazon.coral.service#SerializationException'}"},
        {"GetItem", "{", 400, "{'__type':'com.amazon.coral.service#SerializationException'}"},
        {"GetItem", "{'TableName':'plain'} x", 400,
         "{'__type':'com.amazon.coral.service#SerializationException'}"},
        {"GetItem", "{'TableName':'\\ud800'}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void values_must_have_their_types(void)
{
    static const struct service_step steps[] = {
        {"GetItem", "{'TableName':1}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"GetItem", "{'TableName':1.5}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'DECIMAL_VALUE "
         "cannot be converted to String'}"},
        {"GetItem", "{'TableName':true}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'TRUE_VALUE cannot "
         "be converted to String'}"},
        {"GetItem", "{'TableName':[]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type class java.lang.String'}"},
        {"GetItem", "{'TableName':{}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Start of "
         "structure or map found where not expected'}"},
        {"GetItem", "{'Key':'x'}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected field "
         "type'}"},
        {"GetItem", "{'Key':[]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type java.util.Map<java.lang.String, "
         "com.amazonaws.dynamodb.v20120810.AttributeValue>'}"},
        {"GetItem", "{'Key':{'a':'x'}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected value "
         "type in payload'}"},
        {"GetItem", "{'Key':{'a':[]}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type class com.amazonaws.dynamodb.v20120810.AttributeValue'}"},
        {"GetItem", "{'Key':{'a':{'S':1}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"GetItem", "{'Key':{'a':{'N':1}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"GetItem", "{'Key':{'a':{'B':1}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'only "
         "base-64-encoded strings are convertible to bytes'}"},
        {"GetItem", "{'Key':{'a':{'B':'abc'}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Base64 encoded "
         "length is expected a multiple of 4 bytes but found: 3'}"},
        {"GetItem", "{'Key':{'a':{'SS':'x'}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected field "
         "type'}"},
        {"GetItem", "{'Key':{'a':{'SS':[1]}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"GetItem", "{'Key':{'a':{'BOOL':1}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to Boolean'}"},
        {"GetItem", "{'Key':{'a':{'L':[1]}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected value "
         "type in payload'}"},
        {"GetItem", "{'Key':{'a':{'M':{'b':{'S':false}}}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'FALSE_VALUE "
         "cannot be converted to String'}"},
        {"GetItem", "{'ConsistentRead':1}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to Boolean'}"},
        {"GetItem", "{'ConsistentRead':'maybe'}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected token "
         "received from parser'}"},
        {"GetItem", "{'ConsistentRead':[]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type class java.lang.Boolean'}"},
        {"GetItem", "{'ConsistentRead':{}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Start of "
         "structure or map found where not expected'}"},
        {"GetItem", "{'AttributesToGet':'x'}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected field "
         "type'}"},
        {"GetItem", "{'AttributesToGet':{}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Start of "
         "structure or map found where not expected'}"},
        {"GetItem", "{'AttributesToGet':[1]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
        {"Query", "{'Limit':'1'}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'STRING_VALUE "
         "cannot be converted to Integer'}"},
        {"Query", "{'Limit':true}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'TRUE_VALUE cannot "
         "be converted to Integer'}"},
        {"Query", "{'Limit':[]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type class java.lang.Integer'}"},
        {"Query", "{'KeyConditions':{'a':1}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected value "
         "type in payload'}"},
        {"Query", "{'KeyConditions':[]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type java.util.Map<java.lang.String, "
         "com.amazonaws.dynamodb.v20120810.Condition>'}"},
        {"CreateTable", "{'ProvisionedThroughput':1}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected field "
         "type'}"},
        {"CreateTable", "{'ProvisionedThroughput':[]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unrecognized "
         "collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput'}"},
        {"CreateTable", "{'KeySchema':[1]}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected value "
         "type in payload'}"},
        {"BatchGetItem", "{'RequestItems':{'plain':{'Keys':['x']}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'class "
         "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
         "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
         "java.lang.Class are in module java.base of loader 'bootstrap')'}"},
        {"BatchWriteItem", "{'RequestItems':{'plain':1}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'class "
         "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
         "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
         "java.lang.Class are in module java.base of loader 'bootstrap')'}"},
        {"PutItem", "{'TableName':'','Item':{'a':{'S':1}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void attribute_values_are_checked(void)
{
    static const struct service_step steps[] = {
        {"PutItem", "{'TableName':'plain','Item':{'pk':{}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue is empty, must contain exactly one of the supported datatypes'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a','N':'1'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue has more than one datatypes set, must contain exactly one of the "
         "supported datatypes'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'X':'a'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue is empty, must contain exactly one of the supported datatypes'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':null}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected value "
         "type in payload'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':null}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue is empty, must contain exactly one of the supported datatypes'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'N':''}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The parameter "
         "cannot be converted to a numeric value'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'N':'x'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The parameter "
         "cannot be converted to a numeric value: x'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'N':'1e126'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number overflow. "
         "Attempting to store a number with magnitude larger than supported range'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'N':'1e-131'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Number underflow. "
         "Attempting to store a number with magnitude smaller than supported range'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'N':'"
         "123456789012345678901234567890123456789'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Attempting to store "
         "more than 38 significant digits in a Number'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'NULL':false}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Null attribute value types must have the value of true'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'SS':['x','x']}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Input collection [x, x] contains duplicates.'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'NS':['1','1.0']}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Input collection "
         "contains duplicates'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'BS':['AA==','AA==']}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Input collection [AA==, AA==]of type BS contains "
         "duplicates.'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'NS':[]}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An number set  may not be empty'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'BS':[]}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Binary sets should not be empty'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'B':'A==='}}}", 400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Invalid last "
         "non-pad Base64 character dectected'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'M':{'x':{}}}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue is empty, must contain exactly one of the supported datatypes'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'L':[{}]}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue is empty, must contain exactly one of the supported datatypes'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':"
         "[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L'"
         ":[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'L':[{'S':'x'}]}]}]}]}]}]}"
         "]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Nesting Levels have "
         "exceeded supported limits'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'S':'x','N':null}}}", 200,
         "{}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'':{'S':'x'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An attribute name cannot be empty'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET a = "
         ":a','ExpressionAttributeValues':{':a':{'N':'x'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value: x for key :a'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET a = "
         ":a','ExpressionAttributeValues':{'a':{'N':'1'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \\'a\\''}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET a = "
         ":a','ExpressionAttributeValues':{':a':null}}",
         400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'Unexpected value "
         "type in payload'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET a = "
         ":a','ExpressionAttributeValues':{':a':{'N':'1'}},'ExpressionAttributeNames':{'a':'b'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'"
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \\'a\\''}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET a = "
         ":a','ExpressionAttributeValues':{':a':{'N':'1'}},'ExpressionAttributeNames':{'#a':1}}",
         400,
         "{'__type':'com.amazon.coral.service#SerializationException','Message':'NUMBER_VALUE "
         "cannot be converted to String'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void booleans_may_be_written_as_text(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'t':{'BOOL':'yes'},'n':{'NULL':'true'}}}",
         200, "{}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'NULL':'no'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Null attribute value types must have the value of true'}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConsistentRead':'true'}", 200,
         "{'Item':{'pk':{'S':'a'},'t':{'BOOL':true},'n':{'NULL':true}}}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConsistentRead':'No'}", 200,
         "{'Item':{'pk':{'S':'a'},'t':{'BOOL':true},'n':{'NULL':true}}}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void bounds_are_reported_together(void)
{
    static const struct service_step steps[] = {
        {"GetItem", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value null at 'tableName' failed to satisfy constraint: Member must not be "
         "null; Value null at 'key' failed to satisfy constraint: Member must not be null'}"},
        {"PutItem", "{'TableName':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length "
         "greater than or equal to 1'}"},
        {"PutItem", "{'TableName':'a!','ReturnValues':'x'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'a!' at 'tableName' failed to satisfy constraint: Member must satisfy "
         "regular expression pattern: [a-zA-Z0-9_.-]+'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{},'ReturnValues':'A','ReturnConsumedCapacity':'B','"
         "ReturnItemCollectionMetrics':'C','ConditionalOperator':'D','"
         "ReturnValuesOnConditionCheckFailure':'E'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'5 validation errors "
         "detected: Value 'B' at 'returnConsumedCapacity' failed to satisfy constraint: Member "
         "must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'D' at 'conditionalOperator' "
         "failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]; Value 'A' "
         "at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
         "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; Value 'C' at "
         "'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum "
         "value set: [SIZE, NONE]; Value 'E' at 'returnValuesOnConditionCheckFailure' failed to "
         "satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]'}"},
        {"Query", "{'TableName':'plain','IndexName':'a!','Limit':0}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value 'a!' at 'indexName' failed to satisfy constraint: Member must satisfy "
         "regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a!' at 'indexName' failed to satisfy "
         "constraint: Member must have length greater than or equal to 3'}"},
        {"CreateTable",
         "{'TableName':'new','KeySchema':[{'KeyType':'HASH'}],'AttributeDefinitions':[{'"
         "AttributeName':'pk'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value null at 'attributeDefinitions.1.member.attributeType' failed to satisfy "
         "constraint: Member must not be null; Value null at 'keySchema.1.member.attributeName' "
         "failed to satisfy constraint: Member must not be null'}"},
        {"CreateTable", "{'TableName':'new','AttributeDefinitions':[{},{},{},{},{},{}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'10 validation "
         "errors detected: Value null at 'attributeDefinitions.1.member.attributeName' failed to "
         "satisfy constraint: Member must not be null; Value null at "
         "'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must "
         "not be null; Value null at 'attributeDefinitions.2.member.attributeName' failed to "
         "satisfy constraint: Member must not be null; Value null at "
         "'attributeDefinitions.2.member.attributeType' failed to satisfy constraint: Member must "
         "not be null; Value null at 'attributeDefinitions.3.member.attributeName' failed to "
         "satisfy constraint: Member must not be null; Value null at "
         "'attributeDefinitions.3.member.attributeType' failed to satisfy constraint: Member must "
         "not be null; Value null at 'attributeDefinitions.4.member.attributeName' failed to "
         "satisfy constraint: Member must not be null; Value null at "
         "'attributeDefinitions.4.member.attributeType' failed to satisfy constraint: Member must "
         "not be null; Value null at 'attributeDefinitions.5.member.attributeName' failed to "
         "satisfy constraint: Member must not be null; Value null at "
         "'attributeDefinitions.5.member.attributeType' failed to satisfy constraint: Member must "
         "not be null'}"},
        {"BatchWriteItem",
         "{'RequestItems':{'plain':[{'PutRequest':{'Item':{'pk':{'S':'0'}}}},{'PutRequest':{'Item':"
         "{'pk':{'S':'1'}}}},{'PutRequest':{'Item':{'pk':{'S':'2'}}}},{'PutRequest':{'Item':{'pk':{"
         "'S':'3'}}}},{'PutRequest':{'Item':{'pk':{'S':'4'}}}},{'PutRequest':{'Item':{'pk':{'S':'5'"
         "}}}},{'PutRequest':{'Item':{'pk':{'S':'6'}}}},{'PutRequest':{'Item':{'pk':{'S':'7'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'8'}}}},{'PutRequest':{'Item':{'pk':{'S':'9'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'10'}}}},{'PutRequest':{'Item':{'pk':{'S':'11'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'12'}}}},{'PutRequest':{'Item':{'pk':{'S':'13'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'14'}}}},{'PutRequest':{'Item':{'pk':{'S':'15'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'16'}}}},{'PutRequest':{'Item':{'pk':{'S':'17'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'18'}}}},{'PutRequest':{'Item':{'pk':{'S':'19'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'20'}}}},{'PutRequest':{'Item':{'pk':{'S':'21'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'22'}}}},{'PutRequest':{'Item':{'pk':{'S':'23'}}}},{'"
         "PutRequest':{'Item':{'pk':{'S':'24'}}}},{'PutRequest':{'Item':{'pk':{'S':'25'}}}}]}}",
         400, NULL},
        {"PutItem",
         "{'TableName':'"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','Item':{}"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value "
         "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at "
         "'tableName' failed to satisfy constraint: Member must have length less than or equal to "
         "255'}"},
        {"PutItem", "{'TableName':'ab','Item':{'pk':{'S':'a'}}}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found'}"},
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
        DYNR_TEST(other_operations_are_unknown),    DYNR_TEST(bodies_must_be_json_objects),
        DYNR_TEST(values_must_have_their_types),    DYNR_TEST(attribute_values_are_checked),
        DYNR_TEST(booleans_may_be_written_as_text), DYNR_TEST(bounds_are_reported_together),
    };
    return dynr_test_main("service-faults", tests, DYNR_TEST_COUNT(tests));
}

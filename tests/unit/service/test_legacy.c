/* SPDX-License-Identifier: Apache-2.0 */
/* The first API: Expected, AttributeUpdates, filters, KeyConditions, AttributesToGet. */
#include "service_fixture.h"

static void expected_is_a_condition(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'5'},'s':{'S':'hello'},'set':{'SS':["
         "'x']}},'Expected':{'pk':{'Exists':false}}}",
         200, "{}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'pk':{'Exists':false}}}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
        {"DeleteItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'Expected':{'v':{'Value':{'N':'4'}}}}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'Expected':{'v':{'ComparisonOperator':'"
         "BETWEEN','AttributeValueList':[{'N':'1'},{'N':'9'}]},'s':{'ComparisonOperator':'BEGINS_"
         "WITH','AttributeValueList':[{'S':'he'}]},'q':{'ComparisonOperator':'NULL'},'set':{'"
         "ComparisonOperator':'CONTAINS','AttributeValueList':[{'S':'x'}]}},'AttributeUpdates':{'v'"
         ":{'Action':'ADD','Value':{'N':'2'}}},'ReturnValues':'UPDATED_NEW'}",
         200, "{'Attributes':{'v':{'N':'7'}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConditionalOperator':'OR','Expected':{'v':{'"
         "ComparisonOperator':'LT','AttributeValueList':[{'N':'1'}]},'s':{'ComparisonOperator':'IN'"
         ",'AttributeValueList':[{'S':'no'},{'S':'hello'}]}},'AttributeUpdates':{'v':{'Value':{'N':"
         "'1'}}},'ReturnValues':'ALL_NEW'}",
         200, "{'Attributes':{'pk':{'S':'a'},'v':{'N':'1'},'s':{'S':'hello'},'set':{'SS':['x']}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConditionalOperator':'AND','Expected':{'v':{"
         "'ComparisonOperator':'LT','AttributeValueList':[{'N':'1'}]},'s':{'ComparisonOperator':'"
         "NE','AttributeValueList':[{'S':'no'}]}},'AttributeUpdates':{'v':{'Value':{'N':'1'}}}}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void expected_is_checked(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'Value':{'S':'a'},'"
         "AttributeValueList':[]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Value and AttributeValueList cannot be used together for "
         "Attribute: a'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'EQ','"
         "Exists':true}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Exists and ComparisonOperator cannot be used together for "
         "Attribute: a'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'EQ'}}"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Value or AttributeValueList must be used with "
         "ComparisonOperator: EQ for Attribute: a'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'EQ','"
         "AttributeValueList':[]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Invalid number of argument(s) for the EQ "
         "ComparisonOperator'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'"
         "BETWEEN','AttributeValueList':[{'S':'a'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Invalid number of argument(s) for the BETWEEN "
         "ComparisonOperator'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'"
         "BETWEEN','AttributeValueList':[{'S':'b'},{'S':'a'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The BETWEEN "
         "condition was provided a range where the lower bound is greater than the upper bound'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'IN','"
         "AttributeValueList':[{'S':'b'},{'N':'1'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: AttributeValues inside AttributeValueList must be of same "
         "type'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'"
         "BEGINS_WITH','AttributeValueList':[{'N':'1'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ComparisonOperator BEGINS_WITH is not valid for N "
         "AttributeValue type'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'ComparisonOperator':'NULL'"
         ",'AttributeValueList':[{'N':'1'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Invalid number of argument(s) for the NULL "
         "ComparisonOperator'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'AttributeValueList':[{'N':"
         "'1'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: AttributeValueList can only be used with a "
         "ComparisonOperator for Attribute: a'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Value must be provided when Exists is null for Attribute: "
         "a'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'Exists':true}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Value must be provided when Exists is true for Attribute: "
         "a'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'Exists':false,'Value':{'S'"
         ":'a'}}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Value cannot be used when Exists is false for Attribute: "
         "a'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'Expected':{'a':{'Value':{'SS':[]}}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An string set  may not be empty'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionalOperator':'AND'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ConditionalOperator "
         "cannot be used without Filter or Expected'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionalOperator':'AND','Expected':{'a':"
         "{'Exists':false}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ConditionalOperator "
         "can only be used when there are two or more conditions'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void attribute_updates_are_an_update(void)
{
    static const struct service_step steps[] = {
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'s':{'Value':{'S':'x'},'"
         "Action':'PUT'},'n':{'Value':{'N':'3'},'Action':'ADD'},'set':{'Value':{'SS':['a','b']},'"
         "Action':'ADD'},'l':{'Value':{'L':[{'S':'1'}]},'Action':'ADD'}},'ReturnValues':'ALL_NEW'}",
         200,
         "{'Attributes':{'pk':{'S':'a'},'l':{'L':[{'S':'1'}]},'n':{'N':'3'},'s':{'S':'x'},'set':{'"
         "SS':['a','b']}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'s':{'Action':'DELETE'},'"
         "n':{'Value':{'N':'-1'},'Action':'ADD'},'set':{'Value':{'SS':['a']},'Action':'DELETE'},'l'"
         ":{'Value':{'L':[{'S':'2'}]},'Action':'ADD'}},'ReturnValues':'ALL_NEW'}",
         200,
         "{'Attributes':{'pk':{'S':'a'},'l':{'L':[{'S':'1'},{'S':'2'}]},'n':{'N':'2'},'set':{'SS':["
         "'b']}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'a':{'Action':'PUT'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Only DELETE action is allowed when no attribute value is "
         "specified'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'a':{'Action':'DELETE','"
         "Value':{'S':'x'}}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: DELETE action with value is not supported for the type "
         "S'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'a':{'Action':'ADD','"
         "Value':{'S':'x'}}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ADD action is not supported for the type S'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'n':{'Action':'ADD','"
         "Value':{'SS':['x']}}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Type mismatch for "
         "attribute to update'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'pk':{'Value':{'S':'x'}}}"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Cannot update attribute pk. This attribute is part of the "
         "key'}"},
        {"UpdateItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{}}", 200,
         "{}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributesToGet':['n','set']}",
         200, "{'Item':{'n':{'N':'2'},'set':{'SS':['b']}}}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributesToGet':['n','n']}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Duplicate value in attribute name: n'}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributesToGet':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have "
         "length greater than or equal to 1'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void filters_and_key_conditions_are_expressions(void)
{
    static const struct service_step steps[] = {
        {"PutItem", "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'v':{'S':'x'}}}", 200,
         "{}"},
        {"PutItem", "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'2'},'v':{'S':'y'}}}", 200,
         "{}"},
        {"PutItem", "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'3'}}}", 200, "{}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ','AttributeValueList':"
         "[{'S':'a'}]},'sk':{'ComparisonOperator':'GE','AttributeValueList':[{'N':'2'}]}},'"
         "AttributesToGet':['sk']}",
         200, "{'Items':[{'sk':{'N':'2'}},{'sk':{'N':'3'}}],'Count':2,'ScannedCount':2}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ','AttributeValueList':"
         "[{'S':'a'}]}},'QueryFilter':{'v':{'ComparisonOperator':'NOT_NULL'},'w':{'"
         "ComparisonOperator':'NULL'}},'ConditionalOperator':'AND','Select':'COUNT'}",
         200, "{'Count':2,'ScannedCount':3}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ','AttributeValueList':"
         "[{'S':'a'}]}},'FilterExpression':'#v = "
         ":v','ExpressionAttributeNames':{'#v':'v'},'ExpressionAttributeValues':{':v':{'S':'y'}}}",
         200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'2'},'v':{'S':'y'}}],'Count':1,'ScannedCount':3}"},
        {"Scan",
         "{'TableName':'app','ScanFilter':{'v':{'ComparisonOperator':'EQ','AttributeValueList':[{'"
         "S':'x'}]},'sk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'3'}]}},'"
         "ConditionalOperator':'OR'}",
         200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'},'v':{'S':'x'}},{'pk':{'S':'a'},'sk':{'N':'3'}}],"
         "'Count':2,'ScannedCount':3}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ','AttributeValueList':"
         "[{'S':'a'}]},'sk':{'ComparisonOperator':'NE','AttributeValueList':[{'N':'1'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Attempted "
         "conditional constraint is not an indexable operation'}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'NULL'}},'"
         "ExclusiveStartKey':{'pk':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided "
         "starting key is invalid'}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ','AttributeValueList':"
         "[{'S':'a'}]},'sk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]},'v':{'"
         "ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Conditions can be "
         "of length 1 or 2 only'}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'GT','AttributeValueList':"
         "[{'S':'a'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Query key condition "
         "not supported'}"},
        {"Query", "{'TableName':'app','KeyConditions':{'pk':{'AttributeValueList':[{'S':'a'}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'keyConditions.pk.member.comparisonOperator' failed to satisfy "
         "constraint: Member must not be null'}"},
        {"Query", "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'LIKE'}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'LIKE' at 'keyConditions.pk.member.comparisonOperator' failed to satisfy "
         "constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, "
         "EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]'}"},
        {"Query", "{'TableName':'app','KeyConditions':{}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Conditions can be "
         "of length 1 or 2 only'}"},
        {"Scan", "{'TableName':'app','ConditionalOperator':'OR'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'ConditionalOperator "
         "cannot be used without Filter or Expected'}"},
        {"Query",
         "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ','AttributeValueList':"
         "[{'S':'a'}]}},'QueryFilter':{'sk':{'ComparisonOperator':'NOT_NULL'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'QueryFilter can "
         "only contain non-primary key attributes: Primary key attribute: sk'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = :p','FilterExpression':'sk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Filter Expression "
         "can only contain non-primary key attributes: Primary key attribute: sk'}"},
        {"Scan", "{'TableName':'app','AttributesToGet':['pk'],'Select':'COUNT'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Cannot specify the "
         "AttributesToGet when choosing to get only the Count'}"},
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
        DYNR_TEST(expected_is_a_condition),
        DYNR_TEST(expected_is_checked),
        DYNR_TEST(attribute_updates_are_an_update),
        DYNR_TEST(filters_and_key_conditions_are_expressions),
    };
    return dynr_test_main("service-legacy", tests, DYNR_TEST_COUNT(tests));
}

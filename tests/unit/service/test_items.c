/* SPDX-License-Identifier: Apache-2.0 */
/* GetItem, PutItem, UpdateItem, DeleteItem: every ReturnValues, capacity, item collections. */
#include "service_fixture.h"

static void items_are_put_and_got(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'n':{'N':'1.50'},'b':{'B':'AAE='},'t':{'BOOL'"
         ":true},'z':{'NULL':true},'l':{'L':[{'S':'x'},{'N':'2'}]},'m':{'M':{'k':{'S':''}}},'ss':{'"
         "SS':['x','y']},'ns':{'NS':['1','2.0']},'bs':{'BS':['AA==']}}}",
         200, "{}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}}}", 200,
         "{'Item':{'pk':{'S':'a'},'n':{'N':'1.5'},'b':{'B':'AAE='},'t':{'BOOL':true},'z':{'NULL':"
         "true},'l':{'L':[{'S':'x'},{'N':'2'}]},'m':{'M':{'k':{'S':''}}},'ss':{'SS':['x','y']},'ns'"
         ":{'NS':['1','2']},'bs':{'BS':['AA==']}}}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'none'}}}", 200, "{}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ProjectionExpression':'n, #l[1], "
         "m.k','ExpressionAttributeNames':{'#l':'l'}}",
         200, "{'Item':{'n':{'N':'1.5'},'l':{'L':[{'N':'2'}]},'m':{'M':{'k':{'S':''}}}}}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConsistentRead':true,'"
         "ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Item':{'pk':{'S':'a'},'n':{'N':'1.5'},'b':{'B':'AAE='},'t':{'BOOL':true},'z':{'NULL':"
         "true},'l':{'L':[{'S':'x'},{'N':'2'}]},'m':{'M':{'k':{'S':''}}},'ss':{'SS':['x','y']},'ns'"
         ":{'NS':['1','2']},'bs':{'BS':['AA==']}},'ConsumedCapacity':{'TableName':'plain','"
         "CapacityUnits':1.0}}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ReturnConsumedCapacity':'INDEXES'}", 200,
         "{'Item':{'pk':{'S':'a'},'n':{'N':'1.5'},'b':{'B':'AAE='},'t':{'BOOL':true},'z':{'NULL':"
         "true},'l':{'L':[{'S':'x'},{'N':'2'}]},'m':{'M':{'k':{'S':''}}},'ss':{'SS':['x','y']},'ns'"
         ":{'NS':['1','2']},'bs':{'BS':['AA==']}},'ConsumedCapacity':{'TableName':'plain','"
         "CapacityUnits':0.5,'Table':{'CapacityUnits':0.5}}}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ReturnConsumedCapacity':'NONE'}",
         200,
         "{'Item':{'pk':{'S':'a'},'n':{'N':'1.5'},'b':{'B':'AAE='},'t':{'BOOL':true},'z':{'NULL':"
         "true},'l':{'L':[{'S':'x'},{'N':'2'}]},'m':{'M':{'k':{'S':''}}},'ss':{'SS':['x','y']},'ns'"
         ":{'NS':['1','2']},'bs':{'BS':['AA==']}}}"},
        {"GetItem",
         "{'TableName':'plain','Key':{'pk':{'S':'none'}},'ReturnConsumedCapacity':'TOTAL'}", 200,
         "{'ConsumedCapacity':{'TableName':'plain','CapacityUnits':0.5}}"},
        {"GetItem",
         "{'TableName':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','Key':{'pk':{'S':'a'}},'ProjectionExpression':'n'}",
         200, "{'Item':{'n':{'N':'1.5'}}}"},
        {"GetItem",
         "{ 'Key' : {'pk':{'S':'a'}} , 'Unknown':[1,{}], "
         "'TableName':'plain','ProjectionExpression':'n','ConsistentRead':null}",
         200, "{'Item':{'n':{'N':'1.5'}}}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void writes_return_what_is_asked_for(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'1'}},'ReturnValues':'ALL_OLD'}",
         200, "{}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'2'},'w':{'S':'x'}},'ReturnValues':'"
         "ALL_OLD'}",
         200, "{'Attributes':{'pk':{'S':'a'},'v':{'N':'1'}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = v + "
         ":one','ExpressionAttributeValues':{':one':{'N':'1'}}}",
         200, "{}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = v + "
         ":one','ExpressionAttributeValues':{':one':{'N':'1'}},'ReturnValues':'NONE'}",
         200, "{}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = v + "
         ":one','ExpressionAttributeValues':{':one':{'N':'1'}},'ReturnValues':'ALL_OLD'}",
         200, "{'Attributes':{'pk':{'S':'a'},'v':{'N':'4'},'w':{'S':'x'}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = v + "
         ":one','ExpressionAttributeValues':{':one':{'N':'1'}},'ReturnValues':'ALL_NEW'}",
         200, "{'Attributes':{'pk':{'S':'a'},'v':{'N':'6'},'w':{'S':'x'}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = v + "
         ":one','ExpressionAttributeValues':{':one':{'N':'1'}},'ReturnValues':'UPDATED_OLD'}",
         200, "{'Attributes':{'v':{'N':'6'}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = v + "
         ":one','ExpressionAttributeValues':{':one':{'N':'1'}},'ReturnValues':'UPDATED_NEW'}",
         200, "{'Attributes':{'v':{'N':'8'}}}"},
        {"UpdateItem", "{'TableName':'plain','Key':{'pk':{'S':'new'}},'ReturnValues':'ALL_NEW'}",
         200, "{'Attributes':{'pk':{'S':'new'}}}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'new'}},'UpdateExpression':'REMOVE "
         "v','ReturnValues':'UPDATED_NEW'}",
         200, "{}"},
        {"DeleteItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ReturnValues':'ALL_OLD'}", 200,
         "{'Attributes':{'pk':{'S':'a'},'v':{'N':'8'},'w':{'S':'x'}}}"},
        {"DeleteItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ReturnValues':'ALL_OLD'}", 200,
         "{}"},
        {"DeleteItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}}}", 200, "{}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void conditions_hold_or_fail(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'1'}},'ConditionExpression':'"
         "attribute_not_exists(pk)'}",
         200, "{}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'2'}},'ConditionExpression':'"
         "attribute_not_exists(pk)'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'2'}},'ConditionExpression':'"
         "attribute_not_exists(pk)','ReturnValuesOnConditionCheckFailure':'ALL_OLD'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','Item':{'pk'"
         ":{'S':'a'},'v':{'N':'1'}},'message':'The conditional request failed'}"},
        {"UpdateItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = "
         ":n','ConditionExpression':'v > "
         ":n','ExpressionAttributeValues':{':n':{'N':'5'}},'ReturnValuesOnConditionCheckFailure':'"
         "ALL_OLD'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','Item':{'pk'"
         ":{'S':'a'},'v':{'N':'1'}},'message':'The conditional request failed'}"},
        {"DeleteItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConditionExpression':'#v = "
         ":n','ExpressionAttributeNames':{'#v':'v'},'ExpressionAttributeValues':{':n':{'N':'5'}}}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException','message':'"
         "The conditional request failed'}"},
        {"DeleteItem",
         "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ConditionExpression':'#v = "
         ":n','ExpressionAttributeNames':{'#v':'v'},'ExpressionAttributeValues':{':n':{'N':'1'}}}",
         200, "{}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}}}", 200, "{}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void capacity_and_collections_are_counted(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'x'},'l':{'N':'7'}},'"
         "ReturnConsumedCapacity':'INDEXES','ReturnItemCollectionMetrics':'SIZE'}",
         200,
         "{'ConsumedCapacity':{'TableName':'app','CapacityUnits':4.0,'Table':{'CapacityUnits':1.0},"
         "'LocalSecondaryIndexes':{'by_l':{'CapacityUnits':1.0}},'GlobalSecondaryIndexes':{'by_g':{"
         "'CapacityUnits':1.0},'g_keys':{'CapacityUnits':1.0}}},'ItemCollectionMetrics':{'"
         "ItemCollectionKey':{'pk':{'S':'a'}},'SizeEstimateRangeGB':[0.0,1.0]}}"},
        {"PutItem",
         "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'y'},'l':{'N':'7'}},'"
         "ReturnConsumedCapacity':'INDEXES'}",
         200,
         "{'ConsumedCapacity':{'TableName':'app','CapacityUnits':5.0,'Table':{'CapacityUnits':1.0},"
         "'GlobalSecondaryIndexes':{'by_g':{'CapacityUnits':2.0},'g_keys':{'CapacityUnits':2.0}}}"
         "}"},
        {"PutItem",
         "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'2'}},'ReturnConsumedCapacity':'"
         "TOTAL'}",
         200, "{'ConsumedCapacity':{'TableName':'app','CapacityUnits':1.0}}"},
        {"UpdateItem",
         "{'TableName':'app','Key':{'pk':{'S':'a'},'sk':{'N':'1'}},'UpdateExpression':'SET q = "
         ":q','ExpressionAttributeValues':{':q':{'S':'1'}},'ReturnConsumedCapacity':'TOTAL','"
         "ReturnItemCollectionMetrics':'SIZE'}",
         200,
         "{'ConsumedCapacity':{'TableName':'app','CapacityUnits':2.0},'ItemCollectionMetrics':{'"
         "ItemCollectionKey':{'pk':{'S':'a'}},'SizeEstimateRangeGB':[0.0,1.0]}}"},
        {"DeleteItem",
         "{'TableName':'app','Key':{'pk':{'S':'a'},'sk':{'N':'1'}},'ReturnConsumedCapacity':'TOTAL'"
         ",'ReturnItemCollectionMetrics':'SIZE'}",
         200,
         "{'ConsumedCapacity':{'TableName':'app','CapacityUnits':4.0},'ItemCollectionMetrics':{'"
         "ItemCollectionKey':{'pk':{'S':'a'}},'SizeEstimateRangeGB':[0.0,1.0]}}"},
        {"PutItem",
         "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ReturnItemCollectionMetrics':'SIZE','"
         "ReturnConsumedCapacity':'TOTAL'}",
         200, "{'ConsumedCapacity':{'TableName':'plain','CapacityUnits':1.0}}"},
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
        DYNR_TEST(items_are_put_and_got),
        DYNR_TEST(writes_return_what_is_asked_for),
        DYNR_TEST(conditions_hold_or_fail),
        DYNR_TEST(capacity_and_collections_are_counted),
    };
    return dynr_test_main("service-items", tests, DYNR_TEST_COUNT(tests));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Query and Scan: pages, segments, Select, indexes. */
#include "service_fixture.h"

static void queries_page_through_a_partition(void)
{
    static const struct service_step steps[] = {
        {"PutItem",
         "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'x'},'l':{'N':'8'}}}",
         200, "{}"},
        {"PutItem",
         "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'2'},'g':{'S':'x'},'l':{'N':'7'}}}",
         200, "{}"},
        {"PutItem",
         "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'3'},'g':{'S':'x'},'l':{'N':'6'}}}",
         200, "{}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Limit':2}",
         200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'x'},'l':{'N':'8'}},{'pk':{'S':'a'},'"
         "sk':{'N':'2'},'g':{'S':'x'},'l':{'N':'7'}}],'Count':2,'ScannedCount':2,'LastEvaluatedKey'"
         ":{'pk':{'S':'a'},'sk':{'N':'2'}}}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Limit':2,'ExclusiveStartKey':{'pk':{'S'"
         ":'a'},'sk':{'N':'2'}}}",
         200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'3'},'g':{'S':'x'},'l':{'N':'6'}}],'Count':1,'"
         "ScannedCount':1}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'ScanIndexForward':false,'"
         "ProjectionExpression':'sk'}",
         200,
         "{'Items':[{'sk':{'N':'3'}},{'sk':{'N':'2'}},{'sk':{'N':'1'}}],'Count':3,'ScannedCount':"
         "3}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Select':'COUNT','"
         "ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Count':3,'ScannedCount':3,'ConsumedCapacity':{'TableName':'app','CapacityUnits':0.5}}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'IndexName':'by_l','"
         "ProjectionExpression':'l','ReturnConsumedCapacity':'INDEXES'}",
         200,
         "{'Items':[{'l':{'N':'6'}},{'l':{'N':'7'}},{'l':{'N':'8'}}],'Count':3,'ScannedCount':3,'"
         "ConsumedCapacity':{'TableName':'app','CapacityUnits':0.5,'Table':{'CapacityUnits':0.0},'"
         "LocalSecondaryIndexes':{'by_l':{'CapacityUnits':0.5}}}}"},
        {"Query",
         "{'TableName':'app','IndexName':'g_keys','KeyConditionExpression':'g = :g AND l > "
         ":l','ExpressionAttributeValues':{':g':{'S':'x'},':l':{'N':'6'}},'Limit':1,'"
         "ReturnConsumedCapacity':'INDEXES'}",
         200,
         "{'Items':[{'pk':{'S':'a'},'sk':{'N':'2'},'g':{'S':'x'},'l':{'N':'7'}}],'Count':1,'"
         "ScannedCount':1,'LastEvaluatedKey':{'pk':{'S':'a'},'sk':{'N':'2'},'g':{'S':'x'},'l':{'N':"
         "'7'}},'ConsumedCapacity':{'TableName':'app','CapacityUnits':0.5,'Table':{'CapacityUnits':"
         "0.0},'GlobalSecondaryIndexes':{'g_keys':{'CapacityUnits':0.5}}}}"},
        {"Query",
         "{'TableName':'app','IndexName':'by_g','ConsistentRead':true,'KeyConditionExpression':'g "
         "= :g','ExpressionAttributeValues':{':g':{'S':'x'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Consistent reads "
         "are not supported on global secondary indexes'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'IndexName':'none'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The table does not "
         "have the specified index: none'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Select':'SPECIFIC_ATTRIBUTES'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Must specify the "
         "AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Select':'ALL_PROJECTED_ATTRIBUTES'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ALL_PROJECTED_ATTRIBUTES can be used only when Querying "
         "using an IndexName'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Select':'COUNT','ProjectionExpression':"
         "'sk'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Cannot specify the "
         "ProjectionExpression when choosing to get only the Count'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'Limit':0}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater "
         "than or equal to 1'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'ExclusiveStartKey':{'pk':{'S':'b'},'sk'"
         ":{'N':'2'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided "
         "starting key is outside query boundaries based on provided conditions'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'ExclusiveStartKey':{'pk':{'S':'a'}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided "
         "starting key is invalid'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'ExclusiveStartKey':{'pk':{'NS':[]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: An number set  may not be empty'}"},
        {"Query",
         "{'TableName':'app','KeyConditionExpression':'pk = "
         ":p','ExpressionAttributeValues':{':p':{'S':'a'}},'ExclusiveStartKey':{'pk':{'SS':[]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided "
         "starting key is invalid: One or more parameter values were invalid: An string set  may "
         "not be empty'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void scans_have_segments_and_filters(void)
{
    static const struct service_step steps[] = {
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'0'}}}", 200, "{}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'b'},'v':{'N':'1'}}}", 200, "{}"},
        {"Scan", "{'TableName':'plain','ReturnConsumedCapacity':'TOTAL'}", 200,
         "{'Items':[{'pk':{'S':'a'},'v':{'N':'0'}},{'pk':{'S':'b'},'v':{'N':'1'}}],'Count':2,'"
         "ScannedCount':2,'ConsumedCapacity':{'TableName':'plain','CapacityUnits':0.5}}"},
        {"Scan",
         "{'TableName':'plain','FilterExpression':'v = "
         ":v','ExpressionAttributeValues':{':v':{'N':'1'}}}",
         200, "{'Items':[{'pk':{'S':'b'},'v':{'N':'1'}}],'Count':1,'ScannedCount':2}"},
        {"Scan", "{'TableName':'plain','Limit':1}", 200,
         "{'Items':[{'pk':{'S':'a'},'v':{'N':'0'}}],'Count':1,'ScannedCount':1,'LastEvaluatedKey':{"
         "'pk':{'S':'a'}}}"},
        {"Scan", "{'TableName':'plain','Select':'COUNT','ConsistentRead':true}", 200,
         "{'Count':2,'ScannedCount':2}"},
        {"Scan", "{'TableName':'plain','Segment':0,'TotalSegments':1}", 200,
         "{'Items':[{'pk':{'S':'a'},'v':{'N':'0'}},{'pk':{'S':'b'},'v':{'N':'1'}}],'Count':2,'"
         "ScannedCount':2}"},
        {"Scan", "{'TableName':'plain','Segment':0}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The TotalSegments "
         "parameter is required but was not present in the request when Segment parameter is "
         "present'}"},
        {"Scan", "{'TableName':'plain','TotalSegments':2}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The Segment "
         "parameter is required but was not present in the request when parameter TotalSegments is "
         "present'}"},
        {"Scan", "{'TableName':'plain','Segment':2,'TotalSegments':2}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The Segment "
         "parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not "
         "less than TotalSegments: 2'}"},
        {"Scan", "{'TableName':'plain','Segment':-1,'TotalSegments':2000000}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value '2000000' at 'totalSegments' failed to satisfy constraint: Member must "
         "have value less than or equal to 1000000; Value '-1' at 'segment' failed to satisfy "
         "constraint: Member must have value greater than or equal to 0'}"},
        {"Scan", "{'TableName':'plain','Limit':0}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
         "greater than or equal to 1'}"},
        {"Scan", "{'TableName':'none'}", 400,
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
        DYNR_TEST(queries_page_through_a_partition),
        DYNR_TEST(scans_have_segments_and_filters),
    };
    return dynr_test_main("service-pages", tests, DYNR_TEST_COUNT(tests));
}

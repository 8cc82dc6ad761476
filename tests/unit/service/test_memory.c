/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out at every place of every operation: a clean answer, and a store that is whole. */
#include "service_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARN "'arn:aws:dynamodb:us-east-1:000000000000:table/plain'"

#define STREAM                                                                                     \
    "'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/streamed/stream/"                  \
    "2026-01-02T03:04:05.678'"

/*
 * Carried out in this order; each succeeds, or fails as its status says, once there is memory. 0: it may have been done already,
 * when memory ran out for the answer alone.
 */
static const struct service_step steps[] = {
    {"PutItem",
     "{'TableName':'app','Item':{'pk':{'S':'a'},'sk':{'N':'1'},'g':{'S':'x'}},"
     "'ConditionExpression':'attribute_not_exists(q)','ReturnValues':'ALL_OLD',"
     "'ReturnConsumedCapacity':'INDEXES','ReturnItemCollectionMetrics':'SIZE'}",
     200, NULL},
    {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'1'},'l':{'L':[]}}}", 200,
     NULL},
    {"PutItem",
     "{'TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':"
     "'attribute_not_exists(pk)','ReturnValuesOnConditionCheckFailure':'ALL_OLD'}",
     400, NULL},
    {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':1}}}", 400, NULL},
    {"PutItem", "{'TableName':'no!','ReturnValues':'x'}", 400, NULL},
    {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributesToGet':['v']}", 200, NULL},
    {"UpdateItem",
     "{'TableName':'plain','Key':{'pk':{'S':'a'}},'AttributeUpdates':{'s':{'Value':"
     "{'S':'x'}},'l':{'Action':'ADD','Value':{'L':[{'S':'y'}]}}},'Expected':{'v':"
     "{'ComparisonOperator':'IN','AttributeValueList':[{'N':'1'},{'N':'2'}]},'q':"
     "{'Exists':false}},'ConditionalOperator':'AND','ReturnValues':'ALL_NEW'}",
     200, NULL},
    {"Query",
     "{'TableName':'app','KeyConditions':{'pk':{'ComparisonOperator':'EQ',"
     "'AttributeValueList':[{'S':'a'}]}},'FilterExpression':'#g = :g',"
     "'ExpressionAttributeNames':{'#g':'g'},'ExpressionAttributeValues':{':g':{'S':'x'}},"
     "'Limit':1,'ReturnConsumedCapacity':'TOTAL'}",
     200, NULL},
    {"Scan", "{'TableName':'app','Segment':0,'TotalSegments':2}", 200, NULL},
    {"BatchWriteItem",
     "{'RequestItems':{'plain':[{'PutRequest':{'Item':{'pk':{'S':'b'}}}},"
     "{'DeleteRequest':{'Key':{'pk':{'S':'c'}}}}]}}",
     200, NULL},
    {"BatchGetItem", "{'RequestItems':{'plain':{'Keys':[{'pk':{'S':'a'}},{'pk':{'S':'b'}}]}}}", 200,
     NULL},
    {"TransactWriteItems",
     "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'pk':{'S':'t'}}}},"
     "{'ConditionCheck':{'TableName':'plain','Key':{'pk':{'S':'a'}},"
     "'ConditionExpression':'attribute_exists(pk)'}}]}",
     200, NULL},
    {"TransactWriteItems",
     "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'x':{'S':'t'}}}},"
     "{'ConditionCheck':{'TableName':'plain','Key':{'pk':{'S':'a'}},"
     "'ConditionExpression':'attribute_not_exists(pk)'}}]}",
     400, NULL},
    {"TransactGetItems", "{'TransactItems':[{'Get':{'TableName':'plain','Key':{'pk':{'S':'a'}}}}]}",
     200, NULL},
    {"TransactGetItems", "{'TransactItems':[{'Get':{'TableName':'plain','Key':{}}}]}", 400, NULL},
    {"ExecuteStatement",
     "{'Statement':'INSERT INTO plain VALUE ?','Parameters':[{'M':{'pk':{'S':'p'},'v':{'N':"
     "'1'},'s':{'SS':['x']}}}]}",
     0, NULL},
    {"ExecuteStatement",
     "{'Statement':'SELECT \\'v\\', s FROM plain WHERE pk IN [?, ?] AND (v = -1.5e0 OR NOT v IN "
     "<<2>> OR v IS MISSING OR contains(s, ?) AND size(s) < 2)','Parameters':[{'S':'a'},{'S':'p'},"
     "{'S':'x'}],'Limit':1,'ReturnConsumedCapacity':'INDEXES'}",
     400, NULL},
    {"ExecuteStatement",
     "{'Statement':'SELECT \\'v\\', l[0] FROM plain WHERE pk IN [?, ?] AND (v = -1.5e0 OR NOT v IN "
     "[2] OR v IS MISSING OR contains(s, ?) AND size(s) < 2)','Parameters':[{'S':'a'},{'S':'p'},"
     "{'S':'x'}],'Limit':1,'ReturnConsumedCapacity':'INDEXES'}",
     200, NULL},
    {"ExecuteStatement",
     "{'Statement':'SELECT t FROM app.by_l WHERE pk = ? AND t IS BOOL ORDER BY l DESC',"
     "'Parameters':[{'S':'a'}],'ReturnConsumedCapacity':'INDEXES'}",
     200, NULL},
    {"ExecuteStatement",
     "{'Statement':'UPDATE plain SET v = v + 1, m = {} SET s = set_add(s, <<?>>) REMOVE q WHERE pk "
     "= ? AND v > 0 RETURNING ALL NEW *','Parameters':[{'S':'y'},{'S':'p'}]}",
     200, NULL},
    {"ExecuteStatement", "{'Statement':'SELECT * FROM plain WHERE pk = 1e126'}", 400, NULL},
    {"ExecuteStatement", "{'Statement':'SELECT * FROM plain WHERE'}", 400, NULL},
    {"BatchExecuteStatement",
     "{'Statements':[{'Statement':'SELECT v FROM plain WHERE pk = ?','Parameters':[{'S':'p'}]},"
     "{'Statement':'SELECT'},{'Statement':'SELECT * FROM none'}],'ReturnConsumedCapacity':'TOTAL'}",
     200, NULL},
    {"ExecuteTransaction",
     "{'TransactStatements':[{'Statement':'SELECT v FROM plain WHERE pk = ?','Parameters':[{'S':"
     "'p'}]}]}",
     200, NULL},
    {"ExecuteTransaction",
     "{'TransactStatements':[{'Statement':'INSERT INTO plain VALUE ?','Parameters':[{'M':{'pk':{"
     "'S':'p'}}}]},{'Statement':'EXISTS(SELECT * FROM plain WHERE pk = ? AND v = 7)',"
     "'Parameters':[{'S':'a'}]}]}",
     400, NULL},
    {"ExecuteStatement",
     "{'Statement':'DELETE FROM plain WHERE pk = ? AND v > 0 RETURNING ALL OLD *','Parameters':[{"
     "'S':'p'}]}",
     200, NULL},
    {"DescribeTable", "{'TableName':'app'}", 200, NULL},
    {"ListTables", "{}", 200, NULL},
    {"DescribeTimeToLive", "{'TableName':'plain'}", 200, NULL},
    {"TagResource", "{'ResourceArn':" ARN ",'Tags':[{'Key':'a','Value':'b'}]}", 200, NULL},
    {"ListTagsOfResource", "{'ResourceArn':" ARN "}", 200, NULL},
    {"UntagResource", "{'ResourceArn':" ARN ",'TagKeys':['a']}", 200, NULL},
    {"DescribeContinuousBackups", "{'TableName':'plain'}", 200, NULL},
    {"DescribeEndpoints", "{}", 200, NULL},
    {"DescribeLimits", "{}", 200, NULL},
    {"CreateTable",
     "{'TableName':'streamed','AttributeDefinitions':[{'AttributeName':'pk',"
     "'AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'}],'KeySchema':"
     "[{'AttributeName':'pk','KeyType':'HASH'}],'ProvisionedThroughput':{"
     "'ReadCapacityUnits':1,'WriteCapacityUnits':1},'GlobalSecondaryIndexes':[{"
     "'IndexName':'by_g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"
     "'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['x']},"
     "'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}}],"
     "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'},"
     "'SSESpecification':{'Enabled':true},'Tags':[{'Key':'a','Value':'b'}]}",
     0, NULL},
    {"UpdateTable",
     "{'TableName':'streamed','ProvisionedThroughput':{'ReadCapacityUnits':2,"
     "'WriteCapacityUnits':2},'TableClass':'STANDARD'}",
     0, NULL},
    {"UpdateTable",
     "{'TableName':'streamed','GlobalSecondaryIndexUpdates':[{'Delete':{"
     "'IndexName':'by_g'}}]}",
     0, NULL},
    {"UpdateTimeToLive",
     "{'TableName':'streamed','TimeToLiveSpecification':{'Enabled':true,"
     "'AttributeName':'e'}}",
     0, NULL},
    {"UpdateContinuousBackups",
     "{'TableName':'streamed','PointInTimeRecoverySpecification':{"
     "'PointInTimeRecoveryEnabled':true}}",
     200, NULL},
    {"PutItem", "{'TableName':'streamed','Item':{'pk':{'S':'a'}}}", 200, NULL},
    {"Streams.ListStreams", "{}", 200, NULL},
    {"Streams.DescribeStream", "{" STREAM "}", 200, NULL},
    {"Streams.GetShardIterator",
     "{" STREAM ",'ShardId':'shardId-00000001767323045678-00000001',"
     "'ShardIteratorType':'TRIM_HORIZON'}",
     200, NULL},
    {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|streamed'}", 200, NULL},
    {"DeleteTable", "{'TableName':'streamed'}", 0, NULL},
    {"Streams.DescribeStream", "{'StreamArn':" ARN "}", 400, NULL},
    {"DeleteItem", "{'TableName':'plain','Key':{'pk':{'S':'a'}},'ReturnValues':'ALL_OLD'}", 200,
     NULL},
    {"Nothing", "{}", 400, NULL},
};

static void call_with(struct service_fixture *fixture, const struct service_step *step,
                      struct dynr_arena *arena, struct dynr_service_answer *answer)
{
    static const char streams[] = "Streams.";
    char target[80];
    bool is_stream = strncmp(step->operation, streams, sizeof streams - 1) == 0;
    char *body = service_body(step->body);
    (void)snprintf(target, sizeof target, "%s%s",
                   is_stream ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.",
                   step->operation + (is_stream ? sizeof streams - 1 : 0));
    struct dynr_service_request request = {.target = dynr_str_from_c(target),
                                           .body = dynr_str_from_c(body)};
    service_answer(fixture, &request, arena, answer);
    free(body);
}

/* Whether the answer says that memory ran out. */
static bool is_exhausted(const struct dynr_service_answer *answer)
{
    static const char name[] = "{\"__type\":\"com.amazon.coral.service#InternalServerError\"";
    return answer->http_status == 500 && dynr_str_starts_with(answer->body, dynr_str_from_c(name));
}

static bool is_expected(const struct service_step *step, const struct dynr_service_answer *answer)
{
    bool was_done = step->http_status == 0 && answer->http_status == 400;
    return was_done ||
           DYNR_ASSERT_INT(answer->http_status, step->http_status == 0 ? 200 : step->http_status);
}

static void walk(struct service_fixture *fixture, const struct service_step *step)
{
    struct dynr_test_memory memory;
    struct dynr_service_answer answer = {0};
    size_t fail_at = 0;
    bool exhausted = true;
    while (exhausted && ++fail_at < 1000) {
        struct dynr_arena arena;
        dynr_test_memory_init(&memory, fail_at);
        dynr_arena_init(&arena, &memory.allocator, 0);
        call_with(fixture, step, &arena, &answer);
        exhausted = is_exhausted(&answer);
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
    }
    if (!is_expected(step, &answer)) {
        (void)fprintf(stderr, "# allocation %zu of %s\n", fail_at, step->operation);
    }
}

/* The same by bytes: whatever the arena's chunks are, the bound is met at every place. */
static void walk_bytes(struct service_fixture *fixture, const struct service_step *step)
{
    struct dynr_service_answer answer = {0};
    bool exhausted = true;
    for (size_t limit = 1; exhausted && limit < 400000; limit += 512) {
        struct dynr_arena arena;
        dynr_arena_init(&arena, NULL, limit);
        call_with(fixture, step, &arena, &answer);
        exhausted = is_exhausted(&answer);
        dynr_arena_cleanup(&arena);
    }
    (void)is_expected(step, &answer);
}

static void every_failing_allocation_is_an_answer(void)
{
    struct service_fixture f;
    struct dynr_error err = {0};
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        walk(&f, &steps[i]);
    }
    DYNR_ASSERT_STATUS(dynr_local_verify(f.store, &err), DYNR_OK);
    service_fixture_close(&f);
}

static void every_bound_is_an_answer(void)
{
    struct service_fixture f;
    struct dynr_error err = {0};
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        walk_bytes(&f, &steps[i]);
    }
    DYNR_ASSERT_STATUS(dynr_local_verify(f.store, &err), DYNR_OK);
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(every_failing_allocation_is_an_answer),
        DYNR_TEST(every_bound_is_an_answer),
    };
    return dynr_test_main("service-memory", tests, DYNR_TEST_COUNT(tests));
}

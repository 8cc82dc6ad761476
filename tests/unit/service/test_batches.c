/* SPDX-License-Identifier: Apache-2.0 */
/* BatchGetItem, BatchWriteItem, TransactGetItems, TransactWriteItems. */
#include "service_fixture.h"

static void batches_write_and_get(void)
{
    static const struct service_step steps[] = {
        {"BatchWriteItem",
         "{'RequestItems':{'plain':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}},{'PutRequest':{'Item':"
         "{'pk':{'S':'b'}}}},{'DeleteRequest':{'Key':{'pk':{'S':'c'}}}}],'app':[{'PutRequest':{'"
         "Item':{'pk':{'S':'a'},'sk':{'N':'1'}}}}]},'ReturnConsumedCapacity':'TOTAL','"
         "ReturnItemCollectionMetrics':'SIZE'}",
         200,
         "{'UnprocessedItems':{},'ItemCollectionMetrics':{'app':[{'ItemCollectionKey':{'pk':{'S':'"
         "a'}},'SizeEstimateRangeGB':[0.0,1.0]}]},'ConsumedCapacity':[{'TableName':'plain','"
         "CapacityUnits':3.0},{'TableName':'app','CapacityUnits':1.0}]}"},
        {"BatchGetItem",
         "{'RequestItems':{'plain':{'Keys':[{'pk':{'S':'a'}},{'pk':{'S':'x'}},{'pk':{'S':'b'}}]},'"
         "app':{'Keys':[{'pk':{'S':'a'},'sk':{'N':'1'}}],'ProjectionExpression':'#s','"
         "ExpressionAttributeNames':{'#s':'sk'},'ConsistentRead':true}},'ReturnConsumedCapacity':'"
         "TOTAL'}",
         200,
         "{'Responses':{'plain':[{'pk':{'S':'a'}},{'pk':{'S':'b'}}],'app':[{'sk':{'N':'1'}}]},'"
         "UnprocessedKeys':{},'ConsumedCapacity':[{'TableName':'plain','CapacityUnits':1.5},{'"
         "TableName':'app','CapacityUnits':1.0}]}"},
        {"BatchGetItem",
         "{'RequestItems':{'plain':{'Keys':[{'pk':{'S':'a'}}],'AttributesToGet':['pk']}}}", 200,
         "{'Responses':{'plain':[{'pk':{'S':'a'}}]},'UnprocessedKeys':{}}"},
        {"BatchGetItem", "{'RequestItems':{}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The requestItems "
         "parameter is required for BatchGetItem'}"},
        {"BatchWriteItem", "{'RequestItems':{}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The requestItems "
         "parameter is required for BatchWriteItem'}"},
        {"BatchGetItem", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"BatchWriteItem", "{'RequestItems':{'plain':[]}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '{plain=[]}' at 'requestItems' failed to satisfy constraint: Map value "
         "must satisfy constraint: [Member must have length less than or equal to 25, Member must "
         "have length greater than or equal to 1]'}"},
        {"BatchWriteItem", "{'RequestItems':{'plain':[{}]}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Supplied "
         "AttributeValue has more than one datatypes set, must contain exactly one of the "
         "supported datatypes'}"},
        {"BatchWriteItem",
         "{'RequestItems':{'plain':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}},{'DeleteRequest':{'"
         "Key':{'pk':{'S':'a'}}}}]}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Provided list of "
         "item keys contains duplicates'}"},
        {"BatchGetItem", "{'RequestItems':{'plain':{'Keys':[{'pk':{'S':'a'}},{'pk':{'S':'a'}}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Provided list of "
         "item keys contains duplicates'}"},
        {"BatchGetItem", "{'RequestItems':{'none':{'Keys':[{'pk':{'S':'a'}}]}}}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found'}"},
        {"BatchGetItem", "{'RequestItems':{'none':{'Keys':[{'pk':{'S':'a'}},{'pk':{'S':'a'}}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Provided list of "
         "item keys contains duplicates'}"},
        {"BatchWriteItem",
         "{'RequestItems':{'none':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}}],'plain':[{'PutRequest'"
         ":{'Item':{'pk':{'SS':['a','a']}}}}]}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Input collection [a, a] contains duplicates.'}"},
        {"BatchWriteItem", "{'RequestItems':{'none':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}}]}}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found'}"},
        {"BatchWriteItem", "{'RequestItems':{'plain':[{'PutRequest':{'Item':{'x':{'S':'a'}}}}]}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided key "
         "element does not match the schema'}"},
        {"BatchWriteItem", "{'RequestItems':{'plain':[{'PutRequest':{'Item':{'pk':{'N':'1'}}}}]}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provided key "
         "element does not match the schema'}"},
        {"BatchGetItem", "{'RequestItems':{'a b':{'Keys':[{'pk':{'S':'a'}}]}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '{a b=KeysAndAttributes(keys=[{pk=AttributeValue(s=a, n=null, b=null, "
         "sS=null, nS=null, bS=null, m=null, l=null, nULL=null, bOOL=null)}], "
         "attributesToGet=null, consistentRead=null, projectionExpression=null, "
         "expressionAttributeNames=null)}' at 'requestItems' failed to satisfy constraint: Map "
         "keys must satisfy constraint: [Member must have length less than or equal to 255, Member "
         "must have length greater than or equal to 1, Member must satisfy regular expression "
         "pattern: [a-zA-Z0-9_.-]+]'}"},
        {"BatchGetItem", "{'RequestItems':{'plain':{'Keys':[]}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value at 'RequestItems.plain.member.Keys' failed to satisfy constraint: Member "
         "must have length greater than or equal to 1'}"},
        {"BatchGetItem", "{'RequestItems':{'plain':{}}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'requestItems.plain.member.keys' failed to satisfy constraint: "
         "Member must not be null'}"},
        {"BatchGetItem",
         "{'RequestItems':{'plain':{'Keys':[{'pk':{'S':'0'}},{'pk':{'S':'1'}},{'pk':{'S':'2'}},{'"
         "pk':{'S':'3'}},{'pk':{'S':'4'}},{'pk':{'S':'5'}},{'pk':{'S':'6'}},{'pk':{'S':'7'}},{'pk':"
         "{'S':'8'}},{'pk':{'S':'9'}},{'pk':{'S':'10'}},{'pk':{'S':'11'}},{'pk':{'S':'12'}},{'pk':{"
         "'S':'13'}},{'pk':{'S':'14'}},{'pk':{'S':'15'}},{'pk':{'S':'16'}},{'pk':{'S':'17'}},{'pk':"
         "{'S':'18'}},{'pk':{'S':'19'}},{'pk':{'S':'20'}},{'pk':{'S':'21'}},{'pk':{'S':'22'}},{'pk'"
         ":{'S':'23'}},{'pk':{'S':'24'}},{'pk':{'S':'25'}},{'pk':{'S':'26'}},{'pk':{'S':'27'}},{'"
         "pk':{'S':'28'}},{'pk':{'S':'29'}},{'pk':{'S':'30'}},{'pk':{'S':'31'}},{'pk':{'S':'32'}},{"
         "'pk':{'S':'33'}},{'pk':{'S':'34'}},{'pk':{'S':'35'}},{'pk':{'S':'36'}},{'pk':{'S':'37'}},"
         "{'pk':{'S':'38'}},{'pk':{'S':'39'}},{'pk':{'S':'40'}},{'pk':{'S':'41'}},{'pk':{'S':'42'}}"
         ",{'pk':{'S':'43'}},{'pk':{'S':'44'}},{'pk':{'S':'45'}},{'pk':{'S':'46'}},{'pk':{'S':'47'}"
         "},{'pk':{'S':'48'}},{'pk':{'S':'49'}},{'pk':{'S':'50'}},{'pk':{'S':'51'}},{'pk':{'S':'52'"
         "}},{'pk':{'S':'53'}},{'pk':{'S':'54'}},{'pk':{'S':'55'}},{'pk':{'S':'56'}},{'pk':{'S':'"
         "57'}},{'pk':{'S':'58'}},{'pk':{'S':'59'}},{'pk':{'S':'60'}},{'pk':{'S':'61'}},{'pk':{'S':"
         "'62'}},{'pk':{'S':'63'}},{'pk':{'S':'64'}},{'pk':{'S':'65'}},{'pk':{'S':'66'}},{'pk':{'S'"
         ":'67'}},{'pk':{'S':'68'}},{'pk':{'S':'69'}},{'pk':{'S':'70'}},{'pk':{'S':'71'}},{'pk':{'"
         "S':'72'}},{'pk':{'S':'73'}},{'pk':{'S':'74'}},{'pk':{'S':'75'}},{'pk':{'S':'76'}},{'pk':{"
         "'S':'77'}},{'pk':{'S':'78'}},{'pk':{'S':'79'}},{'pk':{'S':'80'}},{'pk':{'S':'81'}},{'pk':"
         "{'S':'82'}},{'pk':{'S':'83'}},{'pk':{'S':'84'}},{'pk':{'S':'85'}},{'pk':{'S':'86'}},{'pk'"
         ":{'S':'87'}},{'pk':{'S':'88'}},{'pk':{'S':'89'}},{'pk':{'S':'90'}},{'pk':{'S':'91'}},{'"
         "pk':{'S':'92'}},{'pk':{'S':'93'}},{'pk':{'S':'94'}},{'pk':{'S':'95'}},{'pk':{'S':'96'}},{"
         "'pk':{'S':'97'}},{'pk':{'S':'98'}},{'pk':{'S':'99'}},{'pk':{'S':'100'}}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value at 'RequestItems.plain.member.Keys' failed to satisfy constraint: Member "
         "must have length less than or equal to 100'}"},
        {"BatchGetItem",
         "{'RequestItems':{'plain':{'Keys':[{'pk':{'S':'0'}},{'pk':{'S':'1'}},{'pk':{'S':'2'}},{'"
         "pk':{'S':'3'}},{'pk':{'S':'4'}},{'pk':{'S':'5'}},{'pk':{'S':'6'}},{'pk':{'S':'7'}},{'pk':"
         "{'S':'8'}},{'pk':{'S':'9'}},{'pk':{'S':'10'}},{'pk':{'S':'11'}},{'pk':{'S':'12'}},{'pk':{"
         "'S':'13'}},{'pk':{'S':'14'}},{'pk':{'S':'15'}},{'pk':{'S':'16'}},{'pk':{'S':'17'}},{'pk':"
         "{'S':'18'}},{'pk':{'S':'19'}},{'pk':{'S':'20'}},{'pk':{'S':'21'}},{'pk':{'S':'22'}},{'pk'"
         ":{'S':'23'}},{'pk':{'S':'24'}},{'pk':{'S':'25'}},{'pk':{'S':'26'}},{'pk':{'S':'27'}},{'"
         "pk':{'S':'28'}},{'pk':{'S':'29'}},{'pk':{'S':'30'}},{'pk':{'S':'31'}},{'pk':{'S':'32'}},{"
         "'pk':{'S':'33'}},{'pk':{'S':'34'}},{'pk':{'S':'35'}},{'pk':{'S':'36'}},{'pk':{'S':'37'}},"
         "{'pk':{'S':'38'}},{'pk':{'S':'39'}},{'pk':{'S':'40'}},{'pk':{'S':'41'}},{'pk':{'S':'42'}}"
         ",{'pk':{'S':'43'}},{'pk':{'S':'44'}},{'pk':{'S':'45'}},{'pk':{'S':'46'}},{'pk':{'S':'47'}"
         "},{'pk':{'S':'48'}},{'pk':{'S':'49'}},{'pk':{'S':'50'}},{'pk':{'S':'51'}},{'pk':{'S':'52'"
         "}},{'pk':{'S':'53'}},{'pk':{'S':'54'}},{'pk':{'S':'55'}},{'pk':{'S':'56'}},{'pk':{'S':'"
         "57'}},{'pk':{'S':'58'}},{'pk':{'S':'59'}},{'pk':{'S':'60'}},{'pk':{'S':'61'}},{'pk':{'S':"
         "'62'}},{'pk':{'S':'63'}},{'pk':{'S':'64'}},{'pk':{'S':'65'}},{'pk':{'S':'66'}},{'pk':{'S'"
         ":'67'}},{'pk':{'S':'68'}},{'pk':{'S':'69'}},{'pk':{'S':'70'}},{'pk':{'S':'71'}},{'pk':{'"
         "S':'72'}},{'pk':{'S':'73'}},{'pk':{'S':'74'}},{'pk':{'S':'75'}},{'pk':{'S':'76'}},{'pk':{"
         "'S':'77'}},{'pk':{'S':'78'}},{'pk':{'S':'79'}},{'pk':{'S':'80'}},{'pk':{'S':'81'}},{'pk':"
         "{'S':'82'}},{'pk':{'S':'83'}},{'pk':{'S':'84'}},{'pk':{'S':'85'}},{'pk':{'S':'86'}},{'pk'"
         ":{'S':'87'}},{'pk':{'S':'88'}},{'pk':{'S':'89'}},{'pk':{'S':'90'}},{'pk':{'S':'91'}},{'"
         "pk':{'S':'92'}},{'pk':{'S':'93'}},{'pk':{'S':'94'}},{'pk':{'S':'95'}},{'pk':{'S':'96'}},{"
         "'pk':{'S':'97'}},{'pk':{'S':'98'}},{'pk':{'S':'99'}}]},'app':{'Keys':[{'pk':{'S':'a'},'"
         "sk':{'N':'1'}}]}}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Too many items "
         "requested for the BatchGetItem call'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void transactions_are_all_or_nothing(void)
{
    static const struct service_step steps[] = {
        {"TransactWriteItems",
         "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'pk':{'S':'a'},'v':{'N':'1'}}}},{'"
         "Update':{'TableName':'plain','Key':{'pk':{'S':'b'}},'UpdateExpression':'SET v = "
         ":v','ExpressionAttributeValues':{':v':{'N':'2'}}}},{'ConditionCheck':{'TableName':'plain'"
         ",'Key':{'pk':{'S':'c'}},'ConditionExpression':'attribute_not_exists(pk)'}},{'Delete':{'"
         "TableName':'plain','Key':{'pk':{'S':'d'}}}}],'ReturnConsumedCapacity':'TOTAL','"
         "ClientRequestToken':'once'}",
         200,
         "{'ConsumedCapacity':[{'TableName':'plain','CapacityUnits':8.0,'WriteCapacityUnits':8.0}]"
         "}"},
        {"TransactGetItems",
         "{'TransactItems':[{'Get':{'TableName':'plain','Key':{'pk':{'S':'a'}}}},{'Get':{'"
         "TableName':'plain','Key':{'pk':{'S':'x'}}}},{'Get':{'TableName':'plain','Key':{'pk':{'S':"
         "'b'}},'ProjectionExpression':'v'}}],'ReturnConsumedCapacity':'TOTAL'}",
         200,
         "{'Responses':[{'Item':{'pk':{'S':'a'},'v':{'N':'1'}}},{},{'Item':{'v':{'N':'2'}}}],'"
         "ConsumedCapacity':[{'TableName':'plain','CapacityUnits':6.0,'ReadCapacityUnits':6.0}]}"},
        {"TransactWriteItems",
         "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'pk':{'S':'z'}}}},{'Put':{'"
         "TableName':'plain','Item':{'pk':{'S':'a'}},'ConditionExpression':'attribute_not_exists("
         "pk)','ReturnValuesOnConditionCheckFailure':'ALL_OLD'}},{'Put':{'TableName':'plain','Item'"
         ":{'x':{'S':'a'}}}}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException','"
         "CancellationReasons':[{'Code':'None'},{'Code':'None'},{'Code':'ValidationError','Message'"
         ":'One or more parameter values were invalid: Missing the key pk in the "
         "item'}],'Message':'Transaction cancelled, please refer cancellation reasons for specific "
         "reasons [None, None, ValidationError]'}"},
        {"GetItem", "{'TableName':'plain','Key':{'pk':{'S':'z'}}}", 200, "{}"},
        {"TransactWriteItems",
         "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'pk':{'S':'t'},'v':{'N':'1'}}}}],'"
         "ClientRequestToken':'once'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException','"
         "message':'The request uses the same client token as a previous, but non-identical "
         "request.'}"},
        {"TransactWriteItems", "{'TransactItems':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have "
         "length greater than or equal to 1'}"},
        {"TransactGetItems", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'transactItems' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"TransactWriteItems", "{'TransactItems':[{}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'TransactItems can "
         "only contain one of Check, Put, Update or Delete'}"},
        {"TransactWriteItems",
         "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'pk':{'S':'a'}}},'Delete':{'"
         "TableName':'plain','Key':{'pk':{'S':'a'}}}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'TransactItems can "
         "only contain one of Check, Put, Update or Delete'}"},
        {"TransactWriteItems",
         "{'TransactItems':[{'Update':{'TableName':'plain','Key':{'pk':{'S':'a'}}}},{'"
         "ConditionCheck':{'TableName':'plain'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'3 validation errors "
         "detected: Value null at 'transactItems.1.member.update.updateExpression' failed to "
         "satisfy constraint: Member must not be null; Value null at "
         "'transactItems.2.member.conditionCheck.key' failed to satisfy constraint: Member must "
         "not be null; Value null at 'transactItems.2.member.conditionCheck.conditionExpression' "
         "failed to satisfy constraint: Member must not be null'}"},
        {"TransactWriteItems",
         "{'TransactItems':[{'Put':{'TableName':'plain','Item':{'pk':{'S':'a'}}}},{'Delete':{'"
         "TableName':'plain','Key':{'pk':{'S':'a'}}}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Transaction request "
         "cannot include multiple operations on one item'}"},
        {"TransactWriteItems",
         "{'TransactItems':[{'Put':{'TableName':'none','Item':{'pk':{'S':'a'}}}}]}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found'}"},
        {"TransactGetItems",
         "{'TransactItems':[{'Get':{'TableName':'plain','Key':{}}},{'Get':{'TableName':'plain','"
         "Key':{'pk':{'S':'a'}}}}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException','"
         "CancellationReasons':[{'Code':'ValidationError','Message':'The provided key element does "
         "not match the schema'},{'Code':'None'}],'Message':'Transaction cancelled, please refer "
         "cancellation reasons for specific reasons [ValidationError, None]'}"},
        {"TransactGetItems",
         "{'TransactItems':[{'Get':{'TableName':'plain','Key':{'pk':{'S':'a'}},'"
         "ProjectionExpression':'!'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ProjectionExpression: Syntax error; token: \\'!\\', near: \\'!\\''}"},
        {"TransactGetItems",
         "{'TransactItems':[{'Get':{'TableName':'plain','Key':{'pk':{'S':'a'}}}},{'Get':{'"
         "TableName':'plain','Key':{'pk':{'S':'a'}}}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Transaction request "
         "cannot include multiple operations on one item'}"},
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
        DYNR_TEST(batches_write_and_get),
        DYNR_TEST(transactions_are_all_or_nothing),
    };
    return dynr_test_main("service-batches", tests, DYNR_TEST_COUNT(tests));
}

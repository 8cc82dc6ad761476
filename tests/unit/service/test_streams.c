/* SPDX-License-Identifier: Apache-2.0 */
/* The Streams API: streams, iterators, records. */
#include "service_fixture.h"

static void streams_are_listed_and_described(void)
{
    static const struct service_step steps[] = {
        {"Streams.ListStreams", "{}", 200, "{'Streams':[]}"},
        {"CreateTable",
         "{'TableName':'both','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}",
         200, NULL},
        {"CreateTable",
         "{'TableName':'keys','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}}",
         200, NULL},
        {"Streams.ListStreams", "{}", 200,
         "{'Streams':[{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','StreamLabel':'2026-01-02T03:04:05.678','TableName':'both'},{'"
         "StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/stream/"
         "2026-01-02T03:04:05.679','StreamLabel':'2026-01-02T03:04:05.679','TableName':'keys'}]}"},
        {"Streams.ListStreams", "{'TableName':'keys'}", 200,
         "{'Streams':[{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/stream/"
         "2026-01-02T03:04:05.679','StreamLabel':'2026-01-02T03:04:05.679','TableName':'keys'}]}"},
        {"Streams.ListStreams", "{'Limit':1}", 200,
         "{'Streams':[{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','StreamLabel':'2026-01-02T03:04:05.678','TableName':'both'}],'"
         "LastEvaluatedStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678'}"},
        {"Streams.ListStreams",
         "{'ExclusiveStartStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678'}",
         200,
         "{'Streams':[{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/stream/"
         "2026-01-02T03:04:05.679','StreamLabel':'2026-01-02T03:04:05.679','TableName':'keys'}]}"},
        {"Streams.ListStreams", "{'Limit':0}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
         "greater than or equal to 1'}"},
        {"Streams.DescribeStream",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678'}",
         200,
         "{'StreamDescription':{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/"
         "stream/"
         "2026-01-02T03:04:05.678','StreamLabel':'2026-01-02T03:04:05.678','StreamStatus':'ENABLED'"
         ",'StreamViewType':'NEW_AND_OLD_IMAGES','CreationRequestDateTime':1767323045.678,'"
         "TableName':'both','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'Shards':[{'"
         "ShardId':'shardId-00000001767323045678-00000001','SequenceNumberRange':{'"
         "StartingSequenceNumber':'100000000000000000001'}}]}}"},
        {"Streams.DescribeStream",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/stream/"
         "2026-01-02T03:04:05.679'}",
         200,
         "{'StreamDescription':{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/"
         "stream/"
         "2026-01-02T03:04:05.679','StreamLabel':'2026-01-02T03:04:05.679','StreamStatus':'ENABLED'"
         ",'StreamViewType':'KEYS_ONLY','CreationRequestDateTime':1767323045.679,'TableName':'keys'"
         ",'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'Shards':[{'ShardId':'shardId-"
         "00000001767323045679-00000002','SequenceNumberRange':{'StartingSequenceNumber':'"
         "100000000000000000001'}}]}}"},
        {"Streams.DescribeStream",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2020-01-01T00:00:00.000'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Stream: "
         "arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/2020-01-01T00:00:00.000 not "
         "found'}"},
        {"Streams.DescribeStream",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid StreamArn: "
         "arn:aws:dynamodb:us-east-1:000000000000:table/both'}"},
        {"Streams.DescribeStream", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"UpdateTable", "{'TableName':'keys','StreamSpecification':{'StreamEnabled':false}}", 200,
         NULL},
        {"Streams.DescribeStream",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/stream/"
         "2026-01-02T03:04:05.679'}",
         200,
         "{'StreamDescription':{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/keys/"
         "stream/"
         "2026-01-02T03:04:05.679','StreamLabel':'2026-01-02T03:04:05.679','StreamStatus':'"
         "DISABLED','StreamViewType':'KEYS_ONLY','CreationRequestDateTime':1767323045.679,'"
         "TableName':'keys','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'Shards':[{'"
         "ShardId':'shardId-00000001767323045679-00000002','SequenceNumberRange':{'"
         "StartingSequenceNumber':'100000000000000000001','EndingSequenceNumber':'"
         "100000000000000000000'}}]}}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void records_are_read_by_iterators(void)
{
    static const struct service_step steps[] = {
        {"CreateTable",
         "{'TableName':'both','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}",
         200, NULL},
        {"PutItem", "{'TableName':'both','Item':{'pk':{'S':'a'},'v':{'N':'1'}}}", 200, "{}"},
        {"PutItem", "{'TableName':'both','Item':{'pk':{'S':'a'},'v':{'N':'2'}}}", 200, "{}"},
        {"PutItem", "{'TableName':'both','Item':{'pk':{'S':'a'},'v':{'N':'2'}}}", 200, "{}"},
        {"DeleteItem", "{'TableName':'both','Key':{'pk':{'S':'a'}}}", 200, "{}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'TRIM_HORIZON'}",
         200, "{'ShardIterator':'1|0|19b7ca98f2e|both'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'LATEST'}",
         200, "{'ShardIterator':'1|3|19b7ca98f2e|both'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'AT_SEQUENCE_NUMBER','SequenceNumber':'100000000000000000002'}",
         200, "{'ShardIterator':'1|1|19b7ca98f2e|both'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'AFTER_SEQUENCE_NUMBER','SequenceNumber':'100000000000000000002'}",
         200, "{'ShardIterator':'1|2|19b7ca98f2e|both'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|both'}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'},'v':{'N':'1'}},'"
         "SequenceNumber':'100000000000000000001','SizeBytes':9,'StreamViewType':'NEW_AND_OLD_"
         "IMAGES'},'eventID':'4dbcd25c1c14b0b22de3a226c9cbf66d','eventName':'INSERT','eventSource':"
         "'aws:dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','dynamodb':{'"
         "ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'"
         "},'v':{'N':'2'}},'OldImage':{'pk':{'S':'a'},'v':{'N':'1'}},'SequenceNumber':'"
         "100000000000000000002','SizeBytes':15,'StreamViewType':'NEW_AND_OLD_IMAGES'},'eventID':'"
         "3ad4b333e373e1d87a2b79e2aabcd694','eventName':'MODIFY','eventSource':'aws:dynamodb','"
         "eventVersion':'1.1'},{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'OldImage':{'pk':{'S':'a'},'v':{'N':'2'}},'"
         "SequenceNumber':'100000000000000000003','SizeBytes':9,'StreamViewType':'NEW_AND_OLD_"
         "IMAGES'},'eventID':'9c1f8f5b4b22909e356d80c140d461df','eventName':'REMOVE','eventSource':"
         "'aws:dynamodb','eventVersion':'1.1'}],'NextShardIterator':'1|3|19b7ca98f2e|both'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|both','Limit':1}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'},'v':{'N':'1'}},'"
         "SequenceNumber':'100000000000000000001','SizeBytes':9,'StreamViewType':'NEW_AND_OLD_"
         "IMAGES'},'eventID':'4dbcd25c1c14b0b22de3a226c9cbf66d','eventName':'INSERT','eventSource':"
         "'aws:dynamodb','eventVersion':'1.1'}],'NextShardIterator':'1|1|19b7ca98f2e|both'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|2|19b7ca98f2e|both'}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'OldImage':{'pk':{'S':'a'},'v':{'N':'2'}},'"
         "SequenceNumber':'100000000000000000003','SizeBytes':9,'StreamViewType':'NEW_AND_OLD_"
         "IMAGES'},'eventID':'9c1f8f5b4b22909e356d80c140d461df','eventName':'REMOVE','eventSource':"
         "'aws:dynamodb','eventVersion':'1.1'}],'NextShardIterator':'1|3|19b7ca98f2e|both'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|3|19b7ca98f2e|both'}", 200,
         "{'Records':[],'NextShardIterator':'1|3|19b7ca98f2e|both'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'AT_SEQUENCE_NUMBER'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'SequenceNumber is "
         "required when ShardIteratorType is AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'AT_SEQUENCE_NUMBER','SequenceNumber':'x'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'x' at 'sequenceNumber' failed to satisfy constraint: Member must have "
         "length greater than or equal to 21'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'AT_SEQUENCE_NUMBER','SequenceNumber':'xxxxxxxxxxxxxxxxxxxxx'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "SequenceNumber: xxxxxxxxxxxxxxxxxxxxx'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'AT_SEQUENCE_NUMBER','SequenceNumber':'100000000000000000009'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The sequence number "
         "9 is not of this stream'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000002','"
         "ShardIteratorType':'LATEST'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Shard does not exist: "
         "shardId-00000001767323045678-00000002'}"},
        {"Streams.GetShardIterator",
         "{'StreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/both/stream/"
         "2026-01-02T03:04:05.678','ShardId':'shardId-00000001767323045678-00000001','"
         "ShardIteratorType':'NEWEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'NEWEST' at 'shardIteratorType' failed to satisfy constraint: Member "
         "must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, "
         "TRIM_HORIZON]'}"},
        {"Streams.GetRecords", "{'ShardIterator':'x'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ShardIterator'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|x|both'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid "
         "ShardIterator'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|1|both'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ExpiredIteratorException','message':'"
         "Iterator expired. The iterator was created at time 1 while right now it is 1767323045678 "
         "which is further in the future than the tolerated delay of 900000 milliseconds.'}"},
        {"Streams.GetRecords", "{'ShardIterator':'9|0|19b7ca98f2e|both'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Stream of table both not found'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|none'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Stream of table none not found'}"},
        {"Streams.GetRecords", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'shardIterator' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|both','Limit':1001}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value "
         "less than or equal to 1000'}"},
        {"DeleteTable", "{'TableName':'both'}", 200, NULL},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|both'}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'},'v':{'N':'1'}},'"
         "SequenceNumber':'100000000000000000001','SizeBytes':9,'StreamViewType':'NEW_AND_OLD_"
         "IMAGES'},'eventID':'4dbcd25c1c14b0b22de3a226c9cbf66d','eventName':'INSERT','eventSource':"
         "'aws:dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','dynamodb':{'"
         "ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'"
         "},'v':{'N':'2'}},'OldImage':{'pk':{'S':'a'},'v':{'N':'1'}},'SequenceNumber':'"
         "100000000000000000002','SizeBytes':15,'StreamViewType':'NEW_AND_OLD_IMAGES'},'eventID':'"
         "3ad4b333e373e1d87a2b79e2aabcd694','eventName':'MODIFY','eventSource':'aws:dynamodb','"
         "eventVersion':'1.1'},{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'OldImage':{'pk':{'S':'a'},'v':{'N':'2'}},'"
         "SequenceNumber':'100000000000000000003','SizeBytes':9,'StreamViewType':'NEW_AND_OLD_"
         "IMAGES'},'eventID':'9c1f8f5b4b22909e356d80c140d461df','eventName':'REMOVE','eventSource':"
         "'aws:dynamodb','eventVersion':'1.1'}]}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void views_show_their_part(void)
{
    static const struct service_step steps[] = {
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'}}",
         200, NULL},
        {"PutItem", "{'TableName':'new','Item':{'pk':{'S':'a'},'v':{'N':'1'}}}", 200, "{}"},
        {"PutItem", "{'TableName':'new','Item':{'pk':{'S':'a'},'v':{'N':'2'}}}", 200, "{}"},
        {"DeleteItem", "{'TableName':'new','Key':{'pk':{'S':'a'}}}", 200, "{}"},
        {"Streams.GetRecords", "{'ShardIterator':'1|0|19b7ca98f2e|new'}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'},'v':{'N':'1'}},'"
         "SequenceNumber':'100000000000000000001','SizeBytes':9,'StreamViewType':'NEW_IMAGE'},'"
         "eventID':'4dbcd25c1c14b0b22de3a226c9cbf66d','eventName':'INSERT','eventSource':'aws:"
         "dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','dynamodb':{'"
         "ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'NewImage':{'pk':{'S':'a'"
         "},'v':{'N':'2'}},'SequenceNumber':'100000000000000000002','SizeBytes':9,'StreamViewType':"
         "'NEW_IMAGE'},'eventID':'3ad4b333e373e1d87a2b79e2aabcd694','eventName':'MODIFY','"
         "eventSource':'aws:dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','dynamodb':{'"
         "ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'SequenceNumber':'"
         "100000000000000000003','SizeBytes':3,'StreamViewType':'NEW_IMAGE'},'eventID':'"
         "9c1f8f5b4b22909e356d80c140d461df','eventName':'REMOVE','eventSource':'aws:dynamodb','"
         "eventVersion':'1.1'}],'NextShardIterator':'1|3|19b7ca98f2e|new'}"},
        {"CreateTable",
         "{'TableName':'old','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'OLD_IMAGE'}}",
         200, NULL},
        {"PutItem", "{'TableName':'old','Item':{'pk':{'S':'a'},'v':{'N':'1'}}}", 200, "{}"},
        {"PutItem", "{'TableName':'old','Item':{'pk':{'S':'a'},'v':{'N':'2'}}}", 200, "{}"},
        {"DeleteItem", "{'TableName':'old','Key':{'pk':{'S':'a'}}}", 200, "{}"},
        {"Streams.GetRecords", "{'ShardIterator':'2|3|19b7ca98f2e|old'}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'SequenceNumber':'100000000000000000004','SizeBytes':"
         "3,'StreamViewType':'OLD_IMAGE'},'eventID':'1054a74a807bb748ed220fa2758469cc','eventName':"
         "'INSERT','eventSource':'aws:dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','"
         "dynamodb':{'ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'OldImage':{'"
         "pk':{'S':'a'},'v':{'N':'1'}},'SequenceNumber':'100000000000000000005','SizeBytes':9,'"
         "StreamViewType':'OLD_IMAGE'},'eventID':'48991bec07eaaf44c90061b17527ae20','eventName':'"
         "MODIFY','eventSource':'aws:dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','"
         "dynamodb':{'ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'OldImage':{'"
         "pk':{'S':'a'},'v':{'N':'2'}},'SequenceNumber':'100000000000000000006','SizeBytes':9,'"
         "StreamViewType':'OLD_IMAGE'},'eventID':'be7f5669b34e62a2a9e38b9d81909238','eventName':'"
         "REMOVE','eventSource':'aws:dynamodb','eventVersion':'1.1'}],'NextShardIterator':'2|6|"
         "19b7ca98f2e|old'}"},
        {"CreateTable",
         "{'TableName':'keys','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}}",
         200, NULL},
        {"PutItem", "{'TableName':'keys','Item':{'pk':{'S':'a'},'v':{'N':'1'}}}", 200, "{}"},
        {"DeleteItem", "{'TableName':'keys','Key':{'pk':{'S':'a'}}}", 200, "{}"},
        {"Streams.GetRecords", "{'ShardIterator':'3|6|19b7ca98f2e|keys'}", 200,
         "{'Records':[{'awsRegion':'us-east-1','dynamodb':{'ApproximateCreationDateTime':"
         "1767323045,'Keys':{'pk':{'S':'a'}},'SequenceNumber':'100000000000000000007','SizeBytes':"
         "3,'StreamViewType':'KEYS_ONLY'},'eventID':'53bbdd5c1d4d92b14cca71edd6ca0060','eventName':"
         "'INSERT','eventSource':'aws:dynamodb','eventVersion':'1.1'},{'awsRegion':'us-east-1','"
         "dynamodb':{'ApproximateCreationDateTime':1767323045,'Keys':{'pk':{'S':'a'}},'"
         "SequenceNumber':'100000000000000000008','SizeBytes':3,'StreamViewType':'KEYS_ONLY'},'"
         "eventID':'d0356cf490bc3ac543090c645d02c84b','eventName':'REMOVE','eventSource':'aws:"
         "dynamodb','eventVersion':'1.1'}],'NextShardIterator':'3|8|19b7ca98f2e|keys'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(streams_are_listed_and_described),
        DYNR_TEST(records_are_read_by_iterators),
        DYNR_TEST(views_show_their_part),
    };
    return dynr_test_main("service-streams", tests, DYNR_TEST_COUNT(tests));
}

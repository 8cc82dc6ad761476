/* SPDX-License-Identifier: Apache-2.0 */
/* CreateTable, UpdateTable, DeleteTable, DescribeTable, ListTables. */
#include "service_fixture.h"

static void tables_come_change_and_go(void)
{
    static const struct service_step steps[] = {
        {"CreateTable",
         "{'TableName':'one','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'ProvisionedThroughput':{'"
         "ReadCapacityUnits':1,'WriteCapacityUnits':2}}",
         200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'one','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "CREATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':1,'WriteCapacityUnits':2},'TableSizeBytes':"
         "0,'ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "one','TableId':'92d54447-fa7c-40e7-9ced-ff2952d6deef','DeletionProtectionEnabled':false}"
         "}"},
        {"CreateTable",
         "{'TableName':'one','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceInUseException','message':'Table "
         "already exists: one'}"},
        {"DescribeTable", "{'TableName':'one'}", 200,
         "{'Table':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'TableName'"
         ":'one','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'ACTIVE','"
         "CreationDateTime':1767323045.678,'ProvisionedThroughput':{'NumberOfDecreasesToday':0,'"
         "ReadCapacityUnits':1,'WriteCapacityUnits':2},'TableSizeBytes':0,'ItemCount':0,'TableArn':"
         "'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "one','TableId':'92d54447-fa7c-40e7-9ced-ff2952d6deef','DeletionProtectionEnabled':false}"
         "}"},
        {"DescribeTable", "{'TableName':'app'}", 200,
         "{'Table':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'},{'AttributeName':'l','AttributeType':'N'},{'"
         "AttributeName':'g','AttributeType':'S'}],'TableName':'app','KeySchema':[{'AttributeName':"
         "'pk','KeyType':'HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'TableStatus':'ACTIVE','"
         "CreationDateTime':1767323045.678,'ProvisionedThroughput':{'NumberOfDecreasesToday':0,'"
         "ReadCapacityUnits':0,'WriteCapacityUnits':0},'BillingModeSummary':{'BillingMode':'PAY_"
         "PER_REQUEST','LastUpdateToPayPerRequestDateTime':1767323045.678},'TableSizeBytes':0,'"
         "ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "app','TableId':'1c795aeb-6edf-4fb4-a8d3-a2a23b99e2de','LocalSecondaryIndexes':[{'"
         "IndexName':'by_l','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'"
         "l','KeyType':'RANGE'}],'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['t']}"
         ",'IndexSizeBytes':0,'ItemCount':0,'IndexArn':'arn:aws:dynamodb:us-east-1:000000000000:"
         "table/app/index/"
         "by_l'}],'GlobalSecondaryIndexes':[{'IndexName':'by_g','KeySchema':[{'AttributeName':'g','"
         "KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'},'IndexStatus':'ACTIVE','"
         "ProvisionedThroughput':{'NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'"
         "WriteCapacityUnits':0},'IndexSizeBytes':0,'ItemCount':0,'IndexArn':'arn:aws:dynamodb:us-"
         "east-1:000000000000:table/app/index/"
         "by_g'},{'IndexName':'g_keys','KeySchema':[{'AttributeName':'g','KeyType':'HASH'},{'"
         "AttributeName':'l','KeyType':'RANGE'}],'Projection':{'ProjectionType':'KEYS_ONLY'},'"
         "IndexStatus':'ACTIVE','ProvisionedThroughput':{'NumberOfDecreasesToday':0,'"
         "ReadCapacityUnits':0,'WriteCapacityUnits':0},'IndexSizeBytes':0,'ItemCount':0,'IndexArn':"
         "'arn:aws:dynamodb:us-east-1:000000000000:table/app/index/"
         "g_keys'}],'DeletionProtectionEnabled':false}}"},
        {"ListTables", "{}", 200, "{'TableNames':['app','one','plain']}"},
        {"ListTables", "{'Limit':1}", 200, "{'TableNames':['app'],'LastEvaluatedTableName':'app'}"},
        {"ListTables", "{'Limit':1,'ExclusiveStartTableName':'app'}", 200,
         "{'TableNames':['one'],'LastEvaluatedTableName':'one'}"},
        {"ListTables", "{'ExclusiveStartTableName':'plain'}", 200, "{'TableNames':[]}"},
        {"CreateTable",
         "{'TableName':'two','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'},'"
         "DeletionProtectionEnabled':true,'TableClass':'STANDARD_INFREQUENT_ACCESS','"
         "SSESpecification':{'Enabled':true,'KMSMasterKeyId':'k'},'Tags':[{'Key':'a','Value':'b'}]"
         "}",
         200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'two','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "CREATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':0,'ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "two','TableId':'0787be89-cd77-48ef-b680-1a4022af2b92','StreamSpecification':{'"
         "StreamEnabled':true,'StreamViewType':'KEYS_ONLY'},'LatestStreamLabel':'2026-01-02T03:04:"
         "05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/two/stream/"
         "2026-01-02T03:04:05.678','SSEDescription':{'Status':'ENABLED','SSEType':'KMS','"
         "KMSMasterKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
         "k'},'TableClassSummary':{'TableClass':'STANDARD_INFREQUENT_ACCESS'},'"
         "DeletionProtectionEnabled':true}}"},
        {"DescribeTable", "{'TableName':'two'}", 200,
         "{'Table':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'TableName'"
         ":'two','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'ACTIVE','"
         "CreationDateTime':1767323045.678,'ProvisionedThroughput':{'NumberOfDecreasesToday':0,'"
         "ReadCapacityUnits':0,'WriteCapacityUnits':0},'BillingModeSummary':{'BillingMode':'PAY_"
         "PER_REQUEST','LastUpdateToPayPerRequestDateTime':1767323045.678},'TableSizeBytes':0,'"
         "ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "two','TableId':'0787be89-cd77-48ef-b680-1a4022af2b92','StreamSpecification':{'"
         "StreamEnabled':true,'StreamViewType':'KEYS_ONLY'},'LatestStreamLabel':'2026-01-02T03:04:"
         "05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/two/stream/"
         "2026-01-02T03:04:05.678','SSEDescription':{'Status':'ENABLED','SSEType':'KMS','"
         "KMSMasterKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
         "k'},'TableClassSummary':{'TableClass':'STANDARD_INFREQUENT_ACCESS'},'"
         "DeletionProtectionEnabled':true}}"},
        {"DeleteTable", "{'TableName':'two'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Resource cannot be "
         "deleted as it is currently protected against deletion. Disable deletion protection "
         "first.'}"},
        {"UpdateTable", "{'TableName':'two','DeletionProtectionEnabled':false}", 200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'two','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':0,'ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "two','TableId':'0787be89-cd77-48ef-b680-1a4022af2b92','StreamSpecification':{'"
         "StreamEnabled':true,'StreamViewType':'KEYS_ONLY'},'LatestStreamLabel':'2026-01-02T03:04:"
         "05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/two/stream/"
         "2026-01-02T03:04:05.678','SSEDescription':{'Status':'ENABLED','SSEType':'KMS','"
         "KMSMasterKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
         "k'},'TableClassSummary':{'TableClass':'STANDARD_INFREQUENT_ACCESS'},'"
         "DeletionProtectionEnabled':false}}"},
        {"DeleteTable", "{'TableName':'two'}", 200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'two','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "DELETING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':0,'ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "two','TableId':'0787be89-cd77-48ef-b680-1a4022af2b92','StreamSpecification':{'"
         "StreamEnabled':true,'StreamViewType':'KEYS_ONLY'},'LatestStreamLabel':'2026-01-02T03:04:"
         "05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/two/stream/"
         "2026-01-02T03:04:05.678','SSEDescription':{'Status':'ENABLED','SSEType':'KMS','"
         "KMSMasterKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
         "k'},'TableClassSummary':{'TableClass':'STANDARD_INFREQUENT_ACCESS'},'"
         "DeletionProtectionEnabled':false}}"},
        {"DeleteTable", "{'TableName':'two'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Table: two not found'}"},
        {"DescribeTable", "{'TableName':'two'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Table: two not found'}"},
        {"UpdateTable", "{'TableName':'two','BillingMode':'PAY_PER_REQUEST'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Table: two not found'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void tables_are_checked(void)
{
    static const struct service_step steps[] = {
        {"CreateTable", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The parameter "
         "'TableName' is required but was not present in the request'}"},
        {"CreateTable",
         "{'TableName':'ab','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have "
         "length greater than or equal to 3'}"},
        {"CreateTable",
         "{'TableName':'a b "
         "c','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'KeySchema':[{'"
         "AttributeName':'pk','KeyType':'HASH'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'a b c' at 'tableName' failed to satisfy constraint: Member must satisfy "
         "regular expression pattern: [a-zA-Z0-9_.-]+'}"},
        {"CreateTable",
         "{'TableName':'"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx','"
         "AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'KeySchema':[{'"
         "AttributeName':'pk','KeyType':'HASH'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value "
         "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at "
         "'tableName' failed to satisfy constraint: Member must have length less than or equal to "
         "255'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be "
         "specified when BillingMode is PROVISIONED'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':2}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
         "specified when BillingMode is PAY_PER_REQUEST'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'ProvisionedThroughput':{'"
         "ReadCapacityUnits':0}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy "
         "constraint: Member must not be null; Value '0' at "
         "'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have "
         "value greater than or equal to 1'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'ProvisionedThroughput':{'"
         "ReadCapacityUnits':1000000000001,'WriteCapacityUnits':1}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Given value "
         "1000000000001 for ReadCapacityUnits is out of bounds'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'FREE'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'FREE' at 'billingMode' failed to satisfy constraint: Member must "
         "satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have "
         "length greater than or equal to 1'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'X'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'X' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member "
         "must satisfy enum value set: [HASH, RANGE]'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{},{},{}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'7 validation errors "
         "detected: Value '[KeySchemaElement(attributeName=null, keyType=null), "
         "KeySchemaElement(attributeName=null, keyType=null), KeySchemaElement(attributeName=null, "
         "keyType=null)]' at 'keySchema' failed to satisfy constraint: Member must have length "
         "less than or equal to 2; Value null at 'keySchema.1.member.attributeName' failed to "
         "satisfy constraint: Member must not be null; Value null at 'keySchema.1.member.keyType' "
         "failed to satisfy constraint: Member must not be null; Value null at "
         "'keySchema.2.member.attributeName' failed to satisfy constraint: Member must not be "
         "null; Value null at 'keySchema.2.member.keyType' failed to satisfy constraint: Member "
         "must not be null; Value null at 'keySchema.3.member.attributeName' failed to satisfy "
         "constraint: Member must not be null; Value null at 'keySchema.3.member.keyType' failed "
         "to satisfy constraint: Member must not be null'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'BOOL'}]"
         ",'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value 'BOOL' at 'attributeDefinitions.1.member.attributeType' failed to "
         "satisfy constraint: Member must satisfy enum value set: [B, N, S]'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'sk','KeyType':'"
         "RANGE'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid KeySchema: "
         "Some index key attribute have no definition'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'x','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Some index key attributes are not defined in "
         "AttributeDefinitions. Keys: [pk, x], AttributeDefinitions: [pk, sk]'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'pk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Both the Hash Key "
         "and the Range Key element in the KeySchema have the same name'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid KeySchema: "
         "The first KeySchemaElement is not a HASH key type'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid KeySchema: "
         "The second KeySchemaElement is not a RANGE key type'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Number of attributes in KeySchema does not exactly match "
         "number of attributes defined in AttributeDefinitions'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'pk','AttributeType':'S'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'}],'BillingMode':'PAY_PER_REQUEST'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Cannot have two "
         "attributes with the same name'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "LocalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Table KeySchema does not have a range key, which is "
         "required when specifying a LocalSecondaryIndex'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "LocalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'}],'Projection':{'ProjectionType':'ALL'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Index KeySchema does not have a range key for index: "
         "idx'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "LocalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'sk','KeyType':'"
         "HASH'},{'AttributeName':'pk','KeyType':'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]"
         "}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Index KeySchema does not have the same leading hash key "
         "as table KeySchema for index: idx. index hash key: sk, table hash key: pk'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "LocalSecondaryIndexes':[]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: List of LocalSecondaryIndexes is empty'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: List of GlobalSecondaryIndexes is empty'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'x','KeyType':'"
         "HASH'}],'Projection':{'ProjectionType':'ALL'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Some index key attributes are not defined in "
         "AttributeDefinitions. Keys: [x], AttributeDefinitions: [pk, sk]'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':"
         "'HASH'}],'Projection':{}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Unknown ProjectionType: null'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':"
         "'HASH'}],'Projection':{'ProjectionType':'ALL','NonKeyAttributes':['a']}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is "
         "specified'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':"
         "'HASH'}],'Projection':{'ProjectionType':'INCLUDE'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not "
         "specified'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':"
         "'HASH'}],'Projection':{'ProjectionType':'ALL'},'ProvisionedThroughput':{'"
         "ReadCapacityUnits':1,'WriteCapacityUnits':2}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ProvisionedThroughput should not be specified for index: "
         "idx when BillingMode is PAY_PER_REQUEST'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'ProvisionedThroughput':{'"
         "ReadCapacityUnits':1,'WriteCapacityUnits':2},'GlobalSecondaryIndexes':[{'IndexName':'idx'"
         ",'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'Projection':{'ProjectionType':'"
         "ALL'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ProvisionedThroughput must be specified for index: idx'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST','"
         "GlobalSecondaryIndexes':[{'IndexName':'idx','KeySchema':[{'AttributeName':'pk','KeyType':"
         "'HASH'}],'Projection':{'ProjectionType':'ALL'}}],'LocalSecondaryIndexes':[{'IndexName':'"
         "idx','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'sk','KeyType'"
         ":'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Duplicate index name: idx'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':'"
         "HASH'}],'BillingMode':'PAY_PER_REQUEST','GlobalSecondaryIndexes':[{'IndexName':'idx','"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'"
         "}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Some AttributeDefinitions are not used. "
         "AttributeDefinitions: [pk, sk], keys used: [pk]'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':true}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: StreamSpecification.StreamViewType is required when "
         "StreamEnabled is true'}"},
        {"CreateTable",
         "{'TableName':'new','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'"
         "KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST','"
         "StreamSpecification':{'StreamEnabled':false,'StreamViewType':'KEYS_ONLY'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: StreamSpecification.StreamViewType cannot be specified "
         "when StreamEnabled is false'}"},
        {"DescribeTable", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The parameter "
         "'TableName' is required but was not present in the request'}"},
        {"DeleteTable", "{'TableName':''}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length "
         "greater than or equal to 1'}"},
        {"ListTables", "{'Limit':0}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
         "greater than or equal to 1'}"},
        {"ListTables", "{'Limit':101,'ExclusiveStartTableName':'a'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value "
         "less than or equal to 100; Value 'a' at 'exclusiveStartTableName' failed to satisfy "
         "constraint: Member must have length greater than or equal to 3'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void updates_are_checked_and_carried_out(void)
{
    static const struct service_step steps[] = {
        {"UpdateTable", "{'TableName':'plain'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'At least one of "
         "ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
         "SSESpecification or ReplicaUpdates is required'}"},
        {"UpdateTable", "{'TableName':'plain','BillingMode':'PROVISIONED'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: ProvisionedThroughput must be specified when BillingMode "
         "is PROVISIONED'}"},
        {"UpdateTable",
         "{'TableName':'plain','BillingMode':'PAY_PER_REQUEST','ProvisionedThroughput':{'"
         "ReadCapacityUnits':1,'WriteCapacityUnits':2}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
         "specified when BillingMode is PAY_PER_REQUEST'}"},
        {"UpdateTable",
         "{'TableName':'plain','ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':"
         "6}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'The provisioned "
         "throughput for the table will not change. The requested value equals the current value. "
         "Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. "
         "Current WriteCapacityUnits provisioned for the table: 6. Requested WriteCapacityUnits: "
         "6. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
         "higher limits.'}"},
        {"UpdateTable",
         "{'TableName':'plain','ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':"
         "2}}",
         200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':1,'WriteCapacityUnits':2},'TableSizeBytes':"
         "0,'ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','DeletionProtectionEnabled':"
         "false}}"},
        {"UpdateTable", "{'TableName':'plain','BillingMode':'PAY_PER_REQUEST'}", 200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':0,'ItemCount':0,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','DeletionProtectionEnabled':"
         "false}}"},
        {"UpdateTable",
         "{'TableName':'plain','ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':"
         "2}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
         "specified when BillingMode is PAY_PER_REQUEST'}"},
        {"UpdateTable", "{'TableName':'plain','GlobalSecondaryIndexUpdates':[{}]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: One of GlobalSecondaryIndexUpdate.Update, "
         "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null'}"},
        {"UpdateTable",
         "{'TableName':'none','ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':"
         "1000000000001}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Given value "
         "1000000000001 for WriteCapacityUnits is out of bounds'}"},
        {"UpdateTable",
         "{'TableName':'plain','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'none'}}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Index: none not found'}"},
        {"UpdateTable",
         "{'TableName':'plain','GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'none','"
         "ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':2}}}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Index: none not found'}"},
        {"UpdateTable",
         "{'TableName':'plain','GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'idx','"
         "KeySchema':[{'AttributeName':'x','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}"
         "}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Some index key attributes are not defined in "
         "AttributeDefinitions. Keys: [x], AttributeDefinitions: []'}"},
        {"UpdateTable",
         "{'TableName':'plain','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'idx'}},{'"
         "Delete':{'IndexName':'idx'}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Only one global secondary index update per index is "
         "allowed simultaneously. Index: idx'}"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'x':{'S':'1'}}}", 200, "{}"},
        {"UpdateTable",
         "{'TableName':'plain','AttributeDefinitions':[{'AttributeName':'x','AttributeType':'S'}],'"
         "GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'idx','KeySchema':[{'AttributeName':"
         "'x','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}",
         200, NULL},
        {"DescribeTable", "{'TableName':'plain'}", 200,
         "{'Table':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},{'"
         "AttributeName':'x','AttributeType':'S'}],'TableName':'plain','KeySchema':[{'"
         "AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'ACTIVE','CreationDateTime':"
         "1767323045.678,'ProvisionedThroughput':{'NumberOfDecreasesToday':0,'ReadCapacityUnits':0,"
         "'WriteCapacityUnits':0},'BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','"
         "LastUpdateToPayPerRequestDateTime':1767323045.678},'TableSizeBytes':5,'ItemCount':1,'"
         "TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','GlobalSecondaryIndexes':[{'"
         "IndexName':'idx','KeySchema':[{'AttributeName':'x','KeyType':'HASH'}],'Projection':{'"
         "ProjectionType':'ALL'},'IndexStatus':'ACTIVE','ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'IndexSizeBytes':"
         "5,'ItemCount':1,'IndexArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain/index/"
         "idx'}],'DeletionProtectionEnabled':false}}"},
        {"Query",
         "{'TableName':'plain','IndexName':'idx','KeyConditionExpression':'x = "
         ":x','ExpressionAttributeValues':{':x':{'S':'1'}}}",
         200, "{'Items':[{'pk':{'S':'a'},'x':{'S':'1'}}],'Count':1,'ScannedCount':1}"},
        {"UpdateTable",
         "{'TableName':'plain','AttributeDefinitions':[{'AttributeName':'x','AttributeType':'S'}],'"
         "GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'idx','KeySchema':[{'AttributeName':"
         "'x','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: Index with name: idx already exists'}"},
        {"UpdateTable",
         "{'TableName':'app','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by_g'}},{'"
         "Delete':{'IndexName':'g_keys'}}]}",
         400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#LimitExceededException','message':'"
         "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
         "per table'}"},
        {"UpdateTable",
         "{'TableName':'plain','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'idx'}}]}",
         200, NULL},
        {"DescribeTable", "{'TableName':'plain'}", 200,
         "{'Table':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],'TableName'"
         ":'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'ACTIVE','"
         "CreationDateTime':1767323045.678,'ProvisionedThroughput':{'NumberOfDecreasesToday':0,'"
         "ReadCapacityUnits':0,'WriteCapacityUnits':0},'BillingModeSummary':{'BillingMode':'PAY_"
         "PER_REQUEST','LastUpdateToPayPerRequestDateTime':1767323045.678},'TableSizeBytes':5,'"
         "ItemCount':1,'TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','DeletionProtectionEnabled':"
         "false}}"},
        {"UpdateTable", "{'TableName':'plain','StreamSpecification':{'StreamEnabled':false}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Table has no stream "
         "to disable: TableName: plain'}"},
        {"UpdateTable", "{'TableName':'plain','StreamSpecification':{'StreamEnabled':true}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'One or more "
         "parameter values were invalid: StreamSpecification.StreamViewType is required when "
         "StreamEnabled is true'}"},
        {"UpdateTable",
         "{'TableName':'plain','StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_"
         "IMAGE'}}",
         200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':5,'ItemCount':1,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','StreamSpecification':{'"
         "StreamEnabled':true,'StreamViewType':'NEW_IMAGE'},'LatestStreamLabel':'2026-01-02T03:04:"
         "05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain/stream/"
         "2026-01-02T03:04:05.678','DeletionProtectionEnabled':false}}"},
        {"UpdateTable",
         "{'TableName':'plain','StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_"
         "IMAGE'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Table already has "
         "an enabled stream: TableName: plain'}"},
        {"UpdateTable", "{'TableName':'plain','StreamSpecification':{'StreamEnabled':false}}", 200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':5,'ItemCount':1,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','LatestStreamLabel':'2026-01-"
         "02T03:04:05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain/"
         "stream/2026-01-02T03:04:05.678','DeletionProtectionEnabled':false}}"},
        {"UpdateTable",
         "{'TableName':'plain','TableClass':'STANDARD','SSESpecification':{'Enabled':true}}", 200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':5,'ItemCount':1,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','LatestStreamLabel':'2026-01-"
         "02T03:04:05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain/"
         "stream/"
         "2026-01-02T03:04:05.678','SSEDescription':{'Status':'ENABLED','SSEType':'KMS','"
         "KMSMasterKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
         "aws-managed'},'TableClassSummary':{'TableClass':'STANDARD'},'DeletionProtectionEnabled':"
         "false}}"},
        {"UpdateTable", "{'TableName':'plain','SSESpecification':{'Enabled':false}}", 200,
         "{'TableDescription':{'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'TableName':'plain','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'TableStatus':'"
         "UPDATING','CreationDateTime':1767323045.678,'ProvisionedThroughput':{'"
         "NumberOfDecreasesToday':0,'ReadCapacityUnits':0,'WriteCapacityUnits':0},'"
         "BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST','LastUpdateToPayPerRequestDateTime':"
         "1767323045.678},'TableSizeBytes':5,'ItemCount':1,'TableArn':'arn:aws:dynamodb:us-east-1:"
         "000000000000:table/"
         "plain','TableId':'17fae7d6-831c-4857-8b85-b2b1ebf3eb43','LatestStreamLabel':'2026-01-"
         "02T03:04:05.678','LatestStreamArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain/"
         "stream/"
         "2026-01-02T03:04:05.678','TableClassSummary':{'TableClass':'STANDARD'},'"
         "DeletionProtectionEnabled':false}}"},
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
        DYNR_TEST(tables_come_change_and_go),
        DYNR_TEST(tables_are_checked),
        DYNR_TEST(updates_are_checked_and_carried_out),
    };
    return dynr_test_main("service-tables", tests, DYNR_TEST_COUNT(tests));
}

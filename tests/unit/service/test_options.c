/* SPDX-License-Identifier: Apache-2.0 */
/* Expiry, tags, backups, limits and endpoints. */
#include "service_fixture.h"

static void expiry_is_switched(void)
{
    static const struct service_step steps[] = {
        {"DescribeTimeToLive", "{'TableName':'plain'}", 200,
         "{'TimeToLiveDescription':{'TimeToLiveStatus':'DISABLED'}}"},
        {"UpdateTimeToLive",
         "{'TableName':'plain','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'e'}}",
         200, "{'TimeToLiveSpecification':{'AttributeName':'e','Enabled':true}}"},
        {"DescribeTimeToLive", "{'TableName':'plain'}", 200,
         "{'TimeToLiveDescription':{'AttributeName':'e','TimeToLiveStatus':'ENABLED'}}"},
        {"UpdateTimeToLive",
         "{'TableName':'plain','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'e'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'TimeToLive is "
         "already enabled'}"},
        {"UpdateTimeToLive",
         "{'TableName':'plain','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'f'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'TimeToLive is "
         "active on a different AttributeName: current AttributeName is e'}"},
        {"UpdateTimeToLive",
         "{'TableName':'plain','TimeToLiveSpecification':{'Enabled':false,'AttributeName':'e'}}",
         200, "{'TimeToLiveSpecification':{'AttributeName':'e','Enabled':false}}"},
        {"UpdateTimeToLive",
         "{'TableName':'plain','TimeToLiveSpecification':{'Enabled':false,'AttributeName':'e'}}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'TimeToLive is "
         "already disabled'}"},
        {"UpdateTimeToLive",
         "{'TableName':'none','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'e'}}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Table: none not found'}"},
        {"UpdateTimeToLive",
         "{'TableName':'plain','TimeToLiveSpecification':{'Enabled':true,'AttributeName':''}}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy "
         "constraint: Member must have length greater than or equal to 1'}"},
        {"UpdateTimeToLive", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'2 validation errors "
         "detected: Value null at 'tableName' failed to satisfy constraint: Member must not be "
         "null; Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must "
         "not be null'}"},
        {"DescribeTimeToLive", "{'TableName':'none'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException','message':'"
         "Requested resource not found: Table: none not found'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void tags_are_kept(void)
{
    static const struct service_step steps[] = {
        {"ListTagsOfResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain'}", 200,
         "{'Tags':[]}"},
        {"TagResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','Tags':[{'Key':'a','Value':'1'},{'Key':'b','Value':''}]}",
         200, "{}"},
        {"TagResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','Tags':[{'Key':'a','Value':'2'}]}",
         200, "{}"},
        {"ListTagsOfResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain'}", 200,
         "{'Tags':[{'Key':'a','Value':'2'},{'Key':'b','Value':''}]}"},
        {"UntagResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','TagKeys':['b','none']}",
         200, "{}"},
        {"ListTagsOfResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain'}", 200,
         "{'Tags':[{'Key':'a','Value':'2'}]}"},
        {"TagResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain','Tags':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Atleast one Tag "
         "needs to be provided as Input.'}"},
        {"UntagResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain','TagKeys':[]}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Atleast one Tag Key "
         "needs to be provided as Input.'}"},
        {"TagResource", "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'tags' failed to satisfy constraint: Member must not be null'}"},
        {"UntagResource", "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/plain'}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be "
         "null'}"},
        {"ListTagsOfResource", "{}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid TableArn'}"},
        {"ListTagsOfResource", "{'ResourceArn':'x'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'Invalid TableArn: "
         "Invalid ResourceArn provided as input x'}"},
        {"ListTagsOfResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/none'}", 400,
         "{'__type':'com.amazon.coral.service#AccessDeniedException','Message':'User: "
         "arn:aws:iam::000000000000:root is not authorized to perform: dynamodb:ListTagsOfResource "
         "on resource: arn:aws:dynamodb:us-east-1:000000000000:table/none'}"},
        {"TagResource",
         "{'ResourceArn':'arn:aws:dynamodb:us-east-1:000000000000:table/"
         "plain','Tags':[{'Key':'','Value':'1'}]}",
         400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have "
         "length greater than or equal to 1'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void backups_are_a_switch(void)
{
    static const struct service_step steps[] = {
        {"DescribeContinuousBackups", "{'TableName':'plain'}", 200,
         "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED','"
         "PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'DISABLED'}}}"},
        {"UpdateContinuousBackups",
         "{'TableName':'plain','PointInTimeRecoverySpecification':{'PointInTimeRecoveryEnabled':"
         "true}}",
         200,
         "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED','"
         "PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'ENABLED','"
         "EarliestRestorableDateTime':1767323045.678,'LatestRestorableDateTime':1767323045.678,'"
         "RecoveryPeriodInDays':35}}}"},
        {"DescribeContinuousBackups", "{'TableName':'plain'}", 200,
         "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED','"
         "PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'ENABLED','"
         "EarliestRestorableDateTime':1767323045.678,'LatestRestorableDateTime':1767323045.678,'"
         "RecoveryPeriodInDays':35}}}"},
        {"UpdateContinuousBackups",
         "{'TableName':'plain','PointInTimeRecoverySpecification':{'PointInTimeRecoveryEnabled':"
         "false}}",
         200,
         "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED','"
         "PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'DISABLED'}}}"},
        {"DescribeContinuousBackups", "{'TableName':'none'}", 400,
         "{'__type':'com.amazonaws.dynamodb.v20120810#TableNotFoundException','message':'Table not "
         "found: none'}"},
        {"UpdateContinuousBackups", "{'TableName':'plain'}", 400,
         "{'__type':'com.amazon.coral.validate#ValidationException','message':'1 validation error "
         "detected: Value null at 'pointInTimeRecoverySpecification' failed to satisfy constraint: "
         "Member must not be null'}"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    SERVICE_RUN(&f, steps);
    service_fixture_close(&f);
}

static void the_service_describes_itself(void)
{
    static const struct service_step steps[] = {
        {"DescribeLimits", "{}", 200,
         "{'AccountMaxReadCapacityUnits':80000,'AccountMaxWriteCapacityUnits':80000,'"
         "TableMaxReadCapacityUnits':40000,'TableMaxWriteCapacityUnits':40000}"},
        {"DescribeEndpoints", "{}", 200,
         "{'Endpoints':[{'Address':'dynamodb.us-east-1.amazonaws.com','CachePeriodInMinutes':1440}]"
         "}"},
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
        DYNR_TEST(expiry_is_switched),
        DYNR_TEST(tags_are_kept),
        DYNR_TEST(backups_are_a_switch),
        DYNR_TEST(the_service_describes_itself),
    };
    return dynr_test_main("service-options", tests, DYNR_TEST_COUNT(tests));
}

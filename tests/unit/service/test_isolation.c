/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a service; callers that are kept apart by access key and region. */
#include "service_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct caller {
    const char *access_key;
    const char *region;
};

static const struct caller first = {"AKIA1", "eu-west-1"};
static const struct caller second = {"AKIA2", "eu-west-1"};
static const struct caller elsewhere = {"AKIA1", "us-east-2"};

static void open_service(struct service_fixture *fixture, bool isolate)
{
    struct dynr_error err = {0};
    struct dynr_service_options options = DYNR_SERVICE_OPTIONS_INIT;
    service_fixture_open(fixture);
    dynr_service_close(fixture->service);
    options.clock = &fixture->clock.clock;
    options.region = "eu-central-1";
    options.isolate = isolate;
    DYNR_ASSERT_STATUS(dynr_service_open(fixture->store, &options, &fixture->service, &err),
                       DYNR_OK);
}

/* Single quotes count as double ones, in the body as in the answer. */
static bool answers(struct service_fixture *fixture, const struct caller *caller,
                    const char *operation, const char *body, const char *expected)
{
    char target[80] = "DynamoDB_20120810.";
    char *text = service_body(body);
    char *wanted = service_body(expected);
    struct dynr_service_answer answer;
    if (strncmp(operation, "DynamoDBStreams", 15) == 0) {
        target[0] = '\0';
    }
    (void)strncat(target, operation, sizeof target - strlen(target) - 1);
    struct dynr_service_request request = {
        .target = dynr_str_from_c(target),
        .body = dynr_str_from_c(text),
        .access_key = dynr_str_from_c(caller->access_key),
        .region = dynr_str_from_c(caller->region),
    };
    dynr_arena_reset(&fixture->arena);
    service_answer(fixture, &request, &fixture->arena, &answer);
    bool ok = expected[0] == '\0' ? DYNR_ASSERT_INT(answer.http_status, 200)
                                  : DYNR_ASSERT_STR(answer.body, wanted);
    free(text);
    free(wanted);
    return ok;
}

static void create(struct service_fixture *fixture, const struct caller *caller, const char *body)
{
    (void)answers(fixture, caller, "CreateTable", body, "");
}

#define TABLE(name)                                                                                \
    "{'TableName':'" name "','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}]," \
    "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST',"       \
    "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}}"

static void callers_are_kept_apart(void)
{
    struct service_fixture f;
    open_service(&f, true);
    create(&f, &first, TABLE("one"));
    create(&f, &first, TABLE("two"));
    create(&f, &second, TABLE("one"));
    create(&f, &elsewhere, TABLE("three"));
    (void)answers(&f, &first, "ListTables", "{}", "{'TableNames':['one','two']}");
    (void)answers(&f, &first, "ListTables", "{'Limit':1}",
                  "{'TableNames':['one'],'LastEvaluatedTableName':'one'}");
    (void)answers(&f, &first, "ListTables", "{'Limit':1,'ExclusiveStartTableName':'one'}",
                  "{'TableNames':['two']}");
    (void)answers(&f, &first, "ListTables", "{'ExclusiveStartTableName':'two'}",
                  "{'TableNames':[]}");
    (void)answers(&f, &second, "ListTables", "{}", "{'TableNames':['one']}");
    (void)answers(&f, &elsewhere, "ListTables", "{}", "{'TableNames':['three']}");
    (void)answers(&f, &first, "PutItem",
                  "{'TableName':'one','Item':{'pk':{'S':'a'}},'ReturnConsumedCapacity':'TOTAL'}",
                  "{'ConsumedCapacity':{'TableName':'one','CapacityUnits':1.0}}");
    (void)answers(&f, &second, "GetItem", "{'TableName':'one','Key':{'pk':{'S':'a'}}}", "{}");
    (void)answers(&f, &first, "GetItem", "{'TableName':'one','Key':{'pk':{'S':'a'}}}",
                  "{'Item':{'pk':{'S':'a'}}}");
    (void)answers(&f, &first, "BatchGetItem",
                  "{'RequestItems':{'one':{'Keys':[{'pk':{'S':'a'}}]}}}",
                  "{'Responses':{'one':[{'pk':{'S':'a'}}]},'UnprocessedKeys':{}}");
    service_fixture_close(&f);
}

static void answers_never_show_how(void)
{
    struct service_fixture f;
    open_service(&f, true);
    create(&f, &first, TABLE("one"));
    (void)answers(&f, &first, "CreateTable", TABLE("one"),
                  "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceInUseException','message':"
                  "'Table already exists: one'}");
    (void)answers(&f, &second, "DescribeTable", "{'TableName':'one'}",
                  "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',"
                  "'message':'Requested resource not found: Table: one not found'}");
    (void)answers(&f, &first, "DynamoDBStreams_20120810.ListStreams", "{}",
                  "{'Streams':[{'StreamArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/one/"
                  "stream/2026-01-02T03:04:05.678','StreamLabel':'2026-01-02T03:04:05.678',"
                  "'TableName':'one'}]}");
    (void)answers(&f, &second, "DynamoDBStreams_20120810.ListStreams", "{}", "{'Streams':[]}");
    (void)answers(&f, &second, "DynamoDBStreams_20120810.DescribeStream",
                  "{'StreamArn':'arn:aws:dynamodb:eu-west-1:000000000000:table/one/stream/"
                  "2026-01-02T03:04:05.678'}",
                  "{'__type':'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',"
                  "'message':'Requested resource not found: Stream: arn:aws:dynamodb:eu-west-1:"
                  "000000000000:table/one/stream/2026-01-02T03:04:05.678 not found'}");
    service_fixture_close(&f);
}

static void without_isolation_all_see_the_same(void)
{
    static const struct caller nobody = {"", ""};
    struct service_fixture f;
    open_service(&f, false);
    create(&f, &first, TABLE("one"));
    (void)answers(&f, &elsewhere, "ListTables", "{}", "{'TableNames':['one']}");
    /* Where a request names no region, ARNs have the service's. */
    (void)answers(&f, &nobody, "DescribeEndpoints", "{}",
                  "{'Endpoints':[{'Address':'dynamodb.eu-central-1.amazonaws.com',"
                  "'CachePeriodInMinutes':1440}]}");
    service_fixture_close(&f);
}

/* The store's names of the tables: the first caller's of `one` is this, in whatever version. */
static void stored_names_stay_what_they_are(void)
{
    struct service_fixture f;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_error err = {0};
    open_service(&f, true);
    create(&f, &first, TABLE("one"));
    request.operation = DYNR_LIST_TABLES;
    DYNR_ASSERT_STATUS(dynr_backend_call(f.store, &request, &f.arena, &response, &err), DYNR_OK);
    if (DYNR_ASSERT_INT(response.n_table_names, 1)) {
        DYNR_ASSERT_STR(response.table_names[0], "evZGNSZ1Qpq47k9ikPhDmA.one");
    }
    service_fixture_close(&f);
}

static void keys_and_regions_do_not_run_together(void)
{
    static const struct caller shorter = {"AKIA", "1eu-west-1"};
    struct service_fixture f;
    open_service(&f, true);
    create(&f, &first, TABLE("one"));
    (void)answers(&f, &shorter, "ListTables", "{}", "{'TableNames':[]}");
    service_fixture_close(&f);
}

static void names_have_232_characters(void)
{
    struct service_fixture f;
    char body[600];
    char name[240];
    open_service(&f, true);
    memset(name, 'n', sizeof name);
    for (int len = 232; len <= 233; len++) {
        const char *table = TABLE("@");
        const char *at = strchr(table, '@');
        (void)snprintf(body, sizeof body, "%.*s%.*s%s", (int)(at - table), table, len, name,
                       at + 1);
        (void)answers(&f, &first, "CreateTable", body,
                      len == 232
                          ? ""
                          : "{'__type':'com.amazon.coral.validate#ValidationException','message':"
                            "'TableName must be at most 232 characters long where callers are "
                            "kept apart'}");
    }
    service_fixture_close(&f);
}

static void tables_of_earlier_versions_are_not_lost_silently(void)
{
    struct service_fixture f;
    open_service(&f, false);
    create(&f, &first, TABLE("0123456789abcdef.one"));
    struct dynr_service_options options = DYNR_SERVICE_OPTIONS_INIT;
    struct dynr_service *open = f.service;
    struct dynr_error err = {0};
    options.isolate = true;
    DYNR_ASSERT_STATUS(dynr_service_open(f.store, &options, &f.service, &err), DYNR_OK);
    for (int i = 0; i < 2; i++) {
        (void)answers(&f, &first, i == 0 ? "ListTables" : "CreateTable",
                      i == 0 ? "{}" : TABLE("one"),
                      "{'__type':'com.amazon.coral.validate#ValidationException','message':'The "
                      "store has tables that an earlier version kept apart, such as "
                      "0123456789abcdef.one. Serve it without isolation, where they have such "
                      "names, and move or delete them'}");
    }
    dynr_service_close(f.service);
    f.service = open;
    (void)answers(&f, &first, "ListTables", "{}", "{'TableNames':['0123456789abcdef.one']}");
    (void)answers(&f, &first, "DeleteTable", "{'TableName':'0123456789abcdef.one'}", "");
    DYNR_ASSERT_STATUS(dynr_service_open(f.store, &options, &f.service, &err), DYNR_OK);
    create(&f, &first, TABLE("one"));
    dynr_service_close(open);
    service_fixture_close(&f);
}

/* A backend of another kind. */
static void start_nothing(struct dynr_backend *backend, const struct dynr_request *request,
                          struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct dynr_error err = {0};
    (void)backend;
    (void)request;
    (void)arena;
    complete(context, NULL, &err);
}

static void destroy_nothing(struct dynr_backend *backend)
{
    (void)backend;
}

static void only_embedded_stores_are_served(void)
{
    static const struct dynr_backend_methods methods = {
        .size = sizeof methods, .start = start_nothing, .destroy = destroy_nothing};
    static const char long_region[] =
        "a-region-whose-name-is-longer-than-any-that-there-is-or-will-be-1";
    struct dynr_backend other = {.methods = &methods};
    struct dynr_service *service = NULL;
    struct service_fixture f;
    struct dynr_error err = {0};
    struct dynr_service_options options = DYNR_SERVICE_OPTIONS_INIT;
    DYNR_ASSERT_STATUS(dynr_service_open(&other, NULL, &service, &err), DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(service == NULL);
    service_fixture_open(&f);
    options.region = long_region;
    DYNR_ASSERT_STATUS(dynr_service_open(f.store, &options, &service, &err),
                       DYNR_ERR_INVALID_ARGUMENT);
    options.size = 1;
    DYNR_ASSERT_STATUS(dynr_service_open(f.store, &options, &service, &err),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(dynr_service_open(f.store, NULL, &service, &err), DYNR_OK);
    dynr_service_close(service);
    dynr_service_close(NULL);
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(callers_are_kept_apart),
        DYNR_TEST(answers_never_show_how),
        DYNR_TEST(without_isolation_all_see_the_same),
        DYNR_TEST(stored_names_stay_what_they_are),
        DYNR_TEST(keys_and_regions_do_not_run_together),
        DYNR_TEST(names_have_232_characters),
        DYNR_TEST(tables_of_earlier_versions_are_not_lost_silently),
        DYNR_TEST(only_embedded_stores_are_served),
    };
    return dynr_test_main("service-isolation", tests, DYNR_TEST_COUNT(tests));
}

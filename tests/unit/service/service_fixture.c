/* SPDX-License-Identifier: Apache-2.0 */
#include "service_fixture.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1767323045678)

const struct service_step service_tables[2] = {
    {"CreateTable",
     "{'TableName':'app','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},"
     "{'AttributeName':'sk','AttributeType':'N'},{'AttributeName':'g','AttributeType':'S'},"
     "{'AttributeName':'l','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk','KeyType':"
     "'HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],'BillingMode':'PAY_PER_REQUEST',"
     "'LocalSecondaryIndexes':[{'IndexName':'by_l','KeySchema':[{'AttributeName':'pk','KeyType':"
     "'HASH'},{'AttributeName':'l','KeyType':'RANGE'}],'Projection':{'ProjectionType':'INCLUDE',"
     "'NonKeyAttributes':['t']}}],'GlobalSecondaryIndexes':[{'IndexName':'by_g','KeySchema':["
     "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}},{'IndexName':"
     "'g_keys','KeySchema':[{'AttributeName':'g','KeyType':'HASH'},{'AttributeName':'l','KeyType':"
     "'RANGE'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}]}",
     200, NULL},
    {"CreateTable",
     "{'TableName':'plain','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
     "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'ProvisionedThroughput':{"
     "'ReadCapacityUnits':5,'WriteCapacityUnits':6}}",
     200, NULL},
};

static void make_folder(struct service_fixture *fixture)
{
    const char *place = getenv("TMPDIR");
    if (getenv("DYNR_TEST_WITHOUT_WAITING") == NULL) {
        return;
    }
    int len = snprintf(fixture->folder, sizeof fixture->folder, "%s/dynr-service-XXXXXX",
                       place == NULL ? "/tmp" : place);
    if (len >= (int)sizeof fixture->folder || mkdtemp(fixture->folder) == NULL) {
        abort();
    }
}

static void remove_folder(const struct service_fixture *fixture)
{
    static const char *const files[] = {"store.db", "store.db-wal", "store.db-shm"};
    char path[300];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", fixture->folder, files[i]);
        (void)unlink(path);
    }
    DYNR_ASSERT_INT(rmdir(fixture->folder), 0);
}

void service_fixture_open(struct service_fixture *fixture)
{
    char path[300];
    struct dynr_error err = {0};
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_service_options options = DYNR_SERVICE_OPTIONS_INIT;
    memset(fixture, 0, sizeof *fixture);
    dynr_test_clock_init(&fixture->clock, NOW_MS, 7);
    local.clock = options.clock = &fixture->clock.clock;
    local.durability = DYNR_DURABILITY_NONE;
    make_folder(fixture);
    if (fixture->folder[0] != '\0') {
        (void)snprintf(path, sizeof path, "%s/store.db", fixture->folder);
        local.path = path;
    }
    if (!DYNR_ASSERT_STATUS(dynr_local_open(&local, &fixture->store, &err), DYNR_OK) ||
        !DYNR_ASSERT_STATUS(dynr_service_open(fixture->store, &options, &fixture->service, &err),
                            DYNR_OK)) {
        abort();
    }
}

void service_fixture_close(struct service_fixture *fixture)
{
    dynr_service_close(fixture->service);
    dynr_backend_destroy(fixture->store);
    dynr_arena_cleanup(&fixture->arena);
    if (fixture->folder[0] != '\0') {
        remove_folder(fixture);
    }
}

char *service_body(const char *text)
{
    size_t len = strlen(text);
    char *body = malloc(len + 1);
    if (body == NULL) {
        abort();
    }
    for (size_t i = 0; i <= len; i++) {
        body[i] = text[i] == '\'' ? '"' : text[i];
    }
    return body;
}

static void full_target(const char *operation, char *out, size_t size)
{
    static const char streams[] = "Streams.";
    bool is_stream = strncmp(operation, streams, sizeof streams - 1) == 0;
    (void)snprintf(out, size, "%s%s",
                   is_stream ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.",
                   operation + (is_stream ? sizeof streams - 1 : 0));
}

static void on_ready(void *context)
{
    (void)sem_post(context);
}

void service_answer(struct service_fixture *fixture, const struct dynr_service_request *request,
                    struct dynr_arena *arena, struct dynr_service_answer *answer)
{
    struct dynr_service_pending *pending = NULL;
    sem_t ready;
    if (fixture->folder[0] == '\0') {
        dynr_service_call(fixture->service, request, arena, answer);
        return;
    }
    if (sem_init(&ready, 0, 0) != 0) {
        abort();
    }
    switch (
        dynr_service_begin(fixture->service, request, arena, on_ready, &ready, &pending, answer)) {
    case DYNR_SERVICE_ANSWERED:
        break;
    case DYNR_SERVICE_UNDER_WAY:
        while (sem_wait(&ready) != 0) {
            /* A debugger stopped the process. */
        }
        dynr_service_end(pending, answer);
        break;
    case DYNR_SERVICE_SLOW:
        dynr_service_call(fixture->service, request, arena, answer);
        break;
    }
    (void)sem_destroy(&ready);
}

struct dynr_service_answer service_call(struct service_fixture *fixture, const char *operation,
                                        const char *body)
{
    char target[80];
    char *text = service_body(body);
    struct dynr_service_request request = {.body = dynr_str_from_c(text)};
    struct dynr_service_answer answer;
    full_target(operation, target, sizeof target);
    request.target = dynr_str_from_c(target);
    dynr_arena_reset(&fixture->arena);
    service_answer(fixture, &request, &fixture->arena, &answer);
    /* The answer must not refer to the request. */
    answer.body = dynr_arena_dup(&fixture->arena, answer.body);
    free(text);
    return answer;
}

static char *single_quotes(struct dynr_str text)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL) {
        abort();
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i];
        if (copy[i] == '"') {
            copy[i] = '\'';
        }
    }
    copy[text.len] = '\0';
    return copy;
}

void service_run(struct service_fixture *fixture, const struct service_step *steps, size_t n_steps)
{
    for (size_t i = 0; i < n_steps; i++) {
        struct dynr_service_answer answer =
            service_call(fixture, steps[i].operation, steps[i].body);
        char *actual = single_quotes(answer.body);
        bool ok = DYNR_ASSERT_INT(answer.http_status, steps[i].http_status);
        if (steps[i].answer != NULL) {
            ok = DYNR_ASSERT_STR(dynr_str_from_c(actual), steps[i].answer) && ok;
        }
        if (!ok) {
            (void)fprintf(stderr, "# of step %zu: %s %s\n# %s\n", i + 1, steps[i].operation,
                          steps[i].body, actual);
        }
        free(actual);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are as long as they may be, and nothing but faults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynr/buf.h"
#include "service_fixture.h"

struct flood {
    const char *operation;
    const char *begin;
    const char *element;
    const char *end;
    /* What the answer says; NULL: whatever. */
    const char *says;
};

#define MOST_MESSAGE (10 * 33000 + 20000)

static bool says(struct dynr_str text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

/* A body of 16 MB is answered in eight times its memory, in few words. */
static void flood_one(struct service_fixture *f, const struct flood *flood)
{
    enum {
        BYTES = 16 << 20
    };
    struct dynr_arena arena;
    struct dynr_buf body = {0};
    struct dynr_service_answer answer;
    char target[80];
    (void)snprintf(target, sizeof target, "DynamoDB_20120810.%s", flood->operation);
    char *parts[3] = {service_body(flood->begin), service_body(flood->element),
                      service_body(flood->end)};
    dynr_buf_append_c(&body, parts[0]);
    for (size_t n = 0; body.len + strlen(parts[1]) + strlen(parts[2]) + 24 < BYTES; n++) {
        const char *at = strchr(parts[1], '#');
        dynr_buf_append_c(&body, n == 0 ? "" : ",");
        if (at != NULL) {
            /* Keys of a map are different ones. */
            dynr_buf_append(&body, parts[1], (size_t)(at - parts[1]));
            dynr_buf_printf(&body, "%zu", n);
        }
        dynr_buf_append_c(&body, at == NULL ? parts[1] : at + 1);
    }
    dynr_buf_append_c(&body, parts[2]);
    dynr_arena_init(&arena, NULL, (size_t)8 * BYTES);
    struct dynr_service_request request = {.target = dynr_str_from_c(target),
                                           .body = dynr_buf_str(&body)};
    dynr_service_call(f->service, &request, &arena, &answer);
    bool ok = DYNR_ASSERT_INT(answer.http_status, 400) &&
              DYNR_ASSERT(answer.body.len < MOST_MESSAGE) &&
              DYNR_ASSERT(flood->says == NULL || says(answer.body, flood->says));
    if (!ok) {
        (void)fprintf(stderr, "%s %s: %.*s\n", flood->operation, flood->element,
                      answer.body.len < 300 ? (int)answer.body.len : 300, answer.body.ptr);
    }
    dynr_arena_cleanup(&arena);
    dynr_buf_cleanup(&body);
    for (size_t i = 0; i < 3; i++) {
        free(parts[i]);
    }
}

static void floods_are_answered_in_bounded_memory(void)
{
    static const struct flood floods[] = {
        {"TransactWriteItems", "{'TransactItems':[", "{}", "]}",
         ", ...]' at 'transactItems' failed to satisfy constraint: Member must have length less "
         "than or equal to 100"},
        {"TransactGetItems", "{'TransactItems':[", "{'Get':{}}", "]}",
         "' at 'transactItems' failed to satisfy constraint: Member must have length less than or "
         "equal to 100; Value null at 'transactItems.1.member.get.key' failed"},
        {"BatchWriteItem", "{'RequestItems':{'t':[", "{}", "]}}",
         "Map value must satisfy constraint: [Member must have length less than or equal to 25"},
        {"BatchWriteItem", "{'RequestItems':{", "'t#':[]", "}}", NULL},
        {"BatchGetItem", "{'RequestItems':{'t':{'Keys':[", "{}", "]}}}",
         "Member must have length less than or equal to 100"},
        {"BatchGetItem", "{'RequestItems':{", "'!#':{}", "}}", "Map keys must satisfy constraint"},
        {"CreateTable", "{'TableName':'abc','AttributeDefinitions':[", "{}", "]}", NULL},
        {"CreateTable", "{'TableName':'abc','KeySchema':[", "{}", "]}", NULL},
        {"UpdateItem", "{'TableName':'abc','Key':{},'AttributeUpdates':{", "'a#':{}", "}}",
         "' at 'attributeUpdates' failed to satisfy constraint: Member must have length less than"},
        {"UpdateItem", "{'TableName':'abc','Key':{},'Expected':{", "'a#':{'Value':{}}", "}}", NULL},
        {"Query", "{'TableName':'abc','AttributesToGet':[", "'x'", "]}",
         "Member must have length less than or equal to 255"},
        {"PutItem", "{'TableName':'plain','Item':{'pk':{'S':'a'},'l':{'L':[", "{}", "]}}}", NULL},
        {"PutItem", "{'Item':{'pk':{'S':'a'},'l':{'L':[", "{}", "]}}}",
         "Value null at 'tableName'"},
        {"TransactWriteItems", "{'TransactItems':[{'Put':{'TableName':'!','Item':{'l':{'L':[", "{}",
         "]}}}}]}", NULL},
        {"BatchWriteItem", "{'RequestItems':{'!':[{'PutRequest':{'Item':{'l':{'L':[", "{}",
         "]}}}}],'?':[]}}", "Map keys must satisfy constraint"},
        {"ExecuteStatement", "{'Statement':'x','Parameters':[", "{}", "]}", NULL},
        {"TagResource", "{'ResourceArn':'x','Tags':[", "{}", "]}", NULL},
        {"GetItem", "{'Key':{},'TableName':'", "nn\\n", "'}", "...' at 'tableName' failed"},
    };
    struct service_fixture f;
    service_fixture_open(&f);
    SERVICE_RUN(&f, service_tables);
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        flood_one(&f, &floods[i]);
    }
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(floods_are_answered_in_bounded_memory),
    };
    return dynr_test_main("service-floods", tests, DYNR_TEST_COUNT(tests));
}

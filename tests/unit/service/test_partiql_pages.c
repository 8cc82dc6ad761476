/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a SELECT: all of it once, whatever the limit; a token is good for its own statement alone. */
#include "partiql_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct dynr_service_answer call(struct service_fixture *fixture, const char *text)
{
    char *body = partiql_body(text);
    struct dynr_service_answer answer = service_call(fixture, "ExecuteStatement", body);
    free(body);
    return answer;
}

static void seed(struct service_fixture *fixture)
{
    char text[160];
    service_fixture_open(fixture);
    SERVICE_RUN(fixture, service_tables);
    for (int i = 0; i < 12; i++) {
        (void)snprintf(text, sizeof text,
                       "{'Statement':'INSERT INTO app VALUE {`pk`:`%c`,`sk`:%d,`even`:%s}'}",
                       "abc"[i / 4], i % 4, i % 2 == 0 ? "true" : "false");
        DYNR_ASSERT_INT(call(fixture, text).http_status, 200);
    }
}

/* A member of an answer that is a plain string; empty: it is not there. */
static char *member(struct dynr_str body, const char *begin)
{
    char *copy = malloc(body.len + 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, body.ptr, body.len);
    copy[body.len] = '\0';
    const char *found = strstr(copy, begin);
    const char *start = found == NULL ? "" : found + strlen(begin);
    size_t len = strcspn(start, "\"");
    memmove(copy, start, len);
    copy[len] = '\0';
    return copy;
}

static size_t count_items(struct dynr_str body)
{
    size_t n = 0;
    for (size_t i = 0; i + 4 < body.len; i++) {
        n += memcmp(body.ptr + i, "\"sk\"", 4) == 0 ? 1 : 0;
    }
    return n;
}

/* Goes through all pages of a statement that answers one attribute an item; the numbers that it answered, in their order. */
static void read_all(struct service_fixture *fixture, const char *statement, int limit,
                     const char *expected)
{
    char text[1024];
    char read[128] = "";
    char *token = NULL;
    for (int pages = 0; pages < 40; pages++) {
        (void)snprintf(text, sizeof text, "{'Statement':'%s','Limit':%d%s%s%s}", statement, limit,
                       token == NULL ? "" : ",'NextToken':'", token == NULL ? "" : token,
                       token == NULL ? "" : "'");
        free(token);
        struct dynr_service_answer answer = call(fixture, text);
        DYNR_ASSERT_INT(answer.http_status, 200);
        static const char begin[] = "{\"sk\":{\"N\":\"";
        for (size_t i = 0; i + sizeof begin < answer.body.len; i++) {
            if (memcmp(answer.body.ptr + i, begin, sizeof begin - 1) == 0) {
                strncat(read, answer.body.ptr + i + sizeof begin - 1, 1);
            }
        }
        token = member(answer.body, "\"NextToken\":\"");
        if (token[0] == '\0') {
            break;
        }
    }
    DYNR_ASSERT_STR(dynr_str_from_c(token == NULL ? "?" : token), "");
    DYNR_ASSERT_STR(dynr_str_from_c(read), expected);
    free(token);
}

static void every_limit_reads_everything_once(void)
{
    struct service_fixture f;
    seed(&f);
    for (int limit = 1; limit < 15; limit++) {
        read_all(&f, "SELECT sk FROM app WHERE pk = `b`", limit, "0123");
        read_all(&f, "SELECT sk FROM app WHERE pk = `b` ORDER BY sk DESC", limit, "3210");
        read_all(&f, "SELECT sk FROM app WHERE pk = `b` AND (sk = 0 OR sk = 3)", limit, "03");
        read_all(&f, "SELECT sk FROM app WHERE pk IN [`c`, `none`, `a`] AND sk > 1", limit, "2323");
        read_all(&f, "SELECT sk FROM app WHERE pk IN [`a`, `b`] AND even = true ORDER BY pk DESC",
                 limit, "0202");
        read_all(&f, "SELECT sk FROM app WHERE pk = `none`", limit, "");
    }
    service_fixture_close(&f);
}

static void scans_read_everything_once(void)
{
    struct service_fixture f;
    seed(&f);
    for (int limit = 1; limit < 15; limit++) {
        size_t n = 0;
        char text[512];
        char *token = NULL;
        for (int pages = 0; pages < 40; pages++) {
            (void)snprintf(text, sizeof text, "{'Statement':'SELECT sk FROM app','Limit':%d%s%s%s}",
                           limit, token == NULL ? "" : ",'NextToken':'", token == NULL ? "" : token,
                           token == NULL ? "" : "'");
            free(token);
            struct dynr_service_answer answer = call(&f, text);
            token = member(answer.body, "\"NextToken\":\"");
            n += count_items(answer.body);
            /* The key behind which it goes on is answered, too. */
            n -= token[0] == '\0' ? 0 : 1;
            if (token[0] == '\0') {
                break;
            }
        }
        DYNR_ASSERT_INT(n, 12);
        free(token);
    }
    service_fixture_close(&f);
}

static void refused(struct service_fixture *fixture, const char *statement, const char *parameters,
                    const char *token)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "{'Statement':'%s'%s,'NextToken':'%s'}", statement,
                   parameters, token);
    struct dynr_service_answer answer = call(fixture, text);
    DYNR_ASSERT_INT(answer.http_status, 400);
    DYNR_ASSERT_STR(answer.body, "{\"__type\":\"com.amazon.coral.validate#ValidationException\","
                                 "\"message\":\"NextToken does not match request\"}");
}

static void tokens_belong_to_their_statement(void)
{
    static const char statement[] = "SELECT sk FROM app WHERE pk = ?";
    struct service_fixture f;
    char text[1024];
    seed(&f);
    struct dynr_service_answer answer = call(
        &f, "{'Statement':'SELECT sk FROM app WHERE pk = ?','Parameters':[{'S':'a'}],'Limit':2}");
    DYNR_ASSERT_INT(answer.http_status, 200);
    char *token = member(answer.body, "\"NextToken\":\"");
    DYNR_ASSERT(strlen(token) > 20);
    refused(&f, statement, ",'Parameters':[{'S':'b'}]", token);
    refused(&f, "SELECT sk FROM app WHERE pk = ? ", ",'Parameters':[{'S':'a'}]", token);
    refused(&f, "SELECT pk FROM plain WHERE pk = ?", ",'Parameters':[{'S':'a'}]", token);
    refused(&f, statement, ",'Parameters':[{'S':'a'}]", "MDo=");
    for (size_t i = 0; i < strlen(token); i++) {
        char old = token[i];
        token[i] = old == 'A' ? 'B' : 'A';
        refused(&f, statement, ",'Parameters':[{'S':'a'}]", token);
        token[i] = old;
    }
    (void)snprintf(text, sizeof text,
                   "{'Statement':'%s','Parameters':[{'S':'a'}],'NextToken':'%s'}", statement,
                   token);
    answer = call(&f, text);
    DYNR_ASSERT_STR(answer.body, "{\"Items\":[{\"sk\":{\"N\":\"2\"}},{\"sk\":{\"N\":\"3\"}}]}");
    free(token);
    service_fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(every_limit_reads_everything_once),
        DYNR_TEST(scans_read_everything_once),
        DYNR_TEST(tokens_belong_to_their_statement),
    };
    return dynr_test_main("service-partiql-pages", tests, DYNR_TEST_COUNT(tests));
}

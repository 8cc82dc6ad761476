/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a statement. What is parsed is a tree within its bounds, whose parameters are numbered in their order. Carried out
 * alone, in a batch and in a transaction there is always an answer, a JSON object; nothing is the service's own fault; and the
 * store is whole afterwards. Each input has a store of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "dynr/buf.h"
#include "dynr/local.h"
#include "dynr/service.h"
#include "partiql/partiql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char create_tab[] =
    "{\"TableName\":\"tab\",\"AttributeDefinitions\":[{\"AttributeName\":\"k\",\"AttributeType\":"
    "\"S\"},"
    "{\"AttributeName\":\"s\",\"AttributeType\":\"N\"},{\"AttributeName\":\"g\",\"AttributeType\":"
    "\"S\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"k\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"s\","
    "\"KeyType\":\"RANGE\"}],\"BillingMode\":\"PAY_PER_REQUEST\",\"LocalSecondaryIndexes\":[{"
    "\"IndexName\":\"loc\",\"KeySchema\":[{\"AttributeName\":\"k\",\"KeyType\":\"HASH\"},{"
    "\"AttributeName\":\"g\",\"KeyType\":\"RANGE\"}],\"Projection\":{\"ProjectionType\":"
    "\"KEYS_ONLY\"}}],\"GlobalSecondaryIndexes\":[{\"IndexName\":\"glo\",\"KeySchema\":[{"
    "\"AttributeName\":\"g\",\"KeyType\":\"HASH\"}],\"Projection\":{\"ProjectionType\":\"ALL\"}}]}";
static const char put_item[] =
    "{\"TableName\":\"tab\",\"Item\":{\"k\":{\"S\":\"a\"},\"s\":{\"N\":\"1\"},\"g\":{\"S\":\"x\"},"
    "\"n\":{\"N\":\"2\"},\"l\":{\"L\":[{\"S\":\"x\"},{\"M\":{\"y\":{\"N\":\"3\"}}}]},\"ss\":{"
    "\"SS\":[\"y\"]}}}";

/* What the parameters stand for, in turn. */
static const char *const parameters[] = {
    "{\"S\":\"a\"}",
    "{\"N\":\"1\"}",
    "{\"L\":[{\"S\":\"a\"},{\"N\":\"2\"}]}",
    "{\"SS\":[\"x\",\"y\"]}",
    "{\"M\":{\"k\":{\"S\":\"m\"},\"s\":{\"N\":\"1\"}}}",
    "{\"B\":\"AQID\"}",
    "{\"NULL\":true}",
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* ---- the tree ---- */

static size_t check_node(const struct dynr_partiql_node *node, unsigned depth)
{
    size_t n_parameters = node->kind == DYNR_PARTIQL_PARAMETER ? 1 : 0;
    size_t n = 0;
    require(depth <= DYNR_PARTIQL_MAX_DEPTH);
    require((node->kind == DYNR_PARTIQL_PATH) == (node->first_part != NULL));
    for (const struct dynr_partiql_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        require(operand->depth < node->depth);
        n_parameters += check_node(operand, depth + 1);
        n++;
    }
    require(n == node->n_operands);
    return n_parameters;
}

static size_t check_optional(const struct dynr_partiql_node *node)
{
    return node == NULL ? 0 : check_node(node, 1);
}

/* The number of parameters; SIZE_MAX: it is no statement. */
static size_t check_tree(struct dynr_str text)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    const struct dynr_partiql_statement *statement;
    enum dynr_status status = dynr_partiql_parse(text, &arena, &statement, &err);
    size_t n = SIZE_MAX;
    require(status == DYNR_OK || status == DYNR_ERR_INVALID_ARGUMENT);
    require((status == DYNR_OK) == (statement != NULL));
    if (statement != NULL) {
        n = check_optional(statement->where) + check_optional(statement->columns) +
            check_optional(statement->value);
        for (const struct dynr_partiql_action *action = statement->actions; action != NULL;
             action = action->next) {
            n += check_node(action->path, 1) + check_optional(action->value);
        }
        require(n == statement->n_parameters);
    }
    dynr_arena_cleanup(&arena);
    return n;
}

/* ---- the service ---- */

static bool is_object(struct dynr_str text)
{
    struct dynr_json_reader reader;
    dynr_json_reader_init(&reader, text);
    return dynr_json_peek(&reader) == DYNR_JSON_OBJECT && dynr_json_skip(&reader, NULL) &&
           dynr_json_finish(&reader);
}

static int call(struct dynr_service *service, const char *target, struct dynr_str body)
{
    struct dynr_service_request request = {.target = dynr_str_from_c(target), .body = body};
    struct dynr_service_answer answer;
    struct dynr_arena arena = {0};
    dynr_service_call(service, &request, &arena, &answer);
    require(is_object(answer.body));
    require(answer.http_status == 200 || answer.http_status == 400);
    dynr_arena_cleanup(&arena);
    return answer.http_status;
}

static void execute(struct dynr_service *service, const char *target, const char *begin,
                    const char *end, struct dynr_str statement, size_t n_parameters)
{
    struct dynr_buf body = {0};
    dynr_buf_append_c(&body, begin);
    dynr_buf_append_c(&body, "\"Statement\":");
    dynr_buf_append_json_string(&body, statement);
    for (size_t i = 0; i < n_parameters; i++) {
        dynr_buf_append_c(&body, i == 0 ? ",\"Parameters\":[" : ",");
        dynr_buf_append_c(&body, parameters[i % (sizeof parameters / sizeof parameters[0])]);
    }
    dynr_buf_append_c(&body, n_parameters > 0 ? "]" : "");
    dynr_buf_append_c(&body, end);
    require(dynr_buf_ok(&body));
    (void)call(service, target, dynr_buf_str(&body));
    dynr_buf_cleanup(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_error err = {0};
    struct dynr_backend *store;
    struct dynr_service *service;
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_str statement = dynr_str_make(size == 0 ? "" : (const char *)data, size);
    size_t n_parameters = check_tree(statement);
    if (n_parameters == SIZE_MAX) {
        return 0;
    }
    options.durability = DYNR_DURABILITY_NONE;
    require(dynr_local_open(&options, &store, &err) == DYNR_OK);
    require(dynr_service_open(store, NULL, &service, &err) == DYNR_OK);
    require(call(service, "DynamoDB_20120810.CreateTable", dynr_str_from_c(create_tab)) == 200);
    require(call(service, "DynamoDB_20120810.PutItem", dynr_str_from_c(put_item)) == 200);
    execute(service, "DynamoDB_20120810.ExecuteStatement", "{",
            ",\"Limit\":1,\"ReturnConsumedCapacity\":\"INDEXES\"}", statement, n_parameters);
    execute(service, "DynamoDB_20120810.BatchExecuteStatement", "{\"Statements\":[{", "}]}",
            statement, n_parameters);
    execute(service, "DynamoDB_20120810.ExecuteTransaction", "{\"TransactStatements\":[{", "}]}",
            statement, n_parameters);
    require(dynr_local_verify(store, &err) == DYNR_OK);
    dynr_service_close(service);
    dynr_backend_destroy(store);
    return 0;
}

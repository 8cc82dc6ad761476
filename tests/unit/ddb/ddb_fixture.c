/* SPDX-License-Identifier: Apache-2.0 */
#include "ddb_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static struct dynr_str swap_quotes(struct dynr_arena *arena, struct dynr_str text, char from,
                                   char to)
{
    char *copy = dynr_arena_text(arena, text.len + 1);
    if (copy == NULL) {
        return dynr_str_make(NULL, 0);
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i] == from ? to : text.ptr[i];
    }
    copy[text.len] = '\0';
    return dynr_str_make(copy, text.len);
}

struct dynr_str ddb_json(struct dynr_arena *arena, const char *text)
{
    return text == NULL ? dynr_str_make(NULL, 0)
                        : swap_quotes(arena, dynr_str_from_c(text), '\'', '"');
}

struct dynr_attribute ddb_item(struct ddb_fixture *fixture, const char *text)
{
    struct dynr_attribute item = {.type = DYNR_ATTRIBUTE_M};
    struct dynr_attribute parsed;
    if (text == NULL) {
        return item;
    }
    fixture->status =
        dynr_item_parse(ddb_json(&fixture->arena, text), &fixture->arena, &parsed, &fixture->err);
    return fixture->status == DYNR_OK ? parsed : item;
}

struct dynr_str ddb_text(struct dynr_arena *arena, const struct dynr_attribute *item)
{
    struct dynr_buf buf = {0};
    dynr_item_write(item, &buf);
    struct dynr_str text = swap_quotes(arena, dynr_buf_str(&buf), '"', '\'');
    dynr_buf_cleanup(&buf);
    return text;
}

const struct dynr_bound_expression *ddb_bind(struct ddb_fixture *fixture,
                                             enum dynr_expression_kind kind, const char *expression,
                                             const char *names, const char *values)
{
    const struct dynr_expression *parsed;
    const struct dynr_bound_expression *bound;
    struct dynr_bindings *bindings = dynr_arena_calloc(&fixture->arena, 1, sizeof *bindings);
    if (bindings == NULL) {
        fixture->status = DYNR_ERR_NO_MEMORY;
        return NULL;
    }
    fixture->status =
        dynr_bindings_parse(ddb_json(&fixture->arena, names), ddb_json(&fixture->arena, values),
                            &fixture->arena, bindings, &fixture->err);
    if (fixture->status == DYNR_OK) {
        fixture->status = dynr_expression_parse(kind, dynr_str_from_c(expression), &fixture->arena,
                                                &parsed, &fixture->err);
    }
    if (fixture->status == DYNR_OK) {
        fixture->status =
            dynr_expression_bind(parsed, bindings, &fixture->arena, &bound, &fixture->err);
    }
    return fixture->status == DYNR_OK ? bound : NULL;
}

const char *ddb_refusal(enum dynr_expression_kind kind, const char *expression, const char *names,
                        const char *values)
{
    static char message[DYNR_ERROR_MESSAGE_SIZE];
    struct ddb_fixture fixture = {0};
    message[0] = '\0';
    if (ddb_bind(&fixture, kind, expression, names, values) == NULL) {
        DYNR_ASSERT_STATUS(fixture.status, DYNR_ERR_INVALID_ARGUMENT);
        snprintf(message, sizeof message, "%s", fixture.err.message);
    }
    ddb_fixture_cleanup(&fixture);
    return message;
}

int ddb_holds(struct ddb_fixture *fixture, const char *expression, const char *names,
              const char *values, const char *item)
{
    struct dynr_attribute parsed = ddb_item(fixture, item);
    if (fixture->status != DYNR_OK) {
        return -1;
    }
    const struct dynr_bound_expression *bound =
        ddb_bind(fixture, DYNR_EXPRESSION_CONDITION, expression, names, values);
    if (bound == NULL) {
        return -1;
    }
    bool holds;
    fixture->status = dynr_condition_holds(bound, item == NULL ? NULL : &parsed, &fixture->arena,
                                           &holds, &fixture->err);
    return fixture->status == DYNR_OK ? holds : -1;
}

void ddb_fixture_cleanup(struct ddb_fixture *fixture)
{
    dynr_arena_cleanup(&fixture->arena);
}

struct dynr_str ddb_random_number(struct dynr_arena *arena, struct dynr_test_random *random)
{
    char text[64];
    size_t len = 0;
    int n_digits = 1 + (int)dynr_test_random_below(random, 38);
    int exponent = (int)dynr_test_random_below(random, 256) - 130;
    if (dynr_test_random_below(random, 4) != 0) {
        exponent = (int)dynr_test_random_below(random, 9) - 4;
        n_digits = 1 + (int)dynr_test_random_below(random, 4);
    }
    if (dynr_test_random_below(random, 2) == 0) {
        text[len++] = '-';
    }
    text[len++] = (char)('1' + dynr_test_random_below(random, 9));
    text[len++] = '.';
    for (int i = 1; i < n_digits; i++) {
        text[len++] = (char)('0' + dynr_test_random_below(random, 10));
    }
    text[len++] = '0';
    len += (size_t)snprintf(text + len, sizeof text - len, "e%d", exponent);
    struct dynr_decimal decimal = {{NULL, 0}};
    struct dynr_error err = {0};
    struct dynr_str copy = dynr_arena_dup(arena, dynr_str_make(text, len));
    if (!DYNR_ASSERT_STATUS(dynr_decimal_parse(copy, arena, &decimal, &err), DYNR_OK)) {
        abort();
    }
    return decimal.text;
}

static struct dynr_str random_text(struct dynr_arena *arena, struct dynr_test_random *random,
                                   size_t serial)
{
    static const char *const pieces[] = {"a", "\"", "\\", "\n", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                         "/", "z9"};
    struct dynr_buf buf = {0};
    size_t n = dynr_test_random_below(random, 6);
    dynr_buf_printf(&buf, "%zu.", serial);
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(&buf, pieces[dynr_test_random_below(random, 8)]);
    }
    struct dynr_str text = dynr_arena_dup(arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return text;
}

static void random_scalar(struct dynr_arena *arena, struct dynr_test_random *random,
                          enum dynr_attribute_type type, size_t serial, struct dynr_attribute *out)
{
    memset(out, 0, sizeof *out);
    out->type = type;
    out->boolean = type == DYNR_ATTRIBUTE_NULL ||
                   (type == DYNR_ATTRIBUTE_BOOL && dynr_test_random_below(random, 2) == 0);
    if (type == DYNR_ATTRIBUTE_N) {
        out->text = serial == 0 ? ddb_random_number(arena, random)
                                : dynr_arena_printf(arena, "%zu", serial * 10 + 1);
    } else if (type == DYNR_ATTRIBUTE_S || type == DYNR_ATTRIBUTE_B) {
        out->text = random_text(arena, random, serial);
    }
}

struct dynr_attribute ddb_random_value(struct dynr_arena *arena, struct dynr_test_random *random,
                                       unsigned depth)
{
    struct dynr_attribute value = {0};
    enum dynr_attribute_type type =
        (enum dynr_attribute_type)(1 + dynr_test_random_below(random, depth == 0 ? 5 : 10));
    if (type <= DYNR_ATTRIBUTE_NULL) {
        random_scalar(arena, random, type, 0, &value);
        return value;
    }
    bool is_set = type != DYNR_ATTRIBUTE_M && type != DYNR_ATTRIBUTE_L;
    value.type = type;
    value.n_children =
        dynr_test_random_below(random, dynr_test_random_below(random, 8) == 0 ? 40 : 5) + is_set;
    value.members = dynr_arena_calloc(arena, value.n_children + 1, sizeof *value.members);
    value.elements = dynr_arena_calloc(arena, value.n_children + 1, sizeof *value.elements);
    if (value.members == NULL || value.elements == NULL) {
        abort();
    }
    for (size_t i = 0; i < value.n_children; i++) {
        if (type == DYNR_ATTRIBUTE_M) {
            value.members[i].name = random_text(arena, random, i);
            value.members[i].value = ddb_random_value(arena, random, depth - 1);
        } else if (type == DYNR_ATTRIBUTE_L) {
            value.elements[i] = ddb_random_value(arena, random, depth - 1);
        } else {
            enum dynr_attribute_type element = type == DYNR_ATTRIBUTE_SS   ? DYNR_ATTRIBUTE_S
                                               : type == DYNR_ATTRIBUTE_NS ? DYNR_ATTRIBUTE_N
                                                                           : DYNR_ATTRIBUTE_B;
            random_scalar(arena, random, element, i + 1, &value.elements[i]);
        }
    }
    return value;
}

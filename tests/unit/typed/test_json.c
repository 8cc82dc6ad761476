/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain JSON: what clients send is checked member by member, what they get leaves out what is hidden or absent.
 */
#include <stdio.h>
#include <stdlib.h>

#include "random_everything.h"
#include "test_main.h"
#include "typed/form.h"
#include "typed/type.h"

struct input {
    struct dynr_str title;
    bool has_small;
    int64_t small;
    bool has_big;
    int64_t big;
    bool has_narrow;
    int32_t narrow;
    bool has_number;
    double number;
    bool has_price;
    struct dynr_decimal price;
    bool has_bytes;
    struct dynr_bytes bytes;
    bool has_day;
    struct dynr_date day;
    bool has_when;
    struct dynr_timestamp when;
    bool has_expires;
    struct dynr_timestamp expires;
    enum priority priority;
    bool has_owner;
    struct user_key owner;
    bool has_place;
    struct place_key place;
    bool has_email;
    struct dynr_str email;
    bool has_url;
    struct dynr_str url;
    bool has_extra;
    struct dynr_str extra;
    bool has_steps;
    struct steps steps;
    bool has_labels;
    struct strings labels;
    bool has_scores;
    struct scores scores;
    bool has_token;
    struct dynr_uuid token;
    int64_t version;
};

static void input_set_defaults(void *object)
{
    struct input *input = object;
    input->priority = PRIORITY_NORMAL;
    input->has_narrow = true;
    input->narrow = 7;
}

static const struct dynr_field_desc input_fields[] = {
    TEST_FIELD(input, title, type_title, 0),
    TEST_OPTIONAL(input, small, type_small, 0),
    TEST_OPTIONAL(input, big, type_int64, 0),
    TEST_OPTIONAL(input, narrow, type_int32, DYNR_FIELD_DEFAULT),
    TEST_OPTIONAL(input, number, type_float, 0),
    TEST_OPTIONAL(input, price, type_decimal, 0),
    TEST_OPTIONAL(input, bytes, type_bytes, 0),
    TEST_OPTIONAL(input, day, type_date, 0),
    TEST_OPTIONAL(input, when, type_timestamp, 0),
    TEST_OPTIONAL(input, expires, type_epoch, 0),
    TEST_FIELD(input, priority, type_priority, DYNR_FIELD_DEFAULT),
    TEST_OPTIONAL(input, owner, type_user_ref, 0),
    TEST_OPTIONAL(input, place, type_place_ref, 0),
    TEST_OPTIONAL(input, email, type_email, 0),
    TEST_OPTIONAL(input, url, type_url, 0),
    TEST_OPTIONAL(input, extra, type_json, 0),
    TEST_OPTIONAL(input, steps, type_steps, 0),
    TEST_OPTIONAL(input, labels, type_labels, 0),
    TEST_OPTIONAL(input, scores, type_scores, 0),
    TEST_OPTIONAL(input, token, type_uuid, 0),
    TEST_FIELD(input, version, type_int64, DYNR_FIELD_MANAGED),
};
static const struct dynr_struct_desc input_desc =
    TEST_STRUCT(input, input_fields, input_set_defaults);

static struct dynr_str quoted(struct dynr_arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *bytes = dynr_arena_text(arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    }
    return dynr_str_make(bytes, len);
}

static enum dynr_status decode(struct dynr_str text, struct dynr_arena *arena, struct input *out,
                               struct dynr_error *err)
{
    char *copy = malloc(text.len == 0 ? 1 : text.len);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    enum dynr_status status =
        dynr_decode_json(&input_desc, dynr_str_make(copy, text.len), arena, out, err);
    free(copy);
    return status;
}

/* Each is one member beside a title; a NULL field means that it is accepted. */
/* A wrong reference is answered with the form of a right one. */
#define PLACE_FORM                                                                                 \
    "must be a key, its parts with # between them: owner (a ULID), name (text), number (a whole "  \
    "number); in text a space is $`, # is $c, $ is $d; as a whole number 7 is a7, 12 is b12, -1 "  \
    "is Z8; a field that refers to such a row holds its key"

static const struct {
    const char *member;
    enum dynr_status status;
    const char *field;
    const char *message;
} members[] = {
    {"'small':1", DYNR_OK, NULL, NULL},
    {"'small':'1'", DYNR_OK, NULL, NULL},
    {"'small':null", DYNR_OK, NULL, NULL},
    {"'small':1001", DYNR_ERR_RANGE, "small", "must be -5 to 1000, is 1001"},
    {"'small':-6", DYNR_ERR_RANGE, "small", "must be -5 to 1000, is -6"},
    {"'small':1.5", DYNR_ERR_TYPE, "small", "must be a whole number of 64 bits"},
    {"'small':true", DYNR_ERR_TYPE, "small", "must be a whole number of 64 bits, is a boolean"},
    {"'big':'9223372036854775807'", DYNR_OK, NULL, NULL},
    {"'big':9223372036854775807", DYNR_OK, NULL, NULL},
    {"'big':'9223372036854775808'", DYNR_ERR_TYPE, "big", "must be a whole number of 64 bits"},
    {"'narrow':2147483648", DYNR_ERR_TYPE, "narrow", "must be a whole number of 32 bits"},
    {"'narrow':null", DYNR_OK, NULL, NULL},
    {"'number':1e400", DYNR_ERR_TYPE, "number", "must be a number"},
    {"'number':'1'", DYNR_ERR_TYPE, "number", "must be a number, is a string"},
    {"'number':1e300", DYNR_ERR_RANGE, "number", "must be 0 or between 1E-130 and 9.99E+125"},
    {"'number':-0.25", DYNR_OK, NULL, NULL},
    {"'price':'12345678901234567890.12345678'", DYNR_OK, NULL, NULL},
    {"'price':12.50", DYNR_OK, NULL, NULL},
    {"'price':'1234567890123456789012345678901234567891'", DYNR_ERR_TYPE, "price",
     "must be a decimal of at most 38 digits"},
    {"'bytes':'aGk='", DYNR_OK, NULL, NULL},
    {"'bytes':'aGk'", DYNR_ERR_TYPE, "bytes", "must be bytes in base64"},
    {"'day':'2026-02-28'", DYNR_OK, NULL, NULL},
    {"'day':'2026-02-29'", DYNR_ERR_TYPE, "day", "must be a date such as 2026-01-31"},
    {"'when':'2026-02-28T12:00:00+02:00'", DYNR_OK, NULL, NULL},
    {"'when':'yesterday'", DYNR_ERR_TYPE, "when",
     "must be a timestamp such as 2026-01-31T12:00:00.000Z"},
    {"'expires':'2026-02-28T12:00:00Z'", DYNR_OK, NULL, NULL},
    {"'priority':'high'", DYNR_OK, NULL, NULL},
    {"'priority':'huge'", DYNR_ERR_RANGE, "priority", "must be one of low, normal, high"},
    {"'priority':null", DYNR_ERR_TYPE, "priority", "must be the name of a value, is null"},
    {"'owner':'01HZX3KQV8TG5NMRY2WC7DBJ4E'", DYNR_OK, NULL, NULL},
    {"'owner':'x'", DYNR_ERR_TYPE, "owner", "must be a ULID"},
    {"'place':'01HZX3KQV8TG5NMRY2WC7DBJ4E#a$cb#b42'", DYNR_OK, NULL, NULL},
    {"'place':'01HZX3KQV8TG5NMRY2WC7DBJ4E#a'", DYNR_ERR_TYPE, "place", PLACE_FORM},
    {"'place':7", DYNR_ERR_TYPE, "place", PLACE_FORM},
    {"'place':'01HZX3KQV8TG5NMRY2WC7DBJ4E#a#b42#x'", DYNR_ERR_TYPE, "place", PLACE_FORM},
    {"'email':'a.b+c@sub.example.org'", DYNR_OK, NULL, NULL},
    {"'email':'a@b'", DYNR_ERR_TYPE, "email", "must be an email address"},
    {"'url':'https://example.org/x?y#z'", DYNR_OK, NULL, NULL},
    {"'url':'javascript:alert(1)'", DYNR_ERR_TYPE, "url",
     "must be a URL such as https://example.org/"},
    {"'extra':{'any':[1,'x',null]}", DYNR_OK, NULL, NULL},
    {"'extra':{'any':}", DYNR_ERR_SYNTAX, "", NULL},
    {"'steps':[{'label':'a'},{'label':'b','done':true,'weight':3}]", DYNR_OK, NULL, NULL},
    {"'steps':[{'label':'a'},{'label':'b'},{'label':5}]", DYNR_ERR_TYPE, "steps[2].label",
     "must be a string, is a number"},
    {"'steps':[{'label':'a'},{}]", DYNR_ERR_MISSING, "steps[1].label", "is required"},
    {"'steps':[{'label':'a','more':1}]", DYNR_ERR_INVALID_ARGUMENT, "steps[0].more",
     "there is no such member"},
    {"'steps':[{'label':'12345678901234567890123456789012345678901'}]", DYNR_ERR_RANGE,
     "steps[0].label", "must have at most 40 characters, has 41"},
    {"'steps':{}", DYNR_ERR_TYPE, "steps", "must be an array, is an object"},
    {"'labels':['a','b']", DYNR_OK, NULL, NULL},
    {"'labels':[]", DYNR_OK, NULL, NULL},
    {"'labels':['a','b','a']", DYNR_ERR_RANGE, "labels", "must not hold a value twice"},
    {"'labels':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18',"
     "'19','20','21']",
     DYNR_ERR_RANGE, "labels", "must have at most 20 elements, has 21"},
    {"'scores':{'x':1,'y':2.5}", DYNR_OK, NULL, NULL},
    {"'scores':{'x':'1'}", DYNR_ERR_TYPE, "scores[x]", "must be a number, is a string"},
    {"'scores':{'x':1,'x':2}", DYNR_ERR_RANGE, "scores", "must not hold a key twice"},
    {"'token':'123E4567-e89b-42d3-a456-426614174000'", DYNR_OK, NULL, NULL},
    {"'version':1", DYNR_ERR_INVALID_ARGUMENT, "version", "is set by the service alone"},
    {"'title':'again'", DYNR_ERR_INVALID_ARGUMENT, "title", "is given twice"},
    {"'nothing':1", DYNR_ERR_INVALID_ARGUMENT, "nothing", "there is no such member"},
    {"'smal':1", DYNR_ERR_INVALID_ARGUMENT, "smal",
     "there is no such member; did you mean `small`?"},
    {"'PRICE':1", DYNR_ERR_INVALID_ARGUMENT, "PRICE",
     "there is no such member; did you mean `price`?"},
    {"'steps':[{'label':'a','lable':'b'}]", DYNR_ERR_INVALID_ARGUMENT, "steps[0].lable",
     "there is no such member; did you mean `label`?"},
    /* Nobody is led to what the service alone sets. */
    {"'versoin':1", DYNR_ERR_INVALID_ARGUMENT, "versoin", "there is no such member"},
    {"'small':01", DYNR_ERR_SYNTAX, "", NULL},
    {"'small':", DYNR_ERR_SYNTAX, "", NULL},
    {"'small'", DYNR_ERR_SYNTAX, "", NULL},
    {"", DYNR_ERR_SYNTAX, "", NULL},
};

static void members_are_checked_one_by_one(void)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct dynr_arena arena = {0};
        struct dynr_error err = {0};
        struct input input;
        struct dynr_str text = dynr_arena_printf(&arena, "{'title':'t' , %s}", members[i].member);
        enum dynr_status status = decode(quoted(&arena, text.ptr), &arena, &input, &err);
        bool good = DYNR_ASSERT_STATUS(status, members[i].status);
        if (members[i].field != NULL) {
            good = DYNR_ASSERT_STR(dynr_str_from_c(err.field), members[i].field) && good;
        }
        if (members[i].message != NULL) {
            good = DYNR_ASSERT_STR(dynr_str_from_c(err.message), members[i].message) && good;
        }
        if (!good) {
            (void)fprintf(stderr, "%s: %s: %s\n", members[i].member, err.field, err.message);
        }
        dynr_arena_cleanup(&arena);
    }
}

struct stay_key {
    struct place_key place;
    struct dynr_decimal price;
    int priority;
    struct dynr_bytes seal;
};

static void references_within_references_are_described(void)
{
    static const struct dynr_field_desc fields[] = {
        TEST_FIELD(stay_key, place, type_place_ref, 0),
        TEST_FIELD(stay_key, price, type_decimal, 0),
        TEST_FIELD(stay_key, priority, type_priority, 0),
        TEST_FIELD(stay_key, seal, type_bytes, 0),
    };
    static const struct dynr_struct_desc desc = TEST_STRUCT(stay_key, fields, NULL);
    struct dynr_buf form = {0};
    struct dynr_arena arena = {0};
    struct stay_key key;
    dynr_ref_describe(&desc, &form);
    DYNR_ASSERT_STR(
        dynr_buf_str(&form),
        "a key, its parts with # between them: place.owner (a ULID), place.name (text), "
        "place.number (a whole number), price (a decimal), priority (a value's tag, a "
        "whole number), seal (bytes in hexadecimal); in text a space is $`, # is $c, $ "
        "is $d; as a whole number 7 is a7, 12 is b12, -1 is Z8; as a decimal 2.5 is "
        "p50025; a field that refers to such a row holds its key");
    /* What it says is what is read. */
    DYNR_ASSERT(dynr_ref_parse_text(
        &desc, dynr_str_from_c("01HZX3KQV8TG5NMRY2WC7DBJ4E#$`$c$d#b12#p50025#a1#00ff"), &arena,
        &key));
    DYNR_ASSERT_STR(key.place.name, " #$");
    DYNR_ASSERT_INT(key.place.number, 12);
    DYNR_ASSERT_STR(key.price.text, "2.5");
    dynr_arena_cleanup(&arena);
    dynr_buf_cleanup(&form);
}

static void documents_are_checked_as_a_whole(void)
{
    static const struct {
        const char *text;
        enum dynr_status status;
        const char *field;
    } cases[] = {
        {"{}", DYNR_ERR_MISSING, "title"},
        {"{'title':''}", DYNR_ERR_RANGE, "title"},
        {"{'title':null}", DYNR_ERR_TYPE, "title"},
        {"{'title':'\\u00e9'}", DYNR_OK, ""},
        {" {'title':'x'} ", DYNR_OK, ""},
        {"{'title':'x'}}", DYNR_ERR_SYNTAX, ""},
        {"{'title':'x',}", DYNR_ERR_SYNTAX, ""},
        {"{'title':'\xff'}", DYNR_ERR_SYNTAX, ""},
        {"{'title':'\xed\xa0\x80'}", DYNR_ERR_SYNTAX, ""},
        {"[]", DYNR_ERR_TYPE, ""},
        {"null", DYNR_ERR_TYPE, ""},
        {"", DYNR_ERR_SYNTAX, ""},
        {"x", DYNR_ERR_SYNTAX, ""},
    };
    struct dynr_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_error err = {0};
        struct input input;
        DYNR_ASSERT_STATUS(decode(quoted(&arena, cases[i].text), &arena, &input, &err),
                           cases[i].status);
        if (!DYNR_ASSERT_STR(dynr_str_from_c(err.field), cases[i].field)) {
            (void)fprintf(stderr, "%s: %s\n", cases[i].text, err.message);
        }
    }
    /* Length is counted in code points: 200 of two bytes fit, one more does not. */
    struct dynr_buf text = {0};
    struct dynr_error err = {0};
    struct input input;
    for (int n = 200; n < 202; n++) {
        dynr_buf_clear(&text);
        dynr_buf_append_c(&text, "{\"title\":\"");
        for (int i = 0; i < n; i++) {
            dynr_buf_append_c(&text, "\xC3\xA9");
        }
        dynr_buf_append_c(&text, "\"}");
        DYNR_ASSERT_STATUS(decode(dynr_buf_str(&text), &arena, &input, &err),
                           n == 200 ? DYNR_OK : DYNR_ERR_RANGE);
    }
    DYNR_ASSERT_STR(dynr_str_from_c(err.message), "must have 1 to 200 characters, has 201");
    /* Depth. */
    dynr_buf_clear(&text);
    dynr_buf_append_c(&text, "{\"title\":\"x\",\"extra\":");
    for (int i = 0; i < 200; i++) {
        dynr_buf_append_char(&text, '[');
    }
    DYNR_ASSERT_STATUS(decode(dynr_buf_str(&text), &arena, &input, &err), DYNR_ERR_SYNTAX);
    dynr_buf_cleanup(&text);
    dynr_arena_cleanup(&arena);
}

static void defaults_stand_where_nothing_is_given(void)
{
    struct dynr_arena arena = {0};
    struct input input;
    DYNR_ASSERT_STATUS(decode(quoted(&arena, "{'title':'x'}"), &arena, &input, NULL), DYNR_OK);
    DYNR_ASSERT(input.priority == PRIORITY_NORMAL && input.has_narrow && input.narrow == 7);
    DYNR_ASSERT(!input.has_small && !input.has_steps);
    DYNR_ASSERT_STATUS(decode(quoted(&arena, "{'title':'x','narrow':null}"), &arena, &input, NULL),
                       DYNR_OK);
    DYNR_ASSERT(!input.has_narrow);
    DYNR_ASSERT_STATUS(
        decode(quoted(&arena, "{'title':'x','place':'01HZX3KQV8TG5NMRY2WC7DBJ4E#a$cb#b42'}"),
               &arena, &input, NULL),
        DYNR_OK);
    DYNR_ASSERT_STR(input.place.name, "a#b");
    DYNR_ASSERT_INT(input.place.number, 42);
    dynr_arena_cleanup(&arena);
}

static void output_is_what_clients_expect(void)
{
    struct dynr_arena arena = {0};
    struct dynr_test_random random = {1};
    struct dynr_buf out = {0};
    struct everything value;
    struct step included = {.label = {"in", 2}};
    random_everything(&random, &arena, &value);
    value.has_email = value.has_url = value.has_epoch = value.has_place = false;
    value.id = value.owner.id = random_ulid(&random);
    memcpy(value.id.text, "01HZX3KQV8TG5NMRY2WC7DBJ4E", 26);
    value.owner.id = value.id;
    memcpy(value.uuid.text, "123e4567-e89b-42d3-a456-426614174000", 36);
    value.title = dynr_str_from_c("a \"b\"\n\xC3\xA9");
    value.extra = dynr_str_from_c("{\"x\":[1]}");
    value.flag = true;
    value.int32 = -5;
    value.int64 = INT64_C(-9007199254740993);
    value.has_small = true;
    value.small = 12;
    value.number = 1.5;
    value.decimal.text = dynr_str_from_c("0.10");
    value.bytes.ptr = (const uint8_t *)"hi";
    value.bytes.len = 2;
    value.date = (struct dynr_date){2026, 1, 31};
    value.timestamp.ms = INT64_C(1769860800123);
    value.priority = PRIORITY_HIGH;
    value.step = (struct step){.label = {"s", 1}, .has_weight = true, .weight = 2};
    value.steps.n_items = value.words.n_items = value.numbers.n_items = value.blobs.n_items = 0;
    value.labels.n_items = value.scores.n_items = 0;
    DYNR_ASSERT_STATUS(dynr_encode_json(&everything_desc, &value, &out, NULL), DYNR_OK);
    static const char *const expected =
        "{\"id\":\"01HZX3KQV8TG5NMRY2WC7DBJ4E\",\"uuid\":\"123e4567-e89b-42d3-a456-426614174000\","
        "\"title\":\"a \\\"b\\\"\\n\xC3\xA9\",\"extra\":{\"x\":[1]},\"flag\":true,\"int32\":-5,"
        "\"int64\":\"-9007199254740993\",\"small\":12,\"number\":1.5,\"decimal\":\"0.10\","
        "\"bytes\":\"aGk=\",\"date\":\"2026-01-31\",\"timestamp\":\"2026-01-31T12:00:00.123Z\","
        "\"priority\":\"high\",\"step\":{\"label\":\"s\",\"done\":false,\"weight\":2},"
        "\"owner\":\"01HZX3KQV8TG5NMRY2WC7DBJ4E\",\"steps\":[],\"words\":[],\"labels\":[],"
        "\"numbers\":[],\"blobs\":[],\"scores\":{},\"included\":null}";
    DYNR_ASSERT_STR(dynr_buf_str(&out), expected);
    dynr_buf_clear(&out);
    value.included = &included;
    value.priority = PRIORITY_UNKNOWN;
    DYNR_ASSERT_STATUS(dynr_encode_json(&everything_desc, &value, &out, NULL), DYNR_OK);
    DYNR_ASSERT(dynr_str_contains(
        dynr_buf_str(&out), dynr_str_from_c("\"included\":{\"label\":\"in\",\"done\":false}")));
    DYNR_ASSERT(dynr_str_contains(dynr_buf_str(&out), dynr_str_from_c("\"priority\":null")));
    value.extra = dynr_str_from_c("{} x");
    struct dynr_error err = {0};
    DYNR_ASSERT_STATUS(dynr_encode_json(&everything_desc, &value, &out, &err), DYNR_ERR_CORRUPT);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "extra");
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
}

static void what_is_written_can_be_read(void)
{
    struct dynr_test_random random = {77};
    bool good = true;
    for (size_t round = 0; round < 1000 && good; round++) {
        struct dynr_arena arena = {0};
        struct dynr_buf first = {0};
        struct dynr_buf second = {0};
        struct dynr_error err = {0};
        struct everything value;
        struct everything back;
        /* `included` is for output alone, `secret` is never in it. */
        struct dynr_struct_desc shown = everything_desc;
        shown.n_fields -= 2;
        random_everything(&random, &arena, &value);
        good = DYNR_ASSERT_STATUS(dynr_encode_json(&shown, &value, &first, &err), DYNR_OK) &&
               DYNR_ASSERT_STATUS(
                   dynr_decode_json(&shown, dynr_buf_str(&first), &arena, &back, &err), DYNR_OK) &&
               DYNR_ASSERT_STATUS(dynr_encode_json(&shown, &back, &second, &err), DYNR_OK) &&
               DYNR_ASSERT_MEM(second.ptr, second.len, first.ptr, first.len);
        if (!good) {
            (void)fprintf(stderr, "%s: %s\n%.*s\n", err.field, err.message, (int)first.len,
                          first.ptr);
        }
        dynr_buf_cleanup(&first);
        dynr_buf_cleanup(&second);
        dynr_arena_cleanup(&arena);
    }
}

static void structs_are_checked_before_they_are_written(void)
{
    struct dynr_arena arena = {0};
    struct dynr_test_random random = {5};
    struct dynr_error err = {0};
    struct everything good;
    random_everything(&random, &arena, &good);
    struct everything bad = good;
    memset(&bad.id, 0, sizeof bad.id);
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_MISSING);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "id");
    bad = good;
    bad.priority = (enum priority)9;
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_RANGE);
    bad = good;
    bad.number = 1.0 / 0.0 * (double)good.flag + 1e308 * 10;
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_RANGE);
    bad = good;
    bad.decimal.text = dynr_str_from_c("1.50");
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_TYPE);
    bad = good;
    bad.date.month = 13;
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_RANGE);
    bad = good;
    bad.extra = dynr_str_from_c("{");
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_TYPE);
    bad = good;
    bad.owner.id.text[3] = 'u';
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_TYPE);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "owner");
    /* C code is held to the forms that JSON input is held to. */
    bad = good;
    bad.has_email = true;
    bad.email = dynr_str_from_c("nobody");
    DYNR_ASSERT_STATUS(dynr_validate(&everything_desc, &bad, &err), DYNR_ERR_TYPE);
    DYNR_ASSERT_STR(dynr_str_from_c(err.field), "email");
    dynr_arena_cleanup(&arena);
}

static void forms_are_simple(void)
{
    static const char *const emails[] = {"a@b.c", "A.B-c_d+e@x-y.example.org",
                                         "\xC3\xA9@\xC3\xA9.fr"};
    static const char *const no_emails[] = {"",       "@b.c",   "a@",      "a@b",
                                            "a@b.",   "a@.b",   "a b@c.d", "a@b@c.d",
                                            "a@-b.c", "a@b-.c", "a@b..c",  "\"a\"@b.c"};
    static const char *const urls[] = {"https://a", "http://a.b:80/c?d=e&f#g", "ftp://x",
                                       "a+b.c-d://x"};
    static const char *const no_urls[] = {
        "",          "a",          "://a",        "1a://b",      "http:/a",  "http://",
        "http:///a", "http://a b", "http://a\"b", "http://a\\b", "http://?x"};
    for (size_t i = 0; i < sizeof emails / sizeof emails[0]; i++) {
        DYNR_ASSERT(dynr_form_is_email(dynr_str_from_c(emails[i])));
    }
    for (size_t i = 0; i < sizeof no_emails / sizeof no_emails[0]; i++) {
        DYNR_ASSERT(!dynr_form_is_email(dynr_str_from_c(no_emails[i])));
    }
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        DYNR_ASSERT(dynr_form_is_url(dynr_str_from_c(urls[i])));
    }
    for (size_t i = 0; i < sizeof no_urls / sizeof no_urls[0]; i++) {
        DYNR_ASSERT(!dynr_form_is_url(dynr_str_from_c(no_urls[i])));
    }
}

static void memory_that_runs_out_is_reported(void)
{
    struct dynr_arena texts = {0};
    struct dynr_str text = quoted(
        &texts, "{'title':'\\u0041','bytes':'aGk=','price':1e5,'labels':['a','b','c','d','e'],"
                "'scores':{'\\u0042':1},'place':'01HZX3KQV8TG5NMRY2WC7DBJ4E#a$cb#b42',"
                "'steps':[{'label':'\\n'}]}");
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    for (size_t n = 1; status != DYNR_OK && n < 200; n++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        struct input input;
        dynr_test_memory_init(&memory, n);
        dynr_arena_init(&arena, &memory.allocator, 0);
        status = dynr_decode_json(&input_desc, text, &arena, &input, NULL);
        DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_NO_MEMORY);
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
    dynr_arena_cleanup(&texts);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(members_are_checked_one_by_one),
        DYNR_TEST(references_within_references_are_described),
        DYNR_TEST(documents_are_checked_as_a_whole),
        DYNR_TEST(defaults_stand_where_nothing_is_given),
        DYNR_TEST(output_is_what_clients_expect),
        DYNR_TEST(what_is_written_can_be_read),
        DYNR_TEST(structs_are_checked_before_they_are_written),
        DYNR_TEST(forms_are_simple),
        DYNR_TEST(memory_that_runs_out_is_reported),
    };
    return dynr_test_main("typed-json", tests, DYNR_TEST_COUNT(tests));
}

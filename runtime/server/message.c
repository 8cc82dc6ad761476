/* SPDX-License-Identifier: Apache-2.0 */
#include "server/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"

/* Integers that JavaScript holds exactly. */
#define MAX_SAFE_INTEGER (UINT64_C(1) << 53)

enum member_bit {
    HAS_T = 1,
    HAS_ID = 2,
    HAS_PROC = 4,
    HAS_IN = 8,
    HAS_NODE = 16,
    HAS_EPOCH = 32,
    HAS_BOUND = 64,
    HAS_TOKEN = 128,
    HAS_SINCE = 256,
    HAS_KEY = 512,
    HAS_IDS = 1024,
    HAS_PARENT = 2048,
    HAS_CALLER = 4096,
    HAS_AFTER = 8192,
};

struct reading {
    struct dynr_json_reader json;
    struct dynr_arena *arena;
    struct dynr_message *out;
    struct dynr_str type;
    unsigned seen;
    struct dynr_error *err;
};

static enum dynr_status wrong_type(struct reading *reading, const char *name, const char *wanted)
{
    if (reading->json.fault != NULL) {
        return dynr_json_fail(&reading->json, reading->err);
    }
    return dynr_fail_field(reading->err, DYNR_ERR_TYPE, dynr_str_from_c(name),
                           "the member must be %s", wanted);
}

static enum dynr_status read_text(struct reading *reading, const char *name, struct dynr_str *out)
{
    if (dynr_json_peek(&reading->json) != DYNR_JSON_STRING ||
        !dynr_json_read_string(&reading->json, reading->arena, out)) {
        return wrong_type(reading, name, "a text");
    }
    return DYNR_OK;
}

static enum dynr_status read_integer(struct reading *reading, const char *name, uint64_t below,
                                     uint64_t *out)
{
    struct dynr_str text;
    if (dynr_json_peek(&reading->json) != DYNR_JSON_NUMBER ||
        !dynr_json_read_number(&reading->json, &text)) {
        return wrong_type(reading, name, "a number");
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i > 16) {
            return dynr_fail_field(reading->err, DYNR_ERR_RANGE, dynr_str_from_c(name),
                                   "the member must be a whole number from 0 below %llu",
                                   (unsigned long long)below);
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (value >= below) {
        return dynr_fail_field(reading->err, DYNR_ERR_RANGE, dynr_str_from_c(name),
                               "the member must be below %llu", (unsigned long long)below);
    }
    *out = value;
    return DYNR_OK;
}

static enum dynr_status read_json(struct reading *reading, struct dynr_str *out)
{
    return dynr_json_skip(&reading->json, out) ? DYNR_OK
                                               : dynr_json_fail(&reading->json, reading->err);
}

static enum dynr_status read_ids(struct reading *reading)
{
    bool first;
    if (dynr_json_peek(&reading->json) != DYNR_JSON_ARRAY ||
        !dynr_json_enter_array(&reading->json, &first)) {
        return wrong_type(reading, "ids", "a list of texts");
    }
    struct dynr_str *ids = dynr_arena_calloc(reading->arena, DYNR_MESSAGE_MAX_IDS, sizeof *ids);
    if (ids == NULL) {
        return dynr_fail(reading->err, DYNR_ERR_NO_MEMORY, NULL);
    }
    reading->out->ids = ids;
    while (dynr_json_next_element(&reading->json, &first)) {
        if (reading->out->n_ids == DYNR_MESSAGE_MAX_IDS) {
            return dynr_fail_field(reading->err, DYNR_ERR_TOO_LARGE, dynr_str_from_c("ids"),
                                   "a call brings at most %d ids", DYNR_MESSAGE_MAX_IDS);
        }
        enum dynr_status status = read_text(reading, "ids", &ids[reading->out->n_ids]);
        if (status != DYNR_OK) {
            return status;
        }
        reading->out->n_ids++;
    }
    return reading->json.fault == NULL ? DYNR_OK : dynr_json_fail(&reading->json, reading->err);
}

static enum dynr_status read_since(struct reading *reading)
{
    bool first;
    struct dynr_str name;
    if (dynr_json_peek(&reading->json) != DYNR_JSON_OBJECT ||
        !dynr_json_enter_object(&reading->json, &first)) {
        return wrong_type(reading, "since", "an object");
    }
    while (dynr_json_next_member(&reading->json, reading->arena, &first, &name)) {
        enum dynr_status status;
        if (dynr_str_equal_c(name, "v")) {
            status =
                read_integer(reading, "since.v", MAX_SAFE_INTEGER, &reading->out->since_position);
        } else if (dynr_str_equal_c(name, "from")) {
            status =
                read_integer(reading, "since.from", MAX_SAFE_INTEGER, &reading->out->since_from);
        } else if (dynr_str_equal_c(name, "token")) {
            status = read_text(reading, "since.token", &reading->out->since_token);
        } else if (dynr_str_equal_c(name, "bound")) {
            status = read_json(reading, &reading->out->since_bound);
        } else {
            status = read_json(reading, NULL);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return reading->json.fault == NULL ? DYNR_OK : dynr_json_fail(&reading->json, reading->err);
}

static enum dynr_status read_number_member(struct reading *reading, unsigned bit)
{
    uint64_t value = 0;
    enum dynr_status status;
    if (bit == HAS_ID) {
        status = read_integer(reading, "id", MAX_SAFE_INTEGER, &reading->out->id);
        reading->out->has_id = status == DYNR_OK;
        return status;
    }
    if (bit == HAS_AFTER) {
        return read_integer(reading, "after", MAX_SAFE_INTEGER, &reading->out->after);
    }
    if (bit == HAS_NODE) {
        status = read_integer(reading, "node", UINT16_MAX, &value);
        reading->out->node = (uint16_t)value;
        return status;
    }
    status = read_integer(reading, "epoch", UINT32_MAX, &value);
    reading->out->epoch = (uint32_t)value;
    return status;
}

static unsigned member_of(struct dynr_str name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } members[] = {{"t", HAS_T},           {"id", HAS_ID},       {"proc", HAS_PROC},
                   {"in", HAS_IN},         {"node", HAS_NODE},   {"epoch", HAS_EPOCH},
                   {"bound", HAS_BOUND},   {"token", HAS_TOKEN}, {"since", HAS_SINCE},
                   {"key", HAS_KEY},       {"ids", HAS_IDS},     {"parent", HAS_PARENT},
                   {"caller", HAS_CALLER}, {"after", HAS_AFTER}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (dynr_str_equal_c(name, members[i].name)) {
            return members[i].bit;
        }
    }
    return 0;
}

struct kind {
    const char *type;
    enum dynr_message_kind kind;
    unsigned required;
};

/** NULL: there is no such message, or it did not say yet which it is. */
static const struct kind *find_kind(struct dynr_str type)
{
    static const struct kind kinds[] = {
        {"hello", DYNR_MESSAGE_HELLO, 0},
        {"sub", DYNR_MESSAGE_SUB, HAS_ID | HAS_PROC},
        {"unsub", DYNR_MESSAGE_UNSUB, HAS_ID},
        {"more", DYNR_MESSAGE_MORE, HAS_ID | HAS_NODE | HAS_EPOCH},
        {"trim", DYNR_MESSAGE_TRIM, HAS_ID | HAS_NODE | HAS_EPOCH | HAS_BOUND},
        {"call", DYNR_MESSAGE_CALL, HAS_ID | HAS_PROC},
        {"ping", DYNR_MESSAGE_PING, 0},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (dynr_str_equal_c(type, kinds[i].type)) {
            return &kinds[i];
        }
    }
    return NULL;
}

static enum dynr_status read_type(struct reading *reading)
{
    enum dynr_status status = read_text(reading, "t", &reading->type);
    const struct kind *kind = status == DYNR_OK ? find_kind(reading->type) : NULL;
    if (kind != NULL) {
        reading->out->kind = kind->kind;
    }
    return status;
}

static enum dynr_status read_member(struct reading *reading, struct dynr_str name)
{
    unsigned bit = member_of(name);
    if ((reading->seen & bit) != 0) {
        return dynr_fail(reading->err, DYNR_ERR_SYNTAX,
                         "a member of the message stands there twice");
    }
    reading->seen |= bit;
    switch (bit) {
    case HAS_T:
        return read_type(reading);
    case HAS_ID:
    case HAS_NODE:
    case HAS_EPOCH:
    case HAS_AFTER:
        return read_number_member(reading, bit);
    case HAS_PROC:
        return read_text(reading, "proc", &reading->out->procedure);
    case HAS_IN:
        return read_json(reading, &reading->out->input);
    case HAS_BOUND:
        return read_json(reading, &reading->out->bound);
    case HAS_PARENT:
        return read_json(reading, &reading->out->parent);
    case HAS_CALLER:
        return read_json(reading, &reading->out->caller);
    case HAS_TOKEN:
        return read_text(reading, "token", &reading->out->token);
    case HAS_SINCE:
        return read_since(reading);
    case HAS_KEY:
        return read_text(reading, "key", &reading->out->key);
    case HAS_IDS:
        return read_ids(reading);
    default:
        return read_json(reading, NULL);
    }
}

static enum dynr_status check_required(struct reading *reading)
{
    if ((reading->seen & HAS_T) == 0) {
        return dynr_fail_field(reading->err, DYNR_ERR_MISSING, dynr_str_from_c("t"),
                               "the message does not say what it is");
    }
    const struct kind *kind = find_kind(reading->type);
    if (kind == NULL) {
        return dynr_fail_field(reading->err, DYNR_ERR_UNSUPPORTED, dynr_str_from_c("t"),
                               "there is no such message");
    }
    if ((reading->seen & kind->required) != kind->required) {
        return dynr_fail(reading->err, DYNR_ERR_MISSING,
                         "the message `%s` lacks a member that it needs", kind->type);
    }
    return DYNR_OK;
}

enum dynr_status dynr_message_read(struct dynr_str text, struct dynr_arena *arena,
                                   struct dynr_message *out, struct dynr_error *err)
{
    struct reading reading = {.arena = arena, .out = out, .err = err};
    bool first;
    struct dynr_str name;
    memset(out, 0, sizeof *out);
    dynr_json_reader_init(&reading.json, text);
    if (dynr_json_peek(&reading.json) != DYNR_JSON_OBJECT ||
        !dynr_json_enter_object(&reading.json, &first)) {
        return dynr_fail(err, DYNR_ERR_SYNTAX, "a message is one JSON object");
    }
    while (dynr_json_next_member(&reading.json, arena, &first, &name)) {
        enum dynr_status status = read_member(&reading, name);
        if (status != DYNR_OK) {
            return status;
        }
    }
    if (reading.json.fault != NULL || !dynr_json_finish(&reading.json)) {
        return dynr_json_fail(&reading.json, err);
    }
    return check_required(&reading);
}

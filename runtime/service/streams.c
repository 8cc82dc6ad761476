/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords. A stream has one shard. A sequence number is a
 * record's position, made as long as the service's are; an iterator says stream, position, when it was given, and the table.
 */
#include "service/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "dynr/stream.h"

enum {
    SHARD_ID_SIZE = 48,
    SEQUENCE_SIZE = 24,
    SEQUENCE_LENGTH = 21,
    MOST_STREAMS = 100,
    MOST_RECORDS = 1000,
    MOST_FIELDS = 4
};

static const int64_t iterator_life_ms = INT64_C(15) * 60 * 1000;

/* ---- names ---- */

static void write_stream_arn(const struct service_call *call,
                             const struct dynr_local_stream_info *stream, struct dynr_buf *out)
{
    dynr_service_write_arn(call, stream->table, out);
    dynr_buf_append_c(out, "/stream/");
    dynr_buf_append_str(out, stream->label);
}

static void key_stream_arn(const struct service_call *call, const char *name,
                           const struct dynr_local_stream_info *stream, struct dynr_buf *out)
{
    dynr_service_key(out, name);
    dynr_buf_append_char(out, '"');
    write_stream_arn(call, stream, out);
    dynr_buf_append_char(out, '"');
}

/* "arn:aws:dynamodb:...:table/NAME/stream/LABEL" */
static bool split_arn(struct dynr_str arn, struct dynr_str *out_table, struct dynr_str *out_label)
{
    static const char middle[] = "/stream/";
    struct dynr_str stream = dynr_service_find(arn, middle);
    if (stream.ptr == NULL) {
        return false;
    }
    *out_label = dynr_str_make(stream.ptr + sizeof middle - 1, stream.len - (sizeof middle - 1));
    return dynr_is_table_arn(dynr_str_make(arn.ptr, arn.len - stream.len), out_table);
}

static struct dynr_str shard_id(const struct dynr_local_stream_info *stream,
                                char text[SHARD_ID_SIZE])
{
    int len = snprintf(text, SHARD_ID_SIZE, "shardId-%020" PRId64 "-%08" PRIx64, stream->created_ms,
                       stream->id & UINT32_MAX);
    return dynr_str_make(text, len < 0 ? 0 : (size_t)len);
}

static struct dynr_str sequence_text(uint64_t position, char text[SEQUENCE_SIZE])
{
    int len = snprintf(text, SEQUENCE_SIZE, "1%020" PRIu64, position);
    return dynr_str_make(text, len < 0 ? 0 : (size_t)len);
}

static bool parse_number(struct dynr_str text, int base, uint64_t *out)
{
    char copy[SEQUENCE_SIZE];
    char *end;
    if (text.len == 0 || text.len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = strtoull(copy, &end, base);
    return *end == '\0' && copy[0] != '-' && copy[0] != '+' && copy[0] != ' ';
}

static bool parse_sequence(struct dynr_str text, uint64_t *out)
{
    return text.len == SEQUENCE_LENGTH && text.ptr[0] == '1' &&
           parse_number(dynr_str_make(text.ptr + 1, text.len - 1), 10, out);
}

/* ---- streams ---- */

static bool list(struct service_call *call, struct dynr_str table,
                 const struct dynr_local_stream_info **out, size_t *out_n)
{
    struct dynr_error err = {0};
    if (dynr_local_streams(call->service->store, table, call->arena, out, out_n, &err) != DYNR_OK) {
        (void)dynr_service_fail_status(call, &err);
        return false;
    }
    return true;
}

static bool not_found(struct service_call *call, struct dynr_str arn)
{
    return dynr_service_fail(call, SERVICE_NO_TABLE,
                             "Requested resource not found: Stream: %.*s not found", (int)arn.len,
                             arn.ptr);
}

static bool find_stream(struct service_call *call, const struct dynr_local_stream_info **out)
{
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    struct dynr_str table;
    struct dynr_str label;
    struct dynr_str stored;
    struct dynr_str arn = dynr_node_text(&call->input, SERVICE_FIELD_STREAM_ARN);
    if (!split_arn(arn, &table, &label)) {
        (void)dynr_service_invalid(call, "Invalid StreamArn: %.*s", (int)arn.len, arn.ptr);
        return false;
    }
    if (!dynr_service_stored_name(call, table, &stored) ||
        !list(call, stored, &streams, &n_streams)) {
        return false;
    }
    for (size_t i = 0; i < n_streams; i++) {
        if (dynr_str_equal(streams[i].label, label)) {
            *out = &streams[i];
            return true;
        }
    }
    (void)not_found(call, arn);
    return false;
}

/* ---- ListStreams ---- */

static bool is_callers(struct dynr_str prefix, const struct dynr_local_stream_info *stream)
{
    return dynr_str_starts_with(stream->table, prefix);
}

/* The stream that the previous page ended with; what is not there any more begins anew. */
static size_t start_of_page(const struct service_call *call,
                            const struct dynr_local_stream_info *streams, size_t n_streams)
{
    struct dynr_str table;
    struct dynr_str label;
    struct dynr_str start = dynr_node_text(&call->input, SERVICE_FIELD_EXCLUSIVE_START_STREAM_ARN);
    if (start.len == 0 || !split_arn(start, &table, &label)) {
        return 0;
    }
    for (size_t i = 0; i < n_streams; i++) {
        if (dynr_str_equal(streams[i].label, label) &&
            dynr_str_equal(dynr_service_shown_name(call, streams[i].table), table)) {
            return i + 1;
        }
    }
    return 0;
}

bool dynr_service_list_streams(struct service_call *call)
{
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    struct dynr_str prefix;
    struct dynr_str table = dynr_str_make("", 0);
    struct dynr_buf *out = &call->answer.buf;
    const struct service_node *limit = dynr_node_member(&call->input, SERVICE_FIELD_LIMIT);
    int64_t most = dynr_node_is_present(limit) ? limit->number : MOST_STREAMS;
    bool has_table = dynr_node_has(&call->input, SERVICE_FIELD_TABLE_NAME);
    if (!dynr_service_prefix(call, &prefix) ||
        (has_table && !dynr_service_table(call, &call->input, &table)) ||
        !list(call, table, &streams, &n_streams)) {
        return false;
    }
    const struct dynr_local_stream_info *last = NULL;
    bool has_more = false;
    int64_t n = 0;
    dynr_buf_append_c(out, "{\"Streams\":[");
    for (size_t i = start_of_page(call, streams, n_streams); i < n_streams && !has_more; i++) {
        if (!is_callers(prefix, &streams[i])) {
            continue;
        }
        if (n == most) {
            has_more = true;
            continue;
        }
        last = &streams[i];
        dynr_buf_append_c(out, n++ == 0 ? "{" : ",{");
        key_stream_arn(call, "StreamArn", last, out);
        dynr_service_key_text(out, "StreamLabel", last->label);
        dynr_service_key_text(out, "TableName", dynr_service_shown_name(call, last->table));
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_char(out, ']');
    if (has_more && last != NULL) {
        key_stream_arn(call, "LastEvaluatedStreamArn", last, out);
    }
    dynr_buf_append_char(out, '}');
    return true;
}

/* ---- DescribeStream ---- */

static void write_shard(const struct dynr_local_stream_info *stream, struct dynr_buf *out)
{
    char id[SHARD_ID_SIZE];
    char sequence[SEQUENCE_SIZE];
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "ShardId", shard_id(stream, id));
    dynr_service_key(out, "SequenceNumberRange");
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "StartingSequenceNumber",
                          sequence_text(stream->first_position + 1, sequence));
    if (stream->closed_ms != 0) {
        dynr_service_key_text(out, "EndingSequenceNumber",
                              sequence_text(stream->last_position, sequence));
    }
    dynr_buf_append_c(out, "}}");
}

bool dynr_service_describe_stream(struct service_call *call)
{
    const struct dynr_local_stream_info *stream;
    struct dynr_buf *out = &call->answer.buf;
    char id[SHARD_ID_SIZE];
    if (!find_stream(call, &stream)) {
        return false;
    }
    dynr_buf_append_c(out, "{\"StreamDescription\":{");
    key_stream_arn(call, "StreamArn", stream, out);
    dynr_service_key_text(out, "StreamLabel", stream->label);
    dynr_service_key_text(out, "StreamStatus",
                          dynr_str_from_c(stream->closed_ms == 0 ? "ENABLED" : "DISABLED"));
    dynr_service_key_text(out, "StreamViewType",
                          dynr_str_from_c(dynr_service_view_name(stream->view)));
    dynr_service_key_time(out, "CreationRequestDateTime", stream->created_ms);
    dynr_service_key_text(out, "TableName", dynr_service_shown_name(call, stream->table));
    dynr_service_write_schema(&stream->partition_key, &stream->sort_key, out);
    dynr_service_key(out, "Shards");
    dynr_buf_append_char(out, '[');
    /* There is one; a page that starts after it is empty. */
    if (!dynr_str_equal(dynr_node_text(&call->input, SERVICE_FIELD_EXCLUSIVE_START_SHARD_ID),
                        shard_id(stream, id))) {
        write_shard(stream, out);
    }
    dynr_buf_append_c(out, "]}}");
    return true;
}

/* ---- GetShardIterator ---- */

static void write_iterator(const struct service_call *call, const char *name, uint64_t stream_id,
                           struct dynr_str table, uint64_t position, struct dynr_buf *out)
{
    int64_t now = call->service->clock->now_ms(call->service->clock->context);
    dynr_service_key(out, name);
    dynr_buf_printf(out, "\"%" PRIx64 "|%" PRIx64 "|%" PRIx64 "|%.*s\"", stream_id, position,
                    (uint64_t)now, (int)table.len, table.ptr);
}

static enum dynr_local_stream_start read_start(struct dynr_str type)
{
    if (dynr_str_equal_c(type, "TRIM_HORIZON")) {
        return DYNR_LOCAL_STREAM_TRIM_HORIZON;
    }
    if (dynr_str_equal_c(type, "LATEST")) {
        return DYNR_LOCAL_STREAM_LATEST;
    }
    return dynr_str_equal_c(type, "AT_SEQUENCE_NUMBER") ? DYNR_LOCAL_STREAM_AT
                                                        : DYNR_LOCAL_STREAM_AFTER;
}

static bool read_sequence(struct service_call *call, enum dynr_local_stream_start start,
                          uint64_t *out)
{
    struct dynr_str text = dynr_node_text(&call->input, SERVICE_FIELD_SEQUENCE_NUMBER);
    bool is_needed = start == DYNR_LOCAL_STREAM_AT || start == DYNR_LOCAL_STREAM_AFTER;
    *out = 0;
    if (is_needed && text.len == 0) {
        return dynr_service_invalid(call, "SequenceNumber is required when ShardIteratorType is "
                                          "AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER");
    }
    return !is_needed || parse_sequence(text, out) ||
           dynr_service_invalid(call, "Invalid SequenceNumber: %.*s", (int)text.len, text.ptr);
}

bool dynr_service_get_shard_iterator(struct service_call *call)
{
    const struct dynr_local_stream_info *stream;
    struct dynr_error err = {0};
    char id[SHARD_ID_SIZE];
    uint64_t sequence;
    uint64_t position;
    struct dynr_str wanted = dynr_node_text(&call->input, SERVICE_FIELD_SHARD_ID);
    enum dynr_local_stream_start start =
        read_start(dynr_node_text(&call->input, SERVICE_FIELD_SHARD_ITERATOR_TYPE));
    if (!find_stream(call, &stream) || !read_sequence(call, start, &sequence)) {
        return false;
    }
    if (!dynr_str_equal(wanted, shard_id(stream, id))) {
        return dynr_service_fail(call, SERVICE_NO_TABLE,
                                 "Requested resource not found: Shard does not exist: %.*s",
                                 (int)wanted.len, wanted.ptr);
    }
    if (dynr_local_stream_begin(call->service->store, stream->id, start, sequence, &position,
                                &err) != DYNR_OK) {
        return dynr_service_fail_status(call, &err);
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_char(out, '{');
    write_iterator(call, "ShardIterator", stream->id, dynr_service_shown_name(call, stream->table),
                   position, out);
    dynr_buf_append_char(out, '}');
    return true;
}

/* ---- GetRecords ---- */

struct iterator {
    uint64_t stream_id;
    uint64_t position;
    uint64_t given_ms;
    struct dynr_str table;
};

static bool parse_iterator(struct dynr_str text, struct iterator *out)
{
    struct dynr_str fields[MOST_FIELDS];
    size_t n = 0;
    while (n < MOST_FIELDS - 1) {
        const char *bar = text.len == 0 ? NULL : memchr(text.ptr, '|', text.len);
        if (bar == NULL) {
            return false;
        }
        size_t len = (size_t)(bar - text.ptr);
        fields[n++] = dynr_str_make(text.ptr, len);
        text = dynr_str_make(bar + 1, text.len - len - 1);
    }
    out->table = text;
    return parse_number(fields[0], 16, &out->stream_id) &&
           parse_number(fields[1], 16, &out->position) &&
           parse_number(fields[2], 16, &out->given_ms) && dynr_is_name(text);
}

static bool find_by_id(struct service_call *call, const struct iterator *iterator,
                       const struct dynr_local_stream_info **out)
{
    const struct dynr_local_stream_info *streams;
    struct dynr_str stored;
    size_t n_streams;
    if (!dynr_service_stored_name(call, iterator->table, &stored) ||
        !list(call, stored, &streams, &n_streams)) {
        return false;
    }
    for (size_t i = 0; i < n_streams; i++) {
        if (streams[i].id == iterator->stream_id) {
            *out = &streams[i];
            return true;
        }
    }
    (void)dynr_service_fail(call, SERVICE_NO_TABLE,
                            "Requested resource not found: Stream of table %.*s not found",
                            (int)iterator->table.len, iterator->table.ptr);
    return false;
}

static const char *event_name(enum dynr_event event)
{
    switch (event) {
    case DYNR_EVENT_INSERT:
        return "INSERT";
    case DYNR_EVENT_MODIFY:
        return "MODIFY";
    case DYNR_EVENT_REMOVE:
        break;
    }
    return "REMOVE";
}

static void write_images(const struct dynr_record *record, enum dynr_stream_view view,
                         struct dynr_buf *out)
{
    bool has_new = view == DYNR_STREAM_NEW_IMAGE || view == DYNR_STREAM_NEW_AND_OLD_IMAGES;
    bool has_old = view == DYNR_STREAM_OLD_IMAGE || view == DYNR_STREAM_NEW_AND_OLD_IMAGES;
    if (has_new && record->new_image.len > 0) {
        dynr_service_key(out, "NewImage");
        dynr_buf_append_str(out, record->new_image);
    }
    if (has_old && record->old_image.len > 0) {
        dynr_service_key(out, "OldImage");
        dynr_buf_append_str(out, record->old_image);
    }
}

static void write_record(const struct service_call *call, const struct dynr_record *record,
                         const struct dynr_local_stream_info *stream, struct dynr_buf *out)
{
    char sequence[SEQUENCE_SIZE];
    struct dynr_str text = sequence_text(record->position, sequence);
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "awsRegion", dynr_service_region(call));
    dynr_service_key(out, "dynamodb");
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "ApproximateCreationDateTime");
    dynr_buf_append_int(out, record->created_ms / 1000);
    dynr_service_key(out, "Keys");
    dynr_buf_append_str(out, record->keys);
    write_images(record, stream->view, out);
    dynr_service_key_text(out, "SequenceNumber", text);
    dynr_service_key(out, "SizeBytes");
    dynr_buf_append_int(out, (int64_t)record->size_bytes);
    dynr_service_key_text(out, "StreamViewType",
                          dynr_str_from_c(dynr_service_view_name(stream->view)));
    dynr_buf_append_char(out, '}');
    /* The same record has the same one, whoever reads it. */
    dynr_service_key(out, "eventID");
    dynr_buf_printf(out, "\"%016" PRIx64 "%016" PRIx64 "\"", dynr_hash(text, stream->id),
                    dynr_hash(stream->label, record->position));
    dynr_service_key_text(out, "eventName", dynr_str_from_c(event_name(record->event)));
    dynr_buf_append_c(out, ",\"eventSource\":\"aws:dynamodb\",\"eventVersion\":\"1.1\"");
    if (record->is_expiry) {
        dynr_buf_append_c(out, ",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\","
                               "\"Type\":\"Service\"}");
    }
    dynr_buf_append_char(out, '}');
}

static bool check_age(struct service_call *call, const struct iterator *iterator)
{
    int64_t now = call->service->clock->now_ms(call->service->clock->context);
    return (int64_t)iterator->given_ms > now - iterator_life_ms ||
           dynr_service_fail(call, SERVICE_ERROR_PREFIX "ExpiredIteratorException",
                             "Iterator expired. The iterator was created at time %" PRIu64
                             " while right now it is %" PRId64
                             " which is further in the future than the tolerated delay of 900000 "
                             "milliseconds.",
                             iterator->given_ms, now);
}

bool dynr_service_get_records(struct service_call *call)
{
    struct iterator iterator;
    const struct dynr_local_stream_info *stream;
    struct dynr_local_stream_page page;
    struct dynr_error err = {0};
    const struct service_node *limit = dynr_node_member(&call->input, SERVICE_FIELD_LIMIT);
    uint32_t most = dynr_node_is_present(limit) ? (uint32_t)limit->number : MOST_RECORDS;
    if (!parse_iterator(dynr_node_text(&call->input, SERVICE_FIELD_SHARD_ITERATOR), &iterator)) {
        return dynr_service_invalid(call, "Invalid ShardIterator");
    }
    if (!check_age(call, &iterator) || !find_by_id(call, &iterator, &stream)) {
        return false;
    }
    if (dynr_local_stream_page(call->service->store, stream->id, iterator.position, most,
                               call->arena, &page, &err) != DYNR_OK) {
        return dynr_service_fail_status(call, &err);
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_c(out, "{\"Records\":[");
    for (size_t i = 0; i < page.n_records; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        write_record(call, &page.records[i], stream, out);
    }
    dynr_buf_append_char(out, ']');
    if (!page.is_end) {
        write_iterator(call, "NextShardIterator", stream->id, iterator.table, page.next_position,
                       out);
    }
    dynr_buf_append_char(out, '}');
    return true;
}

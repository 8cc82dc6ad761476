/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints everything in a todo store as the service would answer it, one JSON line each: all items of the table by a Scan, and
 * for each index the items by a Scan of that index; then all change records from the oldest on, as keys, the item before
 * and after ("-": none) and the position of their transaction. The test compares them with one another and with what was acknowledged.
 *
 *     kill-dump FILE
 */
#include <stdio.h>

#include <dynr/local.h>
#include <dynr/stream.h>

static int dump(struct dynr_backend *backend, const char *index)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_SCAN;
    request.table = dynr_str_from_c("todo-app");
    request.index = dynr_str_from_c(index);
    for (;;) {
        struct dynr_arena arena;
        dynr_arena_init(&arena, NULL, 0);
        struct dynr_response response;
        struct dynr_error err;
        dynr_error_clear(&err);
        if (dynr_backend_call(backend, &request, &arena, &response, &err) != DYNR_OK) {
            (void)fprintf(stderr, "scan %s: %s\n", index, err.message);
            dynr_arena_cleanup(&arena);
            return 1;
        }
        for (size_t i = 0; i < response.n_items; i++) {
            (void)printf("%s\t%.*s\n", index[0] == '\0' ? "table" : index,
                         (int)response.items[i].len, response.items[i].ptr);
        }
        static char next[4096];
        bool more = response.last_key.len > 0 && response.last_key.len < sizeof next;
        if (more) {
            memcpy(next, response.last_key.ptr, response.last_key.len);
            request.start_key = dynr_str_make(next, response.last_key.len);
        }
        dynr_arena_cleanup(&arena);
        if (!more) {
            return 0;
        }
    }
}

static struct dynr_str or_dash(struct dynr_str text)
{
    return text.len == 0 ? dynr_str_from_c("-") : text;
}

static void print_record(const struct dynr_record *record)
{
    struct dynr_str old_image = or_dash(record->old_image);
    struct dynr_str new_image = or_dash(record->new_image);
    (void)printf("record\t%.*s\t%.*s\t%.*s\t%llu\t%llu\n", (int)record->keys.len, record->keys.ptr,
                 (int)old_image.len, old_image.ptr, (int)new_image.len, new_image.ptr,
                 (unsigned long long)record->position, (unsigned long long)record->commit);
}

static int dump_records(struct dynr_backend *backend)
{
    struct dynr_stream *stream;
    struct dynr_error err;
    struct dynr_arena arena;
    const struct dynr_record *records;
    size_t n_records = 0;
    enum dynr_status status = dynr_local_stream_open(backend, NULL, &stream, &err);
    dynr_arena_init(&arena, NULL, 0);
    while (status == DYNR_OK) {
        status = dynr_stream_read(stream, 100, &arena, &records, &n_records, &err);
        if (status != DYNR_OK || n_records == 0) {
            break;
        }
        for (size_t i = 0; i < n_records; i++) {
            print_record(&records[i]);
        }
        dynr_arena_reset(&arena);
    }
    if (status != DYNR_OK) {
        (void)fprintf(stderr, "records: %s\n", err.message);
    }
    dynr_stream_destroy(stream);
    dynr_arena_cleanup(&arena);
    return status == DYNR_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: kill-dump FILE\n");
        return 2;
    }
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    local.path = argv[1];
    struct dynr_backend *backend = NULL;
    struct dynr_error err;
    dynr_error_clear(&err);
    if (dynr_local_open(&local, &backend, &err) != DYNR_OK) {
        (void)fprintf(stderr, "open: %s\n", err.message);
        return 1;
    }
    int result = dump(backend, "");
    result = result == 0 ? dump(backend, "gsi1") : result;
    result = result == 0 ? dump(backend, "gsi2") : result;
    result = result == 0 ? dump_records(backend) : result;
    dynr_backend_destroy(backend);
    return result;
}

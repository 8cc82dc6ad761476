/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a connection's input. The requests in them are the same in whatever pieces they come, within their limits; where one is
 * refused, it is so in all pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "http/request_reader.h"

#define HEAD_MAX     512
#define BODY_MAX     1024
#define REQUESTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* What was read, one after the other: methods, paths, bodies, and the end. */
static void read_all(struct dynr_str input, size_t step, struct dynr_buf *out)
{
    struct dynr_request_reader reader;
    struct dynr_arena arena = {0};
    dynr_request_reader_init(&reader, HEAD_MAX, BODY_MAX);
    size_t at = 0;
    for (int n = 0; n < REQUESTS_MAX;) {
        enum dynr_read_progress progress = dynr_request_reader_step(&reader, &arena);
        if (progress == DYNR_READ_REQUEST) {
            require(reader.body.len <= BODY_MAX && reader.head.method.len > 0);
            dynr_buf_append_str(out, reader.head.method);
            dynr_buf_append_char(out, ' ');
            dynr_buf_append_str(out, reader.head.target);
            dynr_buf_printf(out, " %d %zu %zu\n", (int)reader.closes, reader.head.n_headers,
                            reader.body.len);
            dynr_buf_append_str(out, reader.body);
            dynr_request_reader_next(&reader);
            dynr_arena_reset(&arena);
            n++;
        } else if (progress == DYNR_READ_REFUSED) {
            require(reader.refused >= 400 && reader.refused < 600);
            dynr_buf_printf(out, "refused %d\n", reader.refused);
            break;
        } else if (progress == DYNR_READ_MORE) {
            size_t room_size = 0;
            char *room = dynr_request_reader_room(&reader, &room_size);
            require(room != NULL && room_size > 0);
            size_t len = input.len - at < step ? input.len - at : step;
            len = len < room_size ? len : room_size;
            if (len == 0) {
                dynr_buf_append_c(out, "more\n");
                break;
            }
            memcpy(room, input.ptr + at, len);
            dynr_request_reader_took(&reader, len);
            at += len;
        }
    }
    require(dynr_buf_ok(out));
    dynr_request_reader_cleanup(&reader);
    dynr_arena_cleanup(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_str input = dynr_str_make((const char *)data, size);
    struct dynr_buf whole = {0};
    struct dynr_buf pieces = {0};
    read_all(input, size + 1, &whole);
    read_all(input, size % 7 + 1, &pieces);
    /* A refusal of what is too long may come at another byte, never for something else. */
    require(dynr_str_equal(dynr_buf_str(&whole), dynr_buf_str(&pieces)));
    dynr_buf_cleanup(&whole);
    dynr_buf_cleanup(&pieces);
    return 0;
}

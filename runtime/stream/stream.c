/* SPDX-License-Identifier: Apache-2.0 */
#include "dynr/stream.h"

enum dynr_status dynr_stream_read(struct dynr_stream *stream, uint32_t max,
                                  struct dynr_arena *arena, const struct dynr_record **out_records,
                                  size_t *out_n_records, struct dynr_error *err)
{
    *out_records = NULL;
    *out_n_records = 0;
    if (max == 0) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "a page of records holds at least one");
    }
    return stream->methods->read(stream, max, arena, out_records, out_n_records, err);
}

int dynr_stream_fd(struct dynr_stream *stream)
{
    return stream->methods->fd(stream);
}

void dynr_stream_attend(struct dynr_stream *stream, bool attends)
{
    const struct dynr_stream_methods *methods = stream->methods;
    if (methods->size >= sizeof *methods && methods->attend != NULL) {
        methods->attend(stream, attends);
    }
}

void dynr_stream_destroy(struct dynr_stream *stream)
{
    if (stream != NULL) {
        stream->methods->destroy(stream);
    }
}

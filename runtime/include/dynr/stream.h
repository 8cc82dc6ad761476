/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change, and who delivers changes.
 *
 * Every write to a table with a stream makes one record per item, in the transaction of the write. The embedded store
 * delivers records in commit order; DynamoDB Streams delivers the same struct, in order within a shard. Readers meet the
 * reactive engine only here.
 *
 * Positions: on the embedded store one number counts all changes of a file, in commit order, from 1. A read that asks for it
 * (dynr_request.want_position) answers the position up to which it saw everything, so that a row that was read and a record of
 * that row can be ordered: the record is news if its position is larger.
 */
#ifndef DYNR_STREAM_H
#define DYNR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/status.h"
#include "dynr/str.h"

DYNR_BEGIN_DECLS

enum dynr_event {
    DYNR_EVENT_INSERT = 1,
    DYNR_EVENT_MODIFY,
    DYNR_EVENT_REMOVE
};

/** One change of one item. All texts are DynamoDB JSON and borrowed from whoever delivers the record. */
struct dynr_record {
    /** sizeof(struct dynr_record) of the maker; append-only struct. */
    size_t size;
    /** Physical name of the table. */
    struct dynr_str table;
    enum dynr_event event;
    /** The key attributes. */
    struct dynr_str keys;
    /** The item before; empty on INSERT. */
    struct dynr_str old_image;
    /** The item after; empty on REMOVE. */
    struct dynr_str new_image;
    /** Place among all changes, from 1. The item's version from here on. */
    uint64_t position;
    /** Position of the last record of the same transaction: records with the same value were committed together. */
    uint64_t commit;
    /** Within a shard positions rise; between shards order is not promised. 0 where there is one shard. */
    uint32_t shard;
    /** Milliseconds since 1970. */
    int64_t created_ms;
    /** The item expired: the service's own doing (userIdentity dynamodb.amazonaws.com). */
    bool is_expiry;
    /** Only in pages (local.h): of the keys and the images that the stream's view shows, as the service counts them; else 0. */
    uint64_t size_bytes;
};

/** Delivers records, each once, in order within its shard. Base of every reader: an implementation's struct begins with it. */
struct dynr_stream {
    const struct dynr_stream_methods *methods;
};

struct dynr_stream_methods {
    size_t size;
    enum dynr_status (*read)(struct dynr_stream *stream, uint32_t max, struct dynr_arena *arena,
                             const struct dynr_record **out_records, size_t *out_n_records,
                             struct dynr_error *err);
    int (*fd)(struct dynr_stream *stream);
    void (*destroy)(struct dynr_stream *stream);
    /** NULL, or absent by `size`: nothing is gained by it. */
    void (*attend)(struct dynr_stream *stream, bool attends);
};

/**
 * The next records, at most `max`, in `arena`; a transaction is never cut, so a page may be longer than `max` by the rest of
 * one, and shorter where records are large. `*out_n_records` 0: nothing new now. Never blocks for news.
 * Errors: DYNR_ERR_TRIMMED (records after the reader's position are gone: start from a snapshot with a new reader), DYNR_ERR_BUSY,
 * DYNR_ERR_IO, DYNR_ERR_NO_MEMORY, DYNR_ERR_INVALID_ARGUMENT (`max` is 0). The reader stays where it was, and its descriptor readable.
 */
DYNR_API enum dynr_status dynr_stream_read(struct dynr_stream *stream, uint32_t max,
                                           struct dynr_arena *arena,
                                           const struct dynr_record **out_records,
                                           size_t *out_n_records, struct dynr_error *err);
/**
 * A file descriptor that poll(2) reports readable when there may be news; owned by the stream. dynr_stream_read makes it
 * unreadable again, unless it left something behind: one page for each time that it is readable is enough. Changes by other processes are noticed within the reader's tailing interval.
 */
DYNR_API int dynr_stream_fd(struct dynr_stream *stream);
/**
 * While the calling thread attends (`attends` true, until it calls with false) its own commits need not make the descriptor readable,
 * which costs two system calls for each: it reads before it waits. What it has not read when it stops attending does. Commits of
 * other threads and processes are signalled as ever. For hosts that commit and read in one loop.
 */
DYNR_API void dynr_stream_attend(struct dynr_stream *stream, bool attends);
/** Ends the reader. NULL is fine. */
DYNR_API void dynr_stream_destroy(struct dynr_stream *stream);

/** Terms that are remembered at most, the present one included. */
#define DYNR_STREAM_TERMS_MAX 16

/**
 * A stretch of the log that one host served: from where the log stood when it began to where it stood when the next one did. What
 * clients were promised in it (resume tokens) is made with its key, and holds up to its end alone: where a log was put back to an
 * earlier state, by a backup or a power cut, the next term begins there, and what came after it on the other branch is not believed.
 */
struct dynr_stream_term {
    /** Random, and of this term alone: other logs, also one that was made anew under the same name, have other keys. */
    uint8_t key[16];
    /** The last position that belongs to it; UINT64_MAX: it goes on. */
    uint64_t end;
};

DYNR_END_DECLS

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change records of the last commit, as its writer had them at hand: a reader that stands just before it need not search for them.
 * Everything else is read from the table; what it says is the same.
 */
#ifndef DYNR_LOCAL_STREAM_RECENT_H
#define DYNR_LOCAL_STREAM_RECENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "dynr/arena.h"
#include "dynr/stream.h"

/* What is kept of a commit: larger ones are read from the table. */
#define LOCAL_RECENT_RECORDS 32u
#define LOCAL_RECENT_BYTES   65536u

struct local_recent {
    struct dynr_arena arena;
    struct dynr_record records[LOCAL_RECENT_RECORDS];
    /* Place in its transaction, by record. */
    uint32_t places[LOCAL_RECENT_RECORDS];
    size_t n_records;
    size_t n_bytes;
    /* Not all records of the commit are here. */
    bool is_partial;
};

struct local_stream;

/* Readers that are open, to be told of every commit with change records. */
struct local_streams {
    pthread_mutex_t mutex;
    struct local_stream *first;
    atomic_uint n_open;
    /* One is shown to readers, under the mutex; the other is the writer's, who holds its connection. */
    struct local_recent recents[2];
    unsigned shown;
};

/* False: out of memory. */
bool dynr_local_streams_init(struct local_streams *streams);
void dynr_local_streams_cleanup(struct local_streams *streams);

/* A transaction begins. `keeps`: its records can be kept, as none of them is undone without all of them. */
void dynr_local_recent_begin(struct local_streams *streams, bool keeps);
/* A record was written; its texts are copied. `commit` is found out by itself. */
void dynr_local_recent_add(struct local_streams *streams, const struct dynr_record *record,
                           uint32_t place);
/* The transaction was committed. Before readers are told. */
void dynr_local_recent_publish(struct local_streams *streams);
/*
 * All records behind `position`, copied into `arena`, where these are the last commit's, whole transactions and at most `max`.
 * False: they have to be read from the table.
 */
bool dynr_local_recent_read(struct local_streams *streams, uint64_t position, uint32_t max,
                            struct dynr_arena *arena, const struct dynr_record **out_records,
                            size_t *out_n_records);

#endif

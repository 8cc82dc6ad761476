/* SPDX-License-Identifier: Apache-2.0 */
/* A store with the table that most tests use, and requests in one line. */
#ifndef DYN_TESTS_UNIT_LOCAL_LOCAL_FIXTURE_H
#define DYN_TESTS_UNIT_LOCAL_LOCAL_FIXTURE_H

#include "dynr/local.h"
#include "dynr/stream.h"
#include "test_main.h"
#include "test_tools.h"

struct fixture {
    struct dynr_backend *backend;
    struct dynr_arena arena;
    struct dynr_test_clock clock;
    struct dynr_response response;
    struct dynr_error err;
};

#define TEXT(literal) dynr_str_make((literal), sizeof(literal) - 1)

/*
 * Opens a store in memory, or in the file `path`, and creates `app` there unless it exists: keys pk
 * (S) and sk (S), stream on; indexes by_group (g S, r N; all), by_rank (r N; keys only), local (pk,
 * l N; includes t).
 */
void fixture_open(struct fixture *fixture, const char *path, enum dynr_durability durability);
void fixture_close(struct fixture *fixture);

/* A new path under the build directory's temporary folder; files of an earlier run are removed. */
void fixture_path(char *out, size_t size, const char *name);

/* Executes; `response` and `err` are the fixture's. */
enum dynr_status fixture_call(struct fixture *fixture, const struct dynr_request *request);
/* Whether the call failed with this status and text. */
bool fixture_fails(struct fixture *fixture, const struct dynr_request *request,
                   enum dynr_status status, const char *message);

struct dynr_request request_for(enum dynr_operation operation);
/* On table `app`. */
struct dynr_request put_request(const char *item);
struct dynr_request get_request(const char *key);
struct dynr_request delete_request(const char *key);
struct dynr_request update_request(const char *key, const char *update, const char *values);
struct dynr_request query_request(const char *key_condition, const char *values);
struct dynr_request scan_request(void);

void fixture_put(struct fixture *fixture, const char *item);
/* The item's text, or "". */
struct dynr_str fixture_get(struct fixture *fixture, const char *key);

/*
 * All items of all pages, `limit` a page, in the fixture's arena; checks the counts of every page.
 */
struct dynr_str *fixture_pages(struct fixture *fixture, struct dynr_request request, uint32_t limit,
                               size_t *out_count);

/* Whether both texts are the same item, whatever the order of attributes. */
bool same_item(struct dynr_str a, struct dynr_str b);

/* A page of change records, in the fixture's arena. */
struct fixture_records {
    const struct dynr_record *items;
    size_t n_items;
};

/* A reader from `position` on, which looks for changes of other processes every 5 ms. */
struct dynr_stream *fixture_open_stream(struct fixture *f, uint64_t position);
struct fixture_records fixture_read_stream(struct fixture *f, struct dynr_stream *stream,
                                           uint32_t max);
/* Puts of `n_operations` new items in one transaction. */
struct dynr_request fixture_transaction_of(struct fixture *f, const char *prefix,
                                           size_t n_operations);

#endif

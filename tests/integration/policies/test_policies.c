/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies, links and aggregates from the schema to the store: what callers may see and change, what they are told where they
 * may not, and writes whose right is taken away between its check and the write.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dynr/local.h>

#include "lists.h"
#include "test_main.h"

#define ADA "01HV6ZK3QJ8X5W2M9R4T7Y0AAA"
#define BOB "01HV6ZK3QJ8X5W2M9R4T7Y0BBB"
#define EVE "01HV6ZK3QJ8X5W2M9R4T7Y0EEE"
#define L1  "01HV6ZK3QJ8X5W2M9R4T7Y0001"
#define L2  "01HV6ZK3QJ8X5W2M9R4T7Y0002"
#define L3  "01HV6ZK3QJ8X5W2M9R4T7Y0003"
#define T1  "01HV6ZK3QJ8X5W2M9R4T7Y0T01"
#define T2  "01HV6ZK3QJ8X5W2M9R4T7Y0T02"
#define T3  "01HV6ZK3QJ8X5W2M9R4T7Y0T03"

/** A backend in front of the store: counts requests, and does something else right before the next write. */
struct meddler {
    struct dynr_backend base;
    struct dynr_backend *inner;
    unsigned n_requests;
    /* Rows that were asked for by their keys. */
    unsigned n_keys;
    void (*before_write)(void);
    /* The next write is answered so. */
    enum dynr_status refusal;
};

static struct meddler meddler;
static struct dynr_client *client;
static struct dynr_arena arena;
static struct dynr_error err;
static struct dynr_buf out;

static bool is_write(const struct dynr_request *request)
{
    return request->operation == DYNR_TRANSACT_WRITE_ITEMS ||
           request->operation == DYNR_UPDATE_ITEM || request->operation == DYNR_PUT_ITEM ||
           request->operation == DYNR_DELETE_ITEM;
}

static void meddler_start(struct dynr_backend *backend, const struct dynr_request *request,
                          struct dynr_arena *memory, dynr_complete_fn complete, void *context)
{
    (void)backend;
    void (*meddle)(void) = is_write(request) ? meddler.before_write : NULL;
    meddler.n_requests++;
    meddler.n_keys += request->operation == DYNR_GET_ITEM ? 1U : 0U;
    meddler.n_keys +=
        request->operation == DYNR_BATCH_GET_ITEM ? (unsigned)request->n_operations : 0U;
    if (meddle != NULL) {
        meddler.before_write = NULL;
        meddle();
    }
    if (is_write(request) && meddler.refusal != DYNR_OK) {
        const struct dynr_response nothing = {0};
        struct dynr_error failure = {0};
        (void)dynr_fail(&failure, meddler.refusal, NULL);
        meddler.refusal = DYNR_OK;
        complete(context, &nothing, &failure);
        return;
    }
    dynr_backend_start(meddler.inner, request, memory, complete, context);
}

static void meddler_destroy(struct dynr_backend *backend)
{
    (void)backend;
}

static const struct dynr_backend_methods meddler_methods = {
    .size = sizeof(struct dynr_backend_methods),
    .start = meddler_start,
    .destroy = meddler_destroy,
};

/** As the embedded store says of itself. */
static const struct dynr_backend_methods local_meddler_methods = {
    .size = sizeof(struct dynr_backend_methods),
    .start = meddler_start,
    .destroy = meddler_destroy,
    .is_local = true,
};

/** Calls a procedure; single quotes in `input` are double ones. */
static enum dynr_status call_as(const char *user, const char *path, const char *input)
{
    struct lists_caller caller;
    char json[2000];
    size_t n = 0;
    memset(&caller, 0, sizeof caller);
    if (strcmp(user, "admin") == 0) {
        user = EVE;
        caller.has_admin = true;
        caller.admin = true;
    }
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(user), &caller.user_id));
    for (; input[n] != '\0' && n + 1 < sizeof json; n++) {
        json[n] = input[n] == '\'' ? '"' : input[n];
    }
    out.len = 0;
    dynr_arena_reset(&arena);
    dynr_error_clear(&err);
    enum dynr_status status =
        dynr_procedure_call(lists_procedures(), client, dynr_str_from_c(path), &caller,
                            dynr_str_make(json, n), &arena, &out, &err);
    /* Nothing is left of rows that were looked for in vain, or of tries before. */
    DYNR_ASSERT_STATUS(err.status, status);
    return status;
}

#define OK(user, path, input)            DYNR_ASSERT_STATUS(call_as(user, path, input), DYNR_OK)
#define DENIED(user, path, input)        DYNR_ASSERT_STATUS(call_as(user, path, input), DYNR_ERR_DENIED)
#define FAILS(user, path, input, status) DYNR_ASSERT_STATUS(call_as(user, path, input), status)

static bool has(const char *text)
{
    char wanted[500];
    size_t n = 0;
    for (; text[n] != '\0' && n + 1 < sizeof wanted; n++) {
        wanted[n] = text[n] == '\'' ? '"' : text[n];
    }
    bool found = dynr_str_contains(dynr_buf_str(&out), dynr_str_make(wanted, n));
    if (!found) {
        (void)fprintf(stderr, "%.*s\n", (int)out.len, out.ptr);
    }
    return found;
}

static bool lacks(const char *text)
{
    return !dynr_str_contains(dynr_buf_str(&out), dynr_str_from_c(text));
}

/** Ada has the list L1, Bob views it; L2 is Bob's own. */
static void setup_on(const struct dynr_backend_methods *methods)
{
    memset(&meddler, 0, sizeof meddler);
    meddler.base.methods = methods;
    DYNR_ASSERT_STATUS(dynr_local_open(NULL, &meddler.inner, &err), DYNR_OK);
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = &meddler.base;
    dynr_arena_init(&arena, NULL, 0);
    dynr_buf_init(&out, NULL, 0);
    DYNR_ASSERT_STATUS(dynr_client_new(&options, &client, &err), DYNR_OK);
    DYNR_ASSERT_STATUS(lists_create_tables(client, &err), DYNR_OK);
    OK(ADA, "users.register", "{'id':'" ADA "','email':'ada@example.org','name':'Ada'}");
    OK(BOB, "users.register", "{'id':'" BOB "','email':'bob@example.org','name':'Bob'}");
    OK(ADA, "lists.create", "{'id':'" L1 "','title':'Groceries'}");
    OK(BOB, "lists.create", "{'id':'" L2 "','title':'Books'}");
    OK(ADA, "lists.share", "{'list':'" L1 "','user':'" BOB "','role':'viewer'}");
}

/** Where a request costs a round trip. */
static void setup(void)
{
    setup_on(&meddler_methods);
}

static void teardown(void)
{
    dynr_client_destroy(client);
    dynr_backend_destroy(meddler.inner);
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
}

/* ---- reads --------------------------------------------------------------------------------------------------- */

static void gates_let_members_in_and_nobody_else(void)
{
    setup();
    OK(ADA, "lists.board", "{'list':'" L1 "'}");
    OK(BOB, "lists.board", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("'members':[{'role':'viewer','user':{'id':'" BOB "','name':'Bob'}}]"));
    DENIED(EVE, "lists.board", "{'list':'" L1 "'}");
    char message[sizeof err.message];
    memcpy(message, err.message, sizeof message);
    /* A list that is not there is answered in the same words. */
    DENIED(EVE, "lists.board", "{'list':'" L3 "'}");
    DYNR_ASSERT(strcmp(message, err.message) == 0);
    DENIED(EVE, "todos.list", "{'list':'" L1 "'}");
    DENIED(ADA, "todos.list", "{'list':'" L2 "'}");
    OK(BOB, "todos.list", "{'list':'" L1 "','show':'all'}");
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[]");
    teardown();
}

static void fields_are_limited(void)
{
    setup();
    OK(BOB, "users.card", "{'user':'" ADA "'}");
    DENIED(BOB, "users.whole", "{'user':'" ADA "'}");
    OK(ADA, "users.whole", "{'user':'" ADA "'}");
    OK("admin", "users.whole", "{'user':'" ADA "'}");
    OK(ADA, "users.byEmail", "{'email':'ADA@example.org'}");
    DYNR_ASSERT(has("'email':'ada@example.org'"));
    FAILS(BOB, "users.byEmail", "{'email':'ada@example.org'}", DYNR_ERR_NOT_FOUND);
    char message[sizeof err.message];
    memcpy(message, err.message, sizeof message);
    FAILS(BOB, "users.byEmail", "{'email':'nobody@example.org'}", DYNR_ERR_NOT_FOUND);
    DYNR_ASSERT(strcmp(message, err.message) == 0);
    DENIED(BOB, "users.register", "{'id':'" EVE "','email':'eve@example.org','name':'Eve'}");
    teardown();
}

static void row_filters_drop_rows_before_take_counts_them(void)
{
    setup();
    OK(ADA, "todos.add",
       "{'list':'" L1 "','id':'" T1 "','text':'far','assignee':'" BOB "','due':'2026-03-01'}");
    OK(BOB, "todos.add",
       "{'list':'" L2 "','id':'" T2 "','text':'own','assignee':'" BOB "','due':'2026-03-02'}");
    OK(BOB, "todos.mine", "{'first':1}");
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[{\"text\":\"far\"}]");
    OK(BOB, "todos.mineCount", "{}");
    DYNR_ASSERT(has("'2'"));
    /* Without the membership, the first row is not his to see, and the second one takes its place. */
    OK(ADA, "lists.unshare", "{'list':'" L1 "','user':'" BOB "'}");
    OK(BOB, "todos.mine", "{'first':1}");
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[{\"text\":\"own\"}]");
    OK(BOB, "todos.mineCount", "{}");
    DYNR_ASSERT(has("'1'"));
    OK(BOB, "lists.owned", "{'owner':'" ADA "'}");
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[]");
    OK(ADA, "lists.owned", "{'owner':'" ADA "'}");
    DYNR_ASSERT(has("Groceries"));
    teardown();
}

static void many_hidden_rows_do_not_hide_the_visible_ones(void)
{
    setup();
    char input[300];
    for (unsigned i = 0; i < 60; i++) {
        bool visible = i >= 57;
        (void)snprintf(
            input, sizeof input,
            "{'list':'%s','id':'01HV6ZK3QJ8X5W2M9R4T7Y1%03u','text':'t%u','assignee':'" BOB
            "','due':'2026-01-%02u'}",
            visible ? L2 : L1, i, i, i / 2 + 1);
        OK(visible ? BOB : ADA, "todos.add", input);
    }
    OK(ADA, "lists.unshare", "{'list':'" L1 "','user':'" BOB "'}");
    OK(BOB, "todos.mine", "{'first':2}");
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[{\"text\":\"t57\"},{\"text\":\"t58\"}]");
    teardown();
}

static void links_lead_both_ways(void)
{
    setup();
    OK(ADA, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'editor'}");
    OK(BOB, "users.joined", "{}");
    DYNR_ASSERT(has("'role':'viewer'"));
    DYNR_ASSERT(has("'title':'Groceries'"));
    FAILS(ADA, "lists.share", "{'list':'" L1 "','user':'" BOB "','role':'editor'}",
          DYNR_ERR_EXISTS);
    OK(ADA, "lists.unshare", "{'list':'" L1 "','user':'" BOB "'}");
    OK(BOB, "users.joined", "{}");
    DYNR_ASSERT(has("'joined':[]"));
    /* A far row that is not there is null. */
    OK(ADA, "lists.board", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("'members':[{'role':'editor','user':null}]"));
    teardown();
}

/* ---- aggregates ------------------------------------------------------------------------------------------------ */

static void aggregates_count_all_rows(void)
{
    setup();
    char input[300];
    for (unsigned i = 0; i < 7; i++) {
        (void)snprintf(input, sizeof input,
                       "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Y2%03u','text':'t%u'}", i, i);
        OK(ADA, "todos.add", input);
    }
    OK(ADA, "todos.toggle", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Y2003'}");
    OK(ADA, "todos.remove", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Y2004'}");
    OK(ADA, "lists.board", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("'openCount':'5'"));
    DYNR_ASSERT(has("'memberCount':'1'"));
    DYNR_ASSERT(has("'spent':'0'"));
    DYNR_ASSERT(lacks("lastDay"));
    OK(ADA, "todos.totals", "{'list':'" L1 "','from':'2026-01-01'}");
    DYNR_ASSERT(has("'n':'0'"));
    OK(ADA, "todos.spend",
       "{'list':'" L1 "','amount':'0.1','minutes':'5','rest':7,'day':'2026-01-01'}");
    OK(ADA, "todos.spend", "{'list':'" L1 "','amount':'0.2','minutes':'6','day':'2026-01-02'}");
    OK(ADA, "todos.spend",
       "{'list':'" L1 "','amount':'99','minutes':'6','rest':-3,'day':'2025-12-31'}");
    OK(ADA, "todos.totals", "{'list':'" L1 "','from':'2026-01-01'}");
    DYNR_ASSERT(has("'n':'2'"));
    DYNR_ASSERT(has("'amount':'0.3'"));
    DYNR_ASSERT(has("'minutes':'11'"));
    DYNR_ASSERT(has("'leastRest':7"));
    DYNR_ASSERT(has("'most':'0.2'"));
    OK(ADA, "lists.board", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("'spent':'99.3'"));
    DYNR_ASSERT(has("'lastDay':'2026-01-02'"));
    DENIED(EVE, "todos.totals", "{'list':'" L1 "','from':'2026-01-01'}");
    OK(ADA, "todos.spend",
       "{'list':'" L1 "','amount':'1','minutes':'9223372036854775807','day':'2026-01-03'}");
    FAILS(ADA, "todos.totals", "{'list':'" L1 "','from':'2026-01-01'}", DYNR_ERR_RANGE);
    teardown();
}

/* ---- writes ---------------------------------------------------------------------------------------------------- */

static void writes_need_their_verb(void)
{
    setup();
    DENIED(BOB, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'no'}");
    DENIED(BOB, "lists.rename", "{'list':'" L1 "','title':'no'}");
    DENIED(EVE, "lists.rename", "{'list':'" L3 "','title':'no'}");
    DENIED(BOB, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'viewer'}");
    OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
    OK(BOB, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'yes'}");
    OK(BOB, "lists.rename", "{'list':'" L1 "','title':'Food'}");
    DYNR_ASSERT(has("'title':'Food'"));
    OK(BOB, "todos.toggle", "{'list':'" L1 "','id':'" T1 "'}");
    DYNR_ASSERT(has("'done':true"));
    DENIED(BOB, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'viewer'}");
    DENIED(BOB, "lists.remove", "{'list':'" L1 "'}");
    DENIED(EVE, "todos.remove", "{'list':'" L1 "','id':'" T1 "'}");
    FAILS(BOB, "todos.remove", "{'list':'" L1 "','id':'" T3 "'}", DYNR_ERR_NOT_FOUND);
    OK(BOB, "todos.remove", "{'list':'" L1 "','id':'" T1 "'}");
    OK(ADA, "lists.remove", "{'list':'" L1 "'}");
    /* What is deleted allows nothing any more. */
    DENIED(ADA, "todos.add", "{'list':'" L1 "','id':'" T2 "','text':'late'}");
    DENIED(ADA, "lists.rename", "{'list':'" L1 "','title':'late'}");
    teardown();
}

static void conditions_of_the_mutation_stay_its_own(void)
{
    setup();
    FAILS(ADA, "lists.renameIf", "{'list':'" L1 "','title':'a','old':'b'}",
          DYNR_ERR_CONDITION_FAILED);
    OK(ADA, "lists.renameIf", "{'list':'" L1 "','title':'a','old':'Groceries'}");
    FAILS(ADA, "lists.renameAt", "{'list':'" L1 "','title':'b','expect':'7'}", DYNR_ERR_CONFLICT);
    OK(ADA, "lists.renameAt", "{'list':'" L1 "','title':'b','expect':'2'}");
    DENIED(BOB, "lists.renameAt", "{'list':'" L1 "','title':'c','expect':'7'}");
    OK(ADA, "lists.give", "{'list':'" L1 "','to':'" EVE "'}");
    DENIED(ADA, "lists.give", "{'list':'" L1 "','to':'" ADA "'}");
    teardown();
}

static void transactions_know_what_they_create(void)
{
    setup();
    OK(EVE, "lists.found", "{'id':'" L3 "','title':'New','user':'" BOB "'}");
    OK(BOB, "todos.add", "{'list':'" L3 "','id':'" T1 "','text':'yes'}");
    /* The key is taken, by a list of somebody else: nothing is written. */
    FAILS(BOB, "lists.found", "{'id':'" L1 "','title':'Mine','user':'" EVE "'}", DYNR_ERR_EXISTS);
    DENIED(EVE, "lists.board", "{'list':'" L1 "'}");
    /* The same row is written and relied on. */
    OK(ADA, "todos.both", "{'list':'" L1 "','to':'" L1 "','title':'both','id':'" T2 "'}");
    OK(ADA, "lists.board", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("'title':'both'"));
    DYNR_ASSERT(has("'openCount':'1'"));
    DENIED(ADA, "todos.both", "{'list':'" L1 "','to':'" L2 "','title':'no','id':'" T3 "'}");
    DENIED(ADA, "todos.both", "{'list':'" L2 "','to':'" L1 "','title':'no','id':'" T3 "'}");
    teardown();
}

static void a_row_goes_only_where_its_writer_may_write(void)
{
    setup();
    OK(BOB, "todos.add", "{'list':'" L2 "','id':'" T1 "','text':'book'}");
    DENIED(BOB, "todos.move", "{'list':'" L2 "','id':'" T1 "','to':'" L1 "'}");
    OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
    OK(BOB, "todos.move", "{'list':'" L2 "','id':'" T1 "','to':'" L1 "'}");
    OK(ADA, "todos.list", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("book"));
    teardown();
}

/* ---- in between ------------------------------------------------------------------------------------------------ */

static void drop_bob(void)
{
    struct lists_member_key key;
    struct dynr_arena own;
    struct dynr_error failure;
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(L1), &key.list.id));
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(BOB), &key.user.id));
    dynr_arena_init(&own, NULL, 0);
    DYNR_ASSERT_STATUS(lists_member_delete(client, key, NULL, &own, &failure), DYNR_OK);
    dynr_arena_cleanup(&own);
}

static void set_role(enum lists_role role)
{
    struct lists_member_key key;
    struct lists_member_changes changes;
    struct dynr_arena own;
    struct dynr_error failure;
    memset(&changes, 0, sizeof changes);
    changes.set_role = true;
    changes.role = role;
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(L1), &key.list.id));
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(BOB), &key.user.id));
    dynr_arena_init(&own, NULL, 0);
    DYNR_ASSERT_STATUS(lists_member_update(client, key, &changes, NULL, &own, NULL, &failure),
                       DYNR_OK);
    dynr_arena_cleanup(&own);
}

static void demote_bob(void)
{
    set_role(LISTS_ROLE_VIEWER);
}

static void touch_bob(void)
{
    set_role(LISTS_ROLE_EDITOR);
}

static void a_right_that_is_lost_in_between_is_denied(void)
{
    static void (*const meddles[])(void) = {drop_bob, demote_bob};
    for (size_t i = 0; i < 2; i++) {
        setup();
        OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
        meddler.before_write = meddles[i];
        DENIED(BOB, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'late'}");
        OK(ADA, "todos.list", "{'list':'" L1 "'}");
        DYNR_ASSERT_STR(dynr_buf_str(&out), "[]");
        teardown();
    }
    setup();
    OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
    meddler.before_write = drop_bob;
    DENIED(BOB, "lists.rename", "{'list':'" L1 "','title':'late'}");
    OK(ADA, "lists.board", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("Groceries"));
    teardown();
}

static void a_change_that_takes_nothing_away_does_not_matter(void)
{
    setup();
    OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
    meddler.before_write = touch_bob;
    OK(BOB, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'yes'}");
    /* The owner needs no membership, whatever becomes of it. */
    meddler.before_write = drop_bob;
    OK(ADA, "todos.add", "{'list':'" L1 "','id':'" T2 "','text':'yes'}");
    teardown();
}

static void give_list_to_eve(void)
{
    struct lists_todo_list_key key;
    struct lists_todo_list_changes changes;
    struct dynr_arena own;
    struct dynr_error failure;
    memset(&changes, 0, sizeof changes);
    changes.set_owner = true;
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(EVE), &changes.owner.id));
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(L1), &key.id));
    dynr_arena_init(&own, NULL, 0);
    DYNR_ASSERT_STATUS(lists_todo_list_update(client, key, &changes, NULL, &own, NULL, &failure),
                       DYNR_OK);
    dynr_arena_cleanup(&own);
}

/** The owner's right is decided without her membership, which is read once it is all that she has. */
static void what_was_not_read_is_read_when_it_matters(void)
{
    setup();
    meddler.before_write = give_list_to_eve;
    DENIED(ADA, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'late'}");
    OK(EVE, "todos.list", "{'list':'" L1 "'}");
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[]");
    teardown();
    setup();
    OK(ADA, "lists.share", "{'list':'" L1 "','user':'" ADA "','role':'editor'}");
    meddler.before_write = give_list_to_eve;
    OK(ADA, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'yes'}");
    DENIED(ADA, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'viewer'}");
    teardown();
}

/** A ban that was not read looks like one that is not there: no write may rely on that. */
static void writes_rely_on_no_row_that_was_not_read(void)
{
    setup();
    OK(BOB, "notes.add", "{'list':'" L1 "','text':'yes'}");
    OK(ADA, "notes.ban", "{'list':'" L1 "','user':'" BOB "'}");
    DENIED(BOB, "notes.add", "{'list':'" L1 "','text':'no'}");
    OK(ADA, "notes.ban", "{'list':'" L1 "','user':'" ADA "'}");
    meddler.n_keys = 0;
    OK(ADA, "notes.add", "{'list':'" L1 "','text':'yes'}");
    DYNR_ASSERT_INT(meddler.n_keys, 1);
    DENIED(EVE, "notes.add", "{'list':'" L1 "','text':'no'}");
    teardown();
}

/* ---- what is read ---------------------------------------------------------------------------------------------- */

/** How many requests a call makes, and how many rows it asks for by their keys. */
#define READS(user, path, input, status, requests, keys)                                           \
    do {                                                                                           \
        meddler.n_requests = 0;                                                                    \
        meddler.n_keys = 0;                                                                        \
        FAILS(user, path, input, status);                                                          \
        DYNR_ASSERT_INT(meddler.n_requests, requests);                                             \
        DYNR_ASSERT_INT(meddler.n_keys, keys);                                                     \
    } while (false)

static void gates_read_until_they_are_decided(void)
{
    setup();
    /* The owner: the list, and the query. A member: the membership, too. */
    READS(ADA, "todos.list", "{'list':'" L1 "'}", DYNR_OK, 2, 1);
    READS(BOB, "todos.list", "{'list':'" L1 "'}", DYNR_OK, 3, 2);
    READS(EVE, "todos.list", "{'list':'" L1 "'}", DYNR_ERR_DENIED, 2, 2);
    READS(EVE, "todos.list", "{'list':'" L3 "'}", DYNR_ERR_DENIED, 1, 1);
    /* What arguments and the caller decide is not read at all. */
    READS(ADA, "users.card", "{'user':'" BOB "'}", DYNR_OK, 1, 1);
    READS("admin", "users.whole", "{'user':'" BOB "'}", DYNR_OK, 1, 1);
    teardown();
}

static void gates_of_writes_read_until_they_are_decided(void)
{
    setup();
    OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'a'}", DYNR_OK, 2, 1);
    READS(BOB, "todos.add", "{'list':'" L1 "','id':'" T2 "','text':'b'}", DYNR_OK, 3, 2);
    READS(EVE, "todos.add", "{'list':'" L1 "','id':'" T3 "','text':'c'}", DYNR_ERR_DENIED, 2, 2);
    READS(EVE, "todos.add", "{'list':'" L3 "','id':'" T3 "','text':'c'}", DYNR_ERR_DENIED, 1, 1);
    /* The row comes back, so it is read again behind the transaction. */
    READS(ADA, "lists.rename", "{'list':'" L1 "','title':'a'}", DYNR_OK, 3, 2);
    READS(BOB, "lists.rename", "{'list':'" L1 "','title':'b'}", DYNR_OK, 4, 3);
    teardown();
}

/** One way to have the right: the transaction alone says whether it holds. Who fails is told so by what is read. */
static void what_one_grant_allows_is_not_read_before(void)
{
    setup();
    OK(ADA, "notes.ban", "{'list':'" L1 "','user':'" EVE "'}");
    READS(ADA, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'viewer'}", DYNR_OK, 1, 0);
    READS(BOB, "lists.share", "{'list':'" L1 "','user':'" BOB "','role':'editor'}", DYNR_ERR_DENIED,
          2, 1);
    READS(ADA, "lists.share", "{'list':'" L3 "','user':'" BOB "','role':'editor'}", DYNR_ERR_DENIED,
          2, 1);
    /* What stands in the way is said to those who may write, and to nobody else. */
    READS(ADA, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'editor'}", DYNR_ERR_EXISTS,
          3, 1);
    READS(BOB, "lists.share", "{'list':'" L1 "','user':'" EVE "','role':'editor'}", DYNR_ERR_DENIED,
          2, 1);
    READS(ADA, "lists.setRole", "{'list':'" L1 "','user':'" EVE "','role':'editor'}", DYNR_OK, 1,
          0);
    READS(ADA, "lists.setRole", "{'list':'" L2 "','user':'" EVE "','role':'editor'}",
          DYNR_ERR_DENIED, 2, 1);
    READS(BOB, "lists.setRole", "{'list':'" L2 "','user':'" EVE "','role':'editor'}",
          DYNR_ERR_NOT_FOUND, 3, 1);
    OK(EVE, "todos.add", "{'list':'" L1 "','id':'" T1 "','text':'as an editor'}");
    teardown();
}

/** Nobody learns from a try what only those who may write may know; what may have been written is not written again. */
static void a_try_in_vain_says_nothing(void)
{
    static const enum dynr_status refused[] = {DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_TOO_LARGE,
                                               DYNR_ERR_TRANSACTION_CANCELED,
                                               DYNR_ERR_COLLECTION_TOO_LARGE};
    static const enum dynr_status failed[] = {DYNR_ERR_IO, DYNR_ERR_BUSY, DYNR_ERR_INTERNAL,
                                              DYNR_ERR_NO_MEMORY, DYNR_ERR_THROTTLED};
    setup();
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        meddler.refusal = refused[i];
        READS(BOB, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}",
              DYNR_ERR_DENIED, 2, 1);
    }
    for (size_t i = 0; i < sizeof failed / sizeof failed[0]; i++) {
        meddler.refusal = failed[i];
        READS(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}", failed[i],
              1, 0);
    }
    meddler.refusal = DYNR_ERR_TRANSACTION_CONFLICT;
    READS(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}", DYNR_OK, 3,
          1);
    teardown();
}

/** By which amount a sum would leave its bounds says what there is. */
static void a_sum_tells_strangers_nothing(void)
{
    static const struct dynr_backend_methods *const kinds[] = {&meddler_methods,
                                                               &local_meddler_methods};
    for (size_t i = 0; i < 2; i++) {
        setup_on(kinds[i]);
        OK(ADA, "accounts.open", "{'id':'" T1 "'}");
        READS(ADA, "accounts.pay", "{'account':'" T1 "','by':5}", DYNR_OK, 1, 0);
        FAILS(ADA, "accounts.pay", "{'account':'" T1 "','by':9223372036854775807}", DYNR_ERR_RANGE);
        DENIED(BOB, "accounts.pay", "{'account':'" T1 "','by':9223372036854775807}");
        DENIED(BOB, "accounts.pay", "{'account':'" T2 "','by':9223372036854775807}");
        DENIED(EVE, "accounts.both",
               "{'list':'" L1 "','account':'" T1 "','by':9223372036854775807}");
        FAILS(ADA, "accounts.both", "{'list':'" L1 "','account':'" T1 "','by':9223372036854775807}",
              DYNR_ERR_RANGE);
        teardown();
    }
}

/** Nobody is nobody's caller, in C as over HTTP. */
static void a_missing_caller_is_refused(void)
{
    struct lists_accounts_pay_input input;
    setup();
    memset(&input, 0, sizeof input);
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c(T1), &input.account.id));
    DYNR_ASSERT_STATUS(lists_accounts_pay(client, NULL, &input, &arena, &err),
                       DYNR_ERR_UNAUTHENTICATED);
    DYNR_ASSERT_STATUS(dynr_procedure_call(lists_procedures(), client,
                                           dynr_str_from_c("accounts.pay"), NULL,
                                           dynr_str_from_c("{\"account\":\"" T1 "\",\"by\":1}"),
                                           &arena, &out, &err),
                       DYNR_ERR_UNAUTHENTICATED);
    teardown();
}

/** Whatever fails behind a `create`, an id that the caller brought is its own when the call is made again. */
static void ids_of_the_caller_outlast_a_failure(void)
{
    const struct dynr_str id = dynr_str_from_c(T3);
    struct dynr_call_options options = DYNR_CALL_OPTIONS_INIT;
    struct dynr_arena own;
    setup();
    struct dynr_client *whole = client;
    options.ids = &id;
    options.n_ids = 1;
    dynr_arena_init(&own, NULL, 0);
    DYNR_ASSERT_STATUS(dynr_client_fork(whole, &options, &own, &client, &err), DYNR_OK);
    DENIED(ADA, "accounts.close", "{'account':'" T1 "'}");
    struct dynr_client *fork = client;
    client = whole;
    OK(ADA, "accounts.open", "{'id':'" T1 "'}");
    client = fork;
    OK(ADA, "accounts.close", "{'account':'" T1 "'}");
    client = whole;
    OK(ADA, "accounts.receipts", "{}");
    DYNR_ASSERT(has("'id':'" T3 "'"));
    dynr_arena_cleanup(&own);
    teardown();
}

/** Several ways: where a try is cheap the one that held the last times is tried, and nobody gains or loses a right by it. */
static void a_local_store_tries_the_grant_that_held_before(void)
{
    setup_on(&local_meddler_methods);
    OK(ADA, "lists.setRole", "{'list':'" L1 "','user':'" BOB "','role':'editor'}");
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0001','text':'a'}",
          DYNR_OK, 2, 1);
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0002','text':'b'}",
          DYNR_OK, 2, 1);
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0003','text':'c'}",
          DYNR_OK, 1, 0);
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0004','text':'d'}",
          DYNR_OK, 1, 0);
    /* Another way: what asks for an order is read each time. The first try is still that of the owner. */
    READS(BOB, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0005','text':'e'}",
          DYNR_OK, 4, 2);
    READS(BOB, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0006','text':'f'}",
          DYNR_OK, 3, 2);
    READS(BOB, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0007','text':'g'}",
          DYNR_OK, 3, 2);
    READS(EVE, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0008','text':'no'}",
          DYNR_ERR_DENIED, 2, 2);
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0009','text':'h'}",
          DYNR_OK, 2, 1);
    OK(ADA, "todos.list", "{'list':'" L1 "'}");
    DYNR_ASSERT(has("'text':'h'") && lacks("no"));
    /* A right that goes away between the call and its transaction. */
    READS(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0010','text':'i'}",
          DYNR_OK, 2, 1);
    meddler.before_write = give_list_to_eve;
    DENIED(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0011','text':'late'}");
    /* Her membership is her right now, whatever was tried. */
    OK(EVE, "lists.share", "{'list':'" L1 "','user':'" ADA "','role':'editor'}");
    OK(ADA, "todos.add", "{'list':'" L1 "','id':'01HV6ZK3QJ8X5W2M9R4T7Z0012','text':'j'}");
    teardown();
}

static void row_filters_look_up_what_is_undecided(void)
{
    static const char *const lists[] = {L2, L1, L1};
    static const char *const ids[] = {T1, T2, T3};
    setup();
    for (size_t i = 0; i < 3; i++) {
        char input[300];
        (void)snprintf(input, sizeof input,
                       "{'list':'%s','id':'%s','text':'t%zu','assignee':'" BOB
                       "','due':'2026-03-0%zu'}",
                       lists[i], ids[i], i, i + 1);
        OK(i == 0 ? BOB : ADA, "todos.add", input);
        if (i == 0) {
            /* His own list alone: no membership. */
            READS(BOB, "todos.mine", "{}", DYNR_OK, 2, 1);
        }
    }
    /* Both lists, and the membership in the one that is not his. */
    READS(BOB, "todos.mine", "{}", DYNR_OK, 3, 3);
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[{\"text\":\"t0\"},{\"text\":\"t1\"},{\"text\":\"t2\"}]");
    READS(BOB, "todos.mineCount", "{}", DYNR_OK, 3, 3);
    DYNR_ASSERT(has("'3'"));
    /* A list that is not there lets nobody in, members or not. */
    OK(ADA, "lists.remove", "{'list':'" L1 "'}");
    READS(BOB, "todos.mine", "{}", DYNR_OK, 2, 2);
    DYNR_ASSERT_STR(dynr_buf_str(&out), "[{\"text\":\"t0\"}]");
    teardown();
}

static const struct dynr_test tests[] = {
    DYNR_TEST(gates_let_members_in_and_nobody_else),
    DYNR_TEST(fields_are_limited),
    DYNR_TEST(row_filters_drop_rows_before_take_counts_them),
    DYNR_TEST(many_hidden_rows_do_not_hide_the_visible_ones),
    DYNR_TEST(links_lead_both_ways),
    DYNR_TEST(aggregates_count_all_rows),
    DYNR_TEST(writes_need_their_verb),
    DYNR_TEST(conditions_of_the_mutation_stay_its_own),
    DYNR_TEST(transactions_know_what_they_create),
    DYNR_TEST(a_row_goes_only_where_its_writer_may_write),
    DYNR_TEST(a_right_that_is_lost_in_between_is_denied),
    DYNR_TEST(a_change_that_takes_nothing_away_does_not_matter),
    DYNR_TEST(what_was_not_read_is_read_when_it_matters),
    DYNR_TEST(writes_rely_on_no_row_that_was_not_read),
    DYNR_TEST(gates_read_until_they_are_decided),
    DYNR_TEST(gates_of_writes_read_until_they_are_decided),
    DYNR_TEST(what_one_grant_allows_is_not_read_before),
    DYNR_TEST(a_try_in_vain_says_nothing),
    DYNR_TEST(a_sum_tells_strangers_nothing),
    DYNR_TEST(a_missing_caller_is_refused),
    DYNR_TEST(ids_of_the_caller_outlast_a_failure),
    DYNR_TEST(a_local_store_tries_the_grant_that_held_before),
    DYNR_TEST(row_filters_look_up_what_is_undecided),
};

int main(void)
{
    return dynr_test_main("policies", tests, DYNR_TEST_COUNT(tests));
}

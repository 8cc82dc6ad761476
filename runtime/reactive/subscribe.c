/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/subscribe.h"

#include "reactive/connection.h"
#include "reactive/gate.h"
#include "reactive/linger.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/resume.h"
#include "reactive/view.h"

#define ID_MAX (UINT64_C(1) << 53)

/* ---- on and off a view ------------------------------------------------------------------------------------------ */

static void link_to_view(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                         struct dynr_view *view)
{
    dynr_view_return(engine, view);
    subscriber->view = view;
    subscriber->previous_of_view = NULL;
    subscriber->next_of_view = view->subscribers;
    if (view->subscribers != NULL) {
        view->subscribers->previous_of_view = subscriber;
    }
    view->subscribers = subscriber;
    view->n_subscribers++;
    if (view->holding) {
        dynr_subscriber_hold(engine, subscriber, true);
    }
}

void dynr_subscriber_detach(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_view *view = subscriber->view;
    if (view == NULL) {
        return;
    }
    dynr_load_leave(subscriber);
    dynr_resume_free(engine, subscriber);
    if (view->holding) {
        dynr_subscriber_hold(engine, subscriber, false);
    }
    if (subscriber->previous_of_view != NULL) {
        subscriber->previous_of_view->next_of_view = subscriber->next_of_view;
    } else {
        view->subscribers = subscriber->next_of_view;
    }
    if (subscriber->next_of_view != NULL) {
        subscriber->next_of_view->previous_of_view = subscriber->previous_of_view;
    }
    subscriber->view = NULL;
    subscriber->next_of_view = NULL;
    subscriber->previous_of_view = NULL;
    if (--view->n_subscribers == 0) {
        dynr_view_leave(engine, view);
    }
}

void dynr_subscriber_end(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_connection *connection = subscriber->connection;
    dynr_subscriber_detach(engine, subscriber);
    dynr_resume_free(engine, subscriber);
    dynr_gate_free(engine, subscriber);
    struct dynr_subscriber **at = &connection->subscribers;
    while (*at != subscriber) {
        at = &(*at)->next_of_connection;
    }
    *at = subscriber->next_of_connection;
    connection->n_subscribers--;
    engine->counters.subscribers--;
    dynr_engine_free(engine, subscriber, sizeof *subscriber);
}

static enum dynr_status find_view(struct dynr_engine *engine, struct dynr_procedure_info *procedure,
                                  const void *input, const void *caller, struct dynr_view **out,
                                  struct dynr_error *err)
{
    struct dynr_key128 key;
    enum dynr_status status = dynr_view_share_key(engine, procedure, input, caller, &key);
    if (status != DYNR_OK) {
        return dynr_fail(err, status, NULL);
    }
    *out = dynr_key_table_get(&engine->views, key);
    if (*out != NULL && !(*out)->failed) {
        return DYNR_OK;
    }
    return dynr_view_new(engine, procedure, input, caller, key, out, err);
}

void dynr_subscriber_attach(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                            struct dynr_procedure_info *procedure, const void *input)
{
    struct dynr_error err = {0};
    struct dynr_view *view = NULL;
    enum dynr_status status =
        find_view(engine, procedure, input, subscriber->connection->caller, &view, &err);
    if (status == DYNR_OK && view != NULL) {
        link_to_view(engine, subscriber, view);
        if (subscriber->resume != NULL) {
            subscriber->state = DYNR_SUBSCRIBER_RESUMING;
            dynr_resume_start(engine, subscriber);
            return;
        }
        subscriber->state = DYNR_SUBSCRIBER_LOADING;
        status = dynr_load_for(engine, subscriber);
        if (status == DYNR_OK) {
            return;
        }
        (void)dynr_fail(&err, status, NULL);
    }
    dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, &err, false);
    dynr_subscriber_end(engine, subscriber);
}

/* ---- the message ------------------------------------------------------------------------------------------------ */

static enum dynr_status check(struct dynr_engine *engine, const struct dynr_connection *connection,
                              const struct dynr_engine_subscribe *subscribe,
                              struct dynr_procedure_info **out, struct dynr_error *err)
{
    if (subscribe->id == 0 || subscribe->id >= ID_MAX) {
        return dynr_fail_field(err, DYNR_ERR_RANGE, dynr_str_from_c("id"),
                               "must be from 1 and below 2^53");
    }
    if (dynr_connection_subscriber(connection, subscribe->id) != NULL) {
        return dynr_fail_field(err, DYNR_ERR_EXISTS, dynr_str_from_c("id"),
                               "is in use on this connection");
    }
    if (connection->n_subscribers >= engine->limits.max_subscriptions_per_connection) {
        return dynr_fail(err, DYNR_ERR_TOO_MANY, "a connection watches %u queries at most",
                         engine->limits.max_subscriptions_per_connection);
    }
    if (subscribe->input.len > engine->limits.max_input) {
        return dynr_fail(err, DYNR_ERR_TOO_LARGE, "the input has more than %u bytes",
                         engine->limits.max_input);
    }
    struct dynr_procedure_info *procedure = dynr_catalog_procedure(engine, subscribe->procedure);
    if (procedure == NULL) {
        return dynr_fail(err, DYNR_ERR_UNKNOWN_PROCEDURE, NULL);
    }
    if (procedure->procedure->view == NULL || procedure->procedure->once) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s cannot be watched",
                         procedure->procedure->path);
    }
    if (procedure->procedure->caller != NULL && connection->caller == NULL) {
        return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, NULL);
    }
    *out = procedure;
    return DYNR_OK;
}

static enum dynr_status decode_input(const struct dynr_procedure_info *procedure,
                                     struct dynr_str json, struct dynr_arena *arena, void **out,
                                     struct dynr_error *err)
{
    /* As dynr_procedure_call takes it: no input at all counts as one without members. */
    static const struct dynr_struct_desc nothing = {.name = "nothing", .size = 1};
    const struct dynr_struct_desc *desc =
        procedure->procedure->input == NULL ? &nothing : procedure->procedure->input;
    bool empty = json.len == 0 || dynr_str_equal_c(json, "null");
    *out = dynr_arena_calloc(arena, 1, desc->size);
    if (*out == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return dynr_decode_json(desc, empty ? dynr_str_from_c("{}") : json, arena, *out, err);
}

static struct dynr_subscriber *new_subscriber(struct dynr_engine *engine,
                                              struct dynr_connection *connection,
                                              const struct dynr_engine_subscribe *subscribe)
{
    struct dynr_subscriber *subscriber = dynr_engine_allocate(engine, sizeof *subscriber);
    if (subscriber == NULL) {
        return NULL;
    }
    subscriber->connection = connection;
    subscriber->id = subscribe->id;
    if (subscribe->since.position != 0 && !dynr_resume_new(engine, subscriber, &subscribe->since)) {
        dynr_engine_free(engine, subscriber, sizeof *subscriber);
        return NULL;
    }
    subscriber->next_of_connection = connection->subscribers;
    connection->subscribers = subscriber;
    connection->n_subscribers++;
    engine->counters.subscribers++;
    return subscriber;
}

static enum dynr_status subscribe_to(struct dynr_engine *engine, struct dynr_connection *connection,
                                     const struct dynr_engine_subscribe *subscribe,
                                     struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_procedure_info *procedure = NULL;
    void *input = NULL;
    enum dynr_status status = check(engine, connection, subscribe, &procedure, err);
    if (status == DYNR_OK && procedure != NULL) {
        status = decode_input(procedure, subscribe->input, arena, &input, err);
    }
    if (status != DYNR_OK || procedure == NULL) {
        return status;
    }
    struct dynr_subscriber *subscriber = new_subscriber(engine, connection, subscribe);
    if (subscriber == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (procedure->procedure->view->gate != NULL) {
        dynr_gate_begin(engine, subscriber, procedure, input);
    } else {
        dynr_subscriber_attach(engine, subscriber, procedure, input);
    }
    return DYNR_OK;
}

enum dynr_status dynr_engine_subscribe(struct dynr_engine *engine, uint64_t number,
                                       const struct dynr_engine_subscribe *subscribe,
                                       struct dynr_error *err)
{
    struct dynr_connection *connection = dynr_connection_find(engine, number);
    struct dynr_arena arena;
    struct dynr_error wrong = {0};
    if (connection == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "there is no such connection");
    }
    dynr_engine_enter(engine);
    dynr_arena_init(&arena, engine->allocator, 0);
    enum dynr_status status = subscribe_to(engine, connection, subscribe, &arena, &wrong);
    dynr_arena_cleanup(&arena);
    if (status != DYNR_OK) {
        /* Under an id in use it would say that what is watched under it has ended. */
        uint64_t id = status == DYNR_ERR_EXISTS ? 0 : subscribe->id;
        dynr_connection_send_error(engine, connection, id, status, &wrong, false);
    }
    return dynr_engine_leave(engine, err);
}

void dynr_engine_unsubscribe(struct dynr_engine *engine, uint64_t number, uint64_t id)
{
    struct dynr_connection *connection = dynr_connection_find(engine, number);
    struct dynr_subscriber *subscriber =
        connection == NULL ? NULL : dynr_connection_subscriber(connection, id);
    if (subscriber == NULL) {
        return;
    }
    dynr_engine_enter(engine);
    dynr_subscriber_end(engine, subscriber);
    (void)dynr_engine_leave(engine, NULL);
}

/* ---- from the start --------------------------------------------------------------------------------------------- */

static void say_reset(struct dynr_engine *engine, const struct dynr_subscriber *subscriber)
{
    struct dynr_buf *text = &engine->text;
    dynr_buf_clear(text);
    dynr_buf_append_c(text, "{\"t\":\"reset\",\"id\":");
    dynr_buf_append_int(text, (int64_t)subscriber->id);
    if (subscriber->view != NULL) {
        dynr_buf_append_c(text, ",\"view\":");
        dynr_buf_append_int(text, (int64_t)subscriber->view->number);
    }
    dynr_buf_append_char(text, '}');
    dynr_connection_send_text(engine, subscriber->connection, text);
}

void dynr_subscriber_reset(struct dynr_engine *engine, const struct dynr_subscriber *subscriber)
{
    if (subscriber->view != NULL && subscriber->state == DYNR_SUBSCRIBER_ACTIVE) {
        say_reset(engine, subscriber);
    }
}

/* False: memory is exhausted, and the view fails. */
static bool load_again(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    dynr_load_leave(subscriber);
    dynr_resume_free(engine, subscriber);
    subscriber->state = DYNR_SUBSCRIBER_LOADING;
    if (dynr_load_for(engine, subscriber) != DYNR_OK) {
        dynr_view_fail(engine, subscriber->view, DYNR_ERR_NO_MEMORY);
        return false;
    }
    return true;
}

void dynr_view_resync(struct dynr_engine *engine, struct dynr_view *view)
{
    if (view->resyncing || view->failed) {
        return;
    }
    if (view->lingers) {
        dynr_view_end_lingering(engine, view);
        return;
    }
    view->resyncing = true;
    dynr_view_mark(engine, view);
    dynr_loads_abandon(engine, view);
    dynr_view_forget(engine, view);
    dynr_view_hold(engine, view, false);
    dynr_output_give_back(engine, view->output);
    view->output = NULL;
}

void dynr_view_reload(struct dynr_engine *engine, struct dynr_view *view)
{
    struct dynr_subscriber *next = NULL;
    view->resyncing = false;
    for (struct dynr_subscriber *subscriber = view->subscribers; subscriber != NULL;
         subscriber = next) {
        next = subscriber->next_of_view;
        dynr_subscriber_reset(engine, subscriber);
        if (!load_again(engine, subscriber)) {
            return;
        }
    }
}

enum dynr_status dynr_engine_resync(struct dynr_engine *engine, uint64_t number,
                                    struct dynr_error *err)
{
    struct dynr_connection *connection = dynr_connection_find(engine, number);
    if (connection == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "there is no such connection");
    }
    dynr_engine_enter(engine);
    struct dynr_subscriber *next = NULL;
    for (struct dynr_subscriber *subscriber = connection->subscribers; subscriber != NULL;
         subscriber = next) {
        next = subscriber->next_of_connection;
        /* Also to who waits for a snapshot or for its gate: the `reset` that told it so may be among what was dropped. */
        if (subscriber->view != NULL) {
            say_reset(engine, subscriber);
            (void)load_again(engine, subscriber);
        } else if (dynr_gate_is_read(subscriber->gate)) {
            say_reset(engine, subscriber);
            dynr_resume_free(engine, subscriber);
        }
    }
    return dynr_engine_leave(engine, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: messages out, messages in, views folded on the way.
 */
#include "dynr/peer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_read.h"
#include "peer/fold.h"
#include "peer/place.h"
#include "peer/websocket.h"

#define DEFAULT_TIMEOUT_MS 10000
/* Patches of views whose snapshot is still on its way. */
#define MAX_EARLY 1000

struct subscription {
    struct subscription *next;
    uint64_t id;
    uint64_t view;
    bool has_view;
    /** A part of the snapshot has come, and more follows. */
    bool in_parts;
    /** The caller may not see it for now: nothing is held, and a snapshot comes when that changes. */
    bool suspended;
    /** Changes up to this one came before it began to wait for the snapshot that it waits for. */
    uint64_t waits_from;
    uint32_t window;
    struct dynr_fold fold;
};

struct early {
    struct early *next;
    uint64_t view;
    uint64_t number;
    size_t len;
    char text[];
};

struct dynr_peer {
    struct dynr_websocket socket;
    const struct dynr_procedure_table *procedures;
    uint32_t timeout_ms;
    uint64_t last_id;
    uint64_t position;
    struct subscription *subscriptions;
    struct early *early;
    size_t n_early;
    /** Changes that have come, of all views. */
    uint64_t n_changes;
    /** Of the message that was taken in last. */
    struct dynr_arena arena;
    /** Something that is watched has changed since dynr_peer_wait began; a transition was closed. */
    bool changed;
    bool closed_transition;
    /** A transition has begun and is not closed: rows may lack what they hang on. */
    bool is_open;
    struct dynr_buf outgoing;
};

/** What dispatching needs of every message. */
struct incoming {
    struct dynr_str text;
    struct dynr_str type;
    bool has_id;
    uint64_t id;
    uint64_t view;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t time_left(int64_t deadline_ms)
{
    int64_t left = deadline_ms - now_ms();
    return left > 0 ? (uint32_t)left : 0;
}

static struct dynr_str member(const struct incoming *incoming, const char *name,
                              struct dynr_arena *arena)
{
    return dynr_place_member(incoming->text, dynr_str_from_c(name), arena);
}

static uint64_t number_member(const struct incoming *incoming, const char *name,
                              struct dynr_arena *arena, bool *out_present)
{
    struct dynr_str text = member(incoming, name, arena);
    uint64_t value = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (out_present != NULL) {
        *out_present = text.len > 0;
    }
    return value;
}

/** A member that is a JSON string, without quotes and escapes. */
static struct dynr_str text_member(const struct incoming *incoming, const char *name,
                                   struct dynr_arena *arena)
{
    struct dynr_json_reader reader;
    struct dynr_str text;
    dynr_json_reader_init(&reader, member(incoming, name, arena));
    return dynr_json_peek(&reader) == DYNR_JSON_STRING &&
                   dynr_json_read_string(&reader, arena, &text)
               ? text
               : dynr_str_make(NULL, 0);
}

static enum dynr_status send_outgoing(struct dynr_peer *peer, struct dynr_error *err)
{
    if (!dynr_buf_ok(&peer->outgoing)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return dynr_websocket_send(&peer->socket, dynr_buf_str(&peer->outgoing), peer->timeout_ms, err);
}

/** The status that a code names; INTERNAL for those that this libdynr does not know. */
static enum dynr_status status_of_code(struct dynr_str code)
{
    static const struct {
        const char *name;
        enum dynr_status status;
    } codes[] = {
#define DYNR_STATUS(name, value, http, retryable, service_error, text) {#name, DYNR_ERR_##name},
#include "dynr/status.def"
#undef DYNR_STATUS
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (dynr_str_equal_c(code, codes[i].name)) {
            return codes[i].status;
        }
    }
    return DYNR_ERR_INTERNAL;
}

static enum dynr_status fail_as_told(const struct incoming *incoming, struct dynr_arena *arena,
                                     struct dynr_error *err)
{
    struct dynr_str message = text_member(incoming, "message", arena);
    struct dynr_str field = text_member(incoming, "field", arena);
    return dynr_fail_field(err, status_of_code(text_member(incoming, "code", arena)), field, "%.*s",
                           (int)message.len, message.len == 0 ? "" : message.ptr);
}

/* ---- views ---- */

static struct subscription *find_subscription(const struct dynr_peer *peer, uint64_t id)
{
    struct subscription *subscription = peer->subscriptions;
    while (subscription != NULL && subscription->id != id) {
        subscription = subscription->next;
    }
    return subscription;
}

static void end_subscription(struct dynr_peer *peer, uint64_t id)
{
    struct subscription **link = &peer->subscriptions;
    while (*link != NULL && (*link)->id != id) {
        link = &(*link)->next;
    }
    struct subscription *subscription = *link;
    if (subscription != NULL) {
        *link = subscription->next;
        dynr_fold_cleanup(&subscription->fold);
        free(subscription);
    }
}

static void empty(struct subscription *subscription)
{
    const struct dynr_view_desc *view = subscription->fold.view;
    dynr_fold_cleanup(&subscription->fold);
    dynr_fold_init(&subscription->fold, view);
}

/** A snapshot follows, under a number that is not known yet. Half of an earlier one is nothing. */
static void reset(const struct dynr_peer *peer, struct subscription *subscription)
{
    if (subscription->in_parts) {
        empty(subscription);
    }
    subscription->has_view = false;
    subscription->in_parts = false;
    subscription->waits_from = peer->n_changes;
}

static void suspend(const struct dynr_peer *peer, struct subscription *subscription)
{
    reset(peer, subscription);
    empty(subscription);
    subscription->suspended = true;
}

/**
 * Whether a change may be for a snapshot that is on its way. One that is suspended may stay so for long: for it, only changes of views
 * that nobody holds are of interest, or those of all others would be kept until then.
 */
static bool may_be_early(const struct dynr_peer *peer, bool view_is_held)
{
    for (const struct subscription *one = peer->subscriptions; one != NULL; one = one->next) {
        bool waits = !one->has_view || one->in_parts;
        if (waits && !(one->suspended && view_is_held)) {
            return true;
        }
    }
    return false;
}

static bool is_held(const struct dynr_peer *peer, uint64_t view)
{
    const struct subscription *one = peer->subscriptions;
    while (one != NULL && !(one->has_view && !one->in_parts && one->view == view)) {
        one = one->next;
    }
    return one != NULL;
}

static enum dynr_status keep_early(struct dynr_peer *peer, const struct incoming *incoming,
                                   struct dynr_error *err)
{
    struct early *early =
        peer->n_early == MAX_EARLY ? NULL : malloc(sizeof *early + incoming->text.len);
    if (early == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY,
                         "too many changes came before the rows that they are about");
    }
    early->next = NULL;
    early->view = incoming->view;
    early->number = peer->n_changes;
    early->len = incoming->text.len;
    memcpy(early->text, incoming->text.ptr, incoming->text.len);
    struct early **last = &peer->early;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = early;
    peer->n_early++;
    return DYNR_OK;
}

static enum dynr_status apply_to(struct subscription *subscription, struct dynr_str text,
                                 struct dynr_error *err)
{
    return dynr_fold_patch(&subscription->fold, text, err);
}

/**
 * Applies what came early for the view of `subscription`, unless that goes on from what it holds: what was missed follows then, in order.
 * What nobody waits for any more is forgotten.
 */
static enum dynr_status apply_early(struct dynr_peer *peer, struct subscription *subscription,
                                    bool is_same, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    struct early **link = &peer->early;
    while (*link != NULL) {
        struct early *early = *link;
        bool is_ours =
            early->view == subscription->view && early->number > subscription->waits_from;
        if (is_ours && !is_same && status == DYNR_OK) {
            status = apply_to(subscription, dynr_str_make(early->text, early->len), err);
        }
        if (may_be_early(peer, is_held(peer, early->view))) {
            link = &early->next;
            continue;
        }
        *link = early->next;
        free(early);
        peer->n_early--;
    }
    return status;
}

/** Windows that show fewer rows than they should, although there are more. */
static enum dynr_status ask_for_more(struct dynr_peer *peer, struct subscription *subscription,
                                     struct dynr_error *err)
{
    struct dynr_fold_group *group =
        dynr_fold_find_group(&subscription->fold, 0, dynr_str_make(NULL, 0));
    size_t n_shown = 0;
    if (subscription->window == 0 || group == NULL || group->bound_len == 0 || group->asked) {
        return DYNR_OK;
    }
    for (size_t i = 0; i < group->n_rows; i++) {
        n_shown += !group->rows[i]->gone;
    }
    if (n_shown >= subscription->window) {
        return DYNR_OK;
    }
    group->asked = true;
    dynr_buf_clear(&peer->outgoing);
    dynr_buf_printf(&peer->outgoing, "{\"t\":\"more\",\"id\":%" PRIu64 ",\"node\":0,\"epoch\":%u}",
                    subscription->id, group->epoch);
    return send_outgoing(peer, err);
}

static enum dynr_status on_snapshot(struct dynr_peer *peer, const struct incoming *incoming,
                                    bool is_same, struct dynr_error *err)
{
    struct subscription *subscription = find_subscription(peer, incoming->id);
    if (subscription == NULL) {
        return DYNR_OK;
    }
    bool goes_on = subscription->in_parts;
    subscription->has_view = true;
    subscription->suspended = false;
    subscription->view = incoming->view;
    subscription->in_parts = dynr_str_equal_c(text_member(incoming, "part", &peer->arena), "more");
    enum dynr_status status =
        is_same ? dynr_fold_same(&subscription->fold, incoming->text, err)
                : dynr_fold_snap(&subscription->fold, incoming->text, goes_on, err);
    peer->changed = true;
    if (status == DYNR_OK && !subscription->in_parts) {
        status = apply_early(peer, subscription, is_same, err);
        if (status == DYNR_OK && !peer->is_open) {
            status = dynr_fold_sweep(&subscription->fold, err);
        }
    }
    return status == DYNR_OK ? ask_for_more(peer, subscription, err) : status;
}

static enum dynr_status on_change(struct dynr_peer *peer, const struct incoming *incoming,
                                  struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    bool is_known = false;
    peer->n_changes++;
    for (struct subscription *one = peer->subscriptions; one != NULL && status == DYNR_OK;
         one = one->next) {
        if (one->has_view && one->view == incoming->view && !one->in_parts) {
            is_known = true;
            status = apply_to(one, incoming->text, err);
            if (status == DYNR_OK) {
                status = ask_for_more(peer, one, err);
            }
        }
    }
    peer->changed = peer->changed || is_known;
    if (status == DYNR_OK && may_be_early(peer, is_known)) {
        status = keep_early(peer, incoming, err);
    }
    return status;
}

/* ---- messages ---- */

static void on_position(struct dynr_peer *peer, const struct incoming *incoming)
{
    uint64_t position = number_member(incoming, "v", &peer->arena, NULL);
    peer->position = position > peer->position ? position : peer->position;
    peer->closed_transition = true;
}

/** The end of a transition. */
static enum dynr_status on_commit(struct dynr_peer *peer, const struct incoming *incoming,
                                  struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    on_position(peer, incoming);
    peer->is_open = false;
    for (struct subscription *one = peer->subscriptions; one != NULL && status == DYNR_OK;
         one = one->next) {
        if (one->has_view && !one->in_parts) {
            status = dynr_fold_sweep(&one->fold, err);
        }
    }
    return status;
}

/** A subscription has ended, or is suspended until a snapshot. */
static void on_error(struct dynr_peer *peer, const struct incoming *incoming)
{
    struct subscription *subscription = find_subscription(peer, incoming->id);
    if (subscription == NULL) {
        return;
    }
    if (dynr_str_equal_c(member(incoming, "suspended", &peer->arena), "true")) {
        suspend(peer, subscription);
    } else {
        end_subscription(peer, incoming->id);
    }
    peer->changed = true;
}

/** Takes in a message that is no answer to a call. */
static enum dynr_status take_in(struct dynr_peer *peer, const struct incoming *incoming,
                                struct dynr_error *err)
{
    struct dynr_str type = incoming->type;
    if (dynr_str_equal_c(type, "snap") || dynr_str_equal_c(type, "same")) {
        enum dynr_status status = on_snapshot(peer, incoming, dynr_str_equal_c(type, "same"), err);
        on_position(peer, incoming);
        return status;
    }
    if (dynr_str_equal_c(type, "patch") || dynr_str_equal_c(type, "bound")) {
        enum dynr_status status = on_change(peer, incoming, err);
        peer->is_open = true;
        bool ends = dynr_str_equal_c(member(incoming, "end", &peer->arena), "true");
        return status == DYNR_OK && ends ? on_commit(peer, incoming, err) : status;
    }
    if (dynr_str_equal_c(type, "commit")) {
        return on_commit(peer, incoming, err);
    }
    if (dynr_str_equal_c(type, "error") && incoming->has_id) {
        on_error(peer, incoming);
    } else if (dynr_str_equal_c(type, "reset")) {
        struct subscription *subscription = find_subscription(peer, incoming->id);
        if (subscription != NULL) {
            reset(peer, subscription);
            peer->changed = true;
        }
    } else if (dynr_str_equal_c(type, "bye")) {
        struct dynr_str reason = text_member(incoming, "reason", &peer->arena);
        return dynr_fail(err, DYNR_ERR_IO, "the server ended the connection: %.*s", (int)reason.len,
                         reason.len == 0 ? "" : reason.ptr);
    }
    return DYNR_OK;
}

/** The next message, if one comes in time; `out->type` is empty if not. Its texts are good until the next. */
static enum dynr_status next_message(struct dynr_peer *peer, uint32_t timeout_ms,
                                     struct incoming *out, struct dynr_error *err)
{
    bool got;
    memset(out, 0, sizeof *out);
    enum dynr_status status =
        dynr_websocket_receive(&peer->socket, timeout_ms, &out->text, &got, err);
    if (status != DYNR_OK || !got) {
        return status;
    }
    dynr_arena_reset(&peer->arena);
    out->type = text_member(out, "t", &peer->arena);
    out->id = number_member(out, "id", &peer->arena, &out->has_id);
    out->view = number_member(out, "view", &peer->arena, NULL);
    return out->type.len == 0 ? dynr_fail(err, DYNR_ERR_SYNTAX,
                                          "the server sent a message that does not say what it is")
                              : DYNR_OK;
}

/** Takes messages in until one with `id` comes that is `type` or an error, which is given back instead. */
static enum dynr_status wait_for_answer(struct dynr_peer *peer, uint64_t id,
                                        const char *const *types, struct incoming *out,
                                        struct dynr_error *err)
{
    int64_t deadline_ms = now_ms() + peer->timeout_ms;
    for (;;) {
        enum dynr_status status = next_message(peer, time_left(deadline_ms), out, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (out->type.len == 0) {
            return dynr_fail(err, DYNR_ERR_IO, "the server did not answer in time");
        }
        if (dynr_str_equal_c(out->type, "error") && (!out->has_id || out->id == id)) {
            return fail_as_told(out, &peer->arena, err);
        }
        bool is_answer = false;
        for (size_t i = 0; types[i] != NULL; i++) {
            is_answer =
                is_answer || (dynr_str_equal_c(out->type, types[i]) && (id == 0 || out->id == id));
        }
        bool is_view = dynr_str_equal_c(out->type, "snap") || dynr_str_equal_c(out->type, "same");
        if (is_answer && !is_view) {
            return DYNR_OK;
        }
        status = take_in(peer, out, err);
        if (status != DYNR_OK || is_answer) {
            return status;
        }
    }
}

/* ---- the interface ---- */

static enum dynr_status greet(struct dynr_peer *peer, const struct dynr_peer_options *options,
                              struct dynr_error *err)
{
    static const char *const types[] = {"welcome", NULL};
    struct incoming answer;
    dynr_buf_clear(&peer->outgoing);
    dynr_buf_append_c(&peer->outgoing, "{\"t\":\"hello\"");
    if (options->token.len > 0) {
        dynr_buf_append_c(&peer->outgoing, ",\"token\":");
        dynr_buf_append_json_string(&peer->outgoing, options->token);
    }
    if (options->caller.len > 0) {
        dynr_buf_append_c(&peer->outgoing, ",\"caller\":");
        dynr_buf_append_str(&peer->outgoing, options->caller);
    }
    dynr_buf_append_char(&peer->outgoing, '}');
    enum dynr_status status = send_outgoing(peer, err);
    if (status == DYNR_OK) {
        status = wait_for_answer(peer, 0, types, &answer, err);
    }
    if (status == DYNR_OK) {
        peer->position = number_member(&answer, "v", &peer->arena, NULL);
    }
    return status;
}

enum dynr_status dynr_peer_connect(const struct dynr_peer_options *options, struct dynr_peer **out,
                                   struct dynr_error *err)
{
    *out = NULL;
    if (options == NULL || options->size != sizeof *options) {
        return dynr_fail(err, DYNR_ERR_ABI, "the options are of another libdynr-peer");
    }
    struct dynr_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    peer->procedures = options->procedures;
    peer->timeout_ms = options->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : options->timeout_ms;
    dynr_arena_init(&peer->arena, NULL, 0);
    dynr_buf_init(&peer->outgoing, NULL, 0);
    const char *host = options->host == NULL ? "127.0.0.1" : options->host;
    enum dynr_status status =
        dynr_websocket_open(&peer->socket, host, options->port, peer->timeout_ms, err);
    if (status == DYNR_OK) {
        status = greet(peer, options, err);
    }
    if (status != DYNR_OK) {
        dynr_peer_destroy(peer);
        return status;
    }
    *out = peer;
    return DYNR_OK;
}

void dynr_peer_destroy(struct dynr_peer *peer)
{
    if (peer == NULL) {
        return;
    }
    while (peer->subscriptions != NULL) {
        end_subscription(peer, peer->subscriptions->id);
    }
    while (peer->early != NULL) {
        struct early *next = peer->early->next;
        free(peer->early);
        peer->early = next;
    }
    dynr_websocket_close(&peer->socket);
    dynr_arena_cleanup(&peer->arena);
    dynr_buf_cleanup(&peer->outgoing);
    free(peer);
}

int dynr_peer_fd(const struct dynr_peer *peer)
{
    return peer->socket.fd;
}

uint64_t dynr_peer_position(const struct dynr_peer *peer)
{
    return peer->position;
}

/** `{"t":type,"id":id,"proc":procedure,"in":input` without the brace at the end. */
static void begin_request(struct dynr_peer *peer, const char *type, uint64_t id,
                          struct dynr_str procedure, struct dynr_str input)
{
    dynr_buf_clear(&peer->outgoing);
    dynr_buf_printf(&peer->outgoing, "{\"t\":\"%s\",\"id\":%" PRIu64 ",\"proc\":", type, id);
    dynr_buf_append_json_string(&peer->outgoing, procedure);
    dynr_buf_append_c(&peer->outgoing, ",\"in\":");
    dynr_buf_append_str(&peer->outgoing, input.len == 0 ? dynr_str_from_c("null") : input);
}

enum dynr_status dynr_peer_call(struct dynr_peer *peer, struct dynr_str procedure,
                                struct dynr_str input, struct dynr_str key,
                                struct dynr_arena *arena, struct dynr_str *out_output,
                                uint64_t *out_position, struct dynr_error *err)
{
    static const char *const types[] = {"result", NULL};
    struct incoming answer;
    uint64_t id = ++peer->last_id;
    begin_request(peer, "call", id, procedure, input);
    if (key.len > 0) {
        dynr_buf_append_c(&peer->outgoing, ",\"key\":");
        dynr_buf_append_json_string(&peer->outgoing, key);
    }
    dynr_buf_append_char(&peer->outgoing, '}');
    enum dynr_status status = send_outgoing(peer, err);
    if (status == DYNR_OK) {
        status = wait_for_answer(peer, id, types, &answer, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    *out_output = dynr_arena_dup(arena, member(&answer, "out", &peer->arena));
    *out_position = number_member(&answer, "v", &peer->arena, NULL);
    return out_output->ptr == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

static enum dynr_status check_watch(const struct dynr_peer *peer, struct dynr_str procedure,
                                    const struct dynr_view_desc **out, struct dynr_error *err)
{
    const struct dynr_procedure_desc *desc =
        peer->procedures == NULL ? NULL : dynr_procedure_find(peer->procedures, procedure);
    if (desc == NULL) {
        return dynr_fail(err, DYNR_ERR_UNKNOWN_PROCEDURE, NULL);
    }
    *out = desc->view;
    return desc->view == NULL
               ? dynr_fail(err, DYNR_ERR_UNSUPPORTED, "%s cannot be watched", desc->path)
               : DYNR_OK;
}

enum dynr_status dynr_peer_watch(struct dynr_peer *peer, struct dynr_str procedure,
                                 struct dynr_str input, uint32_t window, uint64_t *out_id,
                                 struct dynr_error *err)
{
    static const char *const types[] = {"snap", "same", NULL};
    const struct dynr_view_desc *view = NULL;
    struct incoming answer;
    enum dynr_status status = check_watch(peer, procedure, &view, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct subscription *subscription = calloc(1, sizeof *subscription);
    if (subscription == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    uint64_t id = ++peer->last_id;
    subscription->id = id;
    subscription->window = window;
    subscription->waits_from = peer->n_changes;
    dynr_fold_init(&subscription->fold, view);
    subscription->next = peer->subscriptions;
    peer->subscriptions = subscription;
    begin_request(peer, "sub", id, procedure, input);
    dynr_buf_append_char(&peer->outgoing, '}');
    status = send_outgoing(peer, err);
    do {
        status = status == DYNR_OK ? wait_for_answer(peer, id, types, &answer, err) : status;
        subscription = find_subscription(peer, id);
    } while (status == DYNR_OK && subscription != NULL && subscription->in_parts);
    if (status != DYNR_OK) {
        end_subscription(peer, id);
        return status;
    }
    *out_id = id;
    return DYNR_OK;
}

enum dynr_status dynr_peer_unwatch(struct dynr_peer *peer, uint64_t id, struct dynr_error *err)
{
    if (find_subscription(peer, id) == NULL) {
        return DYNR_OK;
    }
    end_subscription(peer, id);
    dynr_buf_clear(&peer->outgoing);
    dynr_buf_printf(&peer->outgoing, "{\"t\":\"unsub\",\"id\":%" PRIu64 "}", id);
    return send_outgoing(peer, err);
}

enum dynr_status dynr_peer_wait(struct dynr_peer *peer, uint32_t timeout_ms, bool *out_changed,
                                struct dynr_error *err)
{
    int64_t deadline_ms = now_ms() + timeout_ms;
    peer->closed_transition = false;
    while (!peer->closed_transition) {
        struct incoming incoming;
        enum dynr_status status = next_message(peer, time_left(deadline_ms), &incoming, err);
        if (status == DYNR_OK && incoming.type.len > 0) {
            status = take_in(peer, &incoming, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
        if (incoming.type.len == 0) {
            break;
        }
    }
    *out_changed = peer->changed;
    peer->changed = false;
    return DYNR_OK;
}

enum dynr_status dynr_peer_rows(struct dynr_peer *peer, uint64_t id, uint16_t node,
                                struct dynr_str parent, struct dynr_arena *arena,
                                struct dynr_str **out_rows, size_t *out_n_rows,
                                struct dynr_error *err)
{
    const struct subscription *subscription = find_subscription(peer, id);
    if (subscription == NULL || node >= subscription->fold.view->n_nodes) {
        return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such subscription or node");
    }
    enum dynr_status status =
        dynr_fold_rows(&subscription->fold, node, parent, arena, out_rows, out_n_rows, err);
    for (size_t i = 0; status == DYNR_OK && i < *out_n_rows; i++) {
        (*out_rows)[i] = dynr_arena_dup(arena, (*out_rows)[i]);
        if ((*out_rows)[i].ptr == NULL) {
            status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
    }
    if (status == DYNR_OK && node == 0 && subscription->window > 0 &&
        *out_n_rows > subscription->window) {
        *out_n_rows = subscription->window;
    }
    return status;
}

enum dynr_status dynr_peer_value(struct dynr_peer *peer, uint64_t id, uint16_t node,
                                 struct dynr_str parent, struct dynr_arena *arena,
                                 struct dynr_str *out, struct dynr_error *err)
{
    const struct subscription *subscription = find_subscription(peer, id);
    const struct dynr_fold_group *group =
        subscription == NULL ? NULL : dynr_fold_find_group(&subscription->fold, node, parent);
    if (group == NULL || group->n_rows == 0 || group->rows[0]->gone) {
        return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such subscription or value");
    }
    *out = dynr_arena_dup(arena, dynr_str_make(group->rows[0]->text, group->rows[0]->len));
    return out->ptr == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

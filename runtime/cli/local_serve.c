/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `dynr local start`: a store, an endpoint before it, and a main thread that waits for signals and commands.
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/file_limit.h"
#include "cli/background.h"
#include "cli/control.h"
#include "cli/credentials.h"
#include "cli/data.h"
#include "cli/local.h"
#include "cli/log.h"
#include "cli/say.h"

/* How often expired items are looked for: the service promises days, people who test want to see it. */
#define MAINTENANCE_MS 1000
/* What keeps the store from maintaining itself is told at once, and then once in that time while it lasts. */
#define COMPLAINT_MS 60000

struct serving {
    const struct dynr_local_command *command;
    struct dynr_arena arena;
    struct dynr_cli_data data;
    struct dynr_endpoint *endpoint;
    /** None: signatures are not verified. */
    const struct dynr_access_key *access_keys;
    size_t n_access_keys;
    struct dynr_cli_log log;
    int control;
    int signals;
    int64_t started_ms;
    char url[128];
    _Atomic uint64_t n_requests;
    _Atomic uint64_t n_errors;
    /** The log is open: requests that come before are not told. */
    _Atomic bool is_ready;
    /** When maintenance was last told to have failed, and how often it failed since: the store's thread alone looks. */
    int64_t complained_ms;
    uint64_t n_untold;
    /** Who asked to stop: its socket is closed when all is over. -1: nobody. */
    int stopper;
};

static int64_t now_ms(void)
{
    const struct dynr_clock *clock = dynr_clock_system();
    return clock->now_ms(clock->context);
}

/* ---- starting ---- */

static void on_request(void *context, const struct dynr_endpoint_event *event)
{
    struct serving *serving = context;
    atomic_fetch_add_explicit(&serving->n_requests, 1, memory_order_relaxed);
    if (event->http_status >= 400) {
        atomic_fetch_add_explicit(&serving->n_errors, 1, memory_order_relaxed);
    }
    if (atomic_load(&serving->is_ready) &&
        (serving->command->verbose || event->http_status >= 500)) {
        dynr_cli_log_line(&serving->log, "%.*s %d%s%.*s %zu B in, %zu B out, %llu us",
                          (int)event->operation.len, event->operation.ptr, event->http_status,
                          event->error.len == 0 ? "" : " ", (int)event->error.len, event->error.ptr,
                          event->request_bytes, event->answer_bytes,
                          (unsigned long long)event->microseconds);
    }
}

/* In the store's thread. */
static void on_maintenance_failed(void *context, const struct dynr_error *err)
{
    struct serving *serving = context;
    int64_t now = now_ms();
    bool is_due = serving->complained_ms == 0 || now - serving->complained_ms >= COMPLAINT_MS ||
                  now < serving->complained_ms;
    if (!is_due || !atomic_load(&serving->is_ready)) {
        serving->n_untold++;
        return;
    }
    dynr_cli_log_line(
        &serving->log,
        "items may not expire and indexes may stay incomplete: %s (%llu times untold)",
        err->message, (unsigned long long)serving->n_untold);
    serving->complained_ms = now;
    serving->n_untold = 0;
}

static enum dynr_status open_store(struct serving *serving, struct dynr_error *err)
{
    const struct dynr_local_command *command = serving->command;
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.durability = command->durability;
    options.maintenance_interval_ms = MAINTENANCE_MS;
    options.maintenance_failed = on_maintenance_failed;
    options.maintenance_context = serving;
    return dynr_cli_data_open(command->memory ? NULL : command->data, options, &serving->data, err);
}

/* As many sockets as may come need as many descriptors, which the store must not lack. */
static uint32_t allowed_connections(const struct dynr_local_command *command)
{
    uint32_t most =
        command->connections_max == 0 ? DYNR_ENDPOINT_CONNECTIONS : command->connections_max;
    uint64_t limit = dynr_file_limit_raise((uint64_t)most + DYNR_FILES_OF_SERVER);
    uint64_t allowed = limit > DYNR_FILES_OF_SERVER ? limit - DYNR_FILES_OF_SERVER : 1;
    if (most <= allowed) {
        return most;
    }
    if (command->connections_max != 0) {
        dynr_cli_hint("this process may open %" PRIu64 " files: at most %" PRIu64
                      " connections are let in (ulimit -n)",
                      limit, allowed);
    }
    return (uint32_t)allowed;
}

static enum dynr_status start_endpoint(struct serving *serving, struct dynr_error *err)
{
    const struct dynr_local_command *command = serving->command;
    struct dynr_endpoint_options options = DYNR_ENDPOINT_OPTIONS_INIT;
    options.address = command->address;
    options.port = command->port;
    options.connections_max = allowed_connections(command);
    options.origins = command->origins;
    options.n_origins = command->n_origins;
    options.isolate = command->isolate;
    options.insecure = command->insecure;
    options.log = on_request;
    options.log_context = serving;
    options.access_keys = serving->access_keys;
    options.n_access_keys = serving->n_access_keys;
    return dynr_endpoint_start(serving->data.store, &options, &serving->endpoint, err);
}

static enum dynr_status watch_signals(struct serving *serving, struct dynr_error *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    /* Before any thread is made: they all inherit it, and the signals come here alone. */
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return dynr_fail(err, DYNR_ERR_IO, "cannot block signals");
    }
    serving->signals = signalfd(-1, &set, SFD_CLOEXEC);
    return serving->signals < 0 ? dynr_fail(err, DYNR_ERR_IO, "cannot watch signals") : DYNR_OK;
}

static enum dynr_status start(struct serving *serving, struct dynr_error *err)
{
    const struct dynr_local_command *command = serving->command;
    enum dynr_status status = watch_signals(serving, err);
    if (status == DYNR_OK && command->credentials != NULL) {
        status = dynr_credentials_read(command->credentials, &serving->arena, &serving->access_keys,
                                       &serving->n_access_keys, err);
    }
    if (status == DYNR_OK) {
        status = open_store(serving, err);
    }
    if (status == DYNR_OK) {
        status = start_endpoint(serving, err);
    }
    if (status == DYNR_OK) {
        uint16_t port = dynr_endpoint_port(serving->endpoint);
        /* IPv6 addresses stand in brackets. */
        bool is_v6 = strchr(command->address, ':') != NULL;
        (void)snprintf(serving->url, sizeof serving->url, "http://%s%s%s:%u", is_v6 ? "[" : "",
                       command->address, is_v6 ? "]" : "", port);
        status = dynr_control_open(port, &serving->control, err);
        if (status == DYNR_OK) {
            status = dynr_cli_log_open(port, &serving->log, err);
        }
        if (status == DYNR_OK) {
            dynr_cli_data_sign(&serving->data, port);
        }
    }
    return status;
}

/* ---- commands ---- */

static const char *durability_name(const struct dynr_local_command *command)
{
    static const char *const names[] = {"full", "normal", "none"};
    return command->memory ? "none" : names[command->durability];
}

/* Calls `visit` with the name of each table; what it does not like is listed in `faults`. */
static enum dynr_status
each_table(struct serving *serving,
           enum dynr_status (*visit)(struct serving *serving, struct dynr_str name,
                                     struct dynr_error *err),
           size_t *out_n, size_t *out_n_failed, struct dynr_buf *faults, struct dynr_error *err)
{
    struct dynr_arena arena = {0};
    struct dynr_request request = {.operation = DYNR_LIST_TABLES};
    struct dynr_response response;
    enum dynr_status status = DYNR_OK;
    *out_n = 0;
    *out_n_failed = 0;
    request.size = sizeof request;
    do {
        status = dynr_backend_call(serving->data.store, &request, &arena, &response, err);
        for (size_t i = 0; status == DYNR_OK && i < response.n_table_names; i++) {
            struct dynr_error fault = {0};
            struct dynr_str name = response.table_names[i];
            *out_n += 1;
            if (visit != NULL && visit(serving, name, &fault) != DYNR_OK) {
                *out_n_failed += 1;
                dynr_buf_printf(faults, "  %.*s: %s\n", (int)name.len, name.ptr, fault.message);
            }
        }
        request.start_table = response.last_table;
    } while (status == DYNR_OK && request.start_table.len != 0);
    dynr_arena_cleanup(&arena);
    return status;
}

static enum dynr_status delete_table(struct serving *serving, struct dynr_str name,
                                     struct dynr_error *err)
{
    struct dynr_arena arena = {0};
    struct dynr_request request = {.operation = DYNR_DELETE_TABLE, .table = name};
    struct dynr_response response;
    request.size = sizeof request;
    enum dynr_status status =
        dynr_backend_call(serving->data.store, &request, &arena, &response, err);
    dynr_arena_cleanup(&arena);
    return status;
}

static bool answer_status(struct serving *serving, struct dynr_buf *out)
{
    struct dynr_error err = {0};
    size_t n_tables = 0;
    size_t n_failed = 0;
    dynr_buf_printf(out, "running     %s (process %ld)\n", serving->url, (long)getpid());
    dynr_buf_printf(out, "since       %lld s\n",
                    (long long)((now_ms() - serving->started_ms) / 1000));
    dynr_buf_printf(out, "data        %s, durability %s\n", serving->data.place,
                    durability_name(serving->command));
    if (each_table(serving, NULL, &n_tables, &n_failed, NULL, &err) == DYNR_OK) {
        dynr_buf_printf(out, "tables      %zu\n", n_tables);
    } else {
        dynr_buf_printf(out, "tables      not readable: %s\n", err.message);
    }
    dynr_buf_printf(out, "requests    %llu, of which %llu were refused or failed\n",
                    (unsigned long long)atomic_load(&serving->n_requests),
                    (unsigned long long)atomic_load(&serving->n_errors));
    if (serving->n_access_keys == 0) {
        dynr_buf_append_c(out, "signatures  not verified: any access key is accepted\n");
    } else {
        dynr_buf_printf(out, "signatures  verified against %zu access key%s\n",
                        serving->n_access_keys, serving->n_access_keys == 1 ? "" : "s");
    }
    return true;
}

static bool answer_reset(struct serving *serving, struct dynr_buf *out)
{
    struct dynr_error err = {0};
    struct dynr_buf faults = {0};
    size_t n_tables = 0;
    size_t n_failed = 0;
    enum dynr_status status =
        each_table(serving, delete_table, &n_tables, &n_failed, &faults, &err);
    dynr_buf_printf(out, "deleted %zu of %zu tables\n", n_tables - n_failed, n_tables);
    dynr_buf_append_str(out, dynr_buf_str(&faults));
    if (status != DYNR_OK) {
        dynr_buf_printf(out, "  others may be there: they cannot be listed: %s\n", err.message);
    }
    dynr_buf_cleanup(&faults);
    dynr_cli_log_line(&serving->log, "reset: deleted %zu of %zu tables", n_tables - n_failed,
                      n_tables);
    return status == DYNR_OK && n_failed == 0;
}

/* False: to stop. */
static bool obey(struct serving *serving)
{
    char room[64];
    int client = -1;
    struct dynr_str word = dynr_control_take(serving->control, room, sizeof room, &client);
    if (client < 0) {
        return true;
    }
    if (dynr_str_equal_c(word, "stop")) {
        serving->stopper = client;
        return false;
    }
    struct dynr_buf text = {0};
    bool is_done = false;
    if (dynr_str_equal_c(word, "status")) {
        is_done = answer_status(serving, &text);
    } else if (dynr_str_equal_c(word, "reset")) {
        is_done = answer_reset(serving, &text);
    } else {
        dynr_buf_append_c(&text, "this version does not know the command\n");
    }
    dynr_control_answer(client, is_done, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    (void)close(client);
    return true;
}

static void wait_for_the_end(struct serving *serving)
{
    struct pollfd waiting[] = {{.fd = serving->signals, .events = POLLIN},
                               {.fd = serving->control, .events = POLLIN}};
    for (;;) {
        int n = poll(waiting, sizeof waiting / sizeof waiting[0], -1);
        if (n < 0 && errno != EINTR) {
            dynr_cli_log_line(&serving->log, "cannot wait for signals: stopping");
            return;
        }
        if (n > 0 && waiting[0].revents != 0) {
            return;
        }
        if (n > 0 && waiting[1].revents != 0 && !obey(serving)) {
            return;
        }
    }
}

/* ---- the whole ---- */

static void greet(const struct serving *serving)
{
    const struct dynr_local_command *command = serving->command;
    unsigned int port = dynr_endpoint_port(serving->endpoint);
    if (command->quiet) {
        return;
    }
    (void)printf("dynr local: %s, data in %s, durability %s\n", serving->url, serving->data.place,
                 durability_name(command));
    (void)printf("  AWS_ENDPOINT_URL_DYNAMODB=%s aws dynamodb list-tables\n", serving->url);
    if (command->background) {
        (void)printf("  dynr local status --port %u; dynr local stop --port %u\n", port, port);
    } else {
        (void)printf("  Ctrl-C stops it\n");
    }
    (void)fflush(stdout);
}

/* `forget`: it came to nothing, and leaves nothing. */
static void end(struct serving *serving, bool forget)
{
    if (serving->control >= 0) {
        dynr_control_close(dynr_endpoint_port(serving->endpoint), serving->control);
    }
    dynr_endpoint_stop(serving->endpoint);
    dynr_cli_data_close(&serving->data, forget);
    if (serving->log.fd >= 0) {
        dynr_cli_log_line(&serving->log, "stopped after %llu requests",
                          (unsigned long long)atomic_load(&serving->n_requests));
    }
    dynr_cli_log_close(&serving->log);
    if (serving->stopper >= 0) {
        dynr_control_answer(serving->stopper, true, dynr_str_from_c("stopped\n"));
        (void)close(serving->stopper);
    }
    if (serving->signals >= 0) {
        (void)close(serving->signals);
    }
    dynr_arena_cleanup(&serving->arena);
}

int dynr_local_serve(const struct dynr_local_command *command)
{
    struct serving serving = {.command = command,
                              .data = {.owner = -1},
                              .log = {.fd = -1},
                              .control = -1,
                              .signals = -1,
                              .stopper = -1};
    struct dynr_background background = {.fd = -1};
    struct dynr_error err = {0};
    int exit_status = 0;
    if (command->background && !dynr_background_begin(&background, &exit_status)) {
        return exit_status;
    }
    serving.started_ms = now_ms();
    /* malloc(3): otherwise what one large request took would stay with the process for the next one. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has begun. */
    (void)mallopt(M_MMAP_THRESHOLD, 2 << 20);
    if (start(&serving, &err) != DYNR_OK) {
        dynr_cli_fail("%s", err.message);
        /* Then it was the port. */
        bool had_store = serving.data.store != NULL;
        end(&serving, true);
        if (had_store && dynr_control_is_served(command->port)) {
            dynr_cli_hint("dynr local status --port %u says what runs there", command->port);
        }
        return 1;
    }
    uint16_t port = dynr_endpoint_port(serving.endpoint);
    serving.log.is_loud = command->verbose && !command->background;
    atomic_store(&serving.is_ready, true);
    dynr_cli_log_line(&serving.log, "started on port %u, data in %s, durability %s", port,
                      serving.data.place, durability_name(command));
    /* Whoever is greeted may ask at once: by then everything is logged. */
    greet(&serving);
    dynr_background_ready(&background);
    wait_for_the_end(&serving);
    end(&serving, false);
    return 0;
}

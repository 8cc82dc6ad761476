/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics.h"

#include <inttypes.h>

#define FIRST_BUCKET_US 50

void dynr_histogram_add(struct dynr_histogram *histogram, uint64_t us)
{
    uint64_t bound = FIRST_BUCKET_US;
    size_t i = 0;
    while (i + 1 < DYNR_METRICS_N_BUCKETS && us > bound) {
        bound *= 2;
        i++;
    }
    histogram->buckets[i]++;
    histogram->count++;
    histogram->sum_us += us;
}

/** Microseconds as seconds: exact, and independent of the locale's decimal point. */
static void append_seconds(struct dynr_buf *out, uint64_t us)
{
    dynr_buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void write_histogram(const struct dynr_histogram *histogram, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "# HELP dynr_call_seconds Time that procedures took.\n# TYPE "
                           "dynr_call_seconds histogram\n");
    uint64_t below = 0;
    uint64_t bound = FIRST_BUCKET_US;
    for (size_t i = 0; i + 1 < DYNR_METRICS_N_BUCKETS; i++) {
        below += histogram->buckets[i];
        dynr_buf_append_c(out, "dynr_call_seconds_bucket{le=\"");
        append_seconds(out, bound);
        dynr_buf_printf(out, "\"} %" PRIu64 "\n", below);
        bound *= 2;
    }
    dynr_buf_printf(out,
                    "dynr_call_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\ndynr_call_seconds_sum ",
                    histogram->count);
    append_seconds(out, histogram->sum_us);
    dynr_buf_printf(out, "\ndynr_call_seconds_count %" PRIu64 "\n", histogram->count);
}

static void write_requests(const struct dynr_metrics *metrics, struct dynr_buf *out)
{
    static const char *const routes[DYNR_ROUTE_COUNT] = {"rpc", "static", "system"};
    dynr_buf_append_c(
        out,
        "# HELP dynr_http_requests_total HTTP answers.\n# TYPE dynr_http_requests_total counter\n");
    for (size_t route = 0; route < DYNR_ROUTE_COUNT; route++) {
        for (size_t hundred = 0; hundred < 5; hundred++) {
            if (metrics->requests[route][hundred] > 0) {
                dynr_buf_printf(
                    out, "dynr_http_requests_total{route=\"%s\",status=\"%zuxx\"} %" PRIu64 "\n",
                    routes[route], hundred + 1, metrics->requests[route][hundred]);
            }
        }
    }
}

struct series {
    const char *name;
    const char *type;
    const char *help;
    uint64_t value;
};

static void write_series(const struct series *series, size_t n_series, struct dynr_buf *out)
{
    for (size_t i = 0; i < n_series; i++) {
        dynr_buf_printf(out, "# HELP dynr_%s %s\n# TYPE dynr_%s %s\ndynr_%s %" PRIu64 "\n",
                        series[i].name, series[i].help, series[i].name, series[i].type,
                        series[i].name, series[i].value);
    }
}

static void write_server(const struct dynr_metrics *metrics, struct dynr_buf *out)
{
    const struct series series[] = {
        {"calls_total", "counter", "Procedures that were run.",
         metrics->calls_ok + metrics->calls_failed},
        {"call_errors_total", "counter", "Procedures that failed.", metrics->calls_failed},
        {"calls_remembered_total", "counter", "Repeated calls that were answered from memory.",
         metrics->calls_remembered},
        {"connections", "gauge", "Sockets now.", metrics->connections},
        {"connections_total", "counter", "Sockets accepted.", metrics->connections_accepted},
        {"connections_refused_total", "counter", "Sockets refused at the limit.",
         metrics->connections_refused},
        {"sessions", "gauge", "WebSocket sessions now.", metrics->sessions},
        {"sessions_total", "counter", "WebSocket sessions opened.", metrics->sessions_opened},
        {"messages_in_total", "counter", "Messages from clients.", metrics->messages_in},
        {"messages_out_total", "counter", "Messages to clients.", metrics->messages_out},
        {"bytes_out_total", "counter", "Bytes of messages to clients.", metrics->bytes_out},
        {"writes_total", "counter", "Writes to sockets.", metrics->writes},
        {"faults_total", "counter", "Malformed messages.", metrics->faults},
        {"unauthenticated_total", "counter", "Tokens refused.", metrics->unauthenticated},
        {"queue_drops_total", "counter", "Queues of slow readers that were dropped.",
         metrics->queue_drops},
        {"record_errors_total", "counter", "Change records that could not be used.",
         metrics->record_errors},
    };
    write_series(series, sizeof series / sizeof series[0], out);
}

static void write_engine(const struct dynr_engine_counters *engine, struct dynr_buf *out)
{
    const struct series series[] = {
        {"records_total", "counter", "Change records taken in.", engine->records},
        {"duplicates_total", "counter", "Change records seen before.", engine->duplicates},
        {"lookups_total", "counter", "Dependency keys looked up.", engine->lookups},
        {"matches_total", "counter", "Views found by them.", engine->matches},
        {"masked_total", "counter", "Matches without a field in use.", engine->masked},
        {"steps_total", "counter", "Steps run.", engine->steps},
        {"snapshot_reads_total", "counter", "Reads for new subscribers.", engine->snapshot_reads},
        {"runs_total", "counter", "Runs of code that is watched, because of a record.",
         engine->runs},
        {"rereads_total", "counter", "Reads because of a record where none is promised.",
         engine->rereads},
        {"keyed_reads_total", "counter", "Reads because of a record in included rows.",
         engine->keyed_reads},
        {"refills_total", "counter", "Reads to fill windows and extrema.", engine->refills},
        {"gate_reads_total", "counter", "Reads for policies.", engine->gate_reads},
        {"patches_total", "counter", "Frames encoded.", engine->patches},
        {"sends_total", "counter", "Frames sent.", engine->sends},
        {"sent_bytes_total", "counter", "Bytes of these.", engine->bytes},
        {"views", "gauge", "Views now.", engine->views},
        {"views_lingering", "gauge", "Of these, views without subscribers.", engine->lingering},
        {"subscribers", "gauge", "Subscribers now.", engine->subscribers},
        {"dependencies", "gauge", "Dependency keys now.", engine->dependencies},
        {"engine_memory_bytes", "gauge", "Memory of views, subscribers and dependencies.",
         engine->memory},
    };
    write_series(series, sizeof series / sizeof series[0], out);
}

void dynr_metrics_write(const struct dynr_metrics *metrics,
                        const struct dynr_engine_counters *engine, struct dynr_buf *out)
{
    write_requests(metrics, out);
    write_server(metrics, out);
    write_histogram(&metrics->call_time, out);
    write_engine(engine, out);
}

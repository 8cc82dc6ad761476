/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <string.h>

/* What is added to a position that lies about how new it is. */
#define FAR_AHEAD 1000

static const char *const names[] = {"lose-leave", "lose-patch",     "lose-bound",  "lose-record",
                                    "lose-key",   "lose-rows",      "old-keys",    "lie-of-index",
                                    "short-log",  "begin-too-late", "lose-resync", "volatile-store",
                                    "new-again"};

bool fault_is_known(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool fault_is(const struct fault *fault, const char *name)
{
    return fault->name != NULL && strcmp(fault->name, name) == 0;
}

static bool holds(const struct dynr_frame *frame, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= frame->len; i++) {
        if (memcmp(frame->text + i, text, len) == 0) {
            return true;
        }
    }
    return false;
}

bool fault_loses_frame(struct fault *fault, const struct dynr_frame *frame)
{
    if (fault_is(fault, "lose-leave") && holds(frame, "[\"-\",")) {
        return ++fault->n % 3 == 0;
    }
    if (fault_is(fault, "lose-patch") && holds(frame, "{\"t\":\"patch\"")) {
        return ++fault->n % 7 == 0;
    }
    if (fault_is(fault, "lose-bound") && holds(frame, "{\"t\":\"bound\"")) {
        return ++fault->n % 2 == 0;
    }
    return false;
}

/* What was delivered before, or overtaken, is taken for a change of its own, the newest there is. */
static void renew(struct fault *fault, struct dynr_record *records, size_t n_records)
{
    for (size_t i = 0; i < n_records; i++) {
        if (records[i].position <= fault->n) {
            records[i].position = fault->n + 1;
            records[i].commit = fault->n + 1;
        }
        fault->n = records[i].position;
    }
}

size_t fault_lose_records(struct fault *fault, struct dynr_record *records, size_t n_records)
{
    size_t n = 0;
    if (fault_is(fault, "new-again")) {
        renew(fault, records, n_records);
    }
    if (!fault_is(fault, "lose-record")) {
        return n_records;
    }
    for (size_t i = 0; i < n_records; i++) {
        if (++fault->n % 9 != 0) {
            records[n++] = records[i];
        }
    }
    return n;
}

static void lie_of_index(struct dynr_engine_read *read, uint64_t position)
{
    uint64_t *positions = (uint64_t *)(uintptr_t)read->rows.positions;
    read->rows.position = position;
    for (size_t i = 0; positions != NULL && i < read->rows.n_items; i++) {
        positions[i] = position;
    }
}

void fault_spoil_read(struct fault *fault, struct dynr_engine_read *read, uint64_t position)
{
    if (read->status != DYNR_OK) {
        return;
    }
    switch (read->kind) {
    case DYNR_ENGINE_READ_QUERY:
        if (fault_is(fault, "lie-of-index") && read->query->path->index != NULL) {
            lie_of_index(read, position);
        }
        if (fault_is(fault, "lose-rows") && read->rows.n_items > 0 && ++fault->n % 5 == 0) {
            read->rows.n_items = 0;
        }
        break;
    case DYNR_ENGINE_READ_KEYS:
        if (fault_is(fault, "lose-key") && read->n_keys > 0 && ++fault->n % 5 == 0) {
            read->found[0] = NULL;
        }
        for (size_t i = 0; fault_is(fault, "old-keys") && i < read->n_keys; i++) {
            read->found_positions[i] += FAR_AHEAD;
        }
        break;
    case DYNR_ENGINE_READ_CALL:
        break;
    case DYNR_ENGINE_READ_LOG:
        if (fault_is(fault, "short-log") && read->n_records > 0) {
            read->n_records--;
        }
        break;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket: so many events a second, bursts of twice that. Zero is a valid bucket that was never used. */
#ifndef DYNR_SERVER_RATE_H
#define DYNR_SERVER_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct dynr_rate {
    /** Thousandths of an event that may happen now, and when that was so. */
    uint64_t allowed_milli;
    int64_t at_ms;
    bool used;
};

/** Whether one more event at `now_ms` keeps to `per_second`; counts it if so. */
static inline bool dynr_rate_allows(struct dynr_rate *rate, uint32_t per_second, int64_t now_ms)
{
    uint64_t most = (uint64_t)per_second * 2000;
    if (!rate->used) {
        rate->used = true;
        rate->allowed_milli = most;
        rate->at_ms = now_ms;
    }
    if (now_ms > rate->at_ms) {
        /* A minute fills any bucket; more would only overflow. */
        uint64_t passed = (uint64_t)(now_ms - rate->at_ms < 60000 ? now_ms - rate->at_ms : 60000);
        uint64_t more = rate->allowed_milli + passed * per_second;
        rate->allowed_milli = more < most ? more : most;
    }
    rate->at_ms = now_ms;
    if (rate->allowed_milli < 1000) {
        return false;
    }
    rate->allowed_milli -= 1000;
    return true;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The system's time and random bytes. */
#include "dynr/clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t system_now_ms(void *context)
{
    (void)context;
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool system_random_bytes(void *context, uint8_t *out, size_t len)
{
    (void)context;
    while (len != 0) {
        ssize_t taken = getrandom(out, len, 0);
        if (taken < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        out += taken;
        len -= (size_t)taken;
    }
    return true;
}

const struct dynr_clock *dynr_clock_system(void)
{
    static const struct dynr_clock clock = {system_now_ms, system_random_bytes, NULL};
    return &clock;
}

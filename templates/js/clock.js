// SPDX-License-Identifier: Apache-2.0
// Time and chance, which tests replace, and how long to wait before trying again.

export const systemClock = {
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (run, delay) => globalThis.setTimeout(run, delay),
    clearTimeout: (timer) => globalThis.clearTimeout(timer),
};

/**
 * Exponential backoff with full jitter: anything up to the bound, so that clients which failed together come back apart.
 * `attempt` counts from 0; `base` and `cap` are milliseconds.
 */
export function backoff(clock, attempt, base = 500, cap = 30_000) {
    return clock.random() * Math.min(cap, base * 2 ** Math.min(attempt, 30));
}

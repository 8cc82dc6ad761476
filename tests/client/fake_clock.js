// SPDX-License-Identifier: Apache-2.0
// Time that passes when the test says so.

export class FakeClock {
    constructor(start = 1_700_000_000_000) {
        this.time = start;
        this.timers = new Map();
        this.lastId = 0;
        /** What random() answers. */
        this.chance = 0.5;
    }

    now = () => this.time;
    random = () => this.chance;

    /** As platforms do, what is longer than 2^31 - 1 milliseconds goes off at once. */
    setTimeout = (run, delay) => {
        this.timers.set(++this.lastId, { at: this.time + (delay < 2 ** 31 ? Math.max(0, delay) : 1), run });
        return this.lastId;
    };

    clearTimeout = (id) => this.timers.delete(id);

    /** Runs what is due within `delay` milliseconds, in order, and lets promises settle in between. */
    async pass(delay) {
        const end = this.time + delay;
        await settle();
        for (;;) {
            const due = [...this.timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
            if (due === undefined) break;
            this.timers.delete(due[0]);
            this.time = due[1].at;
            due[1].run();
            await settle();
        }
        this.time = end;
    }
}

/** Lets everything that only waits for promises go on. */
export async function settle() {
    for (let i = 0; i < 20; i++) await Promise.resolve();
}

// SPDX-License-Identifier: Apache-2.0
// Calls that are under way. Mutations wait in a queue while nobody can be reached, keep their order, and are sent again
// under the same idempotency key until there is an answer.

import { backoff } from "./clock.js";
import { DynrError, errorOf } from "./errors.js";

/** Messages above this go over HTTP: servers refuse frames over 32 KB. Bytes. */
const MAX_FRAME = 32_000;
/** How often a call is sent that the server refuses for now. */
const MAX_ATTEMPTS = 5;

const byteLength = (text) => new TextEncoder().encode(text).length;

export class Calls {
    /**
     * @param {object} options clock, http (or undefined), connection (or undefined), maxQueue, storage, onError
     * @param {{nextId: () => number}} host
     */
    constructor(options, host) {
        this.options = options;
        this.clock = options.clock;
        this.host = host;
        /** {path, in, mutation, key, ids, state ("queued", "sent", "http"), id, attempts, resolve, reject} */
        this.list = [];
        this.byId = new Map();
        this.attempt = 0;
        this.closed = false;
        this.isLoading = false;
    }

    /**
     * Resolves to {out, v}. `call`: path, in (as it travels), mutation, key, ids, signal; `doubt`, called when its changes may be heard of
     * before its answer: over the socket they never are, unless an answer is lost with a connection; and `done`, called with `v` in
     * the turn of its answer: what follows the answer may be handled before a promise is.
     */
    add(call) {
        return new Promise((resolve, reject) => {
            if (this.closed) return reject(new DynrError("CLOSED", "the client was closed"));
            if (call.signal?.aborted) return reject(new DynrError("ABORTED", "the call was given up"));
            if (call.mutation && this.waiting().length >= this.options.maxQueue) {
                return reject(new DynrError("QUEUE_FULL", `${this.options.maxQueue} mutations wait already`));
            }
            const item = { ...call, state: "queued", id: undefined, attempts: 0, resolve, reject };
            call.signal?.addEventListener("abort", () => {
                this.end(item);
                reject(new DynrError("ABORTED", "the call was given up"));
            });
            this.list.push(item);
            this.save();
            this.pump();
        });
    }

    waiting() {
        return this.list.filter((item) => item.mutation);
    }

    // ---- what survives the page ----

    save() {
        this.options.storage?.save(this.waiting().map(({ path, in: input, key, ids }) => ({ path, in: input, key, ids })));
    }

    /** Takes up what an earlier page left behind, before anything newer; `revive` calls a stored mutation. */
    async restore(revive) {
        if (this.options.storage === undefined) return;
        this.isLoading = true;
        try {
            const newer = this.list;
            const stored = await this.options.storage.load() ?? [];
            this.list = [];
            stored.forEach(revive);
            this.list.push(...newer);
            this.save();
        } catch (error) {
            this.options.onError(error);
        }
        this.isLoading = false;
        this.pump();
    }

    // ---- sending ----

    /** Sends what can be sent now. */
    pump() {
        if (this.closed || this.isLoading) return;
        const { connection, http } = this.options;
        if (connection?.isConnected) {
            this.list.filter((item) => item.state === "queued").forEach((item) => this.sendNow(item));
        } else if (http !== undefined && !this.isConnecting()) {
            this.list.filter((item) => item.state === "queued" && !item.mutation).forEach((item) => this.runHttp(item));
            const first = this.waiting()[0];
            if (first?.state === "queued") this.runHttp(first);
        } else if (connection !== undefined) {
            connection.start();
            if (connection.get().status === "offline") this.refuseQueries(connection.get().error);
        }
    }

    /** The first attempt is worth waiting for; later ones may never succeed. */
    isConnecting() {
        const state = this.options.connection?.get();
        return state?.status === "connecting" && state.attempt === 0;
    }

    /** The server does not know who this is. Over HTTP it may, or says so itself. */
    refused(error) {
        if (this.options.http !== undefined) {
            this.pump();
            return;
        }
        for (const item of [...this.list]) {
            this.end(item);
            item.reject(error);
        }
    }

    refuseQueries(error) {
        for (const item of this.list.filter((one) => !one.mutation)) {
            this.end(item);
            item.reject(error);
        }
    }

    sendNow(item) {
        item.id = this.host.nextId();
        const message = { t: "call", id: item.id, proc: item.path, in: item.in ?? {} };
        if (item.key !== undefined) message.key = item.key;
        if (item.ids?.length > 0) message.ids = item.ids;
        if (this.options.http !== undefined && byteLength(JSON.stringify(message)) > MAX_FRAME) {
            this.runHttp(item);
            return;
        }
        item.state = "sent";
        this.byId.set(item.id, item);
        this.options.connection.send(message);
    }

    async runHttp(item) {
        item.state = "http";
        item.doubt?.();
        try {
            const answer = await this.options.http.run(item);
            this.attempt = 0;
            this.finish(item, answer);
        } catch (error) {
            this.fail(item, error);
        }
        this.pump();
    }

    // ---- answers ----

    /** Says whether the message was the answer to a call. */
    take(message) {
        const item = this.byId.get(message.id);
        if (item === undefined) return false;
        if (message.t === "result") this.finish(item, { out: message.out, v: message.v ?? 0 });
        else if (message.t === "error") this.fail(item, errorOf(message));
        else return false;
        return true;
    }

    finish(item, answer) {
        if (!this.end(item)) return;
        item.done?.(answer.v);
        item.resolve(answer);
    }

    fail(item, error) {
        if (!this.list.includes(item)) return;
        const unreachable = error.code === "UNREACHABLE";
        if (item.mutation && error.retry && (unreachable || ++item.attempts < MAX_ATTEMPTS)) {
            this.byId.delete(item.id);
            item.state = "waiting";
            item.timer = this.clock.setTimeout(() => this.requeue(item), backoff(this.clock, this.attempt++));
            return;
        }
        this.end(item);
        item.reject(error);
    }

    requeue(item) {
        item.state = "queued";
        this.pump();
    }

    end(item) {
        const isHeld = this.list.includes(item);
        this.clock.clearTimeout(item.timer);
        this.byId.delete(item.id);
        this.list = this.list.filter((one) => one !== item);
        if (isHeld && item.mutation) this.save();
        return isHeld;
    }

    // ---- the connection ----

    connected() {
        this.attempt = 0;
        // Whoever waits for a better moment: this is one.
        for (const item of this.list.filter((one) => one.state === "waiting")) {
            this.clock.clearTimeout(item.timer);
            item.state = "queued";
        }
        this.pump();
    }

    disconnected() {
        for (const item of this.byId.values()) {
            item.state = "queued";
            item.doubt?.();
        }
        this.byId.clear();
    }

    /** What is stored stays stored, for the next page. */
    close() {
        this.closed = true;
        const { list } = this;
        this.list = [];
        for (const item of list) {
            this.clock.clearTimeout(item.timer);
            item.reject(new DynrError("CLOSED", "the client was closed"));
        }
    }
}

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
        /** What is stored could not be read: it is not written over. */
        this.isUnreadable = false;
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
        if (this.isLoading || this.isUnreadable) return;
        this.options.storage?.save(this.waiting().map(({ path, in: input, key, ids }) => ({ path, in: input, key, ids })));
    }

    /** Takes up what an earlier page left behind, before anything newer; `revive` calls a stored mutation. */
    async restore(revive) {
        const { storage, onError } = this.options;
        if (storage === undefined) return;
        this.isLoading = true;
        let stored = [];
        try {
            stored = await storage.load() ?? [];
        } catch (error) {
            this.isUnreadable = true;
            onError(error);
        }
        const newer = this.list;
        this.list = [];
        for (const call of stored) {
            try {
                revive(call);
            } catch (error) {
                onError(error);
            }
        }
        this.list.push(...newer);
        this.isLoading = false;
        this.save();
        this.pump();
    }

    // ---- sending ----

    /** Sends what can be sent now. */
    pump() {
        if (this.closed || this.isLoading) return;
        const { connection, http } = this.options;
        if (connection?.isConnected) {
            this.list.filter((item) => item.state === "queued" && !item.mutation).forEach((item) => this.sendNow(item));
            this.sendMutations();
        } else if (http !== undefined && !this.isConnecting()) {
            this.list.filter((item) => item.state === "queued" && !item.mutation).forEach((item) => this.runHttp(item));
            const first = this.waiting()[0];
            if (first?.state === "queued") this.runHttp(first);
        } else if (connection !== undefined) {
            connection.start();
            if (connection.get().status === "offline") this.refuseQueries(connection.get().error);
        }
    }

    /**
     * In their order, of which the server is told as well: it refuses what would overtake one that it refused for now. What goes over HTTP,
     * which keeps no order, goes alone.
     */
    sendMutations() {
        let before;
        for (const item of this.waiting()) {
            if (item.state === "queued") {
                const message = this.messageOf(item, before);
                const isHttp = this.isTooLarge(message);
                if (isHttp && before !== undefined) return;
                if (isHttp) this.runHttp(item);
                else this.sendMessage(item, message);
            }
            if (item.state !== "sent") return;
            before = item;
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

    messageOf(item, before) {
        const message = { t: "call", id: this.host.nextId(), proc: item.path, in: item.in ?? {} };
        if (item.key !== undefined) message.key = item.key;
        if (item.ids?.length > 0) message.ids = item.ids;
        if (before !== undefined) message.after = before.id;
        return message;
    }

    isTooLarge(message) {
        return this.options.http !== undefined && byteLength(JSON.stringify(message)) > MAX_FRAME;
    }

    sendNow(item) {
        const message = this.messageOf(item);
        if (this.isTooLarge(message)) this.runHttp(item);
        else this.sendMessage(item, message);
    }

    sendMessage(item, message) {
        item.id = message.id;
        item.state = "sent";
        this.byId.set(item.id, item);
        this.options.connection.send(message);
    }

    async runHttp(item) {
        item.state = "http";
        item.doubt?.();
        try {
            this.finish(item, await this.options.http.run(item));
        } catch (error) {
            this.fail(item, error);
        }
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
        this.attempt = 0;
        item.done?.(answer.v);
        item.resolve(answer);
        this.pump();
    }

    fail(item, error) {
        if (!this.list.includes(item)) return;
        if (item.mutation && error.retry && this.isWorthAnother(item, error)) {
            this.byId.delete(item.id);
            item.state = "queued";
            // The first one waits, and the others for it.
            if (this.waiting()[0] === item) {
                item.state = "waiting";
                item.timer = this.clock.setTimeout(() => this.requeue(item), backoff(this.clock, this.attempt++));
            }
            return;
        }
        this.end(item);
        item.reject(error);
        this.pump();
    }

    /** Who was refused because of the one before has not been tried. */
    isWorthAnother(item, error) {
        return error.code === "UNREACHABLE" || this.waiting()[0] !== item || ++item.attempts < MAX_ATTEMPTS;
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

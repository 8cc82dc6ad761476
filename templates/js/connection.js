// SPDX-License-Identifier: Apache-2.0
// One WebSocket that is kept up for ever: greeting, liveness, and coming back after it broke.

import { backoff } from "./clock.js";
import { DynrError, errorOf, reportUncaught } from "./errors.js";

export const SUBPROTOCOL = "dynr.1";
/** How long a greeting, or any sign of life after a ping, may take. Milliseconds. */
const PATIENCE = 10_000;
/** A connection that lived this long was a good one: the next failure starts with short waits again. */
const STABLE = 5_000;
/** How long before its end a token is replaced. */
const TOKEN_MARGIN = 10_000;
/** What timers can wait at most: longer ones go off at once. */
const LONGEST_WAIT = 2 ** 31 - 1;

export class Connection {
    /**
     * @param {object} options url, WebSocket, token, caller, clock, page (window or what plays it in tests)
     * @param {{welcome: Function, message: Function, lost: Function, stranger: Function, refused: Function}} handlers
     */
    constructor(options, handlers) {
        this.options = options;
        this.clock = options.clock;
        this.handlers = handlers;
        this.listeners = new Set();
        this.state = Object.freeze({ status: "idle" });
        this.socket = undefined;
        /** Of the current attempt: what belongs to earlier ones is ignored. */
        this.generation = 0;
        this.attempt = 0;
        /** Tokens in a row that the server did not take. */
        this.refusals = 0;
        /** Who the last hello was said for, as JSON. */
        this.lastCaller = undefined;
        this.timers = new Map();
        this.onOnline = () => this.nudge();
        this.onVisible = () => this.options.page?.document?.visibilityState !== "hidden" && this.nudge();
    }

    // ---- for everybody ----

    get isConnected() {
        return this.state.status === "connected" && this.socket !== undefined;
    }

    get = () => this.state;

    subscribe = (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    };

    /** Connects, and stays connected until stop(). Where the token was refused, it is asked for once more. */
    start() {
        if (this.state.status === "refused") this.connect();
        if (this.state.status !== "idle") return;
        const { page } = this.options;
        page?.addEventListener?.("online", this.onOnline);
        page?.document?.addEventListener?.("visibilitychange", this.onVisible);
        this.connect();
    }

    stop() {
        const { page } = this.options;
        page?.removeEventListener?.("online", this.onOnline);
        page?.document?.removeEventListener?.("visibilitychange", this.onVisible);
        this.drop();
        this.change({ status: "closed" });
    }

    /** Somebody asks for it: try now, or as soon as the server allowed. */
    hurry() {
        const left = this.notBefore - this.clock.now();
        if (this.state.status !== "offline") this.nudge();
        else if (left <= 0) this.connect();
        else if (this.state.retryAt > this.notBefore) this.wait(this.state.error, left);
    }

    /** Things may be better now: try at once instead of waiting, or look whether the connection is alive. All pages of a server that goes notice. */
    nudge() {
        if (this.state.status === "refused") this.connect();
        else if (this.state.status === "offline" && !(this.notBefore > 0 && this.clock.now() < this.state.retryAt)) this.connect();
        else if (this.isConnected) this.ping();
    }

    /** Comes back with a fresh token, perhaps as somebody else. */
    renew() {
        this.handlers.stranger();
        if (this.socket !== undefined) this.comeBack();
        // An attempt that waits for its token would go on as who it was.
        else if (this.state.status === "connecting" || this.state.status === "refused") this.connect();
    }

    comeBack() {
        this.drop();
        this.retry(new DynrError("UNAUTHENTICATED", "the token is to be replaced", { retry: true }));
    }

    send(message) {
        if (this.socket === undefined) return false;
        this.socket.send(JSON.stringify(message));
        return true;
    }

    // ---- one attempt ----

    async connect() {
        const generation = ++this.generation;
        const isCurrent = () => generation === this.generation;
        this.clear();
        this.change({ status: "connecting", attempt: this.attempt, error: this.state.error });
        this.after("greeting", PATIENCE, () => this.fail("there was no token in time"));
        let token;
        try {
            token = await currentToken(this.options.token);
        } catch (cause) {
            if (isCurrent()) this.retry(new DynrError("UNAUTHENTICATED", "the token provider failed", { cause, retry: true }));
            return;
        }
        if (!isCurrent()) return;
        this.after("greeting", PATIENCE, () => this.fail("the server did not greet in time"));
        try {
            this.open(token, isCurrent);
        } catch (cause) {
            this.drop();
            this.retry(new DynrError("UNREACHABLE", `${this.options.url} cannot be opened`, { cause, retry: true }));
        }
    }

    open(token, isCurrent) {
        const socket = new this.options.WebSocket(this.options.url, SUBPROTOCOL);
        this.socket = socket;
        this.error = undefined;
        socket.onopen = () => {
            if (isCurrent()) this.send({ t: "hello", ...this.identity(token.text), client: "dynr-js" });
        };
        socket.onmessage = (event) => {
            if (isCurrent()) this.take(event.data, token);
        };
        // The close that always follows says no more than this does.
        socket.onerror = () => {};
        socket.onclose = () => {
            if (isCurrent()) this.fail("the connection was closed");
        };
    }

    /** Who this is: by a token, or by its own word, which only servers under development take. Somebody else is a stranger to what is held. */
    identity(token) {
        const caller = this.options.caller?.();
        const text = JSON.stringify(caller) ?? "";
        if (this.lastCaller !== undefined && this.lastCaller !== text) this.handlers.stranger();
        this.lastCaller = text;
        if (token !== undefined) return { token };
        return caller === undefined ? {} : { caller };
    }

    take(text, token) {
        this.cancel("alive");
        try {
            this.dispatch(JSON.parse(text), token);
        } catch (cause) {
            // No listener throws as far as this: it is the message. Another connection starts from what is certain.
            this.error = new DynrError("BAD_ANSWER", "the server sent what cannot be understood", { cause, retry: true });
            this.fail();
        }
    }

    dispatch(message, token) {
        if (message.t === "welcome") this.welcome(message, token);
        else if (message.t === "bye") this.bye(message);
        else if (message.t === "error" && message.id === undefined) this.error = errorOf(message);
        else if (message.t !== "pong") this.handlers.message(message);
    }

    welcome(message, token) {
        this.cancel("greeting");
        this.refusals = 0;
        this.after("stable", STABLE, () => (this.attempt = 0));
        if (message.ping > 0) this.keepAlive((message.ping * 1000) / 2);
        this.mindToken(token.expiresAt);
        this.change({ status: "connected" });
        this.handlers.welcome(message);
    }

    /**
     * Replaces a token before it ends. One that ended before it was taken did so by a clock of this machine that is wrong: the server says
     * when it is over.
     */
    mindToken(expiresAt) {
        const left = expiresAt - this.clock.now();
        if (!(left > 0)) return;
        const delay = Math.max(left - TOKEN_MARGIN, left / 2);
        this.after("token", Math.min(delay, LONGEST_WAIT), () => (delay > LONGEST_WAIT ? this.mindToken(expiresAt) : this.comeBack()));
    }

    bye(message) {
        this.drop();
        const { after = 0 } = message;
        this.retry(new DynrError("UNREACHABLE", `the server said goodbye: ${message.reason}`, { retry: true }), after);
    }

    keepAlive(interval) {
        this.after("ping", interval, () => {
            this.ping();
            this.keepAlive(interval);
        });
    }

    ping() {
        this.send({ t: "ping" });
        if (!this.timers.has("alive")) this.after("alive", PATIENCE, () => this.fail("the server fell silent"));
    }

    fail(why) {
        const error = this.error ?? new DynrError("UNREACHABLE", why, { retry: true });
        this.drop();
        if (error.code === "UNAUTHENTICATED" && !error.retry && !this.mayHaveAnother()) this.refuse(error);
        else this.retry(error);
    }

    /** The token may have ended on its way: a function is asked for another one, once. */
    mayHaveAnother() {
        return typeof this.options.token === "function" && ++this.refusals === 1;
    }

    /** Nobody comes back by waiting with a token that is not taken. */
    refuse(error) {
        this.attempt = 0;
        this.change({ status: "refused", error });
        this.handlers.refused?.(error);
    }

    /** Waits, then tries again; `after`: the server asked for that long at least. */
    retry(error, after = 0) {
        const delay = after + backoff(this.clock, this.attempt++);
        this.notBefore = after > 0 ? this.clock.now() + after : 0;
        this.wait(error, delay);
    }

    wait(error, delay) {
        this.change({ status: "offline", error, retryAt: this.clock.now() + delay });
        this.after("retry", delay, () => this.connect());
    }

    /** Lets go of the socket without a word to those who would try again. */
    drop() {
        const { socket } = this;
        const wasConnected = this.isConnected;
        this.generation++;
        this.socket = undefined;
        this.clear();
        if (socket !== undefined) {
            socket.onopen = socket.onmessage = socket.onclose = null;
            // Browsers call it for what we closed before it was open.
            socket.onerror = () => {};
            socket.close();
        }
        if (wasConnected) this.handlers.lost();
    }

    // ---- timers and listeners ----

    after(name, delay, run) {
        this.cancel(name);
        this.timers.set(name, this.clock.setTimeout(() => {
            this.timers.delete(name);
            run();
        }, delay));
    }

    cancel(name) {
        if (this.timers.has(name)) this.clock.clearTimeout(this.timers.get(name));
        this.timers.delete(name);
    }

    clear() {
        [...this.timers.keys()].forEach((name) => this.cancel(name));
    }

    change(state) {
        if (state.error === undefined) delete state.error;
        this.state = Object.freeze(state);
        for (const listener of [...this.listeners]) {
            try {
                listener(this.state);
            } catch (error) {
                reportUncaught(error);
            }
        }
        this.handlers.state?.(this.state);
    }
}

/** {text, expiresAt} of a token that is a text, a function, or {token, expiresAt} from one. */
export async function currentToken(token) {
    const given = typeof token === "function" ? await token() : token;
    return typeof given === "object" && given !== null ? { text: given.token, expiresAt: given.expiresAt } : { text: given ?? undefined };
}

// SPDX-License-Identifier: Apache-2.0
// The client: queries that stay live, calls that survive a lost connection, typed by what dynrc generates beside it.
//
//     const client = createClient(schema, { url: "https://example.com", token: () => fetchToken() });
//     const watch = client.todos.list.subscribe({ list }, { onData: (todos) => render(todos) });
//     await client.todos.add.mutate({ list, text: "Milk" });
//
// README.md beside this file says what `schema` holds. No dependencies; Node 18 or later, and any page.

import { Calls } from "./calls.js";
import { systemClock } from "./clock.js";
import { decode, encode } from "./codec.js";
import { Connection } from "./connection.js";
import { DynrError } from "./errors.js";
import { Http } from "./http.js";
import { createUlids, uuid } from "./ids.js";
import { diffJson } from "./json_patch.js";
import { Subscriptions } from "./subscriptions.js";
import { prepareNodes } from "./view.js";

export { DynrError } from "./errors.js";
export { applyJsonPatch, diffJson } from "./json_patch.js";
export { compareBytes, compareDecimal, compareText } from "./compare.js";
export { joinKey, splitKey } from "./join_key.js";

/** Version of the structure of `schema`; a generated module that was made for another one is refused. */
export const SCHEMA_VERSION = 1;

/** The last two are for tests. */
const OPTIONS = [
    "url", "socketUrl", "token", "caller", "WebSocket", "fetch", "http", "linger", "maxQueue", "storage", "initial", "onError", "clock", "page",
];

export function createClient(schema, options = {}) {
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
    if (unknown !== undefined) throw new TypeError(`createClient has no option \`${unknown}\`: there are ${OPTIONS.slice(0, -2).join(", ")}`);
    return new Client(schema, options).surface();
}

/** Input with defaults, without members that are undefined. */
function complete(procedure, input = {}) {
    const given = Object.entries(input).filter(([, value]) => value !== undefined);
    return { ...procedure.defaults, ...Object.fromEntries(given) };
}

/** The input as it travels. What JSON cannot say is refused before anybody waits for it. */
function wireOf(procedure, input) {
    const wire = encode(procedure.input, input);
    try {
        JSON.stringify(wire);
    } catch (cause) {
        const field = Object.keys(wire).find((name) => typeof wire[name] === "bigint");
        throw new DynrError("TYPE", `${procedure.path}: this is no input: ${cause.message}`, { field, cause });
    }
    return wire;
}

function basesOf(options) {
    const given = (options.url ?? globalThis.location?.origin ?? "").replace(/\/+$/, "");
    if (given === "") throw new TypeError("createClient needs `url` where there is no page to take it from");
    return { http: given.replace(/^ws/, "http"), socket: options.socketUrl ?? `${given.replace(/^http/, "ws")}/live` };
}

class Client {
    constructor(schema, options) {
        if (schema.version !== SCHEMA_VERSION) {
            throw new TypeError(`the schema is of version ${schema.version}, this client reads ${SCHEMA_VERSION}: generate it again`);
        }
        const clock = options.clock ?? systemClock;
        const bases = basesOf(options);
        this.schema = schema;
        this.options = options;
        this.onError = options.onError ?? ((error) => console.error(error));
        this.ulid = createUlids(clock.now);
        this.lastId = 0;
        this.connection = this.createConnection(bases.socket, clock);
        this.http = this.createHttp(bases.http, clock);
        if (this.connection === undefined && this.http === undefined) throw new TypeError("createClient needs WebSocket or fetch");
        this.subscriptions = new Subscriptions(
            { clock, linger: options.linger ?? 2_000, caller: () => this.caller() ?? {} },
            {
                send: (message) => this.connection?.send(message),
                nextId: () => ++this.lastId,
                unauthenticated: () => typeof options.token === "function" && this.connection.renew(),
            },
        );
        this.calls = new Calls(
            { clock, http: this.http, connection: this.connection, maxQueue: options.maxQueue ?? 100, storage: options.storage,
                onError: this.onError },
            { nextId: () => ++this.lastId },
        );
        this.procedures = new Map(Object.entries(schema.procedures).map(([path, description]) => [path, {
            ...description, path, nodes: description.nodes === undefined ? undefined : prepareNodes(description.nodes),
        }]));
        for (const [key, { path, out }] of Object.entries(options.initial ?? {})) {
            this.subscriptions.hydrate(key, this.procedures.get(path), out);
        }
        this.fetched = {};
        this.calls.restore((stored) => this.revive(stored));
    }

    caller() {
        const { caller } = this.options;
        return typeof caller === "function" ? caller() : caller;
    }

    createConnection(url, clock) {
        const WebSocket = this.options.WebSocket === undefined ? globalThis.WebSocket : this.options.WebSocket;
        if (WebSocket === undefined || WebSocket === null) return undefined;
        const page = this.options.page ?? globalThis;
        return new Connection({ url, WebSocket, token: this.options.token, caller: () => this.caller(), clock, page }, {
            welcome: () => {
                this.subscriptions.welcome();
                this.calls.connected();
            },
            message: (message) => this.take(message),
            lost: () => {
                this.subscriptions.disconnected();
                this.calls.disconnected();
            },
            stranger: () => this.subscriptions.forgetAll(),
            refused: (error) => {
                this.subscriptions.refused(error);
                this.calls.refused(error);
            },
            // A lost connection may mean that calls go over HTTP now.
            state: (state) => state.status === "offline" && this.calls.pump(),
        });
    }

    createHttp(base, clock) {
        const fetch = this.options.fetch ?? globalThis.fetch?.bind(globalThis);
        if (fetch === undefined || this.options.http === false) return undefined;
        return new Http({ base, fetch, token: this.options.token, caller: () => this.caller(), clock });
    }

    take(message) {
        if (this.subscriptions.take(message) || this.calls.take(message)) return;
        // Answers to what was given up meanwhile are of no interest any more; anything else is a message of another protocol.
        if (message.t !== "result" && message.t !== "error") this.onError(new DynrError("BAD_ANSWER", `there is no message \`${message.t}\``));
    }

    // ---- what programs see ----

    /** The tree of procedures, and what concerns the client as a whole under names that no procedure can have. */
    surface() {
        const root = Object.create(null);
        for (const procedure of this.procedures.values()) {
            const names = procedure.path.split(".");
            let at = root;
            for (const name of names.slice(0, -1)) at = at[name] ??= Object.create(null);
            at[names.at(-1)] = Object.freeze(this.methods(procedure));
        }
        root.$connection = this.connectionSurface();
        root.$close = () => this.close();
        root.$dehydrate = () => ({ ...this.fetched });
        root.$pending = () => this.calls.waiting().length;
        return root;
    }

    connectionSurface() {
        const { connection } = this;
        const none = Object.freeze({ status: "idle" });
        return Object.freeze({
            get: connection?.get ?? (() => none),
            subscribe: connection?.subscribe ?? (() => () => {}),
            start: () => connection?.start(),
            retry: () => connection?.hurry(),
            renew: () => connection?.renew(),
        });
    }

    methods(procedure) {
        const methods = { path: procedure.path };
        if (procedure.kind === "mutation") {
            methods.mutate = (input, options) => this.mutate(procedure, input, options);
            return methods;
        }
        methods.query = (input, options) => this.query(procedure, input, options);
        methods.prefetch = (input) => this.prefetch(procedure, input);
        if (procedure.nodes !== undefined) {
            methods.watch = (input) => this.watch(procedure, input);
            methods.subscribe = (input, handlers) => this.subscribe(procedure, input, handlers);
        }
        return methods;
    }

    async query(procedure, input, options = {}) {
        const wire = wireOf(procedure, input);
        const { out } = await this.calls.add({ path: procedure.path, in: wire, mutation: false, signal: options.signal });
        return decode(procedure.output, out);
    }

    /** Fetches for `$dehydrate`: the page that gets it as `initial` shows it until its own snapshot comes. */
    async prefetch(procedure, input) {
        const wire = wireOf(procedure, input);
        const { out } = await this.calls.add({ path: procedure.path, in: wire, mutation: false });
        const key = this.subscriptions.keyOf(procedure, complete(procedure, input));
        this.fetched[key] = { path: procedure.path, out };
        this.subscriptions.hydrate(key, procedure, out);
        return decode(procedure.output, out);
    }

    // ---- live queries ----

    watch(procedure, input) {
        const full = complete(procedure, input);
        wireOf(procedure, full);
        const key = this.subscriptions.keyOf(procedure, full);
        const watch = {
            key,
            get: () => this.subscriptions.stateOf(key),
            getInitial: () => this.subscriptions.initialState(key),
            subscribe: (listener) => {
                if (this.connection === undefined) throw new DynrError("UNREACHABLE", "live queries need WebSocket: pass it as an option");
                const detach = this.subscriptions.attach(procedure, full, listener);
                this.connection.start();
                return detach;
            },
            retry: () => {
                this.subscriptions.retry(key);
                this.connection?.start();
            },
            [Symbol.asyncIterator]: () => iterate(watch),
        };
        return Object.freeze(watch);
    }

    subscribe(procedure, input, handlers = {}) {
        const watch = this.watch(procedure, input);
        let shown;
        let isTold = false;
        let isActive = true;
        const tell = (state) => {
            if (!isActive) return;
            isTold = true;
            handlers.onState?.(state);
            if (state.data !== undefined && state.data !== shown) {
                const operations = handlers.onJsonPatch && diffJson(shown, state.data);
                shown = state.data;
                handlers.onData?.(state.data);
                if (operations) handlers.onJsonPatch(operations, state.data);
            }
            if (state.status !== "error") return;
            // Whatever comes after that is news, even what was shown before.
            shown = undefined;
            handlers.onError?.(state.error);
        };
        const detach = watch.subscribe(tell);
        // What is there already; never before the caller has the subscription in hand.
        queueMicrotask(() => isTold || tell(watch.get()));
        const unsubscribe = () => {
            isActive = false;
            detach();
        };
        return Object.freeze({ get: watch.get, retry: watch.retry, unsubscribe });
    }

    // ---- mutations ----

    async mutate(procedure, input, options = {}) {
        const ids = (procedure.ids ?? []).map((kind) => (kind === "uuid" ? uuid() : this.ulid()));
        const wire = wireOf(procedure, input);
        const effects = this.effectsOf(procedure, wire, ids, options.optimistic ?? true);
        const overlay = effects.length > 0 ? this.subscriptions.lay(effects) : undefined;
        const call = { path: procedure.path, in: wire, mutation: true, key: uuid(), ids };
        return this.finish(procedure, call, overlay);
    }

    async finish(procedure, call, overlay) {
        try {
            const doubt = () => overlay !== undefined && this.subscriptions.doubt(overlay);
            const done = (v) => overlay !== undefined && this.subscriptions.settle(overlay, v);
            const { out } = await this.calls.add({ ...call, doubt, done });
            return decode(procedure.output, out);
        } catch (error) {
            if (overlay !== undefined) this.subscriptions.undo(overlay);
            throw error;
        }
    }

    /** Of an input as it travels: what a program gave may have numbers where values are bigints. */
    effectsOf(procedure, wire, ids, optimistic) {
        const now = new Date((this.options.clock ?? systemClock).now()).toISOString();
        let input;
        try {
            input = complete(procedure, decode(procedure.input, wire));
            if (optimistic === true) return procedure.optimistic?.(input, this.caller() ?? {}, ids, now) ?? [];
        } catch {
            // Nothing is foreseen of an input that is none, such as a decimal without digits: the server names the field.
            return [];
        }
        return typeof optimistic === "function" ? optimistic(input, this.caller() ?? {}, ids, now) ?? [] : [];
    }

    /** A mutation that an earlier page left in the store. */
    revive({ path, in: wire, key, ids }) {
        const procedure = this.procedures.get(path);
        if (procedure === undefined) {
            this.onError(new DynrError("UNKNOWN_PROCEDURE", `a stored call of ${path} is dropped: there is no such procedure any more`));
            return;
        }
        const effects = this.effectsOf(procedure, wire, ids ?? [], true);
        const overlay = effects.length > 0 ? this.subscriptions.lay(effects) : undefined;
        this.finish(procedure, { path, in: wire, mutation: true, key, ids }, overlay).catch((error) => this.onError(error));
    }

    close() {
        this.calls.close();
        this.subscriptions.closeAll();
        this.connection?.stop();
    }
}

/** The latest data again and again; what came and went while nobody asked is passed over. */
async function* iterate(watch) {
    let wake;
    let shown;
    const detach = watch.subscribe(() => wake?.());
    try {
        for (;;) {
            const state = watch.get();
            if (state.error?.code === "CLOSED") return;
            if (state.status === "error") throw state.error;
            if (state.data !== undefined && state.data !== shown) {
                shown = state.data;
                yield shown;
            } else {
                await new Promise((resolve) => (wake = resolve));
            }
        }
    } finally {
        detach();
    }
}

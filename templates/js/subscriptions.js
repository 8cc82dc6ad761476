// SPDX-License-Identifier: Apache-2.0
// All that is watched: one subscription per procedure and input however many look at it, and transitions that reach all of
// them at once.

import { backoff } from "./clock.js";
import { canonical, decode, encode, freeze, toWire } from "./codec.js";
import { DynrError, errorOf, reportUncaught } from "./errors.js";
import { OVERLAY_TIME, Overlays } from "./overlay.js";
import { View } from "./view.js";

/** How many messages are kept for views whose snapshot is on its way. */
const MAX_RECENT = 2_000;

const LOADING = Object.freeze({ status: "loading", data: undefined, error: undefined });

export class Subscriptions {
    /**
     * @param {object} options clock, linger, caller
     * @param {{send: Function, nextId: Function, unauthenticated: Function}} host
     */
    constructor(options, host) {
        this.clock = options.clock;
        this.linger = options.linger;
        this.host = host;
        this.overlays = new Overlays(options.caller, () => this.loadedViews());
        /** The largest position that was heard of. */
        this.heard = 0;
        this.connected = false;
        this.all = new Map();
        this.byId = new Map();
        this.byView = new Map();
        /** Messages of the transition that is under way. */
        this.queue = [];
        this.isOpen = false;
        /** Subscriptions that wait for a snapshot; those that get one when they are let in again; what came in meanwhile. */
        this.pending = new Set();
        this.suspended = new Set();
        this.recent = [];
        /** Counts changes as they arrive: each subscription is concerned by those alone that came since it began to wait. */
        this.arrived = 0;
        /** What is shown of everything once the client was closed. */
        this.closed = undefined;
        /** Outputs that were fetched elsewhere: key -> data. */
        this.initial = new Map();
    }

    // ---- who looks ----

    keyOf(procedure, input) {
        return `${procedure.path}?${canonical(encode(procedure.input, input))}`;
    }

    /** What is shown for a key. */
    stateOf(key) {
        return this.all.get(key)?.state ?? this.closed ?? this.initialState(key);
    }

    initialState(key) {
        if (!this.initial.has(key)) return LOADING;
        const held = this.initial.get(key);
        held.state ??= Object.freeze({ status: "stale", data: held.data, error: undefined });
        return held.state;
    }

    /** Watches until the function that it returns is called. */
    attach(procedure, input, listener) {
        if (this.closed !== undefined) return () => {};
        const key = this.keyOf(procedure, input);
        const sub = this.all.get(key) ?? this.create(key, procedure, input);
        this.clock.clearTimeout(sub.lingering);
        // Its own function, as the same listener may be given twice.
        const tell = (state) => listener(state);
        sub.listeners.add(tell);
        if (sub.id === undefined) this.start(sub);
        return () => {
            if (!sub.listeners.delete(tell) || sub.listeners.size > 0) return;
            sub.lingering = this.clock.setTimeout(() => this.close(sub), this.linger);
        };
    }

    create(key, procedure, input) {
        const sub = {
            key, procedure, wire: encode(procedure.input, input), view: new View(procedure, input, this.overlays),
            listeners: new Set(), state: this.initialState(key), loaded: false, attempt: 0,
            models: new Set(procedure.nodes.map((node) => node.model)),
            counts: new Set(procedure.nodes.filter((node) => node.isAggregate).map((node) => node.model)),
            id: undefined, viewNumber: undefined, lost: false, lingering: undefined, retrying: undefined,
            /** Of the snapshot that is coming in: its pieces, and {token, from} that it gives; the same of what is held. */
            pieces: [], given: undefined, proof: undefined,
            /** Changes up to this one came before it began to wait for what it waits for. */
            waitsFrom: 0,
            /** The server did not know who asks for it, the last time. */
            wasRefused: false,
        };
        this.all.set(key, sub);
        return sub;
    }

    close(sub) {
        if (sub.id !== undefined) this.host.send({ t: "unsub", id: sub.id });
        this.clock.clearTimeout(sub.retrying);
        this.unbind(sub);
        this.all.delete(sub.key);
    }

    closeAll() {
        const subs = [...this.all.values()];
        this.closed = Object.freeze({ status: "error", data: undefined, error: new DynrError("CLOSED", "the client was closed") });
        subs.forEach((sub) => {
            this.clock.clearTimeout(sub.lingering);
            this.close(sub);
        });
        this.show(subs, ({ state: { data } }) => ({ ...this.closed, data }));
        this.overlays.list.forEach((overlay) => this.clock.clearTimeout(overlay.timer));
    }

    /** Asks for it once more, after an error. */
    retry(key) {
        const sub = this.all.get(key);
        if (sub !== undefined && sub.id === undefined) this.start(sub);
    }

    // ---- the connection ----

    welcome() {
        this.connected = true;
        this.all.forEach((sub) => this.start(sub));
    }

    disconnected() {
        this.connected = false;
        this.queue = [];
        this.isOpen = false;
        this.all.forEach((sub) => this.unbind(sub));
        this.show([...this.all.values()].filter((sub) => sub.state.status === "live"),
            (sub) => ({ status: "stale", data: sub.state.data, error: undefined }));
    }

    /** It may be somebody else from now on: what is held is not shown any more, and nothing of it is gone on with. */
    forgetAll() {
        this.initial.clear();
        this.all.forEach((sub) => this.forget(sub));
        this.show([...this.all.values()].filter((sub) => sub.state.data !== undefined), () => LOADING);
    }

    /** The server does not know who this is: nothing is shown, and all say why, until somebody is let in. */
    refused(error) {
        this.initial.clear();
        this.all.forEach((sub) => this.forget(sub));
        this.show([...this.all.values()], () => ({ status: "error", data: undefined, error }));
    }

    forget(sub) {
        this.discardHeld(sub);
        sub.view = new View(sub.procedure, sub.view.input, this.overlays);
        sub.loaded = false;
        sub.proof = undefined;
    }

    start(sub) {
        this.clock.clearTimeout(sub.retrying);
        if (sub.state.status === "error") {
            this.show([sub], ({ state: { data } }) => ({ status: data === undefined ? "loading" : "stale", data, error: undefined }));
        }
        if (!this.connected) return;
        sub.id = this.host.nextId();
        this.byId.set(sub.id, sub);
        this.await(sub);
        const since = sub.loaded && !sub.lost && sub.proof !== undefined ? { since: this.sinceOf(sub) } : {};
        sub.lost = false;
        this.host.send({ t: "sub", id: sub.id, proc: sub.procedure.path, in: sub.wire, ...since });
    }

    /** What is held, with the server's own word that it was given: `token`, which nobody else can read, and the `v` it was given at. */
    sinceOf(sub) {
        if (sub.view.limits[0] === 0) return { v: sub.view.position, ...sub.proof };
        const { settled } = sub.view.group(sub.view.nodes[0], []);
        return { v: sub.view.position, bound: settled?.map(toWire) ?? null, ...sub.proof };
    }

    unbind(sub) {
        this.discardHeld(sub);
        this.byId.delete(sub.id);
        sub.id = undefined;
        this.unbindView(sub);
        this.settled(sub);
    }

    /** What has come in for it and is not shown yet never will be: snapshots in parts, and those that wait for a commit. */
    discardHeld(sub) {
        sub.pieces = [];
        sub.given = undefined;
        if (sub.id !== undefined) this.queue = this.queue.filter((message) => message.id !== sub.id);
    }

    unbindView(sub) {
        const subs = this.byView.get(sub.viewNumber);
        subs?.delete(sub);
        if (subs?.size === 0) this.byView.delete(sub.viewNumber);
        sub.viewNumber = undefined;
    }

    bind(sub, view) {
        this.unbindView(sub);
        sub.viewNumber = view;
        if (!this.byView.has(view)) this.byView.set(view, new Set());
        this.byView.get(view).add(sub);
    }

    settled(sub) {
        this.pending.delete(sub);
        this.suspended.delete(sub);
        if (this.pending.size === 0) this.recent = this.recent.filter((message) => this.isWanted(message));
    }

    /** Whether a message may be for a view whose snapshot is on its way, under a number that is not known yet or known already. */
    isWanted(message) {
        return this.pending.size > 0 || (this.suspended.size > 0 && !this.byView.has(message.view));
    }

    /** Something is missing: all of it again. */
    resync(sub) {
        this.host.send({ t: "unsub", id: sub.id });
        this.unbind(sub);
        sub.lost = true;
        this.start(sub);
    }

    // ---- messages ----

    /** Says whether the message was one of these. */
    take(message) {
        switch (message.t) {
        case "snap":
        case "same":
            this.takeHeld(message);
            return true;
        case "patch":
        case "bound":
            message.number = ++this.arrived;
            this.queue.push(message);
            this.isOpen = true;
            if (message.end) this.flush(message.v);
            return true;
        case "commit":
            this.flush(message.v);
            return true;
        case "reset":
            this.reset(message.id);
            return true;
        case "error":
            return this.byId.has(message.id) && this.fail(this.byId.get(message.id), errorOf(message), message.suspended === true);
        default:
            return false;
        }
    }

    takeHeld(message) {
        const sub = this.byId.get(message.id);
        if (sub === undefined) return;
        if (message.token !== undefined) sub.given = { token: message.token, from: message.v };
        for (const piece of message.groups ?? []) sub.pieces.push({ piece, v: message.v });
        if (message.part === "more") return;
        this.queue.push({ ...message, pieces: sub.pieces, proof: sub.given });
        sub.pieces = [];
        sub.given = undefined;
        // A transition that is under way is shown first, and as a whole.
        if (!this.isOpen) this.flush();
    }

    reset(id) {
        const sub = this.byId.get(id);
        if (sub === undefined) return;
        this.unbindView(sub);
        this.discardHeld(sub);
        this.await(sub);
    }

    /** A snapshot is on its way. */
    await(sub) {
        this.pending.add(sub);
        sub.waitsFrom = this.arrived;
    }

    suspend(sub) {
        this.unbindView(sub);
        this.discardHeld(sub);
        this.settled(sub);
        this.suspended.add(sub);
        sub.waitsFrom = this.arrived;
    }

    /** A subscription has ended, or is suspended until a snapshot. What somebody may not see any more is not shown any more. */
    fail(sub, error, isSuspended) {
        if (isSuspended) this.suspend(sub);
        else this.unbind(sub);
        const isShut = error.code === "DENIED" || error.code === "UNAUTHENTICATED";
        if (isShut) {
            this.forget(sub);
            this.initial.delete(sub.key);
        }
        if (error.retry && !isSuspended) {
            sub.retrying = this.clock.setTimeout(() => this.start(sub), backoff(this.clock, sub.attempt++));
        } else {
            this.show([sub], ({ state }) => ({ status: "error", data: isShut ? undefined : state.data, error }));
        }
        if (error.code === "UNAUTHENTICATED" && !isSuspended && !sub.wasRefused) {
            // Another token may do, but not one after the other.
            sub.wasRefused = true;
            this.host.unauthenticated();
        }
        return true;
    }

    /** Applies what has come in and shows it. `v`: everything up to it was said. */
    flush(v) {
        const messages = this.queue;
        const changed = new Set();
        this.queue = [];
        this.isOpen = false;
        for (const message of messages) {
            if (message.t === "snap" || message.t === "same") this.applyHeld(message, changed);
            else this.applyChange(message, changed);
        }
        if (v !== undefined) this.reach(v);
        this.dropOverlays(changed);
        this.refresh(changed);
    }

    /** Everything up to `v` was said of all that is bound. */
    reach(v) {
        this.heard = Math.max(this.heard, v);
        for (const subs of this.byView.values()) {
            for (const { view } of subs) view.position = Math.max(view.position, v);
        }
    }

    applyHeld(message, changed) {
        const sub = this.byId.get(message.id);
        if (sub === undefined) return;
        this.bind(sub, message.view);
        if (message.t === "snap") {
            sub.view.load(message.pieces);
            // A group as of 0 says nothing about what it does not hold: keyed rows to which nobody refers yet.
            sub.view.position = Math.min(message.v, ...message.pieces.map(({ piece, v }) => piece.v ?? v).filter((v) => v > 0));
        } else {
            sub.view.loadWindows(message.pieces.map(({ piece }) => piece));
            sub.view.position = Math.max(sub.view.position, message.v);
        }
        this.heard = Math.max(this.heard, message.v);
        sub.loaded = true;
        sub.wasRefused = false;
        sub.proof = message.proof;
        sub.attempt = 0;
        changed.add(sub);
        // What was missed follows `same` in order: what came before it may be younger.
        const early = message.t === "same" ? [] : this.recent.filter(({ view, number }) => view === message.view && number > sub.waitsFrom);
        for (const change of early) this.applyTo(sub, change, changed);
        this.settled(sub);
        if (sub.lost) this.resync(sub);
    }

    applyChange(message, changed) {
        if (this.isWanted(message)) this.remember(message);
        for (const sub of [...(this.byView.get(message.view) ?? [])]) this.applyTo(sub, message, changed);
    }

    remember(message) {
        if (this.recent.length === MAX_RECENT) {
            this.recent = [];
            [...this.pending, ...this.suspended].forEach((sub) => (sub.lost = true));
        }
        this.recent.push(message);
    }

    applyTo(sub, message, changed) {
        const result = sub.view.apply(message, this.clock.now());
        if (result === "lost") this.resync(sub);
        else if (result || message.t === "bound") changed.add(sub);
    }

    // ---- what is shown ----

    /** Composes these anew and tells those who look, all after the last was composed. */
    refresh(subs) {
        const loaded = this.withCounts(subs).filter((sub) => sub.loaded);
        loaded.forEach((sub) => sub.view.sweep(this.clock.now()));
        this.show(loaded, (sub) => this.composed(sub));
        loaded.forEach((sub) => this.mindWindows(sub));
    }

    /** With those that count rows which others hold: under overlays, what the others say of these counts. */
    withCounts(subs) {
        const all = new Set(subs);
        if (all.size > 0 && this.overlays.list.length > 0) {
            for (const overlay of this.overlays.list) {
                for (const sub of this.touchedBy(overlay)) if (sub.counts.size > 0) all.add(sub);
            }
        }
        return [...all];
    }

    composed(sub) {
        const status = sub.viewNumber === undefined ? "stale" : "live";
        try {
            return { status, data: this.overlays.unlessBroken(() => sub.view.compose()), error: undefined };
        } catch (cause) {
            const error = new DynrError("BAD_ANSWER", `what the server sent for ${sub.procedure.path} cannot be shown`, { cause });
            return { status: "error", data: undefined, error };
        }
    }

    show(subs, stateOf) {
        const news = [];
        for (const sub of subs) {
            const state = stateOf(sub);
            if (state.status === sub.state.status && state.data === sub.state.data && state.error === sub.state.error) continue;
            sub.state = Object.freeze(state);
            news.push(sub);
        }
        for (const sub of news) {
            for (const listener of [...sub.listeners]) {
                try {
                    listener(sub.state);
                } catch (error) {
                    reportUncaught(error);
                }
            }
        }
    }

    mindWindows(sub) {
        if (sub.viewNumber === undefined) return;
        for (const { group, more, trim } of sub.view.windows()) {
            const where = { id: sub.id, node: group.node.index, epoch: group.epoch };
            if (group.path.length > 0) where.parent = group.path;
            this.host.send(more ? { t: "more", ...where } : { t: "trim", ...where, bound: trim });
        }
    }

    // ---- optimistic updates ----

    /** Lays effects over all views; settle() or undo() ends it. */
    lay(effects) {
        const overlay = this.overlays.add(effects);
        this.refresh(this.touchedBy(overlay));
        return overlay;
    }

    loadedViews() {
        return [...this.all.values()].filter((sub) => sub.loaded).map((sub) => sub.view);
    }

    /** Its answer may come after the server's changes, or was lost on the way: what the server says from now on may have it in already. */
    doubt(overlay) {
        overlay.doubtful = Math.min(overlay.doubtful, this.heard);
    }

    /** The mutation is done: its overlay stays until the views have reached `v`. */
    settle(overlay, v) {
        overlay.v = v;
        overlay.until = this.clock.now() + OVERLAY_TIME;
        overlay.timer = this.clock.setTimeout(() => this.settleAll(), OVERLAY_TIME);
        this.settleAll();
        // Where its changes may have been heard of before, it is known now which values have them.
        if (overlay.doubtful < Infinity) this.refresh(this.touchedBy(overlay));
    }

    undo(overlay) {
        this.overlays.remove(overlay);
        this.refresh(this.touchedBy(overlay));
    }

    settleAll() {
        const changed = new Set();
        this.dropOverlays(changed);
        this.refresh(changed);
    }

    /** Shows views without what they have reached, and forgets what all have. */
    dropOverlays(changed) {
        for (const overlay of this.overlays.list.filter((one) => one.v !== undefined)) {
            const touched = this.touchedBy(overlay);
            touched.filter(({ view }) => view.position >= overlay.v).forEach((sub) => changed.add(sub));
            if (this.clock.now() < overlay.until && touched.some(({ view }) => view.position < overlay.v)) continue;
            this.clock.clearTimeout(overlay.timer);
            this.overlays.remove(overlay);
            touched.forEach((sub) => changed.add(sub));
        }
    }

    touchedBy(overlay) {
        const models = Overlays.modelsOf(overlay);
        return [...this.all.values()].filter((sub) => sub.loaded && [...sub.models].some((model) => models.has(model)));
    }

    /** Takes data that was fetched elsewhere (server rendering), to be shown until the snapshot comes. */
    hydrate(key, procedure, wire) {
        this.initial.set(key, { data: freeze(decode(procedure.output, wire)) });
    }
}

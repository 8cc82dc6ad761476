// SPDX-License-Identifier: Apache-2.0
// A small server that keeps to the protocol, random changes, slow snapshots, windows, lost connections, mutations that fail
// or are answered late: whatever happened, in the end every view shows what a naive evaluation says. DYNR_SEED repeats a run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareText } from "../../templates/js/compare.js";
import { randomOf } from "./random.js";
import { setUp, settle } from "./support.js";

const FIELDS = ["text", "done", "priority"];
const TAGS = { low: 1, normal: 2, high: 3 };

const QUERIES = {
    "todos.list": {
        accepts: (row, input) => input.show === "all" || row.done === (input.show === "closed"),
        compare: (a, b) => -compareText(a.id, b.id),
        position: (row) => [row.id, row.id], ofPosition: ([id]) => ({ id }),
    },
    "todos.all": {
        accepts: () => true,
        compare: (a, b) => TAGS[b.priority] - TAGS[a.priority] || compareText(a.text, b.text) || -compareText(a.id, b.id),
        position: (row) => [row.priority, row.text, row.id], ofPosition: ([priority, text, id]) => ({ priority, text, id }),
    },
};

class Server {
    constructor(fake, random) {
        Object.assign(this, { fake, random, rows: new Map(), v: 100, log: [], subs: [], read: 0, socket: undefined, lastView: 0, keys: new Map() });
    }

    evaluate({ query, input }) {
        return [...this.rows.values()].filter((row) => query.accepts(row, input)).sort(query.compare);
    }

    send(message) {
        this.fake.deliver(this.socket, message);
    }

    commit() {
        this.send({ t: "commit", v: this.v });
    }

    /** One change, said to everybody who watches. */
    change(id, after) {
        const before = this.rows.get(id);
        if (after === undefined) this.rows.delete(id);
        else this.rows.set(id, after);
        this.v++;
        this.log.push({ v: this.v, id, before, after });
        for (const sub of this.subs) this.step(sub, { v: this.v, id, before, after }, !sub.isActive);
    }

    isHeld(sub, row) {
        return row !== undefined && sub.query.accepts(row, sub.input)
            && (sub.bound === null || sub.query.compare(row, sub.query.ofPosition(sub.bound)) <= 0);
    }

    step(sub, { v, id, before, after }, isWhole) {
        const [was, is] = [this.isHeld(sub, before), this.isHeld(sub, after)];
        let operation;
        if (is && (!was || isWhole)) operation = ["+", this.sent(after)];
        else if (is) operation = ["~", [id], Object.fromEntries(FIELDS.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]))];
        else if (was || isWhole) operation = ["-", [id]];
        else return;
        this.send({ t: "patch", view: sub.view, v, node: 0, ops: [operation] });
    }

    sent({ id, text, done, priority }) {
        return { id, text, done, priority };
    }

    /** Takes what the client said since the last time. */
    async take() {
        await settle();
        if (this.socket !== this.fake.socket) {
            this.socket = this.fake.socket;
            this.subs = [];
            this.read = 0;
        }
        for (; this.read < (this.socket?.received.length ?? 0); this.read++) this.on(this.socket.received[this.read]);
    }

    on(message) {
        const sub = this.subs.find((one) => one.id === message.id);
        if (message.t === "sub") this.onSub(message);
        else if (message.t === "unsub") this.subs = this.subs.filter((one) => one !== sub);
        else if (message.t === "more" && sub?.epoch === message.epoch) this.refill(sub);
        else if (message.t === "trim" && sub?.epoch === message.epoch) this.rebound(sub, message.bound, []);
        else if (message.t === "call") this.onCall(message);
    }

    onSub({ id, proc, in: input, since }) {
        const sub = { id, query: QUERIES[proc], input, view: ++this.lastView, epoch: 1, bound: null, isActive: false };
        this.subs.push(sub);
        if (since !== undefined) assert.equal(since.token, `given at ${since.from}`);
        if (since !== undefined && this.random(2) === 0) {
            const missed = this.log.filter(({ v }) => v > since.v);
            sub.bound = since.bound ?? null;
            sub.isActive = true;
            const same = { t: "same", id, view: sub.view, v: since.v, token: `given at ${since.v}`, groups: [{ node: 0, v: since.v, epoch: 1, bound: sub.bound }] };
            this.send(same);
            missed.forEach((change) => this.step(sub, change, true));
            this.commit();
        }
    }

    /** Snapshots are read at one time and sent later; what changes in between is said before. */
    snapshots() {
        for (const sub of this.subs.filter((one) => !one.isActive)) {
            if (sub.snap === undefined) {
                const all = this.evaluate(sub);
                const rows = sub.input.first === undefined ? all : all.slice(0, sub.input.first * (1 + this.random(6)));
                sub.snap = { rows: rows.map((row) => this.sent(row)), v: this.v };
                sub.bound = rows.length < all.length ? sub.query.position(rows.at(-1)) : null;
                sub.snap.bound = sub.bound;
            } else if (this.random(3) === 0) {
                const { rows, v, bound } = sub.snap;
                const cut = this.random(rows.length + 1);
                const group = { node: 0, v, epoch: sub.epoch, bound };
                this.send({ t: "snap", id: sub.id, view: sub.view, v, groups: [{ ...group, rows: rows.slice(0, cut) }], part: "more" });
                this.send({ t: "snap", id: sub.id, view: sub.view, v, token: `given at ${v}`, groups: [{ ...group, rows: rows.slice(cut) }] });
                this.commit();
                sub.isActive = true;
            }
        }
    }

    refill(sub) {
        const all = this.evaluate(sub);
        const held = all.filter((row) => this.isHeld(sub, row)).length;
        const next = all.slice(held, held + sub.input.first);
        this.rebound(sub, held + next.length < all.length ? sub.query.position(next.at(-1)) : null, next);
    }

    rebound(sub, bound, rows) {
        sub.epoch++;
        sub.bound = bound;
        this.send({ t: "bound", view: sub.view, v: this.v, node: 0, epoch: sub.epoch, bound });
        if (rows.length > 0) this.send({ t: "patch", view: sub.view, v: this.v, node: 0, ops: rows.map((row) => ["+", this.sent(row)]) });
        this.commit();
    }

    onCall({ id, proc, in: input, key, ids }) {
        if (!this.keys.has(key)) this.keys.set(key, this.run(proc, input, ids));
        const result = this.keys.get(key);
        const answer = result === undefined ? { t: "error", id, code: "CONFLICT", message: "no" } : { t: "result", id, out: null, v: result };
        const isLate = this.random(2) === 0;
        if (isLate) this.commit();
        this.send(answer);
        if (!isLate) this.commit();
    }

    /** Position of the write, 0 for none, undefined for an error. */
    run(proc, input, ids) {
        const row = this.rows.get(input.id);
        if (this.random(4) === 0) return undefined;
        if (proc === "todos.add") this.change(ids[0], { id: ids[0], list: "L", text: input.text, done: false, priority: input.priority });
        else if (row === undefined) return undefined;
        else if (proc === "todos.remove") this.change(input.id, undefined);
        else if (proc === "todos.toggle") this.change(input.id, { ...row, done: !row.done });
        else this.change(input.id, { ...row, text: input.text });
        return this.v;
    }
}

async function run(seed) {
    const random = randomOf(seed);
    const at = setUp({ linger: 10 });
    at.clock.chance = 0.1;
    const server = new Server(at.server, random);
    const word = () => String.fromCharCode(97 + random(26));
    const ids = Array.from({ length: 24 }, (_, i) => `0${String.fromCharCode(65 + i)}`);
    const views = [
        ["todos.list", { show: "open", first: 3 }], ["todos.list", { show: "all", first: 5 }], ["todos.list", { show: "closed", first: 50 }],
        ["todos.all", {}],
    ].map(([path, input]) => ({ path, input: { list: "L", ...input }, watch: at.client.todos[path.slice(6)].watch({ list: "L", ...input }) }));
    const check = (view, { data }) => {
        if (data === undefined) return;
        assert.ok(data.length <= (view.input.first ?? Infinity));
        for (let i = 1; i < data.length; i++) assert.ok(QUERIES[view.path].compare(data[i - 1], data[i]) < 0, "in order, each once");
        data.forEach((row) => assert.ok(QUERIES[view.path].accepts(row, view.input), "only what belongs"));
    };
    const stops = views.map((view) => view.watch.subscribe((state) => check(view, state)));
    const someRow = () => ({ id: ids[random(24)], list: "L", text: word(), done: random(3) === 0, priority: ["low", "normal", "high"][random(3)] });
    const outcomes = [];
    const actions = [
        ...Array(8).fill(() => {
            const row = someRow();
            server.change(row.id, server.rows.has(row.id) && random(3) === 0 ? undefined : { ...server.rows.get(row.id), ...row });
            if (random(3) > 0) server.commit();
        }),
        () => at.server.socket?.isClosed === false && random(4) === 0 && at.server.drop(),
        () => at.clock.pass(random(2_000)),
        () => {
            const { toggle, setText, remove, add } = at.client.todos;
            const id = ids[random(24)];
            outcomes.push([() => toggle.mutate({ list: "L", id }), () => setText.mutate({ list: "L", id, text: word() }),
                () => remove.mutate({ list: "L", id }), () => add.mutate({ list: "L", text: word(), priority: "normal" })][random(4)]().catch(() => {}));
        },
        () => {
            const i = random(views.length);
            stops[i]();
            stops[i] = views[i].watch.subscribe((state) => check(views[i], state));
        },
    ];
    for (let i = 0; i < 150; i++) {
        await server.take();
        server.snapshots();
        await actions[random(actions.length)]();
    }
    for (let i = 0; i < 60; i++) {
        await server.take();
        server.snapshots();
        if (at.server.socket?.isClosed === false) server.commit();
        await at.clock.pass(1_000);
    }
    await Promise.all(outcomes);
    for (const { path, input, watch } of views) {
        const expected = server.evaluate({ query: QUERIES[path], input }).slice(0, input.first ?? Infinity);
        const { status, data } = watch.get();
        assert.equal(status, "live");
        assert.deepEqual(data.map(({ id, text, done, priority }) => [id, text, path === "todos.all" ? undefined : done, priority]),
            expected.map(({ id, text, done, priority }) => [id, text, path === "todos.all" ? undefined : done, priority]));
    }
    at.client.$close();
}

test("whatever happens, views show in the end what a naive evaluation says", async () => {
    const given = process.env.DYNR_SEED;
    const first = given === undefined ? Date.now() % 1_000_000_000 : Number(given);
    for (let seed = first; seed < first + (given === undefined ? 100 : 1); seed++) {
        try {
            await run(seed);
        } catch (error) {
            error.message = `DYNR_SEED=${seed}: ${error.message}`;
            throw error;
        }
    }
});

// SPDX-License-Identifier: Apache-2.0
// The same for a view with everything below its root: a window of children, a row that is referred to, a count. The root
// itself comes and goes. DYNR_SEED repeats a run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomOf } from "./random.js";
import { commit, setUp, settle } from "./support.js";

const BELOW = [["L"]];

class Store {
    constructor(random) {
        this.random = random;
        this.v = 10;
        this.list = { id: "L", title: "t", owner: "U0" };
        this.todos = new Map();
        this.users = new Map(["U0", "U1"].map((id) => [id, { id, name: id }]));
    }

    open() {
        return [...this.todos.values()].filter((row) => !row.done).sort((a, b) => (a.id < b.id ? -1 : 1));
    }

    groups() {
        if (this.list === undefined) return [{ node: 0, rows: [] }];
        return [
            { node: 0, rows: [this.list] }, { node: 1, parent: BELOW, rows: this.open(), epoch: 1, bound: null },
            { node: 2, rows: [this.users.get(this.list.owner)].filter((row) => row !== undefined) },
            { node: 3, parent: BELOW, value: String(this.open().length) },
        ];
    }

    expected() {
        if (this.list === undefined) return null;
        const { id, title, owner } = this.list;
        return { id, title, todos: this.open(), owner: this.users.get(owner) ?? null, count: BigInt(this.open().length) };
    }

    /** One change and the patches that it makes: [{node, parent?, ops}]. */
    change() {
        this.v++;
        const what = this.random(10);
        if (what < 6) return this.changeTodo(`t${this.random(6)}`);
        if (what < 7) return this.changeUser(`U${this.random(2)}`);
        return what < 8 ? this.toggleList() : this.changeList();
    }

    changeTodo(id, given) {
        const before = this.todos.get(id);
        const after = given === undefined && before !== undefined && this.random(4) === 0 ? undefined
            : { ...(before ?? { list: "L", id, labels: [], steps: [] }), text: `x${this.v}`, done: this.random(3) === 0, ...given };
        if (after === undefined) this.todos.delete(id);
        else this.todos.set(id, after);
        const [was, is] = [before !== undefined && !before.done, after !== undefined && !after.done];
        if (this.list === undefined || (!was && !is)) return [];
        const row = !is ? ["-", [id]] : was ? ["~", [id], { text: after.text }] : ["+", after];
        const patches = [{ node: 1, parent: BELOW, ops: [row] }];
        if (was !== is) patches.push({ node: 3, parent: BELOW, ops: [["=", String(this.open().length)]] });
        return patches;
    }

    changeUser(id) {
        const isGone = this.users.has(id) && this.random(3) === 0;
        if (isGone) this.users.delete(id);
        else this.users.set(id, { id, name: `n${this.v}` });
        if (this.list?.owner !== id) return [];
        return [{ node: 2, ops: [isGone ? ["-", [id]] : ["+", this.users.get(id)]] }];
    }

    changeList() {
        if (this.list === undefined) return [];
        const owner = `U${this.random(2)}`;
        const patches = owner === this.list.owner || !this.users.has(owner) ? [] : [{ node: 2, ops: [["+", this.users.get(owner)]] }];
        // Not referred to any more: the engine lets go of it.
        if (owner !== this.list.owner) patches.push({ node: 2, ops: [["-", [this.list.owner]]] });
        this.list = { ...this.list, title: `l${this.v}`, owner };
        return [{ node: 0, ops: [["~", ["L"], { title: this.list.title, owner }]] }, ...patches];
    }

    toggleList() {
        if (this.list !== undefined) {
            const { owner } = this.list;
            this.list = undefined;
            return [{ node: 0, ops: [["-", ["L"]]] }, { node: 2, ops: [["-", [owner]]] }];
        }
        this.list = { id: "L", title: "back", owner: "U1" };
        const [root, todos, users, count] = this.groups();
        const whole = ({ node, parent, rows }) => ({ node, ...(parent && { parent }), ops: rows.map((row) => ["+", row]) });
        // Those below may be said first.
        return [{ ...whole(todos), whole: true }, whole(root), whole(users), { node: 3, parent: BELOW, ops: [["=", count.value]] }];
    }
}

async function run(seed) {
    const random = randomOf(seed);
    const at = setUp();
    const store = new Store(random);
    const watch = at.client.lists.board.watch({ list: "L" });
    const calls = [];
    const outcomes = [];
    let view = 0;
    const wrong = [];
    watch.subscribe(({ data }) => {
        if (!data) return;
        const ids = data.todos.map((row) => row.id);
        if (new Set(ids).size < ids.length) wrong.push(`twice: ${ids}`);
        // Whatever is under way, what is shown is what is counted.
        if (data.count !== BigInt(ids.length)) wrong.push(`${data.count} counted: ${ids}`);
    });
    const snapshot = () => at.server.say({ t: "snap", id: at.server.last("sub").id, view: ++view, v: store.v, groups: store.groups() });
    const say = (patches) => at.server.say(...patches.map((patch) => ({ t: "patch", view, v: store.v, ...patch })), commit(store.v));
    await settle();
    await snapshot();
    for (let i = 0; i < 120; i++) {
        const what = random(20);
        if (what === 0) {
            at.server.drop();
            calls.length = 0;
            at.client.$connection.retry();
            await settle();
            await snapshot();
            calls.push(...at.server.got("call"));
        } else if (what < 4) {
            const id = `t${random(6)}`;
            const { add, setText, toggle, remove } = at.client.todos;
            outcomes.push([() => setText.mutate({ list: "L", id, text: "mine" }), () => toggle.mutate({ list: "L", id }),
                () => remove.mutate({ list: "L", id }), () => add.mutate({ list: "L", text: "new" })][random(4)]().catch(() => {}));
            await settle();
            calls.push(at.server.last("call"));
        } else if (what < 7 && calls.length > 0) {
            const call = calls.shift();
            const id = call.ids?.[0] ?? call.in.id;
            if (random(3) === 0 || (call.ids === undefined && !store.todos.has(id))) {
                await at.server.say({ t: "error", id: call.id, code: "CONFLICT", message: "no" });
            } else {
                store.v++;
                const patches = store.changeTodo(id, { text: "theirs", done: random(2) === 0 });
                const result = { t: "result", id: call.id, out: null, v: store.v };
                if (random(2) === 0) await at.server.say(result);
                await say(patches);
                await at.server.say(result);
            }
        } else {
            await say(store.change());
        }
        assert.deepEqual(wrong, [], `step ${i}`);
        if (calls.length === 0) assert.deepEqual(watch.get().data, store.expected(), `step ${i}`);
    }
    await at.server.say(...calls.map(({ id }) => ({ t: "error", id, code: "CONFLICT", message: "no" })), commit(store.v));
    await Promise.all(outcomes);
    assert.deepEqual(watch.get().data, store.expected());
    at.client.$close();
}

test("whatever happens, a tree shows in the end, and whenever nothing is under way, what a naive evaluation says", async () => {
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

// SPDX-License-Identifier: Apache-2.0
// Mutations are seen at once, and what is seen is never wrong for longer than the server needs to say so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commit, ids, patch, setUp, settle, snap, todo, watchList } from "./support.js";

const texts = (rows) => rows.map((row) => row.text).join(" ");
const low = (id, words = id) => todo(`00${id}`, words);

test("a create appears in every view that accepts it, at its place, and stays one row when the server says it", async () => {
    const at = setUp();
    const open = await watchList(at, { rows: [low("A")], view: 1 });
    const closed = await watchList(at, { rows: [], view: 2, input: { list: "L", show: "closed" } });
    const sorted = await watchList(at, { rows: [low("A", "zebra")], view: 3, query: at.client.todos.all });
    const other = await watchList(at, { rows: [], view: 4, input: { list: "M" } });
    const done = at.client.todos.add.mutate({ list: "L", text: "Milk" });
    const [, created] = [open.data.length, open.data.at(-1)[0]];
    assert.equal(texts(open.data.at(-1)), "Milk A");
    assert.equal(texts(sorted.data.at(-1)), "Milk zebra");
    assert.deepEqual([closed.data.length, other.data.length], [1, 1]);
    await settle();
    const call = at.server.last("call");
    assert.deepEqual(call.in, { list: "L", text: "Milk" });
    assert.deepEqual(call.ids, [created.id]);
    await at.server.say(patch(1, 12, [["+", todo(created.id, "Milk")]]), patch(3, 12, [["+", todo(created.id, "Milk")]]), commit(12));
    assert.equal(texts(open.data.at(-1)), "Milk A");
    await at.server.say({ t: "result", id: call.id, out: { id: created.id }, v: 12 });
    assert.deepEqual(await done, { id: created.id });
    assert.equal(texts(open.data.at(-1)), "Milk A");
    await at.server.say(patch(1, 13, [["-", [created.id]]]), commit(13));
    assert.equal(texts(open.data.at(-1)), "A", "nothing lies over it any more");
});

test("it stays until the views reach the result's position, however the two arrive", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A")] });
    const done = at.client.todos.add.mutate({ list: "L", text: "Milk" });
    await settle();
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 12 });
    await done;
    await at.server.say(commit(11));
    assert.equal(texts(seen.data.at(-1)), "Milk A");
    // The server made something else of it.
    await at.server.say(patch(1, 12, [["+", todo("X", "MILK")]]), commit(12));
    assert.equal(texts(seen.data.at(-1)), "MILK A");
});

test("an error rolls back exactly: the very same objects", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A"), low("B")] });
    const done = at.client.todos.add.mutate({ list: "L", text: "Milk" });
    await settle();
    await at.server.say({ t: "error", id: at.server.last("call").id, code: "RANGE", message: "too long", field: "text" });
    await assert.rejects(done, { name: "DynrError", code: "RANGE", field: "text", retry: false });
    assert.deepEqual(seen.data.at(-1), seen.data[0]);
    seen.data.at(-1).forEach((row, i) => assert.equal(row, seen.data[0][i]));
});

test("changes: a row leaves where it is accepted no more and enters where it is accepted now", async () => {
    const at = setUp();
    const open = await watchList(at, { rows: [low("A"), low("B")], view: 1 });
    const closed = await watchList(at, { rows: [], view: 2, input: { list: "L", show: "closed" } });
    const done = at.client.todos.toggle.mutate({ list: "L", id: "00A" });
    assert.equal(ids(open.data.at(-1)), "00B");
    assert.deepEqual(closed.data.at(-1), [{ id: "00A", text: "A", done: true, priority: "normal", assignee: null }]);
    await settle();
    // The server's patch before the result: toggling is not done twice.
    await at.server.say(patch(1, 12, [["-", ["00A"]]]), patch(2, 12, [["+", { ...low("A"), done: true }]]), commit(12));
    assert.equal(ids(open.data.at(-1)), "00B");
    assert.equal(ids(closed.data.at(-1)), "00A");
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 12 });
    await done;
    assert.equal(ids(closed.data.at(-1)), "00A");
});

test("rows of another parent with the same key are left alone", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A")] });
    at.client.todos.remove.mutate({ list: "M", id: "00A" });
    at.client.todos.setText.mutate({ list: "M", id: "00A", text: "x" });
    assert.equal(seen.data.length, 1);
});

test("several lie over each other in their order, and one that fails is taken from under the others", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A"), low("B")] });
    const set = (text) => at.client.todos.setText.mutate({ list: "L", id: "00A", text });
    const [one, two] = [set("one"), set("two")];
    const removed = at.client.todos.remove.mutate({ list: "L", id: "00B" });
    assert.equal(texts(seen.data.at(-1)), "two");
    await settle();
    const [first, second, third] = at.server.got("call");
    await at.server.say({ t: "error", id: second.id, code: "CONFLICT", message: "changed" });
    await assert.rejects(two, { code: "CONFLICT" });
    assert.equal(texts(seen.data.at(-1)), "one");
    await at.server.say({ t: "error", id: third.id, code: "DENIED", message: "no" });
    await assert.rejects(removed);
    assert.equal(texts(seen.data.at(-1)), "B one");
    await at.server.say(patch(1, 12, [["~", ["00B"], { text: "b" }]]), commit(12));
    assert.equal(texts(seen.data.at(-1)), "b one", "what others do comes through");
    await at.server.say({ t: "error", id: first.id, code: "DENIED", message: "no" });
    await assert.rejects(one);
    assert.equal(texts(seen.data.at(-1)), "b A");
});

test("a row that stands beyond a window's bound is not shown: nobody knows what is between", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("ZZ")], bound: ["ZZ", "ZZ"], input: { list: "L", first: 2 } });
    at.client.todos.add.mutate({ list: "L", text: "Milk" });
    assert.equal(ids(seen.data.at(-1)), "ZZ");
});

test("rows that do not change keep their identity under an overlay, and the overlay's own does from change to change", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A"), low("B"), low("C")] });
    at.client.todos.setText.mutate({ list: "L", id: "00B", text: "x" });
    const [before, during] = [seen.data[0], seen.data.at(-1)];
    assert.equal(during[0], before[0]);
    assert.equal(during[2], before[2]);
    await at.server.say(patch(1, 12, [["-", ["00C"]]]), commit(12));
    assert.equal(seen.data.at(-1)[0], during[1]);
});

test("children below a parent, and a parent that knows its own", async () => {
    const at = setUp();
    const watch = at.client.lists.board.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 4, v: 10, groups: [
        { node: 0, v: 10, rows: [{ id: "L", title: "List", owner: "U" }] },
        { node: 1, parent: [["L"]], v: 10, rows: [todo("A", "a", { list: "L" })], epoch: 1, bound: null },
    ] });
    at.client.todos.add.mutate({ list: "L", text: "Milk" });
    assert.equal(texts(watch.get().data.todos), "Milk a");
    at.client.todos.toggle.mutate({ list: "L", id: "A" });
    assert.equal(texts(watch.get().data.todos), "Milk");
});

test("a row of another parent does not enter, also where the path goes by a field outside the key, and one that is given away leaves", async () => {
    const at = setUp();
    const watch = at.client.users.lists.watch({ user: "U" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 4, v: 10, groups: [
        { node: 0, v: 10, rows: [{ id: "U" }] }, { node: 1, parent: [["U"]], v: 10, rows: [{ id: "A", title: "a" }, { id: "B", title: "b" }] },
    ] });
    const titles = () => watch.get().data.lists.map(({ title }) => title).join(" ");
    const create = (owner) => at.client.lists.create.mutate({ title: owner }, {
        optimistic: (_input, _caller, [id], now) => [{ model: "TodoList", op: "create", key: { id }, row: { id, owner, title: owner, createdAt: now } }],
    });
    create("V");
    assert.equal(titles(), "a b");
    create("U");
    assert.equal(titles(), "U a b");
    at.client.lists.give.mutate({ list: "A", to: "V" });
    assert.equal(titles(), "U b");
    at.client.lists.give.mutate({ list: "B", to: "U" });
    assert.equal(titles(), "U b");
});

test("a row to which nothing refers any more is not kept up by anybody: nothing is made of it", async () => {
    const at = setUp();
    const watch = at.client.lists.board.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 4, v: 10, groups: [
        { node: 0, v: 10, rows: [{ id: "L", title: "List", owner: "U" }] }, { node: 1, parent: [["L"]], v: 10, rows: [] },
        { node: 2, v: 10, rows: [{ id: "U", name: "Ada" }] },
    ] });
    const seen = [];
    const touch = (user) => at.client.todos.importCsv.mutate({ list: "L", csv: "" }, {
        optimistic: () => [{ model: "User", op: "update", key: { id: user }, changes: (row) => (seen.push(row.name), {}) }],
    });
    touch("U");
    assert.deepEqual(seen, ["Ada"]);
    await at.server.say(patch(4, 11, [["~", ["L"], { owner: "V" }]]), patch(4, 11, [["+", { id: "V", name: "Grace" }]], { node: 2 }), commit(11));
    touch("U");
    touch("V");
    assert.deepEqual(seen, ["Ada", "Grace"]);
});

test("an answer and what follows it may be handled in one turn, before any promise is", async () => {
    const at = setUp();
    const { values: seen } = await watchEntries(at, [], TWO_VALUES, { withRows: false });
    const shown = [];
    at.client.entries.values.watch({ book: "B" }).subscribe(({ data }) => shown.push(data.n));
    at.client.entries.add.mutate({ book: "B", amount: 1n, price: "1", day: "2026-01-06" });
    await settle();
    const { id } = at.server.last("call");
    for (const message of [{ t: "result", id, out: null, v: 11 }, patch(2, 11, [["=", "3"]], { node: 1 }), commit(11)]) {
        at.server.socket.onmessage({ data: JSON.stringify(message) });
    }
    await settle();
    assert.deepEqual([seen()[0], shown.includes(4n)], [3n, false]);
});

test("a row that a change refers to is shown where any live query holds enough of it", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [{ ...todo("A"), assignee: "U" }], view: 1 });
    await at.server.say({ t: "patch", view: 1, v: 11, node: 1, ops: [["+", { id: "U", name: "Ada" }]] }, commit(11));
    const board = at.client.lists.board.watch({ list: "M" });
    board.subscribe(() => {});
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 4, v: 11, groups: [
        { node: 0, v: 11, rows: [{ id: "M", title: "Other", owner: "V" }] }, { node: 1, parent: [["M"]], v: 11, rows: [] },
        { node: 2, v: 11, rows: [{ id: "V", name: "Grace" }] },
    ] });
    const assign = (user) => at.client.todos.setText.mutate({ list: "L", id: "A", text: "a" }, {
        optimistic: () => [{ model: "Todo", op: "update", key: { list: "L", id: "A" }, changes: { assignee: user } }],
    });
    assert.deepEqual(seen.data.at(-1)[0].assignee, { id: "U", name: "Ada" });
    assign("V");
    const [shown] = seen.data.at(-1);
    assert.deepEqual(shown.assignee, { id: "V", name: "Grace" });
    await at.server.say(patch(1, 12, [["+", todo("B")]]), commit(12));
    assert.equal(seen.data.at(-1)[1].assignee, shown.assignee, "the same object each time");
    at.client.todos.remove.mutate({ list: "L", id: "x" }, { optimistic: () => [{ model: "User", op: "delete", key: { id: "V" } }] });
    assert.equal(seen.data.at(-1)[1].assignee, null, "it is on its way out");
    assign("W");
    assert.equal(seen.data.at(-1)[1].assignee, null, "nobody holds it");
});

test("a mutation that wrote nothing leaves nothing; one may do without, or bring its own effects", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A")] });
    const done = at.client.todos.setText.mutate({ list: "L", id: "00A", text: "x" });
    await settle();
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 0 });
    await done;
    assert.equal(texts(seen.data.at(-1)), "A");
    at.client.todos.setText.mutate({ list: "L", id: "00A", text: "x" }, { optimistic: false });
    assert.equal(texts(seen.data.at(-1)), "A");
    at.client.todos.importCsv.mutate({ list: "L", csv: "" }, {
        optimistic: () => [{ model: "Todo", op: "update", key: { list: "L", id: "00A" }, changes: { text: "mine" } }],
    });
    assert.equal(texts(seen.data.at(-1)), "mine");
});

test("a live query that has ended keeps nobody else's overlay", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A")], view: 1 });
    const ended = await watchList(at, { rows: [low("A")], view: 2, query: at.client.todos.all });
    await at.server.say({ t: "error", id: ended.id, code: "RANGE", message: "the sum is too large" });
    at.client.todos.setText.mutate({ list: "L", id: "00A", text: "mine" });
    await settle();
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 12 }, patch(1, 12, [["~", ["00A"], { text: "mine" }]]), commit(12),
        patch(1, 13, [["~", ["00A"], { text: "theirs" }]]), commit(13));
    assert.equal(texts(seen.data.at(-1)), "theirs");
});

test("a server that never reaches the position does not keep an overlay for ever", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A")] });
    const done = at.client.todos.setText.mutate({ list: "L", id: "00A", text: "x" });
    await settle();
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 99 });
    await done;
    await at.clock.pass(29_000);
    assert.equal(texts(seen.data.at(-1)), "x");
    await at.clock.pass(1_000);
    assert.equal(texts(seen.data.at(-1)), "A");
});

test("an overlay survives a lost connection until the view has caught up", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [low("A")] });
    const done = at.client.todos.setText.mutate({ list: "L", id: "00A", text: "x" });
    await settle();
    const { key } = at.server.last("call");
    at.server.drop();
    await at.clock.pass(500);
    assert.equal(at.server.last("call").key, key, "sent again under the same key");
    assert.equal(texts(seen.subscription.get().data), "x");
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 12 });
    await done;
    assert.equal(texts(seen.subscription.get().data), "x");
    await at.server.say(snap(at.server.last("sub").id, 5, 12, [low("A", "X")]));
    assert.equal(texts(seen.data.at(-1)), "X");
});

test("any sequence of overlays that all fail leaves what was there", async () => {
    for (let round = 0; round < 60; round++) {
        const at = setUp();
        const seen = await watchList(at, { rows: ["A", "B", "C", "D"].map((id) => low(id)) });
        const calls = [];
        for (let i = 0; i < 8; i++) {
            const id = `00${"ABCD"[Math.floor(Math.random() * 4)]}`;
            const what = Math.floor(Math.random() * 4);
            const { add, remove, toggle, setText } = at.client.todos;
            calls.push([() => add.mutate({ list: "L", text: `n${i}` }), () => remove.mutate({ list: "L", id }),
                () => toggle.mutate({ list: "L", id }), () => setText.mutate({ list: "L", id, text: `t${i}` })][what]());
        }
        await settle();
        const ends = Promise.allSettled(calls);
        const answers = at.server.got("call").map(({ id }) => [Math.random(), { t: "error", id, code: "DENIED", message: "no" }]);
        await at.server.say(...answers.sort((a, b) => a[0] - b[0]).map(([, message]) => message));
        assert.ok((await ends).every(({ status }) => status === "rejected"));
        assert.deepEqual(seen.data.at(-1), seen.data[0]);
        seen.data.at(-1).forEach((row, i) => assert.equal(row, seen.data[0][i]));
    }
});

// ---- aggregates ----

const entry = (id, amount, price, day) => ({ id, amount: String(amount), price, day });
const values = (n, amount, price, first, last) => [
    { node: 1, value: String(n) }, { node: 2, value: String(amount) }, { node: 3, value: price }, { node: 4, value: first }, { node: 5, value: last },
];

/** Entries and what they come to, each a live query of its own. */
async function watchEntries(at, rows, said, { v = 10, withRows = true } = {}) {
    const shown = {};
    const open = async (query, view, groups) => {
        query.watch({ book: "B" }).subscribe(({ data }) => (shown[view] = data));
        await settle();
        await at.server.say({ t: "snap", id: at.server.last("sub").id, view, v, groups: groups.map((group) => ({ v, ...group })) });
    };
    if (withRows) await open(at.client.entries.all, 1, [{ node: 0, rows }]);
    await open(at.client.entries.values, 2, said);
    return { rows: () => shown[1], values: () => Object.values(shown[2]) };
}

const TWO = [entry("a", 5, "1.50", "2026-01-05"), entry("b", 7, "2.25", "2026-01-09")];
const TWO_VALUES = values(2, 12, "3.75", "2026-01-05", "2026-01-09");

test("counts, sums and extremes follow creates, changes and deletes at once, and roll back", async () => {
    const at = setUp();
    const { values: seen } = await watchEntries(at, TWO, TWO_VALUES);
    const before = seen();
    assert.deepEqual(before, [2n, 12n, "3.75", "2026-01-05", "2026-01-09"]);
    const { add, set, remove } = at.client.entries;
    const calls = [add.mutate({ book: "B", amount: 3n, price: "0.25", day: "2026-01-02" })];
    assert.deepEqual(seen(), [3n, 15n, "4", "2026-01-02", "2026-01-09"]);
    calls.push(set.mutate({ book: "B", id: "b", amount: 1n, day: "2026-02-01" }));
    assert.deepEqual(seen(), [3n, 9n, "4", "2026-01-02", "2026-02-01"]);
    calls.push(remove.mutate({ book: "B", id: "a" }));
    assert.deepEqual(seen(), [2n, 4n, "2.5", "2026-01-02", "2026-02-01"]);
    calls.push(add.mutate({ book: "C", amount: 100n, price: "100", day: "2020-01-01" }));
    assert.deepEqual(seen(), [2n, 4n, "2.5", "2026-01-02", "2026-02-01"], "another book");
    await settle();
    await at.server.say(...at.server.got("call").map(({ id }) => ({ t: "error", id, code: "DENIED", message: "no" })));
    assert.ok((await Promise.allSettled(calls)).every(({ status }) => status === "rejected"));
    assert.deepEqual(seen(), before);
});

test("what was the least and leaves, and rows of which too little is known, are the server's to say", async () => {
    const at = setUp();
    const { values: seen } = await watchEntries(at, TWO, TWO_VALUES);
    at.client.entries.remove.mutate({ book: "B", id: "a" });
    assert.deepEqual(seen(), [1n, 7n, "2.25", "2026-01-05", "2026-01-09"]);
    at.client.entries.remove.mutate({ book: "B", id: "z" });
    at.client.entries.set.mutate({ book: "B", id: "y", amount: 9n });
    assert.deepEqual(seen(), [1n, 7n, "2.25", "2026-01-05", "2026-01-09"]);
});

test("a change that the server has said already is not counted twice, and stays until the view has reached the result", async () => {
    const at = setUp();
    const { values: seen, rows } = await watchEntries(at, TWO, TWO_VALUES);
    const done = at.client.entries.remove.mutate({ book: "B", id: "b" });
    await settle();
    const { id } = at.server.last("call");
    assert.deepEqual(seen().slice(0, 2), [1n, 5n]);
    // Somebody else's change, and then our own before the result.
    await at.server.say(patch(1, 11, [["+", entry("c", 1, "1", "2026-01-07")]]), patch(2, 11, [["=", "3"]], { node: 1 }),
        patch(2, 11, [["=", "13"]], { node: 2 }), commit(11));
    assert.deepEqual(seen().slice(0, 2), [2n, 6n]);
    await at.server.say(patch(1, 12, [["-", ["b"]]]), patch(2, 12, [["=", "2"]], { node: 1 }), patch(2, 12, [["=", "6"]], { node: 2 }), commit(12));
    assert.deepEqual(seen().slice(0, 2), [2n, 6n]);
    await at.server.say({ t: "result", id, out: null, v: 12 });
    await done;
    assert.deepEqual(seen().slice(0, 2), [2n, 6n]);
    assert.equal(ids(rows()), "ac");
});

test("a change of the key: gone here, there at its new place, and what comes after it counts", async () => {
    const at = setUp();
    const shown = {};
    const open = async (book, view, rows, said) => {
        for (const [query, offset, groups] of [[at.client.entries.all, 0, [{ node: 0, rows }]], [at.client.entries.values, 1, said]]) {
            query.watch({ book }).subscribe(({ data }) => (shown[view + offset] = data));
            await settle();
            await at.server.say({ t: "snap", id: at.server.last("sub").id, view: view + offset, v: 10, groups: groups.map((group) => ({ v: 10, ...group })) });
        }
    };
    await open("B", 1, TWO, TWO_VALUES);
    await open("C", 3, [], values(0, 0, "0", null, null));
    const seen = (view) => `${ids(shown[view])} ${shown[view + 1].n} ${shown[view + 1].amount}`;
    const move = (id) => at.client.entries.set.mutate({ book: "B", id }, {
        optimistic: () => [{ model: "Entry", op: "update", key: { book: "B", id }, changes: { book: "C" } }],
    });
    const add = (book, id, amount) => at.client.entries.add.mutate({ book, amount, price: "1", day: "2026-01-06" }, {
        optimistic: (input) => [{ model: "Entry", op: "create", key: { book, id }, row: { id, ...input } }],
    });
    move("a");
    assert.deepEqual([seen(1), seen(3)], ["b 1 7", "a 1 5"]);
    add("B", "a", 3n);
    assert.deepEqual([seen(1), seen(3)], ["ab 2 10", "a 1 5"]);
    move("nobody knows it");
    add("C", "nobody knows it", 2n);
    assert.equal(seen(3), "anobody knows it 2 7");
});

test("a row that is younger than the value is not taken out of it", async () => {
    const at = setUp();
    const { values: seen, rows } = await watchEntries(at, TWO, TWO_VALUES);
    at.server.drop();
    at.client.entries.remove.mutate({ book: "B", id: "c" });
    await at.clock.pass(500);
    const [all, counted] = at.server.got("sub");
    const three = [...TWO, entry("c", 1, "1", "2026-01-07")];
    await at.server.say({ t: "snap", id: all.id, view: 1, v: 20, groups: [{ node: 0, v: 20, rows: three }] });
    assert.deepEqual([ids(rows()), seen()[0]], ["ab", 2n], "the count is of before it was there");
    await at.server.say({ t: "snap", id: counted.id, view: 2, v: 20, groups: values(3, 13, "4.75", "2026-01-05", "2026-01-09").map((group) => ({ v: 20, ...group })) });
    assert.deepEqual([ids(rows()), seen()[0]], ["ab", 2n]);
});

test("an input that is none concerns nobody else", async () => {
    const at = setUp();
    const { values: seen } = await watchEntries(at, TWO, TWO_VALUES);
    const states = [];
    at.client.entries.values.watch({ book: "B" }).subscribe((state) => states.push(state.status));
    await assert.rejects(at.client.todos.add.mutate({ list: "L", text: 5n }), { name: "DynrError", code: "TYPE", field: "text" });
    await assert.rejects(at.client.todos.search.query({ text: 5n }), { code: "TYPE", field: "text" });
    assert.throws(() => at.client.todos.list.watch({ list: "L", first: 5n }), { code: "TYPE", field: "first" });
    const wrong = at.client.entries.add.mutate({ book: "B", amount: 1n, price: {}, day: 7 });
    assert.deepEqual(seen(), [2n, 12n, "3.75", "2026-01-05", "2026-01-09"], "what cannot be computed is not shown");
    await settle();
    assert.equal(at.server.got("call").length, 1);
    await at.server.say({ t: "error", id: at.server.last("call").id, code: "TYPE", message: "no", field: "price" });
    await assert.rejects(wrong, { code: "TYPE" });
    at.client.entries.add.mutate({ book: "B", amount: 1, price: "1", day: "2026-01-06" });
    assert.deepEqual([seen()[1], states.includes("error")], [13n, false], "a number where a bigint belongs");
});

test("values without rows: the result comes first, and the value follows", async () => {
    const at = setUp();
    const { values: seen } = await watchEntries(at, [], TWO_VALUES, { withRows: false });
    const done = at.client.entries.add.mutate({ book: "B", amount: 1n, price: "1", day: "2026-01-06" });
    await settle();
    assert.deepEqual(seen().slice(0, 3), [3n, 13n, "4.75"]);
    await at.server.say(patch(2, 11, [["=", "3"]], { node: 1 }), commit(11));
    assert.deepEqual(seen().slice(0, 3), [4n, 13n, "4.75"], "somebody else's, as ours was not answered yet");
    await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 12 });
    await done;
    assert.deepEqual(seen().slice(0, 3), [4n, 13n, "4.75"]);
    await at.server.say(patch(2, 12, [["=", "4"]], { node: 1 }), patch(2, 12, [["=", "13"]], { node: 2 }), commit(12));
    assert.deepEqual(seen().slice(0, 2), [4n, 13n]);
});

for (const [what, withRows, said] of [["may be in it", false, 2n], ["is not in it, as the rows show", true, 3n]]) {
    test(`an answer lost with its connection: a create ${what} when the value comes anew`, async () => {
        const at = setUp();
        const { values: seen } = await watchEntries(at, TWO, TWO_VALUES, { withRows });
        const done = at.client.entries.add.mutate({ book: "B", amount: 1n, price: "1", day: "2026-01-06" });
        await settle();
        assert.equal(seen()[0], 3n);
        at.server.drop();
        assert.equal(seen()[0], 3n, "nothing was said since");
        await at.clock.pass(500);
        const [first, second] = at.server.got("sub");
        const snapOf = (sub, view, groups) => ({ t: "snap", id: sub.id, view, v: 11, groups: groups.map((group) => ({ v: 11, ...group })) });
        if (withRows) await at.server.say(snapOf(first, 1, [{ node: 0, rows: TWO }]));
        await at.server.say(snapOf(second ?? first, 2, TWO_VALUES));
        assert.equal(seen()[0], said);
        await at.server.say({ t: "result", id: at.server.last("call").id, out: null, v: 12 });
        await done;
        assert.equal(seen()[0], 3n, "known by its answer");
    });
}

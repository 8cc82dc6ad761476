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

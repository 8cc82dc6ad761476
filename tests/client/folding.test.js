// SPDX-License-Identifier: Apache-2.0
// From messages to what is shown: docs/protocol.md, message by message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commit, ids, patch, setUp, settle, snap, todo, watchList } from "./support.js";

test("a snapshot is shown at once, in the query's order, with the shown members alone", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A"), todo("C"), todo("B", "b", { due: "2026-01-31" })] });
    assert.deepEqual(seen.data, [[
        { id: "C", text: "C", done: false, priority: "normal", assignee: null },
        { id: "B", text: "b", done: false, priority: "normal", due: "2026-01-31", assignee: null },
        { id: "A", text: "A", done: false, priority: "normal", assignee: null },
    ]]);
    assert.deepEqual(at.server.last("sub"), { t: "sub", id: seen.id, proc: "todos.list", in: { list: "L", show: "open", first: 50 } });
});

test("nothing is shown before commit, then all views change together", async () => {
    const at = setUp();
    const one = await watchList(at, { rows: [todo("A")], view: 1 });
    const two = await watchList(at, { rows: [todo("A")], view: 2, query: at.client.todos.all });
    await at.server.say(patch(1, 11, [["+", todo("B")]]), patch(2, 11, [["+", todo("B")]]));
    assert.deepEqual([one.data.length, two.data.length], [1, 1]);
    let together;
    at.client.todos.list.subscribe({ list: "L" }, {
        onData: () => (together = two.subscription.get().data.length),
    });
    await at.server.say(commit(11));
    assert.equal(ids(one.data.at(-1)), "BA");
    assert.equal(ids(two.data.at(-1)), "AB");
    assert.equal(together, 2);
});

test("`end` closes a transition", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say(patch(1, 11, [["-", ["A"]]], { end: true }));
    assert.deepEqual(seen.data.at(-1), []);
});

test("members may be called anything, and what a row does not have it does not inherit", async () => {
    const at = setUp({ schema: { version: 1, procedures: {
        "things.all": { kind: "query", nodes: [{
            name: "", class: "pure", model: "Thing", shown: ["constructor", "toString", "valueOf"], key: [{ field: "constructor", type: "text" }],
            order: [{ field: "toString", type: "text" }], binds: () => ({}), accepts: () => true,
        }] },
        "things.set": { kind: "mutation", optimistic: (input) => [{ model: "Thing", op: "update", key: input, changes: { valueOf: "v" } }] },
    } } });
    const watch = at.client.things.all.watch({});
    watch.subscribe(() => {});
    await settle();
    await at.server.say(snap(at.server.last("sub").id, 1, 10, [{ constructor: "b", toString: "x" }, { constructor: "a" }]));
    assert.deepEqual(watch.get().data, [{ constructor: "a" }, { constructor: "b", toString: "x" }]);
    at.client.things.set.mutate({ constructor: "b" });
    assert.deepEqual(watch.get().data, [{ constructor: "a" }, { constructor: "b", toString: "x", valueOf: "v" }]);
});

test("fields are set, null takes one away, unchanged rows keep their identity", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A", "a", { due: "2026-01-31" }), todo("B")] });
    await at.server.say(patch(1, 11, [["~", ["A"], { text: "x", due: null }]]), commit(11));
    const [before, after] = seen.data;
    assert.equal(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    assert.deepEqual(after[1], { id: "A", text: "x", done: false, priority: "normal", assignee: null });
});

test("what changes nothing that is shown tells nobody", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say(patch(1, 11, [["+", todo("A")], ["-", ["Z"]]]), commit(11), commit(12));
    assert.equal(seen.data.length, 1);
});

test("data cannot be changed by who gets it", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    assert.throws(() => seen.data[0].push(1), TypeError);
    assert.throws(() => (seen.data[0][0].text = "x"), TypeError);
});

test("old news is ignored: rows, fields and leaves, also of rows that left", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A"), todo("B")], v: 20 });
    await at.server.say(
        patch(1, 20, [["+", todo("A", "old")]]), patch(1, 19, [["~", ["A"], { text: "old" }]]), patch(1, 20, [["-", ["A"]]]),
        patch(1, 18, [["+", todo("C")]]), commit(20),
    );
    assert.equal(seen.data.length, 1, "C was not there at 20");
    await at.server.say(patch(1, 25, [["-", ["B"]]]), commit(25), patch(1, 24, [["+", todo("B")]]), commit(25));
    assert.equal(ids(seen.data.at(-1)), "A");
    await at.server.say(patch(1, 26, [["+", todo("B", "again")]]), commit(26));
    assert.equal(ids(seen.data.at(-1)), "BA");
});

test("what left is remembered for a minute and forgotten later", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")], v: 5 });
    await at.server.say(patch(1, 30, [["-", ["A"]]]), commit(30));
    await at.clock.pass(59_000);
    await at.server.say(patch(1, 29, [["+", todo("A")]]), commit(31));
    assert.deepEqual(seen.data.at(-1), []);
    await at.clock.pass(2_000);
    await at.server.say(patch(1, 32, [["+", todo("B")]]), commit(32), patch(1, 29, [["+", todo("A")]]), commit(33));
    assert.equal(ids(seen.data.at(-1)), "BA");
});

test("every repetition of messages gives the same", async () => {
    const messages = [
        patch(1, 11, [["+", todo("B")]]), patch(1, 12, [["~", ["B"], { text: "x" }]]), patch(1, 13, [["-", ["A"]]]),
        patch(1, 14, [["+", todo("C")]]), patch(1, 15, [["~", ["B"], { text: "y" }]]),
    ];
    const once = setUp();
    const expected = await watchList(once, { rows: [todo("A")] });
    await once.server.say(...messages, commit(15));
    for (let round = 0; round < 50; round++) {
        const at = setUp();
        const seen = await watchList(at, { rows: [todo("A")] });
        // Each message comes, and after it any that came before may come once more.
        for (let i = 0; i < messages.length; i++) {
            await at.server.say(messages[i], messages[Math.floor(Math.random() * (i + 1))]);
            if (Math.random() < 0.5) await at.server.say(commit(11 + i));
        }
        await at.server.say(commit(15));
        assert.deepEqual(seen.data.at(-1), expected.data.at(-1));
    }
});

test("whole rows and leaves may come in any order", async () => {
    const messages = [
        patch(1, 11, [["+", todo("B")]]), patch(1, 12, [["+", todo("B", "x")]]), patch(1, 13, [["-", ["A"]]]),
        patch(1, 14, [["-", ["B"]]]), patch(1, 15, [["+", todo("B", "y")]]), patch(1, 16, [["+", todo("C")]]), patch(1, 17, [["-", ["C"]]]),
    ];
    for (let round = 0; round < 100; round++) {
        const at = setUp();
        const seen = await watchList(at, { rows: [todo("A")] });
        const shuffled = messages.map((message) => [Math.random(), message]).sort((a, b) => a[0] - b[0]).map(([, message]) => message);
        await at.server.say(...shuffled, commit(17));
        assert.deepEqual(seen.data.at(-1).map((row) => row.text), ["y"]);
    }
});

test("patches that come before their snapshot are applied after it", async () => {
    const at = setUp();
    const data = [];
    at.client.todos.list.subscribe({ list: "L" }, { onData: (rows) => data.push(rows) });
    await settle();
    const { id } = at.server.last("sub");
    await at.server.say(
        patch(7, 11, [["+", todo("B")]]), commit(11), patch(7, 12, [["~", ["A"], { text: "new" }]]), patch(8, 12, [["+", todo("Z")]]),
        commit(12), patch(7, 9, [["+", todo("Y")]]), commit(12), snap(id, 7, 10, [todo("A")]),
    );
    assert.deepEqual(data.map((rows) => rows.map((row) => row.text)), [["B", "new"]]);
});

test("a row that moved beyond the bound of its snapshot before that came is not shown where it stood", async () => {
    const at = setUp();
    const watch = at.client.todos.all.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say(
        patch(7, 11, [["+", todo("A", "z")]]), commit(11),
        snap(at.server.last("sub").id, 7, 10, [todo("A", "a"), todo("B", "b")], { epoch: 2, bound: ["normal", "b", "B"] }),
    );
    assert.equal(ids(watch.get().data), "B");
});

test("early patches are those since a subscription began to wait, whoever else waits", async () => {
    const at = setUp();
    const [one, two] = [at.client.todos.list.watch({ list: "L" }), at.client.todos.all.watch({ list: "L" })];
    one.subscribe(() => {});
    await settle();
    const first = at.server.last("sub").id;
    // As of 12, and nothing to the second: it asks only afterwards, and its snapshot is older.
    await at.server.say(patch(7, 12, [["+", todo("Z")]]), commit(12));
    two.subscribe(() => {});
    await settle();
    const second = at.server.last("sub").id;
    await at.server.say(patch(7, 13, [["+", todo("B")]]), commit(13));
    await at.server.say(snap(second, 7, 11, [todo("A")]));
    assert.equal(ids(two.get().data), "AB");
    await at.server.say(snap(first, 7, 11, [todo("A")]));
    assert.equal(ids(one.get().data), "ZBA");
});

test("after `reset` a bound that was said before counts no more", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("C")], bound: null, input: { list: "L", first: 2 } });
    await at.server.say(
        { t: "reset", id: seen.id, view: 1 },
        { t: "bound", view: 1, v: 10, node: 0, epoch: 5, bound: ["C", "C"] }, patch(1, 11, [["+", todo("D")]]), commit(11),
        snap(seen.id, 1, 10, [todo("C"), todo("B")], { epoch: 6, bound: null }),
    );
    assert.equal(ids(seen.data.at(-1)), "DC");
    await at.server.say(patch(1, 12, [["-", ["D"]]]), commit(12));
    assert.equal(ids(seen.data.at(-1)), "CB");
});

test("`whole` keeps what is newer, and has no bound until one comes", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("C"), todo("B")], bound: ["B", "B"], input: { list: "L", first: 3 } });
    await at.server.say(
        patch(1, 20, [["~", ["C"], { text: "newer" }]]), patch(1, 15, [["+", todo("A")]], { whole: true }), commit(20),
    );
    assert.deepEqual(seen.data.at(-1).map(({ text }) => text), ["newer", "A"]);
});

test("a snapshot waits for the transition that is under way", async () => {
    const at = setUp();
    const one = await watchList(at, { rows: [todo("A")], view: 1 });
    const two = at.client.todos.all.watch({ list: "L" });
    two.subscribe(() => {});
    await settle();
    await at.server.say(patch(1, 11, [["+", todo("B")]]), snap(at.server.last("sub").id, 2, 11, [todo("A"), todo("B")]));
    assert.deepEqual([one.data.length, two.get().status], [1, "loading"]);
    await at.server.say(commit(11));
    assert.deepEqual([one.data.at(-1).length, two.get().data.length], [2, 2]);
});

test("too many early patches: the view starts again, with all of them", async () => {
    const at = setUp();
    const watch = at.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    const { id } = at.server.last("sub");
    for (let v = 11; v < 2_020; v++) await at.server.say(patch(7, v, [["+", todo("B", String(v))]]), commit(v));
    await at.server.say(snap(id, 7, 10, []));
    assert.deepEqual(at.server.last("unsub"), { t: "unsub", id });
    const again = at.server.last("sub");
    assert.notEqual(again.id, id);
    assert.equal(again.since, undefined);
    await at.server.say(snap(again.id, 8, 2_019, [todo("B", "2019")]));
    assert.equal(watch.get().data[0].text, "2019");
});

test("a change of a row that ought to be held and is not starts the view again", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say(patch(1, 11, [["~", ["B"], { text: "x" }]]), commit(11));
    assert.deepEqual(at.server.last("unsub"), { t: "unsub", id: seen.id });
    assert.equal(at.server.last("sub").since, undefined);
    assert.equal(ids(seen.subscription.get().data), "A", "what is held stays in sight");
    await at.server.say(snap(at.server.last("sub").id, 3, 12, [todo("A"), todo("B")]));
    assert.equal(ids(seen.data.at(-1)), "BA");
    assert.equal(seen.data.at(-1)[1], seen.data[0][0], "rows that stayed alike keep their identity");
});

test("a snapshot in parts and pieces", async () => {
    const at = setUp();
    const watch = at.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    const { id } = at.server.last("sub");
    await at.server.say({ ...snap(id, 1, 10, [todo("A")]), part: "more" });
    assert.equal(watch.get().status, "loading");
    await at.server.say(patch(1, 11, [["+", todo("D")]]), commit(11),
        { t: "snap", id, view: 1, v: 12, groups: [{ node: 0, v: 12, rows: [todo("B")] }, { node: 0, v: 12, rows: [todo("C")] }] });
    assert.equal(ids(watch.get().data), "DCBA");
});

test("`reset`: what is held stays in sight until the new snapshot, and patches in between are not lost", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say({ t: "reset", id: seen.id, view: 1 }, patch(1, 12, [["+", todo("C")]]), commit(12));
    assert.equal(seen.data.length, 1);
    await at.server.say(snap(seen.id, 1, 11, [todo("B")]));
    assert.equal(ids(seen.data.at(-1)), "CB");
});

test("`whole`: a group is said anew, also in several messages and with older versions", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A"), todo("B"), todo("C")], v: 20 });
    await at.server.say(patch(1, 30, [["+", todo("B")]], { whole: true }), patch(1, 25, [["+", todo("D")]]), commit(30));
    assert.equal(ids(seen.data.at(-1)), "DB");
    assert.equal(seen.data.at(-1)[1], seen.data[0][1]);
    await at.server.say(patch(1, 31, [], { whole: true }), commit(31));
    assert.deepEqual(seen.data.at(-1), []);
});

test("keyed rows: shared, found by reference, and gone to null", async () => {
    const at = setUp();
    const watch = at.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say({
        t: "snap", id: at.server.last("sub").id, view: 1, v: 10, groups: [
            { node: 0, v: 10, rows: [todo("A", "a", { assignee: "U" }), todo("B", "b", { assignee: "U" }), todo("C")], epoch: 1, bound: null },
            { node: 1, v: 10, rows: [{ id: "U", name: "Ada" }] },
        ],
    });
    const [c, b, a] = watch.get().data;
    assert.deepEqual([c.assignee, b.assignee, a.assignee], [null, { id: "U", name: "Ada" }, { id: "U", name: "Ada" }]);
    assert.equal(a.assignee, b.assignee);
    await at.server.say(patch(1, 11, [["~", ["U"], { name: "Ada L." }]], { node: 1 }), commit(11));
    const [c2, b2] = watch.get().data;
    assert.equal(c2, c);
    assert.equal(b2.assignee.name, "Ada L.");
    await at.server.say(patch(1, 12, [["-", ["U"]]], { node: 1 }), commit(12));
    assert.deepEqual(watch.get().data.map((row) => row.assignee), [null, null, null]);
});

const board = (id, view) => ({
    t: "snap", id, view, v: 10, groups: [
        { node: 0, v: 10, rows: [{ id: "L", title: "List", owner: "U" }] },
        { node: 1, parent: [["L"]], v: 10, rows: [todo("A", "a", { list: "L" })], epoch: 1, bound: null },
        { node: 2, v: 10, rows: [{ id: "U", name: "Ada" }] },
        { node: 3, parent: [["L"]], v: 10, value: "9007199254740993" },
    ],
});

test("a single root with children, a keyed row and an aggregate", async () => {
    const at = setUp();
    const watch = at.client.lists.board.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say(board(at.server.last("sub").id, 4));
    const before = watch.get().data;
    assert.equal(before.title, "List");
    assert.equal(before.count, 9_007_199_254_740_993n);
    assert.deepEqual(before.owner, { id: "U", name: "Ada" });
    assert.equal(ids(before.todos), "A");
    await at.server.say(patch(4, 11, [["+", todo("B", "b", { list: "L" })]], { node: 1, parent: [["L"]] }),
        patch(4, 11, [["=", "2"]], { node: 3, parent: [["L"]] }), commit(11));
    assert.equal(ids(watch.get().data.todos), "AB");
    assert.equal(watch.get().data.count, 2n);
    assert.equal(watch.get().data.todos[0], before.todos[0]);
    assert.equal(watch.get().data.owner, before.owner);
    await at.server.say(patch(4, 12, [["-", ["L"]]]), commit(12));
    assert.equal(watch.get().data, null);
    // The list comes back: its tasks are those that are said now.
    await at.server.say(patch(4, 13, [["+", todo("C", "c", { list: "L" })]], { node: 1, parent: [["L"]] }),
        patch(4, 13, [["+", { id: "L", title: "List", owner: "U" }]]), commit(13));
    assert.equal(ids(watch.get().data.todos), "C");
    assert.equal(watch.get().data.count, 0n);
});

test("aggregates alone", async () => {
    const at = setUp();
    const watch = at.client.stats.total.watch({});
    watch.subscribe(() => {});
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 1, v: 10, groups: [{ node: 1, v: 10, value: "3" }] });
    assert.deepEqual(watch.get().data, { n: 3n });
    await at.server.say(patch(1, 11, [["=", "4"]], { node: 1 }), patch(1, 11, [["=", "x"]], { node: 2 }), commit(11),
        patch(1, 10, [["=", "3"]], { node: 1 }), commit(11));
    assert.deepEqual(watch.get().data, { n: 4n, last: "x" });
});

test("64-bit integers are bigints, in input, rows, order and bounds", async () => {
    const at = setUp();
    const watch = at.client.counters.all.watch({ least: 1n });
    watch.subscribe(() => {});
    await settle();
    const { id, in: input } = at.server.last("sub");
    assert.deepEqual(input, { least: "1" });
    await at.server.say(snap(id, 1, 10, [{ id: "a", n: "9007199254740993" }, { id: "b", n: "9007199254740992" }, { id: "c", n: "10" }]));
    assert.deepEqual(watch.get().data.map((row) => row.n), [10n, 9_007_199_254_740_992n, 9_007_199_254_740_993n]);
});

// ---- windows ----

const windowOf = (at, rows, bound, first = 2) => watchList(at, { rows, bound, input: { list: "L", first } });

test("a window shows its first rows, asks for more once when it runs short, and takes what follows", async () => {
    const at = setUp();
    const seen = await windowOf(at, [todo("E"), todo("D")], ["D", "D"]);
    assert.equal(ids(seen.data.at(-1)), "ED");
    await at.server.say(patch(1, 11, [["-", ["E"]]]), commit(11));
    assert.deepEqual(at.server.got("more"), [{ t: "more", id: seen.id, node: 0, epoch: 1 }]);
    await at.server.say(patch(1, 12, [["-", ["D"]]]), commit(12));
    assert.equal(at.server.got("more").length, 1, "once per epoch");
    await at.server.say({ t: "bound", view: 1, v: 12, node: 0, epoch: 2, bound: ["B", "B"] },
        patch(1, 12, [["+", todo("C")], ["+", todo("B")]]), commit(12));
    assert.equal(ids(seen.data.at(-1)), "CB");
    assert.equal(at.server.got("more").length, 1);
});

test("rows beyond the bound are not held; a row that moved out of the window may come back as of the same change", async () => {
    const at = setUp();
    const seen = await windowOf(at, [todo("E"), todo("D")], ["D", "D"]);
    await at.server.say(patch(1, 11, [["+", todo("A")]]), commit(11));
    await at.server.say(patch(1, 12, [["-", ["E"]]]), commit(12));
    assert.equal(ids(seen.data.at(-1)), "D", "A stands beyond the bound: there may be rows between");
    await at.server.say({ t: "bound", view: 1, v: 12, node: 0, epoch: 2, bound: null },
        patch(1, 12, [["+", todo("E")], ["+", todo("A")]]), commit(12));
    assert.equal(ids(seen.data.at(-1)), "ED");
    await at.server.say(patch(1, 13, [["-", ["D"]]]), commit(13));
    assert.equal(ids(seen.data.at(-1)), "EA");
});

test("a refill may bring rows as old as the snapshot that did not reach them", async () => {
    const at = setUp();
    const seen = await windowOf(at, [todo("E")], ["E", "E"]);
    assert.equal(at.server.got("more").length, 1);
    await at.server.say({ t: "bound", view: 1, v: 10, node: 0, epoch: 2, bound: null }, patch(1, 10, [["+", todo("A")]]), commit(10));
    assert.equal(ids(seen.data.at(-1)), "EA");
});

test("a bound that tightens drops rows, which may come back as they were", async () => {
    const at = setUp();
    const seen = await windowOf(at, "ABCDEFGHI".split("").map((id) => todo(id)), null);
    assert.deepEqual(at.server.got("trim"), [{ t: "trim", id: seen.id, node: 0, epoch: 1, bound: ["F", "F"] }]);
    assert.equal(ids(seen.data.at(-1)), "IH");
    await at.server.say({ t: "bound", view: 1, v: 10, node: 0, epoch: 2, bound: ["F", "F"] }, commit(10));
    await at.server.say(patch(1, 11, [["-", ["I"]], ["-", ["H"]], ["-", ["G"]]]), commit(11));
    assert.equal(ids(seen.data.at(-1)), "F");
    await at.server.say({ t: "bound", view: 1, v: 11, node: 0, epoch: 3, bound: null }, patch(1, 11, [["+", todo("E")]]), commit(11));
    assert.equal(ids(seen.data.at(-1)), "FE");
});

test("rows that a tighter bound dropped may come back with the snapshot's own version", async () => {
    const at = setUp();
    const seen = await windowOf(at, "ABC".split("").map((id) => todo(id)), null);
    await at.server.say({ t: "bound", view: 1, v: 10, node: 0, epoch: 2, bound: ["C", "C"] }, commit(10));
    assert.equal(ids(seen.data.at(-1)), "C");
    await at.server.say({ t: "bound", view: 1, v: 10, node: 0, epoch: 3, bound: null }, patch(1, 10, [["+", todo("B")], ["+", todo("A")]]), commit(10));
    assert.equal(ids(seen.data.at(-1)), "CB");
});

test("windows of children are asked for by their parent", async () => {
    const at = setUp();
    at.client.lists.board.watch({ list: "L" }).subscribe(() => {});
    await settle();
    const message = board(at.server.last("sub").id, 4);
    message.groups[1].bound = ["A", "A"];
    await at.server.say(message);
    assert.deepEqual(at.server.got("more"), [{ t: "more", id: message.id, node: 1, epoch: 1, parent: [["L"]] }]);
});

/** A list that waits for its first snapshot while a transition of another view is under way. */
async function watchWhileOpen() {
    const at = setUp();
    await watchList(at, { rows: [todo("Q")], view: 9, input: { list: "Q" } });
    const watch = at.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say(patch(9, 11, [["+", todo("R")]]));
    return { at, watch, id: at.server.last("sub").id };
}

test("a snapshot that waits for a commit is not shown once the server has suspended the subscription", async () => {
    const { at, watch, id } = await watchWhileOpen();
    await at.server.say(snap(id, 2, 11, [todo("S")]), { t: "error", id, code: "DENIED", message: "no", suspended: true });
    await at.server.say(commit(11), patch(2, 12, [["+", todo("T")]]), commit(12));
    assert.equal(watch.get().status, "error");
    assert.equal(watch.get().data, undefined);
    await at.server.say(snap(id, 3, 13, [todo("U")]));
    assert.equal(watch.get().status, "live", "let in again");
    assert.equal(ids(watch.get().data), "U");
});

test("a snapshot that waits for a commit is not shown once the server has reset the subscription", async () => {
    const { at, watch, id } = await watchWhileOpen();
    await at.server.say(snap(id, 2, 11, [todo("S")]), { t: "reset", id }, commit(11));
    assert.equal(watch.get().status, "loading");
    assert.equal(watch.get().data, undefined);
    await at.server.say(snap(id, 3, 12, [todo("U")]));
    assert.equal(ids(watch.get().data), "U");
});

test("the output of code is one value: decoded, frozen, the same object while it is the same", async () => {
    const at = setUp();
    const data = [];
    const patches = [];
    const subscription = at.client.stats.load.subscribe({ list: "L" }, {
        onData: (value) => data.push(value),
        onJsonPatch: (operations) => patches.push(operations),
    });
    await settle();
    const { id } = at.server.last("sub");
    const first = { open: "9007199254740993", words: ["one", "two"] };
    await at.server.say({ t: "snap", id, view: 1, v: 10, token: "t", groups: [{ node: 0, v: 10, value: first }] });
    assert.deepEqual(data, [{ open: 9007199254740993n, words: ["one", "two"] }]);
    assert.ok(Object.isFrozen(data[0]) && Object.isFrozen(data[0].words));
    await at.server.say(patch(1, 9, [["=", { open: "1", words: [] }]]), patch(1, 11, [["=", first]]), commit(11));
    assert.equal(data.length, 1, "what is old, and what is the same, is no news");
    await at.server.say(patch(1, 12, [["=", { open: "3", words: ["one"] }]]));
    assert.equal(data.length, 1, "nothing is shown before commit");
    await at.server.say(commit(12));
    assert.deepEqual(data.at(-1), { open: 3n, words: ["one"] });
    assert.deepEqual(patches.at(-1).map(({ path }) => path).sort(), ["/open", "/words"]);
    at.server.drop();
    await settle();
    assert.equal(subscription.get().status, "stale");
    await at.clock.pass(2_000);
    const again = at.server.last("sub").id;
    const same = { open: "3", words: ["one"] };
    await at.server.say({ t: "snap", id: again, view: 2, v: 20, token: "t", groups: [{ node: 0, v: 20, value: same }] });
    assert.equal(subscription.get().status, "live");
    assert.equal(data.length, 2, "what comes back as it was is the same object");
});

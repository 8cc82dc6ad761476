// SPDX-License-Identifier: Apache-2.0
// RFC 6902: applied as others' suites want it, and made minimal from a view's own knowledge of its rows.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { applyJsonPatch, diffJson } from "../../templates/js/client.js";
import { schema } from "./fixture_todo.js";
import { commit, patch, setUp, settle, todo, watchList } from "./support.js";

// ---- applying ----

// Others' suites, where they stand beside the checkout.
const SUITES = process.env.DYNR_JSON_PATCH_TESTS ?? fileURLToPath(new URL("../../../shared/testdata/json-patch", import.meta.url));

for (const name of ["spec_tests.json", "tests.json"]) {
    const path = `${SUITES}/${name}`;
    test(`json-patch-tests: ${name}`, { skip: existsSync(path) ? false : "../shared/testdata/json-patch is not there" }, () => {
        const cases = JSON.parse(readFileSync(path, "utf8")).filter((one) => one.patch !== undefined && !one.disabled);
        assert.ok(cases.length > 10);
        cases.forEach((one, i) => {
            const label = `${i}: ${one.comment ?? one.error ?? JSON.stringify(one.patch)}`;
            const before = structuredClone(one.doc);
            if (one.error !== undefined) assert.throws(() => applyJsonPatch(one.doc, one.patch), Error, label);
            else if (one.expected !== undefined) assert.deepEqual(applyJsonPatch(one.doc, one.patch), one.expected, label);
            else applyJsonPatch(one.doc, one.patch);
            assert.deepEqual(one.doc, before, label);
        });
    });
}

test("round trips between the suites' documents", { skip: existsSync(SUITES) ? false : "../shared/testdata/json-patch is not there" }, () => {
    const documents = ["spec_tests.json", "tests.json"].flatMap((name) => JSON.parse(readFileSync(`${SUITES}/${name}`, "utf8")))
        .flatMap(({ doc, expected }) => [doc, expected]).filter((document) => document !== undefined);
    assert.ok(documents.length > 100);
    for (const before of documents) {
        for (const after of documents) {
            const made = diffJson(before, after);
            assert.ok(made.length <= 1, "of values whose rows nobody knows, one operation makes the other");
            assert.deepEqual(applyJsonPatch(before, JSON.parse(JSON.stringify(made))), after);
        }
    }
});

test("every operation, and none by halves", () => {
    const document = Object.freeze({ a: Object.freeze([1, 2, 3]), b: { c: "x" }, "m/n~o": 1 });
    const cases = [
        [[{ op: "add", path: "/a/1", value: 9 }], { ...document, a: [1, 9, 2, 3] }],
        [[{ op: "add", path: "/a/-", value: 9 }], { ...document, a: [1, 2, 3, 9] }],
        [[{ op: "add", path: "/b/c", value: 9 }], { ...document, b: { c: 9 } }],
        [[{ op: "remove", path: "/a/0" }], { ...document, a: [2, 3] }],
        [[{ op: "replace", path: "/m~1n~0o", value: null }], { ...document, "m/n~o": null }],
        [[{ op: "move", from: "/a/0", path: "/a/2" }], { ...document, a: [2, 3, 1] }],
        [[{ op: "move", from: "/b", path: "/d" }], { a: [1, 2, 3], "m/n~o": 1, d: { c: "x" } }],
        [[{ op: "copy", from: "/b/c", path: "/a/0" }], { ...document, a: ["x", 1, 2, 3] }],
        [[{ op: "test", path: "/b", value: { c: "x" } }, { op: "replace", path: "", value: 1 }], 1],
    ];
    for (const [operations, expected] of cases) assert.deepEqual(applyJsonPatch(document, operations), expected, JSON.stringify(operations));
    const wrong = [
        { op: "add", path: "/a/5", value: 1 }, { op: "add", path: "/a/01", value: 1 }, { op: "add", path: "/x/y", value: 1 }, { op: "add", path: "/a/0" },
        { op: "remove", path: "/x" }, { op: "remove", path: "/a/-" }, { op: "replace", path: "/x", value: 1 }, { op: "move", from: "/x", path: "/y" },
        { op: "move", from: "/b", path: "/b/c" }, { op: "test", path: "/b/c", value: "y" }, { op: "spam", path: "" }, { op: "add", path: "a", value: 1 },
        { op: "add", path: "/~2", value: 1 }, { op: "add", path: "/b/c/d", value: 1 }, { path: "/b" }, { op: "copy", path: "/b" },
    ];
    for (const operation of wrong) {
        assert.throws(() => applyJsonPatch(document, [{ op: "add", path: "/a/0", value: 0 }, operation]), /operation 1/, JSON.stringify(operation));
    }
    assert.throws(() => applyJsonPatch(document, {}), TypeError);
    const inherited = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { evil: true } }]);
    assert.equal(inherited.evil, undefined);
    assert.throws(() => applyJsonPatch({}, [{ op: "add", path: "/toString/x", value: 1 }]));
});

// ---- making ----

const listOf = async (rows) => {
    const at = setUp();
    const seen = await watchList(at, { rows: rows.map(([id, text]) => todo(id, text)), query: at.client.todos.all });
    return { at, seen };
};

const operationsOf = async (rows, ...operations) => {
    const { at, seen } = await listOf(rows);
    await at.server.say(patch(1, 11, operations), commit(11));
    assert.deepEqual(applyJsonPatch(seen.data.at(-2), seen.patches.at(-1)), seen.data.at(-1));
    return seen.patches.at(-1);
};

const ABC = [["1", "a"], ["2", "b"], ["3", "c"]];

test("one change, one operation: insert, delete, move, field", async () => {
    assert.deepEqual(await operationsOf(ABC, ["+", todo("4", "aa")]),
        [{ op: "add", path: "/1", value: { id: "4", text: "aa", priority: "normal" } }]);
    assert.deepEqual(await operationsOf(ABC, ["-", ["1"]]), [{ op: "remove", path: "/0" }]);
    assert.deepEqual(await operationsOf(ABC, ["~", ["2"], { text: "bb" }]), [{ op: "replace", path: "/1/text", value: "bb" }]);
    assert.deepEqual(await operationsOf(ABC, ["~", ["1"], { text: "d" }]),
        [{ op: "move", from: "/0", path: "/2" }, { op: "replace", path: "/2/text", value: "d" }]);
    assert.deepEqual(await operationsOf(ABC, ["~", ["3"], { priority: null }]), [{ op: "remove", path: "/2/priority" }]);
});

test("the first operation of a subscription makes the whole; what members hold is gone into by rows", async () => {
    const at = setUp();
    const patches = [];
    at.client.lists.board.subscribe({ list: "L" }, { onJsonPatch: (operations) => patches.push(operations) });
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 1, v: 10, groups: [
        { node: 0, v: 10, rows: [{ id: "L", title: "List", owner: "U" }] },
        { node: 1, parent: [["L"]], v: 10, rows: [todo("A", "a"), todo("B", "b")], epoch: 1, bound: null },
        { node: 2, v: 10, rows: [{ id: "U", name: "Ada" }] }, { node: 3, parent: [["L"]], v: 10, value: "2" },
    ] });
    assert.deepEqual(patches[0].map(({ op, path }) => [op, path]), [["replace", ""]]);
    const below = { node: 1, parent: [["L"]] };
    await at.server.say(patch(1, 11, [["-", ["A"]], ["~", ["B"], { text: "x" }]], below), patch(1, 11, [["~", ["U"], { name: "A." }]], { node: 2 }),
        patch(1, 11, [["=", "1"]], { node: 3, parent: [["L"]] }), commit(11));
    assert.deepEqual(patches[1], [
        { op: "remove", path: "/todos/0" }, { op: "replace", path: "/todos/0/text", value: "x" },
        { op: "replace", path: "/owner/name", value: "A." }, { op: "replace", path: "/count", value: 1n },
    ]);
});

/** The least number of moves: what is not in a longest rising run. Quadratic, on purpose unlike the code it checks. */
function leastMoves(before, after) {
    const kept = before.filter((id) => after.includes(id)).map((id) => after.indexOf(id));
    const best = kept.map(() => 1);
    kept.forEach((place, i) => kept.slice(0, i).forEach((earlier, j) => {
        if (earlier < place) best[i] = Math.max(best[i], best[j] + 1);
    }));
    return kept.length - Math.max(0, ...best);
}

test("any change: applied it gives the new list, and no operation is too many", async () => {
    const word = () => String.fromCharCode(97 + Math.floor(Math.random() * 26)) + Math.floor(Math.random() * 100);
    const at = setUp();
    const seen = await watchList(at, { rows: [], query: at.client.todos.all });
    for (let v = 11; v < 400; v++) {
        const before = seen.data.at(-1);
        const touched = new Set();
        const operations = Array.from({ length: 1 + Math.floor(Math.random() * 6) }, () => {
            const id = String(Math.floor(Math.random() * 12));
            if (touched.has(id)) return undefined;
            touched.add(id);
            const held = before.some((row) => row.id === id);
            if (held && Math.random() < 0.4) return ["-", [id]];
            return held ? ["~", [id], { text: word() }] : ["+", todo(id, word())];
        }).filter((operation) => operation !== undefined);
        const count = seen.patches.length;
        await at.server.say(patch(1, v, operations), commit(v));
        if (seen.patches.length === count) continue;
        const after = seen.data.at(-1);
        const made = seen.patches.at(-1);
        assert.deepEqual(applyJsonPatch(before, made), after);
        const [idsBefore, idsAfter] = [before, after].map((rows) => rows.map((row) => row.id));
        const expected = {
            remove: idsBefore.filter((id) => !idsAfter.includes(id)).length, add: idsAfter.filter((id) => !idsBefore.includes(id)).length,
            move: leastMoves(idsBefore, idsAfter),
            replace: after.filter((row) => before.some((old) => old.id === row.id && old.text !== row.text)).length,
        };
        for (const [op, number] of Object.entries(expected)) assert.equal(made.filter((one) => one.op === op).length, number, op);
        assert.equal(made.length, Object.values(expected).reduce((sum, number) => sum + number));
    }
});

/** Numbers from 0 in an order of chance. */
function shuffled(count) {
    const list = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(Math.random() * (i + 1));
        [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
}

test("lists of any length, below a row too, said anew in any order: the same as JSON, and no operation is too many", async () => {
    // The board's tasks in the order of their texts, which changes as their ids do not.
    const { procedures } = schema;
    const { order } = procedures["todos.all"].nodes[0];
    const nodes = procedures["lists.board"].nodes.map((node) => (node.name === "todos" ? { ...node, order } : node));
    const at = setUp({ schema: { ...schema, procedures: { ...procedures, "lists.board": { ...procedures["lists.board"], nodes } } } });
    const seen = { data: [], patches: [] };
    at.client.lists.board.subscribe({ list: "L" }, { onData: (data) => seen.data.push(data), onJsonPatch: (made) => seen.patches.push(made) });
    await settle();
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 1, v: 10, groups: [
        { node: 0, v: 10, rows: [{ id: "L", title: "List", owner: "U" }] }, { node: 1, parent: [["L"]], v: 10, rows: [], epoch: 1, bound: null },
        { node: 2, v: 10, rows: [{ id: "U", name: "Ada" }] }, { node: 3, parent: [["L"]], v: 10, value: "0" },
    ] });
    // What travels is JSON: counts are bigints here.
    const wire = (value) => JSON.parse(JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one)));
    let moves = 0;
    for (let v = 11; v < 130; v++) {
        // Among the first 60 of 80 ids, in an order that has nothing to do with the one before.
        const order = shuffled(80).slice(0, Math.floor(Math.random() * 60));
        const rows = order.map((id, i) => todo(String(id), String(i).padStart(3, "0"), Math.random() < 0.2 ? { priority: null } : {}));
        await at.server.say(patch(1, v, rows.map((row) => ["+", row]), { node: 1, parent: [["L"]], whole: true }), commit(v));
        const [before, after] = seen.data.slice(-2);
        if (after === undefined || after.todos.length !== rows.length) continue;
        const made = seen.patches.at(-1);
        assert.deepEqual(applyJsonPatch(wire(before), wire(made)), wire(after));
        const [idsBefore, idsAfter] = [before, after].map(({ todos }) => todos.map(({ id }) => id));
        const least = leastMoves(idsBefore, idsAfter);
        moves += least;
        const count = (op) => made.filter((one) => one.op === op && /^.todos.\d+$/.test(one.path)).length;
        assert.equal(count("move"), least);
        assert.equal(count("remove"), idsBefore.filter((id) => !idsAfter.includes(id)).length);
        assert.equal(count("add"), idsAfter.filter((id) => !idsBefore.includes(id)).length);
        assert.equal(count("replace"), 0, "a row that stays is changed by members");
        for (const { op, path, value } of made.filter((one) => !/^.todos.\d+$/.test(one.path))) {
            const held = path.split("/").slice(1).reduce((object, name) => object?.[name], after);
            assert.ok(op === "remove" ? held === undefined : held === value, `${op} ${path}`);
        }
    }
    assert.ok(moves > 500);
});

test("values of unknown origin are replaced where they differ", () => {
    assert.deepEqual(diffJson({ a: 1 }, { a: 1 }), []);
    assert.deepEqual(diffJson([1], [1, 2]), [{ op: "replace", path: "", value: [1, 2] }]);
});

test("a long list costs what its change costs", async () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => [String(i).padStart(4, "0"), String(i).padStart(4, "0")]);
    assert.equal(JSON.stringify(await operationsOf(rows, ["+", todo("x", "!")])).length, 76);
});

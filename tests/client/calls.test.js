// SPDX-License-Identifier: Apache-2.0
// Calls over whatever there is: socket, HTTP, or later.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../templates/js/client.js";
import { ids as idsOf, setUp, settle, snap, todo } from "./support.js";
import { schema } from "./fixture_todo.js";

/** A fetch that the test answers: `answer` is a function of (address, init), or missing: no network. */
function fakeFetch() {
    const fake = { requests: [], answer: undefined };
    fake.fetch = async (address, init) => {
        fake.requests.push({ address, ...init });
        if (fake.answer === undefined) throw new TypeError("fetch failed");
        const [status, body, position] = await fake.answer(address, init);
        const headers = new Map(position === undefined ? [] : [["dynr-position", String(position)]]);
        return { ok: status < 400, status, headers, text: async () => (status === 502 ? body : JSON.stringify(body)) };
    };
    return fake;
}

const setUpHttp = (options = {}) => {
    const web = fakeFetch();
    return { web, ...setUp({ http: true, fetch: web.fetch, ...options }) };
};

/** A store that lasts longer than a client. */
const fakeStorage = (list = []) => ({ list, load: async () => list, save(calls) {
    this.list = structuredClone(calls);
} });

test("mutations and queries go over the socket while there is one", async () => {
    const at = setUpHttp();
    at.client.$connection.start();
    await settle();
    const search = at.client.todos.search.query({ text: "milk" });
    const imported = at.client.todos.importCsv.mutate({ csv: "x" });
    await settle();
    const [one, two] = at.server.got("call");
    assert.deepEqual(one, { t: "call", id: one.id, proc: "todos.search", in: { text: "milk" } });
    assert.equal(typeof two.key, "string");
    await at.server.say({ t: "result", id: two.id, out: "9007199254740993", v: 3 }, { t: "result", id: one.id, out: [1], v: 0 });
    assert.deepEqual([await search, await imported], [[1], 9_007_199_254_740_993n]);
    assert.equal(at.web.requests.length, 0);
});

test("over HTTP: GET with the input for queries, POST with key and ids for mutations", async () => {
    const at = setUpHttp({ WebSocket: null, token: async () => "secret" });
    at.web.answer = () => [200, [], 7];
    await at.client.todos.search.query({ text: "milk & more" });
    await at.client.todos.add.mutate({ list: "L", text: "Milk" });
    const [query, mutation] = at.web.requests;
    assert.equal(query.method, "GET");
    assert.equal(query.address, `https://app.example/rpc/todos.search?input=${encodeURIComponent('{"text":"milk & more"}')}`);
    assert.equal(query.headers.authorization, "Bearer secret");
    assert.equal(mutation.method, "POST");
    assert.equal(mutation.address, "https://app.example/rpc/todos.add");
    assert.equal(mutation.body, '{"list":"L","text":"Milk"}');
    assert.match(mutation.headers["idempotency-key"], /^[0-9a-f-]{36}$/);
    assert.match(mutation.headers["dynr-ids"], /^[0-9A-Z]{26}$/);
    assert.equal(mutation.headers["content-type"], "application/json");
});

test("a query whose address would be too long is posted; callers are said in ASCII", async () => {
    const at = setUpHttp({ WebSocket: null, caller: { name: "Zoë" } });
    at.web.answer = () => [200, null, 0];
    await at.client.todos.search.query({ text: "x".repeat(2_000) });
    assert.equal(at.web.requests[0].method, "POST");
    assert.equal(at.web.requests[0].headers["dynr-caller"], '{"name":"Zo\\u00eb"}');
});

test("errors over HTTP are those of the socket", async () => {
    const at = setUpHttp({ WebSocket: null });
    at.web.answer = () => [404, { error: { code: "NOT_FOUND", message: "there is no such item" } }];
    await assert.rejects(at.client.todos.search.query({}), { name: "DynrError", code: "NOT_FOUND", message: "there is no such item" });
    at.web.answer = () => [400, { error: { code: "RANGE", message: "too long", field: "text" } }];
    await assert.rejects(at.client.todos.add.mutate({}), { code: "RANGE", field: "text" });
    at.web.answer = () => [502, "<html>bad gateway</html>"];
    await assert.rejects(at.client.todos.search.query({}), { code: "BAD_ANSWER", retry: true });
    at.web.answer = undefined;
    await assert.rejects(at.client.todos.search.query({}), { code: "UNREACHABLE" });
});

test("a query can be given up", async () => {
    const at = setUpHttp({ WebSocket: null });
    at.web.answer = (_address, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const given = new AbortController();
    const query = at.client.todos.search.query({}, { signal: given.signal });
    await settle();
    given.abort();
    await assert.rejects(query, { code: "ABORTED" });
    assert.equal(at.web.requests[0].signal.aborted, true);
    await assert.rejects(at.client.todos.search.query({}, { signal: given.signal }), { code: "ABORTED" });
});

test("an answer that does not come in time is none", async () => {
    const at = setUpHttp({ WebSocket: null });
    at.web.answer = (_address, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const query = assert.rejects(at.client.todos.search.query({}), { code: "UNREACHABLE" });
    await at.clock.pass(30_000);
    await query;
});

test("offline: mutations wait, keep their order and their keys, and go when the connection is back", async () => {
    const at = setUp();
    at.server.mode = "refuse";
    const results = ["a", "b", "c"].map((text) => at.client.todos.setText.mutate({ list: "L", id: "A", text }));
    await at.clock.pass(100_000);
    assert.equal(at.client.$pending(), 3);
    at.server.mode = "accept";
    await at.clock.pass(30_000);
    const calls = at.server.got("call");
    assert.deepEqual(calls.map((call) => call.in.text), ["a", "b", "c"]);
    assert.equal(new Set(calls.map((call) => call.key)).size, 3);
    at.server.drop();
    await at.clock.pass(30_000);
    assert.deepEqual(at.server.got("call").map((call) => call.key), calls.map((call) => call.key));
    await at.server.say(...at.server.got("call").map(({ id }) => ({ t: "result", id, out: null, v: 1 })));
    assert.deepEqual(await Promise.all(results), [null, null, null]);
    assert.equal(at.client.$pending(), 0);
});

test("offline queries are refused: what they would answer is old by then", async () => {
    const at = setUp();
    at.server.mode = "refuse";
    await assert.rejects(at.client.todos.search.query({}), { code: "UNREACHABLE" });
});

test("the queue is bounded", async () => {
    const at = setUp({ maxQueue: 2 });
    at.server.mode = "refuse";
    const waiting = [1, 2].map(() => at.client.todos.importCsv.mutate({}));
    await assert.rejects(at.client.todos.importCsv.mutate({}), { code: "QUEUE_FULL" });
    at.client.$close();
    await Promise.all(waiting.map((one) => assert.rejects(one, { code: "CLOSED" })));
});

test("the queue is bounded online too: what has no answer yet counts", async () => {
    const at = setUp({ maxQueue: 2 });
    at.client.$connection.start();
    await settle();
    const sent = [1, 2].map(() => at.client.todos.importCsv.mutate({}));
    await settle();
    assert.equal(at.server.got("call").length, 2);
    await assert.rejects(at.client.todos.importCsv.mutate({}), { code: "QUEUE_FULL" });
    await at.server.say({ t: "result", id: at.server.got("call")[0].id, out: 1, v: 0 });
    await sent[0];
    const third = at.client.todos.importCsv.mutate({});
    await settle();
    assert.equal(at.server.got("call").length, 3);
    at.client.$close();
    await Promise.all([sent[1], third].map((one) => assert.rejects(one, { code: "CLOSED" })));
});

test("an optimistic mutation that finds the queue full is rolled back", async () => {
    const at = setUp({ maxQueue: 0 });
    const watch = at.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    await at.server.say(snap(at.server.last("sub").id, 1, 10, [todo("A")]));
    await assert.rejects(at.client.todos.remove.mutate({ list: "L", id: "A" }), { code: "QUEUE_FULL" });
    assert.equal(idsOf(watch.get().data), "A");
});

test("while the socket is refused, calls go over HTTP, mutations one after the other", async () => {
    const at = setUpHttp();
    at.server.mode = "refuse";
    let answer;
    at.web.answer = () => new Promise((resolve) => (answer = resolve));
    at.client.$connection.start();
    await settle();
    const one = at.client.todos.importCsv.mutate({ csv: "1" });
    const two = at.client.todos.importCsv.mutate({ csv: "2" });
    await settle();
    assert.equal(at.web.requests.length, 1);
    answer([200, "1", 1]);
    assert.equal(await one, 1n);
    await settle();
    assert.equal(at.web.requests.length, 2);
    answer([200, "2", 2]);
    assert.equal(await two, 2n);
});

test("without a network a mutation is tried again with the same key, and what came later waits for it", async () => {
    const at = setUpHttp({ WebSocket: null });
    const one = at.client.todos.importCsv.mutate({ csv: "1" });
    const two = at.client.todos.importCsv.mutate({ csv: "2" });
    await at.clock.pass(5_000);
    const { requests } = at.web;
    assert.ok(requests.length >= 3);
    assert.ok(requests.every((request) => request.body === '{"csv":"1"}'));
    assert.equal(new Set(requests.map((request) => request.headers["idempotency-key"])).size, 1);
    at.web.answer = (_address, { body }) => [200, JSON.parse(body).csv, 1];
    await at.clock.pass(30_000);
    assert.deepEqual([await one, await two], [1n, 2n]);
});

test("a refusal for now is tried again, five times", async () => {
    const at = setUp();
    at.client.$connection.start();
    await settle();
    const done = assert.rejects(at.client.todos.importCsv.mutate({}), { code: "THROTTLED", retry: true });
    await settle();
    for (let i = 0; i < 5; i++) {
        await at.server.say({ t: "error", id: at.server.last("call").id, code: "THROTTLED", message: "slow down", retry: true });
        await at.clock.pass(30_000);
    }
    await done;
    assert.equal(at.server.got("call").length, 5);
    assert.equal(new Set(at.server.got("call").map((call) => call.key)).size, 1);
});

test("mutations say which one they were sent behind; what the server refuses for now waits, and the others wait for it", async () => {
    const at = setUp();
    at.client.$connection.start();
    await settle();
    const done = ["a", "b", "c"].map((csv) => at.client.todos.importCsv.mutate({ csv }));
    at.client.todos.search.query({ text: "x" }).catch(() => {});
    await settle();
    const [a, b, c, query] = at.server.got("call");
    assert.deepEqual([a.after, b.after, c.after, query.after], [undefined, a.id, b.id, undefined]);
    const refused = ({ id }) => ({ t: "error", id, code: "TOO_MANY", message: "slow down", retry: true });
    await at.server.say({ t: "result", id: a.id, out: "1", v: 1 }, refused(b), refused(c));
    assert.equal(await done[0], 1n);
    const more = at.client.todos.importCsv.mutate({ csv: "d" });
    await settle();
    assert.equal(at.server.got("call").length, 4, "nobody overtakes");
    await at.clock.pass(500);
    const again = at.server.got("call").slice(4);
    assert.deepEqual(again.map(({ in: { csv } }) => csv), ["b", "c", "d"]);
    assert.deepEqual(again.map(({ after }) => after), [undefined, again[0].id, again[1].id]);
    assert.deepEqual(again.slice(0, 2).map(({ key }) => key), [b.key, c.key]);
    await at.server.say(...again.map(({ id }, i) => ({ t: "result", id, out: String(i + 2), v: 1 })));
    assert.deepEqual(await Promise.all([...done, more]), [1n, 2n, 3n, 4n]);
});

test("a refusal for now counts for the one that it is about, and waits are short again once something went through", async () => {
    const at = setUp();
    at.client.$connection.start();
    await settle();
    const calls = Array.from({ length: 12 }, (_, i) => at.client.todos.importCsv.mutate({ csv: String(i) }));
    await settle();
    let answered = 0;
    for (let round = 0; round < 12; round++) {
        const [first, ...rest] = at.server.got("call").slice(answered);
        answered = at.server.got("call").length;
        await at.server.say({ t: "result", id: first.id, out: "1", v: 1 },
            ...rest.map(({ id }) => ({ t: "error", id, code: "TOO_MANY", message: "slow down", retry: true })));
        await at.clock.pass(500);
    }
    assert.deepEqual(await Promise.all(calls), Array(12).fill(1n));
});

test("mutations over HTTP and over the socket keep one order", async () => {
    const at = setUpHttp();
    const answers = [];
    at.web.answer = () => new Promise((resolve) => answers.push(resolve));
    at.server.mode = "refuse";
    at.client.$connection.start();
    await settle();
    const calls = ["a", "b"].map((csv) => at.client.todos.importCsv.mutate({ csv }));
    await settle();
    assert.equal(answers.length, 1);
    at.server.mode = "accept";
    at.client.$connection.retry();
    await settle();
    assert.equal(at.server.got("call").length, 0, "the first is on its way still");
    answers[0]([200, "1", 1]);
    await settle();
    assert.deepEqual(at.server.got("call").map(({ in: { csv } }) => csv), ["b"]);
    // One that is too large for a frame, between two that are not.
    calls.push(...["ä".repeat(16_000), "d"].map((csv) => at.client.todos.importCsv.mutate({ csv })));
    await settle();
    assert.equal(answers.length, 1);
    await at.server.say({ t: "result", id: at.server.last("call").id, out: "2", v: 2 });
    assert.equal(answers.length, 2);
    assert.equal(at.server.got("call").length, 1);
    answers[1]([200, "3", 3]);
    await settle();
    await at.server.say({ t: "result", id: at.server.last("call").id, out: "4", v: 4 });
    assert.deepEqual(await Promise.all(calls), [1n, 2n, 3n, 4n]);
});

test("a mutation that fails does not hold up those behind it", async () => {
    const at = setUpHttp();
    let answer;
    at.web.answer = () => new Promise((resolve) => (answer = resolve));
    at.client.$connection.start();
    await settle();
    const large = at.client.todos.importCsv.mutate({ csv: "ä".repeat(16_000) });
    const small = at.client.todos.importCsv.mutate({ csv: "b" });
    await settle();
    assert.equal(at.server.got("call").length, 0);
    answer([400, { error: { code: "RANGE", message: "no" } }]);
    await assert.rejects(large, { code: "RANGE" });
    await settle();
    await at.server.say({ t: "result", id: at.server.last("call").id, out: "2", v: 2 });
    assert.equal(await small, 2n);
});

test("what is too large for a frame goes over HTTP", async () => {
    const at = setUpHttp();
    at.web.answer = () => [200, "1", 1];
    at.client.$connection.start();
    await settle();
    assert.equal(await at.client.todos.importCsv.mutate({ csv: "ä".repeat(16_000) }), 1n);
    assert.equal(at.server.got("call").length, 0);
    assert.equal(at.web.requests.length, 1);
});

test("what waits survives the page: it is sent first, under its old key, and seen at once", async () => {
    const storage = fakeStorage();
    const before = setUp({ storage });
    await settle();
    before.server.mode = "refuse";
    const lost = before.client.todos.add.mutate({ list: "L", text: "Milk" });
    await settle();
    before.client.$close();
    await assert.rejects(lost, { code: "CLOSED" });
    assert.equal(storage.list.length, 1);
    const [stored] = storage.list;
    const after = setUp({ storage: { ...fakeStorage(storage.list) } });
    const watch = after.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    after.client.todos.importCsv.mutate({ csv: "later" });
    await settle();
    const calls = after.server.got("call");
    assert.deepEqual(calls.map(({ proc, key }) => [proc, key === stored.key]), [["todos.add", true], ["todos.importCsv", false]]);
    assert.deepEqual(calls[0].ids, stored.ids);
    await after.server.say(snap(after.server.last("sub").id, 1, 10, []));
    assert.deepEqual(watch.get().data.map((row) => row.text), ["Milk"]);
    await after.server.say({ t: "error", id: calls[0].id, code: "DENIED", message: "no" });
    assert.deepEqual(after.errors.map((error) => error.code), ["DENIED"], "nobody else waits for it");
    assert.deepEqual(watch.get().data, []);
});

test("what is asked for while the store is read is stored behind what it held", async () => {
    const storage = fakeStorage([{ path: "todos.importCsv", in: { csv: "old" }, key: "k", ids: [] }]);
    const at = setUp({ storage });
    at.server.mode = "ignore";
    at.client.todos.importCsv.mutate({ csv: "new" }).catch(() => {});
    await settle();
    assert.deepEqual(storage.list.map((call) => call.in.csv), ["old", "new"]);
    assert.equal(at.client.$pending(), 2);
    at.client.$close();
});

test("a store that is slow to read is not written over meanwhile", async () => {
    const storage = fakeStorage([{ path: "todos.importCsv", in: { csv: "old" }, key: "k", ids: [] }]);
    let read;
    const at = setUp({ storage: { ...storage, load: () => new Promise((resolve) => (read = () => resolve(storage.list))), save: (calls) => storage.save(calls) } });
    at.server.mode = "ignore";
    at.client.todos.importCsv.mutate({ csv: "new" }).catch(() => {});
    await settle();
    assert.deepEqual(storage.list.map((call) => call.in.csv), ["old"]);
    read();
    await settle();
    assert.deepEqual(storage.list.map((call) => call.in.csv), ["old", "new"]);
    at.client.$close();
});

test("a stored call that does not fit the schema any more is the server's to judge, and loses nobody else", async () => {
    const stored = (path, input, key) => ({ path, in: input, key, ids: [] });
    const list = [stored("todos.importCsv", { csv: "1" }, "k1"), stored("entries.set", { book: "B", id: "a", amount: "12.5" }, "k2"),
        stored("todos.gone", {}, "k3"), stored("todos.importCsv", { csv: "3" }, "k4")];
    const storage = fakeStorage(list);
    const at = setUp({ storage });
    const newer = at.client.todos.importCsv.mutate({ csv: "4" });
    at.client.$connection.start();
    await settle();
    const calls = at.server.got("call");
    assert.deepEqual(calls.slice(0, 3).map(({ key }) => key), ["k1", "k2", "k4"]);
    assert.deepEqual(at.errors.map(({ code }) => code), ["UNKNOWN_PROCEDURE"]);
    await at.server.say(...calls.map(({ id, key }) => (key === "k2" ? { t: "error", id, code: "TYPE", message: "no", field: "amount" }
        : { t: "result", id, out: "1", v: 1 })));
    assert.equal(await newer, 1n);
    assert.deepEqual(at.errors.map(({ code }) => code), ["UNKNOWN_PROCEDURE", "TYPE"]);
    assert.deepEqual([storage.list, at.client.$pending()], [[], 0]);
});

test("a store that cannot be read is not written over", async () => {
    const saved = [];
    const at = setUp({ storage: { load: async () => Promise.reject(new Error("quota")), save: (calls) => saved.push(calls) } });
    await settle();
    at.client.todos.importCsv.mutate({ csv: "x" }).catch(() => {});
    await settle();
    assert.deepEqual([at.errors.length, saved.length], [1, 0]);
    at.client.$close();
});

test("a store that cannot be read, and a stored call of a procedure that is gone, are said", async () => {
    const broken = setUp({ storage: { load: async () => Promise.reject(new Error("quota")), save() {} } });
    await settle();
    assert.equal(broken.errors[0].message, "quota");
    const older = setUp({ storage: fakeStorage([{ path: "todos.gone", in: {}, key: "k", ids: [] }]) });
    await settle();
    assert.equal(older.errors[0].code, "UNKNOWN_PROCEDURE");
});

test("server rendering: prefetched without a socket, shown by the page until its own snapshot comes", async () => {
    const web = fakeFetch();
    web.answer = () => [200, [{ id: "A", text: "A", done: false, priority: "normal", assignee: null }], 5];
    const rendering = createClient(schema, { url: "https://app.example", fetch: web.fetch, WebSocket: null });
    await rendering.todos.list.prefetch({ list: "L" });
    assert.equal(idsOf(rendering.todos.list.watch({ list: "L" }).get().data), "A");
    assert.throws(() => rendering.todos.list.watch({ list: "L" }).subscribe(() => {}), { code: "UNREACHABLE" });
    const at = setUp({ initial: JSON.parse(JSON.stringify(rendering.$dehydrate())) });
    const watch = at.client.todos.list.watch({ list: "L" });
    assert.equal(watch.get().status, "stale");
    assert.equal(watch.get(), watch.getInitial());
    watch.subscribe(() => {});
    await settle();
    await at.server.say(snap(at.server.last("sub").id, 1, 10, [todo("B")]));
    assert.equal(idsOf(watch.get().data), "B");
});

test("a client without any way to a server is refused", () => {
    assert.throws(() => createClient(schema, { url: "https://app.example", WebSocket: null, http: false }), /WebSocket or fetch/);
});

test("a schema of another version is refused", () => {
    assert.throws(() => createClient({ ...schema, version: 2 }, { url: "https://app.example" }), /generate it again/);
});

test("an option that there is none of is refused, by its name", () => {
    assert.throws(() => createClient(schema, { url: "https://app.example", tokn: "secret" }), (error) =>
        error instanceof TypeError && error.message.startsWith("createClient has no option `tokn`: there are url, ") && !error.message.includes("secret"));
});

test("procedures may be called anything", () => {
    const client = createClient({ version: 1, procedures: {
        "constructor.__proto__": { kind: "query" }, "toString.then": { kind: "mutation" },
    } }, { url: "https://app.example", WebSocket: null });
    assert.equal(client.constructor.__proto__.path, "constructor.__proto__");
    assert.equal(client.toString.then.path, "toString.then");
});

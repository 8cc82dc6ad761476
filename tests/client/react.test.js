// SPDX-License-Identifier: Apache-2.0
// The hooks in React itself, on a page that jsdom plays, in StrictMode, and rendered on a server.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { commit, patch, setUp, settle, snap, todo } from "./support.js";

// run.py puts the packages where the hooks find them.
const missing = existsSync(new URL("../../node_modules/react", import.meta.url)) ? false : "React is missing: run ./dev setup";

let React;
let hooks;
let createRoot;
let hydrateRoot;
let renderToString;
let page;
if (!missing) {
    const { JSDOM } = await import("jsdom");
    page = new JSDOM("<!doctype html><div id=root></div>", { url: "https://app.example/" }).window;
    Object.assign(globalThis, { window: page, document: page.document, IS_REACT_ACT_ENVIRONMENT: true });
    globalThis.navigator ??= page.navigator;
    React = (await import("react")).default;
    ({ createRoot, hydrateRoot } = await import("react-dom/client"));
    ({ renderToString } = await import("react-dom/server"));
    hooks = await import("../../templates/js/react.js");
}

const h = (...args) => React.createElement(...args);

/** Renders below provider and StrictMode; what it returns ends it. */
async function render(at, element) {
    const container = page.document.body.appendChild(page.document.createElement("div"));
    const root = createRoot(container);
    const wrap = (inner) => h(React.StrictMode, null, h(hooks.DynrProvider, { client: at.client }, inner));
    await React.act(async () => root.render(wrap(element)));
    return {
        container,
        again: (inner) => React.act(async () => root.render(wrap(inner))),
        end: () => React.act(async () => root.unmount()),
    };
}

const say = (at, ...messages) => React.act(() => at.server.say(...messages));

function List({ at, input, counts }) {
    const { data, status, error } = hooks.useSubscription(at.client.todos.list, input);
    if (data === undefined) return h("p", null, error?.code ?? status);
    return h("ul", null, data.map((row) => h(Row, { key: row.id, row, counts })));
}

function rowOf({ row, counts }) {
    counts[row.id] = (counts[row.id] ?? 0) + 1;
    return h("li", null, row.text);
}
const Row = missing ? rowOf : React.memo(rowOf);

const textOf = (rendered) => [...rendered.container.querySelectorAll("li, p")].map((element) => element.textContent).join(" ");

test("useSubscription: one subscription in StrictMode, patches, and rows that did not change are not rendered again", { skip: missing }, async () => {
    const at = setUp();
    const counts = {};
    const rendered = await render(at, h(List, { at, input: { list: "L" }, counts }));
    assert.equal(textOf(rendered), "loading");
    assert.equal(at.server.got("sub").length, 1);
    await say(at, snap(at.server.last("sub").id, 1, 10, [todo("A", "a"), todo("B", "b")]));
    assert.equal(textOf(rendered), "b a");
    const before = { ...counts };
    await say(at, patch(1, 11, [["+", todo("C", "c")]]), commit(11));
    assert.equal(textOf(rendered), "c b a");
    assert.deepEqual([counts.A, counts.B], [before.A, before.B]);
    await rendered.again(h(List, { at, input: { list: "L" }, counts }));
    assert.equal(at.server.got("sub").length, 1, "an equal input is the same");
    await rendered.end();
    await at.clock.pass(100);
    assert.equal(at.server.got("unsub").length, 1);
});

test("useSubscription: another input, an error, retry", { skip: missing }, async () => {
    const at = setUp();
    const counts = {};
    const rendered = await render(at, h(List, { at, input: hooks.skip, counts }));
    assert.equal(textOf(rendered), "idle");
    assert.equal(at.server.sockets.length, 0);
    await rendered.again(h(List, { at, input: { list: "L" }, counts }));
    await React.act(settle);
    await say(at, snap(at.server.last("sub").id, 1, 10, [todo("A", "a")]));
    await rendered.again(h(List, { at, input: { list: "M" }, counts }));
    assert.equal(textOf(rendered), "loading");
    assert.equal(at.server.last("sub").in.list, "M");
    await say(at, { t: "error", id: at.server.last("sub").id, code: "DENIED", message: "no" });
    assert.equal(textOf(rendered), "DENIED");
    await rendered.end();
});

test("useQuery: fetched once for each input and again on refetch; an answer that is too late is not shown", { skip: missing }, async () => {
    const at = setUp();
    let seen;
    function Search({ text }) {
        seen = hooks.useQuery(at.client.todos.search, { text });
        return null;
    }
    const rendered = await render(at, h(Search, { text: "a" }));
    const answer = (out) => say(at, { t: "result", id: at.server.last("call").id, out, v: 0 });
    assert.equal(seen.status, "loading");
    await React.act(settle);
    const first = at.server.last("call");
    await rendered.again(h(Search, { text: "b" }));
    await React.act(settle);
    await say(at, { t: "result", id: first.id, out: "late", v: 0 });
    assert.equal(seen.status, "loading");
    await answer("b");
    assert.deepEqual([seen.status, seen.data], ["success", "b"]);
    await React.act(async () => seen.refetch());
    await React.act(settle);
    assert.deepEqual([seen.status, seen.data], ["loading", "b"]);
    await say(at, { t: "error", id: at.server.last("call").id, code: "RANGE", message: "no" });
    assert.deepEqual([seen.status, seen.data, seen.error.code], ["error", "b", "RANGE"]);
    await rendered.end();
});

test("useQuery: nothing of another input is shown, not even once, nor what may not be seen any more", { skip: missing }, async () => {
    const at = setUp();
    const shown = [];
    let seen;
    function Search({ text }) {
        seen = hooks.useQuery(at.client.todos.search, text === undefined ? hooks.skip : { text });
        shown.push([text, seen.status, seen.data, seen.error?.code]);
        return null;
    }
    const rendered = await render(at, h(Search, { text: "a" }));
    const answer = (message) => say(at, { id: at.server.last("call").id, ...message });
    await React.act(settle);
    await answer({ t: "result", out: "of a", v: 0 });
    assert.deepEqual([seen.status, seen.data], ["success", "of a"]);
    await rendered.again(h(Search, { text: "b" }));
    await React.act(settle);
    await answer({ t: "error", code: "RANGE", message: "no" });
    assert.deepEqual([seen.status, seen.data], ["error", undefined]);
    await rendered.again(h(Search, {}));
    await rendered.again(h(Search, { text: "a" }));
    await React.act(settle);
    await answer({ t: "result", out: "of a again", v: 0 });
    await React.act(async () => seen.refetch());
    await React.act(settle);
    await answer({ t: "error", code: "DENIED", message: "no" });
    assert.deepEqual([seen.status, seen.data, seen.error.code], ["error", undefined, "DENIED"]);
    for (const [text, status, data, code] of shown) {
        if (text === undefined) assert.deepEqual([status, data, code], ["idle", undefined, undefined]);
        if (text === "b") assert.deepEqual([data, status === "error"], [undefined, code === "RANGE"]);
    }
    await rendered.end();
});

test("useMutation: pending, data, error, and the latest of several", { skip: missing }, async () => {
    const at = setUp();
    let seen;
    const told = [];
    function Form() {
        seen = hooks.useMutation(at.client.todos.importCsv, {
            onSuccess: (output) => told.push(output), onError: (error) => told.push(error.code),
        });
        return null;
    }
    const rendered = await render(at, h(Form));
    assert.deepEqual([seen.pending, seen.data, seen.error], [false, undefined, undefined]);
    await React.act(async () => seen.mutate({ csv: "x" }));
    assert.equal(seen.pending, true);
    await React.act(settle);
    await say(at, { t: "result", id: at.server.last("call").id, out: "3", v: 1 });
    assert.deepEqual([seen.pending, seen.data], [false, 3n]);
    await React.act(async () => seen.mutate({ csv: "y" }));
    await React.act(settle);
    await say(at, { t: "error", id: at.server.last("call").id, code: "DENIED", message: "no" });
    assert.deepEqual([seen.pending, seen.error.code], [false, "DENIED"]);
    let rejected;
    await React.act(async () => {
        seen.mutateAsync({ csv: "z" }).catch((error) => (rejected = error.code));
    });
    await React.act(settle);
    await say(at, { t: "error", id: at.server.last("call").id, code: "RANGE", message: "no" });
    assert.equal(rejected, "RANGE");
    assert.deepEqual(told, [3n, "DENIED", "RANGE"]);
    await React.act(async () => seen.reset());
    assert.equal(seen.error, undefined);
    await rendered.end();
});

test("useConnectionState and useClient", { skip: missing }, async () => {
    const at = setUp();
    let status;
    function Light() {
        status = hooks.useConnectionState().status;
        assert.equal(hooks.useClient(), at.client);
        return null;
    }
    const rendered = await render(at, h(Light));
    assert.equal(status, "idle");
    await React.act(async () => at.client.$connection.start());
    await React.act(settle);
    assert.equal(status, "connected");
    await React.act(async () => at.server.drop());
    assert.equal(status, "offline");
    await rendered.end();
    assert.throws(() => renderToString(h(Light)), /DynrProvider/);
});

test("rendered on a server and taken up by the page without a difference", { skip: missing }, async () => {
    const answer = [{ id: "A", text: "a", done: false, priority: "normal", assignee: null }];
    const server = setUp({
        WebSocket: null, http: true, fetch: async () => ({ ok: true, status: 200, headers: new Map(), text: async () => JSON.stringify(answer) }),
    });
    await server.client.todos.list.prefetch({ list: "L" });
    const html = renderToString(h(List, { at: server, input: { list: "L" }, counts: {} }));
    assert.equal(html, "<ul><li>a</li></ul>");
    assert.equal(renderToString(h(List, { at: server, input: { list: "M" }, counts: {} })), "<p>loading</p>");
    const at = setUp({ initial: server.client.$dehydrate() });
    const container = page.document.body.appendChild(page.document.createElement("div"));
    container.innerHTML = html;
    const differences = [];
    let root;
    await React.act(async () => {
        root = hydrateRoot(container, h(List, { at, input: { list: "L" }, counts: {} }), { onRecoverableError: (error) => differences.push(error) });
    });
    assert.deepEqual(differences, []);
    await React.act(settle);
    await say(at, snap(at.server.last("sub").id, 1, 10, [todo("B", "b")]));
    assert.equal(textOf({ container }), "b");
    await React.act(async () => root.unmount());
});

// SPDX-License-Identifier: Apache-2.0
// The page of samples/todo, used by hand and keyboard on a page that jsdom plays.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { commit, patch, settle, setUp, snap, todo } from "./support.js";

const missing = existsSync(new URL("../../node_modules/jsdom", import.meta.url)) ? false : "jsdom is missing: run ./dev setup";
const web = new URL("../../samples/todo/web/", import.meta.url);
const { start } = await import(new URL("app.js", web));
const { dueChip } = await import(new URL("render.js", web));

const list = (id, title) => ({ id, owner: "U", title, createdAt: `2020-01-0${id}T00:00:00.000Z` });

/** The page with a user who is signed in (unless `user` is null), on a fake server. */
async function open({ user = { id: "U", name: "Ada" } } = {}) {
    const { JSDOM } = await import("jsdom");
    const html = readFileSync(new URL("index.html", web), "utf8").replace(/<script type="module">[\s\S]*?<\/script>/, "");
    const { window } = new JSDOM(html, { url: "https://app.example/", pretendToBeVisual: true });
    if (user !== null) window.localStorage.setItem("todo.user", JSON.stringify(user));
    let at;
    const callers = [];
    start(window.document, (options) => {
        callers.push(options.caller);
        at = setUp(options);
        return at.client;
    });
    await settle();
    const page = {
        window, callers, get at() {
            return at;
        },
        find: (id) => window.document.getElementById(id),
        texts: () => [...window.document.querySelectorAll("#todos .text")].map((element) => element.textContent),
        say: (...messages) => at.server.say(...messages),
        subscribed: (path) => at.server.got("sub").filter((message) => message.proc === path).at(-1),
        press: (key, target = window.document.activeElement) =>
            target.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })),
        submit: async (id, values) => {
            const form = window.document.getElementById(id);
            for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
            form.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
            await settle();
        },
    };
    return page;
}

/** Own lists, and those that others share: [role, id, title]. */
async function sayLists(page, own, joined = []) {
    const groups = [
        { node: 0, v: 10, rows: [{ id: "U" }] },
        { node: 1, parent: [["U"]], v: 10, rows: joined.map(([role, id]) => ({ role, list: id })) },
        { node: 2, v: 10, rows: joined.map(([, id, title]) => ({ id, title })) },
    ];
    await page.say(snap(page.subscribed("lists.mine").id, 1, 10, own),
        { t: "snap", id: page.subscribed("lists.joined").id, view: 3, v: 10, groups });
}

async function openList(rows) {
    const page = await open();
    await sayLists(page, [list(1, "Home"), list(2, "Work")]);
    await page.say(snap(page.subscribed("todos.list").id, 2, 10, rows, { epoch: 1, bound: null }));
    return page;
}

test("signing in: known or registered, then the caller's lists", { skip: missing }, async () => {
    const page = await open({ user: null });
    assert.equal(page.find("sign-in").hidden, false);
    assert.equal(page.find("app").hidden, true);
    await page.submit("sign-in-form", { email: "ada@example.com", name: "Ada" });
    await page.say({ t: "error", id: page.at.server.last("call").id, code: "NOT_FOUND", message: "nobody" });
    assert.equal(page.at.server.last("call").proc, "users.register");
    await page.say({ t: "result", id: page.at.server.last("call").id, out: { id: "U9", name: "Ada" }, v: 1 });
    assert.equal(page.find("sign-in").hidden, true);
    assert.match(page.callers[0].userId, /^[0-9A-HJKMNP-TV-Z]{26}$/, "a newcomer has an id to sign up with");
    assert.deepEqual(page.callers.slice(1), [{ userId: "U9" }]);
    assert.equal(page.find("greeting").textContent, "Ada's lists");
    page.find("sign-out").click();
    assert.equal(page.find("sign-in").hidden, false);
});

test("the newest list opens; loading, empty and filled are told apart", { skip: missing }, async () => {
    const page = await open();
    await sayLists(page, [list(1, "Home"), list(2, "Work")]);
    assert.equal(page.find("list-title").textContent, "Work");
    assert.equal(page.find("loading").hidden, false);
    assert.equal(page.find("empty").hidden, true);
    await page.say(snap(page.subscribed("todos.list").id, 2, 10, []));
    assert.equal(page.find("loading").hidden, true);
    assert.match(page.find("empty").textContent, /Nothing to do here yet/);
    await page.say(patch(2, 11, [["+", todo("A", "Milk", { priority: "high" })]]), commit(11));
    assert.deepEqual(page.texts(), ["Milk"]);
    assert.equal(page.find("empty").hidden, true);
    assert.equal(page.window.document.querySelector(".chip.high").textContent, "High");
    await page.say(patch(2, 12, [["-", ["A"]]]), commit(12));
    assert.match(page.find("empty").textContent, /All done/);
});

test("tasks that cannot be shown: why, and once more", { skip: missing }, async () => {
    const page = await openList([todo("A")]);
    await page.say({ t: "error", id: page.subscribed("todos.list").id, code: "INTERNAL", message: "something broke" });
    assert.equal(page.find("failed").hidden, false);
    assert.match(page.find("failed").textContent, /something broke/);
    assert.equal(page.find("empty").hidden, true);
    page.find("reload").click();
    await settle();
    assert.equal(page.find("failed").hidden, true);
    await page.say(snap(page.subscribed("todos.list").id, 5, 10, [todo("B")]));
    assert.deepEqual(page.texts(), ["B"]);
});

test("a session that has ended is said as a whole, once, and nothing of it is shown", { skip: missing }, async () => {
    const page = await openList([todo("A")]);
    page.at.server.isGreeting = false;
    page.at.server.drop();
    await page.at.clock.pass(500);
    await page.say({ t: "error", code: "UNAUTHENTICATED", message: "not good" });
    page.at.server.drop();
    await settle();
    assert.equal(page.find("refused").hidden, false);
    assert.equal(page.find("app").dataset.refused, "true");
    assert.deepEqual(page.texts(), []);
    assert.equal(page.find("toasts").children.length, 0);
    page.at.server.isGreeting = true;
    page.find("try-again").click();
    await settle();
    assert.equal(page.find("refused").hidden, true);
    await page.say(snap(page.subscribed("todos.list").id, 5, 10, [todo("B")]));
    assert.deepEqual(page.texts(), ["B"]);
});

test("what goes wrong again is said once", { skip: missing }, async () => {
    const page = await openList([]);
    for (let i = 0; i < 2; i++) {
        await page.submit("new-todo", { text: "x" });
        await page.say({ t: "error", id: page.at.server.last("call").id, code: "RANGE", message: "too long", field: "text" });
    }
    assert.equal(page.find("toasts").children.length, 1);
});

test("adding is seen at once, and taken back with a word when it is refused", { skip: missing }, async () => {
    const page = await openList([]);
    await page.submit("new-todo", { text: "Bread", priority: "low", due: "2026-01-31" });
    assert.deepEqual(page.texts(), ["Bread"]);
    assert.equal(page.find("new-text").value, "");
    const call = page.at.server.last("call");
    assert.deepEqual(call.in, { list: 2, text: "Bread", priority: "low", due: "2026-01-31" });
    await page.say({ t: "error", id: call.id, code: "RANGE", message: "too long", field: "text" });
    assert.deepEqual(page.texts(), []);
    assert.equal(page.find("toasts").textContent, "text: too long");
});

test("unchanged rows keep their elements", { skip: missing }, async () => {
    const page = await openList([todo("A", "a"), todo("B", "b")]);
    const before = [...page.find("todos").children];
    await page.say(patch(2, 11, [["+", todo("C", "c")], ["~", ["A"], { text: "x" }]]), commit(11));
    assert.deepEqual(page.texts(), ["c", "b", "x"]);
    assert.deepEqual([...page.find("todos").children].slice(1), before);
});

test("the keyboard: walk, done, remove, filter, new", { skip: missing }, async () => {
    const page = await openList([todo("A", "a"), todo("B", "b"), todo("C", "c")]);
    const { document } = page.window;
    page.press("ArrowDown", document.body);
    page.press("j");
    assert.equal(document.activeElement.dataset.key, "B");
    page.press(" ");
    await settle();
    assert.equal(page.at.server.last("call").proc, "todos.toggle");
    assert.deepEqual(page.texts(), ["c", "a"]);
    await new Promise((resolve) => page.window.setTimeout(resolve, 0));
    assert.equal(document.activeElement.dataset.key, "A", "the focus goes on");
    page.press("Delete");
    await settle();
    assert.deepEqual(page.at.server.last("call").in, { list: 2, id: "A" });
    assert.deepEqual(page.texts(), ["c"]);
    page.press("2", document.body);
    await settle();
    assert.equal(page.subscribed("todos.list").in.show, "closed");
    assert.equal(document.querySelector("[name=show]:checked").value, "closed");
    page.press("n", document.body);
    assert.equal(document.activeElement.id, "new-text");
    page.press("3");
    await settle();
    assert.equal(page.subscribed("todos.list").in.show, "closed", "keys are text in a field");
});

test("offline is said, and what is on the screen stays", { skip: missing }, async () => {
    const page = await openList([todo("A", "a")]);
    assert.equal(page.find("connection").textContent, "Live");
    page.at.server.mode = "refuse";
    page.at.server.drop();
    await settle();
    assert.equal(page.find("connection").dataset.status, "offline");
    assert.equal(page.find("offline").hidden, false);
    assert.deepEqual(page.texts(), ["a"]);
    page.at.server.mode = "accept";
    page.find("connect-now").click();
    await settle();
    assert.equal(page.find("connection").textContent, "Live");
    assert.equal(page.find("offline").hidden, true);
});

test("another list, and a list of one's own", { skip: missing }, async () => {
    const page = await openList([todo("A", "a")]);
    page.find("lists").children[1].firstElementChild.click();
    await settle();
    assert.equal(page.find("list-title").textContent, "Home");
    assert.equal(page.subscribed("todos.list").in.list, 1);
    await page.submit("new-list", { title: "Garden" });
    assert.match(page.find("lists").children[0].textContent, /^Garden/, "seen at once");
    await page.say({ t: "result", id: page.at.server.last("call").id, out: list(3, "Garden"), v: 11 });
    assert.equal(page.find("list-title").textContent, "Garden");
});

test("a list that somebody shares: who may read it changes nothing", { skip: missing }, async () => {
    const page = await open();
    await sayLists(page, [], [["viewer", 7, "Trip"]]);
    assert.equal(page.find("list-title").textContent, "Trip");
    assert.equal(page.find("lists").querySelector(".shared").hidden, false);
    await page.say(snap(page.subscribed("todos.list").id, 2, 10, [todo("A", "a")]));
    page.press("ArrowDown", page.window.document.body);
    page.press(" ");
    await settle();
    assert.equal(page.at.server.last("call"), undefined);
    assert.match(page.find("toasts").textContent, /may read/);
    await page.say({ t: "error", id: page.subscribed("todos.list").id, code: "DENIED", message: "no", suspended: true });
    assert.deepEqual(page.texts(), []);
});

test("sharing is by address", { skip: missing }, async () => {
    const page = await openList([]);
    const board = [
        { node: 0, v: 10, rows: [{ id: 2, title: "Work", owner: "U" }] }, { node: 3, v: 10, rows: [{ id: "U", name: "Ada" }] },
        { node: 1, parent: [[2]], v: 10, rows: [{ role: "editor", user: "G" }] }, { node: 2, v: 10, rows: [{ id: "G", name: "Grace" }] },
        { node: 4, parent: [[2]], v: 10, value: "3" },
    ];
    await page.say({ t: "snap", id: page.subscribed("todos.board").id, view: 4, v: 10, groups: board });
    assert.equal(page.find("open-count").textContent, "3 open");
    assert.deepEqual([...page.find("members").children].map((element) => element.textContent.replace(/\s+/g, " ").trim()),
        ["You owner ✕", "Grace may write ✕"]);
    await page.submit("share", { email: "no@example.com", role: "viewer" });
    await page.say({ t: "error", id: page.at.server.last("call").id, code: "NOT_FOUND", message: "none" });
    assert.match(page.find("toasts").textContent, /nobody here has the address no@example.com/);
    await page.submit("share", { email: "hopper@example.com", role: "viewer" });
    await page.say({ t: "result", id: page.at.server.last("call").id, out: { id: "H", name: "Hopper" }, v: 0 });
    assert.deepEqual(page.at.server.last("call").in, { list: 2, user: "H", role: "viewer" });
    page.find("members").children[1].querySelector("button").click();
    await settle();
    assert.deepEqual(page.at.server.last("call").in, { list: 2, user: "G" });
});

test("due dates are days of the calendar", () => {
    const now = new Date(2026, 0, 15, 23, 59);
    assert.deepEqual(dueChip({ due: "2026-01-15" }, now), ["soon", "Today"]);
    assert.deepEqual(dueChip({ due: "2026-01-16" }, now), ["soon", "Tomorrow"]);
    assert.deepEqual(dueChip({ due: "2026-01-14" }, now), ["overdue", "Yesterday"]);
    assert.equal(dueChip({ due: "2026-01-14", done: true }, now)[0], "due");
    assert.match(dueChip({ due: "2028-02-20" }, now)[1], /2028/);
});

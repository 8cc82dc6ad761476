// SPDX-License-Identifier: Apache-2.0
// The to-do page in a real browser, on a real server: what one window does another sees, whatever breaks between them.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { newcomer } from "../../samples/todo/web/identity.js";
import {
    AppServer, Cable, addTodo, atRest, build, connectionSays, createList, eventually, launch, openWindow, overflowing, poorContrast, shoot,
    shows, signIn, texts, watchWork,
} from "./support.mjs";

let browser;
let server;
let cable;

before(async () => {
    [browser, server] = await Promise.all([launch(), new AppServer({ program: build.todo.program, pages: build.todo.pages }).start()]);
    cable = await new Cable(server).lay();
});
after(async () => {
    await browser?.close();
    cable?.remove();
    await server?.destroy();
});
beforeEach(() => cable.mend());

/** Two windows of one person, with a list of their own that holds these tasks, newest first. */
let people = 0;
async function twoWindows(tasks = [], urls = [server.url, server.url]) {
    const email = `person${people++}@example.com`;
    const [one, other] = await Promise.all(urls.map((url) => openWindow(browser, url)));
    await signIn(one, email, "Ada");
    await createList(one, "Weekend");
    for (const text of [...tasks].reverse()) await addTodo(one, text);
    await shows(one, tasks);
    await signIn(other, email, "Ada");
    await shows(other, tasks);
    return [one, other];
}

/** Waits until both show these tasks (in the order of their texts here), in the same order. */
async function agree(one, other, wanted) {
    let shown;
    await eventually(`both show ${wanted}`, async () => {
        shown = await Promise.all([one, other].map(texts));
        return shown[0].join("\n") === shown[1].join("\n") && [...shown[0]].sort().join("\n") === wanted.join("\n");
    }).catch((error) => {
        throw new Error(`${error.message}; they show: ${shown.join(" | ")}`);
    });
}

async function close(...pages) {
    for (const page of pages) {
        assert.deepEqual(page.problems, []);
        await page.context().close();
    }
}

test("two windows show the same, whoever writes", async () => {
    const [one, other] = await twoWindows(["Milk"]);
    await Promise.all([addTodo(one, "Bread"), addTodo(other, "Tea")]);
    await agree(one, other, ["Bread", "Milk", "Tea"]);
    await one.locator(".todo", { hasText: "Milk" }).locator(".check").click();
    await eventually("Milk leaves the open tasks of the other", async () => !(await texts(other)).includes("Milk"));
    await other.locator(".todo", { hasText: "Tea" }).hover();
    await other.locator(".todo", { hasText: "Tea" }).locator(".remove").click();
    await shows(one, ["Bread"]);
    await createList(other, "Garden");
    await one.getByRole("button", { name: "Garden" }).waitFor();
    await close(one, other);
});

test("a list is shared by address, and closes when it is shared no more", async () => {
    const [ada, grace] = [await openWindow(browser, server.url), await openWindow(browser, server.url)];
    await signIn(ada, "ada@example.com", "Ada");
    await signIn(grace, "grace@example.com", "Grace");
    await createList(ada, "Trip");
    await addTodo(ada, "Tent");
    const share = async (email, role) => {
        await ada.selectOption("#share [name=role]", role);
        await ada.fill("#share [name=email]", email);
        await ada.keyboard.press("Enter");
    };
    await share("nobody@example.com", "editor");
    await ada.locator(".toast", { hasText: "nobody here has the address" }).waitFor();
    await share("Grace@Example.com", "editor");
    await shows(grace, ["Tent"], "as soon as it is shared");
    await ada.locator(".member", { hasText: "Grace" }).waitFor();
    await addTodo(grace, "Stove");
    await shows(ada, ["Stove", "Tent"]);
    await eventually("both know how much is open", async () =>
        (await ada.textContent("#open-count")) === "2 open" && (await grace.textContent("#open-count")) === "2 open");
    await shoot(ada, "shared-owner");
    await shoot(grace, "shared-member");
    for (const page of [ada, grace]) {
        assert.deepEqual(await page.evaluate(poorContrast), []);
        await page.setViewportSize({ width: 360, height: 740 });
        assert.deepEqual(await page.evaluate(overflowing), []);
        await shoot(page, page === ada ? "shared-owner-narrow" : "shared-member-narrow");
    }
    await ada.getByLabel("Share no more with Grace").click();
    await shows(grace, [], "shared no more");
    await grace.waitForSelector("#no-lists:not([hidden])");
    assert.equal(await grace.isHidden("#board"), true);
    await shows(ada, ["Stove", "Tent"]);
    await share("grace@example.com", "viewer");
    await shows(grace, ["Stove", "Tent"], "shared again");
    assert.equal(await grace.isHidden("#new-todo"), true, "who may only read has nothing to write with");
    await close(ada, grace);
});

test("offline, what is typed waits, and arrives once", async () => {
    const [one, other] = await twoWindows(["Milk"], [cable.url, server.url]);
    await one.context().setOffline(true);
    cable.cut();
    await connectionSays(one, "Offline");
    await addTodo(one, "Bread");
    await addTodo(one, "Tea");
    await shows(one, ["Tea", "Bread", "Milk"], "at once, offline");
    await one.locator(".todo", { hasText: "Milk" }).locator(".check").click();
    await shows(one, ["Tea", "Bread"]);
    assert.match(await one.textContent("#offline"), /3 changes wait/);
    await shoot(one, "offline");
    await one.setViewportSize({ width: 360, height: 740 });
    assert.deepEqual(await one.evaluate(overflowing), []);
    assert.deepEqual(await one.evaluate(poorContrast), []);
    const heights = await one.$$eval(".bar button:not([hidden])", (buttons) => buttons.map((button) => button.getBoundingClientRect().height));
    assert.ok(Math.max(...heights) < 45, `no button of the bar breaks its words: ${heights}`);
    await shoot(one, "offline-narrow");
    await one.setViewportSize({ width: 1100, height: 760 });
    await addTodo(other, "Salt");
    await shows(other, ["Salt", "Milk"]);
    cable.mend();
    await one.context().setOffline(false);
    await connectionSays(one, "Live");
    await agree(one, other, ["Bread", "Salt", "Tea"]);
    assert.equal(await one.isHidden("#offline"), true);
    await close(one, other);
});

test("what waits survives a reload of the page", async () => {
    const [one, other] = await twoWindows(["Milk"]);
    // The page comes from elsewhere than its data here, so that it can be loaded while they cannot be reached.
    await one.addInitScript(() => {
        const { WebSocket } = globalThis;
        globalThis.WebSocket = class extends WebSocket {
            constructor(...words) {
                super(...words);
                if (localStorage.getItem("cut") !== null) this.close();
            }
        };
    });
    await one.evaluate(() => localStorage.setItem("cut", "yes"));
    await one.reload();
    await connectionSays(one, "Offline");
    await createList(one, "Garden").catch(() => {});
    await one.evaluate(() => localStorage.removeItem("cut"));
    await one.reload();
    await one.getByRole("button", { name: "Garden" }).waitFor();
    await other.getByRole("button", { name: "Garden" }).waitFor();
    await close(one, other);
});

/** Gathers how the server answers the subscriptions that a window makes from now on: procedure to "same" and "snap". */
function watchAnswers(page) {
    const answers = {};
    page.on("websocket", (socket) => {
        const asked = new Map();
        socket.on("framesent", ({ payload }) => {
            const { t, id, proc } = JSON.parse(payload);
            if (t === "sub") asked.set(id, proc);
        });
        socket.on("framereceived", ({ payload }) => {
            const { t, id } = JSON.parse(payload);
            if (t === "same" || t === "snap") answers[asked.get(id)] = t;
        });
    });
    return answers;
}

test("the server restarts: nothing is lost, and nothing is sent that is there already", async () => {
    const [one, other] = await twoWindows(["Tea", "Milk"]);
    const answers = [one, other].map(watchAnswers);
    const restart = async (whileStopped) => {
        await server.stop();
        await Promise.all([connectionSays(one, "Offline"), connectionSays(other, "Offline")]);
        await whileStopped();
        await server.start();
        await Promise.all([one, other].map((page) => page.click("#connect-now", { timeout: 1000 }).catch(() => {})));
        await Promise.all([connectionSays(one, "Live"), connectionSays(other, "Live")]);
    };
    await restart(() => shows(other, ["Tea", "Milk"], "what was there stays"));
    await addTodo(one, "Bread");
    await Promise.all([shows(one, ["Bread", "Tea", "Milk"]), shows(other, ["Bread", "Tea", "Milk"])]);
    // The window that comes back first has the server keep the lists' ends up again, and gets them anew; which one that is, nobody says.
    for (const procedure of ["lists.mine", "todos.list"]) {
        const said = answers.map((of) => of[procedure]);
        assert.ok(said.includes("same"), `${procedure}: ${said}`);
    }
    await restart(() => addTodo(one, "Salt"));
    await Promise.all([one, other].map((page) => shows(page, ["Salt", "Bread", "Tea", "Milk"])));
    await close(one, other);
});

test("the store is another one after a restart: what it does not have is not shown", async () => {
    const own = await new AppServer({ program: build.todo.program, pages: build.todo.pages }).start();
    try {
        const [one, other] = await twoWindows(["Tea", "Milk"], [own.url, own.url]);
        await own.stop();
        await Promise.all((await readdir(own.folder)).filter((name) => name.startsWith("store.db")).map((name) => rm(join(own.folder, name))));
        await own.start();
        await Promise.all([one, other].map((page) => page.click("#connect-now", { timeout: 1000 }).catch(() => {})));
        await Promise.all([one, other].map((page) => page.waitForSelector("#no-lists:not([hidden])")));
        await createList(one, "Anew");
        await other.getByRole("button", { name: "Anew" }).waitFor();
        assert.deepEqual(await texts(one), []);
        await close(one, other);
    } finally {
        await own.destroy();
    }
});

test("what the server refuses is seen, and then gone as if it had never been", async () => {
    const [one, other] = await twoWindows(["Tea", "Milk"]);
    const before = await one.$eval("#todos", (element) => element.innerHTML);
    await one.evaluate(() => {
        globalThis.history_ = [];
        new MutationObserver((changes) => changes.forEach(({ addedNodes, removedNodes }) => {
            addedNodes.forEach((node) => history_.push(`+${node.querySelector(".text").textContent.length}`));
            removedNodes.forEach((node) => history_.push(`-${node.querySelector(".text").textContent.length}`));
        })).observe(document.querySelector("#todos"), { childList: true });
        document.querySelector("#new-text").removeAttribute("maxlength");
    });
    await addTodo(one, "x".repeat(2001));
    await one.waitForSelector(".toast");
    assert.match(await one.textContent(".toast"), /^text: /);
    assert.deepEqual(await one.evaluate(() => history_), ["+2001", "-2001"]);
    assert.equal(await one.$eval("#todos", (element) => element.innerHTML), before);
    assert.deepEqual(await texts(other), ["Tea", "Milk"]);
    await shoot(one, "refused");
    await close(one, other);
});

// ---- tokens ----

const SECRET = "0123456789abcdef0123456789abcdef";
/** How long after its end the server still takes a token, as clocks differ. Seconds. */
const LEEWAY = 60;
const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function sign(user, seconds) {
    const signed = `${encode({ alg: "HS256", kid: "k1" })}.${encode({ sub: user, exp: Math.floor(Date.now() / 1000) + seconds })}`;
    return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

/** The pages, with a token from the test as their client's. */
async function pagesWithToken() {
    const folder = await mkdtemp(join(tmpdir(), "dynr-pages-"));
    await cp(build.todo.pages, folder, { recursive: true });
    const html = await readFile(join(folder, "index.html"), "utf8");
    const script = "start(document, (options) => createClient({ ...options, token: () => freshToken() }));";
    await writeFile(join(folder, "index.html"), html.replace("start(document, createClient);", script));
    return folder;
}

test("a token ends: the page comes with a new one, or says that the session has ended", async () => {
    const keys = JSON.stringify({ keys: [{ kty: "oct", kid: "k1", alg: "HS256", k: encode(SECRET) }] });
    const pages = await pagesWithToken();
    const guarded = await new AppServer({
        program: build.todo.program, pages, words: ["--jwks", "FOLDER/keys.json"], files: { "keys.json": keys },
    }).start();
    try {
        const rpc = (path, input, token) => fetch(`${guarded.url}/rpc/${path}`, {
            method: "POST", body: JSON.stringify(input),
            headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
        }).then((answer) => answer.json());
        const user = await rpc("users.register", { email: "ada@example.com", name: "Ada" }, sign(newcomer(), 60));
        const list = await rpc("lists.create", { title: "Weekend" }, sign(user.id, 60));

        let [asked, seconds] = [0, 3 - LEEWAY];
        const page = await openWindow(browser, "about:blank");
        await page.exposeFunction("freshToken", () => sign(user.id, (asked++, seconds)));
        await page.addInitScript(({ id, name }) => localStorage.setItem("todo.user", JSON.stringify({ id, name })), user);
        await page.goto(guarded.url);
        await connectionSays(page, "Live");
        await addTodo(page, "Milk");
        await shows(page, ["Milk"]);
        await page.evaluate(() => {
            globalThis.emptied = 0;
            new MutationObserver(() => (emptied += document.querySelectorAll(".todo").length === 0)).observe(document.querySelector("#todos"), { childList: true });
        });
        await eventually("the token was replaced twice", () => asked >= 3);
        await connectionSays(page, "Live");
        await rpc("todos.add", { list: list.id, text: "Bread" }, sign(user.id, 60));
        await shows(page, ["Bread", "Milk"]);
        assert.equal(await page.evaluate(() => emptied), 0, "meanwhile it showed its tasks");

        seconds = -1 - LEEWAY;
        await connectionSays(page, "Not signed in");
        await page.waitForSelector("#refused:not([hidden])");
        assert.match(await page.textContent("#refused"), /Your session has ended/);
        assert.deepEqual([await page.isVisible("#board"), await page.isVisible("#lists"), await page.locator(".toast").count()], [false, false, 0],
            "nothing of the session is shown, and it is said once");
        assert.equal(await page.evaluate(() => document.activeElement.id), "try-again");
        for (const scheme of ["dark", "light"]) {
            await page.emulateMedia({ colorScheme: scheme });
            await atRest(page);
            assert.deepEqual(await page.evaluate(poorContrast), [], scheme);
            await shoot(page, `session-ended-${scheme}`);
        }
        // As long as the token is not good it stays as it is.
        const before = asked;
        await page.click("#try-again");
        await eventually("it was asked for once more", () => asked > before);
        await connectionSays(page, "Not signed in");
        assert.equal(await page.isVisible("#board"), false);
        seconds = 60;
        await page.click("#try-again");
        await connectionSays(page, "Live");
        await page.waitForSelector("#refused", { state: "hidden" });
        await addTodo(page, "Tea");
        await shows(page, ["Tea", "Bread", "Milk"]);
        await close(page);
    } finally {
        await guarded.destroy();
        await rm(pages, { recursive: true });
    }
});

test("all of it works by keyboard", async () => {
    const [one, other] = await twoWindows(["C", "B", "A"]);
    const { keyboard } = one;
    const focused = () => one.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent ?? document.activeElement.id);
    await one.evaluate(() => document.activeElement.blur());
    await keyboard.press("ArrowDown");
    await keyboard.press("ArrowDown");
    assert.equal(await focused(), "B");
    await shoot(one, "keyboard");
    await keyboard.press("Space");
    await shows(one, ["C", "A"]);
    await eventually("the focus goes on", async () => (await focused()) === "A");
    await keyboard.press("Delete");
    await Promise.all([shows(one, ["C"]), shows(other, ["C"])]);
    await one.evaluate(() => document.activeElement.blur());
    await keyboard.press("2");
    await shows(one, ["B"], "what is done");
    await keyboard.press("3");
    await shows(one, ["C", "B"], "all");
    await keyboard.press("n");
    assert.equal(await focused(), "new-text");
    await keyboard.type("D, by keyboard");
    await keyboard.press("Enter");
    await shows(other, ["D, by keyboard", "C"]);
    // Everything that can be used can be reached, and shows that it is.
    const reached = [];
    await one.evaluate(() => document.activeElement.blur());
    for (let i = 0; i < 25; i++) {
        await keyboard.press("Tab");
        reached.push(await one.evaluate(() => {
            const { id, name, className } = document.activeElement;
            const shown = document.activeElement.matches("[name=show]") ? document.activeElement.nextElementSibling : document.activeElement;
            const style = getComputedStyle(shown);
            return [id || name || className, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
        }));
    }
    for (const name of ["theme", "sign-out", "list", "title", "show", "new-text", "priority", "due", "check"]) {
        const found = reached.find(([what]) => what.split(" ").includes(name));
        assert.ok(found, `${name} is reached: ${reached.map(([what]) => what)}`);
        assert.ok(found[1], `${name} shows that it has the focus`);
    }
    await close(one, other);
});

test("a thousand tasks scroll smoothly, and one that changes touches itself alone", async (t) => {
    const [one, other] = await twoWindows([]);
    for (let part = 0; part < 10; part++) {
        await one.evaluate(async (first) => {
            const list = document.querySelector("[aria-current=true]").closest("li").dataset.key;
            const csv = Array.from({ length: 100 }, (_, i) => `Task ${first + i}`).join("\n");
            const answer = await fetch("/rpc/todos.importCsv", {
                method: "POST",
                headers: {
                    "content-type": "application/json",
                    "dynr-caller": JSON.stringify({ userId: JSON.parse(localStorage["todo.user"]).id }),
                },
                body: JSON.stringify({ list, csv }),
            });
            if (!answer.ok) throw new Error(await answer.text());
        }, part * 100);
    }
    await eventually("the first tasks are there", async () => (await texts(one)).length >= 100);
    const watch = await watchWork(one);
    await one.mouse.move(600, 500);
    await eventually("scrolling brings all of them", async () => {
        for (let i = 0; i < 10; i++) await one.mouse.wheel(0, 900);
        return (await one.locator("#todos .todo").count()) === 1000;
    });
    const growing = await watch();
    for (let i = 0; i < 60; i++) {
        await one.mouse.wheel(0, i < 30 ? -1500 : 1500);
        await one.waitForTimeout(16);
    }
    const scrolling = await watch();
    t.diagnostic(`growing to 1000: ${growing.words}`);
    t.diagnostic(`scrolling through 1000 and back: ${scrolling.words}`);
    // Processor time, as other work on the machine makes the other figures larger, but not these.
    assert.ok(growing.busy < 4000, `showing all of them took ${growing.busy} ms of the page's thread`);
    assert.ok(scrolling.busy / scrolling.frames.length < 16, `a frame takes ${scrolling.busy / scrolling.frames.length} ms while scrolling`);
    await shoot(one, "thousand");

    await one.evaluate(() => {
        globalThis.touched = new Set();
        new MutationObserver((changes) => changes.forEach(({ target }) => touched.add(target.closest?.(".todo")?.dataset.key ?? target.id)))
            .observe(document.querySelector("#todos"), { childList: true, subtree: true, attributes: true, characterData: true });
    });
    await other.keyboard.press("3");
    await one.evaluate(() => document.querySelector("[name=show][value=all]").click());
    await eventually("all are shown", async () => (await texts(one)).length >= 100);
    await one.evaluate(() => touched.clear());
    await other.locator("#todos .check").first().click();
    await one.waitForSelector("#todos .todo[data-done=true]");
    assert.equal(await one.evaluate(() => touched.size), 1);
    await close(one, other);
});

test("light and dark: every text can be read, nothing sticks out, wide and narrow", async () => {
    const [one, other] = await twoWindows(["Tea", "Milk"]);
    await other.context().close();
    const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    for (const [text, priority, due] of [["Write to Grace", "high", day(-3)], ["Water the plants", "low", day(0)],
        ["A task whose text is so long that it does not fit on one line, not even on a wide screen, and has averylongwordinitthatcannotbebrokenanywhere".repeat(2), "normal", day(40)]]) {
        await one.selectOption("[name=priority]", priority);
        await one.fill("[name=due]", due);
        await addTodo(one, text);
    }
    await one.selectOption("[name=priority]", "normal");
    await eventually("five tasks", async () => (await texts(one)).length === 5);
    await one.keyboard.press("Escape");
    await one.keyboard.press("3");
    await eventually("all of them", async () => (await texts(one)).length === 5);
    await one.locator(".todo", { hasText: "Milk" }).locator(".check").click();
    await one.waitForSelector("#todos .todo[data-done=true]");
    for (const scheme of ["light", "dark"]) {
        await one.emulateMedia({ colorScheme: scheme });
        for (const [size, viewport] of [["wide", { width: 1100, height: 760 }], ["narrow", { width: 360, height: 740 }]]) {
            await one.setViewportSize(viewport);
            await atRest(one);
            assert.deepEqual(await one.evaluate(poorContrast), [], `${scheme}, ${size}`);
            assert.deepEqual(await one.evaluate(overflowing), [], `${scheme}, ${size}`);
            await shoot(one, `${scheme}-${size}`);
        }
    }
    const background = () => one.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await one.click("#theme");
    assert.notEqual(await background(), dark, "the button is stronger than the system");
    await close(one);
});

test("nothing there yet: signing in, no list, an empty list", async () => {
    const page = await openWindow(browser, server.url);
    await page.waitForSelector("#sign-in:not([hidden])");
    for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme });
        await shoot(page, `sign-in-${scheme}`);
        assert.deepEqual(await page.evaluate(poorContrast), []);
    }
    await signIn(page, "new@example.com", "Newcomer");
    await page.waitForSelector("#no-lists:not([hidden])");
    await shoot(page, "no-list");
    await createList(page, "First");
    await page.waitForSelector("#empty:not([hidden])");
    await atRest(page);
    await shoot(page, "empty-list");
    assert.deepEqual(await page.evaluate(poorContrast), []);
    await close(page);
});

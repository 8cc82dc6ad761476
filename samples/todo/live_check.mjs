// SPDX-License-Identifier: Apache-2.0
// Two people and the sample's server, without a browser: what one writes the other sees, a restart loses nothing, and who
// is no member any more sees nothing.
//
//     node live_check.mjs PROGRAM FOLDER        FOLDER: the page with the generated client

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AppServer, eventually } from "../../tests/support/js/app_server.mjs";
import { NodeSocket } from "../../tests/support/js/node_socket.mjs";

const PATIENCE = 180_000;

// Node 18 has it, but not where pages look for it.
globalThis.crypto ??= webcrypto;

const [program, pages] = process.argv.slice(2).map((path) => resolve(path));
const { createClient } = await import(pathToFileURL(`${pages}/todo.client.js`));
const { newcomer } = await import(pathToFileURL(`${pages}/identity.js`));

function step(words) {
    console.log(`  ${words}`);
}

/** A client of a caller, and what it shows of a list. */
function open(server, caller) {
    return createClient({ url: server.url, WebSocket: globalThis.WebSocket ?? NodeSocket, caller });
}

function watch(query, input) {
    const seen = { rows: [], errors: [] };
    query.subscribe(input, { onData: (rows) => (seen.rows = rows), onError: (error) => seen.errors.push(error) });
    seen.texts = () => seen.rows.map((row) => row.text).join(", ");
    return seen;
}

async function checkFiles(server) {
    for (const [path, type, text] of [["/", "text/html", "<title>Todo"], ["/app.js", "javascript", "class Page"],
        ["/todo.client.js", "javascript", "createClient"], ["/dynr/client.js", "javascript", "export"]]) {
        const answer = await fetch(server.url + path);
        assert.equal(answer.status, 200, path);
        assert.ok(answer.headers.get("content-type").includes(type), path);
        assert.ok((await answer.text()).includes(text), path);
    }
    step("the page and its client are served");
}

async function check(server, clients) {
    const [ada, grace] = [newcomer(), newcomer()];
    const [first, second] = [open(server, { userId: ada }), open(server, { userId: grace })];
    clients.push(first, second);
    await first.users.register.mutate({ email: "ada@example.com", name: "Ada" });
    await second.users.register.mutate({ email: "grace@example.com", name: "Grace" });
    const list = await first.lists.create.mutate({ title: "Weekend" });
    const { id: found } = await first.users.byEmail.query({ email: "Grace@Example.com" });
    await first.lists.share.mutate({ list: list.id, user: found, role: "editor" });
    const input = { list: list.id, show: "all" };
    const [own, other] = [watch(first.todos.list, input), watch(second.todos.list, input)];
    await first.todos.add.mutate({ list: list.id, text: "Milk" });
    await eventually("the other client sees the new task", () => other.texts() === "Milk");
    await second.todos.toggle.mutate({ list: list.id, id: other.rows[0].id });
    await eventually("the first client sees it done", () => own.rows[0]?.done === true);
    step("what one writes the other sees, in a list that they share");

    await server.stop();
    await eventually("both clients notice", () => [first, second].every((one) => one.$connection.get().status === "offline"));
    const late = first.todos.add.mutate({ list: list.id, text: "Bread" });
    assert.equal(own.texts(), "Bread, Milk", "seen at once, offline too");
    assert.equal(other.texts(), "Milk");
    await server.start();
    [first, second].forEach((one) => one.$connection.retry());
    await late;
    await eventually("both have all of it again", () => [own, other].every((seen) => seen.texts() === "Bread, Milk"));
    assert.deepEqual([...own.errors, ...other.errors], []);
    step("the server was restarted: the data is there, both came back, what was written meanwhile arrived");

    await first.lists.unshare.mutate({ list: list.id, user: grace });
    await eventually("what is shared no more is not seen any more", () => other.errors.at(-1)?.code === "DENIED");
    await assert.rejects(second.todos.add.mutate({ list: list.id, text: "Tea" }), { code: "DENIED" });
    assert.equal(own.texts(), "Bread, Milk");
    step("sharing no more closes it at once");
}

const timer = setTimeout(() => {
    console.error(`not done within ${PATIENCE / 1000} s`);
    process.exit(1);
}, PATIENCE);
const server = new AppServer({ program, pages });
const clients = [];
let failure;
try {
    await server.start();
    await checkFiles(server);
    await check(server, clients);
} catch (error) {
    failure = error;
}
clients.forEach((client) => client.$close());
await server.destroy().catch((error) => (failure ??= error));
clearTimeout(timer);
if (failure !== undefined) {
    console.error(failure);
    process.exitCode = 1;
}

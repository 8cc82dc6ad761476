// SPDX-License-Identifier: Apache-2.0
// What a server of live lists looks like in Node: a Map of lists to the Set of their watchers; a change runs each watcher's query
// again and sends it the difference as a JSON Patch. Prints its port.
//
// Messages: `sub N` watches list N and is answered with a snapshot; `add N` adds to it.
"use strict";

const { WebSocketServer } = require("ws");
const { compare } = require("fast-json-patch");

const TEXT = "Call the dentist about the appointment on Thursday";
const FIRST = 200;
const lists = new Map();
const watchers = new Map();
let count = 0;

function query(list) {
  const rows = (lists.get(list) ?? []).filter((todo) => !todo.deletedAt && !todo.done);
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, FIRST);
}

function subscribe(socket, list) {
  if (!watchers.has(list)) watchers.set(list, new Set());
  const watcher = { socket, rows: query(list) };
  watchers.get(list).add(watcher);
  socket.on("close", () => watchers.get(list).delete(watcher));
  socket.send(JSON.stringify({ t: "snap", rows: watcher.rows }));
}

function add(list) {
  if (!lists.has(list)) lists.set(list, []);
  lists.get(list).push({ id: String(count++).padStart(26, "0"), text: TEXT, done: false, priority: 0, deletedAt: null });
  for (const watcher of watchers.get(list) ?? []) {
    const rows = query(list);
    const patch = compare(watcher.rows, rows);
    watcher.rows = rows;
    watcher.socket.send(JSON.stringify({ t: "patch", patch }));
  }
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, backlog: 4096 }, () =>
  process.stdout.write(`${server.address().port}\n`),
);
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const [verb, list] = data.toString().split(" ");
    if (verb === "sub") subscribe(socket, list);
    else add(list);
  });
});

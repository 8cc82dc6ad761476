// SPDX-License-Identifier: Apache-2.0
// A client on a fake server and a fake clock, and short words for what servers say.

import { createClient } from "../../templates/js/client.js";
import { FakeClock, settle } from "./fake_clock.js";
import { FakeServer } from "./fake_server.js";
import { schema as todoSchema } from "./fixture_todo.js";

export { settle };

export function setUp({ schema = todoSchema, ...options } = {}) {
    const clock = new FakeClock();
    const server = new FakeServer();
    const errors = [];
    const client = createClient(schema, {
        url: "https://app.example", clock, WebSocket: server.WebSocket, http: false, page: {}, linger: 100,
        onError: (error) => errors.push(error), ...options,
    });
    return { clock, server, client, errors };
}

/** Watches, answers with these rows at `v` as view `view`, and collects what is shown. */
export async function watchList(at, { rows = [], v = 10, view = 1, input = { list: "L" }, bound = null, query = at.client.todos.list } = {}) {
    const seen = { data: [], patches: [], errors: [], states: [] };
    seen.subscription = query.subscribe(input, {
        onData: (data) => seen.data.push(data),
        onError: (error) => seen.errors.push(error),
        onState: (state) => seen.states.push(state.status),
        onJsonPatch: (patch) => seen.patches.push(patch),
    });
    await settle();
    seen.id = at.server.last("sub").id;
    await at.server.say(snap(seen.id, view, v, rows, { epoch: 1, bound }));
    return seen;
}

export const snap = (id, view, v, rows, more = {}) => ({ t: "snap", id, view, v, token: `t${v}`, groups: [{ node: 0, v, rows, ...more }] });
export const patch = (view, v, ops, more = {}) => ({ t: "patch", view, v, node: 0, ops, ...more });
export const commit = (v) => ({ t: "commit", v });
export const todo = (id, words = id, more = {}) => ({ id, text: words, done: false, priority: "normal", ...more });
export const ids = (rows) => rows.map((row) => row.id).join("");

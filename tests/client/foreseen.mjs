// SPDX-License-Identifier: Apache-2.0
// Clients of one real server. Each line of standard input is a call: a query is watched from then on, a mutation is carried out, and
// what every live query shows from the moment of the call until nothing comes any more is looked at. Unless it is refused,
//
//   - nothing is shown that was neither there before nor is there in the end: no row, no member, no count;
//   - no row is missing that was there before and is in the end;
//   - what is shown as it will be in the end is not taken back on the way.
//
// and where it is, what was there is there again.
//
//     foreseen.mjs HOST FOLDER       FOLDER: the generated client; HOST runs the program that DYNR_PROGRAM names

import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { AppServer, eventually } from "../support/js/app_server.mjs";
import { NodeSocket } from "../support/js/node_socket.mjs";

globalThis.crypto ??= webcrypto;

const MAX_WATCHED = 16;
/** Clocks of client and server, and the time between them. */
const NEARLY_MS = 60_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const [host, folder] = process.argv.slice(2).map((path) => resolve(path));
const load = (name) => import(pathToFileURL(`${folder}/${name}`));
const { createClient, schema } = await load("oracle.client.js");
const { shownKeys } = await load("dynr/view.js");
const { decode } = await load("dynr/codec.js");

// ---- what may be shown ----

const isObject = (value) => value !== null && typeof value === "object";

function isSame(a, b) {
    if (a === b) return true;
    if (typeof a === "string" && typeof b === "string" && TIME.test(a) && TIME.test(b)) return Math.abs(Date.parse(a) - Date.parse(b)) < NEARLY_MS;
    if (!isObject(a) || !isObject(b)) return isDeepStrictEqual(a, b);
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
}

const textOf = (value) => JSON.stringify(value, (_name, member) => (typeof member === "bigint" ? `${member}n` : member));

/** Why `shown` follows neither from `before` nor from `after`; undefined where it does. */
function unexplained(before, after, shown, path) {
    if (isSame(shown, before) || isSame(shown, after)) return undefined;
    // What is counted below a row that is new: nothing, as far as anybody knows.
    if (before === undefined && [0n, 0, "0"].includes(shown)) return undefined;
    // A row that is referred to, and that no live query holds, or that is on its way out.
    if (shown === null && [before, after].some((one) => isObject(one) && !Array.isArray(one))) return undefined;
    if (Array.isArray(shown) && shownKeys.has(shown)) return unexplainedList(before ?? [], after ?? [], shown, path);
    if (isObject(shown) && !Array.isArray(shown) && (isObject(before) || isObject(after))) {
        for (const name of new Set([before, after, shown].flatMap((one) => (isObject(one) ? Object.keys(one) : [])))) {
            const why = unexplained(before?.[name], after?.[name], shown[name], `${path}.${name}`);
            if (why !== undefined) return why;
        }
        return undefined;
    }
    return `${path} shows ${textOf(shown)}: it was ${textOf(before)} and is ${textOf(after)}`;
}

function unexplainedList(before, after, shown, path) {
    const rowsOf = (list) => new Map((shownKeys.get(list) ?? []).map((key, i) => [key, list[i]]));
    const [was, is, rows] = [before, after, shown].map(rowsOf);
    if (rows.size !== shown.length) return `${path} shows a row twice: ${textOf(shown)}`;
    for (const [key, row] of rows) {
        if (!was.has(key) && !is.has(key)) return `${path} shows ${key}, which was not and is not there`;
        // Of a row that leaves: by which policy or rule of other rows is not known here, nor what it has become.
        const why = is.has(key) ? unexplained(was.get(key), is.get(key), row, `${path}[${key}]`) : undefined;
        if (why !== undefined) return why;
    }
    const kept = [...is.keys()].filter((key) => was.has(key));
    const missing = kept.find((key) => !rows.has(key));
    if (missing !== undefined) return `${path} does not show ${missing}, which was and is there`;
    const still = kept.filter((key) => isSame(was.get(key), is.get(key)));
    const order = [...rows.keys()].filter((key) => still.includes(key));
    return isDeepStrictEqual(order, still) ? undefined : `${path} is in the order ${order}, should be ${still}`;
}

// ---- clients ----

const server = await new AppServer({ program: host }).start();
const sockets = new Set();

class Socket extends NodeSocket {
    constructor(...words) {
        super(...words);
        sockets.add(this);
    }

    end() {
        sockets.delete(this);
        super.end();
    }
}

const clients = new Map();
function clientOf(caller) {
    const key = textOf(caller);
    if (!clients.has(key)) clients.set(key, createClient({ url: server.url, WebSocket: Socket, http: false, ...(caller && { caller }) }));
    return clients.get(key);
}

const procedureOf = (client, path) => path.split(".").reduce((at, name) => at[name], client);
const anyQuery = Object.keys(schema.procedures).find((path) => schema.procedures[path].kind === "query");
const watched = [];

/** Until what is on its way has come: answers follow what was said before. A refill takes one turn more. */
async function rest() {
    for (let turn = 0; turn < 3; turn++) {
        await Promise.all([...clients.values()].map((client) => (anyQuery === undefined ? undefined
            : procedureOf(client, anyQuery).query({}).catch(() => {}))));
        await new Promise((wake) => setTimeout(wake, 1));
    }
    await eventually("all live queries are live, or have ended", () => watched.every(({ state }) => state.status !== "stale" && state.status !== "loading"));
}

/** Nobody waits before coming back. */
function breakAll() {
    [...sockets].forEach((socket) => socket.end());
    clients.forEach((client) => client.$connection.retry());
}

async function watch({ path, caller, input }) {
    if (schema.procedures[path].nodes === undefined || watched.some((one) => one.path === path && isSame(one.input, input))) return {};
    if (watched.length === MAX_WATCHED) watched.shift().stop();
    const one = { path, input, states: [] };
    const live = procedureOf(clientOf(caller), path).watch(decode(schema.procedures[path].input, input));
    one.stop = live.subscribe((state) => {
        one.state = state;
        one.states.push(state.data);
    });
    one.state = live.get();
    watched.push(one);
    await rest();
    return { watched: 1 };
}

async function mutate({ path, caller, input, writes, breaks }) {
    await rest();
    const client = clientOf(caller);
    const before = watched.map(({ state }) => state);
    watched.forEach((one) => (one.states = []));
    const answer = {};
    const call = procedureOf(client, path).mutate(decode(schema.procedures[path].input, input));
    const during = watched.map(({ state }) => state.data);
    // After the call has gone out, before or after its answer.
    if (breaks) setTimeout(breakAll, Math.random() * 2);
    try {
        answer.ok = (await call) ?? null;
    } catch (error) {
        answer.error = error.code;
    }
    if (breaks) await new Promise((wake) => setTimeout(wake, 10));
    await rest();
    answer.wrong = [];
    let isChanged = false;
    let isForeseen = true;
    let isPartly = false;
    watched.forEach((one, i) => {
        const [was, is] = [before[i].data, one.state.data];
        // Somebody may not see it any more, or sees it again: nothing that an optimistic update could know.
        if (one.state.status === "error" || before[i].status === "error") return;
        if (answer.error !== undefined && !breaks && !isDeepStrictEqual(was, is)) answer.wrong.push(`${one.path} ${textOf(one.input)}: not as it was, after ${answer.error}`);
        // What would have been is shown until the refusal comes.
        for (const shown of answer.error === undefined ? [during[i], ...one.states] : []) {
            if (shown === undefined) continue;
            const why = unexplained(was, is, shown, one.path);
            // Where one of several writes could be foreseen, values are in between.
            if (why !== undefined && writes === 1) answer.wrong.push(`${textOf(one.input)}: ${why}`);
        }
        if (isSame(was, is)) return;
        isChanged = true;
        if (isSame(during[i], is)) {
            const taken = one.states.find((shown) => shown !== undefined && !isSame(shown, is));
            if (taken !== undefined && !breaks && writes === 1) answer.wrong.push(`${one.path} ${textOf(one.input)}: taken back: ${textOf(taken)}, was ${textOf(is)}`);
        } else {
            isForeseen = false;
            if (!isSame(during[i], was)) isPartly = true;
        }
    });
    if (isChanged && answer.error === undefined) Object.assign(answer, { changed: 1, foreseen: Number(isForeseen), partly: Number(!isForeseen && isPartly) });
    return { ...answer, refused: Number(answer.error !== undefined), lost: Number(breaks) };
}

for await (const line of createInterface({ input: process.stdin })) {
    const job = JSON.parse(line);
    const answer = await (schema.procedures[job.path].kind === "mutation" ? mutate(job) : watch(job));
    process.stdout.write(`${textOf(answer)}\n`);
}
clients.forEach((client) => client.$close());
await server.destroy();
process.exit(0);

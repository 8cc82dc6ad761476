// SPDX-License-Identifier: Apache-2.0
// Membership is data like any other: who is let in sees the room at once, who is sent away sees nothing at once, in the
// transition of that very change. Two people and the sample's server, frames looked at.
//
//     node live_check.mjs PROGRAM FOLDER        FOLDER: the page with the generated client

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AppServer, eventually } from "../../tests/support/js/app_server.mjs";
import { NodeSocket } from "../../tests/support/js/node_socket.mjs";

const PATIENCE = 180_000;

globalThis.crypto ??= webcrypto;
const [program, pages] = process.argv.slice(2).map((path) => resolve(path));
const { createClient } = await import(pathToFileURL(`${pages}/chat.client.js`));
const { newcomer } = await import(pathToFileURL(`${pages}/identity.js`));

/** A client of a newcomer; `frames` has what the server says to it. */
async function join(server, handle) {
    const frames = [];
    const Socket = class extends NodeSocket {
        deliver(text) {
            frames.push(JSON.parse(text));
            super.deliver(text);
        }
    };
    const id = newcomer();
    const client = createClient({ url: server.url, WebSocket: Socket, caller: { userId: id } });
    await client.users.register.mutate({ handle });
    return { id, client, frames };
}

/** What a live query shows, also in between. */
function watch(query, input) {
    const seen = { states: [] };
    query.subscribe(input, { onState: (state) => seen.states.push(state) });
    seen.now = () => seen.states.at(-1) ?? { status: "loading" };
    return seen;
}

const texts = (seen) => (seen.now().data ?? []).map(({ text }) => text).join(", ");

async function check(server, clients) {
    const [ada, grace] = [await join(server, "ada"), await join(server, "grace")];
    clients.push(ada.client, grace.client);
    const room = (await ada.client.rooms.create.mutate({ name: "Compilers" })).id;
    await ada.client.messages.say.mutate({ room, text: "Hello?" });

    // Who watches calls over the socket as well: its frames say at which position a call wrote.
    const own = watch(ada.client.messages.list, { room });
    await eventually("who made the room sees it", () => texts(own) === "Hello?");
    const messages = watch(grace.client.messages.list, { room });
    const people = watch(grace.client.rooms.people, { room });
    const rooms = watch(grace.client.rooms.joined, {});
    await eventually("who is no member is denied", () => messages.now().error?.code === "DENIED" && people.now().error?.code === "DENIED");
    await assert.rejects(grace.client.messages.say.mutate({ room, text: "Let me in" }), { code: "DENIED" });
    await assert.rejects(grace.client.rooms.invite.mutate({ room, user: grace.id }), { code: "DENIED" });

    await ada.client.rooms.invite.mutate({ room, user: grace.id });
    await eventually("a member sees the room", () => texts(messages) === "Hello?" && people.now().data?.members.length === 1);
    await eventually("and that it is hers", () => rooms.now().data?.rooms[0]?.room?.name === "Compilers");
    await grace.client.messages.say.mutate({ room, text: "Hello!" });
    await eventually("both talk", () => texts(messages) === "Hello!, Hello?");
    console.log("  who is let in sees the room at once");

    const from = grace.frames.length;
    await ada.client.rooms.remove.mutate({ room, user: grace.id });
    const removed = ada.frames.findLast(({ t }) => t === "result").v;
    await ada.client.messages.say.mutate({ room, text: "Only us" });
    await eventually("who is sent away sees nothing", () => messages.now().status === "error" && people.now().status === "error");
    assert.equal(messages.now().error.code, "DENIED");
    assert.equal(messages.now().data, undefined);
    await eventually("nor the room", () => rooms.now().data.rooms.length === 0);
    // Commits of what was said before may still be on their way when she is removed.
    const ends = ({ t, v, end }) => (t === "commit" || (t === "patch" && end)) && v >= removed;
    await eventually("the transition of her removal ends", () => grace.frames.some((frame, i) => i >= from && ends(frame)));
    const end = grace.frames.findIndex((frame, i) => i >= from && ends(frame));
    const denied = grace.frames.slice(from, end).filter(({ t, code }) => t === "error" && code === "DENIED");
    assert.equal(denied.length, 2, "both are closed before the transition of her removal ends");
    assert.ok(denied.every(({ suspended }) => suspended), "she may come back");
    assert.ok(!JSON.stringify(grace.frames.slice(from)).includes("Only us"), "nothing of what is said later reaches her");
    assert.ok(messages.states.every(({ data }) => !data?.some(({ text }) => text === "Only us")));
    await assert.rejects(grace.client.messages.say.mutate({ room, text: "?" }), { code: "DENIED" });
    console.log("  who is sent away sees nothing, in the transition of that very change");

    await ada.client.rooms.invite.mutate({ room, user: grace.id });
    await eventually("it fills again", () => texts(messages) === "Only us, Hello!, Hello?");
    await grace.client.rooms.remove.mutate({ room, user: grace.id });
    await eventually("she leaves by herself", () => messages.now().error?.code === "DENIED");
    console.log("  let in again it fills again; and one may leave");
}

const timer = setTimeout(() => {
    console.error(`not done within ${PATIENCE / 1000} s`);
    process.exit(1);
}, PATIENCE);
const server = new AppServer({ program });
const clients = [];
let failure;
try {
    await server.start();
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

// SPDX-License-Identifier: Apache-2.0
// Coming up, staying up, coming back, and going on where it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commit, ids, patch, setUp, settle, snap, todo, watchList } from "./support.js";

const status = (at) => at.client.$connection.get().status;

/** A page whose events the test fires. */
function fakePage() {
    const page = new EventTarget();
    page.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
    return page;
}

test("hello comes first, with the token, and nothing else before welcome", async () => {
    const tokens = [];
    const at = setUp({ token: async () => (tokens.push(1), "secret") });
    at.server.isGreeting = false;
    assert.equal(at.server.sockets.length, 0, "nobody looks yet");
    at.client.todos.list.subscribe({ list: "L" });
    await settle();
    assert.equal(at.server.socket.url, "wss://app.example/live");
    assert.equal(at.server.socket.protocol, "dynr.1");
    assert.deepEqual(at.server.socket.received, [{ t: "hello", token: "secret", client: "dynr-js" }]);
    assert.equal(status(at), "connecting");
    await at.server.say({ t: "welcome", session: "s", v: 1, ping: 0 });
    assert.equal(status(at), "connected");
    assert.equal(at.server.got("sub").length, 1);
    assert.equal(tokens.length, 1);
});

test("without a token the caller is said, for servers under development", async () => {
    const at = setUp({ caller: { userId: "U" } });
    at.client.$connection.start();
    await settle();
    assert.deepEqual(at.server.last("hello"), { t: "hello", caller: { userId: "U" }, client: "dynr-js" });
});

test("waits grow up to a bound, with full jitter, for ever", async () => {
    const at = setUp();
    at.server.mode = "refuse";
    at.clock.chance = 1;
    at.client.$connection.start();
    await settle();
    const waits = [];
    for (let i = 0; i < 40; i++) {
        const { retryAt, status: now } = at.client.$connection.get();
        assert.equal(now, "offline");
        waits.push(retryAt - at.clock.now());
        await at.clock.pass(retryAt - at.clock.now());
    }
    assert.deepEqual(waits.slice(0, 8), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert.ok(waits.slice(8).every((wait) => wait === 30_000));
    at.clock.chance = 0.25;
    await at.clock.pass(30_000);
    assert.equal(at.client.$connection.get().retryAt - at.clock.now(), 7_500);
    at.server.mode = "accept";
    await at.clock.pass(7_500);
    assert.equal(status(at), "connected");
});

test("a connection that broke early does not start with short waits again", async () => {
    const at = setUp();
    at.clock.chance = 1;
    at.client.$connection.start();
    await settle();
    const waitAfter = async (life) => {
        await at.clock.pass(life);
        at.server.drop();
        await settle();
        const wait = at.client.$connection.get().retryAt - at.clock.now();
        await at.clock.pass(wait);
        return wait;
    };
    assert.deepEqual([await waitAfter(10), await waitAfter(10), await waitAfter(6_000), await waitAfter(10)], [500, 1_000, 500, 1_000]);
});

test("`online` and a page that comes into sight end the wait", async () => {
    const page = fakePage();
    const at = setUp({ page });
    at.server.mode = "refuse";
    at.client.$connection.start();
    await settle();
    page.dispatchEvent(new Event("online"));
    await settle();
    assert.equal(at.server.sockets.length, 2);
    page.document.visibilityState = "hidden";
    page.document.dispatchEvent(new Event("visibilitychange"));
    await settle();
    assert.equal(at.server.sockets.length, 2);
    page.document.visibilityState = "visible";
    at.server.mode = "accept";
    page.document.dispatchEvent(new Event("visibilitychange"));
    await settle();
    assert.equal(status(at), "connected");
    page.dispatchEvent(new Event("online"));
    assert.equal(at.server.got("ping").length, 1, "a connection that stands is looked at");
    at.client.$close();
    page.dispatchEvent(new Event("online"));
    assert.equal(at.server.sockets.length, 3);
    assert.equal(status(at), "closed");
});

test("`bye` says when to come back, and `online` does not make it sooner", async () => {
    const page = fakePage();
    const at = setUp({ page });
    at.client.$connection.start();
    await settle();
    await at.server.say({ t: "bye", reason: "restart", after: 20_000 });
    assert.equal(status(at), "offline");
    assert.equal(at.server.sockets[0].isClosed, true);
    page.dispatchEvent(new Event("online"));
    await at.clock.pass(20_000);
    assert.equal(at.server.sockets.length, 1);
    await at.clock.pass(500);
    assert.equal(at.server.sockets.length, 2);
});

test("who asks for it need not wait longer than `bye` said, however often the connection broke before", async () => {
    const at = setUp();
    at.client.$connection.start();
    await settle();
    for (let i = 0; i < 7; i++) {
        at.server.drop();
        await settle();
        at.client.$connection.retry();
        await settle();
    }
    const { length } = at.server.sockets;
    assert.equal(length, 8);
    await at.server.say({ t: "bye", reason: "restart", after: 2_000 });
    at.client.$connection.retry();
    assert.equal(at.client.$connection.get().retryAt, at.clock.now() + 2_000);
    await at.clock.pass(1_999);
    assert.equal(at.server.sockets.length, length);
    at.client.$connection.retry();
    await at.clock.pass(1);
    assert.equal(at.server.sockets.length, length + 1);
    await settle();
    assert.equal(status(at), "connected");
});

test("pings within what welcome asks for; silence ends the connection", async () => {
    const at = setUp();
    at.server.ping = 30;
    at.client.$connection.start();
    await settle();
    await at.clock.pass(15_000);
    assert.equal(at.server.got("ping").length, 1);
    await at.server.say({ t: "pong", v: 1 });
    await at.clock.pass(14_000);
    assert.equal(status(at), "connected");
    await at.clock.pass(1_000);
    assert.equal(at.server.got("ping").length, 2);
    await at.clock.pass(9_000);
    assert.equal(status(at), "connected");
    await at.clock.pass(1_000);
    assert.equal(status(at), "offline");
    assert.match(at.client.$connection.get().error.message, /silent/);
});

test("a server that accepts and does not greet is given up", async () => {
    const at = setUp();
    at.server.mode = "ignore";
    at.client.$connection.start();
    await at.clock.pass(10_000);
    assert.equal(status(at), "offline");
    assert.equal(at.server.socket.isClosed, true);
});

test("a refused token is asked for again; the reason stays in sight", async () => {
    let count = 0;
    const at = setUp({ token: () => `token ${++count}` });
    at.server.isGreeting = false;
    at.client.$connection.start();
    await settle();
    await at.server.say({ t: "error", code: "UNAUTHENTICATED", message: "expired" });
    at.server.drop();
    await settle();
    assert.equal(at.client.$connection.get().error.code, "UNAUTHENTICATED");
    at.server.isGreeting = true;
    await at.clock.pass(500);
    assert.equal(at.server.last("hello").token, "token 2");
    assert.equal(status(at), "connected");
});

/** Says that whoever greeted is not known, as servers do: an error, and the end. */
async function refuse(at) {
    await at.server.say({ t: "error", code: "UNAUTHENTICATED", message: "not good" });
    at.server.drop();
    await settle();
}

test("a token that is refused twice ends in errors, and nothing is tried until somebody asks", async () => {
    let count = 0;
    const at = setUp({ token: () => `token ${++count}` });
    const seen = await watchList(at, { rows: [todo("A")] });
    at.server.drop();
    at.server.isGreeting = false;
    const mutation = at.client.todos.importCsv.mutate({}).catch((error) => error.code);
    await at.clock.pass(500);
    await refuse(at);
    assert.deepEqual([status(at), seen.errors.length], ["offline", 0], "the token may have ended on its way");
    await at.clock.pass(500);
    await refuse(at);
    assert.equal(status(at), "refused");
    assert.deepEqual(seen.errors.map(({ code }) => code), ["UNAUTHENTICATED"]);
    assert.equal(seen.subscription.get().data, undefined, "what nobody may see is not shown");
    assert.equal(await mutation, "UNAUTHENTICATED");
    const { length } = at.server.sockets;
    await at.clock.pass(600_000);
    assert.deepEqual([at.server.sockets.length, count], [length, 3]);

    // Whoever wants something asks for a token again.
    const other = await new Promise((resolve) => {
        at.client.todos.list.subscribe({ list: "M" }, { onError: resolve });
        settle().then(() => refuse(at)).then(() => at.clock.pass(500)).then(() => refuse(at));
    });
    assert.equal(other.code, "UNAUTHENTICATED");
    await at.clock.pass(600_000);
    const query = at.client.todos.search.query({}).catch((error) => error.code);
    await settle();
    await refuse(at);
    await at.clock.pass(500);
    await refuse(at);
    assert.equal(await query, "UNAUTHENTICATED");

    at.server.isGreeting = true;
    at.client.$connection.retry();
    await settle();
    assert.equal(status(at), "connected");
    const asked = at.server.got("sub").find(({ in: input }) => input.list === "L");
    assert.equal(asked.since, undefined, "nothing that was held is gone on with");
    await at.server.say(snap(asked.id, 1, 10, [todo("A")]));
    assert.equal(ids(seen.data.at(-1)), "A");
});

test("a token that is no function is asked for once alone", async () => {
    const at = setUp({ token: "old" });
    at.server.isGreeting = false;
    at.client.$connection.start();
    await settle();
    await refuse(at);
    assert.equal(status(at), "refused");
    at.client.$connection.renew();
    await settle();
    assert.deepEqual([status(at), at.server.sockets.length], ["connecting", 2]);
});

test("a subscription that is refused asks for another token once, and then ends", async () => {
    let count = 0;
    const at = setUp({ token: () => `token ${++count}` });
    const errors = [];
    at.client.todos.list.subscribe({ list: "L" }, { onError: ({ code }) => errors.push(code) });
    await settle();
    for (let i = 0; i < 5; i++) {
        await at.server.say({ t: "error", id: at.server.last("sub")?.id, code: "UNAUTHENTICATED", message: "who?" });
        await at.clock.pass(10_000);
    }
    assert.deepEqual([count, at.server.sockets.length], [2, 2]);
    assert.deepEqual(errors, ["UNAUTHENTICATED", "UNAUTHENTICATED"]);
    assert.equal(status(at), "connected");
});

test("a token provider that fails is tried again", async () => {
    let count = 0;
    const at = setUp({
        token: async () => {
            if (++count === 1) throw new Error("no network");
            return "late";
        },
    });
    at.client.$connection.start();
    await settle();
    assert.equal(status(at), "offline");
    assert.equal(at.client.$connection.get().error.cause.message, "no network");
    await at.clock.pass(500);
    assert.equal(at.server.last("hello").token, "late");
});

test("a token is replaced before it ends, and views go on", async () => {
    let count = 0;
    const at = setUp({ token: () => ({ token: `t${++count}`, expiresAt: at.clock.now() + 60_000 }) });
    await watchList(at, { rows: [todo("A")] });
    await at.clock.pass(50_000);
    await at.clock.pass(500);
    assert.equal(at.server.sockets.length, 2);
    assert.equal(at.server.last("hello").token, "t2");
    assert.deepEqual(at.server.last("sub").since, { v: 10, bound: null, token: "t10", from: 10 });
});

test("a token that lasts longer than timers can wait, or has ended by a clock that is wrong, is not replaced again and again", async () => {
    const DAY = 86_400_000;
    for (const [lasts, replaced] of [[30 * DAY, 30 * DAY - 10_000], [-3_600_000, undefined], [8_000, 4_000]]) {
        let count = 0;
        const at = setUp({ token: () => ({ token: `t${++count}`, expiresAt: at.clock.now() + lasts }) });
        at.server.ping = 0;
        at.client.$connection.start();
        await settle();
        await at.clock.pass((replaced ?? DAY) - 1);
        assert.equal(at.server.sockets.length, 1, `${lasts}`);
        await at.clock.pass(1_000);
        assert.equal(at.server.sockets.length, replaced === undefined ? 1 : 2, `${lasts}`);
        at.client.$close();
    }
});

test("a token provider that never answers is asked again", async () => {
    let count = 0;
    const at = setUp({ token: () => (++count === 1 ? new Promise(() => {}) : "late") });
    at.client.$connection.start();
    await at.clock.pass(10_000);
    assert.equal(status(at), "offline");
    await at.clock.pass(500);
    assert.equal(at.server.last("hello").token, "late");
});

test("what cannot be understood ends the connection, and the next one goes on from what is certain", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    for (const wrong of ["{", "null", { t: "patch", view: 1, v: 11, node: 0 }, patch(1, 11, [["+", null]]), patch(1, 11, [["-"]])]) {
        await at.server.say(wrong, commit(11));
        assert.equal(at.client.$connection.get().error?.code, "BAD_ANSWER", JSON.stringify(wrong));
        await at.clock.pass(30_000);
        assert.equal(at.server.last("sub").since.v, 10);
        await at.server.say({ t: "same", id: at.server.last("sub").id, view: 1, v: 10, token: "t10", groups: [] });
        assert.equal(seen.subscription.get().status, "live");
    }
    assert.equal(ids(seen.data.at(-1)), "A");
});

test("a message of another protocol is said to whoever looks after errors", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say({ t: "spam" }, { t: "result", id: 99, out: null, v: 1 }, patch(1, 11, [["+", todo("B")]]), commit(11));
    assert.deepEqual(at.errors.map((error) => error.message), ["there is no message `spam`"]);
    assert.equal(ids(seen.data.at(-1)), "BA");
});

// ---- going on ----

test("after a break: stale, then asked for since the last commit; `same` and what was missed make it live", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A"), todo("B")], bound: ["A", "A"] });
    await at.server.say(patch(1, 11, [["+", todo("C")]]), commit(11));
    await at.server.say(patch(1, 12, [["+", todo("D")]]));
    at.server.drop();
    await settle();
    assert.equal(seen.subscription.get().status, "stale");
    assert.equal(ids(seen.subscription.get().data), "CBA", "half a transition is nothing");
    await at.clock.pass(500);
    const { id, since } = at.server.last("sub");
    assert.deepEqual(since, { v: 11, bound: ["A", "A"], token: "t10", from: 10 });
    await at.server.say({ t: "same", id, view: 9, v: 11, groups: [{ node: 0, v: 11, epoch: 4, bound: ["A", "A"] }] },
        patch(9, 12, [["+", todo("D")]]), patch(9, 13, [["-", ["B"]]]), commit(13));
    assert.equal(seen.subscription.get().status, "live");
    assert.equal(ids(seen.data.at(-1)), "DCA");
    assert.deepEqual(seen.states, ["loading", "live", "live", "stale", "live", "live"]);
});

test("`since` says the token of the last `snap` or `same` and its `v`; without a token all is asked for again", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say(patch(1, 11, [["+", todo("B")]]), commit(11));
    const comeBack = async () => {
        at.server.drop();
        await at.clock.pass(30_000);
        return at.server.last("sub");
    };
    const first = await comeBack();
    assert.deepEqual(first.since, { v: 11, bound: null, token: "t10", from: 10 });
    await at.server.say({ t: "same", id: first.id, view: 2, v: 12, token: "of same", groups: [] }, commit(13));
    const second = await comeBack();
    assert.deepEqual(second.since, { v: 13, bound: null, token: "of same", from: 12 });
    await at.server.say({ t: "same", id: second.id, view: 3, v: 13, groups: [] });
    const third = await comeBack();
    assert.equal(third.since, undefined, "the token of earlier is no proof of this");
    await at.server.say({ ...snap(third.id, 4, 14, [todo("A")]), part: "more" }, { ...snap(third.id, 4, 14, []), token: undefined });
    assert.equal(seen.subscription.get().status, "live");
    assert.deepEqual((await comeBack()).since, { v: 14, bound: null, token: "t14", from: 14 });
});

test("a group as of 0, to which nobody refers yet, does not put the position back", async () => {
    const at = setUp();
    at.client.todos.list.subscribe({ list: "L" });
    await settle();
    const groups = [{ node: 0, v: 10, rows: [todo("A")], epoch: 1, bound: null }, { node: 1, v: 0, rows: [] }];
    await at.server.say({ t: "snap", id: at.server.last("sub").id, view: 1, v: 10, token: "t10", groups });
    at.server.drop();
    await at.clock.pass(500);
    assert.deepEqual(at.server.last("sub").since, { v: 10, bound: null, token: "t10", from: 10 });
});

test("a window may run short on every connection, also where epochs are counted anew", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("B")], bound: ["B", "B"], input: { list: "L", first: 2 } });
    assert.equal(at.server.got("more").length, 1);
    at.server.drop();
    await at.clock.pass(500);
    await at.server.say({ t: "same", id: at.server.last("sub").id, view: 2, v: 10, groups: [{ node: 0, epoch: 1, bound: ["B", "B"] }] });
    assert.equal(at.server.got("more").length, 1);
    await at.server.say({ t: "bound", view: 2, v: 10, node: 0, epoch: 2, bound: null }, patch(2, 10, [["+", todo("A")]]), commit(10));
    assert.equal(ids(seen.data.at(-1)), "BA");
});

test("a snapshot of several versions is gone on from at the lowest, and one that changes nothing tells nobody", async () => {
    const at = setUp();
    const watch = at.client.todos.list.watch({ list: "L" });
    watch.subscribe(() => {});
    await settle();
    const say = async () => {
        const { id } = at.server.last("sub");
        await at.server.say({ ...snap(id, 1, 12, [todo("A")]), part: "more" }, snap(id, 1, 10, [todo("B")]));
    };
    await say();
    const { data } = watch.get();
    at.server.drop();
    await at.clock.pass(500);
    assert.equal(at.server.last("sub").since.v, 10);
    await say();
    assert.equal(watch.get().data, data);
});

test("what was missed follows `same`, in order: what came before it for another subscription is younger", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A", "old")] });
    at.server.drop();
    await at.clock.pass(500);
    await at.server.say(
        patch(9, 12, [["~", ["A"], { done: true }]]), commit(12), { t: "same", id: at.server.last("sub").id, view: 9, v: 10, groups: [] },
        patch(9, 11, [["~", ["A"], { text: "new" }]]), patch(9, 12, [["~", ["A"], { done: true }]]), commit(12),
    );
    assert.deepEqual(seen.data.at(-1).map(({ text, done }) => [text, done]), [["new", true]]);
});

test("epochs begin anew with `same`, and a bound of an older epoch says nothing any more", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("B")], bound: null, input: { list: "L", first: 2 } });
    await at.server.say({ t: "bound", view: 1, v: 10, node: 0, epoch: 7, bound: ["B", "B"] }, commit(10));
    assert.equal(at.server.last("more").epoch, 7);
    at.server.drop();
    await at.clock.pass(500);
    const bound = (epoch, at_) => ({ t: "bound", view: 2, v: 10, node: 0, epoch, bound: at_ });
    await at.server.say({ t: "same", id: at.server.last("sub").id, view: 2, v: 10, groups: [{ node: 0, epoch: 1, bound: ["B", "B"] }] });
    assert.equal(at.server.last("more").epoch, 1);
    await at.server.say(bound(2, null), patch(2, 10, [["+", todo("A")]]), commit(10), bound(1, ["B", "B"]), commit(10));
    assert.equal(ids(seen.data.at(-1)), "BA");
});

test("who leaves while rows are on their way comes back with the bound before", async () => {
    const at = setUp();
    await watchList(at, { rows: [todo("C")], bound: ["C", "C"], input: { list: "L", first: 2 } });
    await at.server.say({ t: "bound", view: 1, v: 10, node: 0, epoch: 2, bound: null, open: true }, commit(10));
    at.server.drop();
    await at.clock.pass(500);
    assert.deepEqual(at.server.last("sub").since.bound, ["C", "C"]);
});

test("a snapshot instead: what it does not have is gone, what stayed alike keeps its identity", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A"), todo("B"), todo("C")], v: 90 });
    at.server.drop();
    await at.clock.pass(500);
    // The store was put back to an earlier state: versions start again.
    await at.server.say(snap(at.server.last("sub").id, 9, 3, [todo("A"), todo("B", "new")]));
    const [before, after] = [seen.data.at(-2), seen.data.at(-1)];
    assert.equal(ids(after), "BA");
    assert.equal(after[1], before[2]);
    await at.server.say(patch(9, 4, [["+", todo("C")]]), commit(4));
    assert.equal(ids(seen.data.at(-1)), "CBA");
});

// ---- somebody else ----

/** What a listener was shown from now on: status and ids. */
function shownOf(watch) {
    const shown = [];
    watch.subscribe(({ status: now, data }) => shown.push(data === undefined ? now : `${now} ${ids(data)}`));
    return shown;
}

test("renew() forgets what is held: nothing of it is shown or gone on with", async () => {
    let user = "one";
    const at = setUp({ token: () => user });
    await watchList(at, { rows: [todo("A")] });
    const shown = shownOf(at.client.todos.list.watch({ list: "L" }));
    user = "two";
    at.client.$connection.renew();
    assert.deepEqual(shown, ["loading"], "at once");
    await at.clock.pass(500);
    assert.equal(at.server.last("hello").token, "two");
    const { id, since } = at.server.last("sub");
    assert.equal(since, undefined);
    await at.server.say(patch(1, 11, [["+", todo("B")]]), commit(11));
    assert.deepEqual(shown, ["loading"]);
    await at.server.say(snap(id, 2, 12, [todo("C")]));
    assert.deepEqual(shown, ["loading", "live C"]);
});

test("renew() while there is no connection forgets too, and what waits for its token asks for another one", async () => {
    let user = "one";
    let isSlow = false;
    const waiting = [];
    const at = setUp({ token: () => (isSlow ? new Promise((resolve) => waiting.push(resolve)) : user) });
    await watchList(at, { rows: [todo("A")] });
    const shown = shownOf(at.client.todos.list.watch({ list: "L" }));
    isSlow = true;
    at.server.drop();
    await at.clock.pass(500);
    assert.equal(status(at), "connecting");
    [user, isSlow] = ["two", false];
    at.client.$connection.renew();
    assert.deepEqual(shown, ["stale A", "loading"]);
    waiting.forEach((resolve) => resolve("one"));
    await settle();
    assert.equal(at.server.last("hello").token, "two");
    assert.equal(at.server.sockets.length, 2);
    assert.equal(at.server.last("sub").since, undefined);
});

test("a connection for another caller forgets what is held, one for an equal caller does not", async () => {
    let caller = { userId: "U" };
    const at = setUp({ caller: () => caller });
    await watchList(at, { rows: [todo("A")] });
    const shown = shownOf(at.client.todos.list.watch({ list: "L" }));
    caller = { userId: "U" };
    at.server.drop();
    await at.clock.pass(30_000);
    assert.equal(at.server.last("sub").since.token, "t10");
    assert.deepEqual(shown, ["stale A"]);
    caller = { userId: "V" };
    at.server.drop();
    await at.clock.pass(30_000);
    assert.deepEqual(at.server.last("hello").caller, { userId: "V" });
    assert.equal(at.server.last("sub").since, undefined);
    assert.deepEqual(shown, ["stale A", "loading"]);
    await at.server.say(snap(at.server.last("sub").id, 2, 12, [todo("C")]));
    assert.deepEqual(shown.slice(2), ["live C"]);
});

// ---- sharing ----

test("one subscription for all who watch the same, whatever the order of members and with or without defaults", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    const other = [];
    const second = at.client.todos.list.subscribe({ first: 50, show: "open", list: "L" }, { onData: (data) => other.push(data) });
    await settle();
    assert.equal(at.server.got("sub").length, 1);
    assert.equal(other[0], seen.data[0]);
    seen.subscription.unsubscribe();
    await at.clock.pass(1_000);
    assert.equal(at.server.got("unsub").length, 0);
    second.unsubscribe();
    second.unsubscribe();
    await at.clock.pass(99);
    assert.equal(at.server.got("unsub").length, 0, "it lingers");
    await at.clock.pass(1);
    assert.deepEqual(at.server.got("unsub"), [{ t: "unsub", id: seen.id }]);
    await at.server.say(patch(1, 11, [["+", todo("B")]]), commit(11));
    assert.equal(other.length, 1);
});

test("the same listener given twice is called twice, and stops when both stop", async () => {
    const at = setUp();
    const watch = at.client.todos.list.watch({ list: "L" });
    let count = 0;
    const listener = () => count++;
    const stops = [watch.subscribe(listener), watch.subscribe(listener)];
    await settle();
    await at.server.say(snap(at.server.last("sub").id, 1, 10, []));
    assert.equal(count, 2);
    stops[0]();
    await at.clock.pass(200);
    assert.equal(at.server.got("unsub").length, 0);
    await at.server.say(patch(1, 11, [["+", todo("A")]]), commit(11));
    assert.equal(count, 3);
});

test("who comes back while it lingers finds everything", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    seen.subscription.unsubscribe();
    await at.clock.pass(50);
    const data = [];
    at.client.todos.list.subscribe({ list: "L" }, { onData: (rows) => data.push(rows) });
    await at.clock.pass(500);
    assert.equal(ids(data[0]), "A");
    assert.equal(at.server.got("sub").length, 1);
    assert.equal(at.server.got("unsub").length, 0);
});

// ---- errors ----

test("an error ends a subscription; what may not be seen any more is not shown", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say({ t: "error", id: seen.id, code: "DENIED", message: "you left the list" });
    assert.equal(seen.errors[0].code, "DENIED");
    assert.deepEqual([seen.subscription.get().status, seen.subscription.get().data], ["error", undefined]);
    await at.server.say(patch(1, 11, [["+", todo("B")]]), commit(11));
    assert.equal(seen.data.length, 1);
    seen.subscription.retry();
    await settle();
    await at.server.say(snap(at.server.last("sub").id, 2, 12, [todo("B")]));
    assert.equal(ids(seen.data.at(-1)), "B");
});

test("a subscription that is suspended shows nothing, stays, and goes on with a snapshot", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")], view: 1 });
    const other = await watchList(at, { rows: [todo("A")], view: 2, query: at.client.todos.all });
    await at.server.say({ t: "error", id: seen.id, code: "DENIED", message: "you left the list", suspended: true });
    assert.deepEqual([seen.errors[0].code, seen.subscription.get().data], ["DENIED", undefined]);
    for (let v = 11; v < 3_000; v++) await at.server.say(patch(2, v, [["~", ["A"], { text: String(v) }]]), commit(v));
    assert.equal(other.data.at(-1)[0].text, "2999");
    await at.server.say(patch(1, 3_001, [["+", todo("C")]]), commit(3_001), snap(seen.id, 1, 3_000, [todo("B")]));
    assert.equal(ids(seen.data.at(-1)), "CB");
    assert.equal(seen.subscription.get().status, "live");
    assert.equal(at.server.got("sub").length, 2, "nothing was asked for again");
});

test("who was told of an error is told of what comes after, even if it is what was shown before", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [], view: 1 });
    const { length } = seen.data;
    await at.server.say({ t: "error", id: seen.id, code: "DENIED", message: "not now", suspended: true });
    await at.server.say(snap(seen.id, 1, 11, []));
    assert.deepEqual([seen.errors.length, seen.data.length, seen.data.at(-1).length], [1, length + 1, 0]);
});

test("an error that may pass is tried again", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    await at.server.say({ t: "error", id: seen.id, code: "THROTTLED", message: "slow down", retry: true });
    assert.equal(seen.errors.length, 0);
    assert.equal(at.server.got("sub").length, 1);
    await at.clock.pass(500);
    assert.equal(at.server.got("sub").length, 2);
});

test("a listener that throws keeps nobody else from the news", async (context) => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A")] });
    at.client.todos.list.watch({ list: "L" }).subscribe(() => {
        throw new Error("mine");
    });
    const other = [];
    at.client.todos.list.subscribe({ list: "L" }, { onData: (data) => other.push(data) });
    const uncaught = [];
    const { queueMicrotask } = globalThis;
    context.after(() => (globalThis.queueMicrotask = queueMicrotask));
    globalThis.queueMicrotask = (run) => queueMicrotask(() => {
        try {
            run();
        } catch (error) {
            uncaught.push(error.message);
        }
    });
    await at.server.say(patch(1, 11, [["+", todo("B")]]), commit(11));
    assert.equal(ids(other.at(-1)), "BA");
    assert.equal(ids(seen.data.at(-1)), "BA");
    assert.deepEqual(uncaught, ["mine"]);
});

test("for await: the latest again and again, until the loop ends or an error", async () => {
    const at = setUp();
    const got = [];
    const loop = (async () => {
        for await (const rows of at.client.todos.list.watch({ list: "L" })) {
            got.push(ids(rows));
            if (got.length === 2) break;
        }
    })();
    await settle();
    const { id } = at.server.last("sub");
    await at.server.say(snap(id, 1, 10, [todo("A")]));
    await at.server.say(patch(1, 11, [["+", todo("B")]]), commit(11));
    await loop;
    assert.deepEqual(got, ["A", "BA"]);
    await at.clock.pass(100);
    assert.deepEqual(at.server.got("unsub"), [{ t: "unsub", id }]);
});

test("a closed client says nothing any more", async () => {
    const at = setUp();
    await watchList(at, { rows: [todo("A")] });
    at.client.$close();
    await at.clock.pass(100_000);
    assert.equal(at.server.sockets.length, 1);
    assert.equal(at.clock.timers.size, 0);
    await assert.rejects(at.client.todos.search.query({}), { code: "CLOSED" });
});

test("who watches a client that is closed is told, and loops end", async () => {
    const at = setUp();
    const loop = (async () => {
        for await (const rows of at.client.todos.list.watch({ list: "L" })) assert.equal(ids(rows), "A");
        return "ended";
    })();
    const seen = await watchList(at, { rows: [todo("A")] });
    at.client.$close();
    assert.equal(await loop, "ended");
    assert.deepEqual([seen.errors.map(({ code }) => code), seen.states.at(-1)], [["CLOSED"], "error"]);
    const late = [];
    at.client.todos.all.subscribe({ list: "L" }, { onError: ({ code }) => late.push(code) });
    await settle();
    assert.deepEqual(late, ["CLOSED"]);
});

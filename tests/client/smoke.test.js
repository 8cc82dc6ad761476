import test from "node:test";
import assert from "node:assert/strict";
import { commit, ids, patch, setUp, todo, watchList } from "./support.js";

test("smoke", async () => {
    const at = setUp();
    const seen = await watchList(at, { rows: [todo("A"), todo("C")] });
    assert.equal(ids(seen.data.at(-1)), "CA");
    await at.server.say(patch(1, 11, [["+", todo("B")]]));
    assert.equal(seen.data.length, 1);
    await at.server.say(commit(11));
    assert.equal(ids(seen.data.at(-1)), "CBA");
    console.log(JSON.stringify(seen.patches));
    const p = at.client.todos.add.mutate({ list: "L", text: "Milk" });
    assert.equal(seen.data.at(-1).length, 4);
    await new Promise(setImmediate);
    const call = at.server.last("call");
    await at.server.say({ t: "error", id: call.id, code: "DENIED", message: "no" });
    await assert.rejects(p, { code: "DENIED" });
    assert.equal(ids(seen.data.at(-1)), "CBA");
    at.client.$close();
});

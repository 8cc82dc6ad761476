// SPDX-License-Identifier: Apache-2.0
// PartiQL: ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    BatchExecuteStatementCommand, DuplicateItemException, ExecuteStatementCommand, ExecuteTransactionCommand, GetItemCommand,
    TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import { N, S, fails, makeTable, start } from "./support.js";

const { client } = await start();
const TableName = "music";
await makeTable(client, TableName, "artist song", {
    GlobalSecondaryIndexes: [{
        IndexName: "by-genre", KeySchema: [{ AttributeName: "genre", KeyType: "HASH" }, { AttributeName: "song", KeyType: "RANGE" }],
        Projection: { ProjectionType: "ALL" },
    }],
});

const run = (Statement, Parameters, more = {}) => client.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }));
const batch = (...Statements) => client.send(new BatchExecuteStatementCommand({ Statements: Statements.map(of) }));
const transact = (statements, more = {}) => client.send(new ExecuteTransactionCommand({ TransactStatements: statements.map(of), ...more }));
const of = (statement) => typeof statement === "string" ? { Statement: statement } : statement;
const item = async (artist, song) => (await client.send(new GetItemCommand({ TableName, Key: { artist: S(artist), song: S(song) } }))).Item;

test("items are inserted once, changed, and deleted", async () => {
    await run("INSERT INTO music VALUE {'artist': 'Acme', 'song': 'Day', 'plays': 1, 'tags': <<'a', 'b'>>, 'info': {'label': 'x', 'years': [1999, ?]}}", [N(2001)]);
    await run("INSERT INTO music VALUE ?", [{ M: { artist: S("Acme"), song: S("Night") } }]);
    const error = await fails(run("INSERT INTO music VALUE {'artist': 'Acme', 'song': 'Day'}"), "DuplicateItemException");
    assert.ok(error instanceof DuplicateItemException);
    assert.equal(error.message, "Duplicate primary key exists in table");
    const updated = await run("UPDATE music SET plays = plays + ?, tags = set_add(tags, <<'c'>>) REMOVE info.years[0] WHERE artist = 'Acme' AND song = 'Day' RETURNING ALL NEW *", [N(2)]);
    assert.deepEqual(updated.Items, [{
        artist: S("Acme"), song: S("Day"), plays: N(3), tags: { SS: ["a", "b", "c"] }, info: { M: { label: S("x"), years: { L: [N(2001)] } } },
    }]);
    await fails(run("UPDATE music SET plays = 0 WHERE artist = 'Acme' AND song = 'None'"), "ConditionalCheckFailedException");
    await fails(run("UPDATE music SET plays = 0 WHERE artist = 'Acme'"), "ValidationException",
        /Where clause does not contain a mandatory equality on all key attributes/);
    const failed = await fails(run("DELETE FROM music WHERE artist = 'Acme' AND song = 'Day' AND plays > 9", undefined,
        { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }), "ConditionalCheckFailedException");
    assert.deepEqual(failed.Item.plays, N(3));
    const deleted = await run("DELETE FROM music WHERE artist = 'Acme' AND song = 'Day' AND plays = 3 RETURNING ALL OLD *");
    assert.equal(deleted.Items[0].plays.N, "3");
    assert.deepEqual((await run("DELETE FROM music WHERE artist = 'Acme' AND song = 'Day'")).Items, []);
    assert.equal(await item("Acme", "Day"), undefined);
});

test("selects go by key, by index and by anything", async () => {
    for (let i = 0; i < 30; i++) {
        await run("INSERT INTO \"music\" VALUE {'artist': ?, 'song': ?, 'genre': ?, 'n': ?}",
            [S(`a${i % 3}`), S(`s${String(i).padStart(2, "0")}`), S(i % 2 ? "jazz" : "rock"), N(i)]);
    }
    const songs = async (...words) => (await run(...words)).Items.map((found) => found.song.S);
    assert.deepEqual(await songs("SELECT * FROM music WHERE artist = ? AND song BETWEEN 's03' AND 's09' ORDER BY song DESC", [S("a0")]), ["s09", "s06", "s03"]);
    assert.deepEqual(await songs("SELECT song FROM music WHERE artist IN ['a2', 'a1'] AND begins_with(song, 's0') AND n < 5"), ["s02", "s01", "s04"]);
    assert.deepEqual((await songs("SELECT song FROM music WHERE n IN (4, 7) OR song = 's29'")).sort(), ["s04", "s07", "s29"]);
    assert.deepEqual(await songs("SELECT song FROM music.\"by-genre\" WHERE genre = 'jazz' AND song >= 's25'"), ["s25", "s27", "s29"]);
    const capacity = await run("SELECT n FROM music WHERE artist = 'a1'", undefined, { ReturnConsumedCapacity: "TOTAL", ConsistentRead: true });
    assert.deepEqual(capacity.ConsumedCapacity, { TableName, CapacityUnits: 1 });
});

test("pages go on where they ended", async () => {
    const all = [];
    let NextToken;
    do {
        const page = await run("SELECT song FROM music WHERE artist IN ['a0', 'a1', 'a2']", undefined, { Limit: 4, NextToken });
        assert.ok(page.Items.length <= 4);
        all.push(...page.Items.map((found) => found.song.S));
        NextToken = page.NextToken;
    } while (NextToken);
    assert.equal(all.length, 30);
    assert.equal(new Set(all).size, 30);
    const page = await run("SELECT song FROM music WHERE artist = 'a0'", undefined, { Limit: 4 });
    await fails(run("SELECT song FROM music WHERE artist = 'a1'", undefined, { NextToken: page.NextToken }), "ValidationException");
});

test("statements of a batch fail alone", async () => {
    const { Responses } = await batch("SELECT n FROM music WHERE artist = 'a0' AND song = 's00'", "SELECT * FROM music WHERE artist = 'a0'",
        "SELECT * FROM nothing WHERE a = 1", "SELECT", { Statement: "SELECT song FROM music WHERE artist = ? AND song = ?", Parameters: [S("a1"), S("none")] });
    assert.deepEqual(Responses.map(({ Error }) => Error?.Code), [undefined, "ValidationError", "ResourceNotFound", "ValidationError", undefined]);
    assert.deepEqual(Responses[0].Item, { n: N(0) });
    assert.equal(Responses[4].Item, undefined);
    const writes = await batch("INSERT INTO music VALUE {'artist': 'a0', 'song': 's00'}", "UPDATE music SET n = 100 WHERE artist = 'a0' AND song = 's00' RETURNING MODIFIED NEW *",
        "UPDATE music SET n = 100 WHERE artist = 'nobody' AND song = 's00'");
    assert.deepEqual(writes.Responses.map(({ Error }) => Error?.Code), ["DuplicateItem", undefined, "ConditionalCheckFailed"]);
    assert.deepEqual(writes.Responses[1].Item, { n: N(100) });
});

test("transactions do all or nothing", async () => {
    const { Responses } = await transact(["SELECT n FROM music WHERE artist = 'a1' AND song = 's01'", "SELECT n FROM music WHERE artist = 'a1' AND song = 'none'"]);
    assert.deepEqual(Responses.map(({ Item }) => Item), [{ n: N(1) }, undefined]);
    const writes = ["INSERT INTO music VALUE {'artist': 'new', 'song': 'x'}", "UPDATE music SET n = n + 1 WHERE artist = 'a1' AND song = 's01'",
        "EXISTS(SELECT * FROM music WHERE artist = 'a1' AND song = 's04' AND n = 4)"];
    for (let i = 0; i < 3; i++) await transact(writes, { ClientRequestToken: "once" });
    assert.deepEqual((await item("a1", "s01")).n, N(2));
    const error = await fails(transact(writes), "TransactionCanceledException");
    assert.ok(error instanceof TransactionCanceledException);
    assert.deepEqual(error.CancellationReasons.map(({ Code }) => Code), ["DuplicateItem", "None", "None"]);
    assert.deepEqual((await item("a1", "s01")).n, N(2));
    await fails(transact(["SELECT * FROM music WHERE artist = 'a1' AND song = 's01'", writes[1]]), "ValidationException");
});

test("faults have the service's words", async () => {
    await fails(run("SLECT * FROM music"), "ValidationException", /^Statement wasn't well formed, can't be processed: Expected data manipulation$/);
    await fails(run("SELECT * FROM music WHERE artist = ?"), "ValidationException", /^Number of parameters in request and statement don't match\.$/);
    await fails(run("SELECT * FROM nothing"), "ResourceNotFoundException", /^Requested resource not found$/);
});

// SPDX-License-Identifier: Apache-2.0
// TransactWriteItems and TransactGetItems.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    GetItemCommand, IdempotentParameterMismatchException, PutItemCommand, TransactGetItemsCommand, TransactWriteItemsCommand,
    TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import { N, S, fails, makeTable, start } from "./support.js";

const { client } = await start();
const TableName = "accounts";
await makeTable(client, TableName, "id");

const balance = async (id) => (await client.send(new GetItemCommand({ TableName, Key: { id: S(id) } }))).Item?.n?.N;
const add = (id, n, more = {}) => ({ Update: {
    TableName, Key: { id: S(id) }, UpdateExpression: "SET n = n + :n", ConditionExpression: "n >= :least",
    ExpressionAttributeValues: { ":n": N(n), ":least": N(-n) }, ...more,
} });
const write = (TransactItems, ClientRequestToken) => client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));

test("all or nothing, with reasons", async () => {
    await write([{ Put: { TableName, Item: { id: S("a"), n: N(10) } } }, { Put: { TableName, Item: { id: S("b"), n: N(0) } } }]);
    await write([add("a", -4), add("b", 4)]);
    assert.deepEqual([await balance("a"), await balance("b")], ["6", "4"]);
    const error = await fails(write([add("b", 7), add("a", -7, { ReturnValuesOnConditionCheckFailure: "ALL_OLD" })]), "TransactionCanceledException");
    assert.ok(error instanceof TransactionCanceledException);
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
    assert.deepEqual(error.CancellationReasons[1].Item, { id: S("a"), n: N(6) });
    assert.match(error.message, /\[None, ConditionalCheckFailed\]/);
    assert.deepEqual([await balance("a"), await balance("b")], ["6", "4"]);
});

test("checks and deletes take part", async () => {
    await client.send(new PutItemCommand({ TableName, Item: { id: S("gone"), n: N(1) } }));
    const check = (id) => ({ ConditionCheck: { TableName, Key: { id: S(id) }, ConditionExpression: "attribute_exists(id)" } });
    await fails(write([check("nobody"), { Delete: { TableName, Key: { id: S("gone") } } }]), "TransactionCanceledException");
    assert.equal(await balance("gone"), "1");
    await write([check("a"), { Delete: { TableName, Key: { id: S("gone") } } }]);
    assert.equal(await balance("gone"), undefined);
    await fails(write([check("a"), { Delete: { TableName, Key: { id: S("a") } } }]), "ValidationException", /Transaction request cannot include multiple operations on one item/);
});

test("a token makes it happen once", async () => {
    await client.send(new PutItemCommand({ TableName, Item: { id: S("once"), n: N(1) } }));
    for (let i = 0; i < 3; i++) await write([add("once", 1)], "token-1");
    assert.equal(await balance("once"), "2");
    const error = await fails(write([add("once", 5)], "token-1"), "IdempotentParameterMismatchException");
    assert.ok(error instanceof IdempotentParameterMismatchException);
});

test("reads see one moment", async () => {
    const answer = await client.send(new TransactGetItemsCommand({ TransactItems: ["a", "nobody", "b"].map((id) => ({ Get: { TableName, Key: { id: S(id) }, ProjectionExpression: "n" } })) }));
    assert.deepEqual(answer.Responses, [{ Item: { n: N(6) } }, {}, { Item: { n: N(4) } }]);
});

test("concurrent transfers keep the sum", async () => {
    await write([{ Put: { TableName, Item: { id: S("x"), n: N(1000) } } }, { Put: { TableName, Item: { id: S("y"), n: N(1000) } } }]);
    await Promise.all(Array.from({ length: 60 }, (_, i) => write(i % 2 ? [add("x", -1), add("y", 1)] : [add("y", -2), add("x", 2)])));
    assert.deepEqual([await balance("x"), await balance("y")], ["1030", "970"]);
});

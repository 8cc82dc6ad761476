// SPDX-License-Identifier: Apache-2.0
// Items, one by one and in batches.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    BatchGetItemCommand, BatchWriteItemCommand, ConditionalCheckFailedException, DeleteItemCommand, GetItemCommand,
    PutItemCommand, ResourceNotFoundException, UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { N, S, fails, makeTable, start } from "./support.js";

const { client } = await start();
const TableName = "items";
await makeTable(client, TableName, "id");

test("every type comes back as it was put", async () => {
    const Item = {
        id: S("types"), text: S(""), number: N("-12345678901234567890.123456789012345678"), yes: { BOOL: true },
        nothing: { NULL: true }, bytes: { B: new Uint8Array([0, 255, 1]) }, list: { L: [N(1), S("ü"), { L: [] }] },
        map: { M: { a: { M: {} }, "b.c": N("1e10") } }, texts: { SS: ["b", "a"] }, numbers: { NS: ["1", "2.5"] },
        blobs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
    };
    await client.send(new PutItemCommand({ TableName, Item }));
    const got = (await client.send(new GetItemCommand({ TableName, Key: { id: S("types") }, ConsistentRead: true }))).Item;
    assert.equal(got.map.M["b.c"].N, "10000000000");
    got.map.M["b.c"].N = "1e10";
    assert.deepEqual(new Set(got.texts.SS), new Set(["a", "b"]));
    assert.deepEqual(new Set(got.numbers.NS), new Set(["1", "2.5"]));
    for (const name of ["texts", "numbers", "blobs"]) delete got[name], delete Item[name];
    assert.deepEqual(got, Item);
});

test("projections show what they name", async () => {
    await client.send(new PutItemCommand({ TableName, Item: { id: S("p"), a: N(1), m: { M: { x: N(2), y: N(3) } }, l: { L: [N(4), N(5)] } } }));
    const answer = await client.send(new GetItemCommand({
        TableName, Key: { id: S("p") }, ProjectionExpression: "#m.x, l[1]", ExpressionAttributeNames: { "#m": "m" },
        ReturnConsumedCapacity: "TOTAL",
    }));
    assert.deepEqual(answer.Item, { m: { M: { x: N(2) } }, l: { L: [N(5)] } });
    assert.deepEqual(answer.ConsumedCapacity, { TableName, CapacityUnits: 0.5 });
    assert.equal((await client.send(new GetItemCommand({ TableName, Key: { id: S("nobody") } }))).Item, undefined);
});

test("conditions decide, and failures show the item on request", async () => {
    const put = (number, more = {}) => client.send(new PutItemCommand({
        TableName, Item: { id: S("c"), n: N(number) }, ConditionExpression: "attribute_not_exists(id) OR n < :n",
        ExpressionAttributeValues: { ":n": N(number) }, ...more,
    }));
    await put(1);
    assert.deepEqual((await put(2, { ReturnValues: "ALL_OLD" })).Attributes, { id: S("c"), n: N(1) });
    const error = await fails(put(2, { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }), "ConditionalCheckFailedException");
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.message, "The conditional request failed");
    assert.deepEqual(error.Item, { id: S("c"), n: N(2) });
    await fails(client.send(new DeleteItemCommand({ TableName, Key: { id: S("c") }, ConditionExpression: "n = :n", ExpressionAttributeValues: { ":n": N(1) } })), "ConditionalCheckFailedException");
    assert.deepEqual((await client.send(new DeleteItemCommand({ TableName, Key: { id: S("c") }, ReturnValues: "ALL_OLD" }))).Attributes.n, N(2));
});

test("updates change what they name", async () => {
    const update = (UpdateExpression, values, ReturnValues = "ALL_NEW") => client.send(new UpdateItemCommand({
        TableName, Key: { id: S("u") }, UpdateExpression, ReturnValues,
        ExpressionAttributeValues: values,
    }));
    assert.deepEqual((await update("SET n = if_not_exists(n, :zero) + :one", { ":zero": N(0), ":one": N(1) })).Attributes, { id: S("u"), n: N(1) });
    assert.deepEqual((await update("SET l = :l ADD n :two, s :s", { ":l": { L: [N(1)] }, ":two": N(2), ":s": { SS: ["x", "y"] } }, "UPDATED_NEW")).Attributes.n, N(3));
    assert.deepEqual((await update("SET l = list_append(l, :l) DELETE s :s", { ":l": { L: [N(2)] }, ":s": { SS: ["x"] } }, "UPDATED_OLD")).Attributes.l, { L: [N(1)] });
    assert.deepEqual((await update("REMOVE n, l[0]", undefined)).Attributes, { id: S("u"), l: { L: [N(2)] }, s: { SS: ["y"] } });
    await fails(update("SET a.b = :one", { ":one": N(1) }), "ValidationException", /document path provided in the update expression is invalid/);
    await fails(update("SET id = :one", { ":one": N(1) }), "ValidationException", /part of the key/);
});

test("errors have their classes", async () => {
    const error = await fails(client.send(new GetItemCommand({ TableName: "nowhere", Key: { id: S("1") } })), "ResourceNotFoundException");
    assert.ok(error instanceof ResourceNotFoundException);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.equal(error.$metadata.requestId.length, 52);
    await fails(client.send(new GetItemCommand({ TableName, Key: { other: S("1") } })), "ValidationException", /provided key element does not match the schema/);
    await fails(client.send(new PutItemCommand({ TableName, Item: { id: S("big"), x: S("x".repeat(410000)) } })), "ValidationException", /Item size has exceeded the maximum allowed size/);
});

test("batches write and read", async () => {
    const puts = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: { id: S(`b${i}`), n: N(i) } } }));
    assert.deepEqual((await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }))).UnprocessedItems, {});
    const Keys = Array.from({ length: 30 }, (_, i) => ({ id: S(`b${i}`) }));
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ProjectionExpression: "n" } } }));
    assert.deepEqual(answer.Responses[TableName].map((item) => Number(item.n.N)).sort((a, b) => a - b), Array.from({ length: 25 }, (_, i) => i));
    assert.deepEqual(answer.UnprocessedKeys, {});
    await fails(client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [...puts, puts[0]] } })), "ValidationException");
    await fails(client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Keys[0], Keys[0]] } } })), "ValidationException", /Provided list of item keys contains duplicates/);
});

test("large batches come in parts", async () => {
    const text = "x".repeat(390000);
    for (let i = 0; i < 50; i += 5) {
        const puts = Array.from({ length: 5 }, (_, k) => ({ PutRequest: { Item: { id: S(`l${i + k}`), text: S(text) } } }));
        await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
    }
    let wanted = { [TableName]: { Keys: Array.from({ length: 50 }, (_, i) => ({ id: S(`l${i}`) })) } };
    const got = new Set();
    let n_parts = 0;
    while (Object.keys(wanted).length > 0) {
        const answer = await client.send(new BatchGetItemCommand({ RequestItems: wanted }));
        for (const item of answer.Responses[TableName]) got.add(item.id.S);
        wanted = answer.UnprocessedKeys;
        n_parts++;
    }
    assert.equal(got.size, 50);
    assert.equal(n_parts, 2, "16 MB at a time");
});

test("the document client works, too", async () => {
    const documents = DynamoDBDocumentClient.from(client);
    const Item = { id: "doc", n: 1.5, list: [1, { a: null }], flags: new Set(["x"]), bytes: new Uint8Array([7]) };
    await documents.send(new PutCommand({ TableName, Item }));
    assert.deepEqual((await documents.send(new GetCommand({ TableName, Key: { id: "doc" } }))).Item, Item);
    const answer = await documents.send(new UpdateCommand({
        TableName, Key: { id: "doc" }, UpdateExpression: "SET n = n + :n", ExpressionAttributeValues: { ":n": 1 }, ReturnValues: "UPDATED_NEW",
    }));
    assert.deepEqual(answer.Attributes, { n: 2.5 });
});

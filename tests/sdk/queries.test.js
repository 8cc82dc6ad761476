// SPDX-License-Identifier: Apache-2.0
// Query and Scan, with pages to the end, indexes and segments.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    BatchWriteItemCommand, DynamoDBClient, PutItemCommand, QueryCommand, ScanCommand, paginateQuery, paginateScan,
} from "@aws-sdk/client-dynamodb";
import { N, S, fails, makeTable, start } from "./support.js";

const { client, options } = await start();
const TableName = "events";
await makeTable(client, TableName, "room at:N", {
    GlobalSecondaryIndexes: [
        { IndexName: "by_kind", KeySchema: [{ AttributeName: "kind", KeyType: "HASH" }, { AttributeName: "who", KeyType: "RANGE" }], Projection: { ProjectionType: "ALL" } },
        { IndexName: "keys", KeySchema: [{ AttributeName: "who", KeyType: "HASH" }], Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
    LocalSecondaryIndexes: [
        { IndexName: "by_who", KeySchema: [{ AttributeName: "room", KeyType: "HASH" }, { AttributeName: "who", KeyType: "RANGE" }], Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["text"] } },
    ],
});
const COUNT = 120;
for (let start = 0; start < COUNT; start += 24) {
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: Array.from({ length: 24 }, (_, k) => {
        const i = start + k;
        return { PutRequest: { Item: { room: S(`r${i % 3}`), at: N(i), kind: S(i % 2 ? "odd" : "even"), who: S(`w${i % 5}`), text: S(`t${i}`) } } };
    }) } }));
}

const all = async (pages) => {
    const items = [];
    let n_pages = 0;
    for await (const page of pages) {
        items.push(...(page.Items ?? []));
        n_pages++;
    }
    return { items, n_pages };
};
const numbers = (items) => items.map((item) => Number(item.at.N));

test("pages end, whatever their length", async () => {
    for (const pageSize of [1, 7, 40, 1000]) {
        const { items } = await all(paginateQuery({ client, pageSize }, {
            TableName, KeyConditionExpression: "room = :r", ExpressionAttributeValues: { ":r": S("r1") },
        }));
        assert.deepEqual(numbers(items), Array.from({ length: 40 }, (_, i) => 3 * i + 1));
    }
    const { items } = await all(paginateScan({ client, pageSize: 11 }, { TableName }));
    assert.deepEqual(new Set(numbers(items)).size, COUNT);
});

test("ranges, directions and filters", async () => {
    const query = async (more, values = {}) => numbers((await client.send(new QueryCommand({
        TableName, KeyConditionExpression: "room = :r", ...more, ExpressionAttributeValues: { ":r": S("r0"), ...values },
    }))).Items);
    assert.deepEqual(await query({ KeyConditionExpression: "room = :r AND #at BETWEEN :a AND :b", ExpressionAttributeNames: { "#at": "at" } }, { ":a": N(9), ":b": N(18.5) }), [9, 12, 15, 18]);
    assert.deepEqual(await query({ ScanIndexForward: false, Limit: 3 }), [117, 114, 111]);
    assert.deepEqual(await query({ FilterExpression: "who = :w AND contains(#t, :n)", ExpressionAttributeNames: { "#t": "text" } }, { ":w": S("w0"), ":n": S("5") }), [15, 45, 75, 105]);
    const counted = await client.send(new QueryCommand({
        TableName, KeyConditionExpression: "room = :r", FilterExpression: "kind = :k", Select: "COUNT",
        ExpressionAttributeValues: { ":r": S("r0"), ":k": S("odd") }, ReturnConsumedCapacity: "INDEXES",
    }));
    assert.deepEqual([counted.Count, counted.ScannedCount, counted.Items], [20, 40, undefined]);
    assert.equal(counted.ConsumedCapacity.Table.CapacityUnits, 0.5);
    await fails(client.send(new QueryCommand({ TableName, KeyConditionExpression: "kind = :k", ExpressionAttributeValues: { ":k": S("odd") } })), "ValidationException", /Query condition missed key schema element: room/);
});

test("indexes give what they project", async () => {
    const query = (IndexName, KeyConditionExpression, values, more = {}) => all(paginateQuery({ client, pageSize: 9 }, {
        TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues: values, ...more,
    }));
    const whole = await query("by_kind", "kind = :k AND who >= :w", { ":k": S("even"), ":w": S("w3") });
    assert.deepEqual(numbers(whole.items).sort((a, b) => a - b), Array.from({ length: COUNT }, (_, i) => i).filter((i) => i % 2 === 0 && i % 5 >= 3));
    assert.deepEqual(Object.keys(whole.items[0]).sort(), ["at", "kind", "room", "text", "who"]);
    const keys = await query("keys", "who = :w", { ":w": S("w2") });
    assert.equal(keys.items.length, COUNT / 5);
    assert.deepEqual(Object.keys(keys.items[0]).sort(), ["at", "room", "who"]);
    const local = await query("by_who", "room = :r AND who = :w", { ":r": S("r0"), ":w": S("w1") });
    assert.deepEqual(numbers(local.items), [6, 21, 36, 51, 66, 81, 96, 111]);
    assert.deepEqual(Object.keys(local.items[0]).sort(), ["at", "room", "text", "who"]);
    const fetched = await query("by_who", "room = :r AND who = :w", { ":r": S("r0"), ":w": S("w1") }, { Select: "ALL_ATTRIBUTES" });
    assert.equal(fetched.items[0].kind.S, "even");
    await fails(client.send(new QueryCommand({ TableName, IndexName: "none", KeyConditionExpression: "who = :w", ExpressionAttributeValues: { ":w": S("w1") } })), "ValidationException", /does not have the specified index: none/);
    await fails(client.send(new QueryCommand({ TableName, IndexName: "keys", KeyConditionExpression: "who = :w", ExpressionAttributeValues: { ":w": S("w1") }, ConsistentRead: true })), "ValidationException", /Consistent reads are not supported on global secondary indexes/);
});

test("segments share a scan", async () => {
    const TotalSegments = 4;
    const parts = await Promise.all(Array.from({ length: TotalSegments }, (_, Segment) => all(paginateScan({ client, pageSize: 5 }, { TableName, Segment, TotalSegments }))));
    const seen = parts.flatMap((part) => numbers(part.items));
    assert.equal(seen.length, COUNT);
    assert.equal(new Set(seen).size, COUNT);
    const index = await all(paginateScan({ client, pageSize: 50 }, { TableName, IndexName: "by_kind", FilterExpression: "kind = :k", ExpressionAttributeValues: { ":k": S("odd") } }));
    assert.equal(index.items.length, COUNT / 2);
});

test("pages end at a megabyte", async () => {
    await makeTable(client, "large", "id n:N");
    for (let i = 0; i < 30; i++) {
        await client.send(new PutItemCommand({ TableName: "large", Item: { id: S("x"), n: N(i), text: S("y".repeat(100000)) } }));
    }
    const { items, n_pages } = await all(paginateQuery({ client }, { TableName: "large", KeyConditionExpression: "id = :x", ExpressionAttributeValues: { ":x": S("x") } }));
    assert.equal(items.length, 30);
    assert.equal(n_pages, 3);
});

test("many clients at once", async () => {
    const others = Array.from({ length: 4 }, () => new DynamoDBClient(options));
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => others[i % 4].send(new ScanCommand({ TableName, Select: "COUNT" }))));
    assert.ok(answers.every((answer) => answer.Count === COUNT));
    for (const other of others) other.destroy();
});

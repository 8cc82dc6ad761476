// SPDX-License-Identifier: Apache-2.0
// Tables: their life, indexes that come later, settings, tags.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    CreateTableCommand, DeleteTableCommand, DescribeEndpointsCommand, DescribeLimitsCommand, DescribeTableCommand,
    DescribeTimeToLiveCommand, ListTagsOfResourceCommand, PutItemCommand, QueryCommand, ResourceInUseException,
    ResourceNotFoundException, ScanCommand, TagResourceCommand, UntagResourceCommand, UpdateTableCommand,
    UpdateTimeToLiveCommand, paginateListTables, waitUntilTableExists, waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { N, S, fails, makeTable, start, until } from "./support.js";

const { client } = await start();
const describe = async (TableName) => (await client.send(new DescribeTableCommand({ TableName }))).Table;

test("a table is made, described and deleted", async () => {
    await makeTable(client, "life", "pk sk:N", { Tags: [{ Key: "team", Value: "one" }] });
    await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName: "life" });
    const table = await describe("life");
    assert.equal(table.TableStatus, "ACTIVE");
    assert.equal(table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
    assert.match(table.TableArn, /^arn:aws:dynamodb:eu-west-1:\d{12}:table\/life$/);
    assert.match(table.TableId, /^[0-9a-f-]{36}$/);
    assert.ok(table.CreationDateTime instanceof Date);
    assert.deepEqual(table.KeySchema, [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }]);
    const error = await fails(makeTable(client, "life", "pk"), "ResourceInUseException");
    assert.ok(error instanceof ResourceInUseException);
    await client.send(new DeleteTableCommand({ TableName: "life" }));
    await waitUntilTableNotExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName: "life" });
    const missing = await fails(describe("life"), "ResourceNotFoundException", /Requested resource not found: Table: life not found/);
    assert.ok(missing instanceof ResourceNotFoundException);
});

test("lists come in pages", async () => {
    for (let i = 0; i < 25; i++) await makeTable(client, `list-${String(i).padStart(2, "0")}`, "id");
    const names = [];
    for await (const page of paginateListTables({ client, pageSize: 7 }, {})) names.push(...page.TableNames);
    assert.deepEqual(names.filter((name) => name.startsWith("list-")), Array.from({ length: 25 }, (_, i) => `list-${String(i).padStart(2, "0")}`));
});

test("an index that comes later finds what was there", async () => {
    await makeTable(client, "later", "id");
    for (let i = 0; i < 50; i++) await client.send(new PutItemCommand({ TableName: "later", Item: { id: S(`i${i}`), kind: S(i % 2 ? "odd" : "even") } }));
    await client.send(new UpdateTableCommand({
        TableName: "later", AttributeDefinitions: [{ AttributeName: "kind", AttributeType: "S" }],
        GlobalSecondaryIndexUpdates: [{ Create: { IndexName: "by_kind", KeySchema: [{ AttributeName: "kind", KeyType: "HASH" }], Projection: { ProjectionType: "KEYS_ONLY" } } }],
    }));
    await until(async () => (await describe("later")).GlobalSecondaryIndexes[0].IndexStatus === "ACTIVE", "the index is filled");
    const odd = await client.send(new QueryCommand({ TableName: "later", IndexName: "by_kind", KeyConditionExpression: "kind = :k", ExpressionAttributeValues: { ":k": S("odd") } }));
    assert.equal(odd.Count, 25);
    await client.send(new UpdateTableCommand({ TableName: "later", GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "by_kind" } }] }));
    await until(async () => (await describe("later")).GlobalSecondaryIndexes === undefined, "the index is gone");
});

test("settings are kept", async () => {
    await makeTable(client, "settings", "id", { DeletionProtectionEnabled: true });
    await fails(client.send(new DeleteTableCommand({ TableName: "settings" })), "ValidationException", /deletion protection/i);
    await client.send(new UpdateTableCommand({
        TableName: "settings", DeletionProtectionEnabled: false, BillingMode: "PROVISIONED",
        ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    }));
    const table = await describe("settings");
    assert.equal(table.DeletionProtectionEnabled, false);
    assert.deepEqual([table.ProvisionedThroughput.ReadCapacityUnits, table.ProvisionedThroughput.WriteCapacityUnits], [3, 4]);
    await client.send(new DeleteTableCommand({ TableName: "settings" }));
});

test("items expire", async () => {
    await makeTable(client, "expiring", "id");
    await client.send(new UpdateTimeToLiveCommand({ TableName: "expiring", TimeToLiveSpecification: { AttributeName: "until", Enabled: true } }));
    assert.deepEqual((await client.send(new DescribeTimeToLiveCommand({ TableName: "expiring" }))).TimeToLiveDescription, { AttributeName: "until", TimeToLiveStatus: "ENABLED" });
    const now = Math.floor(Date.now() / 1000);
    await client.send(new PutItemCommand({ TableName: "expiring", Item: { id: S("old"), until: N(now - 60) } }));
    await client.send(new PutItemCommand({ TableName: "expiring", Item: { id: S("new"), until: N(now + 3600) } }));
    await client.send(new PutItemCommand({ TableName: "expiring", Item: { id: S("text"), until: S("never") } }));
    const left = await until(async () => {
        const items = (await client.send(new ScanCommand({ TableName: "expiring" }))).Items;
        return items.length === 2 && items;
    }, "the old item has expired");
    assert.deepEqual(new Set(left.map((item) => item.id.S)), new Set(["new", "text"]));
});

test("tags come and go", async () => {
    await makeTable(client, "tagged", "id", { Tags: [{ Key: "a", Value: "1" }] });
    const ResourceArn = (await describe("tagged")).TableArn;
    await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "b", Value: "2" }, { Key: "a", Value: "3" }] }));
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["b", "none"] }));
    assert.deepEqual((await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags, [{ Key: "a", Value: "3" }]);
});

test("limits and endpoints are told", async () => {
    const limits = await client.send(new DescribeLimitsCommand({}));
    assert.deepEqual([limits.AccountMaxReadCapacityUnits, limits.TableMaxWriteCapacityUnits], [80000, 40000]);
    const endpoints = await client.send(new DescribeEndpointsCommand({}));
    assert.equal(endpoints.Endpoints.length, 1);
});

test("definitions are checked", async () => {
    await fails(client.send(new CreateTableCommand({ TableName: "x", KeySchema: [], AttributeDefinitions: [] })), "ValidationException", /failed to satisfy constraint/);
    await fails(makeTable(client, "wrong", "id", { KeySchema: [{ AttributeName: "other", KeyType: "HASH" }] }), "ValidationException", /Some index key attributes are not defined in AttributeDefinitions/);
});

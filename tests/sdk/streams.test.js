// SPDX-License-Identifier: Apache-2.0
// Streams: what is written is read, in order, from every kind of position.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
    DeleteItemCommand, DescribeTableCommand, PutItemCommand, TransactWriteItemsCommand, UpdateItemCommand, UpdateTableCommand,
    UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand,
    ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb-streams";
import { N, S, fails, makeTable, start, until } from "./support.js";

const { client, streams } = await start();
const make = async (TableName, StreamViewType) => {
    await makeTable(client, TableName, "id", { StreamSpecification: { StreamEnabled: true, StreamViewType } });
    return (await client.send(new DescribeTableCommand({ TableName }))).Table.LatestStreamArn;
};
const put = (TableName, id, n) => client.send(new PutItemCommand({ TableName, Item: { id: S(id), n: N(n) } }));

/** Every record behind the iterators of all shards of a stream. */
async function records(StreamArn, ShardIteratorType = "TRIM_HORIZON", SequenceNumber = undefined, Limit = undefined) {
    const found = [];
    let ExclusiveStartShardId;
    do {
        const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }));
        for (const { ShardId } of StreamDescription.Shards) {
            let { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }));
            for (let n_empty = 0; ShardIterator !== undefined && n_empty < 2;) {
                const page = await streams.send(new GetRecordsCommand({ ShardIterator, Limit }));
                found.push(...page.Records);
                n_empty = page.Records.length === 0 ? n_empty + 1 : 0;
                ShardIterator = page.NextShardIterator;
            }
        }
        ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
    } while (ExclusiveStartShardId !== undefined);
    return found;
}

test("changes come in order, with both images", async () => {
    const arn = await make("changes", "NEW_AND_OLD_IMAGES");
    await put("changes", "a", 1);
    await put("changes", "a", 2);
    await put("changes", "a", 2);
    await client.send(new UpdateItemCommand({ TableName: "changes", Key: { id: S("a") }, UpdateExpression: "REMOVE n" }));
    await client.send(new DeleteItemCommand({ TableName: "changes", Key: { id: S("a") } }));
    await client.send(new DeleteItemCommand({ TableName: "changes", Key: { id: S("a") } }));
    for (const limit of [undefined, 1]) {
        const found = await records(arn, "TRIM_HORIZON", undefined, limit);
        assert.deepEqual(found.map((record) => [record.eventName, record.dynamodb.OldImage?.n?.N, record.dynamodb.NewImage?.n?.N]),
            [["INSERT", undefined, "1"], ["MODIFY", "1", "2"], ["MODIFY", "2", undefined], ["REMOVE", undefined, undefined]],
            "a write that changes nothing makes no record");
        const sequence = found.map((record) => BigInt(record.dynamodb.SequenceNumber));
        assert.ok(sequence.every((number, i) => i === 0 || number > sequence[i - 1]));
        for (const record of found) {
            assert.deepEqual(record.dynamodb.Keys, { id: S("a") });
            assert.equal(record.eventSource, "aws:dynamodb");
            assert.equal(record.awsRegion, "eu-west-1");
            assert.equal(record.dynamodb.StreamViewType, "NEW_AND_OLD_IMAGES");
            assert.ok(record.dynamodb.SizeBytes > 0);
        }
    }
});

test("every position is a place to begin", async () => {
    const arn = await make("positions", "KEYS_ONLY");
    for (let i = 0; i < 5; i++) await put("positions", `p${i}`, i);
    const found = await records(arn);
    assert.equal(found.length, 5);
    assert.equal(found[0].dynamodb.NewImage, undefined);
    const third = found[2].dynamodb.SequenceNumber;
    const ids = (list) => list.map((record) => record.dynamodb.Keys.id.S);
    assert.deepEqual(ids(await records(arn, "AT_SEQUENCE_NUMBER", third)), ["p2", "p3", "p4"]);
    assert.deepEqual(ids(await records(arn, "AFTER_SEQUENCE_NUMBER", third)), ["p3", "p4"]);
    assert.deepEqual(await records(arn, "LATEST"), []);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    const latest = await streams.send(new GetShardIteratorCommand({ StreamArn: arn, ShardId: StreamDescription.Shards.at(-1).ShardId, ShardIteratorType: "LATEST" }));
    await put("positions", "next", 9);
    assert.deepEqual(ids((await streams.send(new GetRecordsCommand({ ShardIterator: latest.ShardIterator }))).Records), ["next"]);
});

test("transactions and expiry make records, too", async () => {
    const arn = await make("both", "OLD_IMAGE");
    await client.send(new TransactWriteItemsCommand({ TransactItems: ["a", "b"].map((id) => ({ Put: { TableName: "both", Item: { id: S(id), until: N(1) } } })) }));
    await client.send(new UpdateTimeToLiveCommand({ TableName: "both", TimeToLiveSpecification: { AttributeName: "until", Enabled: true } }));
    // Items that expired more than five years ago are left alone, as by the service.
    const long_ago = await records(arn);
    assert.deepEqual(long_ago.map((record) => record.eventName), ["INSERT", "INSERT"]);
    await client.send(new PutItemCommand({ TableName: "both", Item: { id: S("c"), until: N(Math.floor(Date.now() / 1000) - 100) } }));
    const removed = await until(async () => (await records(arn)).find((record) => record.eventName === "REMOVE"), "the item has expired");
    assert.deepEqual(removed.userIdentity, { PrincipalId: "dynamodb.amazonaws.com", Type: "Service" });
    assert.equal(removed.dynamodb.OldImage.id.S, "c");
});

test("streams are listed, ended and refused", async () => {
    const arn = await make("listed", "NEW_IMAGE");
    await put("listed", "a", 1);
    const listed = await streams.send(new ListStreamsCommand({ TableName: "listed" }));
    assert.deepEqual(listed.Streams.map((stream) => stream.StreamArn), [arn]);
    assert.match(arn, /^arn:aws:dynamodb:eu-west-1:\d{12}:table\/listed\/stream\/\d{4}-\d\d-\d\dT[\d:.]+$/);
    await client.send(new UpdateTableCommand({ TableName: "listed", StreamSpecification: { StreamEnabled: false } }));
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    assert.match(StreamDescription.StreamStatus, /DISABL/);
    assert.equal((await records(arn)).length, 1, "what was written before can be read for a day");
    const error = await fails(streams.send(new DescribeStreamCommand({ StreamArn: `${arn.slice(0, -3)}999` })), "ResourceNotFoundException");
    assert.ok(error instanceof ResourceNotFoundException);
    await fails(streams.send(new GetRecordsCommand({ ShardIterator: "nonsense" })), "ValidationException", /Invalid ShardIterator/);
});

// SPDX-License-Identifier: Apache-2.0
// A `dynr local` in memory for each file of tests, and AWS's clients that point at it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";

/** Starts it; it ends with the tests of the file. */
export async function start(...words) {
    const runtime = mkdtempSync(join(tmpdir(), "dynr-sdk-"));
    const child = spawn(process.env.DYNR, ["local", "--memory", "--port", "0", ...words], {
        env: { ...process.env, XDG_RUNTIME_DIR: runtime }, stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise((resolve, reject) => {
        child.stdout.once("data", (data) => resolve(String(data)));
        child.once("exit", (code) => reject(new Error(`dynr local ended with ${code}`)));
    });
    const endpoint = /http:\/\/[^,]+/.exec(line)[0];
    const options = { endpoint, region: "eu-west-1", credentials: { accessKeyId: "KEY", secretAccessKey: "SECRET" } };
    const client = new DynamoDBClient(options);
    const streams = new DynamoDBStreamsClient(options);
    after(async () => {
        client.destroy();
        streams.destroy();
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        const code = await ended;
        rmSync(runtime, { recursive: true, force: true });
        assert.equal(code, 0);
    });
    return { client, streams, options };
}

/** `key`: "pk" or "pk sk"; types behind a colon, S without one. */
export async function makeTable(client, TableName, key, more = {}) {
    const parts = key.split(" ").map((part) => part.split(":"));
    const extra = (more.GlobalSecondaryIndexes ?? []).concat(more.LocalSecondaryIndexes ?? [])
        .flatMap((index) => index.KeySchema.map((element) => element.AttributeName));
    const names = new Set([...parts.map(([name]) => name), ...extra]);
    await client.send(new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: parts.map(([AttributeName], i) => ({ AttributeName, KeyType: i === 0 ? "HASH" : "RANGE" })),
        AttributeDefinitions: [...names].map((AttributeName) => ({
            AttributeName, AttributeType: parts.find(([name]) => name === AttributeName)?.[1] ?? "S",
        })),
        ...more,
    }));
}

/** Rejects with this class of error; gives the error. */
export async function fails(promise, name, text) {
    const error = await promise.then(() => assert.fail(`it did not fail with ${name}`), (problem) => problem);
    assert.equal(error.name, name, error.message);
    assert.equal(error.constructor.name, name === "ValidationException" ? error.constructor.name : name);
    if (text !== undefined) assert.match(error.message, text);
    return error;
}

export const S = (text) => ({ S: text });
export const N = (number) => ({ N: String(number) });

/** Asks until `check` gives something true. */
export async function until(check, what) {
    for (let i = 0; i < 1500; i++) {
        const value = await check();
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return assert.fail(`waited in vain until ${what}`);
}

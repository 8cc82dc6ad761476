// SPDX-License-Identifier: Apache-2.0
// The same items as bench_codec, by the AWS SDK for JavaScript:
//   AWS SDK   what its client does between the text of a GetItem or PutItem and a plain object, with unmarshall and marshall
//   its util  JSON.parse and unmarshall, marshall and JSON.stringify: the least that uses the SDK at all
//
// Usage: node bench_sdk.js FOLDER [MILLISECONDS]
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { DynamoDBClient, GetItemOutput$, PutItemInput$ } = require("@aws-sdk/client-dynamodb");
const { marshall, unmarshall } = require("@aws-sdk/util-dynamodb");

const ROUNDS = 9;

// CPU time of this process, collection of garbage included.
function cpuNanoseconds() {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) * 1000;
}

async function measure(run, isAsync, milliseconds) {
  let runs = 1;
  for (;;) {
    const start = cpuNanoseconds();
    for (let i = 0; i < runs; i++) {
      if (isAsync) {
        await run();
      } else {
        run();
      }
    }
    const elapsed = cpuNanoseconds() - start;
    if (elapsed >= milliseconds * 1e6) {
      return elapsed / runs;
    }
    runs = elapsed < milliseconds * 1e5 ? runs * 8 : Math.ceil((runs * milliseconds * 1.2e6) / elapsed);
  }
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function main(folder, argument) {
  // The clock of the process counts microseconds.
  const milliseconds = Math.max(Number(argument ?? 4), 4);
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  const client = new DynamoDBClient({ region: "us-east-1", credentials });
  const codec = client.config.protocol.getPayloadCodec();
  const deserializer = codec.createDeserializer();
  const serializer = codec.createSerializer();
  for (const item of ["small", "profile", "order", "document"]) {
    const text = fs.readFileSync(path.join(folder, `${item}.json`), "utf8");
    const response = `{"Item":${text}}`;
    const object = unmarshall(JSON.parse(text));
    const read = async () => unmarshall((await deserializer.read(GetItemOutput$, response)).Item);
    const write = () => {
      serializer.write(PutItemInput$, { TableName: "t", Item: marshall(object) });
      return serializer.flush();
    };
    assert.deepStrictEqual(await read(), object);
    assert.deepStrictEqual(JSON.parse(Buffer.from(write()).toString()).Item, JSON.parse(text));
    const cases = [
      { direction: "decode", who: "AWS SDK", run: read, isAsync: true },
      { direction: "encode", who: "AWS SDK", run: write, isAsync: false },
      { direction: "decode", who: "its util", run: () => unmarshall(JSON.parse(text)), isAsync: false },
      { direction: "encode", who: "its util", run: () => JSON.stringify(marshall(object)), isAsync: false },
    ];
    for (const one of cases) {
      // Until the JIT compiler is done with it.
      await measure(one.run, one.isAsync, milliseconds * 10);
      one.figures = [];
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const one of cases) {
        one.figures.push(await measure(one.run, one.isAsync, milliseconds));
      }
    }
    for (const { direction, who, figures } of cases) {
      console.log(JSON.stringify({ item, direction, who, ns: median(figures) }));
    }
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

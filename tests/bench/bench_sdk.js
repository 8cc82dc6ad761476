// SPDX-License-Identifier: Apache-2.0
// The same items as bench_codec, by the AWS SDK for JavaScript: JSON.parse and unmarshall, marshall and JSON.stringify.
// What its client does beside that (validation, middleware) is not counted.
//
// Usage: node bench_sdk.js FOLDER [MILLISECONDS]
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { marshall, unmarshall } = require("@aws-sdk/util-dynamodb");

const ROUNDS = 9;

// CPU time of this process, collection of garbage included, as far as another thread does not do it.
function cpuNanoseconds() {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) * 1000;
}

function measure(run, milliseconds) {
  let runs = 1;
  for (;;) {
    const start = process.hrtime.bigint();
    const startCpu = cpuNanoseconds();
    for (let i = 0; i < runs; i++) {
      run();
    }
    const elapsed = Number(process.hrtime.bigint() - start);
    if (elapsed >= milliseconds * 1e6) {
      return (cpuNanoseconds() - startCpu) / runs;
    }
    runs = elapsed < milliseconds * 1e5 ? runs * 8 : Math.ceil((runs * milliseconds * 1.2e6) / elapsed);
  }
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

const [folder, argument] = process.argv.slice(2);
// The clock of the process counts microseconds.
const milliseconds = Math.max(Number(argument ?? 4), 4);
let sink = 0;

for (const item of ["small", "profile", "order", "document"]) {
  const text = fs.readFileSync(path.join(folder, `${item}.json`), "utf8");
  const object = unmarshall(JSON.parse(text));
  assert.deepStrictEqual(marshall(object), JSON.parse(text));
  const directions = {
    decode: () => {
      sink += unmarshall(JSON.parse(text)) === null ? 1 : 0;
    },
    encode: () => {
      sink += JSON.stringify(marshall(object)).length;
    },
  };
  // Until the compiler is warm.
  const figures = { decode: [], encode: [] };
  for (const [direction, run] of Object.entries(directions)) {
    measure(run, milliseconds * 10);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [direction, run] of Object.entries(directions)) {
      figures[direction].push(measure(run, milliseconds));
    }
  }
  for (const [direction, values] of Object.entries(figures)) {
    console.log(JSON.stringify({ item, direction, who: "AWS SDK", ns: median(values) }));
  }
}
if (sink < 0) {
  console.log(sink);
}

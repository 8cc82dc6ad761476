// SPDX-License-Identifier: Apache-2.0
// dynalite in memory, from the packages in the folder that is given.
"use strict";
const { createRequire } = require("node:module");
const dynalite = createRequire(`${process.argv[2]}/x.js`)("dynalite");
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port},`));

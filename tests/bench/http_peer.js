// SPDX-License-Identifier: Apache-2.0
// dynalite as a peer of `dynr local`: node http_peer.js [FOLDER]. Prints where it listens.
"use strict";
const dynalite = require("dynalite");
const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
if (process.argv[2] !== undefined) options.path = process.argv[2];
const server = dynalite(options);
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port},`));

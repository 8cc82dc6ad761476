// SPDX-License-Identifier: Apache-2.0
// Evaluates `accepts` functions of generated clients: one line of JSON per schema on standard input, {module, cases}, one line of
// answers on standard output. See expressions.py.
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
    const { module, core, cases } = JSON.parse(line);
    const { schema } = await import(module);
    const { decode } = await import(core);
    const answers = cases.map(({ path, input, caller, row }) => {
        const procedure = schema.procedures[path];
        const node = procedure.nodes?.[0];
        if (node?.accepts === undefined) return null;
        const full = { ...procedure.defaults, ...decode(procedure.input, input) };
        return node.accepts(decode(node.codec, row), full, caller);
    });
    process.stdout.write(JSON.stringify(answers) + "\n");
}

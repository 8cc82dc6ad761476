// SPDX-License-Identifier: Apache-2.0
// A schema as dynrc writes it for samples/todo, cut down to what the tests ask for.

const Priority = { low: 1, normal: 2, high: 3 };
const text = (field, desc = false) => ({ field, type: "text", desc });
const todoFields = ["list", "id", "text", "done", "priority", "due", "assignee", "labels", "steps", "createdAt", "updatedAt", "version"];

const createTodo = ({ list, text: words, priority, due }, _caller, [id], now) => [{
    model: "Todo", op: "create", key: { list, id },
    row: {
        list, id, text: words, done: false, priority, due, labels: [], steps: [], createdAt: now, updatedAt: now, version: 1,
    },
}];

/** A list with what hangs below it. */
const boardNodes = (below) => [
    {
        name: "", class: "pure", single: true, model: "TodoList", shown: ["id", "title"], hidden: ["owner"], key: [text("id")],
        binds: (input) => ({ id: input.list }), accepts: (row, input) => row.id === input.list,
    },
    ...below,
];
const countOf = (name) => ({
    name, class: "aggregate", parent: 0, model: "Todo", aggregate: "count", codec: "bigint", zero: 0n, deciding: ["list", "done"],
    binds: (_input, _caller, parent) => ({ list: parent?.id }), accepts: (row) => !row.done,
});
const valueOf = (name, aggregate, of, more = {}) => ({
    name, class: "aggregate", parent: 0, model: "Entry", aggregate, of, deciding: ["book", of.field],
    binds: (input) => ({ book: input.book }), accepts: () => true, ...more,
});
const ownerNode = { name: "owner", class: "keyed", parent: 0, single: true, model: "User", shown: ["id", "name"], key: [text("id")] };

export const schema = {
    version: 1,
    namespace: "todo",
    procedures: {
        "users.byEmail": { kind: "query" },
        "users.register": { kind: "mutation", ids: ["ulid"] },
        "lists.mine": {
            kind: "query",
            defaults: { first: 20 },
            nodes: [{
                name: "", class: "window", model: "TodoList", shown: ["id", "owner", "title", "createdAt"], key: [text("id")],
                order: [text("createdAt", true)], deciding: ["owner"], take: (input) => input.first,
                binds: (_input, caller) => ({ owner: caller.userId }), accepts: (row, _input, caller) => row.owner === caller.userId,
            }],
        },
        "lists.create": {
            kind: "mutation", ids: ["ulid"],
            optimistic: ({ title }, caller, [id], now) => [{
                model: "TodoList", op: "create", key: { id }, row: { id, owner: caller.userId, title, createdAt: now },
            }],
        },
        "todos.list": {
            kind: "query",
            defaults: { show: "open", first: 50 },
            nodes: [
                {
                    name: "", class: "window", model: "Todo", shown: ["id", "text", "done", "priority", "due"], hidden: ["assignee"],
                    key: [text("id")], order: [text("id", true)], deciding: ["list", "done"],
                    take: (input) => input.first,
                    binds: (input) => ({ list: input.list }),
                    accepts: (row, input) => row.list === input.list && (input.show === "all" || row.done === (input.show === "closed")),
                },
                {
                    name: "assignee", class: "keyed", parent: 0, single: true, model: "User", shown: ["id", "name"], key: [text("id")],
                    accepts: () => true,
                },
            ],
        },
        "todos.all": {
            kind: "query",
            nodes: [{
                name: "", class: "pure", model: "Todo", shown: ["id", "text", "priority"], key: [text("id")],
                order: [{ field: "priority", type: "enum", tags: Priority, desc: true }, text("text")], deciding: ["list"],
                binds: (input) => ({ list: input.list }),
                accepts: (row, input) => row.list === input.list,
            }],
        },
        "lists.board": {
            kind: "query",
            nodes: boardNodes([
                {
                    name: "todos", class: "children", parent: 0, model: "Todo", shown: todoFields, key: [text("id")], order: [text("id")],
                    deciding: ["list", "done"], take: () => 100,
                    binds: (_input, _caller, parent) => ({ list: parent?.id }),
                    accepts: (row, _input, _caller, parent) => row.list === parent.id && !row.done,
                },
                ownerNode,
                countOf("count"),
            ]),
        },
        "todos.board": {
            kind: "query",
            nodes: boardNodes([
                { name: "members", class: "children", parent: 0, model: "Member", shown: ["role"], hidden: ["user"], key: [text("user")] },
                { name: "user", class: "keyed", parent: 1, single: true, model: "User", shown: ["id", "name"], key: [text("id")] },
                ownerNode,
                countOf("openCount"),
            ]),
        },
        "lists.joined": {
            kind: "query",
            defaults: { first: 20 },
            nodes: [
                { name: "", class: "pure", single: true, model: "User", shown: ["id"], key: [text("id")] },
                { name: "joined", class: "children", parent: 0, model: "Member", shown: ["role"], hidden: ["list"], key: [text("list")] },
                { name: "list", class: "keyed", parent: 1, single: true, model: "TodoList", shown: ["id", "title"], key: [text("id")] },
            ],
        },
        "lists.share": { kind: "mutation" },
        "lists.unshare": { kind: "mutation" },
        "stats.total": {
            kind: "query",
            values: true,
            nodes: [
                { name: "", class: "pure", model: "Todo" },
                { name: "n", class: "aggregate", parent: 0, model: "Todo", codec: "bigint", zero: 0n },
                { name: "last", class: "aggregate", parent: 0, model: "Todo" },
            ],
        },
        "stats.load": {
            kind: "query",
            output: { fields: { open: "bigint" } },
            nodes: [{ name: "", class: "tracked", codec: { fields: { open: "bigint" } } }],
        },
        "users.lists": {
            kind: "query",
            nodes: [
                {
                    name: "", class: "pure", single: true, model: "User", shown: ["id"], key: [text("id")],
                    binds: (input) => ({ id: input.user }), accepts: (row, input) => row.id === input.user,
                },
                {
                    name: "lists", class: "children", parent: 0, model: "TodoList", shown: ["id", "title"], key: [text("id")],
                    order: [text("id")], deciding: ["owner"],
                    binds: (_input, _caller, parent) => ({ owner: parent?.id }), accepts: () => true,
                },
            ],
        },
        "lists.give": {
            kind: "mutation",
            optimistic: ({ list, to }) => [{ model: "TodoList", op: "update", key: { id: list }, changes: { owner: to } }],
        },
        "entries.all": {
            kind: "query",
            nodes: [{
                name: "", class: "pure", model: "Entry", shown: ["id", "amount", "price", "day"], key: [text("id")], order: [text("id")],
                codec: { fields: { amount: "bigint" } }, deciding: ["book"],
                binds: (input) => ({ book: input.book }), accepts: (row, input) => row.book === input.book,
            }],
        },
        "entries.values": {
            kind: "query",
            values: true,
            nodes: [
                { name: "", class: "pure", model: "Entry" },
                valueOf("n", "count", { field: "id", type: "text" }, { of: undefined, deciding: ["book"], codec: "bigint", zero: 0n }),
                valueOf("amount", "sum", { field: "amount", type: "int" }, { codec: "bigint", zero: 0n }),
                valueOf("price", "sum", { field: "price", type: "decimal" }, { zero: "0" }),
                valueOf("first", "min", { field: "day", type: "text" }),
                valueOf("last", "max", { field: "day", type: "text" }),
            ],
        },
        "entries.add": {
            kind: "mutation", ids: ["ulid"], input: { fields: { amount: "bigint" } },
            optimistic: ({ book, amount, price, day }, _caller, [id]) => [{
                model: "Entry", op: "create", key: { book, id }, row: { book, id, amount, price, day },
            }],
        },
        "entries.set": {
            kind: "mutation", input: { fields: { amount: "bigint" } },
            optimistic: ({ book, id, ...changes }) => [{ model: "Entry", op: "update", key: { book, id }, changes }],
        },
        "entries.remove": {
            kind: "mutation",
            optimistic: ({ book, id }) => [{ model: "Entry", op: "delete", key: { book, id } }],
        },
        "counters.all": {
            kind: "query",
            input: { fields: { least: "bigint" } },
            output: { each: { fields: { n: "bigint" } } },
            nodes: [{
                name: "", class: "pure", model: "Counter", shown: ["id", "n"], key: [text("id")],
                codec: { fields: { n: "bigint" } }, order: [{ field: "n", type: "int", desc: false }],
                binds: () => ({}), accepts: (row, input) => row.n >= input.least, deciding: ["n"],
            }],
        },
        "todos.search": { kind: "query" },
        "todos.add": { kind: "mutation", defaults: { priority: "normal" }, ids: ["ulid"], optimistic: createTodo },
        "todos.toggle": {
            kind: "mutation",
            optimistic: ({ list, id }) => [{ model: "Todo", op: "update", key: { list, id }, changes: (row) => ({ done: !row.done }) }],
        },
        "todos.setText": {
            kind: "mutation",
            optimistic: ({ list, id, text: words }) => [{ model: "Todo", op: "update", key: { list, id }, changes: { text: words } }],
        },
        "todos.remove": {
            kind: "mutation",
            optimistic: ({ list, id }) => [{ model: "Todo", op: "delete", key: { list, id } }],
        },
        "todos.importCsv": { kind: "mutation", output: "bigint" },
    },
};

// What the client's typings allow and, line by line, what they refuse, with the typings that dynrc writes for samples/todo.
import { createClient, DynrError, applyJsonPatch } from "../../templates/js/client.js";
import type { Client, ConnectionState, LiveState, Schema, Shown, Watch } from "../../templates/js/client.js";
import {
    DynrProvider, skip, useClient, useConnectionState, useMutation, useQuery, useSubscription,
} from "../../templates/js/react.js";
import type { Api, DateString, Ref, Todo, TodosBoardOutput, TodosListOutput, TodosListRow, UsersByEmailOutput } from "../../generated/todo.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_same: Same<A, B>): void {}

declare const schema: Schema<Api>;
declare const list: Ref<"TodoList">;
declare const user: Ref<"User">;
declare const id: Todo["id"];

const client = createClient(schema, { url: "https://app.example.com", token: async () => ({ token: "x", expiresAt: 1 }) });
same<typeof client, Client<Api>>(true);

export async function allowed(): Promise<void> {
    const subscription = client.todos.list.subscribe({ list, show: "all" }, {
        onData: (todos) => {
            same<typeof todos, Shown<TodosListOutput>>(true);
            const name: string | undefined = todos[0]?.assignee?.name;
            const due: DateString | undefined = todos[0]?.due;
            void [name, due];
        },
        onError: (error) => {
            same<typeof error, DynrError>(true);
            if (error.code === "DENIED") return;
        },
        onJsonPatch: (operations) => void applyJsonPatch([], operations),
    });
    subscription.unsubscribe();
    client.lists.mine.subscribe();
    client.todos.board.subscribe({ list }, {
        onData: (board) => {
            same<typeof board, Shown<TodosBoardOutput> | null>(true);
            const open: bigint | undefined = board?.openCount;
            void open;
        },
    });
    client.lists.mine.subscribe({}, { onData: (lists) => void lists[0]?.title });
    const rows: TodosListOutput = await client.todos.list.query({ list });
    const found: UsersByEmailOutput = await client.users.byEmail.query({ email: "a@b.example" });
    const created: Todo = await client.todos.add.mutate({ list, text: "Milk" }, { optimistic: false });
    const count: bigint = await client.todos.importCsv.mutate({ list, csv: "" });
    const nothing: null = await client.todos.remove.mutate({ list, id });
    for await (const todos of client.todos.list.watch({ list })) void todos[0]?.text;
    const watch: Watch<Shown<TodosListOutput>> = client.todos.list.watch({ list });
    const state = watch.get();
    if (state.status === "live") same<typeof state.data, Shown<TodosListOutput>>(true);
    if (state.status === "error") same<typeof state.error, DynrError>(true);
    const connection: ConnectionState = client.$connection.get();
    if (connection.status === "offline") void connection.retryAt.toFixed();
    void [rows, found, created, count, nothing];
}

export async function refused(): Promise<void> {
    // @ts-expect-error a key of another model
    client.todos.list.subscribe({ list: user });
    // @ts-expect-error an argument is missing
    client.todos.list.subscribe();
    // @ts-expect-error an unknown argument
    client.todos.list.watch({ list, sort: "x" });
    // @ts-expect-error no such procedure
    client.todos.lists;
    // @ts-expect-error a query that cannot be watched
    client.todos.search.subscribe({ list, text: "milk" });
    // @ts-expect-error a mutation is no query
    await client.todos.add.query({ list, text: "x" });
    // @ts-expect-error a query is no mutation
    await client.todos.list.mutate({ list });
    // @ts-expect-error enums have their names alone
    await client.todos.add.mutate({ list, text: "x", priority: "urgent" });
    // @ts-expect-error absent is left out
    await client.todos.add.mutate({ list, text: "x", due: undefined });
    // @ts-expect-error 64-bit integers are bigints
    const count: number = await client.todos.importCsv.mutate({ list, csv: "" });
    // @ts-expect-error shown data cannot be changed
    client.todos.list.subscribe({ list }, { onData: (todos) => todos.push() });
    // @ts-expect-error nor can its rows
    client.todos.list.subscribe({ list }, { onData: (todos) => (todos[0]!.text = "x") });
    // @ts-expect-error absent until it is there
    client.todos.list.watch({ list }).get().data.length;
    // @ts-expect-error no such code
    if (new DynrError("DENIED", "").code === "FORBIDDEN") return;
    // @ts-expect-error options are checked
    createClient(schema, { urll: "x" });
    // @ts-expect-error the schema is one that dynrc wrote
    createClient({ procedures: {} });
    // @ts-expect-error nothing replaces a procedure
    client.todos.list = client.todos.list;
    void count;
}

export function Hooks(): unknown {
    const todos = useSubscription(client.todos.list, { list });
    same<typeof todos, LiveState<Shown<TodosListOutput>> & { readonly retry: () => void }>(true);
    const first: Shown<TodosListRow> | undefined = todos.data?.[0];
    if (todos.status === "live") void todos.data.length;
    const maybe = useSubscription(client.todos.list, Math.random() > 0.5 ? { list } : skip);
    if (maybe.status === "idle") same<typeof maybe.data, undefined>(true);
    const mine = useSubscription(client.lists.mine);
    const found = useQuery(client.users.byEmail, { email: "a@b.example" });
    const named: string | undefined = found.data?.name;
    const add = useMutation(client.todos.add, { onSuccess: (todo) => void todo.id });
    add.mutate({ list, text: "Milk" });
    const created: Promise<Todo> = add.mutateAsync({ list, text: "Milk" });
    if (add.error?.code === "RANGE") void add.error.field?.length;
    const { status } = useConnectionState();
    const own = useClient<typeof client>();
    void [first, mine, named, created, status, own.todos.list.path, DynrProvider];

    // @ts-expect-error an argument is missing
    useSubscription(client.todos.list);
    // @ts-expect-error a wrong argument
    useSubscription(client.todos.list, { list: user });
    // @ts-expect-error not a live query
    useSubscription(client.todos.search, { list, text: "x" });
    // @ts-expect-error a mutation is no query
    useQuery(client.todos.add, { list, text: "x" });
    // @ts-expect-error a wrong argument
    add.mutate({ list });
    // @ts-expect-error there may be no data
    todos.data.length;
    // @ts-expect-error a client is needed
    DynrProvider({ children: null });
    return null;
}

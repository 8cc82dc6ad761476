// What the typings of samples/todo allow and, line by line, what they refuse.
import type {
    Api, DateString, JsonValue, Keys, Priority, Procedures, Ref, Role, Show, Step, StepInput, Timestamp, Todo, TodoClient, TodoList,
    TodosAddInput, TodosBoardOutput, TodosListInput, TodosListOutput, Ulid, User, UsersByEmailOutput,
} from "./todo/todo.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_same: Same<A, B>): void {}

declare const client: TodoClient;
declare const user: User;
declare const list: TodoList;
declare const todo: Todo;

// ---- the shapes ----
same<Priority, "low" | "normal" | "high">(true);
same<Show, "open" | "closed" | "all">(true);
same<Todo["due"], DateString | undefined>(true);
same<Todo["labels"], string[]>(true);
same<Todo["steps"], Step[]>(true);
same<Todo["version"], number>(true);
same<User["id"], Ref<"User">>(true);
same<TodoList["owner"], Ref<"User">>(true);
same<keyof Keys, "User" | "Prefs" | "TodoList" | "Todo" | "Member">(true);
same<TodosListOutput[number]["assignee"], { id: Ref<"User">; name: string } | null>(true);
same<keyof TodosListOutput[number], "id" | "text" | "done" | "priority" | "due" | "steps" | "assignee">(true);
same<keyof UsersByEmailOutput, "id" | "name">(true);
same<keyof TodosBoardOutput["todos"][number], "id" | "text" | "assignee">(true);
same<TodosBoardOutput["members"], { role: Role; user: { id: Ref<"User">; name: string } | null }[]>(true);
same<TodosBoardOutput["openCount"], bigint>(true);

// ---- procedures ----
same<Procedures["todos.list"]["kind"], "query">(true);
same<Procedures["todos.list"]["watchable"], true>(true);
same<Procedures["todos.search"]["watchable"], false>(true);
same<Procedures["todos.add"]["kind"], "mutation">(true);
same<Procedures["todos.add"]["output"], Todo>(true);
same<Procedures["todos.remove"]["output"], null>(true);
same<Procedures["todos.importCsv"]["output"], bigint>(true);
same<Api["procedures"], Procedures>(true);

// A client of one's own, typed by nothing but the map.
declare function call<P extends keyof Procedures>(
    path: P, input: Procedures[P]["input"],
): Promise<Procedures[P]["output"]>;

export async function allowed(): Promise<void> {
    const registered: User = await client.users.register({ email: "ada@example.com", name: "Ada" });
    const created: TodoList = await client.lists.create({ title: "Groceries" });
    const rows = await client.todos.list({ list: created.id, show: "all", first: 10 });
    const text: string | undefined = rows[0]?.text;
    const name: string | undefined = rows[0]?.assignee?.name;
    await client.lists.mine();
    await client.lists.mine({});
    await client.todos.mine({ before: "2026-01-31" as DateString });
    await client.todos.add({ list: created.id, text: "Milk" });
    await client.todos.assign({ list: created.id, id: todo.id, to: registered.id, due: "2026-01-31" as DateString });
    await client.lists.rename({ list: list.id, title: "New", expect: list.version });
    await call("todos.search", { list: list.id, text: "milk" });
    const step: StepInput = { label: "open the door" };
    const ulid: Ulid = registered.id;
    const json: JsonValue = { text: [1, null, "x", { y: true }] };
    void [text, name, step, ulid, json];
}

export async function refused(): Promise<void> {
    // A reference to one model is none to another.
    // @ts-expect-error
    await client.todos.list({ list: user.id });
    // @ts-expect-error
    await client.users.setTheme({ user: list.id, theme: "dark" });
    // @ts-expect-error
    await client.todos.assign({ list: list.id, id: todo.id, to: list.id, due: "2026-01-31" as DateString });
    // Nor is any text, or an id of unknown origin.
    // @ts-expect-error
    await client.todos.list({ list: "01HV6ZK3QJ8X5W2M9R4T7Y0ABC" });
    // @ts-expect-error
    await client.todos.list({ list: todo.id });
    // @ts-expect-error
    const key: Ref<"Todo"> = list.id;
    // @ts-expect-error
    type Unknown = Ref<"Nothing">;

    // Names.
    // @ts-expect-error
    await client.todos.add({ list: list.id, txt: "Milk" });
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", colour: "red" });
    // @ts-expect-error
    await client.todo.add({ list: list.id, text: "Milk" });
    // @ts-expect-error
    await client.todos.insert({ list: list.id, text: "Milk" });
    // @ts-expect-error
    await call("todos.nothing", {});
    // @ts-expect-error
    const missing = (await client.todos.list({ list: list.id }))[0]?.createdAt;
    // @ts-expect-error
    const hidden = (await client.users.byEmail({ email: "a@b.example" })).createdAt;

    // Values.
    // @ts-expect-error
    await client.todos.add({ list: list.id });
    // @ts-expect-error
    await client.todos.list();
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: 7 });
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", priority: "urgent" });
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", due: "2026-01-31" });
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", due: new Date() });
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", due: "2026-01-31T12:00:00.000Z" as Timestamp });
    // @ts-expect-error
    await client.lists.rename({ list: list.id, title: "New", expect: "1" });
    // @ts-expect-error
    await client.lists.mine({ first: 10n });

    // Absent members are left out: never null, never undefined.
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", due: null });
    // @ts-expect-error
    await client.todos.add({ list: list.id, text: "Milk", due: undefined });
    // @ts-expect-error
    const input: TodosListInput = { list: list.id, show: undefined };
    // @ts-expect-error
    const none: TodosAddInput = null;

    // Results.
    // @ts-expect-error
    const due: DateString = todo.due;
    // @ts-expect-error
    const assignee: string = (await client.todos.list({ list: list.id }))[0]!.assignee.name;
    // @ts-expect-error
    const nothing: Todo = await client.todos.remove({ list: list.id, id: todo.id });
    // @ts-expect-error
    const count: number = await client.todos.importCsv({ list: list.id, csv: "" });
    // @ts-expect-error
    const step: Step = { label: "open the door" };
    // @ts-expect-error
    client.todos = client.todos;
    void [key, missing, hidden, input, none, due, assignee, nothing, count, step];
    type _Used = Unknown;
}

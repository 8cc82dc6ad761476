// A CommonJS module: it gets the client, which is an ES module, by import(), and its types by naming how they are found.
import type { Client, Api, Ref, TodosListOutput } from "../../generated/todo.client.js" with { "resolution-mode": "import" };

async function list(list: Ref<"TodoList">): Promise<TodosListOutput> {
    const { createClient } = await import("../../generated/todo.client.js");
    const client: Client<Api> = createClient({ url: "https://app.example.com" });
    // @ts-expect-error there is no such procedure
    void client.todos.nothing;
    return client.todos.list.query({ list });
}

export = { list };

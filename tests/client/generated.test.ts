// The files that dynrc writes for samples/todo, as a program imports them: all that it needs comes from the one client module.
import { createClient, DynrError } from "../../generated/todo.client.js";
import type { Api, Client, Priority, Ref, Todo, TodosListOutput } from "../../generated/todo.client.js";
import { useSubscription } from "../../generated/dynr/react.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_same: Same<A, B>): void {}

declare const list: Ref<"TodoList">;
const client = createClient();
same<typeof client, Client<Api>>(true);

export async function allowed(): Promise<void> {
    const rows = await client.todos.list.query({ list });
    same<typeof rows, TodosListOutput>(true);
    const added: Todo = await client.todos.add.mutate({ list, text: "Milk" });
    const priority: Priority = added.priority;
    const { data } = useSubscription(client.todos.list, { list });
    const error = new DynrError("DENIED", "no");
    void [rows[0]?.text, priority, data?.[0]?.text, error.code];
}

export function refused(): void {
    // @ts-expect-error the client has this router, and not this procedure
    void client.todos.nothing;
    // @ts-expect-error nor this router
    void client.nothing;
    // @ts-expect-error an argument is missing
    void client.todos.list.query();
}

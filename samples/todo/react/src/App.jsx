// SPDX-License-Identifier: Apache-2.0
import { memo, useState } from "react";
import { useClient, useConnectionState, useMutation, useSubscription } from "./generated/dynr/react.js";

export function App({ user, onSignOut }) {
    const client = useClient();
    const mine = useSubscription(client.lists.mine);
    const shared = useSubscription(client.lists.joined);
    const create = useMutation(client.lists.create);
    const [chosen, setChosen] = useState();
    const lists = [...(mine.data ?? []), ...(shared.data?.joined.map(({ list }) => list).filter((list) => list !== null) ?? [])];
    const list = lists.find(({ id }) => id === chosen) ?? lists[0];
    return (
        <>
            <header className="bar">
                <h1 className="brand"><span className="mark" aria-hidden="true" />Todo</h1>
                <Connection />
                <button className="quiet" onClick={onSignOut}>Sign out</button>
            </header>
            <div className="columns">
                <nav className="lists" aria-label="Lists">
                    <h2>{user.name}’s lists</h2>
                    <ul>
                        {lists.map(({ id, title }) => (
                            <li key={id}>
                                <button className="list" aria-current={id === list?.id} onClick={() => setChosen(id)}>{title}</button>
                            </li>
                        ))}
                    </ul>
                    <form className="inline" onSubmit={submitted("title", (title) => create.mutate({ title }))}>
                        <input name="title" aria-label="Name of a new list" placeholder="New list" required maxLength={200} />
                        <button className="quiet icon" aria-label="Create the list">+</button>
                    </form>
                </nav>
                {list !== undefined && <Board list={list} />}
            </div>
        </>
    );
}

/** What was written is taken at once, and the field is free: an `action` would empty it when the answer is there, with what is written by then. */
const submitted = (name, act) => (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const value = new FormData(form).get(name);
    form.reset();
    act(value);
};

const WORDS = { idle: "", connecting: "Connecting…", connected: "Live", offline: "Offline", refused: "Not signed in", closed: "Closed" };

function Connection() {
    const { status } = useConnectionState();
    return <p className="connection" data-status={status} role="status"><span className="light" aria-hidden="true" />{WORDS[status]}</p>;
}

function Board({ list }) {
    const client = useClient();
    const todos = useSubscription(client.todos.list, { list: list.id, show: "all", first: 200 });
    const add = useMutation(client.todos.add);
    return (
        <main className="card">
            <header className="board-head"><h2>{list.title}</h2></header>
            <form className="inline" onSubmit={submitted("text", (text) => add.mutate({ list: list.id, text }))}>
                <input name="text" aria-label="New task" placeholder="What is to be done?" required maxLength={2000} autoComplete="off" />
                <button className="primary">Add</button>
            </form>
            {add.error && <p className="notice" role="alert">{add.error.message}</p>}
            <ol className="todos" aria-label="Tasks">
                {todos.data?.map((todo) => <Todo key={todo.id} list={list.id} todo={todo} />)}
            </ol>
            {todos.data?.length === 0 && <div className="empty"><span aria-hidden="true">✓</span><p>An empty list. What comes first?</p></div>}
        </main>
    );
}

/** Rows that did not change are the same objects as before, so only what changed is rendered. */
const Todo = memo(function Todo({ list, todo }) {
    const client = useClient();
    const toggle = useMutation(client.todos.toggle);
    const remove = useMutation(client.todos.remove);
    return (
        <li className="todo" data-done={todo.done}>
            <input type="checkbox" className="check" checked={todo.done} aria-label={`${todo.text}: done`}
                onChange={() => toggle.mutate({ list, id: todo.id })} />
            <span className="text">{todo.text}</span>
            <button className="quiet icon remove" aria-label={`Remove ${todo.text}`} onClick={() => remove.mutate({ list, id: todo.id })}>✕</button>
        </li>
    );
});

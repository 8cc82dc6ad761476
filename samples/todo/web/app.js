// SPDX-License-Identifier: Apache-2.0
// The page: who it is, which list, its tasks. It shows what the client's live queries say and sends mutations; what a
// mutation will do is seen at once and taken back if the server refuses.

import { newcomer } from "./identity.js";
import { People } from "./people.js";
import { renderKeyed, fillTodo } from "./render.js";

const USER = "todo.user";
const THEME = "todo.theme";
const CALLS = "todo.calls";
/** So many tasks are watched, */
const MOST = 1000;
const MOST_LISTS = 100;
/** and so many of them become elements at first, and whenever their end comes into sight. */
const STEP = 100;

/** @param createClient from the generated module: `createClient({caller})` */
export function start(document, createClient) {
    const page = new Page(document, createClient);
    page.begin();
    return page;
}

class Page {
    constructor(document, createClient) {
        this.document = document;
        this.storage = document.defaultView.localStorage;
        /** Of this window alone: each sends what was typed in it. */
        this.own = document.defaultView.sessionStorage;
        this.createClient = createClient;
        this.user = JSON.parse(this.storage.getItem(USER) ?? "null");
        this.list = undefined;
        this.show = "open";
        this.nShown = STEP;
        this.people = new People(this);
        this.mine = this.joined = undefined;
        this.lists = [];
        this.todos = [];
    }

    find(id) {
        return this.document.getElementById(id);
    }

    begin() {
        this.document.documentElement.dataset.theme = this.storage.getItem(THEME) ?? "";
        this.find("theme").onclick = () => this.switchTheme();
        this.find("sign-in-form").onsubmit = (event) => this.onForm(event, (values) => this.signIn(values));
        this.find("sign-out").onclick = () => this.signOut();
        this.find("connect-now").onclick = this.find("try-again").onclick = () => this.client.$connection.retry();
        this.find("leave").onclick = () => this.signOut();
        this.find("reload").onclick = () => this.subscription?.retry();
        this.find("new-list").onsubmit = (event) => this.onForm(event, (values) => this.createList(values));
        this.find("share").onsubmit = (event) => this.onForm(event, (values) => this.people.share(this.list, values));
        this.find("new-todo").onsubmit = (event) => this.onForm(event, (values) => this.add(values));
        this.find("filter").onchange = (event) => this.filter(event.target.value);
        this.document.onkeydown = (event) => this.onKey(event);
        this.watchEnd();
        this.connect();
    }

    /** A client of whoever is signed in; who is not has an id already, to sign up with. */
    connect() {
        this.client?.$close();
        this.client = this.createClient({
            caller: { userId: this.user?.id ?? newcomer() },
            storage: {
                load: () => JSON.parse(this.own.getItem(CALLS) ?? "[]"),
                save: (calls) => this.own.setItem(CALLS, JSON.stringify(calls)),
            },
        });
        this.client.$connection.subscribe((state) => this.showConnection(state));
        this.client.$connection.start();
        this.showConnection(this.client.$connection.get());
        this.find("sign-in").hidden = this.user !== null;
        this.find("app").hidden = this.find("sign-out").hidden = this.user === null;
        if (this.user === null) return;
        this.find("greeting").textContent = `${this.user.name}'s lists`;
        this.client.lists.mine.subscribe({ first: MOST_LISTS }, {
            onData: (lists) => this.showLists({ mine: lists.map(({ id, title }) => ({ id, title, role: "owner" })) }),
            onError: (error) => this.complain(error),
        });
        this.client.lists.joined.subscribe({ first: MOST_LISTS }, {
            onData: (user) => this.showLists({ joined: listsOf(user) }),
            onError: (error) => this.complain(error),
        });
    }

    // ---- who ----

    async signIn({ email, name }) {
        const known = await this.client.users.byEmail.query({ email }).catch((error) => {
            if (error.code === "NOT_FOUND") return undefined;
            throw error;
        });
        const { id, name: ownName } = known ?? (await this.client.users.register.mutate({ email, name }));
        this.user = { id, name: ownName };
        this.storage.setItem(USER, JSON.stringify(this.user));
        this.connect();
    }

    signOut() {
        this.find("no-lists").hidden = true;
        this.storage.removeItem(USER);
        this.own.removeItem(CALLS);
        this.user = null;
        this.mine = this.joined = undefined;
        this.open(undefined);
        this.connect();
    }

    switchTheme() {
        const root = this.document.documentElement;
        const isDark = root.dataset.theme === ""
            ? this.document.defaultView.matchMedia?.("(prefers-color-scheme: dark)").matches === true
            : root.dataset.theme === "dark";
        root.dataset.theme = isDark ? "light" : "dark";
        this.storage.setItem(THEME, root.dataset.theme);
    }

    // ---- lists ----

    /** The caller's own lists come first, then those that others share. */
    showLists(known) {
        Object.assign(this, known);
        if (this.mine === undefined || this.joined === undefined) return;
        this.lists = [...this.mine, ...this.joined];
        if (this.lists.length === 0 && this.find("no-lists").hidden) this.find("new-list").elements.title.focus();
        this.find("no-lists").hidden = this.lists.length > 0;
        renderKeyed(this.find("lists"), this.find("list-template"), this.lists, (element, list) => {
            const button = element.firstElementChild;
            button.querySelector(".title").textContent = list.title;
            button.querySelector(".shared").hidden = list.role === "owner";
            button.onclick = () => this.open(list);
        });
        const current = this.lists.find((list) => list.id === this.list?.id);
        // A list that is being created is in sight already, but not on the server yet.
        if (current === undefined && !this.isCreating) this.open(this.lists[0]);
        else if (current !== undefined) this.markCurrent(current);
    }

    markCurrent(list) {
        this.list = list;
        this.find("list-title").textContent = list?.title ?? "";
        this.find("board").dataset.role = list?.role ?? "";
        for (const element of this.find("lists").children) {
            element.firstElementChild.setAttribute("aria-current", String(element.dataset.key === list?.id));
        }
    }

    async createList({ title }) {
        this.isCreating = true;
        try {
            const { id } = await this.client.lists.create.mutate({ title });
            this.open({ id, title, role: "owner" });
        } finally {
            this.isCreating = false;
        }
        this.find("new-text").focus();
    }

    // ---- tasks ----

    open(list) {
        this.wasFilled = false;
        this.markCurrent(list);
        this.find("board").hidden = list === undefined;
        this.watch();
        this.watchBoard();
    }

    filter(show) {
        this.show = show;
        this.watch();
    }

    watch() {
        this.nShown = STEP;
        this.subscription?.unsubscribe();
        this.subscription = undefined;
        this.showTodos({ status: "loading", data: undefined });
        if (this.list === undefined) return;
        this.subscription = this.client.todos.list.subscribe({ list: this.list.id, show: this.show, first: MOST }, {
            onState: (state) => this.showTodos(state),
        });
    }

    /** Who shares the list, and how much is left of it. */
    watchBoard() {
        this.board?.unsubscribe();
        this.people.show(undefined);
        this.board = this.list && this.client.todos.board.subscribe({ list: this.list.id }, {
            onState: ({ data }) => this.people.show(data ?? undefined),
        });
    }

    showTodos({ status, data, error }) {
        this.todos = data ?? [];
        this.wasFilled ||= this.todos.length > 0;
        this.find("loading").hidden = status !== "loading";
        this.find("failed").hidden = status !== "error";
        this.find("failed").querySelector("p").textContent = error === undefined ? "" : `The tasks cannot be shown: ${wordsOf(error)}.`;
        this.find("empty").hidden = data === undefined || data.length > 0;
        this.find("empty").lastElementChild.textContent = {
            open: this.wasFilled ? "All done. Enjoy the day!" : "Nothing to do here yet.",
            closed: "Nothing is done yet.", all: "An empty list. What comes first?",
        }[this.show];
        this.render();
    }

    render() {
        const now = new Date();
        renderKeyed(this.find("todos"), this.find("todo-template"), this.todos.slice(0, this.nShown), (element, todo) => {
            fillTodo(element, todo, now);
            element.querySelector(".check").onchange = () => this.toggle(todo);
            element.querySelector(".remove").onclick = () => this.remove(todo);
        });
        this.find("end").hidden = this.todos.length <= this.nShown;
    }

    /** The end is in sight only while it is there: after the elements that were added it comes into sight anew. */
    watchEnd() {
        const { IntersectionObserver } = this.document.defaultView;
        if (IntersectionObserver === undefined) return;
        new IntersectionObserver((entries) => {
            if (!entries.at(-1).isIntersecting) return;
            this.nShown += STEP;
            this.render();
        }, { rootMargin: "1200px" }).observe(this.find("end"));
    }

    add({ text, priority, due }) {
        const input = { list: this.list.id, text, priority, ...(due === "" ? {} : { due }) };
        this.send(this.client.todos.add.mutate(input));
    }

    /** Who may only read is told so before the server has to. */
    get mayWrite() {
        if (this.list.role === "viewer") this.complain(new Error("you may read this list, not change it"));
        return this.list.role !== "viewer";
    }

    toggle(todo) {
        if (!this.mayWrite) return;
        this.focusNear(todo);
        this.send(this.client.todos.toggle.mutate({ list: this.list.id, id: todo.id }));
    }

    remove(todo) {
        if (!this.mayWrite) return;
        this.focusNear(todo);
        this.send(this.client.todos.remove.mutate({ list: this.list.id, id: todo.id }));
    }

    /** Its effect is on the screen already; only what goes wrong is still news. */
    send(promise) {
        promise.catch((error) => this.complain(error)).finally(() => this.showConnection());
        this.showConnection();
    }

    // ---- keyboard ----

    onKey(event) {
        if (event.metaKey || event.ctrlKey || event.altKey || this.list === undefined) return;
        const { target, key } = event;
        if (key === "Escape") target.blur?.();
        if (target.matches?.("input:not(.check), select, textarea, button:not(.list, .remove)")) return;
        const row = target.closest?.(".todo");
        const todo = row && this.todos.find((one) => one.id === row.dataset.key);
        const actions = {
            n: () => this.find("new-text").focus(),
            ArrowDown: () => this.walk(row, 1), j: () => this.walk(row, 1),
            ArrowUp: () => this.walk(row, -1), k: () => this.walk(row, -1),
            1: () => this.choose("open"), 2: () => this.choose("closed"), 3: () => this.choose("all"),
            ...(todo && { " ": () => this.toggle(todo), Delete: () => this.remove(todo), Backspace: () => this.remove(todo) }),
        };
        if (!Object.hasOwn(actions, key)) return;
        event.preventDefault();
        actions[key]();
    }

    walk(row, step) {
        const rows = [...this.find("todos").children];
        const next = row ? rows[rows.indexOf(row) + step] : rows.at(step > 0 ? 0 : -1);
        next?.focus();
    }

    choose(show) {
        this.find("filter").querySelector(`[value=${show}]`).checked = true;
        this.filter(show);
    }

    /** Before a row may leave: keeps the keyboard where it was. */
    focusNear(todo) {
        const row = [...this.find("todos").children].find((element) => element.dataset.key === todo.id);
        if (!row?.contains(this.document.activeElement)) return;
        this.document.defaultView.queueMicrotask(() => {
            if (!row.isConnected) (this.nextRow ?? this.find("new-text")).focus();
        });
        this.nextRow = row.nextElementSibling ?? row.previousElementSibling;
    }

    // ---- state of the world ----

    showConnection(state = this.client.$connection.get()) {
        const words = { idle: "", connecting: "Connecting…", connected: "Live", offline: "Offline", refused: "Not signed in", closed: "Closed" };
        const isRefused = state.status === "refused";
        const isOffline = state.status === "offline";
        this.find("connection").dataset.status = state.status;
        this.find("connection").lastElementChild.textContent = words[state.status];
        this.find("connect-now").hidden = this.find("offline").hidden = !isOffline;
        this.find("offline").textContent = `You are offline. ${waiting(this.client.$pending())}`;
        // While it asks once more, it stays.
        if (state.status === "connecting") return;
        if (isRefused && this.find("refused").hidden) this.document.defaultView.queueMicrotask(() => this.find("try-again").focus());
        this.find("refused").hidden = !isRefused;
        this.find("app").dataset.refused = String(isRefused);
    }

    /** Runs a form's action with its values; it is emptied at once and given back if the action fails. */
    async onForm(event, action) {
        event.preventDefault();
        const form = event.target;
        const values = Object.fromEntries(new this.document.defaultView.FormData(form));
        form.reset();
        try {
            await action(values);
        } catch (error) {
            for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
            this.complain(error);
        }
    }

    complain(error) {
        // The page says so as a whole.
        if (error.code === "UNAUTHENTICATED" && this.client.$connection.get().status === "refused") return;
        const toast = this.document.createElement("p");
        toast.className = "toast";
        toast.textContent = wordsOf(error);
        // Once is enough for what happens again.
        for (const other of [...this.find("toasts").children]) if (other.textContent === toast.textContent) other.remove();
        this.find("toasts").append(toast);
        this.document.defaultView.setTimeout(() => toast.remove(), 6_000);
    }
}

function wordsOf(error) {
    const words = error.code === "DENIED" ? "this is not, or no longer, for you to see or change" : error.message;
    return error.field === undefined ? words : `${error.field}: ${words}`;
}

/** Of the lists that others share, those that are still there. */
function listsOf(user) {
    return user?.joined.filter(({ list }) => list !== null).map(({ role, list }) => ({ ...list, role })) ?? [];
}

function waiting(count) {
    if (count === 0) return "What you change is kept and sent when the connection is back.";
    return `${count} ${count === 1 ? "change waits" : "changes wait"} for the connection.`;
}

// SPDX-License-Identifier: Apache-2.0
// The page: who it is, the rooms they are in, what is said there. Whoever is sent away sees the room close by itself: its
// queries are denied from then on, and what they showed is gone.

import { newcomer } from "./identity.js";
import { renderKeyed } from "./render.js";

const USER = "chat.user";

/** @param createClient from the generated module: `createClient({caller})` */
export function start(document, createClient) {
    const page = new Page(document, createClient);
    page.begin();
    return page;
}

class Page {
    constructor(document, createClient) {
        this.document = document;
        this.createClient = createClient;
        this.storage = document.defaultView.localStorage;
        this.user = JSON.parse(this.storage.getItem(USER) ?? "null");
        this.owned = this.joined = undefined;
        this.subscriptions = [];
    }

    find(id) {
        return this.document.getElementById(id);
    }

    begin() {
        this.find("sign-out").onclick = () => this.become(null);
        this.find("leave").onclick = () => this.send(this.client.rooms.remove.mutate({ room: this.room.id, user: this.user.id }));
        for (const [id, action] of Object.entries({
            "sign-in-form": (values) => this.signIn(values),
            "new-room": (values) => this.createRoom(values),
            invite: (values) => this.invite(values),
            say: ({ text }) => this.client.messages.say.mutate({ room: this.room.id, text }),
        })) {
            this.find(id).onsubmit = (event) => this.onForm(event, action);
        }
        this.connect();
    }

    // ---- who ----

    /** A client of whoever is signed in; who is not has an id already, to sign up with. */
    connect() {
        this.client?.$close();
        this.id = this.user?.id ?? newcomer();
        this.client = this.createClient({ caller: { userId: this.id } });
        this.client.$connection.subscribe(({ status }) => this.showConnection(status));
        this.client.$connection.start();
        this.find("sign-in").hidden = this.user !== null;
        this.find("app").hidden = this.find("sign-out").hidden = this.user === null;
        if (this.user === null) return;
        this.find("greeting").textContent = `${this.user.handle}'s rooms`;
        const onError = (error) => this.complain(error);
        this.client.rooms.owned.subscribe({}, { onData: (owned) => this.showRooms({ owned }), onError });
        this.client.rooms.joined.subscribe({}, {
            onData: (user) => this.showRooms({ joined: user?.rooms.map(({ room }) => room).filter((room) => room !== null) ?? [] }),
            onError,
        });
    }

    async signIn({ handle }) {
        const known = await this.userCalled(handle);
        const { id, handle: own } = known ?? (await this.client.users.register.mutate({ handle }));
        this.become({ id, handle: own });
    }

    /** The user of that name, or undefined. */
    userCalled(handle) {
        return this.client.users.byHandle.query({ handle }).catch((error) => {
            if (error.code === "NOT_FOUND") return undefined;
            throw error;
        });
    }

    become(user) {
        this.user = user;
        if (user === null) this.storage.removeItem(USER);
        else this.storage.setItem(USER, JSON.stringify(user));
        this.owned = this.joined = undefined;
        this.enter(undefined);
        this.connect();
    }

    // ---- rooms ----

    showRooms(known) {
        Object.assign(this, known);
        if (this.owned === undefined || this.joined === undefined) return;
        const rooms = [...this.owned, ...this.joined];
        renderKeyed(this.find("rooms"), this.find("room-template"), rooms, (element, room) => {
            element.firstElementChild.textContent = room.name;
            element.firstElementChild.onclick = () => this.enter(room);
        });
        // A room that is being created is in sight already, but not on the server yet.
        const isIn = rooms.some(({ id }) => id === this.room?.id);
        if (!isIn && !this.isCreating) this.enter(rooms[0]);
        else this.markRoom();
    }

    markRoom() {
        for (const element of this.find("rooms").children) {
            element.firstElementChild.setAttribute("aria-current", String(element.dataset.key === this.room?.id));
        }
    }

    async createRoom({ name }) {
        this.isCreating = true;
        try {
            const { id } = await this.client.rooms.create.mutate({ name });
            this.enter({ id, name });
        } finally {
            this.isCreating = false;
        }
        this.find("say").elements.text.focus();
    }

    enter(room) {
        this.subscriptions.forEach((subscription) => subscription.unsubscribe());
        this.subscriptions = [];
        this.room = room;
        this.find("room").hidden = room === undefined;
        this.find("no-room").hidden = room !== undefined;
        this.markRoom();
        this.showMessages(undefined);
        this.showPeople(undefined);
        if (room === undefined) return;
        this.find("room-name").textContent = room.name;
        this.subscriptions = [
            this.client.messages.list.subscribe({ room: room.id }, {
                onState: ({ data }) => this.showMessages(data),
                onError: (error) => this.complain(error),
            }),
            this.client.rooms.people.subscribe({ room: room.id }, { onState: ({ data }) => this.showPeople(data ?? undefined) }),
        ];
    }

    showPeople(room) {
        const isOwner = room?.owner?.id === this.user?.id;
        const members = room?.members.map(({ user }) => user).filter((user) => user !== null) ?? [];
        const people = room?.owner ? [room.owner, ...members] : [];
        this.find("invite").hidden = !isOwner;
        this.find("leave").hidden = room === undefined || isOwner;
        renderKeyed(this.find("people"), this.find("person-template"), people, (element, person) => {
            const button = element.querySelector("button");
            element.querySelector(".name").textContent = person.handle;
            button.hidden = !isOwner || person.id === this.user.id;
            button.setAttribute("aria-label", `Send ${person.handle} away`);
            button.onclick = () => this.send(this.client.rooms.remove.mutate({ room: this.room.id, user: person.id }));
        });
    }

    async invite({ handle }) {
        const user = await this.userCalled(handle);
        if (user === undefined) throw new Error(`nobody is called ${handle}`);
        await this.client.rooms.invite.mutate({ room: this.room.id, user: user.id });
    }

    // ---- messages ----

    /** The newest come first from the query and stand last on the page, where it stays scrolled to. */
    showMessages(messages = []) {
        const list = this.find("messages");
        const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
        renderKeyed(list, this.find("message-template"), [...messages].reverse(), (element, message) => {
            element.dataset.own = String(message.author?.id === this.user.id);
            element.querySelector(".who").textContent = message.author?.handle ?? "somebody";
            element.querySelector("p").textContent = message.text;
            element.querySelector("time").textContent = new Date(message.createdAt).toLocaleTimeString([], { timeStyle: "short" });
        });
        if (isAtEnd) list.scrollTop = list.scrollHeight;
    }

    // ---- state of the world ----

    showConnection(status) {
        const words = { idle: "", connecting: "Connecting…", connected: "Live", offline: "Offline", refused: "Not signed in", closed: "Closed" };
        this.find("connection").dataset.status = status;
        this.find("connection").lastElementChild.textContent = words[status];
    }

    send(promise) {
        promise.catch((error) => this.complain(error));
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
        const toast = this.document.createElement("p");
        toast.className = "toast";
        toast.textContent = error.code === "DENIED" ? "this room is not, or no longer, for you" : error.message;
        this.find("toasts").append(toast);
        this.document.defaultView.setTimeout(() => toast.remove(), 6_000);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Who shares a list, and sharing it: live, as everything here.

import { renderKeyed } from "./render.js";

const WORDS = { owner: "owner", editor: "may write", viewer: "may read" };

export class People {
    /** @param page who has `client`, `user`, `find`, `send` and `complain` */
    constructor(page) {
        this.page = page;
    }

    /** What is known of a list, or undefined: its owner, its members, how much is left to do. */
    show(board) {
        const { page } = this;
        const isOwner = board?.owner?.id === page.user?.id;
        const members = board?.members.filter(({ user }) => user !== null) ?? [];
        const people = board?.owner ? [{ id: board.owner.id, name: board.owner.name, role: "owner" }] : [];
        people.push(...members.map(({ role, user }) => ({ id: user.id, name: user.name, role })));
        page.find("share").hidden = !isOwner;
        page.find("people").hidden = people.length === 0 || (!isOwner && people.length < 2);
        page.find("open-count").textContent = board === undefined ? "" : `${board.openCount} open`;
        renderKeyed(page.find("members"), page.find("member-template"), people, (element, person) => {
            const button = element.querySelector("button");
            element.querySelector(".name").textContent = person.id === page.user.id ? "You" : person.name;
            element.querySelector(".role").textContent = WORDS[person.role];
            button.hidden = !isOwner || person.role === "owner";
            button.setAttribute("aria-label", `Share no more with ${person.name}`);
            button.onclick = () => page.send(page.client.lists.unshare.mutate({ list: board.id, user: person.id }));
        });
    }

    async share(list, { email, role }) {
        const { client, user } = this.page;
        const found = await client.users.byEmail.query({ email }).catch((error) => {
            throw error.code === "NOT_FOUND" ? new Error(`nobody here has the address ${email}`) : error;
        });
        if (found.id === user.id) throw new Error("this list is yours already");
        await client.lists.share.mutate({ list: list.id, user: found.id, role });
    }
}

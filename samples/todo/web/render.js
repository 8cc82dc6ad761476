// SPDX-License-Identifier: Apache-2.0
// Rows to elements. The client gives the same object for a row that did not change, so only what changed is touched.

const shown = new WeakMap();

/** Makes the container's children those of `rows`, each made from the template once and filled when its row is another. */
export function renderKeyed(container, template, rows, fill) {
    const held = new Map([...container.children].map((element) => [element.dataset.key, element]));
    const wanted = new Set(rows.map((row) => row.id));
    held.forEach((element, key) => wanted.has(key) || element.remove());
    let previous = null;
    for (const row of rows) {
        const element = held.get(row.id) ?? newElement(template, row);
        if (shown.get(element) !== row) fill(element, row);
        shown.set(element, row);
        const next = previous === null ? container.firstElementChild : previous.nextElementSibling;
        // Moving an element takes the focus from it: only those move that stand elsewhere.
        if (next !== element) container.insertBefore(element, next);
        previous = element;
    }
}

function newElement(template, row) {
    const element = template.content.firstElementChild.cloneNode(true);
    element.dataset.key = row.id;
    return element;
}

export function fillTodo(element, todo, now) {
    const check = element.querySelector(".check");
    element.dataset.done = String(todo.done);
    element.querySelector(".text").textContent = todo.text;
    check.checked = todo.done;
    check.setAttribute("aria-label", `${todo.text}: done`);
    element.querySelector(".remove").setAttribute("aria-label", `Remove ${todo.text}`);
    element.querySelector(".chips").replaceChildren(...chipsOf(todo, now).map(([kind, words]) => {
        const chip = element.ownerDocument.createElement("span");
        chip.className = `chip ${kind}`;
        chip.textContent = words;
        return chip;
    }));
}

/** [class, words] of what is worth a chip: normal priority is not. */
function chipsOf(todo, now) {
    const chips = [];
    if (todo.steps?.length > 0) {
        chips.push(["steps", `${todo.steps.filter((step) => step.done).length}/${todo.steps.length}`]);
    }
    if (todo.priority !== "normal") chips.push([todo.priority, todo.priority === "high" ? "High" : "Low"]);
    if (todo.due !== undefined) chips.push(dueChip(todo, now));
    if (todo.assignee) chips.push(["person", todo.assignee.name]);
    return chips;
}

const DAY = 86_400_000;

/** Days are compared as days of the calendar here, not as spans of 24 hours. */
export function dueChip(todo, now) {
    const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
    const due = Date.parse(`${todo.due}T00:00:00Z`);
    const days = Math.round((due - today) / DAY);
    const words = days === 0 ? "Today" : days === 1 ? "Tomorrow" : days === -1 ? "Yesterday"
        : new Date(due).toLocaleDateString(undefined, {
            day: "numeric", month: "short", timeZone: "UTC", ...(Math.abs(days) > 300 ? { year: "numeric" } : {}),
        });
    const kind = todo.done ? "due" : days < 0 ? "overdue" : days <= 1 ? "soon" : "due";
    return [kind, words];
}

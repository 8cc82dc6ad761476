// SPDX-License-Identifier: Apache-2.0
// Optimistic updates: effects of mutations that are under way, laid over what views hold without touching it. Taking one
// away leaves exactly what would be there had it never been; several lie over each other in the order of their mutations.

import { freeze, own, toWire } from "./codec.js";
import { keyText } from "./group.js";

/** How long an overlay may wait for the views to reach its mutation's position. Milliseconds. */
export const OVERLAY_TIME = 30_000;

export class Overlays {
    /**
     * @param {() => object} caller the context that accepts functions judge by
     * @param {() => Iterable} views all that hold something: what is known of rows
     */
    constructor(caller, views) {
        this.caller = caller;
        this.views = views;
        /** Rows that were taken from other views, per node: what was made of them. */
        this.taken = new WeakMap();
        /** In the order of their mutations: {effects, v (undefined: no result yet), doubtful, until}. */
        this.list = [];
    }

    /**
     * Lays effects over the views. What depends on the row as it stands (`changes` that is a function) is computed once, here,
     * so that it stays right when the server's patch comes before the result.
     */
    add(effects) {
        const overlay = { effects: [], v: undefined, doubtful: Infinity, until: Infinity };
        for (const effect of effects) {
            const known = effect.op === "update" ? this.knownRow(effect, (place) => this.shownAt(place)) : undefined;
            let { changes } = effect;
            if (typeof changes === "function") {
                if (known === undefined) continue;
                changes = changes(known.row);
            }
            for (const one of withMoves({ ...effect, changes: freeze(changes), known })) overlay.effects.push({ ...one, cache: new Map() });
        }
        this.list.push(overlay);
        return overlay;
    }

    /** What `compose` makes, without overlays where one of them makes it fail: of an input that the server is about to refuse. */
    unlessBroken(compose) {
        const { list } = this;
        try {
            return compose();
        } catch (error) {
            if (list.length === 0) throw error;
            this.list = [];
            return compose();
        } finally {
            this.list = list;
        }
    }

    remove(overlay) {
        this.list = this.list.filter((one) => one !== overlay);
    }

    /** Models that an overlay touches. */
    static modelsOf(overlay) {
        return new Set(overlay.effects.map((effect) => effect.model));
    }

    /** What lies over a view. It has come as far as a mutation's position: it shows what the server made of it. */
    over(view) {
        return this.list.filter(({ v }) => v === undefined || view.position < v);
    }

    effectsOn(view, model) {
        return this.over(view).flatMap((overlay) => overlay.effects.filter((effect) => effect.model === model));
    }

    /** The group's rows as they are to be shown, in order; the group's own array where nothing lies over it. */
    entries(view, group, parent) {
        let entries = group.sorted;
        if (this.list.length === 0) return entries;
        for (const effect of this.effectsOn(view, group.node.model)) entries = this.applyEffect(view, group, parent, effect, entries);
        return entries;
    }

    /** Values that the path fixes for all rows of a group: with the key, what tells whose row it is. */
    fixed(view, node, parent) {
        return node.binds?.(view.input, this.caller(), parent) ?? {};
    }

    applyEffect(view, group, parent, effect, entries) {
        const { node } = group;
        const fixed = this.fixed(view, node, parent);
        if (isElsewhere(effect, fixed)) return entries;
        const id = idOf(node, effect, fixed);
        const index = entries.findIndex((entry) => entry.id === id);
        const without = () => entries.filter((_entry, i) => i !== index);
        if (effect.op === "delete") return index < 0 ? entries : without();
        if (index >= 0) {
            if (effect.op !== "update") return entries;
            const entry = entries[index];
            if (!this.stays(view, node, parent, fixed, effect, entry.row)) return without();
            return insert(group, without(), this.derived(effect, group, entry.row, () => pick({ ...entry.row, ...effect.changes }, node.fields)));
        }
        const row = this.wholeRow(node, effect, fixed);
        if (row === undefined || !this.belongs(view, node, parent, fixed, row)) return entries;
        // One that was here before the change and is not held has left since: the change does not bring it back.
        if (effect.op !== "create" && this.hasLeft({ view, group, parent, fixed }, effect)) return entries;
        return insert(group, entries, this.derived(effect, group, node, () => pick(row, node.fields)));
    }

    /** Whether a row of which enough is known is one of the group: what the path fixes, and the predicate. */
    belongs(view, node, parent, fixed, row) {
        const isFixed = (name) => toWire(fixed[name]) !== null && toWire(fixed[name]) === toWire(own(row, name));
        return Object.keys(fixed).every(isFixed) && node.accepts(row, view.input, this.caller(), parent);
    }

    /** Whether a row that is held still belongs. Unless all that decides is known, it stays: the server will say. */
    stays(view, node, parent, fixed, effect, held) {
        const deciding = node.deciding ?? [];
        if (isMovedOff(effect.changes, fixed)) return false;
        if (node.accepts === undefined || !deciding.some((name) => Object.hasOwn(effect.changes, name))) return true;
        const known = { ...effect.known?.row, ...fixed, ...held, ...effect.key, ...effect.changes };
        const isKnown = (name) => Object.hasOwn(known, name) || node.fields.includes(name) || effect.known?.fields.has(name);
        return !deciding.every(isKnown) || this.belongs(view, node, parent, fixed, known);
    }

    /** The row that may enter, if enough of it is known to show and to judge it. */
    wholeRow(node, effect, fixed) {
        if (node.accepts === undefined) return undefined;
        if (effect.op === "create") return effect.row;
        if (effect.known === undefined) return undefined;
        const row = effect.row ?? { ...effect.known.row, ...effect.key, ...effect.changes };
        const needed = [...node.fields, ...(node.deciding ?? []), ...Object.keys(fixed)];
        return needed.every((name) => Object.hasOwn(row, name) || effect.known.fields.has(name)) ? row : undefined;
    }

    /** Whether a row would be at a place if it were there. */
    wouldShow({ view, group, parent, fixed }, row) {
        return !group.node.isKeyed && group.node.accepts !== undefined && this.belongs(view, group.node, parent, fixed, row)
            && !group.isBeyond(group.position(row), group.bound);
    }

    hasLeft(place, { key, from = key, known }) {
        return this.wouldShow(place, known.row) && !place.group.rows.has(idOf(place.group.node, { key: from }, place.fixed));
    }

    shownAt({ view, group, parent, id }) {
        return this.entries(view, group, parent).find((entry) => entry.id === id);
    }

    /**
     * The row that a change makes another row refer to, as some view holds it with all that is shown of it here. Until the server sends
     * it there is no other; of keys of several parts it is waited for.
     */
    referenced(node, reference) {
        if (this.list.length === 0 || node.references !== undefined) return undefined;
        const id = keyText([reference]);
        const isDeleted = ({ op, model, key }) => op === "delete" && model === node.model && keyText(Object.values(key)) === id;
        if (this.list.some(({ effects }) => effects.some(isDeleted))) return undefined;
        for (const view of this.views()) {
            for (const group of view.groups.values()) {
                const entry = group.node.model === node.model && !group.node.isAggregate ? group.rows.get(id) : undefined;
                if (entry !== undefined && node.fields.every((name) => group.node.fields.includes(name))) return this.takenAs(node, entry);
            }
        }
        return undefined;
    }

    takenAs(node, { row, id, key }) {
        if (!this.taken.has(node)) this.taken.set(node, new WeakMap());
        const made = this.taken.get(node);
        if (!made.has(row)) made.set(row, { id, key, row: Object.freeze(pick(row, node.fields)) });
        return made.get(row);
    }

    /** The entry that an effect makes of `from`, the same each time: rows that do not change keep their identity. */
    derived(effect, group, from, make) {
        if (!effect.cache.has(group)) effect.cache.set(group, new WeakMap());
        const cache = effect.cache.get(group);
        if (!cache.has(from)) cache.set(from, group.entry(Object.freeze(make()), -1));
        return cache.get(from);
    }

    /** Groups in which an effect's row may stand, and the name that it has, or would have, there. */
    *placesOf(effect) {
        for (const view of this.views()) {
            for (const group of view.groups.values()) {
                const { node } = group;
                if (node.model !== effect.model || node.isAggregate) continue;
                const parent = parentRow(view, group);
                const fixed = this.fixed(view, node, parent);
                if (!isElsewhere(effect, fixed)) yield { view, group, parent, fixed, id: idOf(node, effect, fixed) };
            }
        }
    }

    /** What all views together know of the row that an effect is about: {row, fields}. `entryAt`: the row at one of its places. */
    knownRow(effect, entryAt) {
        let found;
        for (const place of this.placesOf(effect)) {
            const entry = entryAt(place);
            if (entry === undefined) continue;
            found ??= { row: { ...effect.key }, fields: new Set(Object.keys(effect.key)) };
            Object.assign(found.row, place.fixed, entry.row);
            [...place.group.node.fields, ...Object.keys(place.fixed)].forEach((name) => found.fields.add(name));
        }
        return found;
    }
}

/** A change of the key is two effects: the row is gone, and comes in under another key ("move"), as far as it is known. */
function withMoves(effect) {
    const { model, op, key, changes, known } = effect;
    if (op !== "update" || !isMovedOff(changes, key)) return [effect];
    const given = Object.keys(key).filter((name) => Object.hasOwn(changes, name)).map((name) => [name, changes[name]]);
    const gone = { model, op: "delete", key };
    if (known === undefined) return [gone];
    return [gone, { model, op: "move", key: { ...key, ...Object.fromEntries(given) }, from: key, row: { ...known.row, ...changes }, known }];
}

/** Whether the path says that the effect's row is not of this group. */
export const isElsewhere = (effect, fixed) => isMovedOff(effect.key, fixed);

/** Whether these values are others than those that a path fixes. */
function isMovedOff(values, fixed) {
    return Object.keys(values).some((name) => Object.hasOwn(fixed, name) && toWire(fixed[name]) !== toWire(values[name]));
}

/** The name that the effect's row has, or would have, in a group. */
function idOf(node, effect, fixed) {
    const key = { ...fixed, ...effect.key };
    return keyText(node.key.map((part) => own(key, part.field)));
}

/** The row that a group stands below, as far as it is held. */
function parentRow(view, group) {
    if (group.path.length === 0) return undefined;
    const parent = view.nodes[group.node.parent];
    return view.group(parent, group.path.slice(0, -1)).rows.get(keyText(group.path.at(-1)))?.row;
}

/** With the entry at its place; without it where it would stand beyond the window, among rows that nobody knows. */
function insert(group, entries, entry) {
    if (group.isBeyond(entry.at, group.bound)) return entries;
    const index = group.indexOf(entries, entry.at);
    return [...entries.slice(0, index), entry, ...entries.slice(index)];
}

/** What a node has of a row; members that are undefined or null are absent. */
function pick(row, fields) {
    return Object.fromEntries(fields.map((name) => [name, own(row, name)]).filter(([, value]) => toWire(value) !== null));
}

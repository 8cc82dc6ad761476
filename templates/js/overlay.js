// SPDX-License-Identifier: Apache-2.0
// Optimistic updates: effects of mutations that are under way, laid over what views hold without touching it. Taking one
// away leaves exactly what would be there had it never been; several lie over each other in the order of their mutations.

import { freeze, own, toWire } from "./codec.js";
import { keyText } from "./group.js";

/** How long an overlay may wait for the views to reach its mutation's position. Milliseconds. */
export const OVERLAY_TIME = 30_000;

export class Overlays {
    /** @param {() => object} caller the context that accepts functions judge by */
    constructor(caller) {
        this.caller = caller;
        /** In the order of their mutations: {effects, v (undefined: no result yet), until}. */
        this.list = [];
    }

    /**
     * Lays effects over the views. What depends on the row as it stands (`changes` that is a function) is computed once, here,
     * so that it stays right when the server's patch comes before the result.
     */
    add(effects, views) {
        const overlay = { effects: [], v: undefined, until: Infinity };
        for (const effect of effects) {
            const known = effect.op === "update" ? this.knownRow(effect, views) : undefined;
            let { changes } = effect;
            if (typeof changes === "function") {
                if (known === undefined) continue;
                changes = changes(known.row);
            }
            overlay.effects.push({ ...effect, changes: freeze(changes), known, cache: new Map() });
        }
        this.list.push(overlay);
        return overlay;
    }

    remove(overlay) {
        this.list = this.list.filter((one) => one !== overlay);
    }

    /** Models that an overlay touches. */
    static modelsOf(overlay) {
        return new Set(overlay.effects.map((effect) => effect.model));
    }

    effectsOn(model) {
        return this.list.flatMap((overlay) => overlay.effects.filter((effect) => effect.model === model));
    }

    /** The group's rows as they are to be shown, in order; the group's own array where nothing lies over it. */
    entries(view, group, parent) {
        let entries = group.sorted;
        if (this.list.length === 0) return entries;
        for (const effect of this.effectsOn(group.node.model)) entries = this.applyEffect(view, group, parent, effect, entries);
        return entries;
    }

    /** Values that the path fixes for all rows of a group: with the key, what tells whose row it is. */
    fixed(view, node, parent) {
        return node.binds?.(view.input, this.caller(), parent) ?? {};
    }

    applyEffect(view, group, parent, effect, entries) {
        const { node } = group;
        if (node.isAggregate) return entries;
        const fixed = this.fixed(view, node, parent);
        if (isElsewhere(effect, fixed)) return entries;
        const id = idOf(node, effect, fixed);
        const index = entries.findIndex((entry) => entry.id === id);
        const without = () => entries.filter((_entry, i) => i !== index);
        if (effect.op === "delete") return index < 0 ? entries : without();
        if (index >= 0) {
            if (effect.op === "create") return entries;
            const entry = entries[index];
            if (!this.stays(view, node, parent, effect, { ...fixed, ...entry.row }, node.fields)) return without();
            return insert(group, without(), this.derived(effect, group, entry.row, () => pick({ ...entry.row, ...effect.changes }, node.fields)));
        }
        const row = this.wholeRow(node, effect, fixed);
        if (row === undefined || !node.accepts(row, view.input, this.caller(), parent)) return entries;
        return insert(group, entries, this.derived(effect, group, node, () => pick(row, node.fields)));
    }

    /** Whether a row that is held still belongs. Unless all that decides is known, it stays: the server will say. */
    stays(view, node, parent, effect, row, fields) {
        const deciding = node.deciding ?? [];
        if (node.accepts === undefined || !deciding.some((name) => Object.hasOwn(effect.changes, name))) return true;
        const known = { ...effect.known?.row, ...row, ...effect.key, ...effect.changes };
        const isKnown = (name) => Object.hasOwn(known, name) || fields.includes(name) || effect.known?.fields.has(name);
        return !deciding.every(isKnown) || node.accepts(known, view.input, this.caller(), parent);
    }

    /** The row that may enter, if enough of it is known to show and to judge it. */
    wholeRow(node, effect, fixed) {
        if (node.accepts === undefined) return undefined;
        if (effect.op === "create") return effect.row;
        if (effect.known === undefined) return undefined;
        const row = { ...effect.known.row, ...effect.key, ...effect.changes };
        const needed = [...node.fields, ...(node.deciding ?? []), ...Object.keys(fixed)];
        return needed.every((name) => Object.hasOwn(row, name) || effect.known.fields.has(name)) ? row : undefined;
    }

    /** The entry that an effect makes of `from`, the same each time: rows that do not change keep their identity. */
    derived(effect, group, from, make) {
        if (!effect.cache.has(group)) effect.cache.set(group, new WeakMap());
        const cache = effect.cache.get(group);
        if (!cache.has(from)) cache.set(from, group.entry(Object.freeze(make()), -1));
        return cache.get(from);
    }

    /** What all views together know of the row that an update is about: {row, fields}. */
    knownRow(effect, views) {
        let found;
        for (const view of views) {
            for (const group of view.groups.values()) {
                const { node } = group;
                if (node.model !== effect.model || node.isAggregate) continue;
                const parent = parentRow(view, group);
                const fixed = this.fixed(view, node, parent);
                if (isElsewhere(effect, fixed)) continue;
                const id = idOf(node, effect, fixed);
                const entry = this.entries(view, group, parent).find((one) => one.id === id);
                if (entry === undefined) continue;
                found ??= { row: { ...effect.key }, fields: new Set(Object.keys(effect.key)) };
                Object.assign(found.row, fixed, entry.row);
                [...node.fields, ...Object.keys(fixed)].forEach((name) => found.fields.add(name));
            }
        }
        return found;
    }
}

/** Whether the path says that the effect's row is not of this group. */
function isElsewhere(effect, fixed) {
    return Object.keys(effect.key).some((name) => Object.hasOwn(fixed, name) && toWire(fixed[name]) !== toWire(effect.key[name]));
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

/** What a node has of a row; members that are undefined are absent. */
function pick(row, fields) {
    return Object.fromEntries(fields.map((name) => [name, own(row, name)]).filter(([, value]) => value !== undefined));
}

// SPDX-License-Identifier: Apache-2.0
// What one subscription holds, and what it shows: groups of rows composed into the query's output. What did not change
// between two compositions is the same object in both, and nothing can be changed by who gets it.

import { Group, keyText, prepareNode } from "./group.js";
import { own, toWire } from "./codec.js";
import { tally } from "./tally.js";

const EMPTY = Object.freeze([]);
const NO_ROW = Object.freeze({});

/** What groups below a row are called by. Rows of keyed nodes are shared, so nothing above them counts. */
const pathBelow = (node, path, key) => (node.isKeyed ? [key.map(toWire)] : [...path, key.map(toWire)]);

/** For a list that was shown: the keys of its rows. For a row: its key. What JSON patches are made from. */
export const shownKeys = new WeakMap([[EMPTY, EMPTY]]);

/** The reference by which rows of the parent find a row of a keyed node. */
const referenceTo = (node, entry) => toWire(node.references?.(entry.row) ?? entry.key[0]);

/** A procedure's nodes, prepared, each with its children. */
export function prepareNodes(descriptions) {
    const nodes = descriptions.map(prepareNode);
    for (const node of nodes) {
        node.children = nodes.filter((child) => child.index > 0 && child.parent === node.index);
        /** Those that have a group for each row of this node. */
        node.perRow = node.children.filter((child) => !child.isKeyed);
    }
    return nodes;
}

export class View {
    /**
     * @param {object} procedure its description, `nodes` prepared
     * @param {object} input decoded, with defaults
     * @param {{caller: () => object, entries: Function}} overlays see overlay.js
     */
    constructor(procedure, input, overlays) {
        this.procedure = procedure;
        this.nodes = procedure.nodes;
        this.input = input;
        this.overlays = overlays;
        this.limits = this.nodes.map((node) => node.take?.(input, overlays.caller()) ?? 0);
        this.groups = new Map();
        /** What is held is right as of this position. */
        this.position = 0;
        /** Per node: what was made of a row, of which parts, and when (`age`). */
        this.composed = this.nodes.map(() => new WeakMap());
        /** Rises with every change below the root's rows: what was made at this age need not be looked at again. */
        this.age = 0;
        this.wasLaidOver = false;
        this.lists = new WeakMap();
    }

    nameOf(node, path) {
        return node.index + (node.isKeyed ? "" : JSON.stringify(path));
    }

    /** The group, made where it is missing. `path`: keys of the parents as they travel. */
    group(node, path) {
        const name = this.nameOf(node, path);
        let group = this.groups.get(name);
        if (group === undefined) {
            group = new Group(node, node.isKeyed ? [] : path);
            this.groups.set(name, group);
        }
        return group;
    }

    groupOf(message) {
        const node = this.nodes[message.node];
        return node === undefined ? undefined : this.group(node, message.parent ?? []);
    }

    /** Takes a snapshot in place of all that was held. */
    load(pieces) {
        const before = this.groups;
        this.age++;
        this.groups = new Map();
        for (const { piece, v } of pieces) {
            const group = this.groupOf(piece);
            group?.load(piece, piece.v ?? v, before.get(this.nameOf(group.node, group.path)));
        }
        for (const [name, group] of this.groups) {
            group.loaded();
            if (before.has(name)) this.lists.set(group, this.lists.get(before.get(name)));
        }
    }

    /** Takes windows as the server has them, rows staying as they are. */
    loadWindows(pieces) {
        for (const piece of pieces) {
            const group = this.groupOf(piece);
            group?.restart();
            group?.rebound(piece.bound ?? null, piece.epoch ?? 0);
        }
    }

    /** A `patch` or a `bound`. Says whether anything changed, or "lost" where a message must be missing. */
    apply(message, now) {
        const group = this.groupOf(message);
        if (group === undefined) return "lost";
        if (group.node.index > 0) this.age++;
        if (message.t === "bound") return group.rebound(message.bound, message.epoch, message.open);
        let result = message.whole === true;
        if (result) group.empty(message.v);
        for (const operation of message.ops) {
            const one = group.apply(operation, message.v, now);
            if (one === "lost") return one;
            result = one || result;
        }
        return result;
    }

    /** Lets go of groups whose parent row has left, of rows to which nothing refers any more, and of what left long ago. */
    sweep(now) {
        if (this.groups.size === 1) return this.groups.values().next().value.prune(now);
        for (const node of this.nodes) if (node.isKeyed) this.dropUnreferenced(node);
        const alive = new Set([""]);
        const keep = (node, rows, path) => {
            for (const row of node.perRow.length === 0 ? [] : rows) {
                const below = pathBelow(node, path, row.key);
                for (const child of node.perRow) {
                    const name = this.nameOf(child, below);
                    alive.add(name);
                    const group = this.groups.get(name);
                    if (group !== undefined && !child.isAggregate) keep(child, group.sorted, below);
                }
            }
        };
        for (const [name, group] of this.groups) {
            if (group.node.isKeyed || group.path.length === 0) {
                alive.add(name);
                keep(group.node, group.sorted, []);
            }
        }
        for (const [name, group] of this.groups) {
            if (!alive.has(name)) this.groups.delete(name);
            else group.prune(now);
        }
    }

    /** They are not kept up, and come anew with a row that refers to them. */
    dropUnreferenced(node) {
        const group = this.groups.get(this.nameOf(node, []));
        if (group === undefined || group.sorted.length === 0) return;
        const wanted = new Set();
        for (const parents of this.groups.values()) {
            if (parents.node.index !== node.parent) continue;
            for (const { row } of parents.sorted) wanted.add(toWire(own(row, node.name)));
        }
        for (const entry of group.sorted.filter((one) => !wanted.has(referenceTo(node, one)))) group.drop(entry);
    }

    /** The output. Overlays may lie over any group: with one, every part is looked at. */
    compose() {
        if (this.overlays.list.length > 0 || this.wasLaidOver) this.age++;
        this.wasLaidOver = this.overlays.list.length > 0;
        const root = this.nodes[0];
        if (root.isTracked) return this.output(root);
        if (this.procedure.values === true) return this.composeRow(root, NO_ROW, [], []);
        return this.composeGroup(root, [], undefined);
    }

    /** What code gave. An object is one row, so that patches speak of its members. */
    output(root) {
        const { value } = this.group(root, []);
        if (value !== null && typeof value === "object" && !Array.isArray(value)) shownKeys.set(value, "");
        return value;
    }

    composeGroup(node, path, parent) {
        const group = this.group(node, path);
        const all = this.overlays.entries(this, group, parent);
        const limit = this.limits[node.index];
        const entries = limit > 0 && all.length > limit ? all.slice(0, limit) : all;
        if (node.single) return entries.length === 0 ? null : this.composeRow(node, entries[0].row, path, entries[0].key);
        return this.list(group, entries, entries.map((entry) => this.composeRow(node, entry.row, path, entry.key)));
    }

    /** `rows`, or what was shown before if it is the same. */
    list(group, entries, rows) {
        const before = this.lists.get(group) ?? EMPTY;
        if (before.length === rows.length && rows.every((row, i) => row === before[i])) return before;
        Object.freeze(rows);
        shownKeys.set(rows, entries.map((entry) => entry.id));
        this.lists.set(group, rows);
        return rows;
    }

    composeRow(node, row, path, key) {
        const before = this.composed[node.index].get(row);
        if (before?.age === this.age) return before.out;
        // Aggregates alone stand below no row.
        const below = row === NO_ROW ? [] : pathBelow(node, path, key);
        const parts = node.children.map((child) => this.composeChild(child, row, below));
        if (before !== undefined && parts.every((part, i) => part === before.parts[i])) {
            before.age = this.age;
            return before.out;
        }
        const out = {};
        for (const name of node.shown) if (Object.hasOwn(row, name)) out[name] = row[name];
        node.children.forEach((child, i) => {
            if (parts[i] !== undefined) out[child.name] = parts[i];
        });
        Object.freeze(out);
        shownKeys.set(out, keyText(key));
        this.composed[node.index].set(row, { out, parts, age: this.age });
        return out;
    }

    composeChild(child, row, path) {
        if (child.isAggregate) return tally(this.overlays, this, this.group(child, path), row);
        if (!child.isKeyed) return this.composeGroup(child, path, row);
        const reference = own(row, child.name);
        if (reference === undefined) return null;
        const wire = toWire(reference);
        const entry = this.findReferenced(child, wire) ?? this.overlays.referenced(child, wire);
        return entry === undefined ? null : this.composeRow(child, entry.row, [], entry.key);
    }

    findReferenced(node, reference) {
        const group = this.group(node, []);
        const entries = this.overlays.entries(this, group, undefined);
        if (entries === group.sorted && node.references === undefined) return group.rows.get(keyText([reference]));
        return entries.find((entry) => referenceTo(node, entry) === reference);
    }

    /** Windows that run short, or hold far more than they show: {group, more: true} or {group, trim: bound}. */
    *windows() {
        for (const group of this.groups.values()) {
            const limit = this.limits[group.node.index];
            if (limit === 0) continue;
            if (group.bound !== null && group.sorted.length < limit && group.asked !== group.epoch) {
                group.asked = group.epoch;
                yield { group, more: true };
            } else if (group.sorted.length > 4 * limit && group.trimmed !== group.epoch) {
                group.trimmed = group.epoch;
                yield { group, trim: group.sorted[2 * limit - 1].at.map(toWire) };
            }
        }
    }
}

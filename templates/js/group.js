// SPDX-License-Identifier: Apache-2.0
// One group of a node: its rows in order, and what makes applying patches safe against repetition and old news.

import { comparePositions } from "./compare.js";
import { decode, freeze, isEqual, own, toWire } from "./codec.js";

/** How long a row that left is remembered, so that nothing older brings it back. Milliseconds. */
export const SETTLE_TIME = 60_000;

/** The name of a row within its group: its key as it travels, as text. */
export const keyText = (key) => JSON.stringify(key.map(toWire));

/** What the description of a node says, with what follows from it. */
export function prepareNode(node, index) {
    const direction = node.order?.[0]?.desc === true;
    const key = node.key ?? [];
    return {
        ...node,
        index,
        parent: node.parent ?? 0,
        shown: node.shown ?? [],
        hidden: node.hidden ?? [],
        fields: [...(node.shown ?? []), ...(node.hidden ?? [])],
        key,
        /** The order completed by the key: what positions and bounds are made of. */
        parts: [...(node.order ?? []), ...key.map((part) => ({ ...part, desc: direction }))],
        isAggregate: node.class === "aggregate",
        isTracked: node.class === "tracked",
        isKeyed: node.class === "keyed",
    };
}

export class Group {
    constructor(node, path) {
        this.node = node;
        /** Keys of the parent rows, from the root's down; empty for the root and for keyed nodes. */
        this.path = path;
        /** Rows by key text: {id, key, row, at (position), v}. */
        this.rows = new Map();
        this.sorted = [];
        /** Rows of before the group was said anew: those that come back alike stay the same objects. */
        this.before = undefined;
        /** Rows that left: key text -> {v, time}. */
        this.gone = new Map();
        /** A row that is not held is gone since `floor`, where it would stand within `reach` (null: anywhere). */
        this.floor = 0;
        this.reach = null;
        /** The largest `v` of a snapshot's piece. */
        this.top = 0;
        this.epoch = 0;
        /** Position of the last row that the group is complete up to; null: all. */
        this.bound = null;
        /** The last bound up to which all rows were there: the present one, unless rows are on their way. */
        this.settled = null;
        /** Epochs for which `more` and `trim` were said. */
        this.asked = undefined;
        this.trimmed = undefined;
        this.value = undefined;
        this.valueV = -1;
    }

    position(row) {
        return this.node.parts.map((part) => own(row, part.field));
    }

    /** A bound as it travels, as a position. */
    positionOf(bound) {
        return bound?.map((value, i) => (this.node.parts[i].type === "int" && typeof value === "string" ? BigInt(value) : value))
            ?? null;
    }

    compare(a, b) {
        return comparePositions(this.node.parts, a, b);
    }

    isBeyond(at, bound) {
        return bound !== null && this.compare(at, bound) > 0;
    }

    /** Where a position stands, or would stand, in `entries`. */
    indexOf(entries, at) {
        let low = 0;
        let high = entries.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.compare(entries[middle].at, at) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    entry(row, v) {
        const key = this.node.key.map((part) => own(row, part.field));
        return { id: keyText(key), key, row, at: this.position(row), v };
    }

    remove(entry) {
        this.rows.delete(entry.id);
        this.sorted.splice(this.sorted.indexOf(entry, this.indexOf(this.sorted, entry.at)), 1);
    }

    put(entry) {
        const held = this.rows.get(entry.id);
        if (held !== undefined) this.remove(held);
        this.rows.set(entry.id, entry);
        this.sorted.splice(this.indexOf(this.sorted, entry.at), 0, entry);
    }

    /** Whether a whole row of version `v` is old news. One that was read at the version of its leave is not: it left the window. */
    isOld(entry, v) {
        const held = this.rows.get(entry.id);
        if (held !== undefined) return v <= held.v;
        const gone = this.gone.get(entry.id);
        if (gone !== undefined) return v < gone.v;
        return !this.isBeyond(entry.at, this.reach) && v <= this.floor;
    }

    /** The row is there, whole. Says whether that was news. */
    enter(wire, v) {
        const entry = this.entry(freeze(decode(this.node.codec, present(wire))), v);
        if (this.isOld(entry, v)) return false;
        const held = this.rows.get(entry.id);
        if (this.isBeyond(entry.at, this.bound)) return this.drop(held);
        this.gone.delete(entry.id);
        if (held !== undefined && isEqual(held.row, entry.row)) {
            held.v = v;
            return false;
        }
        const before = this.before?.get(entry.id);
        if (before !== undefined && isEqual(before.row, entry.row)) entry.row = before.row;
        this.put(entry);
        return true;
    }

    /** What is not newer than `v` is void: what follows is what there is. */
    empty(v) {
        this.before = this.rows;
        this.rows = new Map([...this.rows].filter(([, entry]) => entry.v > v));
        this.sorted = this.sorted.filter((entry) => entry.v > v);
        this.gone.forEach((gone, id) => gone.v <= v && this.gone.delete(id));
        this.floor = -1;
        this.reach = this.bound = this.settled = null;
    }

    leave(id, v, now) {
        const held = this.rows.get(id);
        if (v <= (held?.v ?? this.gone.get(id)?.v ?? -1)) return false;
        this.gone.set(id, { v, time: now });
        return this.drop(held);
    }

    /** Lets go of a row without saying that it is gone. */
    drop(held) {
        if (held === undefined) return false;
        this.remove(held);
        return true;
    }

    /** Says "lost" where the row ought to be held and is not: a frame is missing. */
    set(id, wire, v) {
        const held = this.rows.get(id);
        if (held === undefined) {
            const known = Math.max(this.top, this.gone.get(id)?.v ?? -1);
            return v <= known || this.bound !== null ? false : "lost";
        }
        if (v <= held.v) return false;
        const changes = freeze(decode(this.node.codec, wire));
        const row = Object.freeze(present({ ...held.row, ...changes }));
        const entry = this.entry(row, v);
        if (this.isBeyond(entry.at, this.bound)) return this.drop(held);
        if (this.compare(entry.at, held.at) === 0) {
            held.row = row;
            held.at = entry.at;
            held.v = v;
        } else {
            this.put(entry);
        }
        return true;
    }

    /** `before`: what was shown; a value that is the same stays the same object. */
    setValue(value, v, before = this.value) {
        if (v <= this.valueV) return false;
        this.valueV = v;
        const next = freeze(decode(this.node.codec, value));
        const isSame = isEqual(before, next);
        this.value = isSame ? before : next;
        return !isSame;
    }

    /** Epochs are counted anew. */
    restart() {
        this.epoch = 0;
    }

    /**
     * Another bound: rows beyond it are dropped, and are not gone: they may come back as they were. `isOpen`: rows within it are on
     * their way.
     */
    rebound(bound, epoch, isOpen = false) {
        if (epoch < this.epoch) return false;
        this.epoch = epoch;
        // Another connection may count its epochs as the last one did.
        this.asked = this.trimmed = undefined;
        this.bound = this.positionOf(bound);
        if (!isOpen) this.settled = this.bound;
        if (this.bound === null) return false;
        if (this.reach === null || this.compare(this.bound, this.reach) < 0) this.reach = this.bound;
        const end = this.sorted.findIndex((entry) => this.isBeyond(entry.at, this.bound));
        if (end < 0) return false;
        this.sorted.splice(end).forEach((entry) => this.rows.delete(entry.id));
        return true;
    }

    /** One operation of a `patch`. Says whether anything changed, or "lost". */
    apply(operation, v, now) {
        const [what, first, second] = operation;
        if (what === "+") return this.enter(first, v);
        if (what === "-") return this.leave(keyText(first), v, now);
        if (what === "~") return this.set(keyText(first), second, v);
        if (what === "=") return this.setValue(first, v);
        return "lost";
    }

    /** One piece of a snapshot. Rows that `before` (the group that this one replaces) held alike stay the same objects. */
    load(piece, v, before) {
        this.floor = this.top === 0 ? v : Math.min(this.floor, v);
        this.top = Math.max(this.top, v);
        if (piece.epoch !== undefined) this.epoch = piece.epoch;
        if (piece.bound !== undefined) this.bound = this.settled = this.reach = this.positionOf(piece.bound);
        if (piece.value !== undefined) this.setValue(piece.value, v, before?.value);
        for (const wire of piece.rows ?? []) {
            const entry = this.entry(decode(this.node.codec, present(wire)), v);
            const old = before?.rows.get(entry.id);
            entry.row = old !== undefined && isEqual(old.row, entry.row) ? old.row : freeze(entry.row);
            const held = this.rows.get(entry.id);
            if (held === undefined || held.v < v) this.rows.set(entry.id, entry);
        }
    }

    /** All pieces are there. */
    loaded() {
        this.sorted = [...this.rows.values()].sort((a, b) => this.compare(a.at, b.at));
    }

    /** Forgets rows that left long ago, at the end of a transition. */
    prune(now) {
        this.before = undefined;
        for (const [id, gone] of this.gone) {
            if (now - gone.time <= SETTLE_TIME) break;
            this.gone.delete(id);
        }
    }
}

/** The object without members that are null: absent is left out. */
function present(row) {
    return Object.values(row).includes(null)
        ? Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
        : row;
}

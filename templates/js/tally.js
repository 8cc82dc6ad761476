// SPDX-License-Identifier: Apache-2.0
// Aggregates under optimistic updates. Of each row that mutations under way touch, what it counts for as the server has said it is
// taken out of the value, and what it will count for is put in. So a change that the server has said is not counted twice, and
// where too little is known of a row the value stays until the server says it.

import { canonical, own } from "./codec.js";
import { compareValues } from "./compare.js";
import { exists, negative, negativeDecimal, sum, sumDecimal } from "./expr.js";
import { isElsewhere } from "./overlay.js";

/** The value of an aggregate's group, with what lies over its rows. `parent`: the row that it stands below. */
export function tally(overlays, view, group, parent) {
    const { node } = group;
    let value = group.value ?? node.zero;
    if (overlays.list.length === 0 || node.accepts === undefined) return value;
    const fixed = overlays.fixed(view, node, parent);
    const belongs = (row) => overlays.belongs(view, node, parent, fixed, row);
    for (const { before, after } of rowsTouched(overlays, view, group, fixed)) {
        const [out, put] = [before, after].map((state) => contribution(node, fixed, state, belongs));
        if (out !== undefined && put !== undefined) value = exchange(node, value, out.value, put.value);
    }
    return value;
}

/** Rows as the server has said them, and as they will be: {before, after}, each undefined (unknown), null (none) or {row, fields}. */
function rowsTouched(overlays, view, group, fixed) {
    const rows = new Map();
    for (const overlay of overlays.over(view)) {
        for (const effect of overlay.effects) {
            if (effect.model !== group.node.model || isElsewhere(effect, fixed)) continue;
            const key = canonical(effect.key);
            if (!rows.has(key)) rows.set(key, { before: undefined, after: undefined });
            const touched = rows.get(key);
            // An effect on a row that nobody knows says nothing, and a create after it still does.
            if (touched.before === undefined) touched.before = touched.after = rowBefore(overlays, overlay, effect, view, group);
            touched.after = afterEffect(touched.after, effect);
        }
    }
    return rows.values();
}

/**
 * A row as it counts in a value as that was said. Views that have not come as far as the value say nothing of it, nor do rows that are
 * younger than the view of the value.
 */
function rowBefore(overlays, overlay, effect, { position }, { valueV }) {
    const asFar = ({ view }) => view.position >= valueV;
    const known = overlays.knownRow(effect, (place) => {
        const entry = asFar(place) ? place.group.rows.get(place.id) : undefined;
        return entry === undefined || entry.v > position ? undefined : entry;
    });
    if (known !== undefined || effect.row === undefined) return known;
    if (overlay.v !== undefined || valueV <= overlay.doubtful) return null;
    // It may have been made already. That it was not, a view can say that would show it.
    const isMissed = (place) => asFar(place) && overlays.wouldShow(place, effect.row);
    return [...overlays.placesOf(effect)].some(isMissed) ? null : undefined;
}

/** A row with an effect. `fields` undefined: all of it is known. */
function afterEffect(state, effect) {
    if (effect.op === "delete") return state === undefined ? undefined : null;
    if (effect.row !== undefined) return state ?? { row: effect.row, fields: effect.known?.fields };
    return state && { row: { ...state.row, ...effect.changes }, fields: state.fields };
}

/** What a row counts for, {value}, `value` undefined where it is not counted; or undefined: unknown. */
function contribution(node, fixed, state, belongs) {
    if (!state) return state === null ? { value: undefined } : undefined;
    const needed = [...node.deciding ?? [], ...Object.keys(fixed), ...node.of === undefined ? [] : [node.of.field]];
    const isKnown = (name) => state.fields === undefined || Object.hasOwn(state.row, name) || state.fields.has(name);
    if (!needed.every(isKnown)) return undefined;
    if (!belongs(state.row)) return { value: undefined };
    return { value: node.of === undefined ? true : own(state.row, node.of.field) };
}

/**
 * The value when a row that counted for `out` counts for `put` instead; undefined: not at all. Where that does not follow from these
 * (the least of all left), the value as it was.
 */
export function exchange(node, value, out, put) {
    switch (node.aggregate) {
    case "count":
        return value + (exists(put) ? 1n : 0n) - (exists(out) ? 1n : 0n);
    case "sum":
        return node.of.type === "decimal" ? add(sumDecimal, add(sumDecimal, value, put), negativeDecimal(out))
            : add(sum, add(sum, value, put), negative(out));
    default:
        return extremum(node, value, put);
    }
}

/** What is missing counts for nothing. */
const add = (of, a, b) => (exists(b) ? of(a, b) : a);

/** What left counts only where it was the value itself: then the next one is the server's to say. */
function extremum(node, value, put) {
    const part = { ...node.of, desc: node.aggregate === "max" };
    return exists(put) && (!exists(value) || compareValues(part, put, value) < 0) ? put : value;
}

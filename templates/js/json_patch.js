// SPDX-License-Identifier: Apache-2.0
// RFC 6902. The difference of two outputs of one view is exact and minimal, because the view knows which row is which; and
// patches of any origin can be applied.

import { isEqual } from "./codec.js";
import { shownKeys } from "./view.js";

const escape = (name) => name.replace(/~/g, "~0").replace(/\//g, "~1");
const unescape = (name) => name.replace(/~1/g, "/").replace(/~0/g, "~");

// ---- what changed ----

/** Operations that make `after` of `before`, two outputs of one view (or any JSON values, where no row is known). */
export function diffJson(before, after) {
    const operations = [];
    diffValue(before, after, "", operations);
    return operations;
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function diffValue(before, after, path, operations) {
    if (before === after) return;
    const keysBefore = shownKeys.get(before);
    const keysAfter = shownKeys.get(after);
    if (Array.isArray(before) && Array.isArray(after) && keysBefore !== undefined && keysAfter !== undefined) {
        diffList(before, after, keysBefore, keysAfter, path, operations);
    } else if (isObject(before) && isObject(after) && keysBefore !== undefined && keysBefore === keysAfter) {
        diffRow(before, after, path, operations);
    } else if (!isEqual(before, after)) {
        operations.push({ op: "replace", path, value: after });
    }
}

function diffRow(before, after, path, operations) {
    for (const name of Object.keys(before)) {
        if (!Object.hasOwn(after, name)) operations.push({ op: "remove", path: `${path}/${escape(name)}` });
    }
    for (const name of Object.keys(after)) {
        const member = `${path}/${escape(name)}`;
        if (Object.hasOwn(before, name)) diffValue(before[name], after[name], member, operations);
        else operations.push({ op: "add", path: member, value: after[name] });
    }
}

function diffList(before, after, keysBefore, keysAfter, path, operations) {
    const shorter = Math.min(before.length, after.length);
    let start = 0;
    while (start < shorter && keysBefore[start] === keysAfter[start]) start++;
    let end = 0;
    while (end < shorter - start && keysBefore.at(-1 - end) === keysAfter.at(-1 - end)) end++;
    // What stands alike at both ends is in its place whatever happens between.
    rearrange(keysBefore.slice(start, before.length - end), keysAfter.slice(start, after.length - end), after, start, path, operations);
    const placeBefore = new Map();
    for (let i = start; i < before.length - end; i++) placeBefore.set(keysBefore[i], before[i]);
    after.forEach((row, i) => {
        const isMiddle = i >= start && i < after.length - end;
        const old = isMiddle ? placeBefore.get(keysAfter[i]) : before[i < start ? i : i + before.length - after.length];
        if (old !== undefined && old !== row) diffValue(old, row, `${path}/${i}`, operations);
    });
}

/** Removes, moves and adds: the list has the keys of `keysAfter`. Both are from place `start` on. */
function rearrange(keysBefore, keysAfter, after, start, path, operations) {
    const placeAfter = new Map(keysAfter.map((key, i) => [key, i]));
    const work = [...keysBefore];
    for (let i = work.length - 1; i >= 0; i--) {
        if (placeAfter.has(work[i])) continue;
        work.splice(i, 1);
        operations.push({ op: "remove", path: `${path}/${start + i}` });
    }
    const held = new Set(work);
    move(work, keysAfter.filter((key) => held.has(key)), placeAfter, start, path, operations);
    keysAfter.forEach((key, i) => {
        if (!held.has(key)) operations.push({ op: "add", path: `${path}/${start + i}`, value: after[start + i] });
    });
}

/** Brings `work` into the order of `target`. What stands in the longest run that is in order already does not move. */
function move(work, target, placeAfter, start, path, operations) {
    if (work.every((key, i) => key === target[i])) return;
    const still = longestRun(work, placeAfter);
    target.forEach((key, i) => {
        if (still.has(key)) return;
        const from = work.indexOf(key);
        work.splice(from, 1);
        const to = i === 0 ? 0 : work.indexOf(target[i - 1]) + 1;
        work.splice(to, 0, key);
        operations.push({ op: "move", from: `${path}/${start + from}`, path: `${path}/${start + to}` });
    });
}

/** The elements of a longest subsequence whose places rise. */
function longestRun(work, place) {
    const ends = [];
    const previous = new Map();
    for (const key of work) {
        let low = 0;
        let high = ends.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (place.get(ends[middle]) < place.get(key)) low = middle + 1;
            else high = middle;
        }
        previous.set(key, ends[low - 1]);
        ends[low] = key;
    }
    const run = new Set();
    for (let key = ends.at(-1); key !== undefined; key = previous.get(key)) run.add(key);
    return run;
}

// ---- applying ----

/**
 * The document after all operations; `document` itself stays as it is, so that a patch that fails half way has done nothing.
 * Throws an Error that names the operation.
 */
export function applyJsonPatch(document, operations) {
    if (!Array.isArray(operations)) throw new TypeError("a JSON patch is an array of operations");
    return operations.reduce((value, operation, i) => {
        try {
            return applyOne(value, operation);
        } catch (cause) {
            throw new Error(`operation ${i} (${JSON.stringify(operation?.op)}): ${cause.message}`, { cause });
        }
    }, document);
}

function applyOne(document, operation) {
    const path = tokens(operation.path);
    switch (operation.op) {
    case "add":
        return add(document, path, valueOf(operation));
    case "remove":
        return remove(document, path);
    case "replace":
        read(document, path);
        return edit(document, path, () => valueOf(operation));
    case "move": {
        const from = tokens(operation.from);
        if (path.length > from.length && from.every((token, i) => token === path[i])) {
            throw new Error("a value cannot move into itself");
        }
        const value = read(document, from);
        return from.length === 0 ? document : add(remove(document, from), path, value);
    }
    case "copy":
        return add(document, path, read(document, tokens(operation.from)));
    case "test":
        if (!isEqual(read(document, path), valueOf(operation))) throw new Error(`${operation.path} has another value`);
        return document;
    default:
        throw new Error("there is no such operation");
    }
}

function valueOf(operation) {
    if (!Object.hasOwn(operation, "value")) throw new Error("the member `value` is missing");
    return operation.value;
}

/** The reference tokens of a JSON pointer (RFC 6901). */
function tokens(pointer) {
    if (typeof pointer !== "string") throw new Error("a pointer is missing");
    if (pointer === "") return [];
    if (pointer[0] !== "/" || /~(?![01])/.test(pointer)) throw new Error(`\`${pointer}\` is not a pointer`);
    return pointer.slice(1).split("/").map(unescape);
}

/** The index that a token means in an array whose largest allowed index is `last`. */
function indexOf(token, last) {
    if (!/^(0|[1-9]\d*)$/.test(token) || Number(token) > last) throw new Error(`\`${token}\` is no index here`);
    return Number(token);
}

function child(value, token) {
    if (Array.isArray(value)) return value[indexOf(token, value.length - 1)];
    if (!isObject(value) || !Object.hasOwn(value, token)) throw new Error(`there is no \`${token}\``);
    return value[token];
}

const read = (document, path) => path.reduce(child, document);

/** A copy of the document in which the value at `path` is what `change` makes of it; what lies beside the path is shared. */
function edit(document, path, change) {
    if (path.length === 0) return change(document);
    const [token, ...rest] = path;
    const value = edit(child(document, token), rest, change);
    return Array.isArray(document) ? spliced(document, Number(token), 1, value) : withMember(document, token, value);
}

/** Defined rather than assigned, so that a member called `__proto__` is one like any other. */
function withMember(object, name, value) {
    return Object.defineProperty({ ...object }, name, { value, writable: true, enumerable: true, configurable: true });
}

function add(document, path, value) {
    if (path.length === 0) return value;
    const last = path.at(-1);
    return edit(document, path.slice(0, -1), (parent) => {
        if (Array.isArray(parent)) {
            return spliced(parent, last === "-" ? parent.length : indexOf(last, parent.length), 0, value);
        }
        if (!isObject(parent)) throw new Error("what should hold the value is neither object nor array");
        return withMember(parent, last, value);
    });
}

function spliced(array, index, count, ...values) {
    return [...array.slice(0, index), ...values, ...array.slice(index + count)];
}

function remove(document, path) {
    if (path.length === 0) return null;
    const last = path.at(-1);
    return edit(document, path.slice(0, -1), (parent) => {
        child(parent, last);
        if (Array.isArray(parent)) return spliced(parent, Number(last), 1);
        return Object.fromEntries(Object.entries(parent).filter(([name]) => name !== last));
    });
}

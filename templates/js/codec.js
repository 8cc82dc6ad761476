// SPDX-License-Identifier: Apache-2.0
// Between JSON as it travels and values as programs use them. The only difference is `bigint`, a string in JSON.
//
// A codec names what differs and nothing else: undefined (nothing does), "bigint", {fields: {name: codec}} for objects of
// which some members differ, {each: codec} for arrays and maps.

export function decode(codec, value) {
    return codec === undefined ? value : convert(codec, value, BigInt);
}

/** Members that are undefined are left out, as JSON.stringify does. */
export function encode(codec, value) {
    return codec === undefined ? value : convert(codec, value, String);
}

function convert(codec, value, one) {
    if (codec === undefined || value === null || value === undefined) return value;
    if (codec === "bigint") return one(value);
    if (codec.each !== undefined) {
        if (Array.isArray(value)) return value.map((element) => convert(codec.each, element, one));
        return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, convert(codec.each, member, one)]));
    }
    const result = { ...value };
    for (const name of Object.keys(codec.fields)) {
        if (Object.hasOwn(result, name)) result[name] = convert(codec.fields[name], result[name], one);
    }
    return result;
}

/** A scalar as it travels, absent ones as null: what keys and bounds are made of. */
export function toWire(value) {
    return typeof value === "bigint" ? String(value) : value ?? null;
}

/** Text that is the same for equal JSON values, whatever the order of their members. */
export function canonical(value) {
    return JSON.stringify(value, (_name, member) => {
        if (member === null || typeof member !== "object" || Array.isArray(member)) return toWire(member) ?? null;
        return Object.fromEntries(Object.keys(member).filter((name) => member[name] !== undefined).sort()
            .map((name) => [name, member[name]]));
    });
}

/** A member that the object has itself: members may be called anything, also `constructor`. */
export const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

export function isEqual(a, b) {
    if (Object.is(a, b)) return true;
    if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]));
}

/** Freezes a value and everything in it: what subscribers share nobody may change. */
export function freeze(value) {
    if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
        Object.values(value).forEach(freeze);
        Object.freeze(value);
    }
    return value;
}

// SPDX-License-Identifier: Apache-2.0
// What expressions of a schema mean: total, and a comparison with a missing value is false, whatever the operator. Generated
// clients are written with these; the C of the server says the same.

import { compareValues } from "./compare.js";

export const exists = (value) => value !== undefined && value !== null;

const comparison = (decide) => (part, a, b) => exists(a) && exists(b) && decide(compareValues(part, a, b));

export const equal = comparison((order) => order === 0);
export const notEqual = comparison((order) => order !== 0);
export const less = comparison((order) => order < 0);
export const lessEqual = comparison((order) => order <= 0);
export const greater = comparison((order) => order > 0);
export const greaterEqual = comparison((order) => order >= 0);

export const between = (part, value, low, high) => lessEqual(part, low, value) && lessEqual(part, value, high);
export const isIn = (part, value, items) => exists(items) && items.some((item) => equal(part, item, value));
export const contains = (part, items, value) => exists(value) && isIn(part, value, items);
export const containsText = (text, piece) => exists(text) && exists(piece) && text.includes(piece);
/** Texts with A to Z as a to z: what `@unique(fold)` means by equal. */
export const equalFolded = (a, b) => exists(a) && exists(b) && folded(a) === folded(b);
const folded = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export const beginsWith = (text, prefix) => exists(text) && exists(prefix) && text.startsWith(prefix);

/** Numbers and bigints; a bigint as soon as one of them is. */
export function sum(a, b) {
    if (!exists(a) || !exists(b)) return undefined;
    return typeof a === typeof b ? a + b : BigInt(a) + BigInt(b);
}

export function negative(a) {
    return exists(a) ? -a : undefined;
}

/** Decimals, exactly: digits of both as integers of one scale. */
export function sumDecimal(a, b) {
    if (!exists(a) || !exists(b)) return undefined;
    const [x, y] = [scaled(a), scaled(b)];
    const scale = Math.max(x.scale, y.scale);
    return decimalText(x.digits * 10n ** BigInt(scale - x.scale) + y.digits * 10n ** BigInt(scale - y.scale), scale);
}

export function negativeDecimal(a) {
    if (!exists(a)) return undefined;
    const { digits, scale } = scaled(a);
    return decimalText(-digits, scale);
}

function scaled(text) {
    const [mantissa, exponent] = String(text).toLowerCase().split("e");
    const [whole, fraction = ""] = mantissa.split(".");
    const scale = fraction.length - Number(exponent ?? 0);
    const digits = BigInt(whole + fraction);
    return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function decimalText(digits, scale) {
    const sign = digits < 0n ? "-" : "";
    const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
    if (scale === 0) return sign + text;
    const fraction = text.slice(-scale).replace(/0+$/, "");
    return sign + text.slice(0, -scale) + (fraction === "" ? "" : "." + fraction);
}
